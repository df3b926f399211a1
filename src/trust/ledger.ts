import { type Database, sql, type Tx } from "../kernel/database.ts";
import { consistencyRanges, hashesOfRanges, inclusionRanges, type Range, type ReadTile, tilesFor } from "./proof.ts";
import { narrowed, type TileName } from "./tiles.ts";
import { tlogProofText } from "./verify-checkpoint.ts";
import { EMPTY_ROOT } from "./verify-tlog.ts";

/** A checkpoint as kept. */
export interface KeptCheckpoint {
  /** Entries that it covers. */
  readonly size: number;
  readonly root: Buffer;
  /** The signed note. */
  readonly note: string;
  readonly at: Temporal.Instant;
}

/** The checkpoint last signed; `null` before the first. */
export async function latestCheckpoint(db: Database | Tx): Promise<KeptCheckpoint | null> {
  const found = await db
    .selectFrom("ledger_checkpoint")
    .selectAll()
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}

/** The checkpoint of exactly that size; `null` where none was signed. */
export async function checkpointOf(db: Database | Tx, size: number): Promise<KeptCheckpoint | null> {
  const found = await db.selectFrom("ledger_checkpoint").selectAll().where("size", "=", size).executeTakeFirst();
  return found ?? null;
}

/** How the ledger stands. */
export interface LedgerStatus {
  /** The checkpoint last signed; `null` before the first. */
  readonly checkpoint: KeptCheckpoint | null;
  /** Journal entries that no checkpoint covers yet. */
  readonly waiting: number;
  /** When the oldest of them was written; `null` where none waits. */
  readonly waitingSince: Temporal.Instant | null;
}

/** For the status page and the metrics. */
export async function ledgerStatus(db: Database | Tx): Promise<LedgerStatus> {
  const { rows } = await sql<{
    waiting: number;
    since: Temporal.Instant | null;
  }>`select count(*) as waiting, min(at) as since
    from journal where leaf is null`.execute(db);
  return {
    checkpoint: await latestCheckpoint(db),
    waiting: rows[0]?.waiting ?? 0,
    waitingSince: rows[0]?.since ?? null,
  };
}

/** A tile's bytes at the width asked for; `null` where no tree signed so far has it that wide. */
export async function readTile(db: Database | Tx, { level, index, width }: TileName): Promise<Buffer | null> {
  const found = await db
    .selectFrom("ledger_tile")
    .select(["bytes", "width"])
    .where("level", "=", level)
    .where("idx", "=", index)
    .executeTakeFirst();
  if (!found || found.width < width) return null;
  return found.width === width ? found.bytes : narrowed(level, found.bytes, width);
}

/** Reads the tiles that these ranges need, in one query. */
async function tilesOf(db: Database | Tx, ranges: readonly Range[], size: number): Promise<ReadTile> {
  const names = tilesFor(ranges, size);
  const { rows } = await sql<{ level: number; idx: number; bytes: Buffer }>`select level, idx, bytes from ledger_tile
    join unnest(${names.map(({ level }) => level)}::int[], ${names.map(({ index }) => index)}::bigint[]) as wanted(l, i)
      on level = l and idx = i`.execute(db);
  const tiles = new Map(rows.map(({ level, idx, bytes }) => [`${level}/${idx}`, bytes]));
  return (level, index) => {
    const bytes = tiles.get(`${level}/${index}`);
    if (!bytes) throw new RangeError(`the ledger has no tile ${index} at level ${level}`);
    return bytes;
  };
}

/** Inclusion proofs of the entries with these leaf numbers in the tree of `size` entries, in the order given. @source RFC 9162 §2.1.3.1 */
export async function inclusionProofs(db: Database | Tx, leaves: readonly number[], size: number): Promise<Buffer[][]> {
  const ranges = leaves.map((leaf) => inclusionRanges(leaf, size));
  const read = await tilesOf(db, ranges.flat(), size);
  return ranges.map((each) => hashesOfRanges(each, read));
}

/** Proof that the tree of `size1` entries begins the tree of `size2`; `0 < size1 <= size2 <=` the ledger's size. @source RFC 9162 §2.1.4.1 */
export async function consistencyProof(db: Database | Tx, size1: number, size2: number): Promise<Buffer[]> {
  const ranges = consistencyRanges(size1, size2);
  return hashesOfRanges(ranges, await tilesOf(db, ranges, size2));
}

/** The root that the tree had when it had `size` entries, made from tiles; `null` where the tiles are not all there. @source RFC 9162 §2.1.1 */
export async function rootAt(db: Database | Tx, size: number): Promise<Buffer | null> {
  if (size === 0) return EMPTY_ROOT;
  const ranges = [{ start: 0, end: size }];
  try {
    const [root] = hashesOfRanges(ranges, await tilesOf(db, ranges, size));
    return root ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** A journal entry with its proof. */
export interface ProvenEntry {
  readonly entry: string;
  readonly leaf: number;
  /** `.tlog-proof` text, with the checkpoint that it was asked for. @source C2SP tlog-proof */
  readonly proof: string;
}

/**
 * Proofs of journal entries by their ids, against one checkpoint (of `latestCheckpoint`, with or without cosignatures added to its
 * note). Entries that it does not cover, being still unsequenced or later, are left out.
 */
export async function proofsOf(
  db: Database | Tx,
  entries: readonly string[],
  checkpoint: Pick<KeptCheckpoint, "size" | "note">,
): Promise<ProvenEntry[]> {
  if (entries.length === 0) return [];
  const found = await db
    .selectFrom("journal")
    .select(["id", "leaf"])
    .where("id", "in", entries)
    .where("leaf", "<", checkpoint.size)
    .orderBy("leaf")
    .execute();
  const covered = found.flatMap(({ id, leaf }) => (leaf === null ? [] : [{ id, leaf }]));
  const proofs = await inclusionProofs(
    db,
    covered.map(({ leaf }) => leaf),
    checkpoint.size,
  );
  return covered.map(({ id, leaf }, at) => ({
    entry: id,
    leaf,
    proof: tlogProofText({ index: BigInt(leaf), hashes: proofs[at] ?? [], checkpoint: checkpoint.note }),
  }));
}
