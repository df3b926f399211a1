import fc from "fast-check";
import { expect, test } from "vitest";
import { CLOCKS_VERSION, isKnownVersion, movementOf } from "./clocks-versions.ts";

const at = (text: string) => Temporal.Instant.from(text);

test.each([
  ["version 1: hours and minutes later, at night too", 1, "Asia/Manila", "2026-12-23T19:10:00Z"],
  ["version 2: in days, to the end of that day in Manila", 2, "Asia/Manila", "2026-12-24T16:00:00Z"],
  ["version 2: hours stay hours", 2, null, "2026-12-23T19:10:00Z"],
] as const)("a clock that stood for three hours and ten minutes, %s", (_, version, zone, due) => {
  const clock = { dueAt: at("2026-12-23T16:00:00Z"), suspendedAt: at("2026-12-01T02:00:00Z"), zone };
  expect(movementOf(version).resumed(clock, at("2026-12-01T05:10:00Z")).toString()).toBe(due);
});

test.each([
  ["it stood for no time: due as before", "2026-12-01T02:00:00Z", "2026-12-23T16:00:00Z"],
  ["it stood for exactly two days: two days later", "2026-12-03T02:00:00Z", "2026-12-25T16:00:00Z"],
  ["it was resumed by a clock that is behind: never earlier", "2026-11-30T02:00:00Z", "2026-12-23T16:00:00Z"],
])("version 2, in days: %s", (_, resumed, due) => {
  const clock = { dueAt: at("2026-12-23T16:00:00Z"), suspendedAt: at("2026-12-01T02:00:00Z"), zone: "Asia/Manila" };
  expect(movementOf(2).resumed(clock, at(resumed)).toString()).toBe(due);
});

test("a running clock's version is known for ever, and a later one than ours is not", () => {
  expect([1, 2, CLOCKS_VERSION].map(isKnownVersion)).toEqual([true, true, true]);
  expect(isKnownVersion(CLOCKS_VERSION + 1)).toBe(false);
  expect(() => movementOf(CLOCKS_VERSION + 1)).toThrow("no version");
});

test("whatever the zone: a clock in days ends with a day there, no earlier than the time that it stood, and less than two days later", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(
        "Asia/Manila",
        "Indian/Mauritius",
        "Europe/Paris",
        "America/St_Johns",
        "Pacific/Apia",
        "Africa/Cairo",
      ),
      fc.integer({ min: 0, max: 900 }),
      fc.integer({ min: 0, max: 400 * 1_440 }),
      (zone, day, stoodMinutes) => {
        const dueAt = Temporal.PlainDate.from("2026-01-01").add({ days: day }).toZonedDateTime(zone).toInstant();
        const suspendedAt = dueAt.subtract({ hours: 30 });
        const resumed = movementOf(2).resumed({ dueAt, suspendedAt, zone }, suspendedAt.add({ minutes: stoodMinutes }));
        const later = dueAt.add({ minutes: stoodMinutes });
        expect(resumed.toZonedDateTimeISO(zone).startOfDay().toInstant()).toEqual(resumed);
        expect(Temporal.Instant.compare(resumed, later)).toBeGreaterThanOrEqual(0);
        expect(resumed.since(later).total("hours")).toBeLessThanOrEqual(25);
      },
    ),
  );
});
