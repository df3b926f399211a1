import type { Expression, SqlBool } from "kysely";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { findObservables } from "../observables/slice.ts";
import {
  excerptOf,
  inLanguage,
  isLate,
  ownLabel,
  reportingOf,
  type ReportRow,
  reportSubject,
  type TellingRow,
} from "../reports/slice.ts";
import { CHILD_BANDS, type Filters, type ListInput, listInput } from "./filters.ts";
import { savedViewsOf, type SavedView } from "./views-saved.ts";

/** A report as the worklist shows it. */
export interface ReportItem extends Pick<
  ReportRow,
  | "id"
  | "reference"
  | "state"
  | "category"
  | "priority"
  | "reasons"
  | "channel"
  | "language"
  | "district"
  | "received_at"
  | "respond_by"
  | "responded_at"
  | "opened_at"
  | "climbed"
  | "assignee_name"
  | "campaign_id"
> {
  readonly late: boolean;
  /** The country's own words for its category; `null` where the product's hold. */
  readonly label: string | null;
  readonly excerpt: string;
  /** Reports of the same campaign that are not listed on their own, counted up to `FOLDED_MAX`. */
  readonly more: number;
}
export interface ReportList {
  readonly items: readonly ReportItem[];
  readonly next?: string;
  /** How many wait under each chip, counted up to `COUNT_MAX`: what is above is told as "more than". */
  readonly counts: Readonly<Record<string, number>>;
  readonly filters: ListInput;
  readonly saved: readonly SavedView[];
  /** Districts of the country, for the chips. */
  readonly districts: readonly { readonly code: string; readonly name: string }[];
  /** Moment of this reading: what comes later is news. */
  readonly at: Temporal.Instant;
}

/** Where counting stops: a worklist says how much waits, not how much there ever was. */
export const COUNT_MAX = 100;
export const FOLDED_MAX = 10_000;

export const reportList = view({
  name: "report.list",
  path: "/reports",
  subject: reportSubject,
  input: listInput,
  read: async (reader, filters): Promise<ReportList> => {
    const { limit } = filters;
    const rows = await pageOf(reader, filters);
    const last = rows[limit - 1];
    const shown = rows.slice(0, limit);
    const more = await foldedOf(reader, shown);
    return {
      items: shown.map((row) => itemOf(reader, row, more)),
      ...(rows.length > limit && last ? { next: cursorOf(last.priority, last.turn_at.toString(), last.id) } : {}),
      counts: filters.cursor === undefined ? await countsOf(reader) : {},
      filters,
      saved: await savedViewsOf(reader),
      districts: reportingOf(reader.node).districts.map(({ code, name }) => ({
        code,
        name: inLanguage(name, reader.locale),
      })),
      at: reader.now,
    };
  },
});

type PageRow = Omit<ReportItem, "late" | "label" | "excerpt" | "more"> & TellingRow & { turn_at: Temporal.Instant };

function itemOf({ node, now, locale }: Reader, row: PageRow, folded: ReadonlyMap<string, number>): ReportItem {
  const { turn_at: _turn, told: _told, description: _description, facts: _facts, ...shown } = row;
  const more = row.campaign_id === null ? 0 : (folded.get(row.campaign_id) ?? 0);
  const label = ownLabel(reportingOf(node), row.category, locale) ?? null;
  return { ...shown, late: isLate(row, now), label, excerpt: excerptOf(node, row), more };
}

/** What stands in the worklist at all: each index of it says the same, so that the planner may use them. */
export const LISTED = sql<SqlBool>`r.state <> 'closed' and r.quarantine is null and not r.folded`;
const COLUMNS = sql`r.id, r.reference, r.state, r.category, r.priority, r.reasons, r.channel, r.language, r.district, r.received_at, r.respond_by, r.responded_at,
  r.opened_at, r.climbed, r.assignee_name, r.campaign_id, r.turn_at, r.told, r.description, r.facts`;

async function pageOf(reader: Reader, filters: ListInput): Promise<PageRow[]> {
  const { limit, cursor } = filters;
  const wanted = wantedBy(reader, filters);
  const most = sql.lit(limit + 1);
  if (filters.state === "closed") {
    const after = readCursor(cursor, 3)?.[2];
    const before = typeof after === "string" && isUuid(after) ? sql`and r.id < ${after}` : sql``;
    return (
      await sql<PageRow>`select ${COLUMNS} from report r where ${wanted} and r.state = 'closed' ${before} order by r.id desc limit ${most}`.execute(
        reader.db,
      )
    ).rows;
  }
  return (
    await sql<PageRow>`select ${COLUMNS} from report r where ${wanted} and ${LISTED} ${afterCursor(cursor)} order by r.priority, r.turn_at, r.id limit ${most}`.execute(
      reader.db,
    )
  ).rows;
}

function afterCursor(cursor: string | undefined) {
  const [priority, turn, id] = readCursor(cursor, 3) ?? [];
  if (
    typeof priority !== "number" ||
    typeof turn !== "string" ||
    typeof id !== "string" ||
    !isUuid(id) ||
    !isInstant(turn)
  )
    return sql``;
  return sql`and (r.priority, r.turn_at, r.id) > (${Math.trunc(priority)}::smallint, ${turn}::timestamptz, ${id}::uuid)`;
}
function isInstant(text: string): boolean {
  try {
    return Temporal.Instant.from(text).toString() !== "";
  } catch {
    return false;
  }
}

