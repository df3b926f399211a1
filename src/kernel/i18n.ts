import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";

/**
 * Languages in which every text is written: the desk, the documents and the portal. Others may be offered to the public on the
 * portal, as far as they go.
 */
export const WHOLE_LANGUAGES = ["en", "fr", "ar"] as const;
export type WholeLanguage = (typeof WHOLE_LANGUAGES)[number];
export const isWhole = (locale: string): locale is WholeLanguage =>
  (WHOLE_LANGUAGES as readonly string[]).includes(locale);

/** Gives the words for a key in the reader's language; English where the language lacks it; the key itself where none has it. */
export type Translate = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** All catalogues, one per language. */
export interface Translations {
  readonly locales: readonly string[];
  readonly has: (locale: string, key: string) => boolean;
  readonly translate: (locale: string) => Translate;
}

/** Reads `locales/<lang>/*.json`: flat keys, ICU MessageFormat. Throws where a file is no JSON or two files share a key. */
export function loadTranslations(folder: string): Translations {
  const catalogues = new Map(readdirSync(folder).map((locale) => [locale, readCatalogue(join(folder, locale))]));
  const compiled = new Map<string, IntlMessageFormat>();
  const format = (locale: string, key: string): IntlMessageFormat | undefined => {
    const id = `${locale}\n${key}`;
    const known = compiled.get(id);
    if (known) return known;
    const text = catalogues.get(locale)?.get(key);
    if (text === undefined) return undefined;
    const message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
    compiled.set(id, message);
    return message;
  };
  return {
    locales: [...catalogues.keys()].sort(),
    has: (locale, key) => catalogues.get(locale)?.has(key) ?? false,
    translate: (locale) => (key, values) => {
      const message = format(locale, key) ?? format("en", key);
      return message ? String(message.format({ ...values })) : key;
    },
  };
}

function readCatalogue(folder: string): Map<string, string> {
  const messages = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const entries = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, string>;
    for (const [key, text] of Object.entries(entries)) {
      if (messages.has(key)) throw new Error(`${join(folder, file)}: "${key}" stands in two files`);
      messages.set(key, text);
    }
  }
  return messages;
}

const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ps", "ur"]);
/** Writing direction of a language. */
export const direction = (locale: string): "ltr" | "rtl" =>
  RIGHT_TO_LEFT.has(locale.split("-")[0] ?? "") ? "rtl" : "ltr";

/** The first language of an `Accept-Language` header that we have; `fallback` where there is none. */
export function negotiate(header: string | undefined, have: readonly string[], fallback: string): string {
  if (header === undefined) return fallback;
  const wanted = header
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const q = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find((v) => v !== undefined);
      return { language: tag.toLowerCase().split("-")[0] ?? "", q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ language, q }) => q > 0 && have.includes(language))
    .sort((a, b) => b.q - a.q);
  return wanted[0]?.language ?? fallback;
}
