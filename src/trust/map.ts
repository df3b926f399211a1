import { perfectRoot, TILE_WIDTH } from "./tiles.ts";
import { bitOf, EMPTY_BRANCH, MAP_FLOOR, mapLeaf, type OtherLeaf } from "./verify-map.ts";
import { HASH_BYTES, nodeHash } from "./verify-tlog.ts";

/** Hashes in the upper tiles below the root's own: the buckets that share their first eight bits. */
const EMPTY_TILE: Buffer = Buffer.concat(Array.from({ length: TILE_WIDTH }, () => EMPTY_BRANCH));

/** Hash of the subtree over these leaves, which share their first `depth` bits, in any order. */
function branch(leaves: readonly OtherLeaf[], depth: number): Buffer {
  const [only] = leaves;
  if (only === undefined) return EMPTY_BRANCH;
  if (leaves.length === 1) return mapLeaf(only.key, only.value);
  const [left, right] = halves(leaves, depth);
  return nodeHash(branch(left, depth + 1), branch(right, depth + 1));
}

const halves = (leaves: readonly OtherLeaf[], depth: number): [OtherLeaf[], OtherLeaf[]] => [
  leaves.filter(({ key }) => bitOf(key, depth) === 0),
  leaves.filter(({ key }) => bitOf(key, depth) === 1),
];

/** Hash of a bucket: of all leaves that share their first sixteen bits. */
export const bucketHash = (leaves: readonly OtherLeaf[]): Buffer => branch(leaves, MAP_FLOOR);

/** Root of a tile of the map's upper levels. */
export const tileRoot = (bytes: Uint8Array): Buffer =>
  perfectRoot(Array.from({ length: TILE_WIDTH }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)));

const EMPTY_TOP: Buffer = Buffer.concat(Array.from<Buffer>({ length: TILE_WIDTH }).fill(tileRoot(EMPTY_TILE)));

/** A tile without any leaf below it: at the bottom, and above 256 of those. */
export const emptyTile = (isTop: boolean): Buffer => Buffer.from(isTop ? EMPTY_TOP : EMPTY_TILE);

/** Siblings of the `at`-th hash of a tile, from beside it up to the tile's root. */
function siblingsIn(bytes: Uint8Array, at: number): Buffer[] {
  const row = Array.from({ length: TILE_WIDTH }, (_, n) => bytes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES));
  const siblings: Buffer[] = [];
  for (let span = 1; span < TILE_WIDTH; span *= 2) {
    const start = (Math.floor(at / span) ^ 1) * span;
    siblings.push(perfectRoot(row.slice(start, start + span)));
  }
  return siblings;
}

/** What the map says of a key: the hashes up to the root, and the other's leaf where its path ends at one. */
export interface MapProof {
  readonly hashes: readonly Buffer[];
  readonly isThere: boolean;
  readonly other: OtherLeaf | null;
}

/** Proves a key's place, out of its bucket's leaves, the tile of that bucket, and the tile of those tiles' roots. */
export function mapProof(
  key: Buffer,
  { leaves, tile, top }: { readonly leaves: readonly OtherLeaf[]; readonly tile: Uint8Array; readonly top: Uint8Array },
): MapProof {
  const below: Buffer[] = [];
  let on = leaves;
  for (let depth = MAP_FLOOR; on.length > 1; depth += 1) {
    const [left, right] = halves(on, depth);
    const bit = bitOf(key, depth);
    below.unshift(branch(bit === 0 ? right : left, depth + 1));
    on = bit === 0 ? left : right;
  }
  const [last] = on;
  const isThere = last !== undefined && key.equals(last.key);
  const hashes = [...below, ...siblingsIn(tile, key[1] ?? 0), ...siblingsIn(top, key[0] ?? 0)];
  return { hashes, isThere, other: isThere || last === undefined ? null : last };
}
