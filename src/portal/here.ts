import type { Node } from "../kernel/node.ts";
import { numbersOf } from "./numbers.ts";
import type { Here } from "./showing.tsx";
import type { Asking } from "./take.ts";

const known = new WeakMap<Node, Here>();

/** What the country's pack says of itself to the form. */
export function hereOf(node: Node): Here {
  const { country } = node.services;
  const { currency, districts, categories } = country.pack.reporting;
  const here = known.get(node) ?? {
    country: node.config.country,
    currency,
    numbers: numbersOf(country),
    districts,
    labels: Object.fromEntries(
      Object.entries(categories).flatMap(([code, { label }]) => (label ? [[code, label] as const] : [])),
    ),
  };
  known.set(node, here);
  return here;
}

/** Where and when the form is answered. */
export const askingOf = (node: Node): Asking => ({
  country: node.config.country,
  currency: hereOf(node).currency,
  districts: hereOf(node).districts.map(({ code }) => code),
  zone: node.config.zone,
  now: node.clock(),
});
