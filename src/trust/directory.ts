import { createHash, type KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";
import {
  isSecondSignedBy,
  isSignedBy,
  isValidAt,
  parseJson,
  publicKey,
  readHeader,
  SECOND_ALG,
  secondKeySchema,
  type Signature,
  signatureSchema,
  SIGNATURES_MAX,
  signBytes,
  type SigningKey,
  signingKeySchema,
  signSecond,
} from "./envelope-signature.ts";
import { fingerprint, rawPublicKey } from "./keys.ts";
import { Malformed } from "./verify-errors.ts";
import { NOTE_TYPE, readVkey } from "./verify-note.ts";

/** How one node is known to others. Signed by the node itself; trusted only after two people compared its number. */
export interface DirectoryEntry {
  readonly v: "comity.directory/1";
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  /** Base addresses of its gateway, tried in order. */
  readonly gateways: readonly string[];
  /** Keys whose signatures count; while a key is rolled over the old and the new stand side by side. */
  readonly keys: readonly SigningKey[];
  /** X25519: envelopes and files are sealed to it. */
  readonly encryption: { readonly fingerprint: string; readonly x: string };
  readonly ledger: { readonly origin: string; readonly vkey: string; readonly url: string };
  /** Verifier key of its cosignatures: it witnesses the ledgers of its peers. Absent where it does not. */
  readonly witness?: string | undefined;
  /** SHA-256 of the certificate that its packages and documents are signed with, hex. */
  readonly certificate?: string | undefined;
  readonly contact: Contact;
  /** Versions of the envelope that it reads. */
  readonly versions: readonly string[];
  readonly from: string;
  readonly to: string;
}
/** Its contact point. `null` where it gave none. @source CETS 185 Art. 35 */
interface Contact {
  readonly languages: readonly string[];
  readonly hours: string | null;
  readonly voice: string | null;
  readonly escalation: string | null;
}
/** All keys that a node cosigns with. Beside the entry, not in it: peers that know only `entry.witness` take the entry as ever. */
interface SignedWitnesses {
  readonly vkeys: readonly string[];
  readonly signatures: readonly Signature[];
}
/** The entry with its signatures, as served at `/.well-known/comity`. */
export interface SignedEntry {
  readonly entry: DirectoryEntry;
  readonly signatures: readonly Signature[];
  readonly witnesses?: SignedWitnesses | undefined;
  readonly seconds?: SignedSeconds | undefined;
}
/** Keys of the second signature, each signed by itself (whoever shows a key must hold it) and all by a key of the entry; beside the entry for the same reason. */
interface SignedSeconds {
  readonly keys: readonly SigningKey[];
  readonly signatures: readonly Signature[];
}

const TYPE = "comity+directory";
const WITNESSES_TYPE = "comity+witnesses";
const SECONDS_TYPE = "comity+second-keys";
/** Largest entry that is read, in bytes. */
export const ENTRY_BYTES_MAX = 65_536;
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !/\p{Cc}/u.test(text));
const entrySchema = z.strictObject({
  v: z.literal("comity.directory/1"),
  code: z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/),
  name: line(80),
  kind: z.enum(["state", "provider"]),
  gateways: z
    .array(z.url({ protocol: /^https?$/ }).max(300))
    .min(1)
    .max(5),
  keys: z.array(signingKeySchema).min(1).max(4),
  encryption: z.strictObject({ fingerprint: z.string().regex(/^[\da-f]{64}$/), x: z.string().regex(/^[\w-]{43}$/) }),
  ledger: z.strictObject({ origin: line(200), vkey: line(500), url: z.url({ protocol: /^https?$/ }).max(300) }),
  witness: line(500).optional(),
  certificate: z
    .string()
    .regex(/^[\da-f]{64}$/)
    .optional(),
  contact: z.strictObject({
    languages: z.array(line(35)).max(20),
    hours: line(120).nullable(),
    voice: line(60).nullable(),
    escalation: line(200).nullable(),
  }),
  versions: z.array(line(40)).min(1).max(10),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
const signaturesSchema = z.array(signatureSchema).min(1).max(SIGNATURES_MAX);
const signedSchema = z.object({
  entry: entrySchema,
  signatures: signaturesSchema,
  // A verifier key of ML-DSA-44 has 1,752 characters and its name.
  witnesses: z.object({ vkeys: z.array(line(2_200)).min(1).max(8), signatures: signaturesSchema }).optional(),
  seconds: z.object({ keys: z.array(secondKeySchema).min(1).max(2), signatures: signaturesSchema }).optional(),
});

const bytesOf = (entry: DirectoryEntry): Buffer => Buffer.from(canonicalize(entry) ?? "");
const witnessBytes = (code: string, vkeys: readonly string[]): Buffer =>
  Buffer.from(canonicalize({ v: "comity.witnesses/1", code, vkeys: [...vkeys] }) ?? "");

const secondBytes = (code: string, keys: readonly SigningKey[]): Buffer =>
  Buffer.from(canonicalize({ v: "comity.second-keys/1", code, keys: [...keys] }) ?? "");

/** A key of ML-DSA-44 as it is listed beside the entry. */
export const listedSecond = (key: KeyObject, validity: { readonly from: string; readonly to: string }): SigningKey => ({
  alg: SECOND_ALG,
  fingerprint: fingerprint(key),
  x: rawPublicKey(key).toString("base64url"),
  from: validity.from,
  to: validity.to,
});

const secondsMade = new Map<string, SignedSeconds>();
const SECONDS_KEPT = 50;
/** Lists keys of the second signature beside an entry: signed by the entry's first key and by each of themselves. Made once, then remembered. */
export function withSeconds(
  signed: SignedEntry,
  key: KeyObject,
  of: { readonly listed: readonly SigningKey[]; readonly keys: readonly KeyObject[]; readonly at: Temporal.Instant },
): SignedEntry {
  const bytes = secondBytes(signed.entry.code, of.listed);
  const name = `${fingerprint(key)} ${bytes.toString()}`;
  const header = (kid: string) => ({ kid, typ: SECONDS_TYPE, iat: Math.floor(of.at.epochMilliseconds / 1_000) });
  const seconds = secondsMade.get(name) ?? {
    keys: of.listed,
    signatures: [
      signBytes(bytes, key, header(fingerprint(key))),
      ...of.keys.map((each) => signSecond(bytes, each, header(fingerprint(each)))),
    ],
  };
  if (secondsMade.size >= SECONDS_KEPT) secondsMade.clear();
  secondsMade.set(name, seconds);
  return { ...signed, seconds };
}

/** Every key that an entry shows, of both kinds. */
export const keysOf = ({ entry, seconds }: Pick<SignedEntry, "entry" | "seconds">): readonly SigningKey[] => [
  ...entry.keys,
  ...(seconds?.keys ?? []),
];

/** A key as the entry lists it. */
export const listedKey = (key: KeyObject, validity: { readonly from: string; readonly to: string }): SigningKey => ({
  fingerprint: fingerprint(key),
  x: rawPublicKey(key).toString("base64url"),
  from: validity.from,
  to: validity.to,
});

/**
 * Signs an entry with every key given: those that it lists and, in a roll-over, the one that it replaces; and beside it the keys
 * that the node cosigns with. @source RFC 7515 Appendix F
 */
export function signEntry(
  entry: DirectoryEntry,
  keys: readonly KeyObject[],
  at: Temporal.Instant,
  vkeys: readonly string[] = [],
): SignedEntry {
  const signed = (bytes: Buffer, typ: string) =>
    keys.map((key) =>
      signBytes(bytes, key, { kid: fingerprint(key), typ, iat: Math.floor(at.epochMilliseconds / 1_000) }),
    );
  const witnesses =
    vkeys.length === 0
      ? {}
      : { witnesses: { vkeys, signatures: signed(witnessBytes(entry.code, vkeys), WITNESSES_TYPE) } };
  return { entry, signatures: signed(bytesOf(entry), TYPE), ...witnesses };
}

/** Verifier keys of a node's cosignatures: those beside its entry, and the one in it. */
export const witnessesOf = ({ entry, witnesses }: SignedEntry): string[] => [
  ...new Set([...(entry.witness === undefined ? [] : [entry.witness]), ...(witnesses?.vkeys ?? [])]),
];

/** Reads an entry. Throws `Malformed`, also where a key that it lists has not signed it: whoever shows a key must hold it. */
export function readEntry(text: string): SignedEntry {
  if (text.length > ENTRY_BYTES_MAX) throw new Malformed("directory entry: too large");
  const parsed = signedSchema.safeParse(parseJson(Buffer.from(text), "directory entry"));
  if (!parsed.success)
    throw new Malformed(`directory entry: ${parsed.error.issues[0]?.path.join(".") || "its form"} is missing or wrong`);
  const { entry, signatures, witnesses, seconds } = parsed.data;
  for (const key of entry.keys) {
    if (fingerprint(publicKey("Ed25519", key.x)) !== key.fingerprint)
      throw new Malformed("directory entry: a key has another fingerprint");
    if (!bears({ entry, signatures }, key))
      throw new Malformed("directory entry: a key that it lists has not signed it");
  }
  if (fingerprint(publicKey("X25519", entry.encryption.x)) !== entry.encryption.fingerprint)
    throw new Malformed("directory entry: the encryption key has another fingerprint");
  if (seconds) demandSeconds(entry, seconds);
  const read = { entry, signatures, ...(seconds ? { seconds } : {}) };
  if (!witnesses) return read;
  const bytes = witnessBytes(entry.code, witnesses.vkeys);
  if (!entry.keys.some((key) => isBy(key, bytes, witnesses.signatures, WITNESSES_TYPE)))
    throw new Malformed("directory entry: none of its keys has signed its witnesses");
  for (const vkey of witnesses.vkeys)
    if (readVkey(vkey).type === NOTE_TYPE.ed25519) throw new Malformed("directory entry: a witness's key of type 0x01");
  return { ...read, witnesses };
}

function demandSeconds(entry: DirectoryEntry, { keys, signatures }: SignedSeconds): void {
  const bytes = secondBytes(entry.code, keys);
  if (!entry.keys.some((key) => isBy(key, bytes, signatures, SECONDS_TYPE)))
    throw new Malformed("directory entry: none of its keys has signed its second keys");
  for (const { fingerprint: kid, x } of keys) {
    if (fingerprint(publicKey(SECOND_ALG, x)) !== kid)
      throw new Malformed("directory entry: a second key has another fingerprint");
    const own = signatures.some(
      (part) =>
        readHeader(part).kid === kid && readHeader(part).typ === SECONDS_TYPE && isSecondSignedBy(bytes, part, x),
    );
    if (!own) throw new Malformed("directory entry: a second key that it lists has not signed it");
  }
}

/** True where the key made one of the signatures over these bytes. */
const isBy = (key: SigningKey, bytes: Buffer, signatures: readonly Signature[], typ: string): boolean =>
  signatures.some((part) => {
    const header = readHeader(part);
    return header.kid === key.fingerprint && header.typ === typ && isSignedBy(bytes, part, key.x);
  });

/** True where the key signed the entry. */
const bears = ({ entry, signatures }: SignedEntry, key: SigningKey): boolean =>
  isBy(key, bytesOf(entry), signatures, TYPE);

/**
 * True where `next` may take the place of `current` without people: the same node, not older, signed by a key that is trusted and counts
 * now, still speaking the first of its versions, with no fewer kinds of signature.
 */
export const succeeds = (next: SignedEntry, current: DirectoryEntry, now: Temporal.Instant): boolean =>
  (next.seconds !== undefined ||
    !current.keys.some(({ alg, distrusted }) => alg === SECOND_ALG && distrusted === undefined)) &&
  next.entry.versions.includes(current.versions[0] ?? "") &&
  next.entry.code === current.code &&
  next.entry.kind === current.kind &&
  Temporal.Instant.compare(Temporal.Instant.from(next.entry.from), Temporal.Instant.from(current.from)) >= 0 &&
  current.keys.some(
    (key) => key.alg === undefined && key.distrusted === undefined && isValidAt(key, now) && bears(next, key),
  );

/**
 * The keys that count after a renewal: the new ones, and the old until their own end, so that what is in flight stays valid. What is
 * distrusted stays so, whoever lists it again.
 */
export function keysAfter(
  next: Pick<SignedEntry, "entry" | "seconds">,
  before: readonly SigningKey[],
  now: Temporal.Instant,
): SigningKey[] {
  const shown = keysOf(next);
  const listed = new Set(shown.map(({ fingerprint: kid }) => kid));
  const marked = new Map(
    before.flatMap(({ fingerprint: kid, distrusted }) => (distrusted === undefined ? [] : [[kid, distrusted]])),
  );
  const after = [
    ...shown,
    ...before.filter((key) => !listed.has(key.fingerprint) && (key.distrusted !== undefined || isValidAt(key, now))),
  ];
  return after
    .map((key) => ({ ...key, ...(marked.has(key.fingerprint) ? { distrusted: marked.get(key.fingerprint) } : {}) }))
    .slice(0, 16);
}

const GROUPS = 8;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;
/**
 * The number that two people compare by telephone: eight groups of five digits, about 132 bits. Digits are read out the same
 * way in every language. It covers the code and all keys, and stays the same while those stay.
 */
export function telephoneNumber(signed: {
  readonly entry: Pick<DirectoryEntry, "code" | "keys" | "encryption">;
  readonly seconds?: SignedSeconds | undefined;
}): string {
  const { entry, seconds } = signed;
  const facts = {
    code: entry.code,
    keys: [...entry.keys, ...(seconds?.keys ?? [])].map(({ fingerprint: kid }) => kid).sort(),
    encryption: entry.encryption.fingerprint,
  };
  const hash = createHash("sha512")
    .update("comity telephone number\n")
    .update(canonicalize(facts) ?? "")
    .digest();
  return Array.from({ length: GROUPS }, (_, group) => {
    const value = hash.readUIntBE(group * GROUP_BYTES, GROUP_BYTES) % 10 ** GROUP_DIGITS;
    return String(value).padStart(GROUP_DIGITS, "0");
  }).join(" ");
}

/** True where what somebody typed is that number, whatever stands between the digits. */
export const isSameNumber = (typed: string, number: string): boolean =>
  typed.replaceAll(/\D/g, "") === number.replaceAll(" ", "");
