import type { KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { CompactEncrypt, compactDecrypt } from "jose";
import { z } from "zod";
import { digestOf, type JournalRecord } from "../kernel/journal.ts";
import type { JsonObject } from "../kernel/json.ts";
import {
  ALG,
  instantOf,
  parseJson,
  readHeader,
  SECOND_ALG,
  sha256,
  type Signature,
  signatureSchema,
  SIGNATURES_MAX,
  isSeconded,
  signBytes,
  type SigningKey,
  signSecondAside,
  type Verdict,
  verdictOn,
} from "./envelope-signature.ts";
import { Malformed } from "./verify-errors.ts";

/** The one version of an envelope. */
export const ENVELOPE_VERSION = "comity.envelope/1";
/** Every envelope says until when it counts: whoever writes that says so in its entry, and one without it is then malformed. */
export const UNTIL_VERSION = "comity.envelope-until/1";
/** How long an envelope counts after it was signed, in days: a clock may be days off, and a try that failed is signed anew. */
const LINE_DAYS = 7;
/** The same in a courier's bag. */
export const COURIER_DAYS = 180;
/** Several envelopes, one a line, in one call: whoever speaks it says so in its entry. */
export const SEQUENCE_VERSION = "comity.envelopes/1";
/** Media type of such a call. */
export const SEQUENCE_TYPE = "application/vnd.comity.envelopes";
/** Most envelopes of one call, and most bytes. */
export const SEQUENCE_MAX = 64;
export const SEQUENCE_BYTES_MAX = 4 * 1_048_576;
/** Largest sealed envelope, in bytes. Files never ride inside. */
export const ENVELOPE_BYTES_MAX = 1_048_576;
const TYPE_SIGNED = "comity+jws";
const TYPE_SEALED = "comity+jwe";

/** Why an envelope is not taken: the closed list of problem types. */
export const PROBLEMS = [
  "malformed",
  "unknown-peer",
  "bad-signature",
  "not-for-us",
  "version",
  "too-large",
  "gap",
  "expired",
  "expired-key",
  "early-key",
  "revoked-key",
  "downgrade",
  "conflicting-sequence",
  "too-many",
] as const;
export type EnvelopeProblem = (typeof PROBLEMS)[number];

/** A file that the receiver pulls before it applies the act. */
export interface EnvelopeFile {
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  readonly size: number;
  readonly name: string;
  readonly media: string;
  /** Id of the thing on the sender's node whose bytes they are: custody on both sides names it. */
  readonly item: string;
}

/** One act on its way: the sender's own journal entry and what the receiver needs to apply it. */
export interface Payload {
  readonly v: typeof ENVELOPE_VERSION;
  /** One id across every retry. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Counts per (from, to) from 1, without gaps. */
  readonly seq: number;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly act: string;
  /** When the sender acted, RFC 3339 UTC with milliseconds. */
  readonly at: string;
  readonly entry: {
    readonly record: JsonObject;
    /** 32 bytes, hex. */ readonly salt: string;
    /** SHA-256, hex. */ readonly digest: string;
  };
  readonly body: JsonObject;
  readonly files: readonly EnvelopeFile[];
}

/** Most files of one envelope. */
const FILES_MAX = 200;
const code = z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/);
const hash = z.string().regex(/^[\da-f]{64}$/);
/** As it came: a copy made name by name (`z.record`) leaves out `__proto__`, and a body would be read without what was signed. */
const object = z.custom<JsonObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value), {
  error: "must be an object",
});
const payloadSchema = z.strictObject({
  v: z.literal(ENVELOPE_VERSION),
  id: z.uuid(),
  from: code,
  to: code,
  seq: z.int().min(1),
  subject: z.strictObject({ kind: z.string().min(1).max(60), id: z.uuid() }),
  act: z
    .string()
    .regex(/^[a-z-]+\.[a-z-]+$/)
    .max(80),
  at: z.iso.datetime(),
  entry: z.strictObject({ record: object, salt: hash, digest: hash }),
  body: object,
  files: z
    .array(
      z.strictObject({
        digest: hash,
        size: z.int().min(0),
        name: z.string().min(1).max(255),
        media: z.string().min(1).max(120),
        item: z.uuid(),
      }),
    )
    .max(FILES_MAX),
});

