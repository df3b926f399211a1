import { Readable } from "node:stream";
import type { KeyObject } from "node:crypto";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { Encrypter } from "age-encryption";
import { ageFrom, ageHead, ageOpened, ageSize } from "./age-stream.ts";

const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((each, bit) => {
      if ((top >>> bit) & 1) sum ^= each;
    });
  }
  return sum >>> 0;
}

/** Bytes in Bech32 under a prefix: how age writes keys. @source BIP 173 */
function bech32(prefix: string, bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const words = Array.from({ length: Math.ceil(bits.length / 5) }, (_, n) =>
    Number.parseInt(bits.slice(n * 5, n * 5 + 5).padEnd(5, "0"), 2),
  );
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const check = polymod([...expanded, ...words, ...Array.from({ length: CHECKSUM_LENGTH }, () => 0)]) ^ 1;
  const checksum = Array.from({ length: CHECKSUM_LENGTH }, (_, n) => (check >> (5 * (CHECKSUM_LENGTH - 1 - n))) & 31);
  return `${prefix}1${[...words, ...checksum].map((word) => CHARSET[word] ?? "").join("")}`;
}

/** The age recipient of an X25519 key given by its raw bytes in base64url. @source C2SP age */
export const ageRecipient = (x: string): string => bech32("age", Buffer.from(x, "base64url"));
/** The age identity of an X25519 private key. */
export const ageIdentity = (key: KeyObject): string =>
  bech32("age-secret-key-", Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url")).toUpperCase();

/** Encrypts a source to the holder of the key. */
export const ageEncrypted = async (source: AsyncIterable<Uint8Array>, x: string): Promise<Readable> =>
  (await ageEncryptedTo(source, [ageRecipient(x)])).stream;

/** Encrypts a source to every one of these recipients. `sizeBytes` tells how long that becomes for a source of this many bytes. */
export async function ageEncryptedTo(
  source: AsyncIterable<Uint8Array>,
  recipients: readonly string[],
): Promise<{ readonly stream: Readable; readonly sizeBytes: (plainBytes: number) => number }> {
  const head = await ageHead(recipients);
  return {
    stream: Readable.from(ageFrom(head, source), { objectMode: false, highWaterMark: STREAM_BYTES }),
    sizeBytes: (plainBytes) => ageSize(head, plainBytes),
  };
}

/** True for text that age takes for a recipient: a public key, never a secret one. */
export function isAgeRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}
/** Decrypts with whichever of the keys it was made for; throws where it is for none of them. The stream breaks where a byte was changed. */
export const ageDecrypted = (source: AsyncIterable<Uint8Array>, keys: readonly KeyObject[]): Promise<Readable> =>
  ageOpened(source, keys.map(ageIdentity));

/** Bytes that a stream holds ready. */
const STREAM_BYTES = 262_144;
/** A body of `fetch` as a stream of Node. */
export const fromWeb = (stream: ReadableStream<Uint8Array>): Readable =>
  Readable.fromWeb(stream as unknown as NodeStream<Uint8Array>);
