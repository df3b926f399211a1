import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  AgeBroken,
  ageFrom,
  ageHead,
  ageKey,
  ageOpened,
  agePlainFrom,
  agePlainStart,
  ageSize,
  ageSplit,
  ageStart,
} from "./age-stream.ts";

const bytesOf = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
};
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
/** Around every edge of a chunk of 64 KiB. */
const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_003];

test.each(SIZES)("%i bytes: what is made here age opens, and what age makes is opened here", async (size) => {
  const plain = randomBytes(size);
  const head = await ageHead([recipient]);
  const made = await bytesOf(ageFrom(head, Readable.from([plain])));
  expect(made.length).toBe(ageSize(head, size));
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  expect(Buffer.from(await decrypter.decrypt(made)).equals(plain)).toBe(true);
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const theirs = await encrypter.encrypt(plain);
  expect((await bytesOf(await ageOpened(Readable.from([theirs]), [identity]))).equals(plain)).toBe(true);
});

test("any part of the file is made again, the same to the byte, from the plaintext of its chunks alone", async () => {
  const plain = randomBytes(200_003);
  const head = await ageHead([recipient]);
  const whole = await bytesOf(ageFrom(head, Readable.from([plain])));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (start) => {
      const from = Math.min(agePlainStart(head, start), plain.length);
      const rest = await bytesOf(ageFrom(head, Readable.from([plain.subarray(from)]), start));
      expect(rest.equals(whole.subarray(start))).toBe(true);
    }),
    {
      numRuns: 60,
      examples: [[0], [head.head.length - 1], [head.head.length], [head.head.length + 65_552], [whole.length - 1]],
    },
  );
});

test("any part of the plaintext is opened from the beginning of the file and what follows from its chunk on", async () => {
  const plain = randomBytes(200_003);
  const whole = await bytesOf(ageFrom(await ageHead([recipient]), Readable.from([plain])));
  const { head } = await ageSplit(Readable.from([whole]));
  const key = await ageKey(head, [identity]);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: plain.length }), async (from) => {
      const rest = Readable.from([whole.subarray(ageStart(key, from))]);
      expect((await bytesOf(agePlainFrom(key, rest, from))).equals(plain.subarray(from))).toBe(true);
    }),
    { numRuns: 60, examples: [[0], [1], [65_535], [65_536], [131_072], [plain.length - 1]] },
  );
});

test("a byte changed anywhere, a cut, and another's key are found", async () => {
  const plain = randomBytes(140_000);
  const head = await ageHead([recipient]);
  const whole = await bytesOf(ageFrom(head, Readable.from([plain])));
  const opened = async (bytes: Buffer) => bytesOf(await ageOpened(Readable.from([bytes]), [identity]));
  for (const at of [head.head.length + 5, whole.length - 1, head.head.length + 65_560]) {
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await expect(opened(changed)).rejects.toThrow(AgeBroken);
  }
  for (const cut of [whole.length - 1, head.head.length + 65_552, head.head.length])
    await expect(opened(whole.subarray(0, cut))).rejects.toThrow(AgeBroken);
  await expect(opened(Buffer.from("nothing"))).rejects.toThrow();
  await expect(ageOpened(Readable.from([whole]), [await generateX25519Identity()])).rejects.toThrow();
});
