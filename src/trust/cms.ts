import { createHash, type KeyObject, sign } from "node:crypto";
import { certificateTime, element, integer, octets, oid, sequence, setOf } from "./der.ts";
import { readCertificate } from "./verify-certificate.ts";
import { OID } from "./verify-cms.ts";
import { TAG, context } from "./verify-der.ts";

/** An ECDSA P-256 key and its certificate in DER. */
export interface Signer {
  readonly key: KeyObject;
  readonly certificate: Uint8Array;
}

/** What is signed, and what is said with it. */
interface Signed {
  readonly type: string;
  readonly content: Uint8Array;
  readonly isHeld: boolean;
  readonly attributes: readonly Buffer[];
}

const SHA256 = "2.16.840.1.101.3.4.2.1";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

const attribute = (type: string, value: Buffer): Buffer => sequence(oid(type), setOf(value));
const sha256 = (content: Uint8Array): Buffer => createHash("sha256").update(content).digest();

/** The reference to the signer's certificate: SHA-256 is the default and so is not named. @source RFC 5035 §4 */
const signingCertificate = (der: Uint8Array): Buffer => sequence(sequence(sequence(octets(sha256(der)))));

/** The signed attributes, as a SET, and the signature over them. */
function signatureOver(signer: Signer, what: Signed): { readonly attributes: Buffer; readonly value: Buffer } {
  const attributes = setOf(
    attribute(OID.contentType, oid(what.type)),
    attribute(OID.messageDigest, octets(sha256(what.content))),
    attribute(OID.signingCertificateV2, signingCertificate(signer.certificate)),
    ...what.attributes,
  );
  return { attributes, value: sign("sha256", attributes, signer.key) };
}

/** The whole of it; `token` is a time-stamp over the signature's value. */
function signedData(
  signer: Signer,
  what: Signed,
  { attributes, value }: ReturnType<typeof signatureOver>,
  token?: Buffer,
): Buffer {
  const { issuer, serial } = readCertificate(signer.certificate);
  const inPlace = Buffer.from(attributes);
  inPlace[0] = context(0);
  const signerInfo = sequence(
    integer(1),
    sequence(issuer, serial),
    sequence(oid(SHA256)),
    inPlace,
    sequence(oid(ECDSA_WITH_SHA256)),
    octets(value),
    ...(token ? [element(context(1), attribute(OID.signatureTimestamp, token))] : []),
  );
  const data = sequence(
    integer(what.type === OID.data ? 1 : 3),
    setOf(sequence(oid(SHA256))),
    sequence(oid(what.type), ...(what.isHeld ? [element(context(0), octets(what.content))] : [])),
    element(context(0), signer.certificate),
    element(TAG.set, signerInfo),
  );
  return sequence(oid(OID.signedData), element(context(0), data));
}

/** A detached signature over `content` of level CAdES baseline B. @source RFC 5652 §5 */
export function signDetached(content: Uint8Array, signer: Signer, at: Temporal.Instant): Buffer {
  const attributes = [attribute(OID.signingTime, certificateTime(at))];
  const what = { type: OID.data, content, isHeld: false, attributes };
  return signedData(signer, what, signatureOver(signer, what));
}

/**
 * A detached signature whose time is said elsewhere, as a PDF does, and stamped by an authority where there is one. `stamp` gets
 * the SHA-256 of the signature's value.
 *
 * @source ETSI EN 319 142-1 §6.3 (levels B-B and B-T)
 */
export async function signStamped(
  content: Uint8Array,
  signer: Signer,
  stamp?: (sha256: Uint8Array) => Promise<Buffer>,
): Promise<Buffer> {
  const what = { type: OID.data, content, isHeld: false, attributes: [] };
  const signature = signatureOver(signer, what);
  return signedData(signer, what, signature, await stamp?.(sha256(signature.value)));
}

/** Signed data that holds a TSTInfo: a time-stamp token. @source RFC 3161 §2.4.2 */
export function signTimestamp(info: Uint8Array, signer: Signer): Buffer {
  const what = { type: OID.timestampInfo, content: info, isHeld: true, attributes: [] };
  return signedData(signer, what, signatureOver(signer, what));
}
