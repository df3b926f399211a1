import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { Malformed } from "./verify-errors.ts";

/** Signature types that are read here. @source C2SP signed-note; C2SP tlog-cosignature */
export const NOTE_TYPE = { ed25519: 0x01, cosignature: 0x04, mlDsa44: 0x06 } as const;
export type NoteType = (typeof NOTE_TYPE)[keyof typeof NOTE_TYPE];

const KEY_BYTES: Readonly<Record<NoteType, number>> = { 0x01: 32, 0x04: 32, 0x06: 1312 };
const SIGNATURE_BYTES: Readonly<Record<NoteType, number>> = { 0x01: 64, 0x04: 72, 0x06: 2428 };
export const KEY_ID_BYTES = 4;
/** C2SP asks for at least 16; more than a node with 100 peers of two keys each would ever need is an attack. */
const SIGNATURES_MAX = 256;
const NOTE_BYTES_MAX = 1_000_000;

/** The public half of a key that signs notes. */
export interface NoteKey {
  readonly name: string;
  /** Four bytes, by which a signature line names the key. */
  readonly id: Buffer;
  readonly type: NoteType;
  readonly key: KeyObject;
}

/** A signature line: whose it says it is, and the bytes. */
export interface NoteSignature {
  readonly name: string;
  readonly id: Buffer;
  readonly signature: Buffer;
}

/** A text and who signed it, as read; nothing is verified yet. */
export interface Note {
  /** With its final line end, without the blank line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Bytes of standard base64 in its one spelling. Throws `Malformed`, naming `what`. @source RFC 4648 §4 */
export function fromBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new Malformed(`${what}: not base64`);
  return bytes;
}

/** UTF-8 text of foreign bytes. Throws `Malformed`. */
export function fromUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed(`${what}: not UTF-8`);
  }
}

const isKeyName = (name: string): boolean => name.length > 0 && !/[\s+\p{White_Space}\p{Cc}]/u.test(name);

/** `SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4]`. @source C2SP signed-note */
export const keyId = (name: string, type: NoteType, publicKey: Uint8Array): Buffer =>
  hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey]), "buffer").subarray(
    0,
    KEY_ID_BYTES,
  );

/** Raw bytes of an Ed25519 or ML-DSA-44 public key. */
function rawOf(key: KeyObject): Buffer {
  const { x, pub } = key.export({ format: "jwk" }) as { x?: string; pub?: string };
  return Buffer.from(x ?? pub ?? "", "base64url");
}

function publicKeyOf(type: NoteType, raw: Buffer): KeyObject {
  const encoded = raw.toString("base64url");
  const jwk =
    type === NOTE_TYPE.mlDsa44
      ? { kty: "AKP", alg: "ML-DSA-44", pub: encoded }
      : { kty: "OKP", crv: "Ed25519", x: encoded };
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    throw new Malformed("vkey: not a public key of its type");
  }
}

/** The key that verifies, from a public key object and the name that it signs under. Throws `Malformed` for a name that no note can carry. */
export function noteKey(name: string, type: NoteType, key: KeyObject): NoteKey {
  if (!isKeyName(name)) throw new Malformed("vkey: name");
  return { name, type, key, id: keyId(name, type, rawOf(key)) };
}

/** `name+hex(id)+base64(type ‖ public key)`. @source C2SP signed-note */
export const vkeyOf = ({ name, id, type, key }: NoteKey): string =>
  `${name}+${id.toString("hex")}+${Buffer.concat([Buffer.of(type), rawOf(key)]).toString("base64")}`;

/** Reads a verifier key. Throws `Malformed`, also where the id is not that of name and key. */
export function readVkey(vkey: string): NoteKey {
  const [, name = "", id = "", encoded = ""] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(vkey) ?? [];
  if (!isKeyName(name)) throw new Malformed("vkey: not name, id and key");
  const body = fromBase64(encoded, "vkey");
  const [type] = body;
  if (type !== NOTE_TYPE.ed25519 && type !== NOTE_TYPE.cosignature && type !== NOTE_TYPE.mlDsa44)
    throw new Malformed("vkey: a type of signature that is not known");
  const raw = body.subarray(1);
  if (raw.length !== KEY_BYTES[type]) throw new Malformed("vkey: length of the key");
  const expected = keyId(name, type, raw);
  if (expected.toString("hex") !== id) throw new Malformed("vkey: the id is not that of the name and the key");
  return { name, id: expected, type, key: publicKeyOf(type, raw) };
}

