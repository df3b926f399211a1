import { type Database, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { cosign } from "../trust/checkpoint.ts";
import { keepCosignature, lastWitnessed } from "../trust/cosignatures.ts";
import { consistencyProof, type KeptCheckpoint, latestCheckpoint } from "../trust/ledger.ts";
import { checkpointSignatures } from "../trust/verify-checkpoint.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { readVkey, signatureLine } from "../trust/verify-note.ts";
import { type AddCheckpoint, addCheckpointText, SIZE_TYPE, witnessSigner, witnessVerdict } from "../trust/witness.ts";
import { ask } from "./fetch.ts";
import { end, raise } from "./messages-alarm.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";

/** NOTIFY on it has the latest checkpoint cosigned at once. */
export const WITNESS_CHANNEL = "comity_witness";
/** Largest answer of a witness that is read, in bytes. */
const ANSWER_BYTES_MAX = 16_384;
/** A witness tells its own idea of what it saw once; then it is asked again with that. */
const TRIES_MAX = 2;
/** Questions of one run to one witness beside each other would overtake each other: a checkpoint in hand is enough. */
const WITNESSES_MAX = 64;

/** Verifier keys of the peers that witness this node's ledger. */
export async function witnessKeys(db: Database): Promise<string[]> {
  const { rows } = await sql<{ vkey: string }>`select entry -> 'entry' ->> 'witness' as vkey from peer
    where state = 'trusted' and entry -> 'entry' ->> 'witness' is not null order by code`.execute(db);
  return rows.map(({ vkey }) => vkey);
}

/** What a witness answers: the status of C2SP tlog-witness, with its text. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly text: string;
  readonly type?: string;
}

/** The trusted peer whose ledger has that name on its checkpoints. */
async function peerOfLog(node: Node, origin: string): Promise<TrustedPeer | undefined> {
  const { rows } = await sql<{ code: string }>`select code from peer where state = 'trusted'
    and entry -> 'entry' -> 'ledger' ->> 'origin' = ${origin} limit 1`.execute(node.db);
  return rows[0] && findPeer(node.db, rows[0].code);
}

/**
 * Cosigns a peer's checkpoint, where its ledger only grew since this node last saw it. What was seen is durable before the answer;
 * two trees of one size under its signature raise an alarm.
 *
 * @source C2SP tlog-witness
 */
export async function witness(node: Node, asked: AddCheckpoint): Promise<WitnessAnswer> {
  const { checkpoint } = asked;
  const { origin, size, root, note } = checkpoint;
  const peer = await peerOfLog(node, origin);
  if (!peer) return { status: 404, text: "unknown log\n" };
  const signed = checkpointSignatures(checkpoint, [readVkey(peer.entry.ledger.vkey)]);
  if (signed === null || signed.length === 0) return { status: 403, text: "not signed by the log\n" };
  const now = node.clock();
  const whole = `${note.text}\n${note.signatures.map(signatureLine).join("")}`;
  return node.db.transaction().execute(async (tx): Promise<WitnessAnswer> => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`witness ${origin}`}, 0))`.execute(tx);
    const row = await tx.selectFrom("witnessed").selectAll().where("origin", "=", origin).executeTakeFirst();
    const verdict = witnessVerdict(row ? { size: BigInt(row.size), root: row.root } : null, asked);
    if (verdict === "impossible") return { status: 400, text: "old is larger than the checkpoint\n" };
    if (verdict === "old") return { status: 409, text: `${row?.size ?? 0}\n`, type: SIZE_TYPE };
    if (verdict === "forked") await raise(tx, { peer: peer.code, kind: "forked", detail: { size: Number(size) }, now });
    if (verdict !== "cosign") return { status: 422, text: "not shown to continue what was seen\n" };
    await tx
      .insertInto("witnessed")
      .values({ origin, size: Number(size), root, note: whole, at: now })
      .onConflict((conflict) =>
        conflict.column("origin").doUpdateSet({ size: Number(size), root, note: whole, at: now }),
      )
      .execute();
    const time = BigInt(Math.floor(now.epochMilliseconds / 1_000));
    return { status: 200, text: signatureLine(cosign(checkpoint, witnessSigner(node), time)) };
  });
}

/** Has the latest checkpoint of this node's own ledger cosigned by every peer that witnesses; those that do not answer are asked again later. */
export async function seekWitnesses(node: Node): Promise<void> {
  const latest = await latestCheckpoint(node.db);
  if (!latest) return;
  const rows = await node.db
    .selectFrom("peer")
    .select("code")
    .where("state", "=", "trusted")
    .limit(WITNESSES_MAX)
    .execute();
  await Promise.all(rows.map(({ code }) => seek(node, latest, code)));
}

async function seek(node: Node, latest: KeptCheckpoint, code: string): Promise<void> {
  const peer = await findPeer(node.db, code);
  const vkey = peer?.entry.witness;
  if (!peer || vkey === undefined) return;
  try {
    const last = await lastWitnessed(node.db, vkey);
    if (last?.size === latest.size) return;
    if (await asked(node, latest, { peer, vkey, old: last?.size ?? 0 }))
      await end(node.db, { peer: code, kinds: ["unwitnessed"], now: node.clock() });
    else await missed(node, peer, vkey);
  } catch (error) {
    node.log.info({ peer: code, reason: error instanceof Error ? error.name : "unknown" }, "a peer did not cosign");
    await missed(node, peer, vkey);
  }
}

/** Asks one witness. True where it cosigned. */
async function asked(
  node: Node,
  latest: KeptCheckpoint,
  of: { readonly peer: TrustedPeer; readonly vkey: string; readonly old: number },
): Promise<boolean> {
  const { peer, vkey } = of;
  const [gateway = ""] = peer.entry.gateways;
  const url = `${gateway.replace(/\/+$/, "")}/witness/v1/add-checkpoint`;
  let { old } = of;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const proof = old > 0 && old < latest.size ? await consistencyProof(node.db, old, latest.size) : [];
    const body = addCheckpointText(old, proof, latest.note);
    const { status, text } = await ask(url, { method: "POST", body, type: "text/plain", bytesMax: ANSWER_BYTES_MAX });
    if (status === 200) {
      const lines = text.split("\n").filter((line) => line !== "");
      for (const line of lines)
        if (await keepCosignature(node.db, latest, { vkey, peer: peer.code, line, now: node.clock() })) return true;
      throw new Malformed("cosignature: not the witness's");
    }
    if (status !== 409 || !/^\d{1,15}\n?$/.test(text) || Number(text) > latest.size) return false;
    old = Number(text);
  }
  return false;
}

/** A witness that is missing stops nothing; people are told once it has been missing for longer than they wait for a message. */
async function missed(node: Node, { code }: TrustedPeer, vkey: string): Promise<void> {
  const now = node.clock();
  const { rows } = await sql<{ since: Temporal.Instant | null }>`select min(at) as since from ledger_checkpoint
    where size > coalesce((select max(size) from ledger_cosignature where vkey = ${vkey}), 0)
      and at >= coalesce((select confirmed_at from peer where code = ${code} and state = 'trusted'), now())`.execute(
    node.db,
  );
  const since = rows[0]?.since;
  if (since && now.since(since).total("minutes") >= node.config.patience_minutes)
    await raise(node.db, { peer: code, kind: "unwitnessed", detail: { since: since.toString() }, now });
}
