import fc from "fast-check";
import { expect, test } from "vitest";
import { randomBytesOf } from "./randomness.ts";

test("gives as many bytes as asked for, never the same twice, across the ends of the pool", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 16, max: 3_000 }), { minLength: 20, maxLength: 60 }), (sizes) => {
      const drawn = sizes.map((size) => randomBytesOf(size));
      expect(drawn.map(({ length }) => length)).toEqual(sizes);
      expect(new Set(drawn.map((bytes) => bytes.subarray(0, 16).toString("hex"))).size).toBe(sizes.length);
    }),
    { numRuns: 30 },
  );
});

test("what was handed out is the caller's alone", () => {
  const first = randomBytesOf(32);
  const before = first.toString("hex");
  for (let n = 0; n < 2_000; n += 1) randomBytesOf(32);
  expect(first.toString("hex")).toBe(before);
});

test("bits are as often set as not", () => {
  const bytes = Array.from({ length: 100 }, () => [...randomBytesOf(1_000)]).flat();
  const ones = bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  // Eight standard deviations of 800,000 fair coins.
  expect(Math.abs(ones - 400_000)).toBeLessThan(8 * Math.sqrt(200_000));
});
