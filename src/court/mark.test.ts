import fc from "fast-check";
import { expect, test } from "vitest";
import { lettersOf, markOf } from "./mark.ts";

test("marks are made as the pack says", () => {
  expect(
    (
      [
        ["P{n}", 1],
        ["P{n}", 12],
        ["Pièce {a}", 1],
        ["{a}", 27],
        ["{case}/{n}", 3],
      ] as const
    ).map(([pattern, place]) => markOf(pattern, place, "C-2026-000017")),
  ).toEqual(["P1", "P12", "Pièce A", "AA", "C-2026-000017/3"]);
});

test("no two places have the same letters, and they stand in order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (place) => {
      const [one, next] = [lettersOf(place), lettersOf(place + 1)];
      return one.length < next.length || (one.length === next.length && one < next);
    }),
  );
});
