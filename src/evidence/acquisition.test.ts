import { expect, test } from "vitest";
import { Refusal } from "../kernel/errors.ts";
import { acquiredAt } from "./acquisition.ts";

const NOW = Temporal.Instant.from("2026-11-24T10:00:00Z");
const said = (at: string | undefined, zone: string): string => {
  try {
    return acquiredAt(at === undefined ? {} : { at }, zone, NOW).toString();
  } catch (error) {
    return error instanceof Refusal ? (error.fields[0]?.key ?? "") : String(error);
  }
};

test.each([
  ["nothing said: now", undefined, "UTC", "2026-11-24T10:00:00Z"],
  ["a form's hour is on the clock of the office", "2026-11-24T09:30", "Indian/Mauritius", "2026-11-24T05:30:00Z"],
  ["a moment with its own zone keeps it", "2026-11-24T09:30+08:00", "Indian/Mauritius", "2026-11-24T01:30:00Z"],
  ["an hour that the clocks of the office skip", "2026-03-29T02:30", "Europe/Paris", "moment-form"],
  ["an hour still to come there", "2026-11-24T14:30", "Indian/Mauritius", "acquired-in-future"],
  [
    "ten minutes ahead: two machines' clocks may differ",
    "2026-11-24T14:10",
    "Indian/Mauritius",
    "2026-11-24T10:10:00Z",
  ],
])("%s", (_, at, zone, expected) => {
  expect(said(at, zone)).toBe(expected);
});
