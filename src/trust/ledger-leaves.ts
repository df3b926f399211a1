import { hash } from "node:crypto";
import { stamp } from "../kernel/clock.ts";
import { type Tx, sql } from "../kernel/database.ts";
import { ERASED_ENTRIES, type ErasedEntry, type SealKey, wholeRecord } from "../kernel/journal.ts";
import { ENTRIES, entriesOf, hashesOf, TILE_WIDTH } from "./tiles.ts";
import { Malformed } from "./verify-errors.ts";
import { canonical } from "./verify-jcs.ts";
import { leafHash } from "./verify-tlog.ts";

/** A journal row as it stands. */
export interface JournalRow {
  readonly id: string;
  readonly at: Temporal.Instant;
  readonly act: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly seq: number;
  readonly prev: Buffer | null;
  readonly record: unknown;
  /** What the record says, sealed; then the record has none of it. */
  readonly words: Buffer | null;
  readonly salt: Buffer;
  readonly digest: Buffer;
  readonly leaf: number | null;
  /** What it said was lawfully erased. */
  readonly erased: boolean;
}

/** What three places say of one leaf; `null` where a place says nothing. */
export interface Told {
  readonly leaf: number;
  /** Leaf hash in the tile. */
  readonly tile: Buffer | null;
  /** Digest in the bundle of entries. */
  readonly bundled: Buffer | null;
  /** The journal's row, and the digest made again from its record and salt. */
  readonly row: JournalRow | null;
  readonly digest: Buffer | null;
}

/** The node's key to what entries say; `null` where it is not at hand: then sealed entries are held against the ledger by the digest that they keep. */
export type Opener = SealKey | null;

/** Entries whose words were erased, by id, as the entries of the erasing acts name them. */
export type Erasures = ReadonlyMap<string, ErasedEntry>;

/** What is known beside the rows themselves when they are read. */
export interface Reading {
  readonly erasures: Erasures;
  readonly key: Opener;
}

/** Everything that erasing acts name. Those acts' own entries are held against the ledger like all others. */
export async function erasuresTold(tx: Tx, key: Opener): Promise<Erasures> {
  const { rows } = await sql<ErasedEntry>`select e->>'id' as id, e->>'digest' as digest, e->>'kept' as kept
    from journal j cross join lateral jsonb_array_elements(j.record->'change'->${ERASED_ENTRIES}) as e
    where j.act like '%.erase' and not j.erased and jsonb_typeof(j.record->'change'->${ERASED_ENTRIES}) = 'array'`.execute(
    tx,
  );
  const sealed = key
    ? await tx
        .selectFrom("journal")
        .select(["id", "record", "words"])
        .where("act", "like", "%.erase")
        .where("words", "is not", null)
        .execute()
    : [];
  const opened = sealed.flatMap((row) => {
    const told = openedRecord(row, key)?.change[ERASED_ENTRIES];
    return Array.isArray(told) ? (told as unknown as ErasedEntry[]) : [];
  });
  return new Map([...rows, ...opened].map((each) => [each.id, each]));
}

/** The whole record of a row; `null` where its words are changed or of another key. */
function openedRecord(row: Pick<JournalRow, "id" | "record" | "words">, key: Opener) {
  try {
    return wholeRecord(key ?? { seal: Buffer.alloc(0) }, row);
  } catch {
    return null;
  }
}

/** True where what the row says is sealed, and nobody gave the key to it. */
export const isUnread = ({ words }: Pick<JournalRow, "words">, key: Opener): boolean => words !== null && key === null;

/**
 * The digest of a row: made again from what it says; of one that was lawfully erased the digest that it keeps, where an erasing act
 * names it and what is left of it.
 */
