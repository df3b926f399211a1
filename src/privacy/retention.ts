import type { Reporting } from "../access/pack-reporting.ts";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where the clock of a closed report stands. */
export type State = "running" | "suspended" | "kept" | "ended" | "erased";

const LIVE: State[] = ["running", "suspended", "kept"];

/**
 * The life of the time for which a report is kept. It ends when the report is opened again, stands still while a case has it, and is
 * over when what was told is erased.
 */
// prettier-ignore
export const LIFE = life<State>()({
  restart: { from: ["ended"],             to: "running",   source: "CETS 108 Art. 5" },
  suspend: { from: ["running", "kept"],   to: "suspended" },
  resume:  { from: ["suspended"],         to: "running" },
  keep:    { from: LIVE,                  to: "kept",      source: "CETS 108 Art. 11" },
  end:     { from: LIVE,                  to: "ended" },
  erase:   { from: LIVE,                  to: "erased",    source: "CETS 108 Art. 5" },
});

/** A clock as its table holds it. It has no word of what was told. */
export interface RetentionRow {
  /** The report's own id. */
  readonly id: string;
  readonly reference: string;
  readonly category: string;
  readonly state: State;
  readonly office: string | null;
  readonly days: number;
  readonly source: string;
  readonly closed_at: Temporal.Instant;
  readonly due_at: Temporal.Instant;
  readonly kept_by: string | null;
  readonly kept_reason: string | null;
  readonly suspended_at: Temporal.Instant | null;
  readonly erased_at: Temporal.Instant | null;
  readonly erased_by: string | null;
}

export const retentionSubject = subject<RetentionRow>()({
  name: "retention",
  plural: "retentions",
  table: "retention",
  attributes: { state: "String", office: "String", category: "String" },
  life: LIFE,
});

/** The clock itself. */
export const RETENTION = "report.retention";

/** How long a report of a category is kept once it is closed, in days; `undefined` where the pack says nothing of it. */
export function keptFor(
  category: string,
  rules: Reporting["retention"],
): { readonly days: number; readonly source: string } | undefined {
  return rules.find(({ categories }) => categories === undefined || categories.includes(category));
}

/** What is known of a report for its clock. */
export interface Standing {
  /** When it was closed last; `null` while it is open. */
  readonly closedAt: Temporal.Instant | null;
  /** A case that is not closed has it, or evidence of that case is held, or money is. */
  readonly isNeeded: boolean;
  readonly isErased: boolean;
}

/**
 * What has to happen to the clock of a report; `null` where it is right as it is. The clock of what is needed stands still; it never
 * begins anew by that, and what is open has none.
 *
 * @source CETS 108 Art. 5
 */
export function nextStep(
  state: State | null,
  { closedAt, isNeeded, isErased }: Standing,
): "start" | "restart" | "suspend" | "resume" | "end" | null {
  if (isErased || state === "erased") return null;
  if (closedAt === null) return state === null || state === "ended" ? null : "end";
  if (state === null) return "start";
  if (state === "ended") return "restart";
  if (isNeeded) return state === "suspended" ? null : "suspend";
  return state === "suspended" ? "resume" : null;
}
