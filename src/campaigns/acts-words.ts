import { type Tx, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { release } from "./acts-growth.ts";
import { ACTOR, joinAll } from "./acts-joining.ts";

const AT_ONCE = 200;

/** What an officer has called the same as one of these reports. */
export async function officersBonds(tx: Tx, ids: readonly string[]): Promise<string[][]> {
  const { rows } = await sql<{
    bond: string[];
  }>`select array[coalesce(a.campaign_id, a.id), coalesce(b.campaign_id, b.id)] as bond
    from report_link l join report a on a.id = l.report_id join report b on b.id = l.other_id
    where l.verdict = 'same' and l.report_id = any(${ids}::uuid[]) order by l.at, l.report_id`.execute(tx);
  return rows.map(({ bond }) => bond);
}

interface Word {
  readonly report_id: string;
  readonly other_id: string;
  readonly verdict: string;
  readonly reason: string;
  readonly a: string | null;
  readonly b: string | null;
}

/** Follows officers' words on pairs of reports: what they called the same is joined, what they called different is parted. Gives how many. */
export async function followWords(tx: Tx, node: Node): Promise<number> {
  const { rows } =
    await sql<Word>`select l.report_id, l.other_id, l.verdict, l.reason, a.campaign_id as a, b.campaign_id as b
    from report_link l join report a on a.id = l.report_id join report b on b.id = l.other_id
    where l.followed_at is distinct from l.at order by l.at, l.report_id limit ${sql.lit(AT_ONCE)} for update of l skip locked`.execute(
      tx,
    );
  for (const word of rows) {
    // Both sides of a pair say the same; the first of them is followed.
    if (word.verdict === "different" && word.a !== null) await part(tx, node, word);
    else if (word.verdict === "same") await joinAll(tx, node, await officersBonds(tx, [word.report_id]));
    await sql`update report_link set followed_at = at where report_id = ${word.report_id} and other_id = ${word.other_id}`.execute(
      tx,
    );
  }
  return rows.length;
}

/** Of two reports that are not the same thing the one leaves that has less in common with the campaign; of two alike the younger. */
async function part(tx: Tx, node: Node, { report_id: one, other_id: other, reason }: Word): Promise<void> {
  const { rows } = await sql<{ id: string; campaign_id: string; ties: number }>`select r.id, r.campaign_id,
      (select count(distinct x.report_id) from report_observable o join report_observable x on x.key = o.key and x.strong and x.report_id <> r.id
        join report m on m.id = x.report_id and m.campaign_id = r.campaign_id where o.report_id = r.id and o.strong and x.report_id not in (${one}, ${other})) as ties
    from report r where r.id in (${one}, ${other}) order by ties, r.id desc`.execute(tx);
  const [leaving, staying] = rows;
  if (!leaving || leaving.campaign_id === null || leaving.campaign_id !== staying?.campaign_id) return;
  await performIn(tx, {
    ...{ node, actor: ACTOR, act: release, id: leaving.campaign_id },
    input: { report: leaving.id, because: reason },
    now: node.clock(),
  });
}
