import fc from "fast-check";
import { expect, test } from "vitest";
import { firstWake, resumedLater, stepAt, warningsOf } from "./deadline-moments.ts";

const at = (text: string) => Temporal.Instant.from(text);
const START = at("2026-11-01T00:00:00Z");
const DAY = 1_440;
const moments = { startsAt: START, dueAt: START.add({ hours: 240 }), warnMinutes: [60, 7 * DAY, 2 * DAY, DAY] };
const days = (n: number) => START.add({ minutes: Math.round(n * DAY) });

test.each([
  ["before the first: nothing, it sleeps until then", 2.9, [], null, [], false, days(3)],
  ["seven days before", 3, [], 7 * DAY, [], false, days(8)],
  ["raised already: nothing more", 3.5, [7 * DAY], null, [], false, days(8)],
  [
    "nobody looked for a week: the nearest is raised, the others are overtaken",
    9.2,
    [],
    DAY,
    [7 * DAY, 2 * DAY],
    false,
    days(10).subtract({ minutes: 60 }),
  ],
  ["an hour before", 9.99, [7 * DAY, 2 * DAY, DAY], 60, [], false, days(10)],
  ["it ran out: what was not raised is overtaken", 10, [7 * DAY], null, [2 * DAY, DAY, 60], true, days(10)],
  ["looked at a year later: the same", 375, [7 * DAY, 2 * DAY, DAY, 60], null, [], true, days(10)],
  ["the machine's clock was set back: nothing is undone", 2, [7 * DAY], null, [], false, days(8)],
] as const)("%s", (_, day, raised, raise, overtaken, fires, wakesAt) => {
  const step = stepAt(moments, raised, days(day));
  expect({
    ...step,
    raise: step.raise?.minutes ?? null,
    overtaken: step.overtaken.map(({ minutes }) => minutes),
  }).toEqual({
    raise,
    overtaken,
    fires,
    wakesAt,
  });
});

test("a clock of an hour has no warning seven days before, nor one as it begins", () => {
  expect(warningsOf({ ...moments, dueAt: START.add({ hours: 1 }) })).toEqual([]);
  expect(warningsOf({ ...moments, dueAt: START.add({ hours: 2 }) }).map(({ minutes }) => minutes)).toEqual([60]);
  expect(firstWake({ ...moments, dueAt: START.add({ hours: 1 }) })).toEqual(START.add({ hours: 1 }));
});

test("a clock that stood still is never due earlier", () => {
  const clock = { dueAt: days(10), suspendedAt: days(4) };
  expect([resumedLater(clock, days(6)), resumedLater(clock, days(3))]).toEqual([days(12), days(10)]);
});

test("each warning is raised or overtaken once, whenever it is looked at, and the last look says that it ran out", () => {
  const minutes = fc.integer({ min: 1, max: 30 * DAY });
  fc.assert(
    fc.property(
      fc.array(minutes, { maxLength: 6 }),
      fc.integer({ min: 1, max: 40 * DAY }),
      fc.array(fc.integer({ min: -DAY, max: 50 * DAY }), { maxLength: 20 }),
      (warnMinutes, length, looks) => {
        const clock = { startsAt: START, dueAt: START.add({ minutes: length }), warnMinutes };
        const seen: number[] = [];
        for (const look of [...looks, 60 * DAY]) {
          const now = START.add({ minutes: look });
          const { raise, overtaken, fires, wakesAt } = stepAt(clock, seen, now);
          // Nothing is raised before its moment, and it never wakes later than there is something to do.
          for (const each of [...(raise ? [raise] : []), ...overtaken]) {
            expect(Temporal.Instant.compare(each.at, now)).toBeLessThanOrEqual(0);
            seen.push(each.minutes);
          }
          expect(fires).toBe(look >= length);
          expect(fires || Temporal.Instant.compare(wakesAt, now) > 0).toBe(true);
        }
        expect(seen.toSorted((a, b) => b - a)).toEqual(warningsOf(clock).map((each) => each.minutes));
      },
    ),
  );
});
