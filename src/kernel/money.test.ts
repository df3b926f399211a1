import fc from "fast-check";
import { expect, test } from "vitest";
import { amountIn, decimalOf, readAmount } from "./money.ts";

test.each([
  ["41300", "MUR", "41300.00"],
  ["41 300", "MUR", "41300.00"],
  ["41,300", "MUR", "41300.00"],
  ["41.300", "MUR", "41300.00"],
  ["41,300.50", "MUR", "41300.50"],
  ["41.300,50", "MUR", "41300.50"],
  ["1,000,000", "MUR", "1000000.00"],
  ["12,5", "MUR", "12.50"],
  ["Rs 41,300", "MUR", "41300.00"],
  ["USD 500", "MUR", "500.00"],
  ["500 usd", "MUR", "500.00"],
  ["٤١٬٣٠٠٫٥٠", "MAD", "41300.50"],
  ["1'200.05", "MUR", "1200.05"],
  ["15000", "JPY", "15000"],
  ["1.250", "TND", "1.250"],
  ["1.999", "MUR", "1999.00"],
  ["1,00,000.50", "INR", "100000.50"],
] as const)("%s in %s is %s", (typed, currency, expected) => {
  const amount = readAmount(typed, currency);
  expect(amount && decimalOf(amount)).toBe(expected);
});

test.each(["", "much", "500 or 600", "-500", "1.234.5678", "9".repeat(30)])("%s is no amount", (typed) => {
  expect(readAmount(typed, "MUR")).toBeUndefined();
});

test("an amount written out is read back as the same", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.constantFrom("MUR", "PHP", "XOF", "USD"),
      (minor, currency) => {
        expect(readAmount(decimalOf({ minor, currency }), currency)).toEqual({ minor, currency });
      },
    ),
  );
});

test("no digit is lost in words", () => {
  expect(amountIn({ minor: 900_719_925_474_099, currency: "USD" }, "en")).toBe("$9,007,199,254,740.99");
});
