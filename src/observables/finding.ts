import type { CountryCode } from "libphonenumber-js";

/** The kinds of thing in a report that can be looked for in another. */
export const OBSERVABLE_TYPES = ["phone", "link", "email", "wallet", "account", "ip", "hash", "handle"] as const;
export type ObservableType = (typeof OBSERVABLE_TYPES)[number];

/** One thing found in a text. */
export interface Observable {
  readonly type: ObservableType;
  /** As it stood in the text, at most 300 characters. */
  readonly value: string;
  /** Normalised, with its kind in front: `phone:+639171234567`, `domain:example.top`. Two reports link when these are equal. */
  readonly key: string;
  /** True where sharing it says that two reports concern the same hands: a number does, a famous web site does not. */
  readonly strong: boolean;
}

/** Where a text is searched: telephone numbers without a country code are read as that country's. */
export interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** What a finder is given and gives back: what it found, and the text with those places blanked for the finders after it. */
export interface Found {
  readonly observables: readonly Observable[];
  readonly rest: string;
}
export type Finder = (text: string, where: Country) => Found;

/** Blanks the matches of `pattern` that `take` makes something of. */
export function sweep(
  text: string,
  pattern: RegExp,
  take: (match: RegExpExecArray) => Observable | readonly Observable[] | undefined,
): Found {
  const observables: Observable[] = [];
  const pieces: string[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const taken = take(match);
    if (!taken) continue;
    observables.push(...(Array.isArray(taken) ? taken : [taken as Observable]));
    pieces.push(text.slice(at, match.index), " ; ");
    at = match.index + match[0].length;
  }
  return observables.length === 0
    ? { observables, rest: text }
    : { observables, rest: pieces.join("") + text.slice(at) };
}

/** The country as the telephone library types it; `undefined` for the code of no country. */
export const countryCode = (country: string): CountryCode | undefined =>
  /^[A-Z]{2}$/.test(country) && country !== "ZZ" ? (country as CountryCode) : undefined;
