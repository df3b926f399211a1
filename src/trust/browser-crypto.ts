import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";

// What the verifier uses of `node:crypto`, for the page that runs in a browser. Only verifying: there is no secret here.

const HASHES = { md5, sha1, sha256, sha384, sha512 } as const;
type HashName = keyof typeof HASHES;
const isHash = (name: string): name is HashName => Object.hasOwn(HASHES, name);

function hashNamed(name: string) {
  if (!isHash(name)) throw new TypeError(`no such hash: ${name}`);
  return HASHES[name];
}
const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === "string" ? new TextEncoder().encode(value) : value;

type Encoding = "hex" | "base64";

/** A hash that is fed piece by piece. */
export function createHash(name: string) {
  const hashing = hashNamed(name).create();
  const it = {
    update: (piece: Uint8Array | string) => {
      hashing.update(bytesOf(piece));
      return it;
    },
    digest: (encoding?: Encoding) => {
      const digest = Buffer.from(hashing.digest());
      return encoding ? digest.toString(encoding) : digest;
    },
  };
  return it;
}

/** A hash in one step. */
export const hash = (name: string, content: Uint8Array | string, encoding: Encoding | "buffer" = "hex") => {
  const digest = Buffer.from(hashNamed(name)(bytesOf(content)));
  return encoding === "buffer" ? digest : digest.toString(encoding);
};

const CURVES = { "P-256": p256, "P-384": p384, "P-521": p521 } as const;
type CurveName = keyof typeof CURVES;

/** A public key by its kind; RSA as modulus and exponent. */
type Key =
  | { readonly kind: "ed25519"; readonly raw: Uint8Array }
  | { readonly kind: "ml-dsa-44"; readonly raw: Uint8Array }
  | { readonly kind: "ec"; readonly curve: CurveName; readonly raw: Uint8Array }
  | { readonly kind: "rsa"; readonly modulus: bigint; readonly exponent: bigint; readonly bytes: number };

/** A public key, as far as the verifier asks anything of it. */
export class KeyObject {
  readonly key: Key;
  constructor(key: Key) {
    this.key = key;
  }
  get asymmetricKeyType(): string {
    return this.key.kind;
  }
  export(): { x?: string; pub?: string } {
    const { key } = this;
    if (key.kind === "ed25519") return { x: Buffer.from(key.raw).toString("base64url") };
    if (key.kind === "ml-dsa-44") return { pub: Buffer.from(key.raw).toString("base64url") };
    throw new TypeError("only the keys of notes are written out");
  }
}

/** One element of DER: its tag, what it holds and what stands behind it. Throws where there is none. */
function element(bytes: Uint8Array): { readonly tag: number; readonly content: Uint8Array; readonly rest: Uint8Array } {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new TypeError("DER: ends too early");
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (count > 4) throw new TypeError("DER: length");
  const length = count === 0 ? first : [...bytes.subarray(2, 2 + count)].reduce((sum, byte) => sum * 256 + byte, 0);
  const start = 2 + count;
  if (start + length > bytes.length) throw new TypeError("DER: ends too early");
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes) || "0"}`);

const ALGORITHMS: Readonly<Record<string, "rsa" | "ec" | "ed25519">> = {
  "2a864886f70d010101": "rsa",
  "2a8648ce3d0201": "ec",
  "2b6570": "ed25519",
};
const CURVE_IDS: Readonly<Record<string, CurveName>> = {
  "2a8648ce3d030107": "P-256",
  "2b81040022": "P-384",
  "2b81040023": "P-521",
};

/** SubjectPublicKeyInfo. @source RFC 5280 §4.1.2.7 */
function readSpki(der: Uint8Array): Key {
  const algorithm = element(element(der).content);
  const id = element(algorithm.content);
  const bits = element(algorithm.rest).content.subarray(1);
  const kind = ALGORITHMS[hexOf(id.content)];
  if (kind === "ed25519" && bits.length === 32) return { kind, raw: bits };
  if (kind === "ec") {
    const curve = CURVE_IDS[hexOf(element(id.rest).content)];
    if (curve === undefined) throw new TypeError("a curve that is not known");
    CURVES[curve].Point.fromBytes(bits).assertValidity();
    return { kind, curve, raw: bits };
  }
  if (kind === "rsa") {
    const modulus = element(element(bits).content);
    const exponent = element(modulus.rest);
    const number = numberOf(modulus.content);
    return {
      kind,
      modulus: number,
      exponent: numberOf(exponent.content),
      bytes: Math.ceil(number.toString(16).length / 2),
    };
  }
  throw new TypeError("a kind of key that is not known");
}

interface Jwk {
  readonly kty: string;
  readonly x?: string;
  readonly pub?: string;
}

/** A public key out of DER or JWK. Throws where it is none. */
export function createPublicKey({ key, format }: { key: Uint8Array | Jwk; format: "der" | "jwk" }): KeyObject {
  if (format === "der" || key instanceof Uint8Array) return new KeyObject(readSpki(key as Uint8Array));
  const raw = Buffer.from(key.x ?? key.pub ?? "", "base64url");
  if (key.kty === "OKP" && raw.length === 32) {
    ed25519.Point.fromBytes(raw, true);
    return new KeyObject({ kind: "ed25519", raw });
  }
  if (key.kty === "AKP" && raw.length === 1312) return new KeyObject({ kind: "ml-dsa-44", raw });
  throw new TypeError("a kind of key that is not known");
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The DER in front of a digest that a signature of RSA holds. @source RFC 8017 §9.2 */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

/** RSASSA-PKCS1-v1_5: the whole encoded message is made and compared, so that nothing of the signature is parsed. @source RFC 8017 §8.2.2 */
function verifyRsa(key: Key & { kind: "rsa" }, name: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const info = DIGEST_INFO[name];
  const { modulus, exponent, bytes } = key;
  const told = numberOf(signature);
  if (info === undefined || signature.length !== bytes || told >= modulus || exponent > 0xffff_ffffn) return false;
  const tail = `00${info}${hexOf(digest)}`;
  const padding = "ff".repeat(Math.max(0, bytes - 2 - tail.length / 2));
  const expected = `0001${padding}${tail}`;
  return (
    padding.length >= 16 &&
    power(told, exponent, modulus)
      .toString(16)
      .padStart(bytes * 2, "0") === expected
  );
}

/** Whether a signature over `content` was made with the key. `name`: the hash, or `null` where the algorithm has its own. */
export function verify(name: string | null, content: Uint8Array, { key }: KeyObject, signature: Uint8Array): boolean {
  try {
    switch (key.kind) {
      case "ed25519":
        return ed25519.verify(signature, content, key.raw, { zip215: false });
      case "ml-dsa-44":
        return ml_dsa44.verify(signature, content, key.raw);
      case "ec":
        return CURVES[key.curve].verify(signature, hashNamed(name ?? "")(content), key.raw, {
          prehash: false,
          lowS: false,
          format: "der",
        });
      case "rsa":
        return verifyRsa(key, name ?? "", hashNamed(name ?? "")(content), signature);
    }
  } catch {
    return false;
  }
}
