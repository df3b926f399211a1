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

const SHA256 = "2.16.840.1.101.3.4.2.1";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

const attribute = (type: string, value: Buffer): Buffer => sequence(oid(type), setOf(value));
const sha256 = (content: Uint8Array): Buffer => createHash("sha256").update(content).digest();

/** The reference to the signer's certificate: SHA-256 is the default and so is not named. @source RFC 5035 §4 */
const signingCertificate = (der: Uint8Array): Buffer => sequence(sequence(sequence(octets(sha256(der)))));

function signedData(
  signer: Signer,
  what: {
    readonly type: string;
    readonly content: Uint8Array;
    readonly isHeld: boolean;
    readonly attributes: Buffer[];
  },
): Buffer {
  const { issuer, serial } = readCertificate(signer.certificate);
  const attributes = setOf(
    attribute(OID.contentType, oid(what.type)),
    attribute(OID.messageDigest, octets(sha256(what.content))),
    attribute(OID.signingCertificateV2, signingCertificate(signer.certificate)),
    ...what.attributes,
  );
  const inPlace = Buffer.from(attributes);
  inPlace[0] = context(0);
  const signerInfo = sequence(
    integer(1),
    sequence(issuer, serial),
    sequence(oid(SHA256)),
    inPlace,
    sequence(oid(ECDSA_WITH_SHA256)),
    octets(sign("sha256", attributes, signer.key)),
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
export const signDetached = (content: Uint8Array, signer: Signer, at: Temporal.Instant): Buffer =>
  signedData(signer, {
    type: OID.data,
    content,
    isHeld: false,
    attributes: [attribute(OID.signingTime, certificateTime(at))],
  });

/** Signed data that holds a TSTInfo: a time-stamp token. @source RFC 3161 §2.4.2 */
export const signTimestamp = (info: Uint8Array, signer: Signer): Buffer =>
  signedData(signer, { type: OID.timestampInfo, content: info, isHeld: true, attributes: [] });
