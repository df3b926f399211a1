import { readFileSync } from "node:fs";

const { questions } = JSON.parse(readFileSync("packs/convention/powers.json", "utf8")) as {
  questions: readonly { readonly code: string; readonly measures: readonly string[] }[];
};

/** Enough of an answer to each question that the law of every country asks of that measure, by its code. */
export const answersTo = (measure: string): Record<string, string> =>
  Object.fromEntries(
    questions
      .filter(({ measures }) => measures.includes(measure))
      .map(({ code }) => [code, "Bank records were read; one account and nine days are asked for, as the file shows."]),
  );
