import { createHash } from "node:crypto";
import { type Certificate, isForTimestamps, isInForce } from "./verify-certificate.ts";
import { type Cms, OID, cmsFault, readCms, readHash } from "./verify-cms.ts";
import { type Der, TAG, context, readDer, readInteger, readOid, readTime, stepsOf } from "./verify-der.ts";
import { Malformed } from "./verify-errors.ts";

/** The policy under which the built-in authority of a node stamps: its own clock, nobody else's word. */
export const BUILT_IN_POLICY = "2.25.69675283136631233819393234035102684723";

/** What a time-stamp token says. */
export interface Timestamp {
  readonly at: Temporal.Instant;
  readonly policy: string;
  /** True where the node stamped for itself. */
  readonly isBuiltIn: boolean;
  readonly hash: string;
  readonly imprint: Buffer;
  readonly nonce: bigint | null;
  readonly serial: bigint;
  readonly cms: Cms;
}

/** Why a token does not prove the time of some bytes. */
export type TimestampFault = "other-bytes" | "signature" | "not-for-timestamps" | "not-in-force";

function readInfo(content: Buffer): Omit<Timestamp, "cms"> {
  const steps = stepsOf(readDer(content, "TSTInfo"), "TSTInfo");
  if (readInteger(steps.take(TAG.integer, "version"), "TSTInfo.version") !== 1n) {
    throw new Malformed("TSTInfo.version: not 1");
  }
  const policy = readOid(steps.take(TAG.oid, "policy"), "TSTInfo.policy");
  const imprint = stepsOf(steps.take(TAG.sequence, "messageImprint"), "messageImprint");
  const hash = readHash(imprint.take(TAG.sequence, "hashAlgorithm"), "messageImprint");
  const hashed = imprint.take(TAG.octetString, "hashedMessage").content;
  imprint.done();
  const serial = readInteger(steps.take(TAG.integer, "serialNumber"), "TSTInfo.serialNumber");
  const at = readTime(steps.take(TAG.generalizedTime, "genTime"), "TSTInfo.genTime");
  steps.maybe(TAG.sequence); // accuracy
  steps.maybe(TAG.boolean); // ordering
  const nonce: Der | undefined = steps.maybe(TAG.integer);
  steps.maybe(context(0)); // the authority's name
  steps.maybe(context(1)); // extensions
  steps.done();
  return {
    at,
    policy,
    isBuiltIn: policy === BUILT_IN_POLICY,
    hash,
    imprint: hashed,
    nonce: nonce ? readInteger(nonce, "TSTInfo.nonce") : null,
    serial,
  };
}

/** Reads a time-stamp token. Throws `Malformed`. @source RFC 3161 §2.4.2 */
export function readTimestamp(token: Uint8Array): Timestamp {
  const cms = readCms(token);
  if (cms.contentType !== OID.timestampInfo || cms.content === null) {
    throw new Malformed("eContentType: not a time-stamp");
  }
  return { ...readInfo(cms.content), cms };
}

/** Why the token does not prove that `stamped` existed at its time; `null` when it does, as far as its key is trusted. */
export function timestampFault(timestamp: Timestamp, stamped: Uint8Array): TimestampFault | null {
  const { cms, hash, imprint, at } = timestamp;
  if (cms.content === null || cmsFault(cms, cms.content) !== null) return "signature";
  if (!createHash(hash).update(stamped).digest().equals(imprint)) return "other-bytes";
  if (!isForTimestamps(cms.signer)) return "not-for-timestamps";
  return isInForce(cms.signer, at) ? null : "not-in-force";
}

/** The certificates in a token: those that a verifier must have been told to trust. */
export const certificatesOf = (timestamp: Timestamp): readonly Certificate[] => timestamp.cms.certificates;