export function digestOfRow(row: JournalRow, { erasures, key }: Reading): Buffer | null {
  if (isUnread(row, key)) return row.digest;
  const told = row.erased ? erasures.get(row.id) : undefined;
  if (!told) return digestAgain({ salt: row.salt, record: openedRecord(row, key) });
  try {
    const kept = hash("sha256", Buffer.from(canonical(row.record)), "hex");
    return told.kept === kept && told.digest === row.digest.toString("hex") ? row.digest : digestAgain(row);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** The digest made again from what the row holds now; `null` where that cannot be written canonically at all. */
function digestAgain({ salt, record }: Pick<JournalRow, "salt" | "record">): Buffer | null {
  try {
    return hash("sha256", Buffer.concat([salt, Buffer.from(canonical(record))]), "buffer");
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** The columns of a row that do not say what its record says. */
export function columnsApart(row: JournalRow, again: Buffer | null): string[] {
  const record = row.record as {
    id?: unknown;
    at?: unknown;
    act?: unknown;
    seq?: unknown;
    prev?: unknown;
    subject?: { kind?: unknown; id?: unknown };
  };
  const pairs: [string, unknown, unknown][] = [
    ["id", record.id, row.id],
    ["at", record.at, stamp(row.at)],
    ["act", record.act, row.act],
    ["subject_kind", record.subject?.kind, row.subject_kind],
    ["subject_id", record.subject?.id, row.subject_id],
    ["seq", record.seq, row.seq],
    ["prev", record.prev, row.prev?.toString("hex") ?? null],
    ["digest", again?.toString("hex"), row.digest.toString("hex")],
  ];
  return pairs.filter(([, told, column]) => told !== column).map(([name]) => name);
}

function read<T>(bytes: Buffer | undefined, reader: (bytes: Buffer) => T[]): T[] {
  try {
    return bytes ? reader(bytes) : [];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

const TILES_AT_ONCE = 16;

/**
 * What tile, bundle and journal say of every leaf below `size`, in order, read a few tiles at a time.
 *
 * @yields one leaf
 */
export async function* leavesTold(tx: Tx, size: number, reading: Reading): AsyncGenerator<Told> {
  for (let first = 0; first * TILE_WIDTH < size; first += TILES_AT_ONCE) {
    const [from, until] = [first * TILE_WIDTH, Math.min(size, (first + TILES_AT_ONCE) * TILE_WIDTH)];
    const tiles = await tx
      .selectFrom("ledger_tile")
      .select(["level", "idx", "bytes"])
      .where("level", "in", [ENTRIES, 0])
      .where("idx", ">=", first)
      .where("idx", "<", first + TILES_AT_ONCE)
      .execute();
    const kept = new Map(tiles.map(({ level, idx, bytes }) => [`${level}/${idx}`, bytes]));
    const rows = await tx
      .selectFrom("journal")
      .selectAll()
      .where("leaf", ">=", from)
      .where("leaf", "<", until)
      .execute();
    const byLeaf = new Map(rows.map((row) => [row.leaf, row]));
    for (let tile = first; tile * TILE_WIDTH < until; tile++) {
      const hashes = read(kept.get(`0/${tile}`), hashesOf);
      const bundled = read(kept.get(`${ENTRIES}/${tile}`), entriesOf);
      for (let at = 0; at < TILE_WIDTH && tile * TILE_WIDTH + at < size; at++) {
        const leaf = tile * TILE_WIDTH + at;
        const row = byLeaf.get(leaf) ?? null;
        yield {
          leaf,
          tile: hashes[at] ?? null,
          bundled: bundled[at] ?? null,
          row,
          digest: row && digestOfRow(row, reading),
        };
      }
    }
  }
}

const isSame = (a: Buffer | null, b: Buffer | null): boolean => a !== null && b !== null && a.equals(b);

/** The leaf hash that each place gives, `null` where it gives none, and what at least two of the three agree on. */
export interface Candidates {
  readonly tile: Buffer | null;
  readonly bundle: Buffer | null;
  readonly journal: Buffer | null;
  readonly most: Buffer;
}

/** The leaf hashes of what was told. */
export function candidates({ tile, bundled, digest }: Told): Candidates {
  const bundle = bundled && leafHash(bundled);
  const journal = digest && (isSame(digest, bundled) ? bundle : leafHash(digest));
  const most =
    (isSame(journal, tile) || isSame(journal, bundle) ? journal : null) ??
    tile ??
    bundle ??
    journal ??
    // Nothing is left of this leaf anywhere: no tree over it can match, and it is named as removed.
    leafHash(Buffer.alloc(0));
  return { tile, bundle, journal, most };
}

/** One break in a subject's chain: an entry that does not follow the one before it. */
export interface ChainBreak {
  readonly id: string;
  readonly leaf: number | null;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly seq: number;
  readonly before_id: string | null;
  readonly before_leaf: number | null;
  readonly before_seq: number | null;
}

/** Every entry that does not follow the entry of the same subject before it, by number or by digest. */
export async function chainBreaks(tx: Tx): Promise<ChainBreak[]> {
  const { rows } =
    await sql<ChainBreak>`select id, leaf, subject_kind, subject_id, seq, before_id, before_leaf, before_seq from (
      select id, leaf, subject_kind, subject_id, seq, prev, lag(id) over w as before_id, lag(leaf) over w as before_leaf,
        lag(seq) over w as before_seq, lag(digest) over w as before_digest
      from journal window w as (partition by subject_kind, subject_id order by seq)) as chained
    where seq <> coalesce(before_seq, 0) + 1 or prev is distinct from before_digest
    order by subject_kind, subject_id, seq`.execute(tx);
  return rows;
}

/** What the journal still knows of entries by their digest: the row itself, out of its place, or the row that followed it. */
export interface Trace {
  readonly digest: Buffer;
  readonly id: string | null;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly seq: number;
}

export async function traces(tx: Tx, digests: readonly Buffer[]): Promise<Map<string, Trace>> {
  if (digests.length === 0) return new Map();
  const { rows } = await sql<Trace>`select prev as digest, null::uuid as id, subject_kind, subject_id, seq - 1 as seq
      from journal where prev = any(${digests}::bytea[])
    union all select digest, id, subject_kind, subject_id, seq from journal where digest = any(${digests}::bytea[])`.execute(
    tx,
  );
  return new Map(rows.map((trace) => [trace.digest.toString("hex"), trace]));
}
