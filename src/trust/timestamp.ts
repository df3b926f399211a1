import { randomBytes } from "node:crypto";
import { type Signer, signTimestamp } from "./cms.ts";
import { element, generalizedTime, integer, octets, oid, sequence, utf8 } from "./der.ts";
import { readCertificate } from "./verify-certificate.ts";
import { HASHES, cmsFault } from "./verify-cms.ts";
import { TAG, context, readDer, readInteger, readOid, stepsOf } from "./verify-der.ts";
import { Malformed } from "./verify-errors.ts";
import { BUILT_IN_POLICY, certificatesOf, type ChainLink, readTimestamp } from "./verify-timestamp.ts";

/** Whoever time-stamps: the node itself, or an accredited authority behind a URL. */
export interface TimestampAuthority {
  /** DER of the certificates that a verifier must trust: the signer's, and those above it up to the root. */
  readonly certificates: readonly Uint8Array[];
  readonly isBuiltIn: boolean;
  /** A token over a SHA-256 digest. Throws when the authority cannot be reached or answers something else. */
  readonly stamp: (sha256: Uint8Array) => Promise<Buffer>;
}

const SHA256 = "2.16.840.1.101.3.4.2.1";
const SERIAL_BYTES = 16;
const NONCE_BYTES = 8;
const ANSWER_BYTES_MAX = 1 << 20;
const ANSWER_MILLISECONDS_MAX = 20_000;

/** What a request for a token asks. */
interface Question {
  /** DER of the MessageImprint, given back unchanged in the token. */
  readonly imprint: Buffer;
  /** DER of the nonce, if there is one. */
  readonly nonce?: Buffer;
  readonly policy?: string;
}

const imprintOf = (sha256: Uint8Array): Buffer => sequence(sequence(oid(SHA256)), octets(sha256));

function tokenFor(question: Question, signer: Signer, at: Temporal.Instant): Buffer {
  const info = sequence(
    integer(1),
    oid(BUILT_IN_POLICY),
    question.imprint,
    integer(BigInt(`0x${randomBytes(SERIAL_BYTES).toString("hex")}`)),
    generalizedTime(at),
    sequence(integer(1)), // accuracy: one second
    ...(question.nonce ? [question.nonce] : []),
    element(context(0), element(context(4), readCertificate(signer.certificate).subject)),
  );
  return signTimestamp(info, signer);
}

/** The node as its own time-stamp authority: proves order and integrity, but its clock is only its own word. */
export const builtInAuthority = (signer: Signer, clock: () => Temporal.Instant): TimestampAuthority => ({
  certificates: [signer.certificate],
  isBuiltIn: true,
  stamp: async (sha256) => tokenFor({ imprint: imprintOf(sha256) }, signer, clock()),
});

/** Reads a TimeStampReq. Throws `Malformed`. @source RFC 3161 §2.4.1 */
function readQuestion(bytes: Uint8Array): Question {
  const steps = stepsOf(readDer(bytes, "TimeStampReq"), "TimeStampReq");
  if (readInteger(steps.take(TAG.integer, "version"), "version") !== 1n) throw new Malformed("version: not 1");
  const imprint = steps.take(TAG.sequence, "messageImprint");
  const parts = stepsOf(imprint, "messageImprint");
  const algorithm = stepsOf(parts.take(TAG.sequence, "hashAlgorithm"), "hashAlgorithm");
  const hash = HASHES.get(readOid(algorithm.take(TAG.oid, "algorithm"), "hashAlgorithm"));
  const hashed = parts.take(TAG.octetString, "hashedMessage").content;
  parts.done();
  if (!hash || hashed.length * 8 !== Number(hash.slice(3))) throw new Malformed("messageImprint: not an accepted hash");
  const policy = steps.maybe(TAG.oid);
  const nonce = steps.maybe(TAG.integer);
  steps.maybe(TAG.boolean); // certReq: the certificate is always given, so that the token can be checked for ever
  steps.done();
  return {
    imprint: imprint.raw,
    ...(nonce ? { nonce: nonce.raw } : {}),
    ...(policy ? { policy: readOid(policy, "reqPolicy") } : {}),
  };
}

/** PKIFailureInfo as BIT STRINGs: bit 5, and bit 15. */
const BAD_DATA_FORMAT = Buffer.from("03020204", "hex");
const UNACCEPTED_POLICY = Buffer.from("0303000001", "hex");

const refusal = (failure: Buffer, why: string): Buffer => sequence(sequence(integer(2), sequence(utf8(why)), failure));

