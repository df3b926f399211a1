import { readdirSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";
import { publicKeys, readReadings, readTexts, statusOf } from "./reading.ts";

/**
 * Languages in which every text is written: the desk, the documents and the portal. Others may be offered to the public on the
 * portal, as far as they go.
 */
export const WHOLE_LANGUAGES = ["en", "fr", "ar"] as const;
export type WholeLanguage = (typeof WHOLE_LANGUAGES)[number];
export const isWhole = (locale: string): locale is WholeLanguage =>
  (WHOLE_LANGUAGES as readonly string[]).includes(locale);

/** A text of its own direction within a line of another: what somebody typed, or a code. */
export const isolated = (text: string): string => `\u{2068}${text}\u{2069}`;

/** Gives the words for a key in the reader's language; English where the language lacks it; the key itself where none has it. */
export type Translate = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** All catalogues, one per language. */
export interface Translations {
  readonly locales: readonly string[];
  readonly has: (locale: string, key: string) => boolean;
  readonly translate: (locale: string) => Translate;
  /** True where a language is not whole and some of what it holds has not been read by anybody whose language it is. */
  readonly awaitsReader: (locale: string) => boolean;
}

/** The languages in a folder, by their tags. */
export const languagesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** French sets a space before these marks and within its quotes, at which no line ends. */
const spacedAs = (locale: string, text: string): string =>
  locale === "fr" ? text.replaceAll(/ (?=[:;?!»%])/g, "\u{a0}").replaceAll("« ", "«\u{a0}") : text;

/** Reads `locales/<lang>/*.json`: flat keys, ICU MessageFormat. Throws where a file is no JSON or two files share a key. */
export function loadTranslations(folder: string): Translations {
  const catalogues = new Map(languagesIn(folder).map((locale) => [locale, readTexts(join(folder, locale))]));
  const compiled = new Map<string, IntlMessageFormat>();
  const format = (locale: string, key: string): IntlMessageFormat | undefined => {
    const id = `${locale}\n${key}`;
    const known = compiled.get(id);
    if (known) return known;
    const text = catalogues.get(locale)?.get(key);
    if (text === undefined) return undefined;
    const message = new IntlMessageFormat(spacedAs(locale, text), locale, undefined, { ignoreTag: true });
    compiled.set(id, message);
    return message;
  };
  const english: ReadonlyMap<string, string> = catalogues.get("en") ?? new Map<string, string>();
  const awaiting = new Set(
    [...catalogues].flatMap(([locale, texts]) => {
      if (isWhole(locale)) return [];
      const readings = readReadings(join(folder, locale));
      const { unread, changed } = statusOf({ english, texts, readings }, publicKeys(folder));
      return unread.length + changed.length > 0 ? [locale] : [];
    }),
  );
  return {
    locales: [...catalogues.keys()].sort(),
    has: (locale, key) => catalogues.get(locale)?.has(key) ?? false,
    translate: (locale) => (key, values) => {
      const message = format(locale, key) ?? format("en", key);
      return message ? String(message.format({ ...values })) : key;
    },
    awaitsReader: (locale) => awaiting.has(locale),
  };
}

const RIGHT_TO_LEFT = new Set(["Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"]);
/** Writing direction of a language: that of the script in which it is most likely written. */
export const direction = (locale: string): "ltr" | "rtl" =>
  RIGHT_TO_LEFT.has(new Intl.Locale(locale).maximize().script ?? "") ? "rtl" : "ltr";

/** The language of a tag in its present name: `fr` of fr-MA, `fil` of tl-PH; nothing of what is no tag. */
function languageOf(tag: string): string {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return "";
  }
}

/** The first language of an `Accept-Language` header that we have; `fallback` where there is none. */
export function negotiate(header: string | undefined, have: readonly string[], fallback: string): string {
  if (header === undefined) return fallback;
  const wanted = header
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const q = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find((v) => v !== undefined);
      return { language: languageOf(tag), q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ language, q }) => q > 0 && have.includes(language))
    .sort((a, b) => b.q - a.q);
  return wanted[0]?.language ?? fallback;
}