/** The rows that the reader may see and these filters want. Values of closed lists are part of the statement: indexes name them. */
export const wantedBy = (reader: Reader, filters: Filters): Expression<SqlBool> =>
  sql<SqlBool>`${sql.join([reader.visible(reportSubject, { alias: "r" }), ...conditions(reader, filters)], sql` and `)}`;

const UNANSWERED = sql<SqlBool>`r.responded_at is null and r.respond_by is not null`;
const OF_CHILD = sql<SqlBool>`(r.category in ('C1', 'C2', 'C3') or r.for_whom = 'child' or r.age_band in (${sql.join(CHILD_BANDS.map((band) => sql.lit(band)))}))`;

function conditions({ actor, now, node }: Reader, filters: Filters): Expression<SqlBool>[] {
  const { state, priority, category, district, channel, language, mine, late, unopened, money, child, q } = filters;
  const officer = actor.kind === "officer" ? actor.account : null;
  return [
    ...(state && state !== "closed" ? [sql<SqlBool>`r.state = ${sql.lit(state)}`] : []),
    ...(priority === undefined ? [] : [sql<SqlBool>`r.priority = ${sql.lit(priority)}`]),
    ...(category ? [sql<SqlBool>`r.category = ${sql.lit(category)}`] : []),
    ...(district ? [sql<SqlBool>`r.district = ${district}`] : []),
    ...(channel ? [sql<SqlBool>`r.channel = ${sql.lit(channel)}`] : []),
    ...(language ? [sql<SqlBool>`r.language = ${sql.lit(language)}`] : []),
    ...(mine ? [sql<SqlBool>`r.assignee = ${officer}`] : []),
    ...(late ? [sql<SqlBool>`${UNANSWERED} and r.respond_by < ${now}`] : []),
    ...(unopened ? [sql<SqlBool>`${UNANSWERED} and r.opened_at is null`] : []),
    ...(money ? [sql<SqlBool>`r.loss_minor is not null`] : []),
    ...(child ? [OF_CHILD] : []),
    ...(q ? [searched(q.trim(), node.config.country)] : []),
  ];
}

/** Finds by reference, or by what stands in the report, as it would be found in a text. */
function searched(q: string, country: string): Expression<SqlBool> {
  if (/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/i.test(q)) return sql<SqlBool>`r.reference = ${q.toUpperCase()}`;
  const keys = [q, ...findObservables(q, { country }).map(({ key }) => key)];
  return sql<SqlBool>`r.id in (select o.report_id from report_observable o where o.key = any(${keys}::text[]) and o.strong
    union select o.report_id from report_observable o where o.key = any(${keys}::text[]) and not o.strong limit 5000)`;
}

/** How many of each campaign on the page are folded under its line. */
async function foldedOf(reader: Reader, rows: readonly PageRow[]): Promise<ReadonlyMap<string, number>> {
  const campaigns = [...new Set(rows.flatMap(({ campaign_id: id }) => (id === null ? [] : [id])))];
  if (campaigns.length === 0) return new Map();
  const { rows: counted } = await sql<{ id: string; n: number }>`select c.id, (
      select count(*) from (select 1 from report r where r.campaign_id = c.id and r.folded and ${reader.visible(reportSubject, { alias: "r" })} limit ${sql.lit(FOLDED_MAX)}) as f
    ) as n from unnest(${campaigns}::uuid[]) as c(id)`.execute(reader.db);
  return new Map(counted.map(({ id, n }) => [id, n]));
}

/** Counts what waits, by chip, each up to a bound, so that a full worklist costs no more than a short one. */
async function countsOf(reader: Reader): Promise<Record<string, number>> {
  const visible = reader.visible(reportSubject, { alias: "r" });
  const officer = reader.actor.kind === "officer" ? reader.actor.account : null;
  // Counted in the worklist's own order: so an index that has it serves, and no count reads further than its bound.
  const bounded = (condition: Expression<SqlBool>) =>
    sql<number>`(select count(*) from (select 1 from report r where ${visible} and ${LISTED} and ${condition} order by r.priority, r.turn_at, r.id limit ${sql.lit(COUNT_MAX)}) as c)`;
  // One count for all states and one for all priorities: PostgreSQL may plan each reading anew, and each count costs.
  const { rows } = await sql<{ chip: string; n: number }>`
    select 'open' as chip, ${bounded(sql`true`)} as n
    union all select 'mine', ${bounded(sql`r.assignee = ${officer}`)}
    union all select 'late', ${bounded(sql`${UNANSWERED} and r.respond_by < ${reader.now}`)}
    union all select 'unopened', ${bounded(sql`${UNANSWERED} and r.opened_at is null`)}
    union all select each, ${bounded(sql`r.state = each`)} from unnest(array['received', 'triaged', 'assigned', 'in-case']) as each
    union all select 'p' || each, ${bounded(sql`r.priority = each`)} from unnest(array[0, 1, 2, 3, 4]::smallint[]) as each
    union all select 'quarantine', (select count(*) from (select 1 from report r where ${visible} and r.quarantine is not null and r.state <> 'closed' limit ${sql.lit(COUNT_MAX)}) as c)`.execute(
    reader.db,
  );
  return Object.fromEntries(rows.map(({ chip, n }) => [chip, n]));
}

/** How many new reports wait for a first answer, up to the bound: for the navigation. */
export async function waitingCount(reader: Reader): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from (select 1 from report r where ${reader.visible(reportSubject, { alias: "r" })}
    and ${LISTED} and r.state = 'received' and r.priority < 4 order by r.priority, r.turn_at, r.id limit ${sql.lit(COUNT_MAX)}) as c`.execute(
    reader.db,
  );
  return rows[0]?.n ?? 0;
}
