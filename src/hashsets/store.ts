import { createCipheriv } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unseal } from "../trust/seal.ts";
import type { Kind } from "./hash-set.ts";
import { PdqIndex } from "./pdq-index.ts";

export type ExactKind = Exclude<Kind, "pdq">;

/** Bytes of a hash that count, and that make one block of the cipher. The first 128 bits of any of them tell files apart. */
export const BLOCK_BYTES = 16;
/** Bytes of an entry in the file; what stands before them is told by where it stands. */
export const TAIL_BYTES = 8;
export const PDQ_BYTES = 32;
/** Perceptual hashes sealed in one piece. */
export const PDQ_CHUNK = 32_768;
const SEAL_BYTES = 28;
export const MAGIC = "COMITYHS1";
export const HEAD_BYTES = 32;

export const pathOf = (
  { folder, version }: { readonly folder: string; readonly version: string },
  kind: Kind,
): string => join(folder, `${version}.${kind}`);
export const pdqPlace = (version: string, number: number): string => `hash-set:${version}:pdq:${number}`;

/**
 * The hashes of one kind in a version, on disk: entries in order, enciphered under the version's key, and where each prefix begins. A
 * look-up reads one short stretch of the file. Throws where the file is none of ours.
 */
export class ExactFile {
  readonly count: number;
  readonly #file: FileHandle;
  readonly #key: Buffer;
  readonly #bits: number;
  readonly #offsets: Uint32Array;
  private constructor(file: FileHandle, key: Buffer, head: { bits: number; count: number }, offsets: Uint32Array) {
    [this.#file, this.#key, this.#bits, this.count, this.#offsets] = [file, key, head.bits, head.count, offsets];
  }
  static async open(path: string, key: Buffer): Promise<ExactFile> {
    const file = await open(path, "r");
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      await file.read(head, 0, HEAD_BYTES, 0);
      const [bits, count] = [head.readUInt8(16), Number(head.readBigUInt64LE(24))];
      const { size } = await file.stat();
      const offsets = new Uint32Array(2 ** Math.min(bits, 24) + 1);
      if (
        head.toString("latin1", 0, MAGIC.length) !== MAGIC ||
        size !== HEAD_BYTES + offsets.byteLength + count * TAIL_BYTES
      )
        throw new Error(`${path} is no file of a hash set, or not all of one`);
      await file.read(new Uint8Array(offsets.buffer), 0, offsets.byteLength, HEAD_BYTES);
      return new ExactFile(file, key, { bits, count }, offsets);
    } catch (error) {
      await file.close();
      throw error;
    }
  }
  async has(hash: Buffer): Promise<boolean> {
    const block = createCipheriv("aes-256-ecb", this.#key, null)
      .setAutoPadding(false)
      .update(hash.subarray(0, BLOCK_BYTES));
    const prefix = block.readUInt32BE(0) >>> (32 - this.#bits);
    const wanted = block.readBigUInt64BE(4);
    const [from = 0, to = 0] = [this.#offsets[prefix], this.#offsets[prefix + 1]];
    if (from >= to) return false;
    const near = Buffer.allocUnsafe((to - from) * TAIL_BYTES);
    await this.#file.read(near, 0, near.length, HEAD_BYTES + this.#offsets.byteLength + from * TAIL_BYTES);
    let [low, high] = [0, to - from - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = near.readBigUInt64LE(middle * TAIL_BYTES);
      if (found === wanted) return true;
      if (found < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The files of one version, opened. */
export class SetFiles {
  readonly #exact: ReadonlyMap<ExactKind, ExactFile>;
  readonly #perceptual: PdqIndex | undefined;
  private constructor(exact: ReadonlyMap<ExactKind, ExactFile>, perceptual: PdqIndex | undefined) {
    [this.#exact, this.#perceptual] = [exact, perceptual];
  }
  static async open(place: {
    readonly folder: string;
    readonly version: string;
    readonly key: Buffer;
  }): Promise<SetFiles> {
    const exact = new Map<ExactKind, ExactFile>();
    for (const kind of ["md5", "sha1", "sha256"] as const)
      if (existsSync(pathOf(place, kind))) exact.set(kind, await ExactFile.open(pathOf(place, kind), place.key));
    const path = pathOf(place, "pdq");
    return new SetFiles(exact, existsSync(path) ? new PdqIndex(opened(await readFile(path), place)) : undefined);
  }
  get isEmpty(): boolean {
    return this.#exact.size === 0 && !this.#perceptual;
  }
  /** False where the version has no such list. */
  has = async (kind: ExactKind, hex: string): Promise<boolean> =>
    (await this.#exact.get(kind)?.has(Buffer.from(hex, "hex"))) ?? false;
  /** Bits in which the nearest perceptual hash differs, where that is at most `distance`. */
  near = (hex: string, distance: number): number | undefined =>
    this.#perceptual?.nearest(Buffer.from(hex, "hex"), distance);
  async close(): Promise<void> {
    await Promise.all([...this.#exact.values()].map((file) => file.close()));
  }
}

function opened(sealed: Buffer, { key, version }: { readonly key: Buffer; readonly version: string }): Buffer {
  const piece = PDQ_CHUNK * PDQ_BYTES + SEAL_BYTES;
  const pieces: Buffer[] = [];
  for (let number = 0; number * piece < sealed.length; number += 1)
    pieces.push(unseal(key, sealed.subarray(number * piece, (number + 1) * piece), pdqPlace(version, number)));
  return Buffer.concat(pieces);
}
