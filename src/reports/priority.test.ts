import { expect, test } from "vitest";
import { CLASSIFICATION, CODES, TILES } from "./classification.ts";
import { firstResponseDue, rank } from "./priority.ts";

test.each([
  ["what the category says", { category: "F6" }, 3, ["category"]],
  ["intelligence only", { category: "F1" }, 4, ["category"]],
  ["danger to life", { category: "H3", danger: true }, 0, ["danger"]],
  ["a victim under 18, sexual", { category: "H1", minor: true }, 0, ["minor"]],
  ["a victim under 18, not sexual", { category: "F6", minor: true }, 3, ["category"]],
  ["money left an hour ago", { category: "F2", transferHours: 1 }, 1, ["recent-transfer"]],
  ["money left 71 hours ago", { category: "F3", transferHours: 71 }, 1, ["recent-transfer"]],
  ["money left 72 hours ago", { category: "F2", transferHours: 72 }, 2, ["category"]],
  ["an attack that goes on", { category: "A5", live: true }, 1, ["live"]],
  ["an attack that is over", { category: "A5" }, 2, ["category"]],
  ["a live attack on an essential service", { category: "A3", live: true, essential: true }, 1, ["live-essential"]],
  ["watched by a partner", { category: "A7", partner: true }, 1, ["partner"]],
  ["the same number in five reports", { category: "F6", sharing: 5 }, 2, ["category", "shared"]],
  ["the same number in four reports", { category: "F6", sharing: 4 }, 3, ["category"]],
  ["nothing is above minutes", { category: "C1", sharing: 50 }, 0, ["category"]],
  [
    "two reasons, the deciding one first",
    { category: "F2", danger: true, transferHours: 2 },
    0,
    ["danger", "recent-transfer"],
  ],
] as const)("%s", (_, urgency, priority, reasons) => {
  expect(rank(urgency)).toEqual({ priority, reasons });
});

test("every code is classified, and stands on exactly one tile", () => {
  expect(Object.keys(CLASSIFICATION).sort()).toEqual([...CODES].sort());
  expect(TILES.flatMap(({ codes }): readonly string[] => codes).sort()).toEqual([...CODES].sort());
});
test("only what nobody waits for has no clock", () => {
  const received = Temporal.Instant.from("2026-01-01T00:00:00Z");
  expect(firstResponseDue(1, received)?.toString()).toBe("2026-01-01T01:00:00Z");
  expect(firstResponseDue(3, received)?.toString()).toBe("2026-01-06T00:00:00Z");
  expect(firstResponseDue(4, received)).toBeNull();
});
