import { createHmac } from "node:crypto";
import { type ApiClient, actorId } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";
import { batchOf } from "./acts-batch.ts";
import { machineCodeFrom } from "./code.ts";

/** Lines that are looked up at once. */
const AT_ONCE = 500;

/** How far a batch has come. */
export interface BatchProgress {
  /** Every line up to this one is answered, durably. */
  readonly answered: number;
  readonly refused: number;
  readonly begun_at: Temporal.Instant;
  readonly answered_at: Temporal.Instant;
  /** The line to go on with: `POST …/batch?from=`. */
  readonly next: number;
}

/** How far the client's batch of this key has come. Refuses with `not-found` where there is none. */
export async function batchProgress(node: Node, client: ApiClient, key: string): Promise<BatchProgress> {
  const batch = batchOf(node, client, key);
  const { rows } = await sql<Omit<BatchProgress, "next">>`select b.answered, b.begun_at, b.answered_at,
      (select count(*)::int from client_batch_refusal f where f.client_id = b.client_id and f.key = b.key and f.line <= b.answered) as refused
    from client_batch b where b.client_id = ${batch.client} and b.key = ${batch.key}`.execute(node.db);
  const [row] = rows;
  if (!row) throw new Refusal("not-found", "not-found");
  return { ...row, next: row.answered + 1 };
}

/** The seed of the code of a report that was sent under a key of the sender: the same again for the same content. */
export const seedOf = (receiptKey: Buffer, sentKey: Buffer, sentDigest: Buffer): Buffer =>
  createHmac("sha256", receiptKey).update("comity report seed").update(sentKey).update(sentDigest).digest();

/** Key of one line of a batch, as intake keeps it. */
export const lineKey = (node: Node, client: ApiClient, key: string, line: number): Buffer =>
  lookupKey(node.services.keys.lookup, "report", actorId(client), `${key}/${line}`);

/** The answers to lines `from` to `to` once more, one JSON text each, as they were first given. Empty lines have none. */
export async function* answersAgain(
  node: Node,
  client: ApiClient,
  key: string,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<string> {
  const batch = batchOf(node, client, key);
  for (let first = from; first <= to; first += AT_ONCE) {
    const last = Math.min(first + AT_ONCE - 1, to);
    const keys = Array.from({ length: last - first + 1 }, (_, at) => lineKey(node, client, key, first + at));
    const [taken, refused] = await Promise.all([
      sql<{
        reference: string;
        sent_key: Buffer;
        sent_digest: Buffer;
      }>`select reference, sent_key, sent_digest from report where sent_key = any(${keys}::bytea[])`.execute(node.db),
      sql<{ line: number; answer: unknown }>`select line, answer from client_batch_refusal
        where client_id = ${batch.client} and key = ${batch.key} and line between ${first} and ${last}`.execute(
        node.db,
      ),
    ]);
    const answers = new Map<number, unknown>(refused.rows.map(({ line, answer }) => [line, answer]));
    const found = new Map(taken.rows.map((row) => [row.sent_key.toString("hex"), row]));
    keys.forEach((sentKey, at) => {
      const row = found.get(sentKey.toString("hex"));
      if (!row) return;
      const code = machineCodeFrom(seedOf(node.services.keys.receipt, row.sent_key, row.sent_digest));
      answers.set(first + at, { line: first + at, reference: row.reference, code });
    });
    for (const [, answer] of [...answers].sort(([a], [b]) => a - b)) yield `${JSON.stringify(answer)}\n`;
  }
}
