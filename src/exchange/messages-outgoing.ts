import { randomInt } from "node:crypto";
import { monotonic, stamp } from "../kernel/clock.ts";
import { sql } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";
import { wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf } from "../kernel/outbox.ts";
import {
  ENVELOPE_BYTES_MAX,
  ENVELOPE_VERSION,
  type Payload,
  sealEnvelope,
  secondEnvelope,
  SEQUENCE_BYTES_MAX,
  SEQUENCE_MAX,
  SEQUENCE_TYPE,
  SEQUENCE_VERSION,
  signEnvelope,
} from "../trust/envelope.ts";
import { publicKey } from "../trust/envelope-signature.ts";
import { RECEIPT_BYTES_MAX } from "../trust/receipt.ts";
import { type Answer, ask } from "./fetch.ts";
import { secondSignerOf, signerOf } from "./identity.ts";
import { raise } from "./messages-alarm.ts";
import { findPeer, refreshPeer, type TrustedPeer } from "./messages-peer.ts";
import { compareProgress, resendFrom } from "./messages-progress.ts";
import { fold } from "./messages-receipts.ts";
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

/** While one call is under way, the next is made ready. */
async function deliverTo(node: Node, code: string, started: number): Promise<void> {
  let ready = await prepare(node, code, 0);
  while (ready && monotonic() - started < RUN_MS_MAX) {
    const [last] = ready.messages.slice(-1);
    const next = prepare(node, code, last?.row.seq ?? 0);
    next.catch(() => undefined);
    const outcome = await deliver(node, ready);
    if (outcome === "stop") return;
    ready = outcome === "again" ? await prepare(node, code, 0) : await next;
  }
}

/** Tells the operator's metrics how much waits for each trusted peer. */
export async function gaugeBacklog(node: Node): Promise<void> {
  const { rows } = await sql<{ code: string; waiting: number }>`select p.code, count(o.id)::int as waiting from peer p
    left join outbox o on o.peer = p.code and o.delivered_at is null where p.state = 'trusted' group by p.code`.execute(
    node.db,
  );
  for (const { code, waiting } of rows) node.metrics.outbox.set({ peer: code }, waiting);
}

/** Messages that wait for a peer, after the number given, in order. */
export const waitingAfter = (node: Node, code: string, after: number, limit: number) =>
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
    .where("outbox.seq", ">", after)
    .orderBy("outbox.seq")
    .limit(sql.lit(limit))
    .execute();
export type Waiting = Awaited<ReturnType<typeof waitingAfter>>[number];

