import fc from "fast-check";
import { expect, test } from "vitest";
import { codeDigest, newCode, newMachineCode, newReference, readCode, shownCode, withCheckDigits } from "./code.ts";

const digits14 = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 14, maxLength: 14 }).map((all) => all.join(""));

test("ISO/IEC 7064 MOD 97-10: the standard's own example, 0794 has the check digits 44", () => {
  expect(withCheckDigits("0794")).toBe("079444");
});
test("every single wrong digit is noticed", () => {
  fc.assert(
    fc.property(digits14, (digits) => {
      const code = withCheckDigits(digits);
      expect(readCode(code)).toBe(code);
      for (let at = 0; at < 16; at += 1)
        for (let digit = 0; digit < 10; digit += 1)
          if (String(digit) !== code[at])
            expect(readCode(code.slice(0, at) + digit + code.slice(at + 1))).toBeUndefined();
    }),
  );
});
test("every swap of two neighbours is noticed", () => {
  fc.assert(
    fc.property(digits14, (digits) => {
      const code = withCheckDigits(digits);
      for (let at = 0; at < 15; at += 1)
        if (code[at] !== code[at + 1])
          expect(readCode(`${code.slice(0, at)}${code[at + 1]}${code[at]}${code.slice(at + 2)}`)).toBeUndefined();
    }),
  );
});
test("a code is read as it is shown, with blanks, dashes and full-width digits", () => {
  const code = newCode();
  expect(readCode(shownCode(code))).toBe(code);
  expect(readCode(code.replaceAll(/(.{4})/g, "$1-"))).toBe(code);
  expect(readCode([...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(""))).toBe(code);
});
test("a program's code carries 128 bits, and is read in small letters too", () => {
  const code = newMachineCode();
  expect(code).toHaveLength(26);
  expect(readCode(code.toLowerCase())).toBe(code);
  expect(new Set(Array.from({ length: 1_000 }, newMachineCode)).size).toBe(1_000);
});
test("anything else is no code", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (typed) => {
      const code = readCode(typed);
      expect(code === undefined || /^(?:\d{16}|[0-9A-Z]{26})$/.test(code)).toBe(true);
    }),
  );
});
test("what is kept of a code depends on the key, and is not the code", () => {
  const code = newCode();
  expect(codeDigest(Buffer.alloc(32, 1), code)).not.toEqual(codeDigest(Buffer.alloc(32, 2), code));
  expect(codeDigest(Buffer.alloc(32, 1), code)).toHaveLength(32);
});
test("references look like R-7K4D9-QXZ2M", () => {
  expect(newReference()).toMatch(/^R-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
});
