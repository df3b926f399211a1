import { type Tx, sql } from "../kernel/database.ts";
import type { CampaignRow } from "./campaign.ts";
import { FOLD_MIN, type Foldable, isFoldable } from "./folding.ts";

/** Days within which a report makes its campaign one that grows. */
const WEEK_DAYS = 7;
/** Reports that a campaign's name is taken from: the newest. */
const NAMED_FROM = 500;

/** Puts reports into a campaign, and takes them out of the one that they were in. Their folding is settled by `recount`. */
export const moveTo = (tx: Tx, campaign: string | null, reports: readonly string[]) =>
  sql`update report set campaign_id = ${campaign}, folded = folded and ${campaign !== null} where id = any(${reports}::uuid[])`.execute(
    tx,
  );

/** References of reports, for the journal, in the order of their ids. */
export async function referencesOf(tx: Tx, reports: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{
    reference: string;
  }>`select reference from report where id = any(${reports}::uuid[]) order by id`.execute(tx);
  return rows.map(({ reference }) => reference);
}

interface Counted {
  readonly reports: number;
  readonly week: number;
  readonly first_at: Temporal.Instant;
  readonly last_at: Temporal.Instant;
  readonly priority: number;
  readonly losses: string;
  readonly categories: string;
  readonly category: string;
}

/** Counts what reports add up to: those given, or all of a campaign. Sums are bounded by what a program can count exactly. */
async function countOf(
  tx: Tx,
  which: { readonly campaign: string } | { readonly ids: readonly string[] },
  now: Temporal.Instant,
) {
  const of = "campaign" in which ? sql`campaign_id = ${which.campaign}` : sql`id = any(${which.ids}::uuid[])`;
  const { rows } =
    await sql<Counted>`with m as materialized (select category, priority, received_at, loss_minor, loss_currency from report where ${of})
    select (select count(*) from m) as reports, (select count(*) from m where received_at > ${now.subtract({ hours: WEEK_DAYS * 24 })}) as week,
      (select min(received_at) from m) as first_at, (select max(received_at) from m) as last_at, (select min(priority) from m) as priority,
      (select coalesce(jsonb_object_agg(c, s), '{}')::text from (select loss_currency as c, least(sum(loss_minor), 9007199254740991) as s from m where loss_currency is not null group by 1) as l) as losses,
      (select coalesce(jsonb_object_agg(category, n), '{}')::text from (select category, count(*) as n from m group by 1) as k) as categories,
      (select category from m group by 1 order by count(*) desc, category limit 1) as category`.execute(tx);
  const [counted] = rows;
  return counted && counted.reports > 0 ? counted : undefined;
}

/** Counts a campaign anew. Gives how many reports it has; with none, its other figures stay as they were. */
export async function recount(tx: Tx, id: string, now: Temporal.Instant): Promise<number> {
  const counted = await countOf(tx, { campaign: id }, now);
  if (!counted) {
    await sql`update campaign set reports = 0, week = 0, lead_id = null where id = ${id}`.execute(tx);
    return 0;
  }
  const { losses, categories, ...rest } = counted;
  await tx
    .updateTable("campaign")
    .set({ ...rest, losses, categories, lead_id: await leadOf(tx, id) })
    .where("id", "=", id)
    .execute();
  await nameAnew(tx, id);
  await fold(tx, id, null);
  return counted.reports;
}

/** The report that stands for the others: the most urgent, then the first. */
async function leadOf(tx: Tx, id: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from report where campaign_id = ${id}
    order by state = 'closed', priority + case when 'shared' = any(reasons) then 1 else 0 end, id limit 1`.execute(tx);
  return rows[0]?.id ?? null;
}

/** What a campaign gains by reports: added to its figures, so that a large one costs no more than a small one. */
export async function addTo(
  tx: Tx,
  row: CampaignRow,
  reports: readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  const added = await countOf(tx, { ids: reports }, now);
  if (!added) return;
  const categories = summed(row.categories, JSON.parse(added.categories) as Record<string, number>);
  const losses = summed(row.losses, JSON.parse(added.losses) as Record<string, number>);
  const [category] = Object.entries(categories).toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0] ?? [
    row.category,
  ];
  const earlier = Temporal.Instant.compare(added.first_at, row.first_at) < 0;
  const later = Temporal.Instant.compare(added.last_at, row.last_at) > 0;
  const total = row.reports + added.reports;
  await tx
    .updateTable("campaign")
    .set({
      category,
      categories: JSON.stringify(categories),
      losses: JSON.stringify(losses),
      reports: total,
      week: row.week + added.week,
      priority: Math.min(row.priority, added.priority),
      first_at: earlier ? added.first_at : row.first_at,
      last_at: later ? added.last_at : row.last_at,
      ...(row.lead_id === null ? { lead_id: await leadOf(tx, row.id) } : {}),
    })
    .where("id", "=", row.id)
    .execute();
  // Its name is looked at again each time it has doubled.
  if (Math.clz32(total) !== Math.clz32(row.reports)) await nameAnew(tx, row.id);
  if (total >= FOLD_MIN) await fold(tx, row.id, row.reports < FOLD_MIN ? null : reports);
}

function summed(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sums = { ...a };
  for (const [name, n] of Object.entries(b)) sums[name] = Math.min((sums[name] ?? 0) + n, Number.MAX_SAFE_INTEGER);
  return sums;
}

/** Folds what is foldable of these reports, or of all where `reports` is null; all but the one that leads. Unfolds all of a campaign that has become small. */
async function fold(tx: Tx, id: string, reports: readonly string[] | null): Promise<void> {
  const among = reports === null ? sql`true` : sql`r.id = any(${reports}::uuid[])`;
  const { rows } = await sql<
    Foldable & { id: string; large: boolean }
  >`select r.id, r.state, r.priority, r.reasons, r.assignee, r.case_id, c.reports >= ${FOLD_MIN} as large
    from report r join campaign c on c.id = r.campaign_id
    where r.campaign_id = ${id} and ${among} and r.state = 'received' and r.id is distinct from c.lead_id`.execute(tx);
  const folded = rows.filter((row) => row.large && isFoldable(row)).map((row) => row.id);
  await sql`update report r set folded = r.id = any(${folded}::uuid[])
    where r.campaign_id = ${id} and ${among} and r.folded is distinct from (r.id = any(${folded}::uuid[]))`.execute(tx);
}

/** Names a campaign after what most of its reports share, unless an officer has named it. */
async function nameAnew(tx: Tx, id: string): Promise<void> {
  const { rows } = await sql<{
    key: string;
  }>`with newest as (select id from report where campaign_id = ${id} order by received_at desc, id desc limit ${sql.lit(NAMED_FROM)})
    select o.key from newest n join report_observable o on o.report_id = n.id and o.strong
    group by o.key having count(*) > 1 order by count(*) desc, o.key like 'domain:%' desc, o.key limit 1`.execute(tx);
  const key = rows[0]?.key ?? null;
  await sql`update campaign set name = ${key === null ? "" : shortly(shownKey(key))}, name_key = ${key} where id = ${id} and not named`.execute(
    tx,
  );
}

/** Longest name that is made, in characters: an address of three lines is no name. */
const NAME_MAX = 60;
const shortly = (name: string): string =>
  name.length > NAME_MAX ? `${name.slice(0, NAME_MAX).toWellFormed()}…` : name;

/** An observable without the word of its kind: `domain:gcash-verify.top` is `gcash-verify.top`. */
export const shownKey = (key: string): string => key.replace(/^(?:(?:wallet|account|hash):[^:]*|[^:]+):/, "");
