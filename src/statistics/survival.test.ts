import fc from "fast-check";
import { expect, test } from "vitest";
import { type Duration, quantile, survival } from "./survival.ts";

const ended = (...values: number[]): Duration[] => values.map((milliseconds) => ({ milliseconds, ended: true }));
const open = (...values: number[]): Duration[] => values.map((milliseconds) => ({ milliseconds, ended: false }));

test.each([
  ["all ended: the ordinary median", ended(1, 2, 3), 0.5, 2],
  ["an even number: the lower middle", ended(1, 2, 3, 4), 0.5, 2],
  ["the ninetieth percentile of ten", ended(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 0.9, 9],
  ["open ones push the median up", [...ended(1, 2), ...open(5, 5, 5)], 0.5, null],
  ["an open one that is younger than the rest weighs little", [...ended(2, 3, 4), ...open(1)], 0.5, 3],
  ["none", [], 0.5, null],
])("%s", (_, durations, portion, expected) => {
  expect(quantile(durations, portion)).toBe(expected);
});

const any = fc.array(fc.record({ milliseconds: fc.nat(1_000), ended: fc.boolean() }), { maxLength: 60 });

test("the curve only falls, from one towards nothing", () => {
  fc.assert(
    fc.property(any, (durations) => {
      const shares = survival(durations).map(({ share }) => share);
      expect(shares.every((share, index) => share >= -1e-9 && share < (shares[index - 1] ?? 1) + 1e-12)).toBe(true);
    }),
  );
});

test("a thing still open never makes a median shorter", () => {
  fc.assert(
    fc.property(any, fc.nat(1_000), (durations, waited) => {
      const before = quantile(durations, 0.5);
      const after = quantile([...durations, { milliseconds: waited, ended: false }], 0.5);
      expect(before === null ? after === null : after === null || after >= before).toBe(true);
    }),
  );
});

test("with nothing open it is the empirical quantile", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.5, 0.9),
      (values, portion) => {
        const sorted = values.toSorted((a, b) => a - b);
        expect(quantile(ended(...values), portion)).toBe(sorted[Math.ceil(portion * sorted.length - 1e-9) - 1]);
      },
    ),
  );
});
