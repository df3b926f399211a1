import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where a release stands: counted and shown to the office, or published and frozen for ever. */
export type State = "draft" | "published";

/** A release's life. What is published stays as it is: a figure that changed could be subtracted from what it was. */
// prettier-ignore
export const LIFE = life<State>()({
  redraft: { from: ["draft"] },
  publish: { from: ["draft"], to: "published" },
});

/** The public figures of one calendar month, as their table holds them. */
export interface ReleaseRow {
  id: string;
  /** `2026-10`. */
  month: string;
  state: State;
  /** IANA time zone in which the month begins and ends. */
  zone: string;
  threshold: number;
  /** Percent of the p% rule for amounts. */
  dominance: number;
  drafted_at: Temporal.Instant;
  published_at: Temporal.Instant | null;
  published_by: string | null;
  cells: number;
  withheld: number;
  /** SHA-256 of all cells. */
  digest: Buffer;
}

export const releaseSubject = subject<ReleaseRow>()({
  name: "release",
  plural: "releases",
  table: "statistics_release",
  attributes: { state: "String", month: "String" },
  life: LIFE,
});

/** First moment of a calendar month in a zone. */
export const beginOf = (month: Temporal.PlainYearMonth, zone: string): Temporal.Instant =>
  month.toPlainDate({ day: 1 }).toZonedDateTime(zone).toInstant();
