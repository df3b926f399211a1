import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { findObservables } from "../observables/slice.ts";
import { CODES, excerptOf, reportSubject, type TellingRow } from "../reports/slice.ts";
import { type CampaignRow, campaignSubject } from "./campaign.ts";

/** How the list is sorted. */
export const SORTS = ["growth", "size", "recent"] as const;
const filters = {
  state: z.enum(["active", "closed"]).optional(),
  category: z.enum(CODES).optional(),
  /** Only what had reports within seven days. */
  growing: z.stringbool().optional(),
  /** Only where money was lost. */
  money: z.stringbool().optional(),
  sort: z.enum(SORTS).default("growth"),
  /** A number, a name, or what stands in its reports: a link, a telephone number, a wallet. */
  q: z.string().max(300).optional(),
};
/** Filters of the list; each is a chip. */
export const listInput = z.object({
  ...filters,
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** A campaign as the list shows it. What it counts are the reports that the reader may read. */
export interface CampaignItem {
  readonly id: string;
  readonly number: string;
  /** An officer's, or what its reports share; empty where that is their wording alone. */
  readonly name: string;
  readonly state: CampaignRow["state"];
  readonly category: string;
  readonly priority: number;
  /** Counted up to `COUNT_MAX`; one more says that there are more. */
  readonly reports: number;
  /** Of the last seven days, counted likewise. */
  readonly week: number;
  readonly first_at: Temporal.Instant;
  readonly last_at: Temporal.Instant;
  /** The beginning of its newest report. */
  readonly excerpt: string;
}
export interface CampaignList {
  readonly items: readonly CampaignItem[];
  readonly next?: string;
  readonly filters: ListInput;
}
/** Where counting stops in the list. */
export const COUNT_MAX = 500;
const WEEK_HOURS = 7 * 24;

/** Reports of campaign `c` that the reader may read. */
const readable = (reader: Reader, alias: string) =>
  sql<SqlBool>`${sql.ref(alias)}.campaign_id = c.id and ${reader.visible(reportSubject, { alias })}`;

/** A campaign's name, where the reader may read a report that it was taken from. */
export const nameFor = (reader: Reader) => sql<string>`case when c.name_key is null or exists (
    select 1 from report_observable o join report n on n.id = o.report_id where o.key = c.name_key and o.strong and ${readable(reader, "n")}
  ) then c.name else '' end`;

type Row = Omit<CampaignItem, "excerpt"> &
  Omit<TellingRow, "id"> & { told_id: string; key_reports: number; key_week: number };

async function rowsOf(reader: Reader, input: Omit<ListInput, "cursor">, cursor?: string): Promise<Row[]> {
  const since = reader.now.subtract({ hours: WEEK_HOURS });
  const order = { growth: sql`c.week`, size: sql`c.reports`, recent: sql`c.last_at` }[input.sort];
  const conditions = sql.join(
    [reader.visible(campaignSubject, { alias: "c" }), ...conditionsOf(reader, input)],
    sql` and `,
  );
  const { rows } =
    await sql<Row>`select c.id, c.number, ${nameFor(reader)} as name, c.state, c.category, c.priority, c.first_at, c.last_at,
      c.reports as key_reports, c.week as key_week, newest.id as told_id, newest.told, newest.description, newest.facts,
      (select count(*) from (select 1 from report r where ${readable(reader, "r")} limit ${sql.lit(COUNT_MAX + 1)}) as n) as reports,
      (select count(*) from (select 1 from report r where ${readable(reader, "r")} and r.received_at > ${since} limit ${sql.lit(COUNT_MAX + 1)}) as n) as week
    from campaign c cross join lateral (select r.id, r.told, r.description, r.facts from report r where ${readable(reader, "r")} order by r.received_at desc, r.id desc limit 1) as newest
    where ${conditions} and c.state <> 'merged' ${after(input.sort, cursor)} order by ${order} desc, c.id desc limit ${sql.lit(input.limit + 1)}`.execute(
      reader.db,
    );
  return rows;
}

function after(sort: ListInput["sort"], cursor: string | undefined) {
  const [value, id] = readCursor(cursor, 2) ?? [];
  if (typeof id !== "string" || !isUuid(id)) return sql``;
  if (sort === "recent")
    return typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)
      ? sql`and (c.last_at, c.id) < (${value}::timestamptz, ${id}::uuid)`
      : sql``;
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1) return sql``;
  return sql`and (${sort === "size" ? sql`c.reports` : sql`c.week`}, c.id) < (${value}::int, ${id}::uuid)`;
}

