import fc from "fast-check";
import { expect, test } from "vitest";
import { readPack } from "../access/pack.ts";
import { after } from "../kernel/life.ts";
import { keptFor, LIFE, nextStep, type Standing, type State } from "./retention.ts";

const closedAt = Temporal.Instant.from("2026-01-10T09:00:00Z");
const STATES: readonly State[] = ["running", "suspended", "kept", "ended", "erased"];

test.each([
  ["an open report has no clock", null, { closedAt: null }, null],
  ["a closed report gets one", null, {}, "start"],
  ["one that is opened again loses it", "running", { closedAt: null }, "end"],
  ["and gets it anew when it is closed again", "ended", {}, "restart"],
  ["a case that has the report stops it", "running", { isNeeded: true }, "suspend"],
  ["so does one that has a report kept longer", "kept", { isNeeded: true }, "suspend"],
  ["once the case is closed it runs on", "suspended", {}, "resume"],
  ["what runs, runs", "running", {}, null],
  ["what was erased is over", "erased", { closedAt: null }, null],
] as const)("%s", (_, state, facts, step) => {
  expect(nextStep(state, { closedAt, isNeeded: false, isErased: false, ...facts })).toBe(step);
});

const standing: fc.Arbitrary<Standing> = fc.record({
  closedAt: fc.constantFrom(null, closedAt),
  isNeeded: fc.boolean(),
  isErased: fc.boolean(),
});

test("whatever happens, each step is one that the life allows, and at most two lead to rest", () => {
  fc.assert(
    fc.property(fc.constantFrom(null, ...STATES), fc.array(standing, { maxLength: 20 }), (first, story) => {
      let state: State | null = first;
      for (const facts of story) {
        for (let steps = 0; ; steps += 1) {
          const step = nextStep(state, facts);
          if (step === null) break;
          expect(steps).toBeLessThan(2);
          state = step === "start" ? "running" : after(LIFE, state ?? "ended", step);
        }
        if (facts.closedAt === null && !facts.isErased) expect([null, "ended", "erased"]).toContain(state);
        if (facts.closedAt !== null && facts.isNeeded && !facts.isErased)
          expect(["suspended", "erased"]).toContain(state);
      }
    }),
  );
});

test("nothing leads out of what was erased, and every state is reached", () => {
  const reached = new Set<State>(["running"]);
  for (const { from, to } of Object.values(LIFE)) {
    expect(from).not.toContain("erased");
    reached.add(to as State);
  }
  expect([...reached].sort()).toEqual([...STATES].sort());
});

test("how long follows the first row of the pack that fits", () => {
  const { retention } = readPack("packs", "XA").reporting;
  expect(["C1", "F1", "F2"].map((category) => keptFor(category, retention)?.days)).toEqual([3650, 365, 1825]);
  expect(keptFor("F2", [])).toBeUndefined();
});
