import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { beginOf, figuresNow, figuresOf, type MonthFigures } from "../statistics/slice.ts";
import type { Facts, Pair } from "./brief.ts";
import { largestChanges } from "./change.ts";

/** How many of each list a brief has room for. */
const CATEGORIES_MAX = 5;
const CAMPAIGNS_MAX = 3;
const CURRENCIES_MAX = 3;
const LANGUAGES_MAX = 4;
const PEERS_MAX = 3;
const MONTHS_MAX = 12;
/** Characters of a name that a line holds. */
const NAME_MAX = 60;

/** Acts that a brief counts, where this node has them, by the words under which it does. */
const COUNTED = { cases: "case.open", charged: "case.charge", holds: "hold.send", alerts: "alert.publish" } as const;

interface Span {
  readonly month: Temporal.PlainYearMonth;
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
}
const spanOf = (month: Temporal.PlainYearMonth, zone: string): Span => ({
  month,
  from: beginOf(month, zone),
  until: beginOf(month.add({ months: 1 }), zone),
});

/**
 * Every figure of a month's brief. Counts of reports come from the month's release, with what it withholds; for a month that is
 * not over they are counted now under the same rule. `undefined` where a month that is over has no release.
 */
export async function factsOf(
  db: Database | Tx,
  node: Node,
  month: Temporal.PlainYearMonth,
  now: Temporal.Instant,
): Promise<Facts | undefined> {
  const { zone } = node.config;
  const [span, last] = [spanOf(month, zone), spanOf(month.subtract({ months: 1 }), zone)];
  const isOver = Temporal.Instant.compare(now, span.until) >= 0;
  const figures = isOver ? await figuresOf(db, month.toString()) : await figuresNow(node, month);
  if (!figures) return undefined;
  const before = await figuresOf(db, last.month.toString());
  const { statistics, currency } = node.services.country.pack.reporting;
  return {
    month: month.toString(),
    node: { code: node.code, name: node.name },
    asOf: now.toString({ smallestUnit: "second" }),
    draft: !isOver,
    threshold: statistics.threshold,
    currency,
    total: { now: figures.total, before: before?.total ?? null },
    categories: categoriesOf(figures, before),
    campaigns: await campaignsOf(db, span, last, statistics.threshold),
    warned: await warnedOf(db, span),
    losses: lossesOf(figures, before, currency),
    answers: await answersOf(db, span, now),
    done: await doneOf(db, node, span, last),
    missing: await missingOf(db, span, now, statistics.threshold),
    trend: await trendOf(db, month, figures, currency),
  };
}

function categoriesOf(figures: MonthFigures, before: MonthFigures | undefined): Facts["categories"] {
  const earlier = new Map(before?.categories.map(({ category, reports }) => [category, reports]));
  return largestChanges(
    figures.categories.map(({ category, reports }) => ({
      category,
      now: reports,
      before: earlier.get(category) ?? null,
    })),
    CATEGORIES_MAX,
  );
}

/**
 * The campaigns whose reports changed most among those of which enough came in this month to be shown. A name that an officer gave is
 * told; what a campaign is called by itself is a number or a link of somebody's report, and is not.
 */
async function campaignsOf(db: Database | Tx, span: Span, last: Span, threshold: number): Promise<Facts["campaigns"]> {
  const { rows } = await sql<{ number: string; name: string | null; category: string; now: number; before: number }>`
    select c.number, case when c.named then c.name end as name, c.category, r.now, r.before from (
      select campaign_id, count(*) filter (where received_at >= ${span.from})::int as now,
        count(*) filter (where received_at < ${span.from})::int as before
      from report where received_at >= ${last.from} and received_at < ${span.until} and campaign_id is not null and quarantine is null
      group by campaign_id
    ) as r join campaign c on c.id = r.campaign_id
    where r.now >= ${threshold} order by abs(r.now - r.before) / sqrt(r.now + r.before) desc, c.number limit ${sql.lit(CAMPAIGNS_MAX)}`.execute(
    db,
  );
  return rows.map(({ number, name, category, now, before }) => ({
    number,
    name: name === null ? null : name.slice(0, NAME_MAX),
    category,
    now,
    before: before > 0 && before < threshold ? null : before,
  }));
}

async function warnedOf(db: Database | Tx, { from, until }: Span): Promise<string[]> {
  const { rows } = await sql<{ category: string }>`
    select distinct category from alert where published_at >= ${from} and published_at < ${until} order by 1`.execute(
    db,
  );
  return rows.map(({ category }) => category);
}

function lossesOf(figures: MonthFigures, before: MonthFigures | undefined, own: string): Facts["losses"] {
  const earlier = new Map(before?.losses.map(({ currency, sum }) => [currency, sum]));
  return figures.losses
    .toSorted((a, b) => Number(b.currency === own) - Number(a.currency === own) || (b.reports ?? 0) - (a.reports ?? 0))
    .slice(0, CURRENCIES_MAX)
    .map(({ currency, reports, sum, median }) => ({
      currency,
      reports,
      sum: { now: sum, before: earlier.get(currency) ?? null },
      median,
    }));
}

