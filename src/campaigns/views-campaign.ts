import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { caseSubject } from "../cases/slice.ts";
import { excerptOf, historyOf, reportSubject, type TellingRow, toldIn } from "../reports/slice.ts";
import { type CampaignRow, campaignSubject } from "./campaign.ts";
import { HUB_MAX } from "./joining.ts";
import { nameFor } from "./views.ts";

/** Reports that a campaign's figures are made of, the newest; and those whose wording and observables are looked at. */
export const FIGURES_MAX = 5_000;
export const SAMPLE_MAX = 1_000;
const VARIANTS_SHOWN = 10;
const OBSERVABLES_SHOWN = 30;
const PAGE = 30;

/** How many of its reports say one thing: a day, a district, a channel. */
export interface Counted {
  readonly key: string;
  readonly n: number;
}
export interface Figures {
  /** Reports that the figures are made of. */
  readonly total: number;
  /** True where there are more, and older ones are left out. */
  readonly bounded: boolean;
  /** By day in the reader's zone, `2026-11-26`, the first first. */
  readonly days: readonly Counted[];
  /** By district of the pack; an empty key is nobody's. */
  readonly districts: readonly Counted[];
  readonly categories: readonly Counted[];
  readonly channels: readonly Counted[];
  readonly languages: readonly Counted[];
  /** Minor units lost, by currency. */
  readonly losses: readonly Counted[];
}

/** The campaign's figures, made of the newest reports that the reader may read. */
async function figuresOf(reader: Reader, id: string): Promise<Figures & { readonly cases: readonly Counted[] }> {
  const { rows } = await sql<Counted & { kind: string }>`with m as materialized (
      select (r.received_at at time zone ${reader.zone})::date as day, r.district, r.category, r.channel, r.language, r.case_id, r.loss_minor, r.loss_currency
      from report r where r.campaign_id = ${id} and ${reader.visible(reportSubject, { alias: "r" })} order by r.received_at desc, r.id desc limit ${sql.lit(FIGURES_MAX + 1)})
    select 'days' as kind, to_char(day, 'YYYY-MM-DD') as key, count(*) as n from m group by day
    union all select 'districts', coalesce(district, ''), count(*) from m group by district
    union all select 'categories', category, count(*) from m group by category
    union all select 'channels', channel, count(*) from m group by channel
    union all select 'languages', language, count(*) from m group by language
    union all select 'losses', loss_currency, least(sum(loss_minor), 9007199254740991)::bigint from m where loss_minor > 0 group by loss_currency
    union all select 'cases', case_id::text, count(*) from m where case_id is not null group by case_id
    order by 1, 3 desc, 2`.execute(reader.db);
  const of = (kind: string): Counted[] => rows.filter((row) => row.kind === kind).map(({ key, n }) => ({ key, n }));
  const total = of("categories").reduce((sum, { n }) => sum + n, 0);
  return {
    ...{ total: Math.min(total, FIGURES_MAX), bounded: total > FIGURES_MAX },
    days: of("days").toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    ...{
      districts: of("districts"),
      categories: of("categories"),
      channels: of("channels"),
      languages: of("languages"),
    },
    ...{ losses: of("losses"), cases: of("cases") },
  };
}

const newest = (
  reader: Reader,
  id: string,
) => sql`select r.id from report r where r.campaign_id = ${id} and ${reader.visible(reportSubject, { alias: "r" })}
  order by r.received_at desc, r.id desc limit ${sql.lit(SAMPLE_MAX)}`;

/** One wording of the campaign: how often it was met, and the words of one report. */
export interface Variant {
  readonly n: number;
  readonly reference: string;
  readonly report: string;
  readonly words: string;
}

