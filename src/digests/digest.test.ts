import { expect, test } from "vitest";
import { isDue } from "./digest.ts";

const day = (text: string) => Temporal.PlainDate.from(text);
const ZONE = "Asia/Manila";

test.each([
  ["weekday", 8, null, "2026-11-27T00:00:00Z", true], // Friday, 08:00 there
  ["weekday", 8, null, "2026-11-26T23:59:59Z", false],
  ["weekday", 8, "2026-11-27", "2026-11-27T10:00:00Z", false],
  ["weekday", 8, "2026-11-26", "2026-11-27T15:59:00Z", true], // late, but on its day
  ["weekday", 8, null, "2026-11-28T02:00:00Z", false], // Saturday
  ["day", 8, null, "2026-11-28T02:00:00Z", true],
  ["week", 8, null, "2026-11-30T02:00:00Z", true], // Monday
  ["week", 8, null, "2026-12-01T02:00:00Z", false],
] as const)("%s at %i, last on %s, at %s: %s", (every, hour, told, at, expected) => {
  expect(isDue({ every, hour, told_on: told === null ? null : day(told) }, Temporal.Instant.from(at), ZONE)).toBe(
    expected,
  );
});
