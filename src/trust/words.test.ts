import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { printedLines } from "./verify-print.ts";
import type { Report } from "./verify.ts";
import { sentence, sentencesOf } from "./verify-words.ts";

const valuesIn = (text: string): string[] =>
  [...text.matchAll(/\{([a-z0-9]+)\}/g)].map(([, name = ""]) => name).toSorted();

test("every sentence of the verifier takes the same values in English, French and Arabic", () => {
  const en = sentencesOf("en");
  for (const other of [sentencesOf("fr"), sentencesOf("ar")]) {
    expect(Object.keys(other).toSorted()).toEqual(Object.keys(en).toSorted());
    for (const [key, text] of Object.entries(en)) {
      expect(valuesIn(other[key as keyof typeof other]), key).toEqual(valuesIn(text));
      expect(text.includes("!"), key).toBe(false);
    }
  }
});

test("nothing of the Arabic is left in Latin letters but names that stand so in files and commands", () => {
  const names =
    /^(SHA|MD|UTF|PDF|i|o|d|JSON|ASiC|E|asice|age|comity|verify|html|policy|json|identity|FILE|AGE|SECRET|KEY|PEM|all|digests|sum|sha)$/i;
  for (const [key, text] of Object.entries(sentencesOf("ar"))) {
    const words = text.replaceAll(/\{[a-z0-9]+\}/g, " ").match(/[A-Za-z]+/g) ?? [];
    expect([key, words.filter((word) => !names.test(word))]).toEqual([key, []]);
  }
});

test("values stand apart in a text that runs from right to left, and moments are given without their notation", () => {
  const values = { stamped: "ledger/checkpoint", at: "2026-11-23T12:00:00Z", name: "TSA" };
  expect(sentence("ar", "timestamp.ok", values)).toContain("\u20682026-11-23 12:00:00 UTC\u2069");
  expect(sentence("en", "timestamp.ok", values)).toBe("TSA stamped ledger/checkpoint at 2026-11-23 12:00:00 UTC.");
});

test("what stands in a file can't write the verdict on it: no order to a terminal, no line of its own, no turned letters", () => {
  const values = {
    by: "A\u001b[2J\r\n\n  ✓ all",
    name: "photo_\u202egpj.exe",
    reason: "x\u2028y",
    number: "E1",
    event: 1,
    at: "",
  };
  for (const locale of ["en", "fr", "ar"] as const) {
    const said = sentence(locale, "withheld.file", { ...values, sha256: "0" });
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(said).not.toMatch(/[\u0000-\u001f\u2028-\u202e]/);
    expect(said).toContain("photo_⟨U+202E⟩gpj.exe");
    expect(said).toContain("A⟨U+001B⟩[2J ↵  ↵   ✓ all");
  }
  expect(sentence("en", "usage.no-file", { name: "ملف.asice" })).toContain("\u2068ملف.asice\u2069");
});

test("many faults of one kind are listed once, with what they mean, and what is left out is counted", () => {
  const check = (n: number) =>
    ({ id: "custody", ok: false, subject: `event ${n}`, key: "custody.chain", values: { event: n } }) as const;
  const report: Report = {
    kind: "package",
    ok: false,
    checks: [
      ...Array.from({ length: 200 }, (_, n) => check(n)),
      { ...check(200), id: "zip", key: "zip.name", values: {} },
    ],
    signer: null,
    ledger: null,
    items: [],
    timestamps: [],
  };
  for (const locale of ["en", "fr", "ar"] as const) {
    const lines = printedLines(report, "x.asice", { locale, hasPolicy: false });
    expect(lines.filter(({ kind }) => kind === "wrong").length).toBe(52);
    expect(lines.filter(({ kind }) => kind === "detail").length).toBe(4);
    expect(lines.map(({ text }) => text).join()).toContain("150");
    expect(lines[0]?.text).toContain("201");
  }
});

test("every sentence of the verifier is said somewhere", () => {
  const code = readdirSync("src/trust")
    .filter((name) => /^verify.*\.(ts|html)$/.test(name) && !name.startsWith("verify-words"))
    .map((name) => readFileSync(`src/trust/${name}`, "utf8"))
    .join("\n");
  // Sentences about faults of signatures, time-stamps and proofs are named by the fault itself.
  const byFault =
    /^(signature|timestamp|proof)\.(content|key|certificate|other-bytes|signature|not-for-timestamps|not-in-force|other-checkpoint|wrong)$/;
  // Those that go with a check or a part of the report are named by it.
  const byName = /^(means|heading)\.[a-z]+$/;
  const unsaid = Object.keys(sentencesOf("en")).filter(
    (key) => !code.includes(`"${key}"`) && !byFault.test(key) && !byName.test(key) && key !== "unreadable",
  );
  expect(unsaid).toEqual([]);
});

test("a value that is not given is left standing, and one that looks like a value is not taken for one", () => {
  expect(sentence("en", "bag.line", { line: "{line}" })).toBe("line {line} cannot be read.");
  expect(sentence("en", "bag.line")).toBe("line {line} cannot be read.");
});
