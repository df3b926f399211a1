import { expect, test } from "vitest";
import { base32, codeAt, codeOf, enrolmentUri, looksLikeCode, matchingStep, stepAt } from "./one-time-code.ts";

const SECRET = Buffer.from("12345678901234567890");

// The table of RFC 6238 Appendix B has eight digits; these are the last six of its SHA-1 column.
test.each([
  ["1970-01-01T00:00:59Z", "287082"],
  ["2005-03-18T01:58:29Z", "081804"],
  ["2005-03-18T01:58:31Z", "050471"],
  ["2009-02-13T23:31:30Z", "005924"],
  ["2033-05-18T03:33:20Z", "279037"],
  ["2603-10-11T11:33:20Z", "353130"],
])("RFC 6238 Appendix B: the code at %s", (at, code) => {
  expect(codeOf(SECRET, stepAt(Temporal.Instant.from(at)))).toBe(code);
});

test("the command's code is the one of its secret, however it is typed", () => {
  const at = Temporal.Instant.from("2005-03-18T01:58:29Z");
  const typed = base32(SECRET);
  expect([typed, typed.toLowerCase(), typed.replace(/(.{4})/g, "$1 ")].map((each) => codeAt(each, at))).toEqual(
    Array.from({ length: 3 }, () => "081804"),
  );
  for (const other of ["", "SHORT", "0189".repeat(8)]) expect(() => codeAt(other, at)).toThrow(/at least 16/);
});

test("a code is taken one step early and one step late, and no further", () => {
  const now = Temporal.Instant.from("2026-11-20T10:00:05Z");
  const steps = [-2, -1, 0, 1, 2].map((by) => matchingStep(SECRET, codeOf(SECRET, stepAt(now) + by), now));
  expect(steps).toEqual([undefined, stepAt(now) - 1, stepAt(now), stepAt(now) + 1, undefined]);
});

test("a code may be typed with a blank in the middle; other text is no code", () => {
  const now = Temporal.Instant.from("2026-11-20T10:00:05Z");
  const code = codeOf(SECRET, stepAt(now));
  expect(matchingStep(SECRET, `${code.slice(0, 3)} ${code.slice(3)}`, now)).toBe(stepAt(now));
  for (const other of ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\u0000"])
    expect(matchingStep(SECRET, other, now)).toBeUndefined();
  expect([" 123 456 ", "123456", "12345", "a23456"].map(looksLikeCode)).toEqual([true, true, false, false]);
});

test("an authenticator is given the secret as RFC 4648 text and as an address", () => {
  expect(base32(SECRET)).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  const uri = new URL(enrolmentUri(SECRET, { issuer: "Comity Aruna", username: "a.b" }));
  expect([uri.protocol, uri.searchParams.get("secret"), uri.searchParams.get("issuer")]).toEqual([
    "otpauth:",
    base32(SECRET),
    "Comity Aruna",
  ]);
});
