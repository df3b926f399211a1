import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { Malformed } from "./verify-errors.ts";
import { TAG, childrenOf, context, onlyChild, readBits, readDer, readOid, readTime, stepsOf } from "./verify-der.ts";

/** What is needed of an X.509 certificate to check a signature made with its key. */
export interface Certificate {
  readonly der: Buffer;
  /** SHA-256 of the whole certificate, hex: what people compare. */
  readonly sha256: string;
  /** The DER of issuer, subject and serial number, for comparison. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly serial: Buffer;
  /** The subject's common name, or "" where it has none. */
  readonly commonName: string;
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
  readonly publicKey: KeyObject;
  /** Extension values by object identifier. */
  readonly extensions: ReadonlyMap<string, { readonly isCritical: boolean; readonly value: Buffer }>;
}

const COMMON_NAME = "2.5.4.3";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

function commonNameOf(subject: Buffer): string {
  for (const set of childrenOf(readDer(subject, "subject"), "subject")) {
    for (const pair of childrenOf(set, "subject")) {
      const [type, value] = childrenOf(pair, "subject");
      if (type && value && readOid(type, "subject") === COMMON_NAME) return value.content.toString("utf8");
    }
  }
  return "";
}

function readExtensions(list: Buffer): Certificate["extensions"] {
  const extensions = new Map<string, { isCritical: boolean; value: Buffer }>();
  for (const extension of childrenOf(readDer(list, "extensions"), "extensions")) {
    const steps = stepsOf(extension, "extension");
    const id = readOid(steps.take(TAG.oid, "id"), "extension.id");
    const isCritical = steps.maybe(TAG.boolean)?.content[0] === 0xff;
    const value = steps.take(TAG.octetString, "value").content;
    steps.done();
    if (extensions.has(id)) throw new Malformed(`certificate: extension ${id} stands there twice`);
    extensions.set(id, { isCritical, value });
  }
  return extensions;
}

function readKey(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw new Malformed("certificate: the public key cannot be read");
  }
}

/** Reads a certificate of version 3. Throws `Malformed`. @source RFC 5280 §4.1 */
export function readCertificate(bytes: Uint8Array): Certificate {
  const whole = readDer(bytes, "certificate");
  const outer = stepsOf(whole, "certificate");
  const body = stepsOf(outer.take(TAG.sequence, "tbsCertificate"), "tbsCertificate");
  outer.take(TAG.sequence, "signatureAlgorithm");
  readBits(outer.take(TAG.bitString, "signature"), "certificate.signature");
  outer.done();
  body.take(context(0), "version");
  const serial = body.take(TAG.integer, "serialNumber").raw;
  body.take(TAG.sequence, "signature");
  const issuer = body.take(TAG.sequence, "issuer").raw;
  const validity = childrenOf(body.take(TAG.sequence, "validity"), "validity");
  const [from, until] = validity;
  if (!from || !until || validity.length !== 2) throw new Malformed("certificate.validity: not two times");
  const subject = body.take(TAG.sequence, "subject").raw;
  const spki = body.take(TAG.sequence, "subjectPublicKeyInfo").raw;
  const list = body.maybe(context(3));
  body.done();
  return {
    der: whole.raw,
    sha256: createHash("sha256").update(whole.raw).digest("hex"),
    issuer,
    subject,
    serial,
    commonName: commonNameOf(subject),
    from: readTime(from, "certificate.from"),
    until: readTime(until, "certificate.until"),
    publicKey: readKey(spki),
    extensions: list ? readExtensions(onlyChild(list, "extensions").raw) : new Map(),
  };
}

/** True when the certificate may sign time-stamps and nothing else. @source RFC 3161 §2.3 */
export function isForTimestamps(certificate: Certificate): boolean {
  const usage = certificate.extensions.get(EXTENDED_KEY_USAGE);
  if (!usage?.isCritical) return false;
  const purposes = childrenOf(readDer(usage.value, "extKeyUsage"), "extKeyUsage");
  return purposes.length === 1 && purposes.every((purpose) => readOid(purpose, "extKeyUsage") === TIME_STAMPING);
}

/** The subject key identifier, or `null` where the certificate names none. */
export function keyIdentifierOf(certificate: Certificate): Buffer | null {
  const value = certificate.extensions.get(SUBJECT_KEY_IDENTIFIER)?.value;
  return value ? readDer(value, "subjectKeyIdentifier").content : null;
}

/** True when the certificate was in force at that moment. */
export const isInForce = (certificate: Certificate, at: Temporal.Instant): boolean =>
  Temporal.Instant.compare(certificate.from, at) <= 0 && Temporal.Instant.compare(at, certificate.until) <= 0;

/** Signature algorithms that are accepted, by the DER of their identifier; what is not here is refused. */
const SIGNATURES: ReadonlyMap<string, { readonly hash: string | null; readonly key: "ec" | "rsa" }> = new Map([
  ["300a06082a8648ce3d040302", { hash: "sha256", key: "ec" }],
  ["300a06082a8648ce3d040303", { hash: "sha384", key: "ec" }],
  ["300a06082a8648ce3d040304", { hash: "sha512", key: "ec" }],
  ["300d06092a864886f70d0101010500", { hash: null, key: "rsa" }],
  ["300d06092a864886f70d01010b0500", { hash: "sha256", key: "rsa" }],
  ["300d06092a864886f70d01010c0500", { hash: "sha384", key: "rsa" }],
  ["300d06092a864886f70d01010d0500", { hash: "sha512", key: "rsa" }],
]);

/** True when `signature` over `content` was made with the certificate's key by an accepted algorithm that uses `hash`. */
export function isSignedBy(
  certificate: Certificate,
  signed: { readonly content: Buffer; readonly signature: Buffer; readonly algorithm: Buffer; readonly hash: string },
): boolean {
  const algorithm = SIGNATURES.get(signed.algorithm.toString("hex"));
  if (!algorithm || (algorithm.hash !== null && algorithm.hash !== signed.hash)) return false;
  if (certificate.publicKey.asymmetricKeyType !== algorithm.key) return false;
  try {
    return verify(signed.hash, signed.content, certificate.publicKey, signed.signature);
  } catch {
    return false;
  }
}
