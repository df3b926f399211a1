import { createHash } from "node:crypto";
import { canonical } from "./verify-jcs.ts";
import { HASH_BYTES, leafHash, nodeHash } from "./verify-tlog.ts";

/** What the map says of one subject: its last event. */
export interface MapValue {
  readonly subject: { readonly kind: string; readonly id: string };
  readonly seq: number;
  /** Digest of that event, hex. */
  readonly digest: string;
}

/** The upper levels are always there; below them a subtree of one leaf is that leaf, and one of none is `EMPTY_BRANCH`. */
export const MAP_FLOOR = 16;
/** What stands where no leaf is. */
export const EMPTY_BRANCH: Buffer = Buffer.alloc(HASH_BYTES);
const DEPTH_MAX = HASH_BYTES * 8;

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Where a subject's leaf lies: its bits, the first one first, lead from the root, 0 to the left. One subject has one place. */
export const mapKey = ({ kind, id }: MapValue["subject"]): Buffer => sha256(canonical({ id, kind }));
/** What a leaf says, without saying it: the digest is salted. */
export const mapValue = ({ subject: { kind, id }, seq, digest }: MapValue): Buffer =>
  sha256(canonical({ v: "comity.head/2", subject: { kind, id }, seq, digest }));
/** Hash of a leaf. */
export const mapLeaf = (key: Uint8Array, value: Uint8Array): Buffer => leafHash(Buffer.concat([key, value]));

/** The `at`-th bit of a key, from the first. */
export const bitOf = (key: Uint8Array, at: number): 0 | 1 => (((key[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) as 0 | 1;

/** Whether the hashes, from the branch's sibling up, lead from a branch on the key's path to the root. */
function leadsTo(root: Uint8Array, branch: Uint8Array, key: Uint8Array, hashes: readonly Uint8Array[]): boolean {
  if (hashes.length < MAP_FLOOR || hashes.length > DEPTH_MAX || key.length !== HASH_BYTES) return false;
  if ([branch, root, ...hashes].some(({ length }) => length !== HASH_BYTES)) return false;
  let reached: Buffer = Buffer.from(branch);
  for (const [up, sibling] of hashes.entries())
    reached = bitOf(key, hashes.length - 1 - up) === 0 ? nodeHash(reached, sibling) : nodeHash(sibling, reached);
  return reached.equals(root);
}

/** Whether the map of that root says this of its subject, and so nothing else. */
export const isMapped = (value: MapValue, hashes: readonly Uint8Array[], root: Uint8Array): boolean => {
  const key = mapKey(value.subject);
  return leadsTo(root, mapLeaf(key, mapValue(value)), key, hashes);
};

/** The leaf that stands where another subject's would. */
export interface OtherLeaf {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Whether the map of that root says nothing of the subject: its path ends at nothing, or at another's leaf. */
export function isUnmapped(
  subject: MapValue["subject"],
  {
    other,
    hashes,
    root,
  }: { readonly other: OtherLeaf | null; readonly hashes: readonly Uint8Array[]; readonly root: Uint8Array },
): boolean {
  const key = mapKey(subject);
  if (other === null) return leadsTo(root, EMPTY_BRANCH, key, hashes);
  if (other.key.length !== HASH_BYTES || other.value.length !== HASH_BYTES || key.equals(other.key)) return false;
  for (let at = 0; at < hashes.length; at++) if (bitOf(key, at) !== bitOf(other.key, at)) return false;
  return leadsTo(root, mapLeaf(other.key, other.value), key, hashes);
}
