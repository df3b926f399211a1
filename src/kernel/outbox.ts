import { randomUUIDv7 } from "node:crypto";
import type { AttachedFile } from "./act.ts";
import { type Tx, sql } from "./database.ts";
import type { Entry } from "./journal.ts";
import type { JsonObject } from "./json.ts";

/** What an act wants a peer to know. */
export interface Told {
  readonly to: string;
  readonly body: JsonObject;
  readonly files?: readonly AttachedFile[];
}

/** Channel on which the worker hears that something waits. */
export const OUTBOX_CHANNEL = "comity_outbox";

/**
 * Puts messages into the outbox, each with the next number of its peer. The peer's counter stays locked until commit, so
 * numbers have no gaps and their order is the order of commits.
 */
export async function post(tx: Tx, entry: Entry, messages: readonly Told[], now: Temporal.Instant): Promise<void> {
  for (const { to, body, files = [] } of messages) {
    const { rows } = await sql<{ last: number }>`insert into outbox_sequence (peer, last) values (${to}, 1)
      on conflict (peer) do update set last = outbox_sequence.last + 1 returning last`.execute(tx);
    const [counter] = rows;
    if (!counter) throw new Error("the outbox gave no number");
    await tx
      .insertInto("outbox")
      .values({
        id: randomUUIDv7(),
        peer: to,
        seq: counter.last,
        subject_kind: entry.record.subject.kind,
        subject_id: entry.record.subject.id,
        act: entry.record.act,
        entry: entry.record.id,
        body: JSON.stringify(body),
        files: JSON.stringify(files),
        at: now,
        next_at: now,
      })
      .execute();
  }
  if (messages.length > 0) await sql`select pg_notify(${OUTBOX_CHANNEL}, '')`.execute(tx);
}
