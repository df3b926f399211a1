import { expect, test } from "vitest";
import { isZone, momentAt } from "./clock.ts";

test.each([
  ["an hour of Mauritius", "2026-12-03T16:00", "Indian/Mauritius", "2026-12-03T12:00:00Z"],
  ["the same hour in Manila", "2026-12-03T16:00", "Asia/Manila", "2026-12-03T08:00:00Z"],
  ["with seconds", "2026-12-03T16:00:30", "UTC", "2026-12-03T16:00:30Z"],
  ["summer time", "2026-07-01T12:00", "Europe/Paris", "2026-07-01T10:00:00Z"],
  ["the hour that Paris skips in March", "2026-03-29T02:30", "Europe/Paris", undefined],
  ["the last minute before it", "2026-03-29T01:59", "Europe/Paris", "2026-03-29T00:59:00Z"],
  ["an hour that Paris shows twice in October: the first", "2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30:00Z"],
  ["a day that Samoa skipped", "2011-12-30T12:00", "Pacific/Apia", undefined],
  ["a day that no calendar has", "2026-02-30T10:00", "UTC", undefined],
  ["an hour that no clock shows", "2026-02-03T25:00", "UTC", undefined],
  ["no moment", "tomorrow", "UTC", undefined],
])("%s", (_, text, zone, expected) => {
  expect(momentAt(text, zone)?.toString()).toBe(expected);
});

test("a time zone is one that the machine knows", () => {
  expect(["Asia/Manila", "UTC", "Mars/Olympus", ""].map(isZone)).toEqual([true, true, false, false]);
});
