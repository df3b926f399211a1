import { findAccounts } from "./accounts.ts";
import { findEmails, findHandles, findHashes, findIps } from "./addresses.ts";
import type { Country, Finder, Observable } from "./finding.ts";
import { findLinks } from "./links.ts";
import { findPhones } from "./phones.ts";
import { findWallets } from "./wallets.ts";

/** Longest text that is searched, in UTF-16 units; what comes after is kept but not searched. */
export const SEARCHED_MAX = 20_000;
/** Most observables that one text may give; a pasted list of thousands is evidence, not a report's own facts. */
export const OBSERVABLES_MAX = 100;
const VALUE_MAX = 300;

// Links before telephone numbers (a number inside an address is part of the address), wallets and IBANs before both hashes and numbers.
const FINDERS: readonly Finder[] = [
  findEmails,
  findLinks,
  findIps,
  findWallets,
  findAccounts,
  findHashes,
  findHandles,
  findPhones,
];

/**
 * Finds telephone numbers, links, e-mail addresses, wallets, bank accounts, IP addresses, hashes and handles in free text,
 * each once, in the order of their kinds. Full-width and ornamental letters are read as plain ones. Never throws.
 */
export function findObservables(text: string, where: Country): Observable[] {
  let rest = plain(text.slice(0, SEARCHED_MAX));
  const found = new Map<string, Observable>();
  for (const find of FINDERS) {
    const { observables, rest: remaining } = find(rest, where);
    for (const each of observables)
      if (!found.has(each.key)) found.set(each.key, { ...each, value: each.value.slice(0, VALUE_MAX) });
    rest = remaining;
    if (found.size >= OBSERVABLES_MAX) break;
  }
  return [...found.values()].slice(0, OBSERVABLES_MAX);
}

/** Reads ornamental letters as plain ones and drops characters of no width, which scams put between letters. */
const plain = (text: string): string =>
  /^[\x20-\x7e\n\r\t]*$/.test(text)
    ? text
    : text
        .toWellFormed()
        .normalize("NFKC")
        .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, "");
