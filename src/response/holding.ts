import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** A kind of data that the provider says it holds. */
export interface HoldingRow {
  readonly id: string;
  readonly state: "declared" | "ended";
  readonly category: string;
  readonly description: string;
  readonly kept_days: number | null;
  readonly declared_by: string;
  readonly declared_at: Temporal.Instant;
  readonly ended_at: Temporal.Instant | null;
}
const HOLDING_LIFE = life<HoldingRow["state"]>()({ end: { from: ["declared"], to: "ended" } });
export const holdingSubject = subject<HoldingRow>()({
  name: "holding",
  plural: "holdings",
  table: "holding",
  attributes: { state: "String" },
  life: HOLDING_LIFE,
});

/** A transparency report as its table holds it. */
export interface ReportRow {
  readonly id: string;
  readonly state: "published" | "withdrawn";
  readonly starts_on: Temporal.PlainDate;
  readonly ends_on: Temporal.PlainDate;
  readonly figures: unknown;
  readonly published_at: Temporal.Instant;
  readonly published_by: string;
}
const REPORT_LIFE = life<ReportRow["state"]>()({ withdraw: { from: ["published"], to: "withdrawn" } });
export const reportSubject = subject<ReportRow>()({
  name: "transparency",
  plural: "transparency",
  table: "transparency_report",
  attributes: { state: "String" },
  life: REPORT_LIFE,
});
