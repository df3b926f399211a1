import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bits,
  certificateTime,
  element,
  integer,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  truth,
  utf8,
} from "./der.ts";
import { TAG, context } from "./verify-der.ts";

/** What a node's self-signed certificate says. */
export interface CertificateFacts {
  /** The subject: who signs, in words a court reads. */
  readonly commonName: string;
  readonly organization: string;
  /** ISO 3166 code of two letters. */
  readonly country?: string;
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
  /** `signing` for packages, `time-stamping` for the built-in authority: a key does one of them, never both. */
  readonly use: "signing" | "time-stamping";
}

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const SERIAL_BYTES = 16;
/** digitalSignature and contentCommitment; a time-stamp authority has only the first. */
const KEY_USAGE = { signing: Buffer.from("030206c0", "hex"), "time-stamping": Buffer.from("03020780", "hex") } as const;

const name = (type: string, value: Buffer): Buffer => setOf(sequence(oid(type), value));

const nameOf = ({ commonName, organization, country }: CertificateFacts): Buffer =>
  sequence(
    ...(country ? [name("2.5.4.6", printable(country))] : []),
    name("2.5.4.10", utf8(organization)),
    name("2.5.4.3", utf8(commonName)),
  );

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(isCritical ? [truth()] : []), octets(value));

function extensionsOf(use: CertificateFacts["use"], keyIdentifier: Buffer): Buffer {
  const purposes = use === "time-stamping" ? [extension("2.5.29.37", true, sequence(oid("1.3.6.1.5.5.7.3.8")))] : [];
  return sequence(
    extension("2.5.29.19", true, sequence()), // basicConstraints: signs no other certificate
    extension("2.5.29.15", true, KEY_USAGE[use]),
    ...purposes,
    extension("2.5.29.14", false, octets(keyIdentifier)),
  );
}

/**
 * A self-signed X.509 certificate for an ECDSA P-256 key, in DER. Make it once and keep it: its serial number is random,
 * and its fingerprint is what others compare.
 *
 * @source RFC 5280 §4.1
 * @source RFC 3161 §2.3
 */
export function makeCertificate(facts: CertificateFacts, key: KeyObject): Buffer {
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const keyIdentifier = createHash("sha256").update(spki).digest().subarray(0, 20);
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and always of the same length
  const subject = nameOf(facts);
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const body = sequence(
    element(context(0), integer(2)),
    element(TAG.integer, serial),
    algorithm,
    subject,
    sequence(certificateTime(facts.from), certificateTime(facts.until)),
    subject,
    spki,
    element(context(3), extensionsOf(facts.use, keyIdentifier)),
  );
  return sequence(body, algorithm, bits(sign("sha256", body, key)));
}

/** The textual form of DER bytes, as openssl reads it. @source RFC 7468 §2 */
export function pem(label: "CERTIFICATE" | "PUBLIC KEY", der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
