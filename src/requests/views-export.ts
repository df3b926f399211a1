import { z } from "zod";
import { listFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { view } from "../kernel/view.ts";
import { measureOf } from "../law/slice.ts";
import { filterFields } from "./filters.ts";
import { wantedOf } from "./views-filters.ts";
import { firstOf } from "./views-first.ts";
import { type RequestRow, requestSubject } from "./request.ts";

/** Most rows of one export; a narrower filter takes the rest. */
const EXPORT_MAX = 10_000;
const COLUMNS = [
  "number",
  "side",
  "peer",
  "measure",
  "basis",
  "data_category",
  "urgency",
  "state",
  "offence",
  "drafted",
  "sent",
  "received",
  "carried_out",
  "next_clock",
  "refusal_ground",
  "conditions",
  "translation",
  "office",
] as const;

type Row = Pick<
  RequestRow,
  | "number" | "side" | "peer" | "measure" | "data_category" | "urgency" | "state" | "offence" | "created_at" | "sent_at"
  | "received_at" | "executed_at" | "refusal_ground" | "terms_state" | "translations" | "assigned_name"
> & { due_at: Temporal.Instant | null }; // prettier-ignore

const lineOf = (row: Row): Record<(typeof COLUMNS)[number], string> => ({
  number: row.number,
  side: row.side,
  peer: row.peer,
  measure: row.measure,
  basis: measureOf(row.measure).basis,
  data_category: row.data_category,
  urgency: row.urgency,
  state: row.state,
  offence: row.offence,
  drafted: row.created_at.toString(),
  sent: row.sent_at?.toString() ?? "",
  received: row.received_at?.toString() ?? "",
  carried_out: row.executed_at?.toString() ?? "",
  next_clock: row.due_at?.toString() ?? "",
  refusal_ground: row.refusal_ground ?? "",
  conditions: row.terms_state ?? "",
  translation: row.translations
    .map(({ language, due, received_at: at }) => `${language} ${at === undefined ? `due ${due}` : `received ${at}`}`)
    .join("; "),
  office: row.assigned_name ?? "",
});

/** The register: what the list shows with these filters, as a table. */
export const requestExport = view({
  name: "request.export",
  path: "/requests/export",
  subject: requestSubject,
  input: z.object({ ...filterFields, format: z.enum(["csv", "json"]).default("csv") }),
  read: async (reader, { format, ...filters }) => {
    const wanted = await wantedOf(reader, filters);
    const { rows } =
      await sql<Row>`select r.number, r.side, r.peer, r.measure, r.data_category, r.urgency, r.state, r.offence,
      r.created_at, r.sent_at, r.received_at, r.executed_at, r.refusal_ground, r.terms_state, r.translations, r.assigned_name,
      (select min(d.due_at) from deadline d where d.subject_kind = 'request' and d.subject_id = r.id and d.ended_at is null and d.suspended_at is null) as due_at
      from request r where r.id in (${firstOf(reader, wanted, EXPORT_MAX)}) order by r.created_at desc, r.id desc`.execute(
        reader.db,
      );
    const requests = rows.map(lineOf);
    return listFile(`requests-${reader.now.toString().slice(0, 10)}`, format, {
      columns: COLUMNS,
      rows: requests,
      json: { filters, most: EXPORT_MAX, requests },
    });
  },
});
