import { z } from "zod";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type RouteCall, route } from "../kernel/page.ts";
import { keysOf } from "../trust/directory.ts";
import { readSigned, verdictOnEnvelope } from "../trust/envelope.ts";
import { signGet } from "../trust/http-signature.ts";
import { ask } from "./fetch.ts";
import { ownEntry, signerOf } from "./identity.ts";
import { raise } from "./messages-alarm.ts";
import { envelopeText } from "./messages-incoming.ts";
import { findPeer, type TrustedPeer, trustedPeerList } from "./messages-peer.ts";
import { noteTurnedAway } from "./messages-turned-away.ts";
import { signedBy } from "./messages-serving.ts";

const SEQ_DIGITS = /^\d{1,15}$/;
/** Largest answer, in bytes: it holds one envelope. */
const ANSWER_BYTES_MAX = 2 * 1_048_576;
const answerSchema = z.object({ received: z.int().min(0), last: z.string().nullable() });

/**
 * Tells a peer how far this node has come with what it sent, and sends it again what it says it lacks: after a restored backup it
 * must not wait until it is next spoken to. Signed, as for files.
 */
export const progressRoute = route({
  role: "gateway",
  method: "GET",
  path: "/exchange/v1/progress/:have",
  access: "public",
  summary: "Say up to which number envelopes have come; the answer says the same of the other way. Signed.",
  handle: async ({ node, request, params }: RouteCall) => {
    const { have = "" } = params;
    const peer = SEQ_DIGITS.test(have) ? signedBy(node, request, await trustedPeerList(node)) : undefined;
    if (!peer) {
      noteTurnedAway(node, "bad-signature");
      return { json: { type: "/problems/exchange/bad-signature", status: 403 }, status: 403 };
    }
    await resendFrom(node, { peer: peer.code, expected: Number(have) + 1 });
    const row = await node.db
      .selectFrom("inbox")
      .select(["id", "seq", "words", "envelope"])
      .where("peer", "=", peer.code)
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    return { json: { received: row?.seq ?? 0, last: row ? envelopeText(node, row) : null } };
  },
});

/** The receiver lacks messages that it once had (it was restored from a backup): all from there go again, in order. */
export async function resendFrom(node: Node, { peer, expected }: { peer: string; expected: number }): Promise<boolean> {
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

/** How far a peer says it has come with what we sent, proved by our own signature; `undefined` where it does not say or can't prove it. */
async function progressOf(node: Node, peer: TrustedPeer): Promise<number | undefined> {
  const have = await node.db
    .selectFrom("inbox_sequence")
    .select("last")
    .where("peer", "=", peer.code)
    .executeTakeFirst();
  for (const gateway of peer.entry.gateways)
    try {
      const url = new URL(`${gateway.replace(/\/+$/, "")}/exchange/v1/progress/${have?.last ?? 0}`);
      const { host: authority, pathname: path } = url;
      const headers = signGet({ authority, path, range: "bytes=0-" }, signerOf(node).key, node.clock());
      const { status, text } = await ask(url.href, { bytesMax: ANSWER_BYTES_MAX, headers });
      const answer = status === 200 ? answerSchema.safeParse(JSON.parse(text)) : undefined;
      if (!answer?.success) continue;
      const { received, last } = answer.data;
      if (received === 0) return 0;
      const read = readSigned(last ?? "");
      if (
        "problem" in read ||
        read.payload.seq !== received ||
        read.payload.from !== node.code ||
        read.payload.to !== peer.code
      )
        continue;
      if ("key" in verdictOnEnvelope(read, keysOf(ownEntry(node)), node.clock())) return received;
    } catch {
      // The next gateway, or the next time, may do.
    }
  return undefined;
}

/**
 * Compares with a peer how far both have come. It sends again what we lack; and where it has messages of ours that we know nothing of
 * (our database was put back), our numbers go on behind them and people are told. True where numbers were moved.
 */
export async function compareProgress(node: Node, peer: TrustedPeer): Promise<boolean> {
  const received = await progressOf(node, peer);
  if (received === undefined) return false;
  return node.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      last: number;
    }>`select last from outbox_sequence where peer = ${peer.code} for update`.execute(tx);
    const last = rows[0]?.last ?? 0;
    const { rows: waiting } = await sql<{ seq: number }>`select seq from outbox
      where peer = ${peer.code} and delivered_at is null order by seq limit 1`.execute(tx);
    const first = waiting[0]?.seq ?? last + 1;
    // What waits under a number that it has may be what it has: sending it tells. It is moved once the peer says that it is another.
    const shift = received - first + 1;
    if (shift <= 0 || (received <= last && waiting.length === 0)) return false;
    await sql`update outbox set seq = -(seq + ${shift}) where peer = ${peer.code} and delivered_at is null`.execute(tx);
    await sql`update outbox set seq = -seq where peer = ${peer.code} and seq < 0`.execute(tx);
    await sql`insert into outbox_sequence (peer, last) values (${peer.code}, ${Math.max(received, last + shift)})
      on conflict (peer) do update set last = excluded.last`.execute(tx);
    await raise(tx, { peer: peer.code, kind: "lost", detail: { from: first, count: shift }, now: node.clock() });
    return true;
  });
}

/** Compares with every trusted peer: at the start of a node, and now and then. */
export async function compareAll(node: Node): Promise<void> {
  for (const { code } of await trustedPeerList(node)) {
    const peer = await findPeer(node.db, code);
    if (peer) await compareStarting(node, peer);
  }
}

/** Numbers are moved by themselves only where nothing waits under them: else the first delivery finds out whether they differ. */
async function compareStarting(node: Node, peer: TrustedPeer): Promise<void> {
  const waiting = await node.db
    .selectFrom("outbox")
    .select("seq")
    .where("peer", "=", peer.code)
    .where("delivered_at", "is", null)
    .limit(1)
    .executeTakeFirst();
  if (waiting) await progressOf(node, peer);
  else await compareProgress(node, peer);
}
