import type { ApiClient } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { lookupKey } from "../trust/seal.ts";

/** Days for which the answers to a batch can be asked for again. */
export const BATCH_KEPT_DAYS = 30;

/** A batch of a machine, by the key that the machine gave it. */
export interface BatchOf {
  readonly client: string;
  readonly key: Buffer;
}

/** The batch that a client's Idempotency-Key names. */
export const batchOf = (node: Node, { client }: ApiClient, key: string): BatchOf => ({
  client,
  key: lookupKey(node.services.keys.lookup, "client batch", client, key),
});

/** Begins a batch, or goes on with it from line `from`. Refuses where lines before it have never come. */
export async function openBatch({ db, clock }: Node, { client, key }: BatchOf, from: number): Promise<void> {
  const now = clock();
  await sql`insert into client_batch (client_id, key, begun_at, answered_at) values (${client}, ${key}, ${now}, ${now}) on conflict do nothing`.execute(
    db,
  );
  const { answered } = await db
    .selectFrom("client_batch")
    .select("answered")
    .where("client_id", "=", client)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  if (from > answered + 1) throw new Refusal("conflict", "batch-gap", { values: { answered, next: answered + 1 } });
}

/** A line that was refused, with what its sender was told. */
export interface RefusedLine {
  readonly line: number;
  readonly answer: Json;
}

/** Notes that these lines are answered, and what the refused ones were told; before anybody is told. */
export async function noteAnswered(
  { db, clock }: Node,
  { client, key }: BatchOf,
  answered: { readonly from: number; readonly to: number },
  refused: readonly RefusedLine[],
): Promise<void> {
  const column = <T>(of: (line: RefusedLine) => T): T[] => refused.map(of);
  await sql`with b as (update client_batch set answered = greatest(answered, ${answered.to}), answered_at = ${clock()}
      where client_id = ${client} and key = ${key}),
    d as (delete from client_batch_refusal where client_id = ${client} and key = ${key} and line between ${answered.from} and ${answered.to}
      and not line = any(${column((each) => each.line)}::int[]))
    insert into client_batch_refusal (client_id, key, line, answer)
    select ${client}::uuid, ${key}::bytea, t.* from unnest(${column((each) => each.line)}::int[], ${column((each) => JSON.stringify(each.answer))}::jsonb[]) as t(line, answer)
    on conflict (client_id, key, line) do update set answer = excluded.answer`.execute(db);
}

/** Forgets how old batches went. Their reports stay. */
export const forgetBatches: Job = {
  name: "batch-forget",
  everySeconds: 3_600,
  run: async ({ db, clock }) => {
    await sql`delete from client_batch where answered_at < ${clock().subtract({ hours: BATCH_KEPT_DAYS * 24 })}`.execute(
      db,
    );
  },
};
