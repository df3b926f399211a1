import fc from "fast-check";
import { expect, test } from "vitest";
import { stepAt } from "../kernel/deadline-moments.ts";
import { forecast, type Watched } from "./forecast.ts";

const START = Temporal.Instant.from("2026-11-01T00:00:00Z");
const after = (minutes: number) => START.add({ minutes });
const DAY = 1_440;
const clock = (number: string, more: Partial<Watched> = {}): Watched => ({
  kind: "request",
  id: number,
  number,
  rule: "request.execute",
  startsAt: START,
  dueAt: after(10 * DAY),
  suspendedAt: null,
  warnMinutes: [7 * DAY, 2 * DAY, 60],
  raised: [],
  escalateMinutes: 2 * DAY,
  source: "",
  peerZone: null,
  ...more,
});
const shown = (clocks: Watched[], from: number, until: number) =>
  forecast(clocks, { now: after(from * DAY), until: after(until * DAY) }).map(
    ({ at, what, aheadMinutes, escalates, clock: { number } }) =>
      `${number} ${(at.epochMilliseconds - START.epochMilliseconds) / 86_400_000} ${what} ${aheadMinutes ?? ""}${escalates ? " up" : ""}`,
  );

test.each<[string, Watched[], number, number, string[]]>([
  [
    "all that a clock does",
    [clock("A")],
    0,
    20,
    ["A 3 warns 10080", "A 8 warns 2880 up", `A ${10 - 1 / 24} warns 60 up`, "A 10 runs-out  up"],
  ],
  ["no further than asked", [clock("A")], 0, 8, ["A 3 warns 10080", "A 8 warns 2880 up"]],
  ["two, by time and then by number", [clock("B"), clock("A")], 0, 3, ["A 3 warns 10080", "B 3 warns 10080"]],
  ["what was raised is not raised again", [clock("A", { raised: [7 * DAY] })], 4, 9, ["A 8 warns 2880 up"]],
  ["the node was down: the nearest, now", [clock("A")], 9, 9, ["A 9 warns 2880 up"]],
  ["the node was down past the end: it runs out now, and warns no more", [clock("A")], 12, 30, ["A 12 runs-out  up"]],
  ["what stands still does nothing", [clock("A", { suspendedAt: after(60) })], 0, 99, []],
])("%s", (_, clocks, from, until, expected) => {
  expect(shown(clocks, from, until)).toEqual(expected);
});

test("what is foreseen is what the sweep then does, minute by minute", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 5 }),
      fc.nat(250),
      (length, warnMinutes, from) => {
        const one = clock("A", { dueAt: after(length), warnMinutes });
        const foreseen = forecast([one], { now: after(from), until: after(1_000) }).map(({ at, aheadMinutes }) => [
          at.toString(),
          aheadMinutes,
        ]);
        const done: (string | number | null)[][] = [];
        const seen: number[] = [];
        for (let minute = from; minute <= 1_000; minute += 1) {
          const step = stepAt(one, seen, after(minute));
          for (const each of [...(step.raise ? [step.raise] : []), ...step.overtaken]) seen.push(each.minutes);
          if (step.raise) done.push([after(minute).toString(), step.raise.minutes]);
          if (step.fires) {
            done.push([after(minute).toString(), null]);
            break;
          }
        }
        expect(foreseen).toEqual(done);
      },
    ),
  );
});
