import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import { Malformed } from "./verify-errors.ts";

/** Algorithm of the second signature, for the day when Ed25519 can be forged. @source FIPS 204 */
export const SECOND_ALG = "ML-DSA-44";

/** A public key as peers know it: of Ed25519, or of ML-DSA-44 where it says so. */
export interface SigningKey {
  /** Absent for Ed25519. */
  readonly alg?: typeof SECOND_ALG | undefined;
  /** SHA-256 of the key's SPKI, hex: the `kid` of its signatures. */
  readonly fingerprint: string;
  /** The 32 raw bytes (1,312 of ML-DSA-44), base64url. */
  readonly x: string;
  /** RFC 3339, UTC. Signatures made by this key count from then … */
  readonly from: string;
  /** … and until then, by the clock of whoever checks. */
  readonly to: string;
  /** Whoever holds the peer's keys here no longer believes what it signed from then on. RFC 3339, UTC. */
  readonly distrusted?: string | undefined;
}

/** What a signature says of itself: covered by it, so nobody can change it. */
export interface SignatureHeader {
  readonly alg: string;
  readonly kid: string;
  readonly typ: string;
  /** When it was signed, in seconds since 1970. */
  readonly iat: number;
  /** Until when it counts, in seconds since 1970; absent where that is not said. @source RFC 7519 §4.1.4 */
  readonly exp?: number | undefined;
}

/** One signature of a JWS in JSON form. @source RFC 7515 §7.2.1 */
export interface Signature {
  readonly protected: string;
  readonly signature: string;
}

const BASE64URL = /^[\w-]*$/;
/** The algorithm of the first signature. @source RFC 8037 §3.1 */
export const ALG = "EdDSA";
/** More signatures than this on one thing are refused unread. */
export const SIGNATURES_MAX = 4;

