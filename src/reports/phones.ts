import { type CountryCode, findPhoneNumbersInText, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { type Finder, type Observable, countryCode } from "./finding.ts";

/** A text with fewer digits than this, or none of them near each other, holds no telephone number. */
const SEVEN_DIGITS_NEAR = /\d(?:[^\d\n]{0,3}\d){6}/;

/** Telephone numbers as the country's numbering plan allows them; those without a country code are read as the default country's. */
export const findPhones: Finder = (text, { country }) => {
  if (!SEVEN_DIGITS_NEAR.test(text)) return { observables: [], rest: text };
  const defaultCountry = planOf(country);
  const found = findPhoneNumbersInText(text, defaultCountry ? { defaultCountry } : {});
  const observables = found.map(({ number, startsAt, endsAt }) => phone(text.slice(startsAt, endsAt), number.number));
  return { observables, rest: text };
};

/** One telephone number in a field of its own; `undefined` where the numbering plan has no such number. */
export function readPhone(text: string, country: string): Observable | undefined {
  const number = parsePhoneNumberFromString(text.slice(0, 60), planOf(country));
  return number?.isPossible() === true ? phone(text, number.number) : undefined;
}

function planOf(country: string): CountryCode | undefined {
  const code = countryCode(country);
  return code && isSupportedCountry(code) ? code : undefined;
}

const phone = (value: string, e164: string): Observable => ({ type: "phone", value: value.trim(), key: `phone:${e164}`, strong: true });
