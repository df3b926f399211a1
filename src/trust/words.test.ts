import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { sentence, sentencesOf } from "./verify-words.ts";

const valuesIn = (text: string): string[] =>
  [...text.matchAll(/\{([a-z0-9]+)\}/g)].map(([, name = ""]) => name).toSorted();

test("every sentence of the verifier takes the same values in English and French", () => {
  const [en, fr] = [sentencesOf("en"), sentencesOf("fr")];
  expect(Object.keys(fr)).toEqual(Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    expect(valuesIn(fr[key as keyof typeof fr]), key).toEqual(valuesIn(text));
    expect(text.includes("!"), key).toBe(false);
  }
});

test("every sentence of the verifier is said somewhere", () => {
  const code = readdirSync("src/trust")
    .filter((name) => /^verify.*\.ts$/.test(name) && name !== "verify-words.ts")
    .map((name) => readFileSync(`src/trust/${name}`, "utf8"))
    .join("\n");
  // Sentences about faults of signatures, time-stamps and proofs are named by the fault itself.
  const byFault =
    /^(signature|timestamp|proof)\.(content|key|certificate|other-bytes|signature|not-for-timestamps|not-in-force|other-checkpoint|wrong)$/;
  const unsaid = Object.keys(sentencesOf("en")).filter(
    (key) => !code.includes(`"${key}"`) && !byFault.test(key) && key !== "unreadable",
  );
  expect(unsaid).toEqual([]);
});

test("a value that is not given is left standing, and one that looks like a value is not taken for one", () => {
  expect(sentence("en", "bag.line", { line: "{line}" })).toBe("line {line} cannot be read.");
  expect(sentence("en", "bag.line")).toBe("line {line} cannot be read.");
});
