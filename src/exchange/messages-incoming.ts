import type { ReceiveContext } from "../kernel/act.ts";
import { type Peer, system } from "../kernel/actor.ts";
import { stamp } from "../kernel/clock.ts";
import { sql, type Tx } from "../kernel/database.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { receiveIn } from "../kernel/receive.ts";
import { actedAt, type Opened, type Payload } from "../trust/envelope.ts";
import { signReceipt } from "../trust/receipt.ts";
import { seal, unseal } from "../trust/seal.ts";
import { rejectMessage } from "./acts.ts";
import { signerOf } from "./identity.ts";
import { raise } from "./messages-alarm.ts";
import { latestCheckpoint } from "./messages-checkpoint.ts";
import type { TrustedPeer } from "./messages-peer.ts";

/** Channel on which the worker hears that a message waits for its files. */
export const INBOX_CHANNEL = "comity_inbox";
/** Most messages of one peer that may wait for their files; more are told to come later. */
const WAITING_MAX = 1_000;

const envelopePlace = (id: string): string => `inbox:${id}`;
/** Seals the payload with its signatures, as it came, to its row. */
export const sealEnvelopeText = ({ services }: Node, id: string, signed: unknown): Buffer =>
  seal(services.keys.seal, JSON.stringify(signed), envelopePlace(id));
/** The payload with its signatures as it came, as text. Rows from before they were sealed have it plainly until a job has sealed them. */
export const envelopeText = (
  { services }: Node,
  { id, words, envelope }: { id: string; words: Buffer | null; envelope: unknown },
): string => (words ? unseal(services.keys.seal, words, envelopePlace(id)).toString() : JSON.stringify(envelope));

/** What became of an envelope that was believed. */
export type Taken =
  | { readonly receipt: string }
  | { readonly problem: "gap"; readonly expected: number }
  | { readonly problem: "conflicting-sequence" | "too-many" };

/**
 * Takes an envelope in: durable, receipted, and applied in the same transaction where no file is awaited and none waits
 * before it. The same envelope again gets the same receipt; another under its number is an alarm and changes nothing.
 */
export async function take(
  node: Node,
  opened: Opened,
  from: { peer: TrustedPeer; sentAt: Temporal.Instant },
): Promise<Taken> {
  const { payload, digest } = opened;
  const { peer } = from;
  const now = node.clock();
  return node.db.transaction().execute(async (tx) => {
    const last = await lockSequence(tx, peer.code);
    if (payload.seq <= last) return repeated(tx, opened, { peer, now });
    if (payload.seq > last + 1) return { problem: "gap", expected: last + 1 };
    const waiting = await countWaiting(tx, peer.code);
    if (waiting >= WAITING_MAX) return { problem: "too-many" };
    const taken = await tx.selectFrom("inbox").select("peer").where("id", "=", payload.id).executeTakeFirst();
    if (taken) return conflict(tx, payload, now);
    const receipt = await receiptOf(tx, node, { payload, digest, now });
    await tx
      .insertInto("inbox")
      .values({
        id: payload.id,
        peer: peer.code,
        seq: payload.seq,
        digest: Buffer.from(digest, "hex"),
        subject_kind: payload.subject.kind,
        subject_id: payload.subject.id,
        act: payload.act,
        words: sealEnvelopeText(node, payload.id, opened.signed),
        receipt,
        acted_at: actedAt(payload),
        sent_at: from.sentAt,
        received_at: now,
        next_at: now,
      })
      .execute();
    await tx.updateTable("inbox_sequence").set({ last: payload.seq }).where("peer", "=", peer.code).execute();
    if (waiting === 0 && payload.files.length === 0)
      await apply(tx, node, { payload, peer, files: [], receivedAt: now });
    else await sql`select pg_notify(${INBOX_CHANNEL}, '')`.execute(tx);
    return { receipt };
  });
}

/** The number of the last envelope taken from a peer; its row stays locked, so envelopes of one peer come one by one. */
async function lockSequence(tx: Tx, peer: string): Promise<number> {
  await tx
    .insertInto("inbox_sequence")
    .values({ peer })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (
    await tx.selectFrom("inbox_sequence").select("last").where("peer", "=", peer).forUpdate().executeTakeFirstOrThrow()
  ).last;
}

