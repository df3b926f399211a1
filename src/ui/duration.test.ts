import { expect, test } from "vitest";
import { durationInWords } from "./duration.ts";

test.each([
  [0, "en", "0 seconds"],
  [45_000, "en", "45 seconds"],
  [12 * 60_000, "en", "12 minutes"],
  [3 * 86_400_000 + 4 * 3_600_000, "en", "3 days, 4 hours"],
  [59 * 86_400_000 + 4 * 3_600_000, "en", "59 days"],
  [-2 * 3_600_000, "en", "−2 hours"],
  [86_400_000, "fr", "1\u00a0jour"],
])("%d ms in %s: %s", (milliseconds, locale, words) => {
  expect(durationInWords(milliseconds, locale)).toBe(words);
});
