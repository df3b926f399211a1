import { describe, expect, test } from "vitest";
import { allowanceOf, BLOB_COST_BYTES, dueOf, nextOf, paceOf, pauseOf, type Standing } from "./pace.ts";

const start = Temporal.Instant.from("2026-11-01T00:00:00Z");
const after = (hours: number) => start.add({ hours });
const round = (more: Partial<Standing> = {}): Standing & { started_at: Temporal.Instant } => ({
  blobs: 100,
  bytes: 1e12,
  blobs_done: 0,
  bytes_done: 0,
  started_at: start,
  due_at: dueOf(start, 30, false),
  worked_at: start,
  debt: 0,
  asked_by: null,
  ...more,
});

describe("the pace", () => {
  test("what is first in one round and last in the next is still read within the days", () => {
    for (const days of [1, 7, 30, 365]) {
      const due = dueOf(start, days, false);
      const next = nextOf(start, days);
      // Read at the beginning of one round; in the next, which begins when the first is through or it is time, at its end.
      const later = Temporal.Instant.compare(due, next) > 0 ? due : next;
      expect(later.since(start).total("hours")).toBeLessThanOrEqual(days * 24 * 0.8);
    }
  });

  test.each([
    ["a terabyte in 24 days", {}, start, (1e12 + 100 * BLOB_COST_BYTES) / (24 * 86_400)],
    [
      "half done in half the time: the same",
      { bytes_done: 5e11, blobs_done: 50 },
      after(288),
      (1e12 + 100 * BLOB_COST_BYTES) / (24 * 86_400),
    ],
    ["after standing aside for long: faster", {}, after(560), (1e12 + 100 * BLOB_COST_BYTES) / (16 * 3_600)],
    ["little is not spun out", { bytes: 1e6, blobs: 1 }, start, 262_144],
    ["what was asked for is done at once", { bytes: 1e6, asked_by: "N. Veloso" }, start, 67_108_864],
  ])("%s", (_, more, now, pace) => {
    expect(paceOf(round(more), now)).toBeCloseTo(pace, 0);
  });

  test("a turn may read for the time since the last, at most half a minute, less what the last read too much", () => {
    const little = round({ bytes: 1e6, blobs: 1 });
    expect(allowanceOf(little, start.add({ seconds: 10 }))).toBe(2_621_440);
    expect(allowanceOf({ ...little, debt: 2_000_000 }, start.add({ seconds: 10 }))).toBe(621_440);
    expect(allowanceOf(little, start.add({ hours: 9 }))).toBe(30 * 262_144);
    expect(allowanceOf(little, start.subtract({ hours: 1 }))).toBe(0);
  });
});

describe("standing aside", () => {
  test.each([
    ["nothing else to do", { lagMs: 0, perCore: 0.2, writing: 0 }, start, undefined],
    ["an upload is written", { lagMs: 0, perCore: 0.2, writing: 1 }, start, "writing"],
    ["callers wait", { lagMs: 150, perCore: 0.2, writing: 0 }, start, "load"],
    ["the machine is busy", { lagMs: 0, perCore: 1.8, writing: 0 }, start, "load"],
    ["all of it, but the days run out", { lagMs: 150, perCore: 9, writing: 3 }, after(500), undefined],
  ])("%s", (_, load, now, paused) => {
    expect(pauseOf(load, round(), now)).toBe(paused);
  });
});
