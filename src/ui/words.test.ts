import fc from "fast-check";
import { expect, test } from "vitest";
import { countryName } from "./country.tsx";
import { wordsBetween } from "./diff.tsx";
import { type LaneClock, placeAt, placesOf, type Stop } from "./lanes-places.ts";
import { moneyOf } from "./money.tsx";
import { sizeInWords } from "./upload.tsx";

const plain = (text: string) => text.replaceAll(/\s/g, " ");
const at = (text: string) => Temporal.Instant.from(text);

test.each([
  ["1250000.50", "MUR", "en", "MUR 1,250,000.50"],
  ["9007199254740993.01", "EUR", "en", "EUR 9,007,199,254,740,993.01"],
  ["0.084512345678901234", "BTC", "en", "0.084512345678901234 BTC"],
  ["12,5", "EUR", "en", "12,5 EUR"],
])("money %s %s is said in %s without rounding", (amount, currency, locale, words) => {
  expect(plain(moneyOf(amount, currency, locale))).toBe(words);
});

test("a country without a name in the world is its code", () => {
  expect(countryName("MU", "fr")).toBe("Maurice");
  expect(countryName("not a code", "en")).toBe("not a code");
});

test.each([
  [999, "999 bytes"],
  [1_400_000, "1.4 MB"],
  [9_900_000_000, "9.9 GB"],
  [0, "0 bytes"],
] as const)("%i bytes are %s", (bytes, words) => {
  expect(plain(sizeInWords(bytes, "en"))).toBe(words);
});

test("what stayed and what went out gives the text before; what stayed and what came in gives the text after", () => {
  const text = fc
    .array(fc.constantFrom("one", "two", "three", " ", "  ", "\n", "four"), { maxLength: 30 })
    .map((words) => words.join(""));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const pieces = wordsBetween(before, after);
      const of = (kind: "in" | "out") =>
        pieces
          .filter((piece) => piece.kind !== kind)
          .map((piece) => piece.text)
          .join("");
      expect([of("in"), of("out")]).toEqual([before, after]);
    }),
  );
});

test("a life is drawn in order of time, and ends with what is due", () => {
  const stop = (when: string): Stop => ({ side: "sender", act: when, at: at(when) });
  const clock = (more: Partial<LaneClock>): LaneClock => ({
    side: "receiver",
    label: "kept",
    from: at("2026-11-01T00:00:00Z"),
    due: at("2027-01-01T00:00:00Z"),
    ...more,
  });
  const now = at("2026-12-01T00:00:00Z");
  const stops = [stop("2026-11-02T00:00:00Z"), stop("2026-11-01T00:00:00Z")];
  const places = placesOf(stops, [clock({}), clock({ ended: at("2026-11-02T00:00:00Z") })], { now, closed: false });
  expect(places.map(({ kind }) => kind)).toEqual(["stop", "stop", "now", "due"]);
  expect(placeAt(places, at("2026-11-01T12:00:00Z"))).toBe(0);
  expect(placesOf(stops, [clock({})], { now, closed: true }).map(({ kind }) => kind)).toEqual(["stop", "stop"]);
});
