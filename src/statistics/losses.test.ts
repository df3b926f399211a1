import fc from "fast-check";
import { expect, test } from "vitest";
import { lossCells, type Losses } from "./losses.ts";

const RULE = { threshold: 5, dominance: 20 };

function lossesOf(amounts: readonly number[]): Losses {
  const sorted = amounts.toSorted((a, b) => a - b);
  const at = (index: number) => BigInt(sorted.at(index) ?? 0);
  return {
    currency: "MUR",
    reports: amounts.length,
    sum: sorted.reduce((sum, each) => sum + BigInt(each), 0n),
    median: at(Math.ceil(amounts.length / 2) - 1),
    largest: at(-1),
    second: amounts.length > 1 ? at(-2) : 0n,
  };
}
const shown = (amounts: readonly number[]): (number | null)[] =>
  lossCells(lossesOf(amounts), RULE).map(({ value }) => value);

test.each([
  ["fewer than five: nothing", [100, 200, 300, 400], [null, null, null]],
  ["five of the same size: how many and the sum, no median", [100, 100, 100, 100, 100], [5, 500, null]],
  ["one large loss among small ones: the second could read it", [1, 2, 3, 4, 1_000_000], [5, null, null]],
  [
    "one large loss that the many others cover",
    [...Array.from({ length: 40 }, () => 10_000), 300_000],
    [41, 700_000, 10_000],
  ],
  [
    "where the median tells too much of the rest, it is withheld and the sum is not",
    [...Array.from({ length: 11 }, () => 1_000), 40_000],
    [12, 51_000, null],
  ],
  [
    "sums to three figures, medians to two",
    [12_345, 12_346, 12_347, 12_348, 12_349, 12_350, 12_351, 12_352, 12_353, 12_354, 1],
    [11, 123_000, 12_000],
  ],
] as const)("%s", (_, amounts, expected) => {
  expect(shown(amounts)).toEqual(expected);
});

/** The most that the largest loss can be to whoever lost second most, from all that is published and their own loss. */
function readBySecond([reports = 0, sum = null, median = null]: readonly (number | null)[], second: number): number {
  if (sum === null || reports === null) return Infinity;
  const half = (value: number, figures: number) => 10 ** Math.max(0, String(value).length - figures) / 2;
  const above = reports - Math.ceil(reports / 2) - 1;
  const leastRest = median === null ? 0 : Math.max(0, above) * (median - half(median, 2));
  return sum + half(sum, 3) - second - leastRest;
}

test("whoever lost second most never reads the largest loss to within the rule's percentage", () => {
  const amount = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 10_000_000 }));
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 40 }), (amounts) => {
      const losses = lossesOf(amounts);
      const most = readBySecond(shown(amounts), Number(losses.second));
      // Rounding may move a limit by what it rounds, never to the attacker's gain of more than that.
      expect(most).toBeGreaterThanOrEqual(Number(losses.largest) * (1 + RULE.dominance / 100) * 0.999 - 1);
    }),
    { numRuns: 500 },
  );
});
