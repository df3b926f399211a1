import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import canonicalize from "canonicalize";
import { describe, expect, test } from "vitest";
import { cosign, noteSigner, signCheckpoint } from "./checkpoint.ts";
import { consistencyRanges, hashesOfRanges, inclusionRanges, tilesFor } from "./proof.ts";
import {
  bundleOf,
  Edge,
  entriesOf,
  hashesOf,
  narrowed,
  readTilePath,
  type TileName,
  tilePath,
  tileWidth,
} from "./tiles.ts";
import { checkpointSignatures, isProven, readCheckpoint, readTlogProof, tlogProofText } from "./verify-checkpoint.ts";
import { Malformed } from "./verify-errors.ts";
import { canonical } from "./verify-jcs.ts";
import { NOTE_TYPE, noteOf, readNote, readVkey, signaturesBy, vkeyOf } from "./verify-note.ts";
import { isConsistent, isIncluded, leafHash, rootOf } from "./verify-tlog.ts";

/** What `read` throws is `Malformed` or nothing. */
function throwsMalformedOnly(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(Malformed);
  }
}
const HASH = `${Buffer.alloc(32, 7).toString("base64")}`;
/** Texts near to what is right, so that more than the first line of a parser is tried. */
const nearly = (...parts: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...parts, "\n", "\n\n", " ", "— ", "0", "18446744073709551616", HASH, "", "\0"),
        fc.string({ unit: "binary" }),
      ),
      { maxLength: 14 },
    )
    .map((all) => all.join(""));

describe("RFC 8785", () => {
  test("the example of §3.2.3: members are sorted by UTF-16 code units", () => {
    const sorted = canonical({ "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 });
    expect(sorted).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  test.each([
    [0, "0"],
    [-0, "0"],
    [5e-324, "5e-324"],
    [-1.7976931348623157e308, "-1.7976931348623157e+308"],
    [9007199254740992, "9007199254740992"],
    [295147905179352830000, "295147905179352830000"],
    [1e23, "1e+23"],
    [0.000001, "0.000001"],
    [333333333.3333332, "333333333.3333332"],
  ])("Appendix B: %d", (value, expected) => expect(canonical(value)).toBe(expected));

  test.each([
    ["NaN", Number.NaN],
    ["an infinity", [Number.POSITIVE_INFINITY]],
    ["a lone surrogate", { text: "\ud800" }],
    ["a lone surrogate in a name", { "\udead": 1 }],
    ["a bigint", 1n],
    ["undefined", undefined],
    ["a hole", [undefined]],
    ["a function", { f: () => 1 }],
    ["an object of a class", { at: new Map() }],
  ])("refuses %s", (_, value) => expect(() => canonical(value)).toThrow(Malformed));

  test("refuses what never ends, without running out of stack", () => {
    const round: unknown[] = [];
    round.push(round);
    expect(() => canonical(round)).toThrow(Malformed);
  });

  test("what is written says the same when read, once more gives the same text, and agrees with another implementation", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        fc.pre(JSON.stringify(value).isWellFormed());
        const text = canonical(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(JSON.parse(text))).toBe(text);
        expect(text).toBe(canonicalize(value));
      }),
    );
  });

  test("any value at all gives a text or Malformed", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withSparseArray: true, withMap: true, withDate: true }), (value) =>
        throwsMalformedOnly(() => canonical(value)),
      ),
    );
  });
});

