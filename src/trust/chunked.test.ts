import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHUNK_BYTES, chunksOf, KEY_BYTES, openMessage, sealedBytes, sealMessage, unsealMessage } from "./chunked.ts";
import { Malformed } from "./verify-errors.ts";

const key = randomBytes(KEY_BYTES);
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 70_000 }),
  fc.constantFrom(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES),
);

describe("C2SP chunked encryption", () => {
  test.each([
    ["an empty message is one empty chunk", 0, 1],
    ["1 KiB is one chunk", 1_024, 1],
    ["16 KiB is two, the second empty", 16_384, 2],
    ["20 KiB is two", 20_480, 2],
  ])("%s", (_, bytes, chunks) => {
    expect(chunksOf(bytes)).toBe(chunks);
    expect(sealMessage(key, Buffer.alloc(bytes)).length).toBe(56 + bytes + 16 * chunks);
  });

  test("what was sealed opens again, at its foreseen length", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const plain = randomBytes(size);
        const sealed = sealMessage(key, plain);
        expect(sealed.length).toBe(sealedBytes(size));
        expect(unsealMessage(key, sealed).equals(plain)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("any flipped bit is found", () => {
    fc.assert(
      fc.property(
        sizes,
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.integer({ min: 0, max: 7 }),
        (size, where, bit) => {
          const sealed = sealMessage(key, randomBytes(size));
          const at = Math.floor(where * sealed.length);
          sealed[at] = (sealed[at] ?? 0) ^ (1 << bit);
          expect(() => unsealMessage(key, sealed)).toThrow(Malformed);
        },
      ),
      { numRuns: 120 },
    );
  });

  test("cut off anywhere, lengthened, reordered: found", () => {
    const sealed = sealMessage(key, randomBytes(3 * CHUNK_BYTES));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.length - 1 }), (length) => {
        expect(() => unsealMessage(key, sealed.subarray(0, length))).toThrow(Malformed);
      }),
    );
    expect(() => unsealMessage(key, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(Malformed);
    const chunk = CHUNK_BYTES + 16;
    const swapped = Buffer.concat([
      sealed.subarray(0, 56),
      sealed.subarray(56 + chunk, 56 + 2 * chunk),
      sealed.subarray(56, 56 + chunk),
      sealed.subarray(56 + 2 * chunk),
    ]);
    expect(() => unsealMessage(key, swapped)).toThrow(Malformed);
  });

  test("another key and another context are refused before a chunk is opened", () => {
    const sealed = sealMessage(key, Buffer.from("x"), Buffer.from("here"));
    expect(() => openMessage(randomBytes(KEY_BYTES), sealed.subarray(0, 56), Buffer.from("here"))).toThrow(Malformed);
    expect(() => openMessage(key, sealed.subarray(0, 56), Buffer.from("there"))).toThrow(Malformed);
  });

  test("arbitrary bytes are Malformed and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(() => unsealMessage(key, Buffer.from(bytes))).toThrow(Malformed);
      }),
    );
  });
});
