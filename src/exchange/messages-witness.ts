import { createHash, randomUUIDv7 } from "node:crypto";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { cosign } from "../trust/checkpoint.ts";
import { type SignedEntry, witnessesOf } from "../trust/directory.ts";
import { raiseLedgerAlarm } from "../trust/ledger-alarm.ts";
import { policiesOf } from "../trust/ledger-policies.ts";
import { checkpointSignatures, type SignedCheckpoint } from "../trust/verify-checkpoint.ts";
import { type NoteKey, noteOf, readVkey, signatureLine } from "../trust/verify-note.ts";
import { type AddCheckpoint, SIZE_TYPE, witnessSigners, witnessVerdict } from "../trust/witness.ts";
import { raise } from "./messages-alarm.ts";
import { findPeer } from "./messages-peer.ts";

/** Verifier keys of the peers that witness this node's ledger. */
export async function witnessKeys(db: Database): Promise<string[]> {
  const rows = await db.selectFrom("peer").select("entry").where("state", "=", "trusted").orderBy("code").execute();
  return rows.flatMap(({ entry }) => witnessesOf(entry as unknown as SignedEntry));
}

/** What a witness answers: the status of C2SP tlog-witness, with its text. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly text: string;
  readonly type?: string;
}

/** A log that this node witnesses: a peer's ledger, or one that the operator has named. */
interface WitnessedLog {
  readonly keys: readonly NoteKey[];
  /** The peer's code; `null` for a log that the operator has named. */
  readonly peer: string | null;
}

/** The log that has that name on its checkpoints; `null` where it is none that is witnessed here. */
async function witnessedLog(node: Node, origin: string): Promise<WitnessedLog | null> {
  const { rows } = await sql<{ code: string }>`select code from peer where state = 'trusted'
    and entry -> 'entry' -> 'ledger' ->> 'origin' = ${origin} limit 1`.execute(node.db);
  const peer = rows[0] && (await findPeer(node.db, rows[0].code));
  if (peer) return { keys: [readVkey(peer.entry.ledger.vkey)], peer: peer.code };
  const named = policiesOf(node).witnessed?.logs.filter(({ key }) => key.name === origin) ?? [];
  return named.length === 0 ? null : { keys: named.map(({ key }) => key), peer: null };
}

const UNKNOWN = { status: 404, text: "unknown log\n" } as const;

/**
 * Cosigns the checkpoint of a log, where it only grew since this node last saw it. What was seen is durable before the answer;
 * two trees of one size under its signature are kept as the proof that they are, and raise an alarm.
 *
 * @source C2SP tlog-witness
 */
export async function witness(node: Node, asked: AddCheckpoint): Promise<WitnessAnswer> {
  const { checkpoint } = asked;
  const { origin, size, root } = checkpoint;
  const log = await witnessedLog(node, origin);
  if (!log) return UNKNOWN;
  const signed = checkpointSignatures(checkpoint, log.keys);
  if (signed === null || signed.length === 0) return { status: 403, text: "not signed by the log\n" };
  const now = node.clock();
  return node.db.transaction().execute(async (tx): Promise<WitnessAnswer> => {
    // What was cosigned and then forgotten in a power cut would let the log tell another story.
    await sql`set local synchronous_commit = on`.execute(tx);
    await sql`select pg_advisory_xact_lock(hashtextextended(${`witness ${origin}`}, 0))`.execute(tx);
    const row = await tx.selectFrom("witnessed").selectAll().where("origin", "=", origin).executeTakeFirst();
    const verdict = witnessVerdict(row ? { size: BigInt(row.size), root: row.root } : null, asked);
    if (verdict === "impossible") return { status: 400, text: "old is larger than the checkpoint\n" };
    if (verdict === "old") return { status: 409, text: `${row?.size ?? 0}\n`, type: SIZE_TYPE };
    if (verdict === "forked" && row)
      await keepConflict(tx, {
        origin,
        seen: row.note,
        shown: signedByLog(checkpoint, log.keys),
        by: node.code,
        size: Number(size),
        peer: log.peer,
        now,
      });
    if (verdict !== "cosign") return { status: 422, text: "not shown to continue what was seen\n" };
    const time = BigInt(Math.floor(now.epochMilliseconds / 1_000));
    const cosignatures = witnessSigners(node)
      .map((signer) => signatureLine(cosign(checkpoint, signer, time)))
      .join("");
    const seen = {
      size: Number(size),
      root,
      note: signedByLog(checkpoint, log.keys),
      cosignatures,
      at: now,
    };
    await tx
      .insertInto("witnessed")
      .values({ origin, ...seen })
      .onConflict((conflict) => conflict.column("origin").doUpdateSet(seen))
      .execute();
    return { status: 200, text: cosignatures };
  });
}

/** The note with the log's own signatures alone: others' lines would only make room for whatever they like. */
export const signedByLog = ({ note }: SignedCheckpoint, keys: readonly NoteKey[]): string =>
  noteOf({
    text: note.text,
    signatures: note.signatures.filter(({ name, id }) => keys.some((key) => key.name === name && key.id.equals(id))),
  });

/** Two checkpoints of one log that cannot both be true. */
export interface Conflict {
  readonly origin: string;
  readonly seen: string;
  readonly shown: string;
  /** Who had seen the first. */
  readonly by: string;
  readonly size: number;
  /** Whose ledger it is; `null` for a log that the operator has named. */
  readonly peer: string | null;
  readonly now: Temporal.Instant;
}

/** Keeps the proof that a log told two stories, and calls people. */
export async function keepConflict(db: Database | Tx, conflict: Conflict): Promise<void> {
  const { origin, seen, shown, by, size, peer, now } = conflict;
  await db
    .insertInto("ledger_conflict")
    .values({ id: randomUUIDv7(), origin, seen, shown, found_by: by, at: now })
    .onConflict((met) => met.doNothing())
    .execute();
  if (peer === null) await raiseLedgerAlarm(db, { kind: "forked", about: origin, detail: { size, by }, now });
  else await raise(db, { peer, kind: "forked", detail: { size, by }, now });
}

/** How a log is named in the address of what was seen of it: SHA-256 of its origin, hex. @source C2SP tlog-witness */
export const originHash = (origin: string): string => createHash("sha256").update(origin).digest("hex");

/** The latest checkpoint that this node cosigned of that log, with the log's signature and its own; `null` where none. @source C2SP tlog-witness */
export async function seenOf(db: Database, hash: string): Promise<string | null> {
  const { rows } = await sql<{ note: string; cosignatures: string }>`select note, cosignatures from witnessed
    where encode(sha256(convert_to(origin, 'UTF8')), 'hex') = ${hash} limit 1`.execute(db);
  const [row] = rows;
  return row ? row.note + row.cosignatures : null;
}

/** Proofs that logs told two stories, latest first, for whoever wants to see them. */
export const conflicts = (db: Database, most: number) =>
  db
    .selectFrom("ledger_conflict")
    .select(["origin", "seen", "shown", "found_by", "at"])
    .orderBy("at", "desc")
    .limit(most)
    .execute();
