import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { EnvelopeProblem } from "../trust/envelope.ts";

/** Counts are written at most so often, in milliseconds, so that a flood costs no more than what it sends. */
const WRITE_MS = 1_000;
const KEPT_DAYS = 90;

interface Counting {
  readonly counts: Map<EnvelopeProblem, number>;
  timer: NodeJS.Timeout | undefined;
}
const counting = new WeakMap<Node, Counting>();

/** Counts what was not taken, for people to see. Never fails: what can't be counted now is counted with the next. */
export function noteTurnedAway(node: Node, reason: EnvelopeProblem): void {
  const mine = counting.get(node) ?? { counts: new Map(), timer: undefined };
  counting.set(node, mine);
  mine.counts.set(reason, (mine.counts.get(reason) ?? 0) + 1);
  if (mine.timer) return;
  mine.timer = setTimeout(() => {
    mine.timer = undefined;
    if (mine.counts.size > 0) void write(node, mine);
  }, WRITE_MS);
  mine.timer.unref();
  void write(node, mine);
}

async function write({ db, clock }: Node, { counts }: Counting): Promise<void> {
  const all = [...counts];
  counts.clear();
  const now = clock();
  try {
    for (const [reason, count] of all)
      await sql`insert into turned_away (day, reason, count, last_at)
        values ((${now}::timestamptz at time zone 'UTC')::date, ${reason}, ${count}, ${now})
        on conflict (day, reason) do update set count = turned_away.count + excluded.count, last_at = greatest(turned_away.last_at, excluded.last_at)`.execute(
        db,
      );
  } catch {
    for (const [reason, count] of all) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
}

/** Forgets counts that are older than a quarter of a year. */
export async function forgetTurnedAway({ db, clock }: Node): Promise<void> {
  await sql`delete from turned_away where last_at < ${clock().subtract({ hours: 24 * KEPT_DAYS })}`.execute(db);
}
