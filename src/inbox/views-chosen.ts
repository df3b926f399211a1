import { sql } from "../kernel/database.ts";
import { type Chosen, CHOSEN_MAX } from "../kernel/many.ts";
import type { Reader } from "../kernel/view.ts";
import { type ReportRow, reportSubject } from "../reports/slice.ts";

/** A report that was ticked in the list, named by its reference. */
export type ChosenReport = Chosen & Pick<ReportRow, "category" | "priority">;

/** Those of the references that the reader may see, in the order of the list. */
export async function chosenOf(reader: Reader, references: readonly string[]): Promise<ChosenReport[]> {
  if (references.length === 0) return [];
  const { rows } =
    await sql<ChosenReport>`select r.id, r.reference as name, r.state, r.category, r.priority from report r
    where r.reference = any(${[...references]}::text[]) and ${reader.visible(reportSubject, { alias: "r" })} order by r.priority, r.turn_at, r.id limit ${sql.lit(CHOSEN_MAX)}`.execute(
      reader.db,
    );
  return rows;
}
