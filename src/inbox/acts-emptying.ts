import type { SqlBool } from "kysely";
import { officerOf } from "../access/slice.ts";
import { type Officer, system } from "../kernel/actor.ts";
import type { Tx } from "../kernel/database.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { discard, release, restore } from "../reports/slice.ts";
import { endEmptying } from "./acts.ts";
import { EMPTYING_CHANNEL, type EmptyingRow } from "./inbox.ts";

/** Reports that one transaction takes: so that ten thousand cost a hundred flushes of the disk, not ten thousand. */
const AT_ONCE = 100;

/** Which reports of the quarantine are alike in this way. A key that is none of its kind fits nothing. */
export function alike({ by, key }: Pick<EmptyingRow, "by" | "key">) {
  switch (by) {
    case "wording":
      return /^(?:[0-9a-f]{2}){1,64}$/.test(key)
        ? sql<SqlBool>`r.pattern = decode(${key}, 'hex')`
        : sql<SqlBool>`false`;
    case "observable":
      return sql<SqlBool>`exists (select 1 from report_observable o where o.report_id = r.id and o.key = ${key})`;
    case "hour":
      return sql<SqlBool>`date_trunc('hour', r.received_at, 'UTC') = ${hourOf(key)}::timestamptz`;
    case "channel":
      return sql<SqlBool>`r.channel = ${key}`;
  }
}
/** An hour as the quarantine's page names it; anything else is none, so that no order can fail for ever. */
function hourOf(key: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:00:00Z$/.test(key) || key.startsWith("0000")) return null;
  try {
    return Temporal.Instant.from(key).toString();
  } catch {
    return null;
  }
}

/**
 * Carries out orders to empty the quarantine, and takes them back: each report by its own act, as the officer who ordered it, whose
 * powers are asked again each time. Finds its work in rows, so that what a crash cut off goes on.
 */
export const carryOut: Job = {
  name: "inbox-emptying",
  everySeconds: 30,
  wokenBy: [EMPTYING_CHANNEL],
  run: async (node) => {
    const { rows } =
      await sql<EmptyingRow>`select * from emptying where state in ('running', 'undoing') order by at limit 20`.execute(
        node.db,
      );
    for (const order of rows) await carry(node, order);
  },
};

async function carry(node: Node, order: EmptyingRow): Promise<void> {
  const officer = await officerOf(node.db, order.account);
  let after = "00000000-0000-0000-0000-000000000000";
  let refused = 0;
  while (officer) {
    const ids = await workOf(node, order, after);
    const last = ids.at(-1);
    if (last === undefined) break;
    after = last;
    const outcome = await takeTogether(node, order, officer, ids);
    if (outcome === "stopped") return;
    refused += outcome;
  }
  await perform({ node, actor: system("emptying"), act: endEmptying, id: order.id, input: { refused } }).catch(
    (error: unknown) => {
      // Taken back while it was carried out: the next run sees to it.
      if (!(error instanceof Refusal)) throw error;
    },
  );
}

/** The next reports that the order is about, in their order. */
async function workOf({ db }: Node, order: EmptyingRow, after: string): Promise<string[]> {
  const { rows } =
    order.state === "undoing"
      ? await sql<{
          id: string;
        }>`select r.id from report r where r.emptied_by = ${order.id} and r.id > ${after} order by r.id limit ${sql.lit(AT_ONCE)}`.execute(
          db,
        )
      : await sql<{
          id: string;
        }>`select r.id from report r where r.quarantine is not null and r.state <> 'closed' and r.received_at <= ${order.at}
          and ${alike(order)} and r.id > ${after} order by r.id limit ${sql.lit(AT_ONCE)}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Performs the act of each in one transaction; what one refuses is rolled back to before it, and counted. */
async function takeTogether(
  node: Node,
  order: EmptyingRow,
  officer: Officer,
  ids: readonly string[],
): Promise<number | "stopped"> {
  const act = order.state === "undoing" ? restore : order.verdict === "release" ? release : discard;
  return node.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ state: string }>`select state from emptying where id = ${order.id} for update`.execute(
      tx,
    );
    if (rows[0]?.state !== order.state) return "stopped";
    let refused = 0;
    for (const id of ids) {
      const done = await unlessRefused(tx, () =>
        performIn(tx, { node, actor: officer, act, id, input: { emptying: order.id }, now: node.clock() }),
      );
      if (!done) refused += 1;
    }
    await sql`update emptying set done = greatest(0, done + ${order.state === "undoing" ? refused - ids.length : ids.length - refused}), refused = refused + ${refused} where id = ${order.id}`.execute(
      tx,
    );
    return refused;
  });
}

async function unlessRefused(tx: Tx, does: () => Promise<unknown>): Promise<boolean> {
  await sql`savepoint one`.execute(tx);
  try {
    await does();
    await sql`release savepoint one`.execute(tx);
    return true;
  } catch (error) {
    await sql`rollback to savepoint one`.execute(tx);
    if (error instanceof Refusal) return false;
    throw error;
  }
}
