import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BACKENDS, openStoreFor, type TestStore } from "../../test/stores.ts";
import { thorough } from "../../test/thorough.ts";
import { CHUNK_BYTES } from "./chunked.ts";
import { ALGORITHMS, type Digests, openVault, type Part, type Vault } from "./vault.ts";
import { keyUnder } from "./vault-read.ts";
import { Malformed } from "./verify-errors.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const digestsOf = (bytes: Uint8Array): Digests => ({
  md5: createHash("md5").update(bytes).digest("hex"),
  sha1: createHash("sha1").update(bytes).digest("hex"),
  sha256: sha256(bytes),
});
async function gather(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe.each(BACKENDS)("the vault in %s", (backend) => {
  let behind: TestStore;
  let vault: Vault;
  beforeAll(async () => {
    behind = await openStoreFor(backend);
    vault = openVault(behind.settings, { vault: randomBytes(32), address: randomBytes(32) });
  });
  afterAll(async () => {
    await vault.close();
    await behind.close();
  });
  async function keep(bytes: Buffer, dataKey: Buffer, piece = 70_001): Promise<{ part: Part; digests: Digests }> {
    const hashing = await vault.hashing(ALGORITHMS);
    const pieces = Readable.from(
      Array.from({ length: Math.ceil(bytes.length / piece) }, (_, n) => bytes.subarray(n * piece, (n + 1) * piece)),
    );
    const { part } = await vault.write(pieces, {
      object: vault.newObject(),
      dataKey,
      hashings: [hashing],
      bytesMax: bytes.length,
    });
    return { part, digests: await hashing.digest() };
  }

  test("gives back what was written, and its three digests, over the ends of blocks and chunks", async () => {
    for (const size of [0, 1, CHUNK_BYTES, 1_048_575, 1_048_576, 1_048_577, 5_000_000]) {
      const bytes = randomBytes(size);
      const dataKey = vault.newDataKey();
      const { part, digests } = await keep(bytes, dataKey);
      expect(digests).toEqual(digestsOf(bytes));
      expect(part.bytes).toBe(size);
      expect((await gather(vault.read(dataKey, [part]))).equals(bytes)).toBe(true);
    }
  });

  test("any range of any parts reads right", async () => {
    const dataKey = vault.newDataKey();
    const pieces = [randomBytes(40_000), randomBytes(CHUNK_BYTES), randomBytes(0), randomBytes(200_000)];
    const parts: Part[] = [];
    for (const bytes of pieces) parts.push((await keep(bytes, dataKey)).part);
    const all = Buffer.concat(pieces);
    await fc.assert(
      fc.asyncProperty(fc.nat(all.length), fc.nat(all.length), async (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        expect((await gather(vault.read(dataKey, parts, { from, to }))).equals(all.subarray(from, to))).toBe(true);
      }),
      { numRuns: thorough(backend === "s3" ? 12 : 40, 200) },
    );
  });

  test("no plaintext and no digest of it is in the store", async () => {
    const text = Buffer.from("exhibit A, quite unmistakable ".repeat(3_000));
    const { part, digests } = await keep(text, vault.newDataKey());
    const all = await behind.everything();
    expect(all.some(({ name }) => name.includes(part.object))).toBe(true);
    const markers = Object.values(digests).flatMap((digest) => [
      digest,
      Buffer.from(digest, "hex"),
      Buffer.from(digest, "hex").toString("base64"),
    ]);
    for (const { name, bytes } of all) {
      for (const digest of Object.values(digests)) expect(name).not.toContain(digest.slice(0, 16));
      for (const marker of ["unmistakable", ...markers]) expect(bytes.includes(marker), name).toBe(false);
    }
  });

  test("a long reading by a thread gives the same, can be given up, and finds a flipped byte too", async () => {
    const dataKey = vault.newDataKey();
    const bytes = randomBytes(9_000_001);
    const { part } = await keep(bytes, dataKey);
    expect((await gather(vault.read(dataKey, [part]))).equals(bytes)).toBe(true);
    const range = { from: 1_000, to: 8_999_999 };
    expect((await gather(vault.read(dataKey, [part], range))).equals(bytes.subarray(range.from, range.to))).toBe(true);
    for await (const piece of vault.read(dataKey, [part])) {
      expect(piece.length).toBe(1_048_576);
      break;
    }
    const seen: number[] = [];
    const before = { dataKey, parts: [part], onRead: (read: number) => void seen.push(read) };
    const hashing = await vault.hashing(ALGORITHMS, before);
    expect(await hashing.digest()).toEqual(digestsOf(bytes));
    expect([seen.length, seen.at(-1)]).toEqual([9, bytes.length]);
    const stored = Buffer.from(await behind.get(part.object));
    stored[7_000_000] = (stored[7_000_000] ?? 0) ^ 1;
    await behind.put(part.object, stored);
    await expect(gather(vault.read(dataKey, [part]))).rejects.toThrow(Malformed);
    await expect(vault.hashing(["sha256"], { dataKey, parts: [part] })).rejects.toThrow(Malformed);
  });

  test("parts under keys of their own read right under the key of the whole, and under no other", async () => {
    const dataKey = vault.newDataKey();
    const all: Buffer[] = [];
    const parts: Part[] = [];
    for (const size of [40_000, 0, 1_200_000]) {
      const own = vault.newDataKey();
      const bytes = randomBytes(size);
      const { part } = await keep(bytes, own);
      all.push(bytes);
      parts.push({ ...part, key: keyUnder(dataKey, part, own) });
    }
    expect((await gather(vault.read(dataKey, parts))).equals(Buffer.concat(all))).toBe(true);
    await expect(gather(vault.read(vault.newDataKey(), parts))).rejects.toThrow();
  });

  test("a flipped byte, a cut file and another key are found when read", async () => {
    const dataKey = vault.newDataKey();
    const { part } = await keep(randomBytes(100_000), dataKey);
    await expect(gather(vault.read(vault.newDataKey(), [part]))).rejects.toThrow(Malformed);
    const stored = await behind.get(part.object);
    const flipped = Buffer.from(stored);
    flipped[50_000] = (flipped[50_000] ?? 0) ^ 1;
    await behind.put(part.object, flipped);
    await expect(gather(vault.read(dataKey, [part]))).rejects.toThrow(Malformed);
    // What lies before the damage still reads, and is right.
    expect((await gather(vault.read(dataKey, [part], { from: 0, to: 16_384 }))).length).toBe(16_384);
    await behind.put(part.object, stored.subarray(0, -1));
    await expect(gather(vault.read(dataKey, [part]))).rejects.toThrow(Malformed);
  });

  test("a torn write: of a part that was cut off, the durable chunks read and what is behind them is not looked at", async () => {
    const dataKey = vault.newDataKey();
    const bytes = randomBytes(10 * CHUNK_BYTES);
    const { part } = await keep(bytes, dataKey);
    await behind.put(part.object, (await behind.get(part.object)).subarray(0, 56 + 7 * (CHUNK_BYTES + 16) + 333));
    const cut: Part = { ...part, bytes: 7 * CHUNK_BYTES, whole: false };
    expect((await gather(vault.read(dataKey, [cut]))).equals(bytes.subarray(0, 7 * CHUNK_BYTES))).toBe(true);
    const rest = await keep(bytes.subarray(7 * CHUNK_BYTES), dataKey);
    const hashing = await vault.hashing(ALGORITHMS, { dataKey, parts: [cut, rest.part] });
    expect(await hashing.digest()).toEqual(digestsOf(bytes));
  });

  test("what breaks off is kept as far as it came; what is too long is told", async () => {
    async function* breaking() {
      yield randomBytes(30_000);
      throw new Error("the line went dead");
    }
    const dataKey = vault.newDataKey();
    const broken = await vault.write(breaking(), { object: vault.newObject(), dataKey, hashings: [], bytesMax: 1e9 });
    expect(broken).toMatchObject({ broken: true, overflown: false, part: { bytes: 30_000, whole: true } });
    expect((await gather(vault.read(dataKey, [broken.part]))).length).toBe(30_000);
    const long = await vault.write(Readable.from([randomBytes(11)]), {
      object: vault.newObject(),
      dataKey,
      hashings: [],
      bytesMax: 10,
    });
    expect(long.overflown).toBe(true);
  });

  test("read again in stretches, each going on from the mark of the one before, the digest is the same; a mark of elsewhere is refused", async () => {
    const bytes = randomBytes(500_001);
    const dataKey = vault.newDataKey();
    const cut = (await keep(bytes.subarray(0, 200_000), dataKey)).part;
    const parts = [cut, (await keep(bytes.subarray(200_000), dataKey)).part];
    let mark: Buffer | undefined;
    let digest = "";
    for (const [from, to] of [
      [0, 150_000],
      [150_000, 350_001],
      [350_001, 500_001],
    ] as const) {
      if (mark) await expect(vault.verify(dataKey, parts, { from: from + 1, to, mark })).rejects.toThrow();
      ({ mark, digest } = await vault.verify(dataKey, parts, { from, to, ...(mark ? { mark } : {}) }));
    }
    expect(digest).toBe(sha256(bytes));
    const stored = await behind.get(cut.object);
    stored[100_000] = (stored[100_000] ?? 0) ^ 128;
    await behind.put(cut.object, stored);
    await expect(vault.verify(dataKey, parts, { from: 0, to: 150_000 })).rejects.toThrow(Malformed);
  });

  test("a wrapped data key opens for its holder only", async () => {
    const dataKey = vault.newDataKey();
    const wrapped = await vault.wrap(dataKey, "item:1");
    expect((await vault.unwrap(wrapped, "item:1")).equals(dataKey)).toBe(true);
    await expect(vault.unwrap(wrapped, "item:2")).rejects.toThrow();
  });
});
