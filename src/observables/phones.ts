import {
  type CountryCode,
  findPhoneNumbersInText,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from "libphonenumber-js";
import { type Finder, type Observable, countryCode } from "./finding.ts";

/** A text with fewer digits than this, or none of them near each other, holds no telephone number. */
const SEVEN_DIGITS_NEAR = /\d(?:[^\d\n]{0,3}\d){6}/;

/** Telephone numbers as the country's numbering plan allows them; those without a country code are read as the default country's. */
export const findPhones: Finder = (text, { country }) => {
  if (!SEVEN_DIGITS_NEAR.test(text)) return { observables: [], rest: text };
  const defaultCountry = planOf(country);
  const plain = [...text.matchAll(PLAIN)].map(([number]) => number);
  // Most numbers stand in one piece; the matcher, ten times as dear, is kept for texts that hold others.
  if (!SEVEN_DIGITS_NEAR.test(text.replace(PLAIN, ";")))
    return { observables: plain.flatMap((number) => readValid(number, defaultCountry)), rest: text };
  const found = findPhoneNumbersInText(text, defaultCountry ? { defaultCountry } : {});
  const observables = found.map(({ number, startsAt, endsAt }) => phone(text.slice(startsAt, endsAt), number.number));
  return { observables, rest: text };
};

/** A number in one piece, with nothing beside it that could belong to it. */
const PLAIN =
  /(?<![\p{L}\p{N}\p{M}$€£])(?<![\p{N}+.,/:()[\]#*~-]\s?)\+?\d{7,15}(?![\p{L}\p{N}\p{M}]|[\s.,/:()[\]#*~-]{1,3}[\p{N}+(x]|\s*(?:ext|extn|x)\b)/gu;

function readValid(number: string, defaultCountry: CountryCode | undefined): Observable[] {
  const parsed = parsePhoneNumberFromString(number, defaultCountry);
  return parsed?.isValid() === true ? [phone(number, parsed.number)] : [];
}

/** One telephone number in a field of its own; `undefined` where the numbering plan has no such number. */
export function readPhone(text: string, country: string): Observable | undefined {
  const number = parsePhoneNumberFromString(text.slice(0, 60), planOf(country));
  return number?.isPossible() === true ? phone(text, number.number) : undefined;
}

function planOf(country: string): CountryCode | undefined {
  const code = countryCode(country);
  return code && isSupportedCountry(code) ? code : undefined;
}

const phone = (value: string, e164: string): Observable => ({
  type: "phone",
  value: value.trim(),
  key: `phone:${e164}`,
  strong: true,
});
