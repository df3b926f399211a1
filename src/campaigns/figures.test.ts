import { expect, test } from "vitest";
import { spansOf, tilesOf } from "./figures.ts";

const counts = (...days: readonly [string, number][]) => days.map(([key, n]) => ({ key, n }));

test.each([
  ["a single day stands at the end of a fortnight", counts(["2026-11-26", 3]), "day", 14, "2026-11-13", 3],
  ["days between are there with nought", counts(["2026-11-01", 1], ["2026-11-20", 2]), "day", 20, "2026-11-01", 3],
  [
    "more than 45 days are weeks, from Monday",
    counts(["2026-09-02", 1], ["2026-11-20", 2]),
    "week",
    12,
    "2026-08-31",
    3,
  ],
  ["more than 60 weeks are months", counts(["2024-01-31", 1], ["2026-02-01", 2]), "month", 26, "2024-01-01", 3],
])("reports over time: %s", (_, days, unit, spans, from, total) => {
  const found = spansOf(days);
  expect(found.unit).toBe(unit);
  expect(found.spans.length).toBe(spans);
  expect(found.spans[0]?.from.toString()).toBe(from);
  expect(found.spans.reduce((sum, { n }) => sum + n, 0)).toBe(total);
});
test("no reports have no time", () => {
  expect(spansOf([])).toEqual({ unit: "day", spans: [] });
});
test("tiles fill rows, as near to a square as they go", () => {
  expect(tilesOf([{ a: 1 }, { a: 2 }, { a: 3 }]).map(({ row, column }) => [row, column])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
});
