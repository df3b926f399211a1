import type { Holder } from "../access/slice.ts";

/** Who holds what an identifier stands for, and by what that is known. */
export interface Held {
  readonly identifier: string;
  readonly holder: Holder;
  readonly by: "domain" | "prefix" | "handle";
}

const digits = (text: string): string => text.replaceAll(/\D/g, "").replace(/^00/, "");
/** A telephone number as people type it: digits with blanks, brackets, dashes or dots among them. */
const PHONE = /^\+?[\d\s().-]{6,}$/;

/** The host that an identifier names: of a mailbox, an address of the web, or a bare domain. */
export function hostIn(identifier: string): string | undefined {
  const text = identifier.trim().toLowerCase();
  const host = /^(?:[a-z][a-z\d+.-]*:\/\/)?(?:[^@/\s]*@)?([a-z\d-]+(?:\.[a-z\d-]+)+)(?:[:/?#].*)?$/.exec(text)?.[1];
  // An address of numbers is nobody's name.
  return host !== undefined && /[a-z]/.test(host) ? host : undefined;
}

const under = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/**
 * Whoever holds the data of an identifier, by the country's directory: the longest domain, telephone prefix or handle that fits.
 * Nobody where it says nothing: then the network's own registers must be asked.
 */
export function holderOf(directory: readonly Holder[], identifier: string): Held | undefined {
  const text = identifier.trim();
  const host = hostIn(text);
  const number = PHONE.test(text) ? digits(text) : undefined;
  const found = directory.flatMap((holder) => {
    const domains = host === undefined ? [] : holder.domains.filter((each) => under(host, each));
    const prefixes = number === undefined ? [] : holder.prefixes.filter((each) => number.startsWith(digits(each)));
    const handles = holder.handles.filter((each) => text.toLowerCase().startsWith(each.toLowerCase()));
    return [
      ...handles.map((each) => ({ holder, by: "handle" as const, length: each.length })),
      ...domains.map((each) => ({ holder, by: "domain" as const, length: each.length })),
      ...prefixes.map((each) => ({ holder, by: "prefix" as const, length: each.length })),
    ];
  });
  const [best] = found.sort((a, b) => b.length - a.length);
  return best && { identifier: text, holder: best.holder, by: best.by };
}

/** The same for many, each once. */
export const holdersOf = (directory: readonly Holder[], identifiers: readonly string[]): Held[] =>
  [...new Set(identifiers)].flatMap((each) => holderOf(directory, each) ?? []);
