import { LIFE, type State } from "./request.ts";

type Act = keyof typeof LIFE;
/** A line of a history, as far as it moves the request. */
interface Moving {
  readonly act: string;
  /** State that its own node wrote beside it. */
  readonly to?: string;
}

/** States to which an act without one of its own in the table settles: what was ordered is decided on, or withdrawn unvalidated. */
const SETTLED: Readonly<Record<string, readonly string[]>> = {
  validate: ["authorised", "denied", "withdrawn"],
  void: ["denied", "withdrawn"],
};
const isAct = (act: string): act is Act => act in LIFE;

/**
 * Where a request stands after a line of its history, `before` being where it stood. Acts that move nothing (a reminder, a call, a halt) leave it
 * there, whatever their node knew then; what crossed the end of the matter does so too, but for the answer that ends a withdrawn request.
 */
export function stateAfter(before: State | undefined, { act, to }: Moving): State | undefined {
  if (to === undefined) return before;
  if (!isAct(act) || act === "enter") return to as State;
  const { to: own, late = [] } = LIFE[act] as { readonly to?: State; readonly late?: readonly State[] };
  if (own === undefined && !SETTLED[act]?.includes(to)) return before;
  if (before === undefined || !late.includes(before)) return to as State;
  return before === "withdrawn" && (to === "executed" || to === "refused") ? to : before;
}
