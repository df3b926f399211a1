import fc from "fast-check";
import { expect, test } from "vitest";
import { readPack } from "../access/pack.ts";
import {
  type Assistance,
  execution,
  extendedUntil,
  keptUntil,
  mayLapseOn,
  onReceipt,
  releasedUntil,
} from "./clocks.ts";

const at = (text: string) => Temporal.Instant.from(text);
const day = (text: string) => Temporal.PlainDate.from(text);
const [XA, XB, XP] = (["XA", "XB", "XP"] as const).map((code) => readPack("packs", code)) as [
  ReturnType<typeof readPack>,
  ReturnType<typeof readPack>,
  ReturnType<typeof readPack>,
];

test.each<[string, Assistance, string | null]>([
  ["no request yet: sixty days", { state: "awaited" }, "2026-03-02"],
  ["request pending: no day in sight", { state: "pending" }, null],
  ["decided early: sixty days still run", { state: "decided", on: day("2026-01-20") }, "2026-03-02"],
  ["decided late: to the day of the decision", { state: "decided", on: day("2026-05-04") }, "2026-05-04"],
])("CETS 185 Art. 29(7), %s", (_, assistance, expected) => {
  expect(mayLapseOn(day("2026-01-01"), assistance)?.toString() ?? null).toBe(expected);
});

test.each([
  ["P29", "2026-11-25T10:00:00Z"],
  ["P16", "2026-11-25T10:00:00Z"],
  ["O18b", "2026-11-26T10:00:00Z"],
  ["M31", "2026-11-27T10:00:00Z"],
] as const)("%s is acknowledged within its hours, counted from receipt", (measure, due) => {
  const received = at("2026-11-24T10:00:00Z");
  expect(onReceipt(measure, received)).toMatchObject({
    rule: "request.acknowledge",
    startsAt: received,
    dueAt: at(due),
  });
});

// 24 November 2026 is a Tuesday. Belmora rests on Fridays and Saturdays, and on 30 November.
test.each([
  ["P29 asked of Belmora: 72 hours, whatever the day", "P29", XB, "2026-11-24T10:00:00Z", "2026-11-27T10:00:00Z"],
  ["M31 asked of Belmora: 20 of its working days", "M31", XB, "2026-11-24T10:00:00Z", "2026-12-23T16:00:00Z"],
  [
    "M31 asked of Aruna: 30 of its working days, Christmas and New Year left out",
    "M31",
    XA,
    "2026-11-24T10:00:00Z",
    "2027-01-08T20:00:00Z",
  ],
  ["P16 asked of the provider: a day, in hours", "P16", XP, "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z"],
] as const)("%s", (_, measure, pack, received, due) => {
  expect(execution(measure, at(received), pack)?.dueAt.toString()).toBe(due);
});

test("O18b asked of the provider: ten of its working days", () => {
  const due = execution("O18b", at("2026-11-24T10:00:00Z"), XP)?.dueAt.toZonedDateTimeISO(XP.calendar.zone);
  expect([due?.toPlainDate().toString(), due?.toPlainTime().toString()]).toEqual(["2026-12-09", "00:00:00"]);
});

test("where the law of whoever is asked names no time, no clock runs", () => {
  expect(execution("O18b", at("2026-11-24T10:00:00Z"), XA)).toBeNull();
  expect(execution("P29", at("2020-01-01T00:00:00Z"), XB)).toBeNull();
});

test("the last term in force holds, and one that has ended does not", () => {
  const term = { measure: "P29", unit: "hours", source: "s. 1" } as const;
  const clocks = [
    { ...term, value: 10, from: "2020-01-01" },
    { ...term, value: 20, from: "2026-01-01", until: "2026-06-30" },
    { ...term, value: 30, from: "2027-01-01" },
  ];
  const hours = (received: string) =>
    execution("P29", at(received), { clocks, calendar: XA.calendar })?.dueAt.since(at(received)).total("hours");
  expect([
    hours("2025-05-05T00:00:00Z"),
    hours("2026-06-30T19:59:00Z"),
    hours("2026-06-30T20:01:00Z"),
    hours("2027-02-01T00:00:00Z"),
  ]).toEqual([10, 20, 10, 30]);
});

