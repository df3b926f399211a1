import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketHash, emptyTile, mapProof, tileRoot } from "./map.ts";
import {
  bitOf,
  EMPTY_BRANCH,
  isMapped,
  isUnmapped,
  MAP_FLOOR,
  mapKey,
  mapLeaf,
  mapValue,
  type MapValue,
  type OtherLeaf,
} from "./verify-map.ts";
import { nodeHash } from "./verify-tlog.ts";

/** The definition, without tiles or buckets. */
function naive(leaves: readonly OtherLeaf[], depth: number): Buffer {
  if (depth >= MAP_FLOOR) {
    const [only] = leaves;
    if (only === undefined) return EMPTY_BRANCH;
    if (leaves.length === 1) return mapLeaf(only.key, only.value);
  } else if (leaves.length === 0) return (none[depth] ??= nodeHash(naive([], depth + 1), naive([], depth + 1)));
  const side = (bit: 0 | 1) =>
    naive(
      leaves.filter(({ key }) => bitOf(key, depth) === bit),
      depth + 1,
    );
  return nodeHash(side(0), side(1));
}
const none: Buffer[] = [];

/** The same map in buckets and tiles, and a proof out of it. */
function built(leaves: readonly OtherLeaf[]) {
  const tiles = new Map<number, Buffer>();
  const top = emptyTile(true);
  for (const [bucket, own] of Map.groupBy(leaves, ({ key }) => Buffer.from(key).readUInt16BE(0))) {
    const tile = tiles.get(bucket >> 8) ?? emptyTile(false);
    bucketHash(own).copy(tile, (bucket & 255) * 32);
    tiles.set(bucket >> 8, tile);
  }
  for (const [index, tile] of tiles) tileRoot(tile).copy(top, index * 32);
  const proof = (key: Buffer) =>
    mapProof(key, {
      leaves: leaves.filter(({ key: each }) => Buffer.from(each).readUInt16BE(0) === key.readUInt16BE(0)),
      tile: tiles.get(key[0] ?? 0) ?? emptyTile(false),
      top,
    });
  return { root: tileRoot(top), proof };
}
const item = (n: number, seq = 1): MapValue => ({
  subject: { kind: "item", id: `item ${n}` },
  seq,
  digest: createHash("sha256").update(`${n} ${seq}`).digest("hex"),
});
const leafOf = (value: MapValue): OtherLeaf => ({ key: mapKey(value.subject), value: mapValue(value) });

test("buckets and tiles give the root of the definition; every item is proved, none is proved otherwise, and who is away is proved away", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(10_000), { maxLength: 60 }), fc.nat(10_000), (numbers, stranger) => {
      const values = numbers.map((n) => item(n));
      const { root, proof } = built(values.map(leafOf));
      expect(root).toEqual(naive(values.map(leafOf), 0));
      for (const value of values) {
        const { hashes, isThere, other } = proof(mapKey(value.subject));
        expect([isThere, other]).toEqual([true, null]);
        expect(isMapped(value, hashes, root)).toBe(true);
        expect(isMapped({ ...value, seq: 2 }, hashes, root)).toBe(false);
        expect(isMapped(value, hashes.slice(1), root)).toBe(false);
        expect(isUnmapped(value.subject, { other: null, hashes, root })).toBe(false);
        expect(isUnmapped(value.subject, { other: leafOf(value), hashes, root })).toBe(false);
      }
      fc.pre(!numbers.includes(stranger));
      const { subject } = item(stranger);
      const { hashes, isThere, other } = proof(mapKey(subject));
      expect(isThere).toBe(false);
      expect(isUnmapped(subject, { other, hashes, root })).toBe(true);
      expect(isMapped(item(stranger), hashes, root)).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test("leaves that share all but their last bits go down to where they part", () => {
  const key = (last: number) => Buffer.concat([Buffer.alloc(31, 7), Buffer.of(last)]);
  const leaves = [0, 1, 2, 3].map((n) => ({ key: key(n), value: Buffer.alloc(32, n) }));
  const { root, proof } = built(leaves);
  expect(root).toEqual(naive(leaves, 0));
  expect(proof(key(2)).hashes).toHaveLength(256);
  expect(proof(key(4))).toMatchObject({ isThere: false, other: null });
  expect(built(leaves.slice(0, 1)).proof(key(200))).toMatchObject({ isThere: false, other: leaves[0] });
});
