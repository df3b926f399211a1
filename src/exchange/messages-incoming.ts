import type { ReceiveContext } from "../kernel/act.ts";
import { type Peer, system } from "../kernel/actor.ts";
import { stamp } from "../kernel/clock.ts";
import { isAway, sql, type Tx } from "../kernel/database.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { receiveIn } from "../kernel/receive.ts";
import { actedAt, type Opened, type Payload, termOf } from "../trust/envelope.ts";
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
  | { readonly problem: "conflicting-sequence" | "too-many" }
  | { readonly problem: "expired"; readonly theirs: ReturnType<typeof termOf> & { readonly version: string } };

/** An envelope that was believed: of whom, when it was signed, and under which key. */
export interface Believed {
  readonly opened: Opened;
  readonly sentAt: Temporal.Instant;
  /** Until when it counts; `undefined` where a version before said nothing of that. */
  readonly notAfter?: Temporal.Instant | undefined;
  readonly kid: string;
}

/**
 * Takes envelopes of one peer in, in their order, with one commit: durable, receipted, and applied where no file is awaited and none
 * waits before them. The same envelope again gets the same receipt; another under its number is an alarm and changes nothing. Ends
 * with the first that is not taken. Where applying one fails as no act may, those before it are taken, and it is not.
 */
export async function takeAll(node: Node, peer: TrustedPeer, all: readonly Believed[]): Promise<Taken[]> {
  try {
    return await takeTogether(node, peer, all);
  } catch (error) {
    if (all.length === 1 || isAway(error)) throw error;
    node.log.error({ err: error, peer: peer.code }, "envelopes that came together are taken one by one");
  }
  const taken: Taken[] = [];
  for (const each of all) {
    const outcome = await takeTogether(node, peer, [each]).catch((error: unknown) => {
      if (taken.length === 0) throw error;
      return undefined;
    });
    if (outcome === undefined) break;
    taken.push(...outcome);
    if (outcome.some((one) => "problem" in one)) break;
  }
  return taken;
}

const takeTogether = (node: Node, peer: TrustedPeer, all: readonly Believed[]): Promise<Taken[]> =>
  node.db.transaction().execute(async (tx) => {
    const now = node.clock();
    const last = await lockSequence(tx, peer.code);
    const waiting = await countWaiting(tx, peer.code);
    const known = await knownIds(tx, all);
    const checkpoint = await latestCheckpoint(tx);
    const fresh: (Believed & { readonly receipt: string })[] = [];
    const taken: Taken[] = [];
    for (const each of all) {
      const { payload, digest } = each.opened;
      const next = last + fresh.length + 1;
      // What is here already is receipted however late it comes again.
      if (payload.seq === next && each.notAfter && Temporal.Instant.compare(each.notAfter, now) < 0) {
        taken.push({ problem: "expired", theirs: { version: payload.v, ...termOf(each.opened) } });
        break;
      }
      if (payload.seq === next && waiting < WAITING_MAX && !known.has(payload.id)) {
        const receipt = receiptOf(node, { payload, digest, now, checkpoint });
        fresh.push({ ...each, receipt });
        known.add(payload.id);
        taken.push({ receipt });
        continue;
      }
      const outcome: Taken =
        payload.seq > next
          ? { problem: "gap", expected: next }
          : payload.seq < next
            ? (fresh.find(({ opened }) => opened.digest === digest) ?? (await repeated(tx, each.opened, { peer, now })))
            : waiting >= WAITING_MAX
              ? { problem: "too-many" }
              : await conflict(tx, payload, now);
      if ("problem" in outcome) {
        taken.push(outcome);
        break;
      }
      taken.push({ receipt: outcome.receipt });
    }
    await keep(tx, node, { peer, fresh, last, waiting, now });
    return taken;
  });

/** Writes the rows of what is new, and applies what need not wait. */
async function keep(
  tx: Tx,
  node: Node,
  {
    peer,
    fresh,
    last,
    waiting,
    now,
  }: {
    readonly peer: TrustedPeer;
    readonly fresh: readonly (Believed & { readonly receipt: string })[];
    readonly last: number;
    readonly waiting: number;
    readonly now: Temporal.Instant;
  },
): Promise<void> {
  if (fresh.length === 0) return;
  await tx
    .insertInto("inbox")
    .values(
      fresh.map(({ opened: { payload, digest, signed }, receipt, sentAt, kid }) => ({
        id: payload.id,
        peer: peer.code,
        seq: payload.seq,
        digest: Buffer.from(digest, "hex"),
        subject_kind: payload.subject.kind,
        subject_id: payload.subject.id,
        act: payload.act,
        words: sealEnvelopeText(node, payload.id, signed),
        receipt,
        kid,
        acted_at: actedAt(payload),
        sent_at: sentAt,
        received_at: now,
        next_at: now,
      })),
    )
    .execute();
  await tx
    .updateTable("inbox_sequence")
    .set({ last: last + fresh.length })
    .where("peer", "=", peer.code)
    .execute();
  const held = waiting > 0 ? 0 : fresh.findIndex(({ opened }) => opened.payload.files.length > 0);
  const free = held < 0 ? fresh : fresh.slice(0, held);
  const applied: string[] = [];
  for (const { opened } of free)
    if (await applyIn(tx, node, { payload: opened.payload, peer, files: [], receivedAt: now }))
      applied.push(opened.payload.id);
  if (applied.length > 0) await settled(tx, node, applied);
  if (free.length < fresh.length) await sql`select pg_notify(${INBOX_CHANNEL}, '')`.execute(tx);
}

/** Which of these identifiers some message has already. */
async function knownIds(tx: Tx, all: readonly Believed[]): Promise<Set<string>> {
  const ids = all.map(({ opened }) => opened.payload.id);
  const { rows } = await sql<{ id: string }>`select id from inbox where id = any(${ids}::uuid[])`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/** The number of the last envelope taken from a peer; its row stays locked, so envelopes of one peer come one by one. */
async function lockSequence(tx: Tx, peer: string): Promise<number> {
  const locked = () =>
    tx.selectFrom("inbox_sequence").select("last").where("peer", "=", peer).forUpdate().executeTakeFirst();
  const found = await locked();
  if (found) return found.last;
  await tx
    .insertInto("inbox_sequence")
    .values({ peer })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await locked())?.last ?? 0;
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

function receiptOf(
  node: Node,
  of: { payload: Payload; digest: string; now: Temporal.Instant; checkpoint: string | null },
): string {
  const { payload, digest, now, checkpoint } = of;
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
      checkpoint,
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
export async function apply(tx: Tx, node: Node, applying: Applying): Promise<void> {
  if (await applyIn(tx, node, applying)) await settled(tx, node, [applying.payload.id]);
}

const settled = (tx: Tx, node: Node, ids: readonly string[]) =>
  tx.updateTable("inbox").set({ settled_at: node.clock(), problem: null }).where("id", "in", ids).execute();

/** The same without noting that it is settled where it was applied; true then. */
async function applyIn(tx: Tx, node: Node, { payload, peer, files, receivedAt }: Applying): Promise<boolean> {
  const from: Peer = { kind: "peer", code: peer.code, peerKind: peer.kind };
  const { act, subject, body, entry } = payload;
  await sql`savepoint message`.execute(tx);
  try {
    const received = { from, act, subjectId: subject.id, body, at: actedAt(payload), entry, files };
    await receiveIn(tx, node, received, receivedAt);
    await sql`release savepoint message`.execute(tx);
    return true;
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal) throw error;
    await sql`rollback to savepoint message`.execute(tx);
    await reject(tx, node, { payload, peer, refusal });
    return false;
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
