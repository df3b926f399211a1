import { randomInt } from "node:crypto";
import { monotonic, stamp } from "../kernel/clock.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf } from "../kernel/outbox.ts";
import {
  ENVELOPE_BYTES_MAX,
  ENVELOPE_VERSION,
  envelopeDigest,
  type Payload,
  sealEnvelope,
  signEnvelope,
} from "../trust/envelope.ts";
import { publicKey } from "../trust/envelope-signature.ts";
import { isReceiptFor, readReceipt, RECEIPT_BYTES_MAX } from "../trust/receipt.ts";
import { type Answer, ask } from "./fetch.ts";
import { signerOf } from "./identity.ts";
import { end, raise } from "./messages-alarm.ts";
import { findPeer, refreshPeer, type TrustedPeer } from "./messages-peer.ts";
import { backoffMs, type SendingProblem } from "./peer.ts";

const POLL_MS = 200;
/** After so long a run starts nothing more, so that it ends and the next begins, in milliseconds. */
const RUN_MS_MAX = 10_000;

/**
 * Delivers what waits: each peer's messages in order, several peers beside each other, so that a slow one holds nobody up.
 * At least once; the receiver's effect is exactly once.
 */
export async function deliverDue(node: Node): Promise<void> {
  const under = new Map<string, Promise<void>>();
  const broken = new Set<string>();
  // A bug or a database that is away: the next run tries again, this one does not spin.
  const broke = (code: string) => (error: unknown) => {
    broken.add(code);
    node.log.error({ err: error, peer: code }, "delivery broke off");
  };
  for (const started = monotonic(); ;) {
    const codes = monotonic() - started < RUN_MS_MAX ? await duePeers(node) : [];
    for (const code of codes.filter((each) => !under.has(each) && !broken.has(each)))
      under.set(
        code,
        deliverTo(node, code, started)
          .catch(broke(code))
          .finally(() => under.delete(code)),
      );
    if (under.size === 0) return;
    await Promise.race([...under.values(), new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
  }
}

/** Peers whose first waiting message is due. */
async function duePeers(node: Node): Promise<string[]> {
  const { rows } = await sql<{
    peer: string;
    next_at: Temporal.Instant;
  }>`select distinct on (o.peer) o.peer, o.next_at from outbox o
    join peer p on p.code = o.peer and p.state = 'trusted' where o.delivered_at is null order by o.peer, o.seq`.execute(
    node.db,
  );
  const now = node.clock();
  return rows.filter(({ next_at }) => Temporal.Instant.compare(next_at, now) <= 0).map(({ peer }) => peer);
}

async function deliverTo(node: Node, code: string, started: number): Promise<void> {
  while (monotonic() - started < RUN_MS_MAX && (await deliverNext(node, code)));
}

/** Tells the operator's metrics how much waits for each trusted peer. */
export async function gaugeBacklog(node: Node): Promise<void> {
  const { rows } = await sql<{ code: string; waiting: number }>`select p.code, count(o.id)::int as waiting from peer p
    left join outbox o on o.peer = p.code and o.delivered_at is null where p.state = 'trusted' group by p.code`.execute(
    node.db,
  );
  for (const { code, waiting } of rows) node.metrics.outbox.set({ peer: code }, waiting);
}

type Waiting = NonNullable<Awaited<ReturnType<typeof firstWaiting>>>;
const firstWaiting = (node: Node, code: string) =>
  node.db
    .selectFrom("outbox")
    .innerJoin("journal", "journal.id", "outbox.entry")
    .select([
      "outbox.id",
      "outbox.peer",
      "outbox.seq",
      "outbox.subject_kind",
      "outbox.subject_id",
      "outbox.act",
      "outbox.entry",
      "outbox.words",
      "outbox.body",
      "outbox.files",
      "outbox.at",
      "outbox.attempts",
      "outbox.next_at",
      "outbox.receipt",
    ])
    .select(["journal.record", "journal.words as change", "journal.salt", "journal.digest"])
    .where("outbox.peer", "=", code)
    .where("outbox.delivered_at", "is", null)
    .orderBy("outbox.seq")
    .limit(1)
    .executeTakeFirst();

/** The envelope's content: the same at every try, from what the act itself left in the outbox and the journal. */
function payloadOf(node: Node, row: Waiting): Payload {
  const { body, files } = messageOf(node, row);
  const record = wholeRecord(node.services.keys, { id: row.entry, record: row.record, words: row.change });
  return {
    v: ENVELOPE_VERSION,
    id: row.id,
    from: node.code,
    to: row.peer,
    seq: row.seq,
    subject: { kind: row.subject_kind, id: row.subject_id },
    act: row.act,
    at: record.at,
    entry: {
      record: record as unknown as JsonObject,
      salt: row.salt.toString("hex"),
      digest: row.digest.toString("hex"),
    },
    body,
    files: files.map(({ digest, size, name, media, item }) => ({ digest, size, name, media, item })),
  };
}

/** Sends the first waiting message. True where the next may follow at once. */
async function deliverNext(node: Node, code: string): Promise<boolean> {
  const row = await firstWaiting(node, code);
  const peer = await findPeer(node.db, code);
  if (!row || !peer || Temporal.Instant.compare(row.next_at, node.clock()) > 0) return false;
  const payload = payloadOf(node, row);
  const signed = signEnvelope(payload, signerOf(node).key, { kid: signerOf(node).kid, at: node.clock() });
  const sealed = await sealEnvelope(signed, {
    key: publicKey("X25519", peer.entry.encryption.x),
    kid: peer.entry.encryption.fingerprint,
  });
  if (Buffer.byteLength(sealed) > ENVELOPE_BYTES_MAX) return failed(node, row, { type: "too-large" });
  const answer = await send(peer, sealed);
  if (answer === undefined) return failed(node, row, { type: "unreachable" });
  if (answer.status === 200) return received(node, { row, payload, peer, text: answer.text });
  return refused(node, { row, peer, answer });
}

/** Tries the peer's gateways in turn; `undefined` where none answered. */
async function send(peer: TrustedPeer, sealed: string): Promise<Answer | undefined> {
  for (const gateway of peer.entry.gateways) {
    try {
      return await ask(`${gateway.replace(/\/+$/, "")}/exchange/v1/envelopes`, {
        method: "POST",
        body: sealed,
        type: "application/jose",
        bytesMax: RECEIPT_BYTES_MAX,
      });
    } catch {
      // The next gateway, or the next try, may do.
    }
  }
  return undefined;
}

/** The peer's own refusal may have come before its receipt did: it stays. */
const WITHOUT_DELIVERY = sql<null>`case when problem->>'stage' = 'application' then problem end`;

async function received(
  node: Node,
  of: { row: Waiting; payload: Payload; peer: TrustedPeer; text: string },
): Promise<boolean> {
  const { row, peer, text } = of;
  const now = node.clock();
  const receipt = receiptFor(of, now);
  if (receipt === undefined) {
    await raise(node.db, { peer: peer.code, kind: "bad-receipt", detail: { seq: row.seq }, now });
    return failed(node, row, { type: "bad-receipt" });
  }
  await node.db.transaction().execute(async (tx) => {
    const stored = await tx
      .updateTable("outbox")
      .set({ delivered_at: now, receipt: text, problem: WITHOUT_DELIVERY })
      .where("id", "=", row.id)
      .where("delivered_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (stored && row.receipt === null)
      await tellSlices(tx, node, row, { receivedAt: Temporal.Instant.from(receipt.received), now });
    await end(tx, { peer: peer.code, kinds: ["silent", "refuses", "bad-receipt"], now });
  });
  return true;
}

function receiptFor(
  { payload, peer, text }: { payload: Payload; peer: TrustedPeer; text: string },
  now: Temporal.Instant,
) {
  try {
    const { receipt, verdict } = readReceipt(text, peer.keys, now);
    return "key" in verdict && isReceiptFor(receipt, { ...payload, digest: envelopeDigest(payload) })
      ? receipt
      : undefined;
  } catch {
    return undefined;
  }
}

/** Lets each slice fold the receipt. What a slice refuses (the thing has moved on) does not undo the delivery. */
async function tellSlices(
  tx: Tx,
  node: Node,
  row: Waiting,
  { receivedAt, now }: { receivedAt: Temporal.Instant; now: Temporal.Instant },
): Promise<void> {
  for (const { onReceipt, name } of node.registry.slices) {
    if (!onReceipt) continue;
    await sql`savepoint receipt`.execute(tx);
    try {
      await onReceipt(
        tx,
        {
          subjectKind: row.subject_kind,
          subjectId: row.subject_id,
          act: row.act,
          peer: row.peer,
          receivedAt,
          entry: row.entry,
        },
        node,
        now,
      );
      await sql`release savepoint receipt`.execute(tx);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await sql`rollback to savepoint receipt`.execute(tx);
      node.log.warn({ slice: name, key: error.key }, "a receipt was not folded");
    }
  }
}

/** What a problem document says, as far as we use it. */
function problemIn(text: string): { type: string; expected?: number; received?: string } {
  try {
    const { type, expected, received: theirs } = JSON.parse(text) as Record<string, unknown>;
    const name = typeof type === "string" ? (type.split("/").pop() ?? "") : "";
    return {
      type: /^[a-z-]{1,40}$/.test(name) ? name : "unknown",
      ...(typeof expected === "number" && Number.isSafeInteger(expected) && expected >= 1 ? { expected } : {}),
      ...(typeof theirs === "string" ? { received: theirs.slice(0, 40) } : {}),
    };
  } catch {
    return { type: "unknown" };
  }
}

async function refused(
  node: Node,
  { row, peer, answer }: { row: Waiting; peer: TrustedPeer; answer: Answer },
): Promise<boolean> {
  const problem = problemIn(answer.text);
  const now = node.clock();
  if (answer.status === 409 && problem.type === "gap" && problem.expected !== undefined && problem.expected < row.seq)
    return resendFrom(node, { peer: peer.code, expected: problem.expected });
  if (problem.type === "not-for-us" && (await refreshPeer(node, peer))) return true;
  // A server that is down or busy is not a peer that says no.
  if (answer.status < 500 && problem.type !== "too-many")
    await raise(node.db, {
      peer: peer.code,
      kind: problem.type === "conflicting-sequence" ? "conflict" : "refuses",
      detail: { seq: row.seq, type: problem.type },
      now,
    });
  return failed(node, row, {
    type: problem.type === "unknown" ? "unexpected" : problem.type,
    status: answer.status,
    ...(problem.received ? { theirs: problem.received } : {}),
  });
}

/** The receiver lacks messages that it once had (it was restored from a backup): all from there go again, in order. */
async function resendFrom(node: Node, { peer, expected }: { peer: string; expected: number }): Promise<boolean> {
  const now = node.clock();
  return node.db.transaction().execute(async (tx) => {
    const again = await tx
      .updateTable("outbox")
      .set({ delivered_at: null, next_at: now, problem: null })
      .where("peer", "=", peer)
      .where("seq", ">=", expected)
      .where("delivered_at", "is not", null)
      .returning("seq")
      .execute();
    if (again.length === 0) return false;
    await raise(tx, { peer, kind: "restored", detail: { from: expected, count: again.length }, now });
    return true;
  });
}

/** Notes a failed try and when the next is; calls people when patience is over. */
async function failed(
  node: Node,
  row: Waiting,
  problem: { type: string; status?: number; theirs?: string },
): Promise<false> {
  const now = node.clock();
  const attempts = row.attempts + 1;
  const next = now.add({ milliseconds: backoffMs(attempts, randomInt(1_000) / 1_000) });
  const noted: SendingProblem = { stage: "delivery", at: stamp(now), ...problem };
  await node.db
    .updateTable("outbox")
    .set({ attempts, next_at: next, problem: JSON.stringify(noted) })
    .where("id", "=", row.id)
    .where("delivered_at", "is", null)
    .execute();
  if (now.since(row.at).total("minutes") >= node.config.patience_minutes)
    await raise(node.db, { peer: row.peer, kind: "silent", detail: { seq: row.seq, since: stamp(row.at) }, now });
  return false;
}
