import type { State } from "../requests/slice.ts";
import { DICTIONARIES, type DictionaryEntry, entryOf, valueIn } from "./dictionary.ts";

/** What a provider says by a status. `nothing`: it moves nothing here; `withdrawn`: it follows our own withdrawal. */
export type Meaning =
  | "nothing"
  | "trouble"
  | "acknowledge"
  | "accept"
  | "disclosed"
  | "preserved"
  | "not-held"
  | "refuse"
  | "postpone"
  | "ask"
  | "lapse"
  | "withdrawn";

/** The kinds of object whose status a provider owns. */
export type Answering = "Authorisation" | "LDTask" | "LPTask";
const STATUS_OF = {
  Authorisation: "AuthorisationStatus",
  LDTask: "LDTaskStatus",
  LPTask: "LPTaskStatus",
} as const satisfies Record<Answering, keyof typeof DICTIONARIES>;

/**
 * What each status of the standard's dictionaries means for a request. The statuses are the standard's, their meaning is a reading of them.
 * `Error` says that something went wrong there: it is shown, and is no answer.
 *
 * @source ETSI TS 103 120 v1.23.1 §7.2, §8.3, §8.4
 */
// prettier-ignore
export const MEANINGS: { readonly [Kind in Answering]: Readonly<Record<(typeof DICTIONARIES)[(typeof STATUS_OF)[Kind]][number], Meaning>> } = {
  Authorisation: {
    CreatingForCSP: "nothing", SubmittedToCSP: "nothing", AwaitingUpdateApproval: "nothing",
    AwaitingApproval: "acknowledge", Approved: "accept", EmergencyApproval: "accept",
    Rejected: "refuse", Suspended: "postpone", Cancelled: "withdrawn", Expired: "ask", Invalid: "ask",
  },
  LDTask: {
    AwaitingApproval: "acknowledge", AwaitingDisclosure: "accept", Disclosed: "disclosed",
    DisclosureNotAvailable: "not-held", Rejected: "refuse", Cancelled: "withdrawn", Error: "trouble", Invalid: "ask",
  },
  LPTask: {
    AwaitingPreservation: "accept", Preserved: "preserved",
    PreservationNotAvailable: "not-held", Rejected: "refuse", Cancelled: "withdrawn", Expired: "lapse", Error: "trouble", Invalid: "ask",
  },
};

/** What a status of that object means; `undefined` where its dictionary has no such value. */
export function meaningOf(kind: Answering, entry: DictionaryEntry | undefined): Meaning | undefined {
  const value = valueIn(STATUS_OF[kind], entry);
  return value === undefined ? undefined : (MEANINGS[kind] as Readonly<Record<string, Meaning>>)[value];
}

/** The status by which a request's state is said of that object, as whoever owns the status would; the table read the other way. */
// prettier-ignore
const STATES: { readonly [Kind in Answering]: Partial<Record<State, (typeof DICTIONARIES)[(typeof STATUS_OF)[Kind]][number]>> } = {
  Authorisation: { sent: "SubmittedToCSP", delivered: "SubmittedToCSP", acknowledged: "AwaitingApproval", clarification: "Invalid", accepted: "Approved", postponed: "Suspended", refused: "Rejected", withdrawn: "Cancelled", executing: "Approved", "partly-executed": "Approved", executed: "Approved", closed: "Approved" },
  LDTask: { acknowledged: "AwaitingApproval", clarification: "Invalid", accepted: "AwaitingDisclosure", executing: "Disclosed", "partly-executed": "Disclosed", executed: "Disclosed", refused: "Rejected", withdrawn: "Cancelled" },
  LPTask: { clarification: "Invalid", accepted: "AwaitingPreservation", executed: "Preserved", lapsed: "Expired", refused: "Rejected", withdrawn: "Cancelled" },
};
/** That status as an entry; `undefined` where the object has no word for the state. */
export function statusFor<Kind extends Answering>(kind: Kind, state: State): DictionaryEntry | undefined {
  const value = (STATES[kind] as Partial<Record<State, string>>)[state];
  return value === undefined ? undefined : entryOf(STATUS_OF[kind], value as never);
}

/** An act of the one asked, as a provider's answer entails it. */
export type Answer = "acknowledge" | "accept" | "ask" | "refuse" | "postpone" | "start" | "done" | "deliver" | "lapse";

/** How far a request has come on the way from sent to carried out; what stands beside that way has no place on it. */
const WAY: readonly State[] = [
  "sent",
  "delivered",
  "acknowledged",
  "accepted",
  "executing",
  "partly-executed",
  "executed",
];
const placeOf = (state: State): number => WAY.indexOf(state);
const before = (state: State, other: State): boolean => placeOf(state) >= 0 && placeOf(state) < placeOf(other);

/** What is done at once where it was not before: whoever takes something on has it, and whoever carries it out has taken it on. */
const seen = (state: State): Answer[] => (before(state, "acknowledged") ? ["acknowledge"] : []);
const taken = (state: State): Answer[] => [
  ...seen(state),
  ...(before(state, "accepted") || state === "postponed" ? (["accept"] as const) : []),
];
/** Withdrawn or closed here, before that was known there: what crosses is kept in the history and moves nothing. */
const isCrossed = (state: State): boolean => state === "withdrawn" || state === "closed";
const isOneOf = (state: State, ...those: State[]): boolean => those.includes(state);

/**
 * The acts that a meaning entails in a state, in their order; none where it says what is known already. `undefined` where it can't be said
 * in that state. The same acts as those of a provider's node, over the same table.
 */
export function actsFor(
  meaning: Meaning,
  state: State,
  { hasAll = false }: { readonly hasAll?: boolean } = {},
): Answer[] | undefined {
  switch (meaning) {
    case "nothing":
    case "trouble":
      return [];
    case "withdrawn":
      return isOneOf(state, "withdrawn") ? [] : undefined;
    case "acknowledge":
      return isOneOf(state, "refused", "lapsed") ? undefined : seen(state);
    case "accept":
      return isOneOf(state, "refused", "lapsed", "clarification") ? undefined : taken(state);
    case "disclosed":
      if (hasAll) return state === "executed" || isCrossed(state) ? [] : through(state, ["done"]);
      return isOneOf(state, "executing", "partly-executed", "executed") || isCrossed(state)
        ? []
        : through(state, ["start"]);
    case "preserved":
      return isOneOf(state, "executed", "closed") ? [] : through(state, ["done"]);
    case "refuse":
    case "not-held":
      if (state === "refused") return [];
      if (isCrossed(state)) return ["refuse"];
      return before(state, "executing") || isOneOf(state, "clarification", "postponed")
        ? [...seen(state), "refuse"]
        : undefined;
    case "postpone":
      if (state === "postponed") return [];
      return before(state, "executing") ? [...seen(state), "postpone"] : undefined;
    case "ask":
      if (state === "clarification") return [];
      return before(state, "partly-executed") ? [...seen(state), "ask"] : undefined;
    case "lapse":
      if (state === "lapsed") return [];
      return isOneOf(state, "executed", "closed") ? ["lapse"] : undefined;
  }
}

/** What lies before carrying out, and then that; `undefined` where it can't be carried out from there. */
function through(state: State, last: Answer[]): Answer[] | undefined {
  if (state === "withdrawn") return last;
  return placeOf(state) >= 0 || state === "postponed" ? [...taken(state), ...last] : undefined;
}

/** The acts that a delivery entails. */
export const actsForDelivery = (state: State): Answer[] | undefined =>
  state === "executed" ? undefined : isCrossed(state) ? ["deliver"] : through(state, ["deliver"]);