async function variantsOf(reader: Reader, id: string): Promise<Variant[]> {
  const { rows } = await sql<
    TellingRow & { n: number; reference: string }
  >`with m as materialized (${newest(reader, id)}),
      w as (select s.wording_id, count(*) as n, (array_agg(m.id order by m.id))[1] as example from m join report_signature s on s.report_id = m.id
        where s.wording_id is not null group by 1 order by 2 desc, 1 limit ${sql.lit(VARIANTS_SHOWN)})
    select w.n, r.id, r.reference, r.told, r.description, r.facts from w join report r on r.id = w.example order by w.n desc, r.id`.execute(
    reader.db,
  );
  return rows.map((row) => ({
    n: row.n,
    reference: row.reference,
    report: row.id,
    words: toldIn(reader.node, row).description,
  }));
}

/** Something found in the campaign's reports. */
export interface SharedThing {
  readonly type: string;
  readonly key: string;
  readonly value: string;
  readonly strong: boolean;
  /** Reports of the campaign that hold it, of those looked at. */
  readonly n: number;
  /** Stands in so many reports of all that it joins none any more. */
  readonly hub: boolean;
}

async function sharedOf(reader: Reader, id: string): Promise<SharedThing[]> {
  const { rows } = await sql<SharedThing>`with m as materialized (${newest(reader, id)}),
      k as (select o.type, o.key, o.strong, min(o.value) as value, count(*) as n from m join report_observable o on o.report_id = m.id
        group by 1, 2, 3 order by o.strong desc, 5 desc, 2 limit ${sql.lit(OBSERVABLES_SHOWN)})
    select k.*, k.strong and (select count(*) from (select 1 from report_observable x where x.key = k.key and x.strong limit ${sql.lit(HUB_MAX + 1)}) as c) > ${HUB_MAX} as hub
    from k order by strong desc, n desc, key`.execute(reader.db);
  return rows;
}

async function casesOf(reader: Reader, counted: readonly Counted[]) {
  const ids = counted.slice(0, 100).map(({ key }) => key);
  if (ids.length === 0) return [];
  const { rows } = await sql<{
    id: string;
    number: string;
    title: string;
    state: string;
  }>`select c.id, c.number, c.title, c.state from case_file c
    where c.id = any(${ids}::uuid[]) and ${reader.visible(caseSubject, { alias: "c" })} order by c.number`.execute(
    reader.db,
  );
  return rows.map((row) => ({ ...row, reports: counted.find(({ key }) => key === row.id)?.n ?? 0 }));
}

interface MemberRow extends TellingRow {
  readonly reference: string;
  readonly category: string;
  readonly priority: number;
  readonly state: string;
  readonly received_at: Temporal.Instant;
  readonly folded: boolean;
  readonly case_id: string | null;
}

/** The reports themselves, the newest first, a page at a time. */
async function membersOf(reader: Reader, id: string, cursor: string | undefined) {
  const [at, last] = readCursor(cursor, 2) ?? [];
  const isPlace =
    typeof at === "string" &&
    typeof last === "string" &&
    isUuid(last) &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(at);
  const before = isPlace ? sql`and (r.received_at, r.id) < (${at}::timestamptz, ${last}::uuid)` : sql``;
  const { rows } =
    await sql<MemberRow>`select r.id, r.reference, r.category, r.priority, r.state, r.received_at, r.folded, r.case_id, r.told, r.description, r.facts
    from report r where r.campaign_id = ${id} and ${reader.visible(reportSubject, { alias: "r" })} ${before} order by r.received_at desc, r.id desc limit ${sql.lit(PAGE + 1)}`.execute(
      reader.db,
    );
  const end = rows[PAGE - 1];
  return {
    items: rows.slice(0, PAGE).map(({ told: _told, description: _description, facts: _facts, ...row }, index) => ({
      ...row,
      excerpt: excerptOf(reader.node, rows[index] ?? { id: row.id, told: null }),
    })),
    ...(rows.length > PAGE && end ? { next: cursorOf(end.received_at.toString(), end.id) } : {}),
  };
}

