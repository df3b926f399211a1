import { invalid } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { type ItemRow, settled } from "./item.ts";

/** What a receiver says to have seen before they sign. */
export interface Seen {
  readonly seal_seen?: string | undefined;
  /** The fingerprint on the paper or label that came with it, or its beginning. */
  readonly digest_seen?: string | undefined;
  readonly note?: string | undefined;
}

/** Fewest characters of a fingerprint by which one is told from others. */
export const DIGEST_SEEN_MIN = 8;

/** Numbers of seals as people write them: capitals, without what stands between. */
const plain = (text: string): string => text.toUpperCase().replaceAll(/[\s./_-]+/g, "");

/** True where both are the same number of a seal. */
export const sameSeal = (a: string, b: string): boolean => plain(a) === plain(b);

/**
 * What a receiver must have looked at: the seal where there is a numbered one, the fingerprint else. What differs is never passed over in
 * silence: without a remark it is refused, with one it is recorded as it was seen.
 *
 * @source ISO/IEC 27037 §6.6
 */
export function seenOf(
  { seal_number: recorded, digest }: { readonly seal_number: string | null; readonly digest: string },
  { seal_seen, digest_seen, note }: Seen,
): JsonObject {
  if (recorded !== null && seal_seen === undefined) throw invalid("seal_seen", "seal-unseen");
  if (recorded === null && digest_seen === undefined) throw invalid("digest_seen", "digest-unseen");
  const sealMatches = recorded === null ? null : sameSeal(seal_seen ?? "", recorded);
  const digestMatches = digest_seen === undefined ? null : digest.startsWith(digest_seen);
  if (sealMatches === false && note === undefined)
    throw invalid("seal_seen", "seal-differs", { number: recorded ?? "" });
  if (digestMatches === false && note === undefined) throw invalid("digest_seen", "digest-seen-differs");
  return {
    ...(recorded === null ? {} : { seal_number: recorded }),
    ...(seal_seen === undefined ? {} : { seal_seen }),
    ...(sealMatches === null ? {} : { seal_match: sealMatches }),
    ...(digest_seen === undefined ? {} : { digest_seen, digest_match: digestMatches }),
  };
}

/** The number that its seal bears once it was looked at: the one seen; none where the item was not sealed. */
export const sealAfter = (row: Pick<ItemRow, "before" | "seal_number">, seen: string | undefined): string | null =>
  settled(row) === "sealed" ? (seen ?? row.seal_number) : null;