const countWaiting = async (tx: Tx, peer: string): Promise<number> =>
  Number(
    (
      await tx
        .selectFrom("inbox")
        .select((select) => select.fn.countAll().as("n"))
        .where("peer", "=", peer)
        .where("settled_at", "is", null)
        .executeTakeFirstOrThrow()
    ).n,
  );

async function repeated(
  tx: Tx,
  { payload, digest }: Opened,
  { peer, now }: { peer: TrustedPeer; now: Temporal.Instant },
): Promise<Taken> {
  const earlier = await tx
    .selectFrom("inbox")
    .select(["digest", "receipt"])
    .where("peer", "=", peer.code)
    .where("seq", "=", payload.seq)
    .executeTakeFirst();
  if (earlier?.digest.toString("hex") === digest) return { receipt: earlier.receipt };
  return conflict(tx, payload, now);
}

async function conflict(tx: Tx, payload: Payload, now: Temporal.Instant): Promise<Taken> {
  await raise(tx, {
    peer: payload.from,
    kind: "conflict",
    detail: { seq: payload.seq, id: payload.id, act: payload.act },
    now,
  });
  return { problem: "conflicting-sequence" };
}

async function receiptOf(
  tx: Tx,
  node: Node,
  { payload, digest, now }: { payload: Payload; digest: string; now: Temporal.Instant },
): Promise<string> {
  const { key, kid } = signerOf(node);
  return signReceipt(
    {
      v: "comity.receipt/1",
      by: node.code,
      from: payload.from,
      id: payload.id,
      digest,
      seq: payload.seq,
      received: stamp(now),
      checkpoint: await latestCheckpoint(tx),
    },
    key,
    { kid, at: now },
  );
}

/** One message about to be applied, with its files where it has any. */
export interface Applying {
  readonly payload: Payload;
  readonly peer: TrustedPeer;
  readonly files: ReceiveContext["files"];
  readonly receivedAt: Temporal.Instant;
}

/**
 * Applies the peer's act through the pipeline, or notes and answers why not. A refused act leaves nothing behind but the
 * message's own entry. `now` of the act is when the message was received: clocks run from there, however long files took.
 */
export async function apply(tx: Tx, node: Node, { payload, peer, files, receivedAt }: Applying): Promise<void> {
  const from: Peer = { kind: "peer", code: peer.code, peerKind: peer.kind };
  await sql`savepoint message`.execute(tx);
  try {
    await receiveIn(
      tx,
      node,
      {
        from,
        act: payload.act,
        subjectId: payload.subject.id,
        body: payload.body,
        at: actedAt(payload),
        entry: payload.entry,
        files,
      },
      receivedAt,
    );
    await sql`release savepoint message`.execute(tx);
    await tx
      .updateTable("inbox")
      .set({ settled_at: node.clock(), problem: null })
      .where("id", "=", payload.id)
      .execute();
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) throw error;
    await sql`rollback to savepoint message`.execute(tx);
    await reject(tx, node, { payload, peer, refusal });
  }
}

/** Longest value that is sent back, in characters. */
const WORDS_MAX = 200;

async function reject(
  tx: Tx,
  node: Node,
  { payload, peer, refusal }: { payload: Payload; peer: TrustedPeer; refusal: Refusal },
): Promise<void> {
  node.metrics.acts.inc({ act: "message.reject", outcome: refusal.code });
  const [field] = refusal.fields;
  const values = field ? { field: field.path, ...field.values } : refusal.values;
  const input = {
    peer: peer.code,
    silent: payload.act === rejectMessage.name,
    code: refusal.code,
    key: field?.key ?? refusal.key,
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === "string" ? value.slice(0, WORDS_MAX) : value,
      ]),
    ),
  };
  await performIn(tx, {
    node,
    actor: system("exchange"),
    act: rejectMessage,
    id: payload.id,
    input,
    now: node.clock(),
  });
}
