import type { KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";
import { parseJson, signBytes, type SigningKey, type Verdict, verdictOn } from "./envelope-signature.ts";
import { Malformed } from "./verify-errors.ts";

/** What a receiver signs once an envelope is durably its own. */
export interface Receipt {
  readonly v: "comity.receipt/1";
  /** Code of the node that received. */
  readonly by: string;
  /** Code of the node that sent. */
  readonly from: string;
  /** Id and digest (SHA-256 of the payload's JCS, hex) of the envelope. */
  readonly id: string;
  readonly digest: string;
  readonly seq: number;
  /** When it was received, by the receiver's clock: statutory clocks run from here. RFC 3339, UTC. */
  readonly received: string;
  /** The receiver's latest ledger checkpoint; `null` where its log has none yet. */
  readonly checkpoint: string | null;
}

const TYPE = "comity+receipt";
/** Largest receipt that is read, in bytes. */
export const RECEIPT_BYTES_MAX = 65_536;
const schema = z.strictObject({
  v: z.literal("comity.receipt/1"),
  by: z.string().max(8),
  from: z.string().max(8),
  id: z.uuid(),
  digest: z.string().regex(/^[\da-f]{64}$/),
  seq: z.int().min(1),
  received: z.iso.datetime(),
  checkpoint: z.string().max(20_000).nullable(),
});

/** The receipt as a compact JWS. @source RFC 7515 §7.1 */
export function signReceipt(receipt: Receipt, key: KeyObject, more: { kid: string; at: Temporal.Instant }): string {
  const bytes = Buffer.from(canonicalize(receipt) ?? "");
  const part = signBytes(bytes, key, { kid: more.kid, typ: TYPE, iat: Math.floor(more.at.epochMilliseconds / 1_000) });
  return `${part.protected}.${bytes.toString("base64url")}.${part.signature}`;
}

/** Reads a receipt and says whether one of `keys` signed it. Throws `Malformed`. */
export function readReceipt(
  text: string,
  keys: readonly SigningKey[],
  now: Temporal.Instant,
): { receipt: Receipt; verdict: Verdict } {
  if (text.length > RECEIPT_BYTES_MAX) throw new Malformed("receipt: too large");
  const [, head = "", payload = "", signature = ""] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
  if (signature === "") throw new Malformed("receipt: not a compact JWS");
  const bytes = Buffer.from(payload, "base64url");
  const parsed = schema.safeParse(parseJson(bytes, "receipt"));
  if (!parsed.success)
    throw new Malformed(`receipt: ${parsed.error.issues[0]?.path.join(".") ?? ""} is missing or wrong`);
  return { receipt: parsed.data, verdict: verdictOn(bytes, [{ protected: head, signature }], TYPE, { keys, now }) };
}

/** True where the receipt is for exactly this envelope. */
export const isReceiptFor = (
  receipt: Receipt,
  envelope: {
    readonly from: string;
    readonly to: string;
    readonly id: string;
    readonly seq: number;
    readonly digest: string;
  },
): boolean =>
  receipt.by === envelope.to &&
  receipt.from === envelope.from &&
  receipt.id === envelope.id &&
  receipt.seq === envelope.seq &&
  receipt.digest === envelope.digest;
