import { expect, test } from "vitest";
import { dayOf } from "./when.tsx";

test.each([
  ["2026-12-31", "en", "31 December 2026"],
  ["2026-12-31", "fr", "31 décembre 2026"],
  ["2026-12-31", "ar", "31 ديسمبر 2026"],
  // What the other side wrote is shown even where it is no day.
  ["2026-02-30", "en", "2026-02-30"],
  ["soon", "en", "soon"],
  ["", "en", ""],
])("the day %s in %s is %s", (day, locale, words) => expect(dayOf(day, locale)).toBe(words));
