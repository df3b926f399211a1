import { sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { type ReportRow, reportSubject } from "../reports/slice.ts";

/** Most reports that are worked on at once: a page of the list. */
export const CHOSEN_MAX = 100;

/** A report that was chosen in the list. */
export type Chosen = Pick<ReportRow, "id" | "reference" | "state" | "category" | "priority" | "language">;

/** Those of the references that the reader may see, in the order of the list. */
export async function chosenOf(reader: Reader, references: readonly string[]): Promise<Chosen[]> {
  if (references.length === 0) return [];
  const { rows } = await sql<Chosen>`select r.id, r.reference, r.state, r.category, r.priority, r.language from report r
    where r.reference = any(${[...references]}::text[]) and ${reader.visible(reportSubject, { alias: "r" })} order by r.priority, r.turn_at, r.id limit ${sql.lit(CHOSEN_MAX)}`.execute(
    reader.db,
  );
  return rows;
}
