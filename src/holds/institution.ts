import type { Reporting } from "../access/pack-reporting.ts";
import type { Submission } from "../reports/slice.ts";

/** A bank, mobile-money service or exchange, as the pack names it. */
export type Institution = Reporting["institutions"][number];
type Transfer = Submission["transfers"][number];

/** Money that left longer ago than this has mostly gone on, in hours. */
export const FRESH_HOURS = 72;
/** Most notices that one report drafts by itself. */
const DRAFTS_MAX = 50;

const words = (text: string): string =>
  ` ${text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()} `;
const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "");

/** An IBAN: country, two check digits, and then the bank's own part. @source ISO 13616-1 */
const IBAN = /^[A-Z]{2}\d{2}([A-Z0-9]{10,30})$/;

/** True where an account or number begins as those of the institution do: an IBAN behind its check digits, all else at once. */
function isTheirs(account: string, prefixes: readonly string[]): boolean {
  const own = plain(account);
  const inner = IBAN.exec(own)?.[1] ?? own;
  return prefixes.some((prefix) => {
    const start = plain(prefix);
    return start.length >= 3 && (inner.startsWith(start) || own.startsWith(start));
  });
}

/** True where a text names the institution by its name, or by one of those under which people know it, as whole words. */
const isNamed = (text: string, { name, known }: Institution): boolean =>
  [name, ...known].some((each) => words(text).includes(words(each)));

/**
 * Which institution a transfer went to: by the beginning of the account, then by what the reporter called it. `undefined` where none
 * or more than one fits; then an officer chooses. A notice to the wrong bank costs the hours in which the money leaves.
 */
export function institutionOf(
  { to, through }: Pick<Transfer, "to" | "through">,
  institutions: readonly Institution[],
): Institution | undefined {
  const byAccount = institutions.filter(({ prefixes }) => to !== undefined && isTheirs(to, prefixes));
  if (byAccount.length > 0) return byAccount.length === 1 ? byAccount[0] : undefined;
  const said = [through, to].filter((each) => each !== undefined);
  const byName = institutions.filter((each) => said.some((text) => isNamed(text, each)));
  return byName.length === 1 ? byName[0] : undefined;
}

/** The transfers of a report for which a notice is drafted: dated, not older than 72 hours, and not yet to come. */
export function freshTransfers(
  transfers: readonly Transfer[],
  now: Temporal.Instant,
): readonly { readonly at: number; readonly transfer: Transfer }[] {
  return transfers
    .map((transfer, at) => ({ at, transfer }))
    .filter(({ transfer: { at, to, through, reference } }) => {
      if (at === undefined || (to ?? through ?? reference) === undefined) return false;
      const hours = Temporal.Instant.from(at).until(now).total("hours");
      return hours >= 0 && hours < FRESH_HOURS;
    })
    .slice(0, DRAFTS_MAX);
}
