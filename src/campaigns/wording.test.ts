import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ALIKE_MIN,
  bandsOf,
  exactLikeness,
  hashingOf,
  likeness,
  SHINGLES_MIN,
  shinglesOf,
  signatureBytes,
  signatureFrom,
  signatureOf,
  wordingOf,
} from "./wording.ts";

const hashing = hashingOf(Buffer.from("the key of one node"));
const signed = (text: string) => signatureOf(wordingOf(text), hashing);
const alike = (a: string, b: string): number => {
  const [left, right] = [signed(a), signed(b)];
  return left && right ? likeness(left, right) : 0;
};
const SCAM =
  "Congratulations! Your number +63 917 123 4567 has won PHP 580,000. Claim it today at http://gcash-verify.top/a7 before 5 pm, or it goes to another winner.";

describe("the wording of a text", () => {
  test.each([
    [
      "numbers, amounts and links are left out",
      "Pay 5,000 to 09171234567 at hxxp://a-b.top now",
      "pay # to # at # now",
    ],
    ["capitals and ornamental letters are plain", "𝐖𝐈𝐍 ＮＯＷ", "win now"],
    ["characters of no width are dropped", "wi\u200bn no\u00adw", "win now"],
    ["nothing is left of a bare link", "https://t.co/xyz", "#"],
    ["Thai keeps its letters, its numbers do not", "สมัครรับเงิน500บาท", "สมัครรับเงิน # บาท"],
    ["Arabic keeps its letters", "اربح 500 الآن!", "اربح # الآن"],
    ["blanks alone say nothing", " \n ", ""],
  ])("%s", (_, text, wording) => {
    expect(wordingOf(text)).toBe(wording);
  });
  test("never fails, whatever comes", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => wordingOf(text).isWellFormed()));
  });
});

describe("likeness", () => {
  test("copies with other numbers, links and capitals are the same", () => {
    expect(
      alike(SCAM, SCAM.toUpperCase().replace("580,000", "9,999").replace("gcash-verify.top", "maya-check.xyz")),
    ).toBe(1);
  });
  test("a word more or less is alike, another text is not", () => {
    expect(alike(SCAM, `Dear friend, ${SCAM}`)).toBeGreaterThanOrEqual(ALIKE_MIN);
    expect(
      alike(
        SCAM,
        "I met him on a dating site; after two months he asked me to send money for his daughter’s operation.",
      ),
    ).toBeLessThan(0.3);
  });
  test("a short text has no signature, however often it comes", () => {
    expect(signed("please help me")).toBeNull();
    expect(shinglesOf(wordingOf("please help me")).size).toBeLessThan(SHINGLES_MIN);
  });
  test("Thai texts without blanks are compared like others", () => {
    const text = "ด่วน!ค่าโทรหมดกดสมัครดวงดีลุ้นรับค่าโทรฟรี500บาททุกวันไม่มีค่าใช้จ่ายกดเลยตอนนี้";
    expect(alike(text, `${text.replace("500", "900")}นะคะ`)).toBeGreaterThanOrEqual(ALIKE_MIN);
  });
  test("is the same from either side, and near to what the texts themselves say", () => {
    const word = fc.constantFrom(
      ..."win claim bank account verify now free prize friend money code send today urgent police tax loan job".split(
        " ",
      ),
    );
    const text = fc.array(word, { minLength: 25, maxLength: 60 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(text, text, fc.nat(20), (a, b, kept) => {
        const mixed = [...a.split(" ").slice(0, kept), ...b.split(" ")].join(" ");
        expect(alike(a, mixed)).toBe(alike(mixed, a));
        expect(Math.abs(alike(b, mixed) - exactLikeness(wordingOf(b), wordingOf(mixed)))).toBeLessThan(0.25);
      }),
      { numRuns: 60 },
    );
  });
  test("a signature is kept in 256 bytes, and read back as it was", () => {
    const signature = signed(SCAM);
    expect(signature && signatureBytes(signature).length).toBe(256);
    expect(signature && signatureFrom(signatureBytes(signature))).toEqual(signature);
  });
  test("another node's key gives other signatures and other bands", () => {
    const other = signatureOf(wordingOf(SCAM), hashingOf(Buffer.from("another node's key")));
    const own = signed(SCAM);
    expect(own && other && likeness(own, other)).toBeLessThan(0.1);
    expect(own && other && bandsOf(own).some((band) => bandsOf(other).includes(band))).toBe(false);
  });
});

const thai = join(env["COMITY_TEST_DATA"] ?? "../shared/data", "reports/sms-thai/scam.txt");
test.skipIf(!existsSync(thai))("of 459 Thai scam messages, copies with a little changed share a band", () => {
  const texts = [
    ...new Set(
      readFileSync(thai, "utf8")
        .split("\n")
        .map((line) => line.slice(line.indexOf("|") + 1)),
    ),
  ];
  const met = texts.flatMap((text) => {
    const [own, copy] = [signed(text), signed(`ด่วน ${text} https://other.top/${text.length}`)];
    if (!own || !copy || exactLikeness(wordingOf(text), wordingOf(`ด่วน ${text}`)) < 0.8) return [];
    const bands = new Set(bandsOf(own));
    return [bandsOf(copy).some((band) => bands.has(band))];
  });
  expect(met.length).toBeGreaterThan(200);
  expect(met.filter(Boolean).length / met.length).toBeGreaterThanOrEqual(0.97);
});
