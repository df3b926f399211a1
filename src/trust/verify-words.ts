import type { SentenceValues } from "./verify-report.ts";
import { AR } from "./verify-words-ar.ts";
import { EN, type SentenceKey } from "./verify-words-en.ts";
import { FR } from "./verify-words-fr.ts";

export type { SentenceKey } from "./verify-words-en.ts";

/** Languages that the verifier speaks. */
export type VerifierLocale = "en" | "fr" | "ar";

export const VERIFIER_LOCALES: readonly VerifierLocale[] = ["en", "fr", "ar"];

const WORDS: Readonly<Record<VerifierLocale, Readonly<Record<SentenceKey, string>>>> = { en: EN, fr: FR, ar: AR };

/** Which way a language is written. */
export const directionOf = (locale: VerifierLocale): "ltr" | "rtl" => (locale === "ar" ? "rtl" : "ltr");

/** The language that a name of one asks for (`fr_CH.UTF-8`, `ar-EG`); English where it is none of ours. */
export const verifierLocale = (asked: string): VerifierLocale =>
  VERIFIER_LOCALES.find((locale) => asked.toLowerCase().startsWith(locale)) ?? "en";

/** Marks between which a terminal or a browser orders text by itself, whatever stands around it. @source UAX #9 §2.4.2 */
const ISOLATE = { open: "\u2068", close: "\u2069" } as const;
const MOMENT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/;

/** Letters of scripts that run from right to left. */
const RUNS_BACK = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Line ends, and what a terminal takes for an order, or a text for a change of direction: with it a file could write its own verdict. */
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const code = (mark: string): string => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/**
 * A value as a reader meets it: a moment without the letters of its notation, what would hide shown as what it is, a name kept apart
 * from a text that runs the other way.
 */
function shown(locale: VerifierLocale, value: string | number): string {
  const text = String(value)
    .replace(MOMENT, (_, day: string, time: string) => `${day} ${time} UTC`)
    .replaceAll(/\r\n|\r|\n/g, " ↵ ")
    .replaceAll(HIDDEN, code);
  return directionOf(locale) === "rtl" || RUNS_BACK.test(text) ? `${ISOLATE.open}${text}${ISOLATE.close}` : text;
}

/** A sentence in a language, with its values in place. */
export const sentence = (locale: VerifierLocale, key: SentenceKey, values: SentenceValues = {}): string =>
  WORDS[locale][key].replaceAll(/\{([a-z0-9]+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : shown(locale, value);
  });

/** A name or a digest that stands by itself in a line of the reader's language. */
export const apart = (locale: VerifierLocale, text: string): string => shown(locale, text);

/** Every sentence of a language, for tests. */
export const sentencesOf = (locale: VerifierLocale): Readonly<Record<SentenceKey, string>> => WORDS[locale];
