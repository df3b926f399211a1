import { RULES } from "./clocks.ts";
import type { ShownClock } from "./views.ts";

/** What is done beside a request's way, and moves nothing: nobody is led to it first. In the order in which it is offered. */
const BESIDE: readonly string[] = [
  "call",
  "remind",
  "see",
  "confirm",
  "translate",
  "translated",
  "attach",
  "spread",
  "claim",
];

/** What of a request says which act is the likely one. */
interface Standing {
  readonly terms_state: string | null;
  readonly clocks: readonly Pick<ShownClock, "rule" | "state">[];
}

/**
 * The acts in the order in which they are offered: what somebody waits for first (an answer to conditions, a formal confirmation that was
 * asked for), then the request's way, then what is done beside it. Otherwise as they came.
 */
export function likelyFirst<Offered extends { readonly act: { readonly verb: string } }>(
  offered: readonly Offered[],
  { terms_state: terms, clocks }: Standing,
): Offered[] {
  const awaited = new Set([
    ...(terms === "proposed" ? ["agree", "decline"] : []),
    ...(clocks.some(({ rule, state }) => rule === RULES.confirm && state === "running") ? ["confirm"] : []),
  ]);
  const rank = ({ act: { verb } }: Offered): number => (awaited.has(verb) ? -1 : BESIDE.indexOf(verb) + 1);
  return offered.toSorted((a, b) => rank(a) - rank(b));
}
