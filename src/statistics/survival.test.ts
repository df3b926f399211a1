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

/** Rounded as the tables that are compared print them. */
const curve = (durations: Duration[], digits: number) =>
  survival(durations).map(({ milliseconds, share }) => [milliseconds, Number(share.toFixed(digits))]);

test("the example of Kaplan and Meier (J. Am. Stat. Assoc. 53, 1958, § 1): eight items, four of them lost", () => {
  const durations = [...ended(0.8, 3.1, 5.4, 9.2), ...open(1, 2.7, 7, 12.1)];
  expect(curve(durations, 4)).toEqual([
    [0.8, 0.875],
    [3.1, 0.7],
    [5.4, 0.525],
    [9.2, 0.2625],
  ]);
  expect(quantile(durations, 0.5)).toBe(9.2);
});

test("remission in leukaemia under 6-MP (Freireich et al. 1963; Kleinbaum and Klein, Survival Analysis, table 2.1), in weeks", () => {
  const treated = [...ended(6, 6, 6, 7, 10, 13, 16, 22, 23), ...open(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)];
  expect(curve(treated, 4)).toEqual([
    [6, 0.8571],
    [7, 0.8067],
    [10, 0.7529],
    [13, 0.6902],
    [16, 0.6275],
    [22, 0.5378],
    [23, 0.4482],
  ]);
  expect([quantile(treated, 0.5), quantile(treated, 0.9)]).toEqual([23, null]);
});

test("the same under placebo, where all ended (table 2.1): median 8 weeks", () => {
  const placebo = ended(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23);
  expect(curve(placebo, 4)).toEqual([
    [1, 0.9048],
    [2, 0.8095],
    [3, 0.7619],
    [4, 0.6667],
    [5, 0.5714],
    [8, 0.381],
    [11, 0.2857],
    [12, 0.1905],
    [15, 0.1429],
    [17, 0.0952],
    [22, 0.0476],
    [23, 0],
  ]);
  expect(quantile(placebo, 0.5)).toBe(8);
});
