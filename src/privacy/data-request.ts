import { z } from "zod";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** What the person a report is from may ask. @source CETS 108 Art. 9 */
export const KINDS = ["access", "rectification", "erasure"] as const;
export type Kind = (typeof KINDS)[number];
export type State = "lodged" | "granted" | "refused";

// prettier-ignore
export const LIFE = life<State>()({
  grant:   { from: ["lodged"], to: "granted", source: "CETS 108 Art. 9" },
  refuse:  { from: ["lodged"], to: "refused", source: "CETS 108 Art. 11" },
  overdue: { from: ["lodged"] },
});

/** Why a request is refused: what the exceptions allow, and nothing else. @source CETS 108 Art. 11 */
export const GROUNDS = ["investigation", "evidence", "rights-of-others", "law-keeps-it", "not-the-reporter"] as const;

/** A request as its table holds it. */
export interface DataRequestRow {
  readonly id: string;
  /** `D-2026-000017`. */
  readonly number: string;
  readonly state: State;
  readonly kind: Kind;
  readonly report_id: string;
  readonly reference: string;
  readonly words: Buffer | null;
  readonly asked_at: Temporal.Instant;
  readonly due_at: Temporal.Instant;
  readonly decided_at: Temporal.Instant | null;
  readonly decided_by: string | null;
  readonly ground: string | null;
  readonly answer: Buffer | null;
}

export const dataRequestSubject = subject<DataRequestRow>()({
  name: "data-request",
  plural: "data-requests",
  table: "data_request",
  number: "number",
  attributes: { state: "String", kind: "String", report_id: "String" },
  life: LIFE,
});

/** The clock of the answer. */
export const MONTH = "data-request.month";
/** One calendar month after it was asked, on the node's own calendar: practice of many Parties, where the Convention says "without excessive delay". */
export const dueOf = (asked: Temporal.Instant, zone: string): Temporal.Instant =>
  asked.toZonedDateTimeISO(zone).add({ months: 1 }).toInstant();

export const wordsSchema = z.string().trim().min(1).max(4_000);
export const wordsPlace = (request: string): string => `data-request:${request}:words`;
export const answerPlace = (request: string): string => `data-request:${request}:answer`;
