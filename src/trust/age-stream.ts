import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { Readable } from "node:stream";
import { Decrypter, Encrypter, type Recipient } from "age-encryption";

// The library makes and opens the header, for which it is there; the payload, which may have a hundred gigabytes, goes through the
// machine's own ChaCha20 and not through one in JavaScript.

const NONCE_BYTES = 16;
/** Bytes of plaintext in a chunk, and what a chunk has on top. @source C2SP age, Payload */
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;
const HEADER_BYTES_MAX = 1 << 16;

/** The beginning of an age file, and the key of what follows: from both any part of it can be made again, the same to the byte. */
export interface AgeHead {
  /** Header and nonce. */
  readonly head: Buffer;
  /** 32 bytes. Opens the file: it never leaves the node. */
  readonly key: Buffer;
}

/** Begins an age file to these recipients. */
export async function ageHead(recipients: readonly string[]): Promise<AgeHead> {
  let fileKey: Uint8Array | undefined;
  const listening: Recipient = {
    wrapFileKey: (key) => {
      fileKey = key.slice();
      return [];
    },
  };
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  encrypter.addRecipient(listening);
  const empty = await encrypter.encrypt(new Uint8Array());
  if (!fileKey) throw new Error("age gave no key");
  const head = Buffer.from(empty.subarray(0, empty.length - TAG_BYTES));
  return { head, key: payloadKey(fileKey, head.subarray(head.length - NONCE_BYTES)) };
}

const payloadKey = (fileKey: Uint8Array, nonce: Uint8Array): Buffer =>
  Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", 32));

/** How long the whole file becomes for so many bytes. */
export const ageSize = ({ head }: Pick<AgeHead, "head">, plainBytes: number): number =>
  head.length + plainBytes + Math.max(1, Math.ceil(plainBytes / CHUNK_BYTES)) * TAG_BYTES;

/** From which byte on the plaintext is needed to make an age file from its byte `start` on. */
export function agePlainStart({ head }: Pick<AgeHead, "head">, start: number): number {
  return Math.max(0, Math.floor((start - head.length) / SEALED_BYTES)) * CHUNK_BYTES;
}

function counterOf(index: number, isLast: boolean): Buffer {
  const counter = Buffer.alloc(12);
  counter.writeBigUInt64BE(BigInt(index), 3);
  counter[11] = isLast ? 1 : 0;
  return counter;
}

function sealChunk(key: Buffer, index: number, { chunk, isLast }: { chunk: Buffer; isLast: boolean }): Buffer {
  const cipher = createCipheriv("chacha20-poly1305", key, counterOf(index, isLast), { authTagLength: TAG_BYTES });
  const sealed = cipher.update(chunk);
  cipher.final();
  return Buffer.concat([sealed, cipher.getAuthTag()]);
}

/** An encrypted file that does not open to its end: a byte was changed, or it was cut. */
export class AgeBroken extends Error {
  override name = "AgeBroken";
}

/** Throws `AgeBroken` where a byte was changed. */
function openChunk(key: Buffer, index: number, { chunk, isLast }: { chunk: Buffer; isLast: boolean }): Buffer {
  if (chunk.length < TAG_BYTES || (isLast && index > 0 && chunk.length === TAG_BYTES))
    throw new AgeBroken("age: broken off");
  const opening = createDecipheriv("chacha20-poly1305", key, counterOf(index, isLast), { authTagLength: TAG_BYTES });
  opening.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES));
  const plain = opening.update(chunk.subarray(0, chunk.length - TAG_BYTES));
  try {
    opening.final();
  } catch {
    throw new AgeBroken("age: a byte was changed, or it was cut");
  }
  return plain;
}