/** The envelope's content: the same at every try, from what the act itself left in the outbox and the journal. */
export function payloadOf(node: Node, row: Waiting): Payload {
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

/** One message ready to go. */
export interface Ready {
  readonly row: Waiting;
  readonly payload: Payload;
  readonly sealed: string;
}
interface Call {
  readonly peer: TrustedPeer;
  readonly messages: readonly Ready[];
}

/** Signs and seals what waits after the number given, as much as one call takes; `undefined` where nothing is due. */
async function prepare(node: Node, code: string, after: number): Promise<Call | undefined> {
  const peer = await findPeer(node.db, code);
  if (!peer) return undefined;
  const most = peer.entry.versions.includes(SEQUENCE_VERSION) ? SEQUENCE_MAX : 1;
  const rows = await waitingAfter(node, code, after, most);
  const [first] = rows;
  if (!first || (after === 0 && Temporal.Instant.compare(first.next_at, node.clock()) > 0)) return undefined;
  const messages = await Promise.all(rows.map((row) => sealedFor(node, peer, row)));
  let bytes = 0;
  const fitting = messages.findIndex(({ sealed }) => (bytes += sealed.length + 1) > SEQUENCE_BYTES_MAX);
  return { peer, messages: messages.slice(0, fitting < 0 ? messages.length : Math.max(1, fitting)) };
}

/** Signs and seals one message; it counts a week, where no other number of days is given. */
export async function sealedFor(node: Node, peer: TrustedPeer, row: Waiting, days?: number): Promise<Ready> {
  const payload = payloadOf(node, row);
  const [{ key, kid }, second] = [signerOf(node), secondSignerOf(node)];
  const at = node.clock();
  const first = signEnvelope(payload, key, { kid, at, days });
  const signed = await secondEnvelope(first, second.key, { kid: second.kid, at, days });
  const { x, fingerprint } = peer.entry.encryption;
  return { row, payload, sealed: await sealEnvelope(signed, { key: publicKey("X25519", x), kid: fingerprint }) };
}

/** Hands over what is ready. `next` where all of it was taken, `again` where something is to be done over at once, `stop` where it must wait. */
async function deliver(node: Node, { peer, messages }: Call): Promise<"next" | "again" | "stop"> {
  const fits = messages.findIndex(({ sealed }) => sealed.length > ENVELOPE_BYTES_MAX);
  const [first] = messages;
  if (!first) return "stop";
  if (fits === 0) return failed(node, first.row, { type: "too-large" });
  const going = fits < 0 ? messages : messages.slice(0, fits);
  const answer = await send(peer, going);
  if (answer === undefined) return failed(node, first.row, { type: "unreachable" });
  const lines = answer.status === 200 && going.length > 1 ? answer.text.split("\n") : [answer.text];
  const isReceipt = (line: string | undefined) => answer.status === 200 && line !== undefined && !line.startsWith("{");
  const count = going.findIndex((_, n) => !isReceipt(lines[n]));
  const answered = going.slice(0, count < 0 ? going.length : count);
  const kept = await fold(
    node,
    peer,
    answered.map((message, n) => ({ ...message, receipt: lines[n] ?? "" })),
  );
  const row = going[kept]?.row;
  if (!row) return going === messages ? "next" : "again";
  if (kept < answered.length) {
    await raise(node.db, { peer: peer.code, kind: "bad-receipt", detail: { seq: row.seq }, now: node.clock() });
    return failed(node, row, { type: "bad-receipt" });
  }
  const text = lines[kept];
  if (text === undefined) return "again";
  return refused(node, { row, peer, answer: answer.status === 200 ? { status: statusIn(text), text } : answer });
}

/** Tries the peer's gateways in turn; `undefined` where none answered. */
async function send(peer: TrustedPeer, going: readonly Ready[]): Promise<Answer | undefined> {
  for (const gateway of peer.entry.gateways) {
    try {
      return await ask(`${gateway.replace(/\/+$/, "")}/exchange/v1/envelopes`, {
        method: "POST",
        body: going.map(({ sealed }) => sealed).join("\n"),
        type: going.length > 1 ? SEQUENCE_TYPE : "application/jose",
        bytesMax: RECEIPT_BYTES_MAX * going.length,
      });
    } catch {
      // The next gateway, or the next try, may do.
    }
  }
  return undefined;
}

/** The status that a problem within an answer names. */
function statusIn(text: string): number {
  try {
    const { status } = JSON.parse(text) as { status?: unknown };
    return typeof status === "number" ? status : 400;
  } catch {
    return 400;
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
): Promise<"again" | "stop"> {
  const problem = problemIn(answer.text);
  const now = node.clock();
  if (answer.status === 409 && problem.type === "gap" && problem.expected !== undefined && problem.expected < row.seq)
    return (await resendFrom(node, { peer: peer.code, expected: problem.expected })) ? "again" : "stop";
  if (problem.type === "not-for-us" && (await refreshPeer(node, peer))) return "again";
  // Another message under this number: our own database may have been put back since it went.
  if (problem.type === "conflicting-sequence" && (await compareProgress(node, peer))) return "again";
  // A server that is down or busy is not a peer that says no, nor is a clock that is far off: the next try is signed anew.
  if (answer.status < 500 && !TRANSIENT.includes(problem.type))
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

const TRANSIENT: readonly string[] = ["too-many", "expired", "early-key"];

/** Notes a failed try and when the next is; calls people when patience is over. */
async function failed(
  node: Node,
  row: Waiting,
  problem: { type: string; status?: number; theirs?: string },
): Promise<"stop"> {
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
  return "stop";
}
