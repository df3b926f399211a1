import { Malformed } from "./verify-errors.ts";
import { HASH_BYTES, leafHash, nodeHash } from "./verify-tlog.ts";

/** Hashes in a full tile, entries in a full bundle. @source C2SP tlog-tiles */
export const TILE_WIDTH = 256;
/** Hash levels of the tree that one level of tiles spans. */
export const TILE_HEIGHT = 8;
/** The level under which bundles of entries are kept, below that of the leaf hashes. */
export const ENTRIES = -1;
const LEVEL_MAX = 63;
const ENTRY_BYTES_MAX = 65_535;

/** A tile, or a bundle of entries where `level` is -1; partial while `width` is below 256. */
export interface TileName {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** `tile/0/x001/x234/067`, `tile/entries/000.p/5`. @source C2SP tlog-tiles */
export function tilePath({ level, index, width }: TileName): string {
  const digits = `${index}`.padStart(Math.ceil(`${index}`.length / 3) * 3, "0");
  const groups = digits.match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level === ENTRIES ? "entries" : level}/${path}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
}

/** Reads a path back; `null` for what is not the one spelling of a tile's path. */
export function readTilePath(path: string): TileName | null {
  const [, level = "", groups = "", width] =
    /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? [];
  const name = {
    level: level === "entries" ? ENTRIES : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, "")),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  if (name.level > LEVEL_MAX || name.width < 1 || !Number.isSafeInteger(name.index)) return null;
  return tilePath(name) === path ? name : null;
}

/** How many hashes the tile has in a tree of `size` entries: 0 where there is no such tile. @source C2SP tlog-tiles */
export function tileWidth({ level, index }: Pick<TileName, "level" | "index">, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** Math.max(level, 0));
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Entries as a bundle holds them: two bytes of length, then the entry. @source C2SP tlog-tiles */
export function bundleOf(entries: readonly Uint8Array[]): Buffer {
  const parts = entries.flatMap((entry) => {
    if (entry.length > ENTRY_BYTES_MAX) throw new RangeError("an entry is longer than 65,535 bytes");
    return [Buffer.of(entry.length >> 8, entry.length & 0xff), entry];
  });
  return Buffer.concat(parts);
}

/** The entries of a bundle. Throws `Malformed` where it ends within one, or holds more than 256. */
export function entriesOf(bundle: Uint8Array): Buffer[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 2 > bytes.length) throw new Malformed("bundle: ends within a length");
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) throw new Malformed("bundle: ends within an entry");
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (entries.length > TILE_WIDTH) throw new Malformed("bundle: more than 256 entries");
  return entries;
}

/** The hashes of a tile. Throws `Malformed` where it is empty, has a part of a hash, or more than 256. */
export function hashesOf(tile: Uint8Array): Buffer[] {
  const width = tile.length / HASH_BYTES;
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw new Malformed("tile: not 1 to 256 hashes");
  return Array.from({ length: width }, (_, at) => Buffer.from(tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)));
}

/** The first `width` of a tile's hashes or a bundle's entries: what a smaller tree had there, byte for byte. */
export const narrowed = (level: number, bytes: Buffer, width: number): Buffer =>
  level === ENTRIES ? bundleOf(entriesOf(bytes).slice(0, width)) : bytes.subarray(0, width * HASH_BYTES);

/** A tile as it stands after growing. */
export interface Grown extends TileName {
  readonly bytes: Buffer;
}

/** Root of a perfect tree over hashes whose count is a power of two. */
export function perfectRoot(hashes: readonly Uint8Array[]): Buffer {
  let row = hashes.map((hash) => Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength));
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, at) => nodeHash(row[at * 2] ?? row0(), row[at * 2 + 1] ?? row0()));
  return row[0] ?? row0();
}
const row0 = (): never => {
  throw new RangeError("a perfect tree has a power of two of leaves");
};

/**
 * The right edge of a tree: its tiles that are not full yet, one a level. Grows by leaf hashes, gives the tiles that came
 * to be, and the root at any moment. What lies left of the edge never changes again.
 */
export class Edge {
  /** Entries so far. */
  size: number;
  private readonly levels: Buffer[][];
  private readonly touched = new Map<string, Grown>();

  /** `tiles` are the partial tiles of the tree of `size` entries, by level. Throws `Malformed` where they are not those. */
  constructor(size = 0, tiles: readonly { readonly level: number; readonly bytes: Uint8Array }[] = []) {
    this.size = size;
    this.levels = [];
    for (let level = 0; TILE_WIDTH ** level <= size; level++) {
      const width = Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;
      const tile = tiles.find((each) => each.level === level);
      const hashes = tile && width > 0 ? hashesOf(tile.bytes).slice(0, width) : [];
      if (hashes.length !== width) throw new Malformed(`tile: level ${level} does not have ${width} hashes`);
      this.levels.push(hashes);
    }
  }

  /** Another edge at the same place; the two then grow apart. */
  copy(): Edge {
    const copy = new Edge();
    copy.size = this.size;
    for (const hashes of this.levels) copy.levels.push([...hashes]);
    for (const [path, tile] of this.touched) copy.touched.set(path, tile);
    return copy;
  }

  /** Adds the hash of the next leaf. */
  push(leaf: Buffer): void {
    this.add(0, leaf, this.size);
    this.size += 1;
  }

  private add(level: number, hash: Buffer, position: number): void {
    const hashes = (this.levels[level] ??= []);
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return;
    const index = Math.floor(position / TILE_WIDTH);
    this.touched.set(`${level}/${index}`, { level, index, width: TILE_WIDTH, bytes: Buffer.concat(hashes) });
    this.levels[level] = [];
    this.add(level + 1, perfectRoot(hashes), index);
  }

  /** The tiles that grew since this was last asked: every one that became full, and the partial ones at the edge. */
  grown(): Grown[] {
    const full = [...this.touched.values()];
    this.touched.clear();
    const partial = this.levels.flatMap((hashes, level): Grown[] => {
      const index = Math.floor(this.size / TILE_WIDTH ** (level + 1));
      return hashes.length === 0 ? [] : [{ level, index, width: hashes.length, bytes: Buffer.concat(hashes) }];
    });
    return [...full, ...partial];
  }

  /** Root of the tree as it is now; `null` while it is empty. @source RFC 9162 §2.1.1 */
  root(): Buffer | null {
    let root: Buffer | null = null;
    for (const hashes of this.levels)
      for (let [end, span] = [hashes.length, 1]; end > 0; span *= 2)
        if (end % (span * 2) !== 0) {
          const left = perfectRoot(hashes.slice(end - span, end));
          root = root ? nodeHash(left, root) : left;
          end -= span;
        }
    return root;
  }
}

/** Leaf hashes of a bundle's entries. */
export const leavesOf = (bundle: Uint8Array): Buffer[] => entriesOf(bundle).map(leafHash);
