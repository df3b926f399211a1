import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Malformed } from "./verify-errors.ts";

/** Plaintext of every chunk but the last, which is always shorter, in bytes. @source C2SP chunked-encryption */
export const CHUNK_BYTES = 16_384;
export const TAG_BYTES = 16;
/** A full chunk as stored. */
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const SALT_BYTES = 24;
const COMMITMENT_BYTES = 32;
/** Salt and commitment, before the first chunk. */
export const HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES;
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** The counter's room in the nonce. */
const CHUNKS_MAX = 2 ** 38;
const INFO = Buffer.from("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");

/** What one message is encrypted under: derived, never stored. */
export interface MessageKeys {
  readonly key: Buffer;
  readonly nonce: Buffer;
  /** Salt ‖ commitment: the first 56 bytes of the ciphertext. */
  readonly header: Buffer;
}

/** HKDF-Expand with SHA-256. @source RFC 5869 §2.3 */
function expand(key: Uint8Array, info: Buffer, bytes: number): Buffer {
  const blocks: Buffer[] = [];
  for (let number = 1; blocks.length * 32 < bytes; number++)
    blocks.push(
      createHmac("sha256", key)
        .update(blocks.at(-1) ?? Buffer.alloc(0))
        .update(info)
        .update(Buffer.of(number))
        .digest(),
    );
  return Buffer.concat(blocks).subarray(0, bytes);
}

function derive(inputKey: Uint8Array, salt: Buffer, context: Uint8Array): MessageKeys {
  if (inputKey.length !== KEY_BYTES) throw new RangeError(`an input key has ${KEY_BYTES} bytes`);
  const made = expand(inputKey, Buffer.concat([INFO, salt, context]), KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES);
  return {
    key: made.subarray(0, KEY_BYTES),
    nonce: made.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES),
    header: Buffer.concat([salt, made.subarray(KEY_BYTES + NONCE_BYTES)]),
  };
}

const NO_CONTEXT = new Uint8Array(0);

/** Keys of a new message under `inputKey`; its salt is random, so that one input key may hold many messages. */
export const newMessage = (inputKey: Uint8Array, context: Uint8Array = NO_CONTEXT): MessageKeys =>
  derive(inputKey, randomBytes(SALT_BYTES), context);

/** Keys of the message that begins with `header`. Throws `Malformed` where the commitment is not that of this key. */
export function openMessage(inputKey: Uint8Array, header: Buffer, context: Uint8Array = NO_CONTEXT): MessageKeys {
  if (header.length !== HEADER_BYTES) throw new Malformed("header: the message is truncated");
  const keys = derive(inputKey, header.subarray(0, SALT_BYTES), context);
  if (!timingSafeEqual(keys.header, header)) throw new Malformed("commitment: another key, or another message");
  return keys;
}

/** The base nonce with the chunk's number XORed into its last five bytes. */
function nonceOf({ nonce }: MessageKeys, chunk: number): Buffer {
  if (chunk < 0 || chunk >= CHUNKS_MAX) throw new RangeError("a message has at most 2^38 chunks");
  const own = Buffer.from(nonce);
  own.writeUInt32BE((own.readUInt32BE(NONCE_BYTES - 4) ^ (chunk % 2 ** 32)) >>> 0, NONCE_BYTES - 4);
  own[NONCE_BYTES - 5] = (own[NONCE_BYTES - 5] ?? 0) ^ Math.floor(chunk / 2 ** 32);
  return own;
}

/** Encrypts chunk number `chunk` into `target` at `offset`; gives the bytes written. A chunk of 16 KiB can't be the last. */
export function sealChunk(
  keys: MessageKeys,
  chunk: number,
  plain: Uint8Array,
  target: Uint8Array,
  offset: number,
): number {
  if (plain.length > CHUNK_BYTES) throw new RangeError("a chunk has at most 16 KiB");
  const cipher = createCipheriv("aes-256-gcm", keys.key, nonceOf(keys, chunk));
  target.set(cipher.update(plain), offset);
  cipher.final();
  target.set(cipher.getAuthTag(), offset + plain.length);
  return plain.length + TAG_BYTES;
}

/** Decrypts one chunk. Throws `Malformed` where a bit of it, its number or its key differs. */
export function openChunk(keys: MessageKeys, chunk: number, sealed: Uint8Array): Buffer {
  if (sealed.length < TAG_BYTES) throw new Malformed(`chunk ${chunk}: truncated`);
  const decipher = createDecipheriv("aes-256-gcm", keys.key, nonceOf(keys, chunk), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw new Malformed(`chunk ${chunk}: not what was written`);
  }
  return plain;
}

/** Chunks of a message of `plainBytes`: the last is shorter than 16 KiB and may be empty. */
export const chunksOf = (plainBytes: number): number => Math.floor(plainBytes / CHUNK_BYTES) + 1;

/** Length of the ciphertext of a message of `plainBytes`. */
export const sealedBytes = (plainBytes: number): number => HEADER_BYTES + plainBytes + chunksOf(plainBytes) * TAG_BYTES;

/** Where chunk `chunk` begins in the ciphertext. */
export const chunkOffset = (chunk: number): number => HEADER_BYTES + chunk * SEALED_CHUNK_BYTES;

/** How many plaintext bytes the whole chunks hold that lie within the first `stored` bytes of a message that goes on. */
export const plainBytesWithin = (stored: number): number =>
  Math.max(Math.floor((stored - HEADER_BYTES) / SEALED_CHUNK_BYTES), 0) * CHUNK_BYTES;

/** Encrypts a whole message that is in memory. */
export function sealMessage(inputKey: Uint8Array, plain: Uint8Array, context: Uint8Array = NO_CONTEXT): Buffer {
  const keys = newMessage(inputKey, context);
  const sealed = Buffer.alloc(sealedBytes(plain.length));
  keys.header.copy(sealed);
  for (let chunk = 0; chunk < chunksOf(plain.length); chunk++)
    sealChunk(keys, chunk, plain.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES), sealed, chunkOffset(chunk));
  return sealed;
}

/** Decrypts a whole message that is in memory. Throws `Malformed` where anything differs, is missing or was added. */
export function unsealMessage(inputKey: Uint8Array, sealed: Buffer, context: Uint8Array = NO_CONTEXT): Buffer {
  const keys = openMessage(inputKey, sealed.subarray(0, HEADER_BYTES), context);
  const body = sealed.length - HEADER_BYTES;
  const last = Math.floor(body / SEALED_CHUNK_BYTES);
  if (body - last * SEALED_CHUNK_BYTES < TAG_BYTES) throw new Malformed("the message is truncated");
  const chunks = Array.from({ length: last + 1 }, (_, chunk) =>
    openChunk(keys, chunk, sealed.subarray(chunkOffset(chunk), chunkOffset(chunk + 1))),
  );
  return Buffer.concat(chunks);
}
