import { type Database, sql, type Tx } from "../kernel/database.ts";
import { type NoteSigner, signCheckpoint } from "./checkpoint.ts";
import { bundleOf, Edge, ENTRIES, entriesOf, type Grown, TILE_WIDTH } from "./tiles.ts";
import { EMPTY_ROOT, HASH_BYTES, leafHash } from "./verify-tlog.ts";

/** Entries that one transaction takes: large enough that flushing does not count, small enough to be over within a second or two. */
export const BATCH_ENTRIES = 16_384;

/** The lock that only one sequencer of a database holds; it ends with its transaction, however that ends. */
const LOCK = "comity ledger";

/** The ledger after a batch. */
export interface Sequenced {
  /** Entries taken in by this batch. */
  readonly taken: number;
  readonly size: number;
  readonly root: Buffer;
  /** The checkpoint last signed, by this batch or before it. */
  readonly note: string;
}

/**
 * The tiles do not give the root last signed: the database was changed behind our back. Nothing more is signed, as it could
 * contradict what others hold; `comity ledger check` names what was changed.
 */
export class LedgerBroken extends Error {
  override name = "LedgerBroken";
}

/**
 * Others hold what this database does not, under this node's own signature: it was put back to an earlier day, or another history
 * was written. Nothing is signed until a person decides.
 */
export class LedgerStopped extends Error {
  override name = "LedgerStopped";
}

/**
 * Takes the next entries of the journal into the ledger: gives them their leaf numbers, grows the tiles, signs the
 * checkpoint, all in one transaction. Whatever ends it early leaves the ledger as it was, with nothing signed that anybody
 * could have seen; so no two checkpoints ever contradict each other.
 *
 * Throws `LedgerBroken`, `LedgerStopped`.
 */
export const sequence = (
  db: Database,
  signer: NoteSigner,
  now: Temporal.Instant,
  batchEntries = BATCH_ENTRIES,
): Promise<Sequenced> => db.transaction().execute((tx) => sequenceIn(tx, signer, now, batchEntries));

/** Nobody else signs, or decides whether to, until this transaction is over. */
export const lockLedger = (tx: Tx) => sql`select pg_advisory_xact_lock(hashtext(${LOCK}))`.execute(tx);

/** The same inside an open transaction, which must be the caller's own and end soon. */
export async function sequenceIn(
  tx: Tx,
  signer: NoteSigner,
  now: Temporal.Instant,
  batchEntries = BATCH_ENTRIES,
): Promise<Sequenced> {
  // A checkpoint that a power cut could take back might already have been read by somebody.
  await sql`set local synchronous_commit = on`.execute(tx);
  await lockLedger(tx);
  const ledger = await tx.selectFrom("ledger").select("state").executeTakeFirst();
  if (ledger?.state === "stopped")
    throw new LedgerStopped("the ledger has stopped signing; run `comity ledger status`");
  const last = await tx
    .selectFrom("ledger_checkpoint")
    .select(["size", "root", "note"])
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  const edge = await readEdge(tx, last?.size ?? 0);
  if (last && !(edge.root() ?? EMPTY_ROOT).equals(last.root))
    throw new LedgerBroken("the tiles do not give the root last signed; run `comity ledger check`");
  const digests = await takeEntries(tx, edge.size, batchEntries);
  if (digests.length === 0 && last) return { taken: 0, ...last };
  const before = edge.size;
  for (const digest of digests) edge.push(leafHash(digest));
  const root = edge.root() ?? EMPTY_ROOT;
  await writeTiles(tx, [...edge.grown(), ...(await bundles(tx, before, digests))]);
  const note = signCheckpoint({ origin: signer.name, size: BigInt(edge.size), root }, signer);
  await tx.insertInto("ledger_checkpoint").values({ size: edge.size, root, note, at: now }).execute();
  return { taken: digests.length, size: edge.size, root, note };
}

/** The tiles of the right edge of the tree of `size` entries. Throws `LedgerBroken` where they are not there. */
async function readEdge(tx: Tx, size: number): Promise<Edge> {
  const levels: number[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level++) levels.push(level);
  const places = levels.map((level) => Math.floor(size / TILE_WIDTH ** (level + 1)));
  const { rows } = await sql<{ level: number; bytes: Buffer }>`select level, bytes from ledger_tile
    join unnest(${levels}::int[], ${places}::bigint[]) as edge(l, i) on level = l and idx = i`.execute(tx);
  try {
    return new Edge(size, rows);
  } catch (error) {
    throw new LedgerBroken(`a tile is missing or cut short (${String(error)}); run \`comity ledger check\``);
  }
}

/** Numbers the next entries in the order they were written, and gives their digests in that order. */
async function takeEntries(tx: Tx, size: number, batchEntries: number): Promise<Buffer[]> {
  // One value instead of a row an entry: the digests of a batch are half a mebibyte.
  const { rows } = await sql<{ digests: Buffer | null }>`with
    next as (select id, ord from journal where leaf is null order by ord limit ${batchEntries} for no key update),
    numbered as (select id, ${size}::bigint + row_number() over (order by ord) - 1 as leaf from next),
    taken as (update journal set leaf = numbered.leaf from numbered where journal.id = numbered.id
      returning journal.leaf, journal.digest)
    select string_agg(digest, ''::bytea order by leaf) as digests from taken`.execute(tx);
  const all = rows[0]?.digests ?? Buffer.alloc(0);
  return Array.from({ length: all.length / HASH_BYTES }, (_, at) =>
    all.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

/** The bundles of entries that these add to, from the one that was not full. */
async function bundles(tx: Tx, before: number, digests: readonly Buffer[]): Promise<Grown[]> {
  if (digests.length === 0) return [];
  const first = Math.floor(before / TILE_WIDTH);
  const partial = await tx
    .selectFrom("ledger_tile")
    .select("bytes")
    .where("level", "=", ENTRIES)
    .where("idx", "=", first)
    .executeTakeFirst();
  const begun =
    before % TILE_WIDTH === 0 ? [] : entriesOf(partial?.bytes ?? Buffer.alloc(0)).slice(0, before % TILE_WIDTH);
  if (begun.length !== before % TILE_WIDTH)
    throw new LedgerBroken("a bundle of entries is missing or cut short; run `comity ledger check`");
  const entries = [...begun, ...digests];
  const grown: Grown[] = [];
  for (let at = 0; at < entries.length; at += TILE_WIDTH) {
    const own = entries.slice(at, at + TILE_WIDTH);
    grown.push({ level: ENTRIES, index: first + at / TILE_WIDTH, width: own.length, bytes: bundleOf(own) });
  }
  return grown;
}

async function writeTiles(tx: Tx, tiles: readonly Grown[]): Promise<void> {
  const column = <T>(of: (tile: Grown) => T): T[] => tiles.map(of);
  await sql`insert into ledger_tile (level, idx, width, bytes)
    select * from unnest(${column((t) => t.level)}::smallint[], ${column((t) => t.index)}::bigint[],
      ${column((t) => t.width)}::smallint[], ${column((t) => t.bytes)}::bytea[])
    on conflict (level, idx) do update set width = excluded.width, bytes = excluded.bytes`.execute(tx);
}
