import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { thorough } from "../../test/thorough.ts";
import { buildSet } from "./build.ts";
import type { Hash } from "./lists.ts";
import { PdqIndex } from "./pdq-index.ts";
import { pathOf, SetFiles } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-sets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const key = randomBytes(32);
const hashOf = (kind: "md5" | "sha1" | "sha256", n: number): Buffer => createHash(kind).update(`file ${n}`).digest();
async function* each(hashes: readonly Hash[]): AsyncGenerator<Hash> {
  yield* hashes;
}

test("every hash of a list is found, and no other; a hash that comes twice counts once", async () => {
  const count = thorough(4_000, 2_000_000);
  async function* many(): AsyncGenerator<Hash> {
    for (let n = 0; n < count; n += 1) yield { kind: "sha1", bytes: hashOf("sha1", n) };
    for (let n = 0; n < 50; n += 1) yield { kind: "sha1", bytes: hashOf("sha1", n) };
    yield { kind: "md5", bytes: hashOf("md5", 1) };
  }
  const place = { folder, version: "a", key };
  expect(await buildSet(many(), place)).toEqual({ sha1: count, md5: 1 });
  const files = await SetFiles.open(place);
  for (let n = 0; n < count; n += Math.ceil(count / 2_000))
    expect(await files.has("sha1", hashOf("sha1", n).toString("hex"))).toBe(true);
  for (let n = 0; n < 2_000; n += 1)
    expect(await files.has("sha1", hashOf("sha1", count + n).toString("hex"))).toBe(false);
  expect([
    await files.has("md5", hashOf("md5", 1).toString("hex")),
    await files.has("md5", hashOf("md5", 2).toString("hex")),
    await files.has("sha256", hashOf("sha256", 1).toString("hex")),
  ]).toEqual([true, false, false]);
  await files.close();
  // Scratch is gone, and without the key the files tell nothing: no hash stands in them, and under another key none is found.
  expect(readdirSync(folder).sort()).toEqual(["a.md5", "a.sha1"]);
  expect(readFileSync(pathOf(place, "sha1")).includes(hashOf("sha1", 7).subarray(0, 8))).toBe(false);
  const other = await SetFiles.open({ ...place, key: randomBytes(32) });
  expect(await other.has("sha1", hashOf("sha1", 7).toString("hex"))).toBe(false);
  await other.close();
});

test("a file that is not all there is refused", async () => {
  const place = { folder, version: "b", key };
  await buildSet(each([{ kind: "md5", bytes: hashOf("md5", 1) }]), place);
  truncateSync(pathOf(place, "md5"), 100);
  await expect(SetFiles.open(place)).rejects.toThrow("not all of one");
});

test("the nearest perceptual hash is found as if all were compared, at any distance", () => {
  const hashes = Array.from({ length: thorough(300, 20_000) }, () => randomBytes(32));
  const index = new PdqIndex(Buffer.concat(hashes));
  const bits = (a: Buffer, b: Buffer): number =>
    [...a].reduce((sum, byte, at) => sum + (byte ^ (b[at] ?? 0)).toString(2).replaceAll("0", "").length, 0);
  for (let n = 0; n < 40; n += 1) {
    const asked = Buffer.from(hashes[n] ?? Buffer.alloc(32));
    const flips = new Set(Array.from({ length: n }, () => Math.floor(Math.random() * 256)));
    for (const bit of flips) asked[bit >> 3] = (asked[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const nearest = Math.min(...hashes.map((hash) => bits(hash, asked)));
    for (const distance of [0, 15, 31, 64])
      expect(index.nearest(asked, distance), `${flips.size} bits, ${distance}`).toBe(
        nearest <= distance ? nearest : undefined,
      );
  }
});

test("perceptual hashes lie sealed on disk", async () => {
  const place = { folder, version: "c", key };
  const bytes = randomBytes(32);
  expect(
    await buildSet(
      each([
        { kind: "pdq", bytes },
        { kind: "pdq", bytes },
      ]),
      place,
    ),
  ).toEqual({ pdq: 1 });
  expect(readFileSync(pathOf(place, "pdq")).includes(bytes.subarray(0, 8))).toBe(false);
  const files = await SetFiles.open(place);
  expect([files.near(bytes.toString("hex"), 31), files.near(randomBytes(32).toString("hex"), 31)]).toEqual([
    0,
    undefined,
  ]);
});
