import { createHash } from "node:crypto";
import { type Certificate, isSignedBy, keyIdentifierOf, readCertificate } from "./verify-certificate.ts";
import {
  type Der,
  TAG,
  childrenOf,
  context,
  onlyChild,
  readDer,
  readInteger,
  readOid,
  readTime,
  stepsOf,
} from "./verify-der.ts";
import { Malformed } from "./verify-errors.ts";

export const OID = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  timestampInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  signatureTimestamp: "1.2.840.113549.1.9.16.2.14",
} as const;

/** Hash functions that are accepted, by object identifier. SHA-1 only names a certificate in old time-stamps. */
export const HASHES: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

/** CMS SignedData with one signer, as read. Nothing in it is proven before `cmsFault` gave `null`. */
export interface Cms {
  readonly contentType: string;
  /** The content, or `null` where it is kept apart. */
  readonly content: Buffer | null;
  readonly certificates: readonly Certificate[];
  readonly signer: Certificate;
  readonly hash: string;
  /** The signed attributes as they were signed: a SET. */
  readonly signedAttributes: Buffer;
  readonly attributes: ReadonlyMap<string, Der>;
  readonly algorithm: Buffer;
  readonly signature: Buffer;
  /** A time-stamp token over the signature's value, where one may stand and does. */
  readonly token: Buffer | null;
}

/** What is wrong with a signature: it is over other bytes, was not made by this key, or names another certificate. */
export type CmsFault = "content" | "key" | "certificate";

/** How a signer is read: which digests are declared, and whether a time-stamp may hang on the signature. */
interface ReadingSigner {
  readonly digests: Der;
  readonly mayBeStamped: boolean;
}

/** Reads an AlgorithmIdentifier of a hash; its parameters are absent or NULL. */
export function readHash(element: Der, where: string): string {
  const steps = stepsOf(element, where);
  const hash = HASHES.get(readOid(steps.take(TAG.oid, "algorithm"), where));
  const parameters = steps.maybe(TAG.null);
  steps.done();
  if (!hash || (parameters && parameters.content.length > 0)) throw new Malformed(`${where}: not an accepted hash`);
  return hash;
}

function readAttributes(set: Der, where: string): Map<string, Der> {
  const attributes = new Map<string, Der>();
  for (const attribute of childrenOf(set, where)) {
    const steps = stepsOf(attribute, where);
    const id = readOid(steps.take(TAG.oid, "type"), `${where}.type`);
    const value = onlyChild(steps.take(TAG.set, "values"), `${where}.values`);
    steps.done();
    if (attributes.has(id)) throw new Malformed(`${where}: ${id} stands there twice`);
    attributes.set(id, value);
  }
  return attributes;
}

function signerOf(id: Der, certificates: readonly Certificate[]): Certificate {
  const isNamed = (certificate: Certificate): boolean => {
    if (id.tag === context(0, false)) return keyIdentifierOf(certificate)?.equals(id.content) === true;
    const [issuer, serial] = childrenOf(id, "signerIdentifier");
    return issuer?.raw.equals(certificate.issuer) === true && serial?.raw.equals(certificate.serial) === true;
  };
  const signer = certificates.find(isNamed);
  if (!signer) throw new Malformed("signerIdentifier: no certificate in the file has this name");
  return signer;
}

/** The one unsigned attribute that may stand in a signature: the time-stamp over it, which answers for its own bytes. */
function readToken(set: Der): Buffer {
  const [[id, token] = [], ...more] = readAttributes(set, "unsignedAttrs");
  if (id !== OID.signatureTimestamp || !token || more.length > 0) {
    throw new Malformed("unsignedAttrs: not one time-stamp");
  }
  return token.raw;
}

function readSigner(info: Der, certificates: readonly Certificate[], { digests, mayBeStamped }: ReadingSigner) {
  const steps = stepsOf(info, "signerInfo");
  const version = readInteger(steps.take(TAG.integer, "version"), "signerInfo.version");
  const id = steps.maybe(context(0, false)) ?? steps.take(TAG.sequence, "signerIdentifier");
  if (version !== (id.tag === TAG.sequence ? 1n : 3n)) throw new Malformed("signerInfo.version: not the expected one");
  const digest = steps.take(TAG.sequence, "digestAlgorithm");
  if (!onlyChild(digests, "digestAlgorithms").raw.equals(digest.raw)) {
    throw new Malformed("digestAlgorithms: not the one that the signer used");
  }
  const signed = steps.take(context(0), "signedAttrs");
  const algorithm = steps.take(TAG.sequence, "signatureAlgorithm").raw;
  const signature = steps.take(TAG.octetString, "signature").content;
  // Unsigned attributes are covered by nothing: a package that must answer for every byte cannot have them.
  const unsigned = mayBeStamped ? steps.maybe(context(1)) : undefined;
  steps.done();
  const signedAttributes = Buffer.from(signed.raw);
  signedAttributes[0] = TAG.set;
  return {
    signer: signerOf(id, certificates),
    hash: readHash(digest, "digestAlgorithm"),
    signedAttributes,
    attributes: readAttributes(signed, "signedAttrs"),
    algorithm,
    signature,
    token: unsigned ? readToken(unsigned) : null,
  };
}