async function answersOf(db: Database | Tx, { from, until }: Span, now: Temporal.Instant): Promise<Facts["answers"]> {
  const { rows } = await sql<Facts["answers"]>`
    select count(*)::int as owed, count(*) filter (where responded_at <= respond_by)::int as "inTime",
      count(*) filter (where responded_at > respond_by)::int as late,
      count(*) filter (where responded_at is null and respond_by < ${now})::int as unanswered
    from report where received_at >= ${from} and received_at < ${until} and quarantine is null
      and respond_by is not null and (responded_at is not null or state <> 'closed')`.execute(db);
  return rows[0] ?? { owed: 0, inTime: 0, late: 0, unanswered: 0 };
}

async function doneOf(db: Database | Tx, node: Node, span: Span, last: Span): Promise<Facts["done"]> {
  const acts = Object.entries(COUNTED).filter(([, act]) => node.registry.acts.has(act));
  const { rows } = await sql<{ act: string; now: number; before: number }>`
    select act, count(*) filter (where at >= ${span.from})::int as now, count(*) filter (where at < ${span.from})::int as before
    from journal where act = any(${acts.map(([, act]) => act)}) and at >= ${last.from} and at < ${span.until} group by act`.execute(
    db,
  );
  const { rows: abroad } = await sql<{ sent: Pair; taken: Pair }>`
    select json_build_object('now', count(*) filter (where side = 'sender' and sent_at >= ${span.from}),
        'before', count(*) filter (where side = 'sender' and sent_at < ${span.from})) as sent,
      json_build_object('now', count(*) filter (where side = 'receiver' and executed_at >= ${span.from}),
        'before', count(*) filter (where side = 'receiver' and executed_at < ${span.from})) as taken
    from request where peer in (select code from peer where kind = 'state')
      and case side when 'sender' then sent_at else executed_at end >= ${last.from}
      and case side when 'sender' then sent_at else executed_at end < ${span.until}`.execute(db);
  const none = { now: 0, before: 0 };
  return [
    ...acts.map(([what, act]) => {
      const { now, before } = rows.find((row) => row.act === act) ?? none;
      return { what, now, before };
    }),
    { what: "requests", ...(abroad[0]?.sent ?? none) },
    { what: "executed", ...(abroad[0]?.taken ?? none) },
  ];
}

async function missingOf(
  db: Database | Tx,
  { from, until }: Span,
  now: Temporal.Instant,
  threshold: number,
): Promise<Facts["missing"]> {
  const day = now.subtract({ hours: 24 });
  const { rows } = await sql<{ unopened: number; overdue: number }>`
    select (select count(*)::int from report where received_at >= ${from} and received_at < least(${until}::timestamptz, ${day}::timestamptz)
        and quarantine is null and not folded and state <> 'closed' and opened_at is null) as unopened,
      (select count(*)::int from journal where act = 'report.overdue' and at >= ${from} and at < ${until}) as overdue`.execute(
    db,
  );
  const { rows: languages } = await sql<{ language: string; reports: number }>`
    select language, count(*)::int as reports from report
    where received_at >= ${from} and received_at < ${until} and quarantine is null
      and language not in (select a.language from account a join office o on o.id = a.office where a.state = 'active' and o.kind = 'police')
    group by language order by 2 desc, 1 limit ${sql.lit(LANGUAGES_MAX)}`.execute(db);
  const { rows: peers } = await sql<{ name: string }>`
    select distinct p.name from exchange_alarm a join peer p on p.code = a.peer and p.state = 'trusted'
    where a.kind = 'silent' and a.ended_at is null order by 1 limit ${sql.lit(PEERS_MAX)}`.execute(db);
  return {
    unopened: rows[0]?.unopened ?? 0,
    overdue: rows[0]?.overdue ?? 0,
    languages: languages.map(({ language, reports }) => ({ language, reports: reports < threshold ? null : reports })),
    peers: peers.map(({ name }) => name.slice(0, NAME_MAX)),
  };
}

async function trendOf(
  db: Database | Tx,
  month: Temporal.PlainYearMonth,
  figures: MonthFigures,
  currency: string,
): Promise<Facts["trend"]> {
  const lossIn = ({ losses }: MonthFigures): number | null => {
    const own = losses.find((each) => each.currency === currency);
    return own ? own.sum : 0;
  };
  const earlier: Facts["trend"][number][] = [];
  for (let back = MONTHS_MAX - 1; back > 0; back -= 1) {
    const of = month.subtract({ months: back }).toString();
    const found = await figuresOf(db, of);
    if (found) earlier.push({ month: of, reports: found.total, loss: lossIn(found) });
  }
  return [...earlier, { month: month.toString(), reports: figures.total, loss: lossIn(figures) }];
}
