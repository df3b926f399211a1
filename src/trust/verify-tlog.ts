import { hash } from "node:crypto";

/** Length of every hash of the tree, in bytes. */
export const HASH_BYTES = 32;
/** Prefix and hashes are put here before hashing: a tree of millions would otherwise be as many small buffers. */
const leafInput = Buffer.alloc(1 + HASH_BYTES, 0x00);
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

const sha256 = (bytes: Uint8Array): Buffer => hash("sha256", bytes, "buffer");

/** Root of the tree without entries. @source RFC 9162 §2.1.1 */
export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0));

/** Hash of a leaf: `SHA-256(0x00 ‖ entry)`. @source RFC 9162 §2.1.1 */
export function leafHash(entry: Uint8Array): Buffer {
  if (entry.length !== HASH_BYTES) return sha256(Buffer.concat([Buffer.of(0x00), entry]));
  leafInput.set(entry, 1);
  return sha256(leafInput);
}

/** Hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`. @source RFC 9162 §2.1.1 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    return sha256(Buffer.concat([Buffer.of(0x01), left, right]));
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** Largest power of two below `size`, which must be above 1: where a tree of that size is cut in two. @source RFC 9162 §2.1.1 */
export function cut(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** Root of a tree over these leaf hashes. @source RFC 9162 §2.1.1 */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return Buffer.from(only);
  const half = cut(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

const areHashes = (...hashes: readonly Uint8Array[]): boolean => hashes.every(({ length }) => length === HASH_BYTES);
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** That an entry stands at `index` of a tree of `size` entries. */
export interface Inclusion {
  readonly index: bigint;
  readonly size: bigint;
  readonly leaf: Uint8Array;
  /** Hashes from the leaf's sibling up to the root's child. */
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the proof leads from the leaf to the root. False too for an index outside of the tree, or a hash that is not 32 bytes. @source RFC 9162 §2.1.3.2 */
export function isIncluded({ index, size, leaf, proof, root }: Inclusion): boolean {
  if (index < 0n || index >= size || !areHashes(leaf, root, ...proof)) return false;
  let [fn, sn] = [index, size - 1n];
  let reached = leaf;
  for (const sibling of proof) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      reached = nodeHash(sibling, reached);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else reached = nodeHash(reached, sibling);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && isSame(reached, root);
}

/** That an entry stands at `index`, within the subtree of the entries from `start` to before `end`. */
export interface SubtreeInclusion extends Omit<Inclusion, "size"> {
  readonly start: bigint;
  readonly end: bigint;
}

/** Whether `[start, end)` is a subtree: not empty, and beginning where a perfect tree at least as large begins. @source draft-ietf-plants-merkle-tree-certs §4.1 */
function isSubtree(start: bigint, end: bigint): boolean {
  if (start < 0n || start >= end) return false;
  let span = 1n;
  while (span < end - start) span <<= 1n;
  return start % span === 0n;
}

/** Whether the proof leads from the leaf to the subtree's root. @source draft-ietf-plants-merkle-tree-certs §4.3 */
export const isIncludedInSubtree = ({ index, start, end, ...more }: SubtreeInclusion): boolean =>
  isSubtree(start, end) && isIncluded({ ...more, index: index - start, size: end - start });

/** That the tree of `size1` entries is the beginning of the tree of `size2` entries. */
export interface Consistency {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the later tree only adds to the earlier one. False for `size1` = 0: every tree begins with the
 * empty one, so such a proof says nothing, and who accepts it can be led to believe it said something.
 *
 * @source RFC 9162 §2.1.4.2
 */
export const isConsistent = ({ size1, size2, root1, root2, proof }: Consistency): boolean =>
  size1 > 0n && isSubtreeConsistent({ start: 0n, end: size1, size: size2, hash: root1, root: root2, proof });

/** That the entries from `start` to before `end` of a tree of `size` entries have the hash `hash`. */
export interface SubtreeConsistency {
  readonly start: bigint;
  readonly end: bigint;
  readonly size: bigint;
  readonly hash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the proof leads from the subtree to both its own hash and the root. @source draft-ietf-plants-merkle-tree-certs §4.4 */
export function isSubtreeConsistent({ start, end, size, hash: own, root, proof }: SubtreeConsistency): boolean {
  if (!areHashes(own, root, ...proof) || end > size) return false;
  if (!isSubtree(start, end)) return false;
  let [fn, sn, tn] = [start, end - 1n, size - 1n];
  const up = () => {
    [fn, sn, tn] = [fn >> 1n, sn >> 1n, tn >> 1n];
  };
  if (sn === tn) while (fn !== sn) up();
  else while (fn !== sn && (sn & 1n) === 1n) up();
  const rest = [...proof];
  const first = fn === sn ? own : rest.shift();
  if (first === undefined) return false;
  let [ofSubtree, ofTree] = [first, first];
  for (const sibling of rest) {
    if (tn === 0n) return false;
    if ((sn & 1n) === 1n || sn === tn) {
      if (fn < sn) ofSubtree = nodeHash(sibling, ofSubtree);
      ofTree = nodeHash(sibling, ofTree);
      while ((sn & 1n) === 0n && sn !== 0n) up();
    } else ofTree = nodeHash(ofTree, sibling);
    up();
  }
  return tn === 0n && isSame(ofSubtree, own) && isSame(ofTree, root);
}
