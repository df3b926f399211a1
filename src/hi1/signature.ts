import { createHash, createHmac, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import type { JsonObject } from "../kernel/json.ts";
import { Hi1Error } from "./message.ts";

type Algorithm = "HS256" | "EdDSA" | "ES256" | "PS256";

/**
 * The algorithm of a key: it is the key's, never what a message says. `HS256`, with a secret that two share, is that of the standard's
 * own example; between two that can deny what they sent only the others prove anything.
 */
function algorithmOf(key: KeyObject): Algorithm {
  if (key.type === "secret") return "HS256";
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  if (key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048) return "PS256";
  throw new Error("a key of another kind");
}

const EMPTY = { protected: "", signature: "" };
/** Blanks of the text that is signed: the standard's example verifies over its document at this indent. */
const INDENT = 2;
const PSS = { padding: 6, saltLength: 32 } as const;

const inputOf = (head: string, text: string): Buffer =>
  Buffer.from(`${head}.${Buffer.from(text).toString("base64url")}`);

/** The message with its signature, as the text that goes: exactly these bytes are signed, but for the two values. @source RFC 7515 §5.1 */
export function signMessage(message: JsonObject, key: KeyObject, kid: string): string {
  const alg = algorithmOf(key);
  const head = Buffer.from(JSON.stringify({ alg, kid, typ: "JOSE" })).toString("base64url");
  const input = inputOf(head, JSON.stringify({ ...message, Signature: EMPTY }, null, INDENT));
  const signature = signed(alg, key, input).toString("base64url");
  return JSON.stringify({ ...message, Signature: { protected: head, signature } }, null, INDENT);
}

function signed(alg: Algorithm, key: KeyObject, input: Buffer): Buffer {
  switch (alg) {
    case "HS256":
      return createHmac("sha256", key).update(input).digest();
    case "EdDSA":
      return sign(null, input, key);
    case "ES256":
      return sign("sha256", input, { key, dsaEncoding: "ieee-p1363" });
    case "PS256":
      return sign("sha256", input, { key, ...PSS });
  }
}

/**
 * Refuses a message that this key has not signed. What was signed is the text as it came with the two values emptied, or the document at
 * the indent of the standard's example; a signature over any other white space can't be told from a forged one.
 *
 * @source RFC 7515 §5.2
 */
export function demandSigned(text: string, json: JsonObject, key: KeyObject): void {
  const given = json["Signature"] as { protected?: unknown; signature?: unknown } | undefined;
  const [head, value] = [given?.protected, given?.signature];
  if (typeof head !== "string" || typeof value !== "string")
    throw new Hi1Error("RequiredElementMissing", "the message is not signed", "/Signature");
  const alg = algorithmOf(key);
  if (namedIn(head) !== alg) throw wrong(`the key that is known here signs by ${alg}`);
  const texts = [emptied(text), JSON.stringify({ ...json, Signature: EMPTY }, null, INDENT)];
  const bytes = Buffer.from(value, "base64url");
  if (!texts.some((each) => each !== undefined && isBy(alg, key, inputOf(head, each), bytes)))
    throw wrong("the signature is not by the key that is known here");
}
const wrong = (words: string): Hi1Error => new Hi1Error("ConfigurationIssue", words, "/Signature");

/** The algorithm that the head names; a head with what must be understood and is not is none. */
function namedIn(head: string): unknown {
  try {
    const read = JSON.parse(Buffer.from(head, "base64url").toString()) as Record<string, unknown>;
    return "crit" in read || "b64" in read ? undefined : read["alg"];
  } catch {
    return undefined;
  }
}

function isBy(alg: Algorithm, key: KeyObject, input: Buffer, signature: Buffer): boolean {
  try {
    switch (alg) {
      case "HS256": {
        const own = signed(alg, key, input);
        return own.length === signature.length && timingSafeEqual(own, signature);
      }
      case "EdDSA":
        return verify(null, input, key, signature);
      case "ES256":
        return verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, signature);
      case "PS256":
        return verify("sha256", input, { key, ...PSS }, signature);
    }
  } catch {
    return false;
  }
}

/** The text with the values of its one signature emptied; `undefined` where it has none, or several places look like one. */
function emptied(text: string): string | undefined {
  const places = [...text.matchAll(/"Signature"\s*:\s*\{[^{}]*\}/g)];
  const [place] = places;
  if (!place || places.length > 1) return undefined;
  const empty = place[0].replaceAll(/("(?:protected|signature)"\s*:\s*)"[^"\\]*"/g, '$1""');
  return text.slice(0, place.index) + empty + text.slice(place.index + place[0].length);
}

/** A provider's public key as an officer enters it: PEM (SPKI) or JWK, of a kind that signs. `undefined` where it is none. */
export function readKey(given: string): KeyObject | undefined {
  try {
    const text = given.trim();
    const key = text.startsWith("{")
      ? createPublicKey({ key: JSON.parse(text) as JsonWebKey, format: "jwk" })
      : createPublicKey(text);
    algorithmOf(key);
    return key;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a public key (SPKI, DER), hex: what two people compare by telephone. */
export const keyFingerprint = (key: KeyObject): string =>
  createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
/** How that key signs, for a page. */
export const keyWords = (key: KeyObject): string => algorithmOf(key);
