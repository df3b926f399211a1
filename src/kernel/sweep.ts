import { type Tx, sql } from "./database.ts";
import { stepAt } from "./deadline-moments.ts";
import type { Node } from "./node.ts";
import type { DueDeadline, Job } from "./slice.ts";

const AT_ONCE = 500;

interface Woken {
  readonly id: string;
  readonly wakes_at: Temporal.Instant;
  readonly due_at: Temporal.Instant;
}
interface Waking {
  readonly id: string;
  readonly starts_at: Temporal.Instant;
  readonly due_at: Temporal.Instant;
  readonly warn_minutes: number[];
  readonly term: number;
  readonly raised: number[];
}

/**
 * Finds clocks that warn or ran out, however long ago: raises each warning once, and does what the rule says when it ran out, each in its
 * own transaction: once, or again after a crash. One that fails stays for the next turn and keeps none of the others waiting.
 */
export const sweep: Job = {
  name: "deadline-sweep",
  everySeconds: 60,
  run: async (node) => {
    const now = node.clock();
    let after: Pick<Woken, "id" | "wakes_at"> | undefined;
    for (;;) {
      const woken = await wokenBy(node, now, after);
      await warn(node, woken, now);
      for (const { id, due_at: due } of woken) if (Temporal.Instant.compare(due, now) <= 0) await fire(node, id);
      after = woken.at(-1);
      if (woken.length < AT_ONCE) return;
    }
  },
};

const wokenBy = async ({ db }: Node, now: Temporal.Instant, after: Pick<Woken, "id" | "wakes_at"> | undefined) => {
  const { rows } = await sql<Woken>`select id, wakes_at, due_at from deadline
    where wakes_at <= ${now} and fired_at is null and ended_at is null and suspended_at is null
      ${after ? sql`and (wakes_at, id) > (${after.wakes_at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by wakes_at, id limit ${sql.lit(AT_ONCE)}`.execute(db);
  return rows;
};

/** Those of these clocks that still run, locked, with the warnings that they have raised; what an act holds just now waits for the next turn. */
const waking = async (tx: Tx, ids: readonly string[]): Promise<Waking[]> => {
  const { rows } = await sql<Waking>`select d.id, d.starts_at, d.due_at, d.warn_minutes, d.term,
      array(select w.ahead_minutes from deadline_warning w where w.deadline_id = d.id and w.term = d.term) as raised
    from deadline d where d.id = any(${ids}::uuid[]) and d.fired_at is null and d.ended_at is null and d.suspended_at is null
    for update of d skip locked`.execute(tx);
  return rows;
};

/** Raises what is to be warned of, in one transaction, and says when each clock wakes next. */
async function warn(node: Node, woken: readonly Woken[], now: Temporal.Instant): Promise<void> {
  if (woken.length === 0) return;
  const ids = woken.map(({ id }) => id);
  await node.db.transaction().execute(async (tx) => {
    const stepped = (await waking(tx, ids)).map((clock) => {
      const moments = { startsAt: clock.starts_at, dueAt: clock.due_at, warnMinutes: clock.warn_minutes };
      return { clock, step: stepAt(moments, clock.raised, now) };
    });
    const warnings = stepped.flatMap(({ clock: { id, term }, step: { raise, overtaken } }) =>
      [...(raise ? [raise] : []), ...overtaken].map((each) => ({ id, term, ...each, overtaken: each !== raise })),
    );
    const column = <T, V>(rows: readonly T[], of: (row: T) => V): V[] => rows.map(of);
    if (warnings.length > 0)
      await sql`insert into deadline_warning (deadline_id, term, ahead_minutes, at, raised_at, overtaken)
        select t.id, t.term, t.ahead, t.at, ${now}::timestamptz, t.overtaken from unnest(${column(warnings, (w) => w.id)}::uuid[], ${column(warnings, (w) => w.term)}::int[],
          ${column(warnings, (w) => w.minutes)}::int[], ${column(warnings, (w) => w.at.toString())}::timestamptz[], ${column(warnings, (w) => w.overtaken)}::boolean[])
          as t(id, term, ahead, at, overtaken) on conflict do nothing`.execute(tx);
    await sql`update deadline d set wakes_at = t.at, warned_minutes = coalesce(t.warned, d.warned_minutes) from unnest(${column(stepped, ({ clock }) => clock.id)}::uuid[],
        ${column(stepped, ({ step }) => step.wakesAt.toString())}::timestamptz[], ${column(stepped, ({ step }) => step.raise?.minutes ?? null)}::int[])
        as t(id, at, warned) where d.id = t.id`.execute(tx);
  });
}

async function fire(node: Node, id: string): Promise<void> {
  const now = node.clock();
  try {
    await node.db.transaction().execute(async (tx) => {
      const row = await tx
        .selectFrom("deadline")
        .selectAll()
        .where("id", "=", id)
        .where("due_at", "<=", now)
        .where("fired_at", "is", null)
        .where("ended_at", "is", null)
        .where("suspended_at", "is", null)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst();
      if (!row) return;
      await tx.updateTable("deadline").set({ fired_at: now }).where("id", "=", id).execute();
      await node.registry.onDue.get(row.rule)?.(tx, row satisfies DueDeadline, node, now);
    });
  } catch (error) {
    node.log.error(
      { err: error, deadline: id },
      "a clock ran out and its act failed; it is tried again at the next sweep",
    );
  }
}