/** Reads a signed note. Throws `Malformed`. @source C2SP signed-note */
export function readNote(note: string | Uint8Array): Note {
  const whole = typeof note === "string" ? note : fromUtf8(note, "note");
  if (whole.length > NOTE_BYTES_MAX) throw new Malformed("note: too long");
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole) || !whole.isWellFormed())
    throw new Malformed("note: a character that no note holds");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0 || !whole.endsWith("\n") || whole.length < at + 3)
    throw new Malformed("note: no blank line before the signatures");
  const lines = whole.slice(at + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) throw new Malformed("note: too many signatures");
  return { text: whole.slice(0, at + 1), signatures: lines.map(readSignature) };
}

function readSignature(line: string): NoteSignature {
  const [, name = "", encoded = ""] = /^— ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
  if (!isKeyName(name)) throw new Malformed("note: signature line");
  const bytes = fromBase64(encoded, "note: signature line");
  if (bytes.length <= KEY_ID_BYTES) throw new Malformed("note: signature line");
  return { name, id: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** A signature line as notes carry it, with its line end. */
export const signatureLine = ({ name, id, signature }: NoteSignature): string =>
  `— ${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;

/** The whole note. */
export const noteOf = ({ text, signatures }: Note): string => `${text}\n${signatures.map(signatureLine).join("")}`;

const isBy = (key: NoteKey, { name, id }: NoteSignature): boolean => name === key.name && id.equals(key.id);

/** What the cosigned message of ML-DSA-44 says of a checkpoint, which the caller has read. @source C2SP tlog-cosignature */
export interface Cosigned {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Uint8Array;
}

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

function short(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length === 0 || bytes.length > 255) throw new Malformed("cosignature: a name of no or too many bytes");
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/** What an Ed25519 cosignature signs: header, time in seconds since the epoch, and the checkpoint's text. @source C2SP tlog-cosignature */
export const cosignedText = (text: string, time: bigint): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);

/** What an ML-DSA-44 cosignature signs: names, time, and the tree from its first entry. @source C2SP tlog-cosignature */
export const cosignedTree = (cosigner: string, time: bigint, { origin, size, root }: Cosigned): Buffer =>
  Buffer.concat([
    Buffer.from("subtree/v1\n\0"),
    short(cosigner),
    u64(time),
    short(origin),
    u64(0n),
    u64(size),
    Buffer.from(root),
  ]);

/** A signature that verifies. */
export interface Verified {
  readonly key: NoteKey;
  /** Seconds since the epoch that a cosignature states; `null` for a plain signature. */
  readonly time: bigint | null;
}

function verified(key: NoteKey, { signature }: NoteSignature, text: string, tree: Cosigned | null): Verified | null {
  if (signature.length !== SIGNATURE_BYTES[key.type]) return null;
  if (key.type === NOTE_TYPE.ed25519)
    return verify(null, Buffer.from(text), key.key, signature) ? { key, time: null } : null;
  const time = signature.readBigUInt64BE(0);
  if (time >= 1n << 63n || (key.type === NOTE_TYPE.mlDsa44 && tree === null)) return null;
  const message =
    key.type === NOTE_TYPE.mlDsa44 && tree ? cosignedTree(key.name, time, tree) : cosignedText(text, time);
  return verify(null, message, key.key, signature.subarray(8)) ? { key, time } : null;
}

/**
 * The signatures of a note by these keys that verify. Lines by others are passed over; where a line by one of these keys
 * does not verify, the answer is `null`: the note is to be refused whole. `tree` is what the note says as a checkpoint, without
 * which an ML-DSA-44 cosignature cannot be verified.
 *
 * @source C2SP signed-note
 */
export function signaturesBy(note: Note, keys: readonly NoteKey[], tree: Cosigned | null = null): Verified[] | null {
  const good: Verified[] = [];
  for (const key of keys)
    for (const line of note.signatures)
      if (isBy(key, line)) {
        const found = verified(key, line, note.text, tree);
        if (found === null) return null;
        if (!good.some((earlier) => earlier.key === key)) good.push(found);
      }
  return good;
}