describe("foreign bytes", () => {
  const vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
  test.each([
    ["a note", (bytes: string | Uint8Array) => readNote(bytes), nearly("example.com/foo", `${HASH}\n\n— a ${HASH}\n`)],
    [
      "a checkpoint",
      (bytes: string | Uint8Array) => readCheckpoint(bytes),
      nearly("log\n", `log\n5\n${HASH}\n\n— log ${HASH}\n`),
    ],
    [
      "a proof",
      (bytes: string | Uint8Array) => readTlogProof(bytes),
      nearly("c2sp.org/tlog-proof@v1\n", "extra ", "index ", `log\n5\n${HASH}\n\n— log ${HASH}\n`),
    ],
    [
      "a verifier key",
      (bytes: string | Uint8Array) => readVkey(Buffer.from(bytes).toString()),
      nearly("name+", "530d903a+", vkey),
    ],
  ] as const)("%s: Malformed or read", (_, read, near) => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), near), (bytes) => throwsMalformedOnly(() => read(bytes))),
      { numRuns: 1_000 },
    );
  });

  test("bundles and tiles: Malformed or read, and what is read is written the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        throwsMalformedOnly(() => expect(bundleOf(entriesOf(bytes))).toEqual(Buffer.from(bytes)));
        throwsMalformedOnly(() => expect(Buffer.concat(hashesOf(bytes))).toEqual(Buffer.from(bytes)));
      }),
    );
  });

  test("a tile has one path", () => {
    const names = fc.record({
      level: fc.integer({ min: -1, max: 63 }),
      index: fc.nat(2 ** 31),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(names, (name) => {
        expect(readTilePath(tilePath(name))).toEqual(name);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (path) => {
        const name = readTilePath(path);
        if (name) expect(tilePath(name)).toBe(path);
      }),
    );
  });

  test.each([
    "tile/0/1",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/001",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/x001/x234/067/",
    "tile/-1/000",
    "tile/0/../0/000",
    "tile/entries/000.p/",
    "tile/0/x999/x999/x999/x999/x999/999",
  ])("%s is no tile", (path) => expect(readTilePath(path)).toBeNull());

  test("a note: what is signed is what is read", () => {
    for (const [text, wrong] of [
      ["no signature\n\n", true],
      ["no line end\n\n— a AAAAAAA=", true],
      ["plus\n\n— a+b AAAAAAA=\n", true],
      ["tab\tin it\n\n— a AAAAAAA=\n", true],
      ["two spellings of base64\n\n— a AAAAAAB=\n", true],
      ["hyphen\n\n- a AAAAAAA=\n", true],
      ["fine\n\n— a AAAAAAA=\n", false],
    ] as const)
      if (wrong) expect(() => readNote(text)).toThrow(Malformed);
      else expect(noteOf(readNote(text))).toBe(text);
    const signature = "— a AAAAAAA=\n";
    expect(readNote(`blank\n\nlines\n\n${signature}`).text).toBe("blank\n\nlines\n");
    expect(readNote(`sixteen\n\n${signature.repeat(16)}`).signatures).toHaveLength(16);
  });
});

describe("cosignatures", () => {
  const log = noteSigner("log.example", NOTE_TYPE.ed25519, generateKeyPairSync("ed25519").privateKey);
  const checkpoint = { origin: "log.example", size: 5n, root: Buffer.alloc(32, 3) };
  test.each([
    ["0x04 Ed25519", NOTE_TYPE.cosignature, generateKeyPairSync("ed25519").privateKey, 72],
    ["0x06 ML-DSA-44", NOTE_TYPE.mlDsa44, generateKeyPairSync("ml-dsa-44").privateKey, 2_428],
  ] as const)("%s: with their time, and of this tree only", (_, type, secret, sizeBytes) => {
    const witness = noteSigner("witness.example", type, secret);
    const key = readVkey(vkeyOf(witness));
    const line = cosign(checkpoint, witness, 1_679_315_147n);
    expect(line.signature).toHaveLength(sizeBytes);
    const { note } = readCheckpoint(signCheckpoint(checkpoint, log));
    const cosigned = readCheckpoint(noteOf({ ...note, signatures: [...note.signatures, line] }));
    expect(checkpointSignatures(cosigned, [log, key])?.map(({ time }) => time)).toEqual([null, 1_679_315_147n]);
    const moved = Buffer.from(line.signature);
    moved.writeUInt8(moved.readUInt8(7) ^ 1, 7);
    expect(signaturesBy({ ...note, signatures: [{ ...line, signature: moved }] }, [key], checkpoint)).toBeNull();
    const other = readCheckpoint(signCheckpoint({ ...checkpoint, size: 6n }, log));
    expect(signaturesBy({ ...other.note, signatures: [line] }, [key], other)).toBeNull();
    expect(
      signaturesBy({ ...note, signatures: [{ ...line, signature: line.signature.subarray(1) }] }, [key], checkpoint),
    ).toBeNull();
  });

  test("lines by others are passed over", () => {
    const { note } = readCheckpoint(signCheckpoint(checkpoint, log));
    const stranger = noteSigner("log.example", NOTE_TYPE.ed25519, generateKeyPairSync("ed25519").privateKey);
    expect(signaturesBy(note, [stranger])).toEqual([]);
  });
});

/** A tree of `size` entries with all its tiles. */
function tree(size: number) {
  const leaves = Array.from({ length: size }, (_, at) => leafHash(Buffer.from(`entry ${at}`)));
  const edge = new Edge();
  const tiles = new Map<string, Buffer>();
  for (const leaf of leaves) edge.push(leaf);
  for (const { level, index, bytes } of edge.grown()) tiles.set(`${level}/${index}`, bytes);
  return { leaves, edge, tiles };
}