/** A campaign with what the reader may read of it. */
export const campaignFile = view({
  name: "campaign.read",
  path: "/campaigns/:id",
  subject: campaignSubject,
  input: z.object({ id: z.uuid(), cursor: z.string().max(400).optional() }),
  read: async (reader, { id, cursor }) => {
    const row = await campaignOf(reader, id);
    if (!row) return undefined;
    const [figures, variants, observables, members, history, into] = await Promise.all([
      figuresOf(reader, id),
      variantsOf(reader, id),
      sharedOf(reader, id),
      membersOf(reader, id, cursor),
      historyOf(reader, campaignSubject.name, id),
      numberOf(reader, row.merged_into),
    ]);
    // A merged campaign is the sign-post to where its reports went; any other without a report to read does not exist for this reader.
    if (figures.total === 0 && row.state !== "merged") return undefined;
    const { cases, districts, ...counted } = figures;
    return {
      ...row,
      into,
      figures: { ...counted, places: placesOf(reader, districts) },
      ...{ variants, observables, members, cursor },
      cases: await casesOf(reader, cases),
      history: history.filter(({ act }) => act !== "campaign.grow").map(withoutReports),
    };
  },
});
export type CampaignFound = NonNullable<Awaited<ReturnType<typeof campaignFile.read>>>;

/** Every district of the pack with its reports, then what is in none; empty where the pack has none or nobody said. */
function placesOf({ node }: Reader, counted: readonly Counted[]) {
  const districts = node.services.country?.pack.reporting.districts ?? [];
  const unplaced = counted
    .filter(({ key }) => !districts.some(({ code }) => code === key))
    .reduce((sum, { n }) => sum + n, 0);
  if (districts.length === 0 || counted.every(({ key }) => key === "")) return [];
  const places = districts.map(({ code, name }) => ({
    key: code,
    name: name as Record<string, string>,
    n: counted.find(({ key }) => key === code)?.n ?? 0,
  }));
  return unplaced > 0 ? [...places, { key: "", name: {} as Record<string, string>, n: unplaced }] : places;
}

/** The journal names reports that this reader may not know of. */
const withoutReports = <Entry extends { readonly change: Record<string, unknown> }>(entry: Entry): Entry => {
  const { reports: _, name: __, ...change } = entry.change;
  return { ...entry, change };
};

type Standing = Pick<
  CampaignRow,
  "id" | "number" | "name" | "named" | "state" | "category" | "priority" | "first_at" | "last_at" | "merged_into"
>;

/** A campaign as far as its own row goes. */
async function campaignOf(reader: Reader, id: string): Promise<Standing | undefined> {
  const { rows } =
    await sql<Standing>`select c.id, c.number, ${nameFor(reader)} as name, c.named, c.state, c.category, c.priority, c.first_at, c.last_at, c.merged_into
    from campaign c where c.id = ${id} and ${reader.visible(campaignSubject, { alias: "c" })}`.execute(reader.db);
  return rows[0];
}

async function numberOf(reader: Reader, id: string | null): Promise<{ id: string; number: string } | null> {
  if (id === null) return null;
  const found = await reader.db.selectFrom("campaign").select(["id", "number"]).where("id", "=", id).executeTakeFirst();
  return found ?? null;
}

/** The campaign that a report is part of, for its page; `null` where it is in none. */
export async function campaignOfReport(reader: Reader, report: string) {
  const { rows } = await sql<
    Pick<CampaignRow, "id" | "number" | "name" | "state"> & { others: number; folded: boolean }
  >`select c.id, c.number, ${nameFor(reader)} as name, c.state, r.folded,
      (select count(*) from (select 1 from report o where o.campaign_id = c.id and o.id <> r.id and ${reader.visible(reportSubject, { alias: "o" })} limit ${sql.lit(HUB_MAX + 1)}) as n) as others
    from report r join campaign c on c.id = r.campaign_id where r.id = ${report} and ${reader.visible(reportSubject, { alias: "r" })} and ${reader.visible(campaignSubject, { alias: "c" })}`.execute(
    reader.db,
  );
  return rows[0] ?? null;
}