/** A payload with its signatures, as kept for whoever asks later who said this. */
export interface Signed {
  /** JCS of the payload, base64url. */
  readonly payload: string;
  readonly signatures: readonly Signature[];
}

/** JCS of the payload: what is signed, and what the digest of an envelope is taken of, so a retry has the same digest. @source RFC 8785 */
export const payloadBytes = (payload: Payload): Buffer => Buffer.from(canonicalize(payload) ?? "");
/** SHA-256 of the payload's JCS, hex: how receipts name an envelope. */
export const envelopeDigest = (payload: Payload): string => sha256(payloadBytes(payload));

/** Who signs a copy, when it leaves, and for how many days it counts then. */
interface Signing {
  readonly kid: string;
  readonly at: Temporal.Instant;
  /** A week where none are given. */
  readonly days?: number | undefined;
}
const headerOf = ({ kid, at, days = LINE_DAYS }: Signing) => ({
  kid,
  typ: TYPE_SIGNED,
  iat: seconds(at),
  exp: seconds(at.add({ hours: 24 * days })),
});
/** Signs when sending: the payload is the same in each copy. A second signature may be added beside it. */
export function signEnvelope(payload: Payload, key: KeyObject, more: Signing): Signed {
  const bytes = payloadBytes(payload);
  return { payload: bytes.toString("base64url"), signatures: [signBytes(bytes, key, headerOf(more))] };
}
/** The same with the signature of ML-DSA-44 beside it. @source FIPS 204 */
export async function secondEnvelope(signed: Signed, key: KeyObject, more: Signing): Promise<Signed> {
  const second = await signSecondAside(signed.payload, key, headerOf(more));
  return { ...signed, signatures: [...signed.signatures, second] };
}
const seconds = (at: Temporal.Instant): number => Math.floor(at.epochMilliseconds / 1_000);

/** Seals a signed payload to the receiver. @source RFC 7516 §3.1; RFC 8037 §3.2 */
export const sealEnvelope = (
  signed: Signed,
  receiver: { readonly key: KeyObject; readonly kid: string },
): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(signed)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", typ: TYPE_SEALED, kid: receiver.kid })
    .encrypt(receiver.key);

