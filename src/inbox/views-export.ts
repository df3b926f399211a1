import { z } from "zod";
import { listFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { reportSubject } from "../reports/slice.ts";
import { filterFields, type Filters } from "./filters.ts";
import { LISTED, wantedBy } from "./views-list.ts";

/** Most rows of one export; a narrower filter takes the rest. */
export const EXPORT_MAX = 10_000;

const COLUMNS = [
  "reference",
  "state",
  "category",
  "priority",
  "reasons",
  "offences",
  "basis",
  "channel",
  "language",
  "district",
  "age_band",
  "loss_minor",
  "loss_currency",
  "received_at",
  "respond_by",
  "responded_at",
  "opened_at",
  "climbed",
  "officer",
] as const;
type ExportRow = Readonly<Record<(typeof COLUMNS)[number], unknown>>;

/** What the list shows with these filters, as a table: without anybody's words or name, so that it may travel. */
export const reportExport = view({
  name: "report.export",
  path: "/reports/export",
  subject: reportSubject,
  input: z.object({ ...filterFields, format: z.enum(["csv", "json"]).default("csv") }),
  read: async (reader, { format, ...filters }) => {
    const rows = await rowsOf(reader, filters);
    return listFile(`reports-${reader.now.toString().slice(0, 10)}`, format, {
      columns: COLUMNS,
      rows,
      json: { filters, most: EXPORT_MAX, rows },
    });
  },
});

async function rowsOf(reader: Reader, filters: Filters): Promise<ExportRow[]> {
  const listed = filters.state === "closed" ? sql`r.state = 'closed'` : LISTED;
  const order = filters.state === "closed" ? sql`r.id desc` : sql`r.priority, r.turn_at, r.id`;
  const { rows } =
    await sql<ExportRow>`select r.reference, r.state, r.category, r.priority, r.reasons, r.offences, r.basis, r.channel, r.language, r.district, r.age_band,
    r.loss_minor, r.loss_currency, r.received_at, r.respond_by, r.responded_at, r.opened_at, r.climbed, r.assignee_name as officer
    from report r where ${wantedBy(reader, filters)} and ${listed} order by ${order} limit ${sql.lit(EXPORT_MAX)}`.execute(
      reader.db,
    );
  return rows;
}
