import fc from "fast-check";
import { expect, test } from "vitest";
import type { Holder } from "../access/slice.ts";
import { holderOf, hostIn } from "./directory.ts";

const holder = (name: string, more: Partial<Holder>): Holder => ({
  name,
  domains: [],
  prefixes: [],
  handles: [],
  source: "test",
  checked: true,
  ...more,
});
const DIRECTORY = [
  holder("Meridian", { domains: ["meridian.example"], handles: ["meridian:"] }),
  holder("Meridian Bank", { domains: ["bank.meridian.example"] }),
  holder("Kestrel", { prefixes: ["+999 5"] }),
  holder("Kestrel Business", { prefixes: ["+999 57"] }),
];

test.each([
  ["sunrise.claims@meridian.example", "Meridian domain"],
  ["https://login.meridian.example/a?b=c", "Meridian domain"],
  ["Bank.Meridian.example", "Meridian Bank domain"],
  ["notmeridian.example", undefined],
  ["meridian:sunrise", "Meridian handle"],
  ["+999 512 34 56", "Kestrel prefix"],
  ["00999 (57) 12-345", "Kestrel Business prefix"],
  ["198.51.100.77", undefined],
  ["", undefined],
])("%s is held by %s", (identifier, expected) => {
  const found = holderOf(DIRECTORY, identifier);
  expect(found && `${found.holder.name} ${found.by}`).toBe(expected);
});

test("whatever is typed, a domain never claims what only ends alike", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const host = hostIn(text);
      expect(host === undefined || /^[a-z\d.-]+$/.test(host)).toBe(true);
      holderOf(DIRECTORY, text);
    }),
  );
});
