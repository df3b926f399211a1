import { setTimeout as pause } from "node:timers/promises";
import { type Tx, sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { RECEIVED_CHANNEL } from "../reports/slice.ts";
import { joinAll } from "./acts-joining.ts";
import { followWords, officersBonds } from "./acts-words.ts";
import { forgetWordings, noteWordings, wordingBonds } from "./acts-wordings.ts";
import { HUB_MAX } from "./joining.ts";

/** Reports of one transaction. */
const AT_ONCE = 500;
/** After this time a report that was begun before another is certain to be there or never to come. */
const SETTLED_MINUTES = 10;
/** Rest between two turns while reports keep coming, so that intake has the processor. */
const REST_MS = 200;

/**
 * Puts new reports into campaigns. Each report is gone through once, which its row in `report_signature` says; that row, the
 * campaign and the journal's entry are one transaction, so a worker that dies has done all of it or nothing.
 */
export const linkReports: Job = {
  name: "campaigns-link",
  everySeconds: 30,
  wokenBy: [RECEIVED_CHANNEL],
  run: async (node) => {
    if ((await linkAll(node)) > 0) await pause(REST_MS);
  },
};

/** Follows officers' words, and goes through all reports that came. Gives how many they were. */
export async function linkAll(node: Node): Promise<number> {
  await turn(node, followWords);
  for (let all = 0; ;) {
    const linked = await turn(node, linkSome);
    all += linked;
    if (linked === AT_ONCE || (await turn(node, linkAgain)) === AT_ONCE) continue;
    await settle(node);
    return all;
  }
}

/** One transaction; begun anew where an officer's act came between. */
async function turn(node: Node, work: (tx: Tx, node: Node) => Promise<number>): Promise<number> {
  for (let again = 0; ; again += 1)
    try {
      return await node.db.transaction().execute((tx) => work(tx, node));
    } catch (error) {
      if (!(error instanceof Refusal) || again >= 3) throw error;
      node.log.info({ err: error }, "campaigns changed while reports were being joined; it is begun anew");
    }
}

interface Newcomer {
  readonly id: string;
  readonly told: Buffer | null;
  readonly description: string | null;
  readonly facts: unknown;
  readonly campaign_id: string | null;
}

/** Goes through the next reports. Gives how many they were. */
async function linkSome(tx: Tx, node: Node): Promise<number> {
  const { rows } = await sql<Newcomer>`select r.id, r.told, r.description, r.facts, r.campaign_id from report r
    where r.id > (select upto from campaign_progress) and not exists (select 1 from report_signature s where s.report_id = r.id)
    order by r.id limit ${sql.lit(AT_ONCE)}`.execute(tx);
  if (rows.length === 0) return 0;
  const wordings = await noteWordings(tx, node, rows);
  const ids = rows.map(({ id }) => id);
  // A report may have been joined before its turn, by an officer or as part of what came before it.
  const nodes = new Map(rows.map(({ id, campaign_id: campaign }) => [id, campaign ?? id]));
  const alike = await wordingBonds(tx, wordings, (id) => nodes.get(id) ?? id);
  const bonds = [...(await officersBonds(tx, ids)), ...(await sharedBonds(tx, ids)), ...alike];
  await sql`insert into report_signature (report_id, wording_id) select * from unnest(${ids}::uuid[], ${ids.map((id) => wordings.get(id)?.id ?? null)}::bigint[])
    on conflict do nothing`.execute(tx);
  await joinAll(tx, node, bonds);
  return rows.length;
}

/** Goes once more through reports in which something was found after they came: in a file that was read. */
async function linkAgain(tx: Tx, node: Node): Promise<number> {
  const { rows } = await sql<{ id: string }>`select r.id from report r join report_signature s on s.report_id = r.id
    where r.refound order by r.id limit ${sql.lit(AT_ONCE)}`.execute(tx);
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  await sql`update report set refound = false where id = any(${ids}::uuid[])`.execute(tx);
  await joinAll(tx, node, await sharedBonds(tx, ids));
  return rows.length;
}

/** What shares a strong thing that is no hub, thing by thing. */
async function sharedBonds(tx: Tx, ids: readonly string[]): Promise<string[][]> {
  const { rows } = await sql<{
    bond: string[];
  }>`select m.bond from (select distinct o.key from report_observable o where o.report_id = any(${ids}::uuid[]) and o.strong) as k
    cross join lateral (
      select count(*) as n, array_agg(distinct coalesce(r.campaign_id, r.id)) as bond
      from (select o.report_id from report_observable o where o.key = k.key and o.strong limit ${sql.lit(HUB_MAX + 1)}) as o join report r on r.id = o.report_id
    ) as m where m.n between 2 and ${sql.lit(HUB_MAX)} order by k.key`.execute(tx);
  return rows.map(({ bond }) => bond);
}

/** Moves the mark below which every report is known to have been gone through. */
async function settle(node: Node): Promise<void> {
  const before = node.clock().subtract({ minutes: SETTLED_MINUTES }).epochMilliseconds.toString(16).padStart(12, "0");
  const upto = `${before.slice(0, 8)}-${before.slice(8)}-7000-8000-000000000000`;
  await sql`update campaign_progress set upto = ${upto}::uuid where upto < ${upto}::uuid`.execute(node.db);
}

/** Once a day: what has stopped growing says so, and reports that came under an old id are looked for again. */
export const refreshCampaigns: Job = {
  name: "campaigns-refresh",
  everySeconds: 86_400,
  run: async (node) => {
    await sql`update campaign_progress set upto = '00000000-0000-0000-0000-000000000000'`.execute(node.db);
    await sql`update campaign c set week = n.week from (
        select g.id, (select count(*) from (select 1 from report r where r.campaign_id = g.id and r.received_at > ${node.clock().subtract({ hours: 7 * 24 })} limit 100000) as w) as week
        from campaign g where g.week > 0) as n where n.id = c.id and n.week <> c.week`.execute(node.db);
    for (;;) if ((await forgetErased(node)) < AT_ONCE) return;
  },
};

/** Nothing of an erased report's words is kept, not even their signature, where no other report has the same words. Gives how many were erased. */
export async function forgetErased({ db }: Node): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      report: string;
      wording: number;
    }>`select s.report_id as report, s.wording_id as wording
      from report r join report_signature s on s.report_id = r.id where r.erased_at is not null and s.wording_id is not null limit ${sql.lit(AT_ONCE)} for update of s`.execute(
      tx,
    );
    const [reports, wordings] = [rows.map(({ report }) => report), rows.map(({ wording }) => wording)];
    await sql`update report_signature set wording_id = null where report_id = any(${reports}::uuid[])`.execute(tx);
    await forgetWordings(tx, wordings);
    return rows.length;
  });
}
