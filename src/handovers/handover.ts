import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { Code } from "../reports/slice.ts";

/** Where it stands: conditions offered; accepted; refused; the content has gone over. */
export type State = "offered" | "accepted" | "declined" | "handed";

/**
 * Spontaneous information in two steps: the conditions first, with nothing of the report but its category; the content only once the
 * receiver has bound itself to them.
 *
 * @source CETS 185 Art. 26
 */
// prettier-ignore
export const LIFE = life<State>()({
  accept:  { by: "receiver", from: ["offered"],  to: "accepted", source: "CETS 185 Art. 26" },
  decline: { by: "receiver", from: ["offered"],  to: "declined", source: "CETS 185 Art. 26" },
  hand:    { by: "sender",   from: ["accepted"], to: "handed",   source: "CETS 185 Art. 26" },
});

/** A report on its way to another node, as both nodes hold it. */
export interface HandoverRow {
  readonly id: string;
  readonly side: "sender" | "receiver";
  readonly peer: string;
  readonly state: State;
  /** The report: the sender's own; the receiver's, once it has come. */
  readonly report_id: string | null;
  readonly office: string | null;
  readonly category: Code;
  readonly conditions: string;
  readonly offered_by: string;
  readonly offered_at: Temporal.Instant;
  readonly answered_by: string | null;
  readonly answered_at: Temporal.Instant | null;
  readonly reason: string | null;
  readonly handed_at: Temporal.Instant | null;
}
export const handoverSubject = subject<HandoverRow>()({
  name: "handover",
  plural: "handovers",
  table: "handover",
  attributes: { side: "String", peer: "String", state: "String", office: "String", category: "String" },
  life: LIFE,
});

/** Longest conditions, in characters. */
export const CONDITIONS_MAX = 4_000;
/** Channel on which the worker hears that an offer was accepted. */
export const ACCEPTED_CHANNEL = "comity_handovers";
