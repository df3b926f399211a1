/**
 * Bytes of one stored object of a bucket. An object of the vault lies in segments of this length, the last shorter, each its own
 * S3 object and one PUT: complete, readable and durable when the store has answered, where a part of a multipart upload is not
 * readable before the whole is completed. So it is the grain in which an upload can be resumed after a crash of the node, and
 * nothing half sent is left behind in the bucket.
 */
export const SEGMENT_BYTES = 16_777_216;

const DIGITS = 8;
/** `<name>.00000003`: names sort in the order of their bytes. */
export const keyOf = (prefix: string, name: string, segment: number): string =>
  `${prefix}${name}.${`${segment}`.padStart(DIGITS, "0")}`;

/** Object and segment of a key; `undefined` for a key that is not the vault's. */
export function readKey(prefix: string, key: string): { name: string; segment: number } | undefined {
  const found = key.startsWith(prefix) ? /^([\da-f-]{36})\.(\d{8})$/.exec(key.slice(prefix.length)) : null;
  return found?.[1] === undefined ? undefined : { name: found[1], segment: Number(found[2]) };
}

/** What to read of which segments for `length` bytes from `offset`. */
export function piecesOf(offset: number, length: number): { segment: number; from: number; bytes: number }[] {
  const pieces: { segment: number; from: number; bytes: number }[] = [];
  for (let at = offset; at < offset + length;) {
    const from = at % SEGMENT_BYTES;
    const bytes = Math.min(SEGMENT_BYTES - from, offset + length - at);
    pieces.push({ segment: Math.floor(at / SEGMENT_BYTES), from, bytes });
    at += bytes;
  }
  return pieces;
}

const WAIT_MS = 200;
const WAIT_MS_MAX = 10_000;
/** Milliseconds before try number `after + 1`: doubled each time, and spread by `chance` (0 to 1) so that callers don't return together. */
export const backoffMs = (after: number, chance: number): number =>
  Math.round(Math.min(WAIT_MS * 2 ** (after - 1), WAIT_MS_MAX) * (0.5 + chance / 2));
