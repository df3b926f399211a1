import { expect, test } from "vitest";
import { loadTranslations } from "../kernel/i18n.ts";
import { clockState, dueInWords, inWords, leftInWords, partOf } from "./clock.tsx";

const t = loadTranslations("locales").translate("en");
const at = (text: string) => Temporal.Instant.from(text);
const tools = { t, locale: "en", zone: "Indian/Mauritius", now: at("2026-12-01T08:00:00Z") };

test.each([
  [
    "the same day on both clocks is said once",
    "2026-12-03T12:00:00Z",
    "Asia/Manila",
    "Thursday 3 December, 16:00 in Mauritius, 20:00 in Manila",
  ],
  [
    "another day there is said",
    "2026-12-03T18:30:00Z",
    "Asia/Manila",
    "Thursday 3 December, 22:30 in Mauritius; Friday 4 December, 02:30 in Manila",
  ],
  ["the same zone is said once", "2026-12-03T12:00:00Z", "Indian/Mauritius", "Thursday 3 December, 16:00 in Mauritius"],
])("a due date: %s", (_, due, zone, words) => {
  expect(dueInWords(at(due), tools, { zone })).toBe(words);
});

test("another year is said", () => {
  expect(dueInWords(at("2027-01-12T01:12:00Z"), tools)).toContain("2027");
});

test.each([
  ["runs", "2026-12-05T08:00:00Z", {}, "4 days left"],
  ["soon", "2026-12-02T06:30:00Z", {}, "22 hours 30 minutes left"],
  ["late", "2026-11-30T18:10:00Z", {}, "13 hours 50 minutes late"],
  ["met", "2026-12-05T08:00:00Z", { ended: at("2026-12-03T07:00:00Z") }, "Done with 2 days 1 hour left"],
  ["met-late", "2026-11-05T08:00:00Z", { ended: at("2026-11-05T08:01:00Z") }, "Done 1 minute too late"],
  ["rests", "2026-12-05T08:00:00Z", { suspended: at("2026-11-30T08:00:00Z") }, "Stopped with 5 days left"],
] as const)("a clock that %s says how long", (state, due, more, words) => {
  expect(clockState({ due: at(due), ...more, now: tools.now })).toBe(state);
  expect(leftInWords(at(due), { ...tools, ended: undefined, suspended: undefined, ...more })).toBe(words);
});

test("the part of a clock that is used stays between nothing and all", () => {
  const start = at("2026-12-01T00:00:00Z");
  expect(partOf(start, at("2026-12-03T00:00:00Z"), at("2026-12-02T00:00:00Z"))).toBe(0.5);
  expect(partOf(start, at("2026-12-03T00:00:00Z"), at("2026-12-09T00:00:00Z"))).toBe(1);
  expect(partOf(start, at("2026-12-03T00:00:00Z"), at("2026-11-09T00:00:00Z"))).toBe(0);
  expect(partOf(start, start, start)).toBe(1);
});

test("a length of less than a minute is no minutes", () => expect(inWords(0.4, t)).toBe("0 minutes"));
