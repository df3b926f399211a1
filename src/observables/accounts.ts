import { countrySpecs, isValidIBAN } from "ibantools";
import { type Finder, sweep } from "./finding.ts";

const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}/g;
// A run of digits alone may be anything; it is an account where the words in front say so.
const LABELLED =
  /(?<![A-Za-z])(?:account|acct|a\/c|acc|compte|cuenta|konto|akaunti)(?:\s?(?:no|nr|num|number|numéro|namba|n°|#))?\.?\s?[:=#]?\s?(\d(?:[ -]?\d){6,19})(?!\d)/gi;

/** Bank accounts: IBANs whose check digits hold, and national numbers that the text calls an account. */
export const findAccounts: Finder = (text, { country }) => {
  const ibans = sweep(text, IBAN, ([value]) => {
    const number = ibanIn(value);
    return number ? { type: "account", value: number, key: `iban:${number}`, strong: true } : undefined;
  });
  const labelled = sweep(ibans.rest, LABELLED, ([, digits = ""]) => ({
    type: "account",
    value: digits,
    key: `account:${country}:${digits.replaceAll(/\D/g, "")}`,
    strong: true,
  }));
  return { observables: [...ibans.observables, ...labelled.observables], rest: labelled.rest };
};

/** The IBAN at the start of `text`, cut to its country's length, since words may follow it; `undefined` where its check digits fail. */
export function ibanIn(text: string): string | undefined {
  const written = text.replaceAll(/[ -]/g, "").toUpperCase();
  const length = countrySpecs[written.slice(0, 2)]?.chars;
  if (!length || written.length < length) return undefined;
  const number = written.slice(0, length);
  return isValidIBAN(number) ? number : undefined;
}
