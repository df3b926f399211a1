import { Refusal } from "./errors.ts";

/** One row of a life table: from which states an act may be done, the state it leads to, whose act it is, by what law. */
export interface Step<State extends string = string> {
  /** Whose node performs it, where two nodes share the thing; absent where only one holds it. */
  readonly by?: "sender" | "receiver" | "either";
  readonly from: readonly State[];
  /** Absent: the state stays as it is. */
  readonly to?: State;
  readonly source?: string;
  /**
   * States in which this act still counts when it comes from the other node, because it was done there before our own act was
   * known. It leaves the state as it is, unless the message settles another.
   */
  readonly late?: readonly State[];
}
export type Life<State extends string = string, Act extends string = string> = Readonly<Record<Act, Step<State>>>;

/** Types a life table: `life<State>()({ act: row })`. Called twice because only the acts can be inferred. */
export const life =
  <State extends string>() =>
  <Act extends string>(rows: Life<State, Act>) =>
    rows;

/** The state that `act` leads to. Refuses with `wrong-state` where the table has no such step, and calls the act `name` then: `request.send`. */
export function after<State extends string, Act extends string>(
  rows: Life<State, Act>,
  state: State,
  act: Act,
  name: string = act,
): State {
  if (rows[act].from.includes(state)) return rows[act].to ?? state;
  throw new Refusal("wrong-state", "wrong-state", { values: { act: name, state } });
}

/** The state that the other node's `act` leads to: as `after`, and an act that crossed ours leaves it as it is. */
export function afterTheirs<State extends string, Act extends string>(
  rows: Life<State, Act>,
  state: State,
  act: Act,
  name: string = act,
): State {
  return rows[act].late?.includes(state) ? state : after(rows, state, act, name);
}
