import { expect, test } from "vitest";
import { hoursOf, isOpen } from "./hours.ts";

const at = (text: string) => Temporal.Instant.from(text);

test.each([
  ["Around the clock, Indian/Mauritius", { zone: "Indian/Mauritius", always: true }],
  ["24/7 (Asia/Manila)", { zone: "Asia/Manila", always: true }],
  [
    "Mon-Fri 9:00-17:30, Europe/Lisbon",
    { zone: "Europe/Lisbon", days: [1, 2, 3, 4, 5], opens: "09:00", closes: "17:30" },
  ],
  ["Sunday to Thursday 08:00–24:00 Asia/Dubai", { days: [7, 1, 2, 3, 4], opens: "08:00", closes: "00:00" }],
  ["06:00-22:00, America/Argentina/Buenos_Aires", { days: [1, 2, 3, 4, 5, 6, 7] }],
])("%s is read", (text, expected) => {
  expect(hoursOf(text)).toMatchObject(expected);
});

test.each([
  [null],
  ["ring the bell"],
  ["Mon-Fri 09:00-17:00"],
  ["Around the clock, Nowhere/Land"],
  ["office hours, UTC"],
])("%s is left to people", (text) => {
  expect(hoursOf(text)).toBeNull();
});

test.each([
  ["Mon-Fri 09:00-17:00, Asia/Manila", "2026-11-27T00:59:00Z", false],
  ["Mon-Fri 09:00-17:00, Asia/Manila", "2026-11-27T01:00:00Z", true],
  ["Mon-Fri 09:00-17:00, Asia/Manila", "2026-11-28T03:00:00Z", false],
  ["Fri 22:00-06:00, UTC", "2026-11-28T05:59:00Z", true],
  ["Fri 22:00-06:00, UTC", "2026-11-27T05:59:00Z", false],
  // The night in which the clocks of Lisbon go back has an hour twice; open is open in both.
  ["Sat-Sun 00:00-02:00, Europe/Lisbon", "2026-10-25T00:30:00Z", true],
  ["Sat-Sun 00:00-02:00, Europe/Lisbon", "2026-10-25T01:30:00Z", true],
])("%s at %s: open is %s", (hours, moment, expected) => {
  const read = hoursOf(hours);
  expect(read && isOpen(read, at(moment))).toBe(expected);
});
