import { createDecipheriv, createPrivateKey, hkdfSync } from "node:crypto";
import { Decrypter } from "age-encryption";
import { ageIdentity } from "./age.ts";
import type { Bytes } from "./verify-bytes.ts";

/** Why an encrypted file cannot be read. */
export type AgeProblem = "not-for-you" | "broken" | "no-identity";

/** An encrypted file, or a key for it, is not what it should be. */
export class AgeError extends Error {
  override name = "AgeError";
  readonly problem: AgeProblem;
  constructor(problem: AgeProblem) {
    super(`age: ${problem}`);
    this.problem = problem;
  }
}

const HEADER_BYTES_MAX = 1 << 20;
const NONCE_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;

/** The identities in a key file: lines of age, or the PEM of a node's own key. Throws `AgeError`. */
export function readIdentities(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter((line) => /^AGE-SECRET-KEY-/i.test(line.trim()));
  if (lines.length > 0) return lines.map((line) => line.trim());
  try {
    return [ageIdentity(createPrivateKey(text))];
  } catch {
    throw new AgeError("no-identity");
  }
}

/** The textual header with its MAC; where the payload begins. */
async function headerOf(bytes: Bytes): Promise<Buffer> {
  const start = await bytes.read(0, Math.min(bytes.sizeBytes, HEADER_BYTES_MAX));
  const mac = start.indexOf("\n--- ");
  const end = mac < 0 ? -1 : start.indexOf("\n", mac + 1);
  if (end < 0) throw new AgeError("broken");
  return start.subarray(0, end + 1);
}

async function fileKey(header: Buffer, identities: readonly string[]): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    throw new AgeError("no-identity");
  }
  try {
    return await decrypter.decryptHeader(header);
  } catch {
    throw new AgeError("not-for-you");
  }
}

/**
 * The plaintext of an age file, readable anywhere: only the pieces that are asked for are decrypted, so a package of any size is verified
 * without a copy. Throws `AgeError`; a changed byte is found when its piece is read, a cut at once.
 *
 * @source C2SP age, Payload
 */
export async function openAge(bytes: Bytes, identities: readonly string[]): Promise<Bytes> {
  const header = await headerOf(bytes);
  const secret = await fileKey(header, identities);
  const nonce = await bytes.read(header.length, NONCE_BYTES);
  const key = Buffer.from(hkdfSync("sha256", secret, nonce, "payload", KEY_BYTES));
  const start = header.length + NONCE_BYTES;
  const sealed = bytes.sizeBytes - start;
  const count = Math.max(1, Math.ceil(sealed / SEALED_BYTES));
  const sizeBytes = sealed - count * TAG_BYTES;
  if (sizeBytes < 0 || (count > 1 && sealed - (count - 1) * SEALED_BYTES <= TAG_BYTES)) throw new AgeError("broken");

  const opened = (index: number, chunk: Buffer): Buffer => {
    const counter = Buffer.alloc(12);
    counter.writeBigUInt64BE(BigInt(index), 3);
    counter[11] = index === count - 1 ? 1 : 0;
    const decipher = createDecipheriv("chacha20-poly1305", key, counter, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES));
    const plain = decipher.update(chunk.subarray(0, chunk.length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw new AgeError("broken");
    }
    return plain;
  };
  const readChunks = async (first: number, last: number): Promise<Buffer> => {
    const from = first * SEALED_BYTES;
    const cipher = await bytes.read(start + from, Math.min((last + 1) * SEALED_BYTES, sealed) - from);
    const plain: Buffer[] = [];
    for (let at = 0, index = first; index <= last; at += SEALED_BYTES, index++)
      plain.push(opened(index, cipher.subarray(at, at + SEALED_BYTES)));
    return Buffer.concat(plain);
  };
  // Whoever reads small files one behind the other finds the next in the piece that is open already.
  let held = { index: count - 1, plain: await readChunks(count - 1, count - 1) };
  return {
    sizeBytes,
    read: async (offset, length) => {
      const end = Math.min(offset + length, sizeBytes);
      if (end <= offset) return Buffer.alloc(0);
      const [first, last] = [Math.floor(offset / CHUNK_BYTES), Math.floor((end - 1) / CHUNK_BYTES)];
      const skip = offset - first * CHUNK_BYTES;
      if (first !== last) return (await readChunks(first, last)).subarray(skip, skip + end - offset);
      if (held.index !== first) held = { index: first, plain: await readChunks(first, first) };
      return held.plain.subarray(skip, skip + end - offset);
    },
    close: () => bytes.close(),
  };
}
