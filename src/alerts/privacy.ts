import { findObservables } from "../observables/slice.ts";
import type { Indicator, Language, Words } from "./alert.ts";
import { TEXTS } from "./alert.ts";

/** What is known of the people behind the reports that a warning comes from, and what may always be said. */
export interface Known {
  /** How reporters can be reached, as they typed it. */
  readonly contacts: readonly {
    readonly name?: string;
    readonly email?: string;
    readonly phone?: string;
    readonly address?: string;
  }[];
  /** Keys of everything found in their reports. */
  readonly keys: ReadonlySet<string>;
  /** Keys of what authorities publish themselves: the police's number. */
  readonly open: ReadonlySet<string>;
  /** Words that are names of places and offices, folded. */
  readonly places: ReadonlySet<string>;
  /** ISO 3166: whose telephone numbers are written without a country code. */
  readonly country: string;
}

/** Something that must not be published: where it stands, what it is, and as it stands there. */
export interface Finding {
  /** `fr.happens`, `indicators`. */
  readonly path: string;
  readonly kind:
    | "phone"
    | "link"
    | "email"
    | "wallet"
    | "account"
    | "ip"
    | "hash"
    | "handle"
    | "card"
    | "number"
    | "reference"
    | "name"
    | "address"
    | "contact";
  readonly found: string;
}