/** Answers a TimeStampReq with a TimeStampResp; a request that cannot be read gets a refusal. @source RFC 3161 §2.4 */
export function answerTimestampRequest(request: Uint8Array, signer: Signer, at: Temporal.Instant): Buffer {
  try {
    const question = readQuestion(request);
    if (question.policy !== undefined && question.policy !== BUILT_IN_POLICY) {
      return refusal(UNACCEPTED_POLICY, "this authority stamps under its own policy only");
    }
    return sequence(sequence(integer(0)), tokenFor(question, signer, at));
  } catch (error) {
    if (error instanceof Malformed) return refusal(BAD_DATA_FORMAT, error.message);
    throw error;
  }
}

/** The token in a TimeStampResp that grants one. Throws `Malformed`. */
export function tokenIn(response: Uint8Array): Buffer {
  const steps = stepsOf(readDer(response, "TimeStampResp"), "TimeStampResp");
  const status = stepsOf(steps.take(TAG.sequence, "status"), "status");
  const granted = readInteger(status.take(TAG.integer, "status"), "status");
  if (granted !== 0n && granted !== 1n) throw new Malformed(`status: the authority refused with ${granted}`);
  const token = steps.take(TAG.sequence, "timeStampToken").raw;
  steps.done();
  return token;
}

/** An authority behind a URL; its answers are held against the question and against the certificates given here. `patience`: milliseconds. */
export const remoteAuthority = (
  url: string,
  certificates: readonly Uint8Array[],
  patience = ANSWER_MILLISECONDS_MAX,
): TimestampAuthority => ({
  certificates,
  isBuiltIn: false,
  stamp: async (sha256) => {
    const nonce = BigInt(`0x${randomBytes(NONCE_BYTES).toString("hex")}`);
    const request = sequence(integer(1), imprintOf(sha256), integer(nonce), element(TAG.boolean, Buffer.of(0xff)));
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/timestamp-query" },
      body: new Uint8Array(request),
      redirect: "error",
      signal: AbortSignal.timeout(patience),
    });
    if (!response.ok) throw new Malformed(`the time-stamp authority answered ${response.status}`);
    const answer = Buffer.from(await response.arrayBuffer());
    if (answer.length > ANSWER_BYTES_MAX) throw new Malformed("the time-stamp authority's answer is too long");
    const token = tokenIn(answer);
    const timestamp = readTimestamp(token);
    const known = new Set(certificates.map((certificate) => readCertificate(certificate).sha256));
    const { content } = timestamp.cms;
    const isSound = content !== null && cmsFault(timestamp.cms, content) === null;
    const isAnswer = isSound && timestamp.nonce === nonce && timestamp.imprint.equals(sha256);
    if (!isAnswer) throw new Malformed("the time-stamp authority answered another question");
    if (!certificatesOf(timestamp).every(({ sha256: fingerprint }) => known.has(fingerprint))) {
      throw new Malformed("the time-stamp authority used a certificate that is not among those configured");
    }
    return token;
  },
});

/**
 * An authority that may be away, with the node's own behind it: nothing waits for a token longer than that one takes to fail. Whoever
 * reads the token sees by whom it is; `noted` is told each time which of the two it was.
 */
export const fallingBack = (
  remote: TimestampAuthority,
  own: TimestampAuthority,
  noted: (failure: unknown) => Promise<void>,
): TimestampAuthority => ({
  certificates: [...remote.certificates, ...own.certificates],
  isBuiltIn: false,
  stamp: async (sha256) => {
    try {
      const token = await remote.stamp(sha256);
      await noted(null);
      return token;
    } catch (error) {
      await noted(error);
      return own.stamp(sha256);
    }
  },
});

/** A stamped checkpoint as it is served and packed: a program needs nothing else to follow its chain. */
export const chainFile = (stamped: {
  readonly checkpoint: string;
  readonly links: readonly ChainLink[];
  /** That another checkpoint continues this one, where it goes with one. */
  readonly consistency?: readonly Uint8Array[];
}) => {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return {
    v: "comity.timestamps/1",
    checkpoint: stamped.checkpoint,
    links: stamped.links.map(({ token, renewal }) => ({
      token: base64(token),
      ...(renewal && {
        root: base64(renewal.root),
        index: renewal.index,
        size: renewal.size,
        hashes: renewal.hashes.map(base64),
      }),
    })),
    ...(stamped.consistency ? { consistency: stamped.consistency.map(base64) } : {}),
  };
};