function conditionsOf(
  reader: Reader,
  { state, category, growing, money, q }: Omit<ListInput, "cursor">,
): Expression<SqlBool>[] {
  const words = (q ?? "").trim();
  return [
    ...(state ? [sql<SqlBool>`c.state = ${state}`] : []),
    ...(category ? [sql<SqlBool>`c.category = ${category}`] : []),
    ...(growing ? [sql<SqlBool>`c.week > 0`] : []),
    ...(money
      ? [sql<SqlBool>`exists (select 1 from report r where ${readable(reader, "r")} and r.loss_minor > 0)`]
      : []),
    ...(words ? [searched(reader, words)] : []),
  ];
}

/** Finds by number, by name, or by what stands in a report that the reader may read, as it would be found in a text. */
function searched(reader: Reader, words: string): Expression<SqlBool> {
  if (/^K-\d{4}-\d{6,9}$/i.test(words)) return sql<SqlBool>`c.number = ${words.toUpperCase()}`;
  if (/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/i.test(words))
    return sql<SqlBool>`exists (select 1 from report r where ${readable(reader, "r")} and r.reference = ${words.toUpperCase()})`;
  const keys = [words, ...findObservables(words, { country: reader.node.config.country }).map(({ key }) => key)];
  const pattern = `%${words.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;
  return sql<SqlBool>`(c.named and c.name ilike ${pattern} or c.id in (select r.campaign_id from report_observable o join report r on r.id = o.report_id
    where o.key = any(${keys}::text[]) and o.strong and r.campaign_id is not null and ${reader.visible(reportSubject, { alias: "r" })} limit 5000))`;
}

const itemOf = (
  reader: Reader,
  { told, told_id: id, description, facts, key_reports: _reports, key_week: _week, ...item }: Row,
): CampaignItem => ({
  ...item,
  excerpt: excerptOf(reader.node, { id, told, description: description ?? null, facts }, 80).trim(),
});

export const campaignList = view({
  name: "campaign.list",
  path: "/campaigns",
  subject: campaignSubject,
  input: listInput,
  read: async (reader, input): Promise<CampaignList> => {
    const { limit, cursor, sort } = input;
    const rows = await rowsOf(reader, input, cursor);
    const last = rows[limit - 1];
    const keys = last && { growth: last.key_week, size: last.key_reports, recent: last.last_at.toString() };
    return {
      items: rows.slice(0, limit).map((row) => itemOf(reader, row)),
      ...(rows.length > limit && last && keys ? { next: cursorOf(keys[sort], last.id) } : {}),
      filters: input,
    };
  },
});

/** Most campaigns of one file. */
const EXPORTED_MAX = 1_000;

const CSV_COLUMNS = [
  "number", "name", "state", "category", "priority", "reports", "reports_in_seven_days", "first_report", "last_report",
]; // prettier-ignore

/** The list as a table for other programs, with the same filters. */
export const campaignExport = view({
  name: "campaign.export",
  path: "/campaigns.csv",
  subject: campaignSubject,
  input: z.object(filters),
  read: async (reader, input) => {
    const rows = await rowsOf(reader, { ...input, limit: EXPORTED_MAX - 1 });
    return csvFile(
      "campaigns.csv",
      CSV_COLUMNS,
      rows.map((row) => ({
        ...row,
        reports_in_seven_days: row.week,
        first_report: row.first_at,
        last_report: row.last_at,
      })),
    );
  },
});
