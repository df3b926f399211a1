import { type KeyObject, randomBytes, sign, verify } from "node:crypto";
import { publicKey } from "./envelope-signature.ts";
import { fingerprint } from "./keys.ts";
import { Malformed } from "./verify-errors.ts";

/** The parts of a request for a file that its signature covers. */
export interface SignedGet {
  /** Host and port as asked for, `aruna.example:4102`. */
  readonly authority: string;
  readonly path: string;
  /** `bytes=0-`: which part is wanted. */
  readonly range: string;
}
/** What a good signature tells. */
export interface GetSignature {
  /** Fingerprint of the key, hex. */
  readonly keyId: string;
  readonly created: Temporal.Instant;
  readonly nonce: string;
}

const LABEL = "comity";
const COMPONENTS = `("@method" "@authority" "@path" "range")`;
/** The longest header that is read, in characters. */
const HEADER_MAX = 600;

/** The text that is signed. @source RFC 9421 §2.5 */
const signatureBase = ({ authority, path, range }: SignedGet, parameters: string): Buffer =>
  Buffer.from(
    [
      `"@method": GET`,
      `"@authority": ${authority.toLowerCase()}`,
      `"@path": ${path}`,
      `"range": ${range}`,
      `"@signature-params": ${COMPONENTS}${parameters}`,
    ].join("\n"),
  );

/** Headers that sign a GET with an Ed25519 key: who asks, for what, for which part, when, and once. @source RFC 9421 §3.1, §3.3.6 */
export function signGet(
  get: SignedGet,
  key: KeyObject,
  at: Temporal.Instant,
): { range: string; "signature-input": string; signature: string } {
  const parameters = `;created=${Math.floor(at.epochMilliseconds / 1_000)};nonce="${randomBytes(18).toString("base64url")}";keyid="${fingerprint(key)}";alg="ed25519"`;
  const signature = sign(null, signatureBase(get, parameters), key).toString("base64");
  return {
    range: get.range,
    "signature-input": `${LABEL}=${COMPONENTS}${parameters}`,
    signature: `${LABEL}=:${signature}:`,
  };
}

/** Reads the signature's own words, not yet believed. Throws `Malformed` where they are not of our form. @source RFC 9421 §4 */
export function readGetSignature(input: string | undefined): GetSignature & { readonly parameters: string } {
  const text = (input ?? "").slice(0, HEADER_MAX);
  const prefix = `${LABEL}=${COMPONENTS}`;
  const found = text.startsWith(prefix)
    ? /^;created=(\d{1,11});nonce="([\w-]{16,64})";keyid="([\da-f]{64})";alg="ed25519"$/.exec(text.slice(prefix.length))
    : null;
  const [parameters, created, nonce, keyId] = found ?? [];
  if (parameters === undefined || nonce === undefined || keyId === undefined)
    throw new Malformed(`signature-input: ${prefix} with created, nonce, keyid and alg="ed25519" is needed`);
  return { keyId, nonce, created: Temporal.Instant.fromEpochMilliseconds(Number(created) * 1_000), parameters };
}

/** True where the key signed this GET. @source RFC 9421 §3.2 */
export function isGetSignedBy(
  get: SignedGet,
  said: { readonly parameters: string },
  header: string | undefined,
  x: string,
): boolean {
  const [, encoded] = /^comity=:([A-Za-z\d+/]{86}==):$/.exec(header ?? "") ?? [];
  if (encoded === undefined) return false;
  return verify(null, signatureBase(get, said.parameters), publicKey("Ed25519", x), Buffer.from(encoded, "base64"));
}