function readOctets(element: Der, where: string): Buffer {
  if (element.tag !== TAG.octetString) throw new Malformed(`${where}: not an octet string`);
  return element.content;
}

/** Reads SignedData with certificates and exactly one signer; a time-stamp over the signature only where it `mayBeStamped`. Throws `Malformed`. @source RFC 5652 §5 */
export function readCms(bytes: Uint8Array, { mayBeStamped = false } = {}): Cms {
  const outer = stepsOf(readDer(bytes, "ContentInfo"), "ContentInfo");
  if (readOid(outer.take(TAG.oid, "contentType"), "ContentInfo.contentType") !== OID.signedData) {
    throw new Malformed("ContentInfo.contentType: not signed data");
  }
  const steps = stepsOf(onlyChild(outer.take(context(0), "content"), "ContentInfo.content"), "SignedData");
  outer.done();
  const version = readInteger(steps.take(TAG.integer, "version"), "SignedData.version");
  const digests = steps.take(TAG.set, "digestAlgorithms");
  const inner = stepsOf(steps.take(TAG.sequence, "encapContentInfo"), "encapContentInfo");
  const contentType = readOid(inner.take(TAG.oid, "eContentType"), "eContentType");
  const held = inner.maybe(context(0));
  inner.done();
  const content = held ? readOctets(onlyChild(held, "eContent"), "eContent") : null;
  const certificates = childrenOf(steps.take(context(0), "certificates"), "certificates").map(({ raw }) =>
    readCertificate(raw),
  );
  const info = onlyChild(steps.take(TAG.set, "signerInfos"), "signerInfos");
  steps.done();
  if (version !== (contentType === OID.data && info.content[2] === 1 ? 1n : 3n)) {
    throw new Malformed("SignedData.version: not the expected one");
  }
  return { contentType, content, certificates, ...readSigner(info, certificates, { digests, mayBeStamped }) };
}

/** True when the signed attribute names exactly this certificate. @source RFC 5035 §3 */
function namesCertificate({ attributes, signer }: Cms): boolean {
  const newer = attributes.get(OID.signingCertificateV2);
  const older = attributes.get(OID.signingCertificate);
  const list = newer ?? older;
  if (!list) return false;
  const [ids] = childrenOf(list, "signingCertificate");
  const [first] = ids ? childrenOf(ids, "signingCertificate.certs") : [];
  if (!first) return false;
  const parts = childrenOf(first, "signingCertificate.certs");
  const [algorithm] = parts;
  const told = newer && algorithm?.tag === TAG.sequence ? readHash(algorithm, "signingCertificate.hash") : null;
  const digest = told ? parts[1] : algorithm;
  const hash = told ?? (newer ? "sha256" : "sha1");
  return digest?.tag === TAG.octetString && createHash(hash).update(signer.der).digest().equals(digest.content);
}

/** What is wrong with the signature over `content`; `null` when it is good. Whose key it is, the caller decides. */
export function cmsFault(cms: Cms, content: Buffer): CmsFault | null {
  const type = cms.attributes.get(OID.contentType);
  const digest = cms.attributes.get(OID.messageDigest);
  const isThisContent =
    type !== undefined &&
    readOid(type, "signedAttrs.contentType") === cms.contentType &&
    digest?.tag === TAG.octetString &&
    createHash(cms.hash).update(content).digest().equals(digest.content);
  if (!isThisContent) return "content";
  const { algorithm, signature, hash, signedAttributes } = cms;
  if (!isSignedBy(cms.signer, { content: signedAttributes, signature, algorithm, hash })) return "key";
  return namesCertificate(cms) ? null : "certificate";
}

/** When the signer says that it signed; `null` where it does not say. */
export function signingTime(cms: Cms): Temporal.Instant | null {
  const time = cms.attributes.get(OID.signingTime);
  return time ? readTime(time, "signedAttrs.signingTime") : null;
}
