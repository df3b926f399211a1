import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { endOf, isWorkingDay, unknownYears, type WorkCalendar } from "./calendar.ts";

const calendarOf = (code: string) => JSON.parse(readFileSync(`packs/${code}/calendar.json`, "utf8")) as WorkCalendar;
const XA = calendarOf("XA");
const XB = calendarOf("XB");
const PARIS: WorkCalendar = { zone: "Europe/Paris", workingDays: [1, 2, 3, 4, 5], holidays: [] };
const hours = (value: number) => ({ unit: "hours", value }) as const;
const days = (value: number) => ({ unit: "days", value }) as const;
const working = (value: number) => ({ unit: "working-days", value }) as const;

// 2026-11-24 is a Tuesday; Mauritius is four hours ahead of UTC, Manila eight.
test.each([
  ["hours run through the night", hours(72), "2026-11-24T10:00:00Z", XA, "2026-11-27T10:00:00Z"],
  ["hours are sixty minutes when clocks go back", hours(24), "2026-10-24T12:00:00Z", PARIS, "2026-10-25T12:00:00Z"],
  ["three days end with the third day after, in Aruna", days(3), "2026-11-24T10:00:00Z", XA, "2026-11-27T20:00:00Z"],
  ["the same moment is already tomorrow in Belmora", days(3), "2026-11-24T17:00:00Z", XB, "2026-11-28T16:00:00Z"],
  ["a day that ends an hour later, as clocks go back", days(1), "2026-10-24T12:00:00Z", PARIS, "2026-10-25T23:00:00Z"],
  [
    "a day that ends an hour earlier, as clocks go forward",
    days(1),
    "2026-03-28T12:00:00Z",
    PARIS,
    "2026-03-29T22:00:00Z",
  ],
  [
    "working days of Aruna leave out Saturday and Sunday",
    working(4),
    "2026-11-24T10:00:00Z",
    XA,
    "2026-11-30T20:00:00Z",
  ],
  [
    "working days of Belmora leave out Friday and Saturday",
    working(3),
    "2026-11-24T10:00:00Z",
    XB,
    "2026-11-29T16:00:00Z",
  ],
  [
    "a holiday of Belmora is left out: Founders' Day, 30 November",
    working(4),
    "2026-11-24T10:00:00Z",
    XB,
    "2026-12-01T16:00:00Z",
  ],
  ["Christmas of Aruna is left out", working(1), "2026-12-24T10:00:00Z", XA, "2026-12-28T20:00:00Z"],
  [
    "received on a Saturday in Aruna: Monday is the first",
    working(1),
    "2026-11-28T10:00:00Z",
    XA,
    "2026-11-30T20:00:00Z",
  ],
  [
    "received on a Sunday in Belmora, a working day: that day isn't counted",
    working(1),
    "2026-11-22T10:00:00Z",
    XB,
    "2026-11-23T16:00:00Z",
  ],
])("%s", (_, term, from, calendar, expected) => {
  expect(endOf(term, Temporal.Instant.from(from), calendar).toString()).toBe(expected);
});

test("Founders' Day in Belmora and Saturday in Aruna are no working days", () => {
  expect(isWorkingDay(Temporal.PlainDate.from("2026-11-30"), XB)).toBe(false);
  expect(isWorkingDay(Temporal.PlainDate.from("2026-11-29"), XB)).toBe(true);
  expect(isWorkingDay(Temporal.PlainDate.from("2026-11-28"), XA)).toBe(false);
});

const moment = fc
  .integer({ min: 1_750_000_000, max: 1_830_000_000 })
  .map((seconds) => Temporal.Instant.fromEpochMilliseconds(seconds * 1_000));
const calendars = readdirSync("packs", { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !["convention", "treaties"].includes(entry.name) ? [calendarOf(entry.name)] : [],
);

test("a period of working days holds exactly that many, and ends with a working day", () => {
  fc.assert(
    fc.property(
      moment,
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...calendars, PARIS),
      (from, value, calendar) => {
        const end = endOf(working(value), from, calendar);
        const last = end.subtract({ seconds: 1 }).toZonedDateTimeISO(calendar.zone).toPlainDate();
        let counted = 0;
        for (
          let day = from.toZonedDateTimeISO(calendar.zone).toPlainDate().add({ days: 1 });
          Temporal.PlainDate.compare(day, last) <= 0;
          day = day.add({ days: 1 })
        )
          if (isWorkingDay(day, calendar)) counted += 1;
        expect([counted, isWorkingDay(last, calendar)]).toEqual([value, true]);
      },
    ),
  );
});

