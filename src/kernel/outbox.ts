import { randomUUIDv7 } from "node:crypto";
import type { AttachedFile } from "./act.ts";
import { type Tx, sql } from "./database.ts";
import type { Entry } from "./journal.ts";
import type { JsonObject } from "./json.ts";
import type { Node } from "./node.ts";
import { seal, unseal } from "./seal.ts";

/** What an act wants a peer to know. */
export interface Told {
  readonly to: string;
  readonly body: JsonObject;
  readonly files?: readonly AttachedFile[];
}

/** Channel on which the worker hears that something waits. */
export const OUTBOX_CHANNEL = "comity_outbox";

/** What a message tells, sealed to its row. */
export interface Message {
  readonly body: JsonObject;
  readonly files: readonly AttachedFile[];
}
const messagePlace = (id: string): string => `outbox:${id}`;
/** Seals a message to its row of the outbox. */
export const sealMessage = ({ services }: Pick<Node, "services">, id: string, { body, files }: Message): Buffer =>
  seal(services.keys.seal, JSON.stringify({ body, files }), messagePlace(id));

/** What a row of the outbox tells. Rows from before messages were sealed have it in the plain columns until a job has sealed them. */
export const messageOf = (
  { services }: Pick<Node, "services">,
  { id, words, body, files }: { id: string; words: Buffer | null; body: unknown; files: unknown },
): Message =>
  words
    ? (JSON.parse(unseal(services.keys.seal, words, messagePlace(id)).toString()) as Message)
    : { body: (body ?? {}) as JsonObject, files: (files ?? []) as AttachedFile[] };

/**
 * Puts messages into the outbox, each with the next number of its peer. The peer's counter stays locked until commit, so
 * numbers have no gaps and their order is the order of commits.
 */
export async function post(
  tx: Tx,
  node: Pick<Node, "services">,
  { entry, messages, now }: { entry: Entry; messages: readonly Told[]; now: Temporal.Instant },
): Promise<void> {
  for (const { to, body, files = [] } of messages) {
    const { rows } = await sql<{ last: number }>`insert into outbox_sequence (peer, last) values (${to}, 1)
      on conflict (peer) do update set last = outbox_sequence.last + 1 returning last`.execute(tx);
    const [counter] = rows;
    if (!counter) throw new Error("the outbox gave no number");
    const id = randomUUIDv7();
    await tx
      .insertInto("outbox")
      .values({
        id,
        peer: to,
        seq: counter.last,
        subject_kind: entry.record.subject.kind,
        subject_id: entry.record.subject.id,
        act: entry.record.act,
        entry: entry.record.id,
        words: sealMessage(node, id, { body, files }),
        at: now,
        next_at: now,
      })
      .execute();
  }
  if (messages.length > 0) await sql`select pg_notify(${OUTBOX_CHANNEL}, '')`.execute(tx);
}
