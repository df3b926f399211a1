import { z } from "zod";
import { system } from "../kernel/actor.ts";
import type { Context } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { warningsFor } from "../access/slice.ts";
import { MEASURE_CODES, measureOf } from "../law/slice.ts";
import { requestActs, type RequestRow, USER_NOTICE } from "../requests/slice.ts";
import { ENDED, noticeDue, owedFrom, REAL_TIME } from "./user-notice.ts";

/**
 * Counts anew from when the user is owed word, and by when: the clock warns ahead and climbs as the pack says. Where something stands
 * against it that has no end yet, no clock runs. Gives by when, or `null`.
 */
export async function countNotice(
  tx: Tx,
  row: RequestRow,
  { node, now }: Pick<Context, "node" | "now">,
): Promise<Temporal.Instant | null> {
  const kept = await tx.selectFrom("user_notice").selectAll().where("request_id", "=", row.id).executeTakeFirst();
  const { pack } = node.services.country;
  const from = owedFrom(
    {
      measure: row.measure,
      state: row.state,
      confidential: row.particulars.confidential,
      delayedUntil: kept?.delayed_until ?? null,
      toldAt: kept?.told_at ?? null,
    },
    row.executed_at ?? now,
    pack.calendar.zone,
  );
  if (from === null) {
    await endDeadline(tx, { kind: "request", id: row.id, rule: USER_NOTICE, now });
    return null;
  }
  const { dueAt, source } = noticeDue(from, pack);
  const owed = { owed_from: from, due_at: dueAt };
  await tx
    .insertInto("user_notice")
    .values({ request_id: row.id, ...owed })
    .onConflict((conflict) => conflict.column("request_id").doUpdateSet(owed))
    .execute();
  await setDeadline(tx, {
    kind: "request",
    id: row.id,
    rule: USER_NOTICE,
    startsAt: now,
    dueAt,
    warnings: warningsFor(pack.watch, USER_NOTICE),
    detail: { source },
  });
  return dueAt;
}

/** Data was given and nothing but time stands against telling the user: from here on a clock runs. @source CETS 185 Art. 16(3) */
export const owe = requestActs("owe", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { node, now }) => {
    const due = await countNotice(tx, row, { node, now });
    return due ? { due: due.toString() } : {};
  },
});

const KEEPING = MEASURE_CODES.filter((code) => measureOf(code).yields === "preservation");
const AT_ONCE = 200;
const listed = (codes: readonly string[]) => sql`(${sql.join(codes.map((code) => sql.lit(code)))})`;

/** True where data was given, in full or in part, over `request r`. */
export const isGiven = sql<boolean>`(r.executed_at is not null or exists (
  select 1 from journal j where j.subject_kind = 'request' and j.subject_id = r.id and j.act = 'request.deliver'))`;

/** Requests that were answered here, whose user is owed word and has no clock yet. */
const unowed = async ({ db }: Node): Promise<string[]> => {
  const { rows } = await sql<{ id: string }>`select r.id from request r where r.side = 'receiver'
    and r.state in ('executed', 'closed', 'lapsed', 'withdrawn', 'refused')
    and (r.state in ${listed(ENDED)} or r.measure not in ${listed([...KEEPING, ...REAL_TIME])}) and ${isGiven}
    and not exists (select 1 from user_notice u where u.request_id = r.id and (u.due_at is not null or u.told_at is not null))
    order by r.id limit ${sql.lit(AT_ONCE)}`.execute(db);
  return rows.map(({ id }) => id);
};

/** Starts the clocks of users who are owed word, late rather than never. */
export const oweNotices: Job = {
  name: "user-notices",
  everySeconds: 60,
  run: async (node) => {
    if (node.kind !== "provider") return;
    for (const id of await unowed(node))
      await node.db
        .transaction()
        .execute((tx) => performIn(tx, { node, actor: system("clock"), act: owe, id, input: {}, now: node.clock() }));
  },
};
