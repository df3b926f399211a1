import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, pieces } from "./verify-bytes.ts";
import type { Hashed } from "./verify-hashing.ts";

const HASHES: Readonly<
  Record<string, { create: () => { update: (piece: Uint8Array) => unknown; digest: () => Uint8Array } }>
> = { sha256, sha1, md5 };

const TABLES = tablesOf();
/** Tables of the CRC for four bytes at once: the usual one, and what it becomes one, two and three bytes later. */
function tablesOf(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const tables = [0, 1, 2, 3].map(() => new Uint32Array(256)) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[0][byte] = value;
  }
  for (let byte = 0; byte < 256; byte++)
    for (let at = 1; at < 4; at++) {
      const before = tables[at - 1]?.[byte] ?? 0;
      (tables[at] as Uint32Array)[byte] = (before >>> 8) ^ (tables[0][before & 0xff] ?? 0);
    }
  return tables;
}

/** CRC-32 as ZIP has it. @source ITU-T V.42 §8.1.1.6.2 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = TABLES;
  let crc = ~before;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (t3[crc & 0xff] as number) ^
      (t2[(crc >>> 8) & 0xff] as number) ^
      (t1[(crc >>> 16) & 0xff] as number) ^
      (t0[crc >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

/** Hashes stretches of bytes as `verify-hashing.ts` does; the page runs it in a thread of its own. */
export class Hashing {
  private readonly algorithms: readonly string[];
  constructor(algorithms: readonly string[]) {
    this.algorithms = algorithms;
  }

  expect(): void {}

  async hash(bytes: Bytes, offset: number, sizeBytes: number): Promise<Hashed> {
    const hashes = this.algorithms.map((algorithm) => HASHES[algorithm]?.create());
    let crc = 0;
    for await (const piece of pieces(bytes, offset, sizeBytes)) {
      for (const hash of hashes) hash?.update(piece);
      crc = crc32(piece, crc);
    }
    const digests = this.algorithms.map(
      (algorithm, at) => [algorithm, Buffer.from(hashes[at]?.digest() ?? []).toString("hex")] as const,
    );
    return { digests: new Map(digests), crc32: crc };
  }

  async close(): Promise<void> {}
}
