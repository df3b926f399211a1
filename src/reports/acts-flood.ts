import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { lookupKey } from "../trust/seal.ts";
import { FLOOD_CHANNEL } from "./channels.ts";
import { quarantine } from "./acts-quarantine.ts";
import { isSpared, Wordings, wordingOf } from "./flood.ts";
import type { Prepared } from "./submission.ts";

const SHARE_MS = 1_000;
/** Copies that came before their wording was known as a flood, taken off the worklist at once. */
const BEFORE_MAX = 1_000;

interface Watching {
  readonly wordings: Wordings;
  sharedAtMs: number;
}
const watched = new WeakMap<Node, Watching>();
const watching = (node: Node): Watching => {
  const known = watched.get(node) ?? { wordings: new Wordings(), sharedAtMs: 0 };
  watched.set(node, known);
  return known;
};

/** The wording of a report under the node's key, so that the database says nothing of the words; `null` for what no flood is made of. */
export function patternOf({ services }: Node, prepared: Prepared): Buffer | null {
  const wording = wordingOf(prepared.description);
  if (wording === "" || isSpared(prepared)) return null;
  return lookupKey(services.keys.lookup, "wording", wording).subarray(0, 16);
}

/** Counts a wording, and gives how many of it came within the last hour. In memory: an intake asks the database nothing for it. */
export const noteWording = (node: Node, pattern: Buffer, now: Temporal.Instant): number =>
  watching(node).wordings.note(pattern.toString("hex"), now.epochMilliseconds);

/** Tells the other processes what came often here, and hears from them: at most once a second, beside the intake. */
export async function shareWordings(node: Node): Promise<void> {
  const mine = watching(node);
  const atMs = node.clock().epochMilliseconds;
  if (atMs - mine.sharedAtMs < SHARE_MS) return;
  mine.sharedAtMs = atMs;
  const news = mine.wordings.untold(atMs);
  if (news.length > 0) {
    const { rows } = await sql<{ pattern: Buffer; n: number }>`insert into report_wording as w (pattern, hour, n)
      select decode(t.pattern, 'hex'), date_trunc('hour', ${node.clock()}::timestamptz, 'UTC'), t.n from unnest(${news.map(({ pattern }) => pattern)}::text[], ${news.map(({ n }) => n)}::int[]) as t(pattern, n)
      order by 1 on conflict (pattern, hour) do update set n = w.n + excluded.n returning pattern, n`.execute(node.db);
    for (const { pattern, n } of rows) mine.wordings.learn(pattern.toString("hex"), n, atMs);
  }
  const risen = mine.wordings.risen();
  for (const pattern of risen) await sql`select pg_notify(${FLOOD_CHANNEL}, ${pattern})`.execute(node.db);
}

/**
 * Takes the first copies of a flood off the worklist too: those that came before there were enough to know it by, unless
 * somebody has opened them. Finds its work in rows: wordings that come often now, and their reports of the last hour.
 */
export const quarantineEarlier: Job = {
  name: "report-flood",
  everySeconds: 30,
  wokenBy: [FLOOD_CHANNEL],
  run: async (node) => {
    const since = node.clock().subtract({ hours: 1 });
    const { rows } = await sql<{
      id: string;
    }>`select r.id from report r where r.received_at >= ${since} and r.pattern is not null and r.state = 'received'
      and r.quarantine is null and r.opened_at is null and exists (select 1 from report q where q.pattern = r.pattern and q.quarantine = 'flood' and q.state <> 'closed')
      limit ${sql.lit(BEFORE_MAX)}`.execute(node.db);
    for (const { id } of rows)
      await perform({ node, actor: system("flood"), act: quarantine, id, input: { reason: "flood" } }).catch(
        (error: unknown) => {
          // An officer was faster.
          if (!(error instanceof Refusal)) throw error;
        },
      );
    await sql`delete from report_wording where hour < ${node.clock().subtract({ hours: 2 })}`.execute(node.db);
  },
};