test("a longer period never ends earlier, and whoever begins later never ends earlier", () => {
  const unit = fc.constantFrom("hours" as const, "days" as const, "working-days" as const);
  fc.assert(
    fc.property(
      moment,
      fc.nat(500_000),
      unit,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(...calendars),
      (from, laterBySeconds, of, value, calendar) => {
        const end = endOf({ unit: of, value }, from, calendar);
        expect(Temporal.Instant.compare(endOf({ unit: of, value: value + 1 }, from, calendar), end)).toBe(1);
        expect(
          Temporal.Instant.compare(endOf({ unit: of, value }, from.add({ seconds: laterBySeconds }), calendar), end),
        ).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

const HALF: WorkCalendar = {
  zone: "Europe/Paris",
  workingDays: [1, 2, 3, 4, 5],
  holidays: [{ date: "2026-12-25" }, { date: "2027-01-01" }],
  halfDays: [
    { weekday: 6, counts: "half" },
    { date: "2026-12-24", counts: "none" },
    { date: "2026-12-26", counts: "whole" },
  ],
};

// 2026-12-18 is a Friday.
test.each([
  [
    "a Saturday that is worked half counts half: the sixth day is full with the half that is over",
    6,
    "2026-12-18",
    "2026-12-29",
  ],
  ["the last half day is enough to end it", 1, "2026-12-26", "2026-12-28"],
  [
    "a date goes before its weekday: that Saturday is worked whole, and Christmas Eve is not",
    1,
    "2026-12-23",
    "2026-12-26",
  ],
])("%s", (_, value, from, last) => {
  const begins = Temporal.PlainDate.from(from).toZonedDateTime({ timeZone: HALF.zone, plainTime: "12:00" }).toInstant();
  const end = endOf(working(value), begins, HALF).subtract({ seconds: 1 }).toZonedDateTimeISO(HALF.zone);
  expect(end.toPlainDate().toString()).toBe(last);
});

test.each([
  ["a clock that stays in years that are known", "2026-11-24T10:00:00Z", "2027-03-01T00:00:00Z", XA, []],
  ["one that reaches into a year without holidays", "2027-11-24T10:00:00Z", "2028-01-10T00:00:00Z", XA, [2028]],
  ["over several", "2026-11-24T10:00:00Z", "2030-01-10T00:00:00Z", XA, [2028, 2029, 2030]],
  [
    "due with the end of New Year's Eve there, which is already next year in UTC",
    "2027-12-01T10:00:00Z",
    "2027-12-31T20:00:00Z",
    XA,
    [],
  ],
  ["the year is that of the place", "2027-12-01T10:00:00Z", "2027-12-31T20:00:01Z", XA, [2028]],
  [
    "a calendar that says what it covers, and keeps no holidays",
    "2027-12-01T10:00:00Z",
    "2029-01-01T20:00:00Z",
    { ...PARIS, covers: { from: 2020, until: 2028 } },
    [2029],
  ],
])("years without holidays: %s", (_, from, until, calendar, years) => {
  expect(unknownYears(Temporal.Instant.from(from), Temporal.Instant.from(until), calendar)).toEqual(years);
});

// 30 December 2011 did not exist in Samoa; leap days do, every fourth year.
test.each([
  [
    "a day that a country skipped is nobody's last day",
    days(1),
    "2011-12-29T12:00:00Z",
    "Pacific/Apia",
    "2011-12-30T10:00:00Z",
  ],
  ["sixty days over 29 February 2028", days(60), "2028-01-01T12:00:00Z", "UTC", "2028-03-02T00:00:00Z"],
  ["sixty days over a February without", days(60), "2027-01-01T12:00:00Z", "UTC", "2027-03-03T00:00:00Z"],
  [
    "a place that changes its clocks at midnight",
    days(1),
    "2026-04-23T12:00:00Z",
    "Africa/Cairo",
    "2026-04-24T21:00:00Z",
  ],
] as const)("%s", (_, term, from, zone, expected) => {
  expect(endOf(term, Temporal.Instant.from(from), { zone, workingDays: [1], holidays: [] }).toString()).toBe(expected);
});
