import type { FieldError } from "../kernel/errors.ts";
import { askedFor, isIdentifying, measureOf, type Particulars } from "../law/slice.ts";
import { GROUND, missingGround } from "./emergency.ts";
import type { RequestRow } from "./request.ts";

/** What is looked at before a request may be decided upon. */
export type Substance = Pick<
  RequestRow,
  "measure" | "offence" | "facts" | "necessity" | "proportionality" | "data" | "custodian" | "particulars"
> & { readonly urgency?: RequestRow["urgency"] };

const FACTS_MIN = 60;
const TEST_MIN = 40;
const WORDS_MIN = 6;

/** A text as compared: without case, accents, punctuation and blanks. Vowel signs stay: many scripts write half of a word with them. */
const bare = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}]|[\u0300-\u036f]/gu, "");
/** Cuts a text into words, also where a script sets no blanks between them. */
const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const words = (text: string): Set<string> =>
  new Set(
    [...segmenter.segment(text.toLowerCase())].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : [])),
  );
/** Letters and digits of a text. A sign that stands for a syllable or a word counts for two. */
const letters = (text: string): number =>
  bare(text).length +
  (text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0);

/** True where a text is shorter than so many letters, or of fewer different words. */
export const isThin = (given: string, minimum: number, many: number): boolean =>
  letters(given) < minimum || words(given).size < many;

/**
 * What is missing from a request, as a person would say it; empty where nothing is.
 *
 * Texts must be there and say something: long enough, of several words, and each its own. A necessity that repeats the facts is no necessity.
 *
 * @source CETS 185 Art. 15(1)
 * @source CETS 185 Art. 29(2)
 */
export function missing(request: Substance): FieldError[] {
  return [...texts(request), ...wanted(request), ...particulars(request)];
}

/** The same of a request that arrives: what is withheld until its conditions are accepted is not missed yet. @source CETS 185 Art. 26 */
export function missingOnArrival(request: Substance): FieldError[] {
  const withheld = (measureOf(request.measure).withheld ?? []).map((name) => `particulars.${name}`);
  return missing(request).filter(({ path }) => !withheld.includes(path));
}

function texts(request: Substance): FieldError[] {
  const asked = [
    ["offence", 3, 1],
    ["facts", FACTS_MIN, WORDS_MIN],
    ["necessity", TEST_MIN, WORDS_MIN],
    ["proportionality", TEST_MIN, WORDS_MIN],
  ] as const;
  const errors: FieldError[] = asked.flatMap(([path, minimum, many]) => {
    const given = request[path].trim();
    if (given === "") return [{ path, key: `request-${path}-missing` }];
    if (isThin(given, minimum, many)) return [{ path, key: "request-text-too-thin", values: { minimum } }];
    return [];
  });
  const seen = new Map<string, string>();
  for (const path of ["facts", "necessity", "proportionality"] as const) {
    const text = bare(request[path]);
    const first = seen.get(text);
    if (text !== "" && first !== undefined) errors.push({ path, key: "request-same-text" });
    seen.set(text, path);
  }
  return errors;
}

function wanted({ measure, data }: Substance): FieldError[] {
  const { names, categories } = measureOf(measure);
  if (data.length === 0) return names === "nothing" ? [] : [{ path: "data", key: "request-data-missing" }];
  return data.flatMap(({ category, description, identifiers }, index) => [
    ...(categories && !categories.includes(category)
      ? [{ path: `data.${index}.category`, key: "request-category-not-for-measure" }]
      : []),
    ...(words(description).size < 2 ? [{ path: `data.${index}.description`, key: "request-data-description" }] : []),
    ...(identifiers.length === 0 ? [{ path: `data.${index}.identifiers`, key: "request-data-identifiers" }] : []),
  ]);
}

/** Least years that an offence carries for which traffic data or content is ordered. */
const EU_YEARS_MIN = 3;

/** Of traffic data that is only to identify the user no more is asked than of subscriber data. @source Regulation (EU) 2023/1543 Art. 5, Art. 10 */
function europeanOrder(data: Substance["data"], urgency: string, given: Particulars): FieldError[] {
  const { sentence = "", listed, deadline, deadlineReasons = "" } = given;
  const years = Number(sentence);
  const intrusive =
    listed !== "yes" &&
    data.some(({ category }) => category === "content" || (category === "traffic" && !isIdentifying(given)));
  const hasReason =
    deadline === "earlier" ? words(deadlineReasons).size > 0 : deadline !== "eight-hours" || urgency === "emergency";
  return [
    ...(intrusive && !(years > 0) ? [{ path: "particulars.sentence", key: "request-sentence-missing" }] : []),
    ...(intrusive && years > 0 && years < EU_YEARS_MIN
      ? [{ path: "particulars.sentence", key: "request-eu-too-light" }]
      : []),
    ...(isIdentifying(given) && data.some(({ category }) => category === "content")
      ? [{ path: "particulars.identifying", key: "request-eu-identifying" }]
      : []),
    ...(hasReason ? [] : [{ path: "particulars.deadline", key: "request-eu-deadline" }]),
  ];
}

function particulars(request: Substance): FieldError[] {
  const { measure, custodian, data, urgency = "routine", particulars: given } = request;
  const { custodian: isAsked, particulars: names } = measureOf(measure);
  const own = urgency === "emergency" ? names.filter((name) => !(GROUND as readonly string[]).includes(name)) : names;
  const thin = own.flatMap((name): FieldError[] => {
    const { words: fewest, control, options } = askedFor(name);
    const text = (given[name] ?? "").trim();
    const says = control === "date" || options ? (text === "" ? 0 : fewest) : words(text).size;
    return says < fewest ? [{ path: `particulars.${name}`, key: `request-${name}-missing` }] : [];
  });
  const { from = "", until = "" } = given;
  return [
    ...(measure === "EU1" ? europeanOrder(data, urgency, given) : []),
    ...(isAsked && custodian.trim() === "" ? [{ path: "custodian", key: "request-custodian-missing" }] : []),
    ...thin,
    ...missingGround(request, (text) => words(text).size),
    ...(names.includes("until") && from !== "" && until !== "" && until < from
      ? [{ path: "particulars.until", key: "request-period-order" }]
      : []),
  ];
}