describe("proofs from tiles", () => {
  const SIZE = 67_000;
  const { leaves, edge: whole, tiles } = tree(SIZE);
  /** Reads only what was said to be needed, as wide as it was in the tree of that size. */
  const reader = (names: readonly TileName[]) => (level: number, index: number) => {
    const name = names.find((each) => each.level === level && each.index === index);
    const bytes = tiles.get(`${level}/${index}`);
    if (!name || !bytes) throw new Error(`level ${level} tile ${index} was not asked for, or does not exist`);
    return narrowed(level, bytes, name.width);
  };
  const rootAt = (size: number): Buffer => {
    const ranges = [{ start: 0, end: size }];
    return hashesOfRanges(ranges, reader(tilesFor(ranges, size)))[0] ?? Buffer.alloc(0);
  };
  const sizes = fc.oneof(
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 65_300, max: SIZE }),
    fc.integer({ min: 1, max: SIZE }),
  );

  test("the edge gives the root that the definition gives", () => {
    for (const size of [1, 2, 3, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, SIZE])
      expect(rootAt(size)).toEqual(rootOf(leaves.slice(0, size)));
    expect(whole.root()).toEqual(rootOf(leaves));
  });

  test("every entry is proven in every tree that has it, and nothing else is", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, any) => {
        const index = any % size;
        const ranges = inclusionRanges(index, size);
        const proof = hashesOfRanges(ranges, reader(tilesFor(ranges, size)));
        const leaf = leaves[index] ?? Buffer.alloc(0);
        const claim = { index: BigInt(index), size: BigInt(size), leaf, proof, root: rootAt(size) };
        expect(isIncluded(claim)).toBe(true);
        expect(isIncluded({ ...claim, leaf: leafHash(Buffer.from("another")) })).toBe(false);
        expect(isIncluded({ ...claim, index: BigInt(index) + 1n })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...proof, leaf] })).toBe(false);
        expect(isIncluded({ ...claim, root: rootAt(size > 1 ? size - 1 : 2) })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("every tree is proven to begin every later one", () => {
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const [size1, size2] = a < b ? [a, b] : [b, a];
        const ranges = consistencyRanges(size1, size2);
        const proof = hashesOfRanges(ranges, reader(tilesFor(ranges, size2)));
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1: rootAt(size1), root2: rootAt(size2), proof };
        expect(isConsistent(claim)).toBe(true);
        if (size1 < size2) expect(isConsistent({ ...claim, root1: rootAt(size1 + 1) })).toBe(false);
        expect(isConsistent({ ...claim, size1: 0n, proof: [] })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("an edge that goes on from tiles is the edge that never stopped", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 66_000 }), fc.integer({ min: 1, max: 900 }), (size, more) => {
        const partial: { level: number; bytes: Buffer }[] = [];
        for (let level = 0; 256 ** level <= size; level++) {
          const index = Math.floor(size / 256 ** (level + 1));
          const width = tileWidth({ level, index }, size);
          const bytes = tiles.get(`${level}/${index}`);
          if (width > 0 && bytes) partial.push({ level, bytes: narrowed(level, bytes, width) });
        }
        const edge = new Edge(size, partial);
        for (const leaf of leaves.slice(size, size + more)) edge.push(leaf);
        expect(edge.root()).toEqual(rootAt(Math.min(size + more, SIZE)));
      }),
      { numRuns: 60 },
    );
    expect(() => new Edge(300, [])).toThrow(Malformed);
  });

  test("a proof as text is read back and proves", () => {
    const log = noteSigner("log.example", NOTE_TYPE.ed25519, generateKeyPairSync("ed25519").privateKey);
    const ranges = inclusionRanges(517, 900);
    const hashes = hashesOfRanges(ranges, reader(tilesFor(ranges, 900)));
    const checkpoint = signCheckpoint({ origin: "log.example", size: 900n, root: rootAt(900) }, log);
    for (const extra of [undefined, Buffer.from("a few bytes")]) {
      const proof = { index: 517n, hashes, checkpoint, ...(extra ? { extra } : {}) };
      const text = tlogProofText(proof);
      expect(readTlogProof(text)).toEqual(proof);
      expect(isProven(readTlogProof(text), leaves[517] ?? Buffer.alloc(0))).toBe(true);
      expect(isProven(readTlogProof(text), leaves[518] ?? Buffer.alloc(0))).toBe(false);
    }
  });
});