export const signatureSchema = z.object({
  protected: z.string().regex(BASE64URL).max(2_000),
  signature: z.string().regex(BASE64URL).max(8_000),
});
export const signingKeySchema = z.strictObject({
  fingerprint: z.string().regex(/^[\da-f]{64}$/),
  x: z.string().regex(/^[\w-]{43}$/),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
/** A key of the second algorithm as an entry lists it. */
export const secondKeySchema = z.strictObject({
  alg: z.literal(SECOND_ALG),
  fingerprint: z.string().regex(/^[\da-f]{64}$/),
  x: z.string().regex(/^[\w-]{1750}$/),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
const headerSchema = z.object({
  alg: z.string().max(40),
  kid: z.string().max(200),
  typ: z.string().max(60),
  iat: z.int().min(0),
  exp: z.int().min(0).optional(),
  crit: z.undefined().optional(),
});

/** `BASE64URL(header) . BASE64URL(payload)`: what is signed. */
const signingInput = (header: string, payload: Uint8Array): Buffer =>
  Buffer.from(`${header}.${Buffer.from(payload).toString("base64url")}`);

/** Signs bytes with an Ed25519 key. */
export function signBytes(payload: Uint8Array, key: KeyObject, header: Omit<SignatureHeader, "alg">): Signature {
  const encoded = Buffer.from(JSON.stringify({ alg: ALG, ...header })).toString("base64url");
  return { protected: encoded, signature: sign(null, signingInput(encoded, payload), key).toString("base64url") };
}

const secondHeader = (header: Omit<SignatureHeader, "alg">): string =>
  Buffer.from(JSON.stringify({ alg: SECOND_ALG, ...header })).toString("base64url");
/** Signs bytes with an ML-DSA-44 key. @source FIPS 204 §5.2 */
export function signSecond(payload: Uint8Array, key: KeyObject, header: Omit<SignatureHeader, "alg">): Signature {
  const encoded = secondHeader(header);
  return { protected: encoded, signature: sign(null, signingInput(encoded, payload), key).toString("base64url") };
}
const signAside = promisify(sign);
/** The same of a payload in base64url, in a thread of its own: it takes a millisecond. */
export async function signSecondAside(
  payload: string,
  key: KeyObject,
  header: Omit<SignatureHeader, "alg">,
): Promise<Signature> {
  const encoded = secondHeader(header);
  const signature = await signAside(null, Buffer.from(`${encoded}.${payload}`), key);
  return { protected: encoded, signature: signature.toString("base64url") };
}

/** Reads the header of a signature. Throws `Malformed`. A critical extension is one we do not know. @source RFC 7515 §4.1.11 */
export function readHeader(part: Signature): SignatureHeader {
  const parsed = headerSchema.safeParse(parseJson(Buffer.from(part.protected, "base64url"), "signature header"));
  if (!parsed.success) throw new Malformed("signature header: alg, kid, typ and iat are needed, and no crit");
  const { alg, kid, typ, iat, exp } = parsed.data;
  return { alg, kid, typ, iat, ...(exp === undefined ? {} : { exp }) };
}

/** True where the signature is the key's own over these bytes. */
export function isSignedBy(payload: Uint8Array, part: Signature, x: string): boolean {
  const signature = Buffer.from(part.signature, "base64url");
  if (signature.length !== 64) return false;
  try {
    return verify(null, signingInput(part.protected, payload), publicKey("Ed25519", x), signature);
  } catch {
    return false;
  }
}

/** True where the signature is of ML-DSA-44 and the key's own over these bytes. */
export function isSecondSignedBy(payload: Uint8Array, part: Signature, x: string): boolean {
  try {
    const signature = Buffer.from(part.signature, "base64url");
    return verify(null, signingInput(part.protected, payload), publicKey(SECOND_ALG, x), signature);
  } catch {
    return false;
  }
}

const KEYS_KEPT = 500;
const kept = new Map<string, KeyObject>();
/** A public key from its raw bytes. Throws `Malformed` where they are none. */
export function publicKey(crv: "Ed25519" | "X25519" | typeof SECOND_ALG, x: string): KeyObject {
  const name = `${crv} ${x}`;
  const known = kept.get(name);
  if (known) return known;
  try {
    const jwk = crv === SECOND_ALG ? { kty: "AKP", alg: crv, pub: x } : { kty: "OKP", crv, x };
    const made = createPublicKey({ key: jwk, format: "jwk" });
    if (kept.size >= KEYS_KEPT) kept.clear();
    kept.set(name, made);
    return made;
  } catch {
    throw new Malformed(`${crv} key: not ${crv === SECOND_ALG ? "1,312" : "32"} bytes in base64url`);
  }
}

/** What a signature by one of `keys` is worth at `now`. */
export type Verdict =
  | { readonly key: SigningKey; readonly signedAt: Temporal.Instant }
  | { readonly problem: "bad-signature" | "expired-key" | "early-key" | "revoked-key" };

/** A clock may be this much ahead of ours before a key that starts "later" is not taken yet, in hours. */
const EARLY_HOURS = 24;

/** Looks for a good signature of type `typ` by one of the keys. Signatures under other algorithms and by other keys are passed over. */
export function verdictOn(
  payload: Uint8Array,
  signatures: readonly Signature[],
  typ: string,
  of: { keys: readonly SigningKey[]; now: Temporal.Instant },
): Verdict {
  let ended: "expired-key" | "early-key" | "revoked-key" | undefined;
  for (const part of signatures) {
    const header = readHeader(part);
    const key =
      header.alg === ALG && header.typ === typ
        ? of.keys.find(({ fingerprint, alg }) => alg === undefined && fingerprint === header.kid)
        : undefined;
    if (!key || !isSignedBy(payload, part, key.x)) continue;
    // A thief can write any time of signing: what comes from now on must come under another key, whatever it says.
    if (key.distrusted !== undefined) ended = "revoked-key";
    else if (isValidAt(key, of.now)) return { key, signedAt: instantOf(header.iat) };
    else ended ??= Temporal.Instant.compare(of.now, Temporal.Instant.from(key.to)) > 0 ? "expired-key" : "early-key";
  }
  return { problem: ended ?? "bad-signature" };
}

/**
 * True where the second signature is there by one of the keys of ML-DSA-44 that count now, or none of them does. Whoever has such a
 * key has promised that signature: without it somebody else, or something older, speaks in its name.
 */
export const isSeconded = (
  payload: Uint8Array,
  signatures: readonly Signature[],
  typ: string,
  of: { keys: readonly SigningKey[]; now: Temporal.Instant },
): boolean => {
  const seconds = of.keys.filter(
    (key) => key.alg === SECOND_ALG && key.distrusted === undefined && isValidAt(key, of.now),
  );
  if (seconds.length === 0) return true;
  return signatures.some((part) => {
    const header = readHeader(part);
    const key =
      header.alg === SECOND_ALG && header.typ === typ
        ? seconds.find(({ fingerprint }) => fingerprint === header.kid)
        : undefined;
    return key !== undefined && isSecondSignedBy(payload, part, key.x);
  });
};

/** True while the key counts. A key that starts within a day counts already: clocks differ. */
export const isValidAt = (key: Pick<SigningKey, "from" | "to">, now: Temporal.Instant): boolean =>
  Temporal.Instant.compare(now, Temporal.Instant.from(key.to)) <= 0 &&
  Temporal.Instant.compare(Temporal.Instant.from(key.from).subtract({ hours: EARLY_HOURS }), now) <= 0;

/** The last second that Temporal can hold is far beyond any clock; a header that says more says nothing. */
const SECONDS_MAX = 253_402_300_799;
/** A time of a header, in seconds since 1970, as a moment. Throws `Malformed`. */
export function instantOf(seconds: number): Temporal.Instant {
  if (seconds > SECONDS_MAX) throw new Malformed("signature header: a time beyond the year 9999");
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1_000);
}

/** Parses JSON of foreign origin. Throws `Malformed`. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Malformed(`${what}: not JSON in UTF-8`);
  }
}

/** SHA-256, hex. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
