import { createHash } from "node:crypto";
import { type Certificate, isForTimestamps, isInForce } from "./verify-certificate.ts";
import { type Cms, OID, cmsFault, readCms, readHash } from "./verify-cms.ts";
import { type Der, TAG, context, readDer, readInteger, readOid, readTime, stepsOf } from "./verify-der.ts";
import { Malformed } from "./verify-errors.ts";
import { isIncluded, leafHash } from "./verify-tlog.ts";

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

/** A token that renews others: it stamps the root of a tree, in which what it renews stands as one leaf. @source RFC 4998 §4, §5.2 */
export interface Renewal {
  readonly root: Buffer;
  readonly index: number;
  readonly size: number;
  readonly hashes: readonly Buffer[];
}
/** One token of a chain; the first has no `renewal`, every later one has. */
export interface ChainLink {
  readonly token: Uint8Array;
  readonly renewal: Renewal | null;
}
/** What a chain of tokens proves: since when the bytes exist, and until when that can be verified. */
export interface StampedFor {
  readonly at: Temporal.Instant;
  readonly until: Temporal.Instant;
  readonly isBuiltIn: boolean;
  readonly authorities: readonly Certificate[];
}
/** Why a chain proves nothing, and at which of its tokens, from 1. `late`: the one before had ended when it was renewed. */
export interface ChainFault {
  readonly fault: TimestampFault | "late" | "not-renewed" | "none";
  readonly step: number;
}

/** Until when a token can be verified: the first end among its certificates. */
export const endOf = ({ cms }: Timestamp): Temporal.Instant =>
  cms.certificates.reduce(
    (end, { until }) => (Temporal.Instant.compare(until, end) < 0 ? until : end),
    cms.signer.until,
  );

/** What a renewal covers: the bytes stamped first, and every token since, as one leaf of its tree. */
export const renewedLeaf = (stamped: Uint8Array, tokens: readonly Uint8Array[]): Buffer =>
  leafHash(
    createHash("sha256")
      .update(Buffer.concat([stamped, ...tokens]))
      .digest(),
  );

/**
 * Follows a chain of tokens over some bytes: each later one covers all before it, and came while the one before could still be
 * verified. Throws `Malformed`.
 *
 * @source RFC 4998 §5.3
 */
export function followChain(links: readonly ChainLink[], stamped: Uint8Array): StampedFor | ChainFault {
  let before: Timestamp | null = null;
  let first: Timestamp | null = null;
  const authorities = new Map<string, Certificate>();
  for (const [at, { token, renewal }] of links.entries()) {
    const step = at + 1;
    const timestamp = readTimestamp(token);
    const covered = renewal === null ? stamped : renewal.root;
    const fault = timestampFault(timestamp, covered);
    if (fault !== null) return { fault, step };
    if ((renewal === null) !== (before === null)) return { fault: "not-renewed", step };
    if (before && renewal) {
      const leaf = renewedLeaf(
        stamped,
        links.slice(0, at).map((link) => link.token),
      );
      const { index, size, hashes: proof, root } = renewal;
      if (!isIncluded({ index: BigInt(index), size: BigInt(size), leaf, proof, root }))
        return { fault: "not-renewed", step };
      const isLate = Temporal.Instant.compare(timestamp.at, endOf(before)) > 0;
      if (isLate || Temporal.Instant.compare(timestamp.at, before.at) < 0) return { fault: "late", step };
    }
    for (const certificate of timestamp.cms.certificates) authorities.set(certificate.sha256, certificate);
    first ??= timestamp;
    before = timestamp;
  }
  if (!first || !before) return { fault: "none", step: 0 };
  return { at: first.at, until: endOf(before), isBuiltIn: first.isBuiltIn, authorities: [...authorities.values()] };
}
