import { createHash, timingSafeEqual } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";

/**
 * Zero bits that the digest must begin with: some 65,000 tries, below a second on a cheap telephone. One report costs that little;
 * ten thousand copies cost hours.
 */
export const WORK_BITS = 16;
/** Longest number that a browser may have found. */
const FOUND_LENGTH_MAX = 12;

/** What the browser works on: follows from the draft, so that the work done for one report serves no other. */
export const workFor = ({ services }: Node, draft: string): string =>
  lookupKey(services.keys.lookup, "work", draft).toString("hex").slice(0, 32);

/** True where `found` is the work asked for: SHA-256 of challenge, colon and number begins with `WORK_BITS` zero bits. */
export function verifyWork(challenge: string, found: string | undefined): boolean {
  if (found === undefined || found.length > FOUND_LENGTH_MAX || !/^[0-9a-z]+$/.test(found)) return false;
  const head = createHash("sha256")
    .update(`${challenge}:${found}`)
    .digest()
    .subarray(0, WORK_BITS / 8);
  return timingSafeEqual(head, Buffer.alloc(WORK_BITS / 8));
}