/** Opens a sealed envelope with the own key that it names. Throws `Malformed`; a key that is not ours is `not-for-us`. */
export async function openEnvelope(
  sealed: string,
  own: readonly { readonly key: KeyObject; readonly kid: string }[],
): Promise<{ signed: string } | { problem: "not-for-us" | "too-large" }> {
  if (Buffer.byteLength(sealed) > ENVELOPE_BYTES_MAX) return { problem: "too-large" };
  const [head = ""] = sealed.split(".", 1);
  const header = z
    .object({ typ: z.literal(TYPE_SEALED), kid: z.string() })
    .safeParse(parseJson(Buffer.from(head, "base64url"), "sealed envelope"));
  if (!header.success) throw new Malformed(`sealed envelope: not a JWE of type ${TYPE_SEALED} with a kid`);
  const mine = own.find(({ kid }) => kid === header.data.kid);
  if (!mine) return { problem: "not-for-us" };
  try {
    const { plaintext } = await compactDecrypt(sealed, mine.key, {
      keyManagementAlgorithms: ["ECDH-ES+A256KW"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return { signed: Buffer.from(plaintext).toString("utf8") };
  } catch {
    // One sentence for every cause: which step failed would help only somebody who tries.
    throw new Malformed("sealed envelope: it does not open");
  }
}

/** A signed payload that was read, not yet believed. */
export interface Opened {
  readonly payload: Payload;
  readonly digest: string;
  readonly signed: Signed;
}

const signedSchema = z.strictObject({
  payload: z.string().regex(/^[\w-]+$/),
  signatures: z.array(signatureSchema).min(1).max(SIGNATURES_MAX),
});

const VERSION_LENGTH_MAX = 40;
/** Reads a signed payload; whether to believe it says `verdictOnEnvelope`. Throws `Malformed`. */
export function readSigned(text: string): Opened | { problem: "version"; theirs: string } {
  const signed = signedSchema.safeParse(parseJson(Buffer.from(text), "envelope"));
  if (!signed.success) throw new Malformed("envelope: not a JWS in JSON form with one to four signatures");
  const bytes = Buffer.from(signed.data.payload, "base64url");
  const content = parseJson(bytes, "payload");
  const version = z.object({ v: z.string() }).safeParse(content);
  if (version.success && version.data.v !== ENVELOPE_VERSION)
    return { problem: "version", theirs: version.data.v.slice(0, VERSION_LENGTH_MAX) };
  const parsed = payloadSchema.safeParse(content);
  if (!parsed.success)
    throw new Malformed(`payload: ${parsed.error.issues[0]?.path.join(".") ?? ""} is missing or wrong`);
  const payload = parsed.data as Payload;
  demandCanonical(content, bytes);
  demandOwnEntry(payload);
  signed.data.signatures.forEach(readHeader);
  return { payload, digest: sha256(bytes), signed: signed.data };
}

/** The bytes are the one canonical form: no name twice, no other spelling of a number, so everybody reads the same. */
function demandCanonical(content: unknown, bytes: Buffer): void {
  let canonical: string | undefined;
  try {
    canonical = canonicalize(content);
  } catch {
    canonical = undefined;
  }
  if (canonical === undefined || !Buffer.from(canonical).equals(bytes))
    throw new Malformed("payload: not in canonical form (RFC 8785)");
}

/** The entry is the sender's own, of this act on this subject at this time, and its digest is that of its record. */
function demandOwnEntry({ entry, from, act, subject, at }: Payload): void {
  const said = z
    .object({
      node: z.string(),
      act: z.string(),
      at: z.string(),
      subject: z.object({ kind: z.string(), id: z.string() }),
    })
    .safeParse(entry.record);
  const fits =
    said.success &&
    said.data.node === from &&
    said.data.act === act &&
    said.data.at === at &&
    said.data.subject.id === subject.id &&
    said.data.subject.kind === subject.kind;
  if (!fits) throw new Malformed("payload: the journal entry is not of this act");
  if (
    digestOf(Buffer.from(entry.salt, "hex"), entry.record as unknown as JournalRecord).toString("hex") !== entry.digest
  )
    throw new Malformed("payload: the journal entry has another digest");
}

/** Whether the peer's keys signed this: one of the first kind and, where it has one, one of the second. */
export function verdictOnEnvelope(
  { signed }: Opened,
  keys: readonly SigningKey[],
  now: Temporal.Instant,
): Verdict | { readonly problem: "downgrade" } {
  const payload = Buffer.from(signed.payload, "base64url");
  const verdict = verdictOn(payload, signed.signatures, TYPE_SIGNED, { keys, now });
  if ("problem" in verdict || isSeconded(payload, signed.signatures, TYPE_SIGNED, { keys, now })) return verdict;
  return { problem: "downgrade" };
}

/** When a copy was signed, under which key, and until when it counts: the first that any of its signatures says; `undefined` where one says nothing. */
export function termOf({ signed }: Opened): {
  readonly kid: string;
  readonly signedAt: Temporal.Instant;
  readonly notAfter: Temporal.Instant | undefined;
} {
  const headers = signed.signatures.map(readHeader).filter(({ alg }) => alg === ALG || alg === SECOND_ALG);
  const [first = { kid: "", iat: 0 }] = headers;
  const ends = headers.map(({ exp }) => exp ?? Number.NaN);
  const end = Math.min(...ends);
  return {
    kid: first.kid,
    signedAt: instantOf(first.iat),
    notAfter: headers.length === 0 || Number.isNaN(end) ? undefined : instantOf(end),
  };
}

/** When it acted, as a moment. */
export const actedAt = (payload: Payload): Temporal.Instant => Temporal.Instant.from(payload.at);