test.each([
  [
    "P29: sixty days, to the end of the last in Manila",
    "P29",
    "2026-01-01T10:00:00Z",
    "Asia/Manila",
    "2026-03-02T16:00:00Z",
  ],
  [
    "P29: late in the evening it is already the next day there",
    "P29",
    "2026-01-01T17:00:00Z",
    "Asia/Manila",
    "2026-03-03T16:00:00Z",
  ],
  ["P16: ninety days", "P16", "2026-01-01T10:00:00Z", "Indian/Mauritius", "2026-04-01T20:00:00Z"],
  [
    "P29 over the night on which clocks go forward",
    "P29",
    "2026-02-01T12:00:00Z",
    "Europe/Paris",
    "2026-04-02T22:00:00Z",
  ],
] as const)("%s", (_, measure, preserved, zone, until) => {
  expect(keptUntil(measure, at(preserved), zone)).toMatchObject({ dueAt: at(until), zone });
});

test("what hands data over preserves nothing", () => {
  expect([
    keptUntil("M31", at("2026-01-01T10:00:00Z"), "UTC"),
    extendedUntil("O18b", at("2026-01-01T10:00:00Z"), "UTC"),
  ]).toEqual([null, null]);
});

test("an extension adds a whole term to the last day, also across daylight saving", () => {
  expect(extendedUntil("P29", at("2026-03-02T16:00:00Z"), "Asia/Manila")?.toString()).toBe("2026-05-01T16:00:00Z");
  expect(extendedUntil("P16", at("2026-01-31T23:00:00Z"), "Europe/Paris")?.toString()).toBe("2026-05-01T22:00:00Z");
});

test.each([
  ["decided early: the sixty days stand", "2026-01-20T12:00:00Z", "2026-03-02T16:00:00Z", "2026-03-02T16:00:00Z"],
  ["decided late: to the end of that day", "2026-05-04T12:00:00Z", "2026-03-02T16:00:00Z", "2026-05-04T16:00:00Z"],
  [
    "decided when it is already the next day there",
    "2026-05-04T16:30:00Z",
    "2026-03-02T16:00:00Z",
    "2026-05-05T16:00:00Z",
  ],
  ["an extension is not taken back", "2026-01-20T12:00:00Z", "2026-05-01T16:00:00Z", "2026-05-01T16:00:00Z"],
])("CETS 185 Art. 29(7), %s", (_, decided, due, until) => {
  expect(
    releasedUntil({ startsAt: at("2026-01-01T10:00:00Z"), dueAt: at(due) }, at(decided), "Asia/Manila").toString(),
  ).toBe(until);
});

const moment = fc
  .integer({ min: 1_700_000_000, max: 1_900_000_000 })
  .map((seconds) => Temporal.Instant.fromEpochMilliseconds(seconds * 1_000));
const zone = fc.constantFrom(
  "Asia/Manila",
  "Indian/Mauritius",
  "Europe/Paris",
  "America/St_Johns",
  "Pacific/Apia",
  "Africa/Casablanca",
);

test("data is never kept for less than sixty days, whatever is decided when, wherever", () => {
  fc.assert(
    fc.property(moment, fc.nat(200), zone, fc.boolean(), (preserved, decidedAfterDays, where, extended) => {
      const kept = keptUntil("P29", preserved, where);
      const dueAt = kept && extended ? extendedUntil("P29", kept.dueAt, where) : kept?.dueAt;
      if (!dueAt) throw new Error("P29 preserves");
      const released = releasedUntil(
        { startsAt: preserved, dueAt },
        preserved.add({ hours: 24 * decidedAfterDays }),
        where,
      );
      const days = released
        .toZonedDateTimeISO(where)
        .since(preserved.toZonedDateTimeISO(where), { largestUnit: "days" }).days;
      expect(days).toBeGreaterThanOrEqual(extended ? 120 : 60);
      expect(Temporal.Instant.compare(released, dueAt)).toBeGreaterThanOrEqual(0);
    }),
  );
});
