import { hash } from "node:crypto";
import { HASH_BYTES, cut, nodeHash } from "./verify-tlog.ts";
import { TILE_HEIGHT, TILE_WIDTH, type TileName, perfectRoot, tilePath, tileWidth } from "./tiles.ts";

/** The entries from `start` to before `end`: what one hash of a proof covers. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What the hashes of an inclusion proof cover, from the leaf's sibling upwards. @source RFC 9162 §2.1.3.1 */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw new RangeError("no such entry in that tree");
  const ranges: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + cut(end - start);
    if (index < middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
    }
  }
  return ranges;
}

/** What the hashes of a consistency proof cover. None where the sizes are equal. @source RFC 9162 §2.1.4.1 */
export function consistencyRanges(size1: number, size2: number): Range[] {
  if (!(size1 > 0 && size1 <= size2)) throw new RangeError("no proof leads from that size to the other");
  const ranges: Range[] = [];
  let [start, end, isWhole] = [0, size2, true];
  while (end !== size1) {
    const middle = start + cut(end - start);
    if (size1 <= middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
      isWhole = false;
    }
  }
  return isWhole ? ranges : [{ start, end }, ...ranges];
}

/** A perfect subtree of `2^height` entries, the `at`-th of its height. */
interface Perfect {
  readonly height: number;
  readonly at: number;
}

/** A range that a tree is cut into is perfect subtrees, largest first. */
function perfects({ start, end }: Range): Perfect[] {
  const parts: Perfect[] = [];
  for (let from = start; from < end;) {
    let height = 0;
    while (from % 2 ** (height + 1) === 0 && from + 2 ** (height + 1) <= end) height += 1;
    parts.push({ height, at: from / 2 ** height });
    from += 2 ** height;
  }
  return parts;
}

/** Where the hashes below a perfect subtree stand: the tile, and from which to before which of its hashes. */
function placeOf({ height, at }: Perfect): Pick<TileName, "level" | "index"> & Range {
  const level = Math.floor(height / TILE_HEIGHT);
  const span = 2 ** (height % TILE_HEIGHT);
  const index = Math.floor((at * span) / TILE_WIDTH);
  const start = (at * span) % TILE_WIDTH;
  return { level, index, start, end: start + span };
}

/** The tiles of a tree of `size` entries from which the hashes of these ranges are made. */
export function tilesFor(ranges: readonly Range[], size: number): TileName[] {
  const names = ranges.flatMap(perfects).map((part) => {
    const { level, index } = placeOf(part);
    return { level, index, width: tileWidth({ level, index }, size) };
  });
  return [...new Map(names.map((name) => [tilePath(name), name])).values()];
}

/** Gives a tile's bytes, at least as wide as asked for. */
export type ReadTile = (level: number, index: number) => Uint8Array;

/** A tile's hashes, and above them those of every perfect subtree within it: the n-th row covers `2^n` of the tile's hashes each. */
function rowsOf(tile: Uint8Array): Buffer[][] {
  let row: Buffer[] = Array.from({ length: Math.floor(tile.length / HASH_BYTES) }, (_, at) =>
    Buffer.from(tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
  );
  const rows = [row];
  while (row.length > 1) {
    const below = row;
    row = [];
    for (let at = 0; at + 1 < below.length; at += 2)
      row.push(nodeHash(below[at] ?? Buffer.alloc(0), below[at + 1] ?? Buffer.alloc(0)));
    rows.push(row);
  }
  return rows;
}

/** Tiles that are remembered with their inner hashes, by what they hold: nearly every proof needs the same few. 16 KiB each. */
const REMEMBERED = 512;
const remembered = new Map<string, Buffer[][]>();

function rowsRemembered(tile: Uint8Array): Buffer[][] {
  const name = hash("sha256", tile, "base64");
  const rows = remembered.get(name) ?? rowsOf(tile);
  // What was asked for last goes to the end: the first is the one that is missed least.
  remembered.delete(name);
  remembered.set(name, rows);
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return rows;
}

/** Gives the inner hashes of a tile that many proofs need: an upper one, or the last of the lowest. None for the others. */
type ReadRows = (tile: Uint8Array, level: number) => Buffer[][] | undefined;

/** Names each tile once, however many of its subtrees are asked for. */
function rowsOnce(): ReadRows {
  const named = new Map<Uint8Array, Buffer[][]>();
  return (tile, level) => {
    if (level === 0 && tile.length === TILE_WIDTH * HASH_BYTES) return undefined;
    const rows = named.get(tile) ?? rowsRemembered(tile);
    named.set(tile, rows);
    return rows;
  };
}

/** The hash of a perfect subtree, from the tile in which it stands. */
function perfectHash(part: Perfect, read: ReadTile, readRows: ReadRows): Buffer {
  const { level, index, start, end } = placeOf(part);
  const tile = read(level, index);
  if (tile.length < end * HASH_BYTES) throw new RangeError("the tile is narrower than the tree says");
  const span = end - start;
  const known = readRows(tile, level)?.[Math.log2(span)]?.[start / span];
  if (known) return known;
  return perfectRoot(
    Array.from({ length: span }, (_, at) => tile.subarray((start + at) * HASH_BYTES, (start + at + 1) * HASH_BYTES)),
  );
}

/** The hash of each range, made from tiles. */
export function hashesOfRanges(ranges: readonly Range[], read: ReadTile): Buffer[] {
  const readRows = rowsOnce();
  return ranges.map((range) =>
    perfects(range)
      .map((part) => perfectHash(part, read, readRows))
      .reduceRight((right, left) => nodeHash(left, right)),
  );
}
