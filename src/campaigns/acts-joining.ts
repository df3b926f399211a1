import { system } from "../kernel/actor.ts";
import type { AnyAct } from "../kernel/act.ts";
import { type Tx, sql } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { merge } from "./acts.ts";
import { form, grow } from "./acts-growth.ts";
import { join, type Joined, type Known } from "./joining.ts";

/** The node, as the journal names it where campaigns follow from reports. */
export const ACTOR = system("campaigns");

/** Carries out what the bonds make of reports and campaigns. */
export async function joinAll(tx: Tx, node: Node, bonds: readonly (readonly string[])[]): Promise<void> {
  const ids = [...new Set(bonds.flat())];
  if (ids.length === 0) return;
  const { rows: campaigns } =
    await sql<Known>`select id, number as "order", reports from campaign where id = any(${ids}::uuid[]) order by number for update`.execute(
      tx,
    );
  const known = new Set(campaigns.map(({ id }) => id));
  const reports = ids.filter((id) => !known.has(id));
  await perform(tx, node, join({ reports, campaigns, bonds, apart: await apartOf(tx, ids) }));
}

/** Pairs of these campaigns and lone reports that an officer has parted. */
async function apartOf(tx: Tx, ids: readonly string[]): Promise<(readonly [string, string])[]> {
  const { rows } = await sql<{
    a: string;
    b: string;
  }>`select campaign_id as a, other_id as b from campaign_apart where campaign_id = any(${ids}::uuid[]) and other_id = any(${ids}::uuid[])
    union select coalesce(a.campaign_id, a.id), coalesce(b.campaign_id, b.id) from report_link l join report a on a.id = l.report_id join report b on b.id = l.other_id
    where l.verdict = 'different' and coalesce(a.campaign_id, a.id) <> coalesce(b.campaign_id, b.id)
      and coalesce(a.campaign_id, a.id) = any(${ids}::uuid[]) and coalesce(b.campaign_id, b.id) = any(${ids}::uuid[])`.execute(
    tx,
  );
  return rows.map(({ a, b }) => [a, b] as const);
}

async function perform(tx: Tx, node: Node, joined: Joined): Promise<void> {
  const now = node.clock();
  const does = (act: AnyAct, input: JsonObject, id?: string) =>
    performIn(tx, { node, actor: ACTOR, act, input, now, ...(id === undefined ? {} : { id }) });
  for (const { into, from } of joined.merge) {
    const { rows } = await sql<{
      number: string;
    }>`select number from campaign where id = any(${from}::uuid[]) order by number`.execute(tx);
    await does(merge, { others: rows.map(({ number }) => number) }, into);
  }
  for (const { campaign, reports } of joined.grow) await does(grow, { reports: [...reports] }, campaign);
  for (const reports of joined.form) await does(form, { reports: [...reports] });
}