/** Pieces of exactly `size` bytes, the last one shorter; each told whether it is the last. At least one. */
async function* chunksOf(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly chunk: Buffer; readonly isLast: boolean }> {
  let buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const piece of source)
    for (let from = 0; from < piece.length;) {
      if (filled === size) {
        yield { chunk: buffer, isLast: false };
        buffer = Buffer.allocUnsafe(size);
        filled = 0;
      }
      const taken = Math.min(size - filled, piece.length - from);
      buffer.set(piece.subarray(from, from + taken), filled);
      filled += taken;
      from += taken;
    }
  yield { chunk: buffer.subarray(0, filled), isLast: true };
}

/** The age file from its byte `start` on, where `source` is the plaintext from `agePlainStart` on. @source C2SP age, Payload */
export async function* ageFrom(
  { head, key }: AgeHead,
  source: AsyncIterable<Uint8Array>,
  start = 0,
): AsyncGenerator<Buffer> {
  if (start < head.length) yield head.subarray(start);
  let index = Math.floor(agePlainStart({ head }, start) / CHUNK_BYTES);
  let skip = Math.max(0, start - head.length - index * SEALED_BYTES);
  for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
    const sealed = sealChunk(key, index, chunk);
    yield skip > 0 ? sealed.subarray(skip) : sealed;
    [index, skip] = [index + 1, 0];
  }
}

/** Where an age file can be opened from for the plaintext's byte `plain`: the first byte of its chunk. */
export const ageStart = ({ head }: Pick<AgeHead, "head">, plain: number): number =>
  head.length + Math.floor(plain / CHUNK_BYTES) * SEALED_BYTES;

/** Takes the beginning of an age file apart from what follows it. Throws where there is none. */
export async function ageSplit(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Buffer; readonly rest: AsyncIterable<Uint8Array> }> {
  const pieces = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  let end = -1;
  while (end < 0 || start.length < end + NONCE_BYTES) {
    const { value, done } = await pieces.next();
    if (done === true || start.length > HEADER_BYTES_MAX) throw new AgeBroken("age: no header");
    start = Buffer.concat([start, value]);
    end = headerEnd(start);
  }
  const split = end + NONCE_BYTES;
  const rest = (async function* (): AsyncGenerator<Uint8Array> {
    if (start.length > split) yield start.subarray(split);
    yield* { [Symbol.asyncIterator]: () => pieces };
  })();
  return { head: start.subarray(0, split), rest };
}
function headerEnd(start: Buffer): number {
  const mac = start.indexOf("\n--- ");
  return mac < 0 ? -1 : start.indexOf("\n", mac + 1) + 1 || -1;
}

/** The key of a file by its beginning. Throws where none of the identities opens it. */
export async function ageKey(head: Buffer, identities: readonly string[]): Promise<AgeHead> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const split = head.length - NONCE_BYTES;
  const fileKey = await decrypter.decryptHeader(head.subarray(0, split));
  return { head, key: payloadKey(fileKey, head.subarray(split)) };
}

/** The plaintext from its byte `plain` on, where `source` is the age file from `ageStart` on. Breaks with `AgeBroken` where a byte was changed. */
export async function* agePlainFrom(
  { key }: Pick<AgeHead, "key">,
  source: AsyncIterable<Uint8Array>,
  plain = 0,
): AsyncGenerator<Buffer> {
  let index = Math.floor(plain / CHUNK_BYTES);
  let skip = plain - index * CHUNK_BYTES;
  for await (const chunk of chunksOf(source, SEALED_BYTES)) {
    const opened = openChunk(key, index++, chunk);
    yield skip > 0 ? opened.subarray(skip) : opened;
    skip = 0;
  }
}

/** The plaintext of an age file that one of the identities opens; throws where none does. The stream breaks where a byte was changed. */
export async function ageOpened(source: AsyncIterable<Uint8Array>, identities: readonly string[]): Promise<Readable> {
  const { head, rest } = await ageSplit(source);
  const opened = await ageKey(head, identities);
  return Readable.from(agePlainFrom(opened, rest), { objectMode: false, highWaterMark: 4 * CHUNK_BYTES });
}
