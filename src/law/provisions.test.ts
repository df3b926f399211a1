import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LIFE as CASE_LIFE } from "../cases/case.ts";
import { GROUNDS } from "./grounds.ts";
import { MEASURE_CODES, measureOf } from "./measures.ts";
import { PROVISIONS } from "./provisions.ts";
import { CLASSIFICATION } from "../reports/classification.ts";
import { LIFE as REQUEST_LIFE } from "../requests/request.ts";

const FOLDERS = ["src", "packs", "locales"];
/** The list itself, and tests, cite nothing. */
const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
).filter(
  (file) => /\.(ts|tsx|json|cedar)$/.test(file) && !/\.test\.tsx?$/.test(file) && file !== "src/law/provisions.ts",
);

const TREATY = /CETS \d+|Regulation \(EU\) \d+\/\d+/;
// "Art. 2-11" and "Art. 27(4)-(7)" are ranges; a further article of the same treaty follows after a comma.
const ARTICLE = /Art\. (\d+)((?:\([0-9a-z]\))*)(?:-(\d+)|-\((\d)\))?/g;
const CITATION = new RegExp(`(${TREATY.source})((?:,? Art\\. \\d+(?:-\\d+)?(?:-?\\([0-9a-z]\\))*)*)`, "g");

/** `CETS 185 Art. 27(4)-(5), Art. 35` as the three provisions that it names. */
function cited(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([, treaty = "", articles = ""]) => {
    if (articles === "") return [treaty];
    return [...articles.matchAll(ARTICLE)].flatMap(([, number = "", inner = "", lastArticle, lastParagraph]) => {
      if (lastArticle !== undefined)
        return range(Number(number), Number(lastArticle)).map((each) => `${treaty} Art. ${each}`);
      if (lastParagraph === undefined) return [`${treaty} Art. ${number}${inner}`];
      return range(Number(inner.slice(1, -1)), Number(lastParagraph)).map(
        (each) => `${treaty} Art. ${number}(${each})`,
      );
    });
  });
}
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Where each provision is cited. */
const places = new Map<string, Set<string>>();
const note = (file: string, text: string): void => {
  for (const provision of cited(text)) places.set(provision, (places.get(provision) ?? new Set()).add(file));
};
for (const file of files) note(file, readFileSync(file, "utf8"));
for (const { articles } of Object.values(CLASSIFICATION))
  for (const each of articles) note("src/reports/classification.ts", each);
places.delete("CETS 185"); // the template from which the classification makes its articles

test.each([
  ["CETS 185 Art. 29(7)", ["CETS 185 Art. 29(7)"]],
  [
    "CETS 185 Art. 25(4), Art. 27(4)-(7), Art. 35",
    ["25(4)", "27(4)", "27(5)", "27(6)", "27(7)", "35"].map((each) => `CETS 185 Art. ${each}`),
  ],
  ["CETS 185 Art. 2-4, CETS 189", ["CETS 185 Art. 2", "CETS 185 Art. 3", "CETS 185 Art. 4", "CETS 189"]],
  ["Regulation (EU) 2023/1543 Art. 10", ["Regulation (EU) 2023/1543 Art. 10"]],
])("%s is read as the provisions that it names", (text, expected) => {
  expect(cited(text)).toEqual(expected);
});

test("every provision that is cited is in the list", () => {
  expect(
    [...places]
      .filter(([provision]) => !(provision in PROVISIONS))
      .map(([provision, where]) => `${provision}: ${[...where].join(", ")}`),
  ).toEqual([]);
});

test("every provision of the list is cited, or said not to be built", () => {
  expect(
    Object.entries(PROVISIONS)
      .filter(([provision, { notBuilt }]) => places.has(provision) === (notBuilt !== undefined))
      .map(([provision]) => provision),
  ).toEqual([]);
});

test("what a life, a measure or a ground rests on is a provision of the list", () => {
  const bases = [
    ...[...Object.values(REQUEST_LIFE), ...Object.values(CASE_LIFE)].flatMap((step) =>
      "source" in step && step.source ? [step.source] : [],
    ),
    ...MEASURE_CODES.flatMap((code) => [
      measureOf(code).basis,
      measureOf(code).keepDays?.source ?? measureOf(code).basis,
    ]),
    ...GROUNDS.map(({ basis }) => basis),
  ];
  expect(
    bases.filter((basis) => cited(basis).length === 0 || !cited(basis).every((each) => each in PROVISIONS)),
  ).toEqual([]);
});

test("article → file, for jurists", ({ annotate }) =>
  annotate(
    [...places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([provision, where]) => `${provision}  ${[...where].sort().join("  ")}`)
      .join("\n"),
  ));