/** Letters as they compare: without case, accents and marks; digits of every script as the plain ones. */
export const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const wordsIn = (text: string): string[] => (folded(text).match(WORD) ?? []).flatMap((word) => word.split(/['’-]/));

/**
 * Everything in a warning's texts and indicators that belongs to a person rather than to the matter. Empty where it may be published.
 *
 * What was chosen as an indicator may stand in the texts too; what a reporter can be reached by never may, chosen or not. Names are known
 * from the reports' contacts and by the titles before them: a name that nobody gave us can't be told from a word, and is for the second person to see.
 */
export function personalIn(
  words: Readonly<Partial<Record<Language, Words>>>,
  indicators: readonly Indicator[],
  known: Known,
): Finding[] {
  const own = new Set(
    known.contacts.flatMap(({ email = "", phone = "" }) =>
      findObservables(`${email} ; ${phone}`, known).map(({ key }) => key),
    ),
  );
  const chosen = new Set(indicators.map(({ key }) => key));
  const ofIndicators = indicators
    .filter(({ key }) => own.has(key))
    .map(({ value }): Finding => ({ path: "indicators", kind: "contact", found: value }));
  const ofTexts = Object.entries(words).flatMap(([language, each]) =>
    TEXTS.flatMap((name) => {
      const path = `${language}.${name}`;
      return inText(each[name], { known, own, chosen }).map((finding): Finding => ({ path, ...finding }));
    }),
  );
  return [...ofIndicators, ...ofTexts];
}

type Found = Omit<Finding, "path">;
interface Against {
  readonly known: Known;
  readonly own: ReadonlySet<string>;
  readonly chosen: ReadonlySet<string>;
}

function inText(text: string, { known, own, chosen }: Against): Found[] {
  const observables = findObservables(withPlainDigits(text), known).flatMap(({ type, value, key }): Found[] => {
    if (own.has(key)) return [{ kind: "contact", found: value }];
    if (known.open.has(key) || chosen.has(key)) return [];
    // A site that no report names may be a bank's or the police's own.
    if (type === "link" && !known.keys.has(key)) return [];
    return [{ kind: type, found: value }];
  });
  const mailboxes = mailboxesIn(text, { known, own, chosen }).filter(
    ({ found }) => !observables.some((each) => each.found === found),
  );
  const seen = new Set(observables.map(({ found }) => found));
  const numbers = longNumbersIn(text).filter(
    ({ found }) => !isPartOf(found, [...seen]) && !isTold(found, known, chosen),
  );
  return [...observables, ...mailboxes, ...numbers, ...namesIn(text, known)];
}

const MAILBOX =
  /[^\s@<>()[\]"“”«»,;:]+(?:@|\s?[[(](?:@|at)[\])]\s?)[^\s@<>()[\]"“”«»,;:]+(?:\.|\s?[[(](?:\.|dot)[\])]\s?)[\p{L}\p{N}-]{2,}/giu;

/** Everything with the shape of an e-mail address, whether such a domain exists or not. */
function mailboxesIn(text: string, { known, chosen }: Against): Found[] {
  const plain = (written: string): string =>
    folded(written)
      .replaceAll(/\s?[[(](?:@|at)[\])]\s?/g, "@")
      .replaceAll(/\s?[[(](?:\.|dot)[\])]\s?/g, ".");
  return [...text.matchAll(MAILBOX)].flatMap(([found]): Found[] => {
    const address = plain(found);
    if (known.contacts.some(({ email = "" }) => folded(email) === address)) return [{ kind: "contact", found }];
    return known.open.has(`email:${address}`) || chosen.has(`email:${address}`) ? [] : [{ kind: "email", found }];
  });
}

const withPlainDigits = (text: string): string =>
  text.replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digitsOf(digit));
const digitsOf = (text: string): string => folded(text).replaceAll(/\D/g, "");
const isPartOf = (number: string, found: readonly string[]): boolean =>
  found.some((each) => digitsOf(each).includes(digitsOf(number)));
/** A number that was chosen, or that authorities publish, in whatever way it is written. */
const isTold = (number: string, { open }: Known, chosen: ReadonlySet<string>): boolean => {
  const digits = digitsOf(number).replace(/^0+/, "");
  return [...chosen, ...open].some((key) => digits.length >= 4 && digitsOf(key).includes(digits));
};

const REFERENCE = /(?<![\p{L}\p{N}])(?:R-[0-9A-Z]{5}-[0-9A-Z]{5}|[RC]-\d{4}-\d{6})(?![\p{L}\p{N}])/giu;
const LETTERED = /(?<![\p{L}\p{N}])[A-Z]{1,2}\d{6,9}[A-Z]?(?![\p{L}\p{N}])/gu;
const LONG = /(?<![\p{L}\p{N}])\d(?:[ .-]?\d){7,}(?![\p{L}\p{N}])/gu;
const DAY = /^(?:\d{4}[-. ]\d{2}[-. ]\d{2}|\d{2}[-. ]\d{2}[-. ]\d{4})$/;
const AMOUNT = /^\d{1,3}(?:[ .]\d{3})+$/;

/** Cards, papers, references and other numbers of eight digits or more; days and amounts are none. */
function longNumbersIn(text: string): Found[] {
  const plain = withPlainDigits(text);
  const references = [...plain.matchAll(REFERENCE)].map(([found]): Found => ({ kind: "reference", found }));
  const papers = [...plain.matchAll(LETTERED)].map(([found]): Found => ({ kind: "number", found }));
  const long = [...plain.matchAll(LONG)]
    .map(([found]) => found)
    .filter((found) => !DAY.test(found) && !AMOUNT.test(found))
    .map((found): Found => ({ kind: isCard(digitsOf(found)) ? "card" : "number", found }));
  return [...references, ...papers, ...long];
}

/** The check digit of payment cards. @source ISO/IEC 7812-1 Annex B */
function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false;
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

const TITLED =
  /(?<![\p{L}\p{N}])(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?|M\.|Mme|Mlle|Monsieur|Madame|Docteur)\s+(\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)*)|(?<!\p{L})(?:السيد|السيدة|الآنسة|الدكتور|الدكتورة)\s+(\p{L}+(?:\s+\p{L}+)?)/gu;
/** Shortest part of a name that is looked for alone. */
const ALONE_MIN = 4;
const HOUSE_MIN = 8;

function namesIn(text: string, { contacts, places }: Known): Found[] {
  const titled = [...text.matchAll(TITLED)].map(([found]): Found => ({ kind: "name", found }));
  const written = [...text.matchAll(WORD)].flatMap(({ 0: raw, index }) => {
    const before = text.slice(0, index).trimEnd();
    const begins = before === "" || /[.!?:؟\n]$/.test(before) || /\n\s*$/.test(text.slice(0, index));
    return raw
      .split(/['’-]/)
      .filter((part) => part !== "")
      .map((part, at) => ({ raw: part, word: folded(part), begins: begins && at === 0 }));
  });
  const said = new Set(written.map(({ word }) => word));
  const flat = ` ${written.map(({ word }) => word).join(" ")} `;
  const people = contacts.flatMap(({ name = "", address = "" }): Found[] => {
    const parts = [...new Set(wordsIn(name))].filter((part) => part.length >= 2);
    const lives = wordsIn(address).join(" ");
    if (lives === "" && !parts.some((part) => said.has(part))) return [];
    return [
      ...nameIn(written, parts, places).map((found): Found => ({ kind: "contact", found })),
      ...(lives.length >= HOUSE_MIN && flat.includes(` ${lives} `)
        ? [{ kind: "address" as const, found: address }]
        : []),
    ];
  });
  return [...titled, ...people];
}

interface Written {
  readonly raw: string;
  readonly word: string;
  /** True where a sentence begins with it, so that its capital says nothing. */
  readonly begins: boolean;
}

/** A name stands where two of its parts stand together, or one alone that nothing but a name would write so. */
function nameIn(written: readonly Written[], parts: readonly string[], places: ReadonlySet<string>): string[] {
  const isPart = (at: number): boolean => parts.includes(written[at]?.word ?? "");
  for (const [at, { raw, word, begins }] of written.entries()) {
    if (!isPart(at)) continue;
    const next = written[at + 1];
    if (next && isPart(at + 1) && next.word !== word) return [`${raw} ${next.raw}`];
    if (word.length < ALONE_MIN || places.has(word)) continue;
    const isCased = /^\p{Lu}/u.test(raw);
    const hasNoCase = !/^[\p{Lu}\p{Ll}]/u.test(raw);
    if ((isCased && !begins) || (hasNoCase && parts.length === 1)) return [raw];
  }
  return [];
}
