import { createCipheriv } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { seal } from "../trust/seal.ts";
import type { Kind } from "./hash-set.ts";
import type { Hash } from "./lists.ts";
import {
  BLOCK_BYTES,
  type ExactKind,
  HEAD_BYTES,
  MAGIC,
  pathOf,
  PDQ_BYTES,
  PDQ_CHUNK,
  pdqPlace,
  TAIL_BYTES,
} from "./store.ts";

const PARTS = 256;
const RECORD_BYTES = 12;
const BATCH = 16_384;
const PART_BUFFER_BYTES = 65_536;
/** Entries that share a prefix: so many are read at once by a look-up. */
const PER_PREFIX = 128;

/** The head of a file: its name, how many bits of an entry are told by its place, how many entries there are. */
function headOf({ bits, count }: { readonly bits: number; readonly count: number }): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, 0, "latin1");
  head.writeUInt8(bits, 16);
  head.writeBigUInt64LE(BigInt(count), 24);
  return head;
}

/** Where a version's files go, and the keys that make them unreadable to whoever has only them. */
export interface Place {
  readonly folder: string;
  readonly version: string;
  /** 32 bytes of this version alone. */
  readonly key: Buffer;
}

/**
 * Writes the files of one version out of hashes in any order, however many: what is held in memory is one part of 256. The files
 * appear, whole and flushed, only at the end. Gives how many distinct hashes of each kind there are.
 */
export async function buildSet(hashes: AsyncIterable<Hash>, place: Place): Promise<Partial<Record<Kind, number>>> {
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  const parts = new Map<ExactKind, Parted>();
  const perceptual = new Set<string>();
  try {
    for await (const { kind, bytes } of hashes) {
      if (kind === "pdq") {
        perceptual.add(bytes.toString("latin1"));
        continue;
      }
      let part = parts.get(kind);
      if (!part) parts.set(kind, (part = await Parted.begin(kind, place)));
      if (part.add(bytes)) await part.flush();
    }
    const entries: Partial<Record<Kind, number>> = {};
    for (const [kind, part] of parts) entries[kind] = await part.finish();
    if (perceptual.size > 0) {
      await writePerceptual(perceptual, place);
      entries.pdq = perceptual.size;
    }
    return entries;
  } finally {
    for (const part of parts.values()) await part.drop();
  }
}

/** The hashes of one kind on their way: enciphered in batches, dealt to 256 files by their first byte, then sorted one file at a time. */
class Parted {
  readonly #kind: ExactKind;
  readonly #place: Place;
  readonly #scratch: string;
  readonly #files: FileHandle[];
  readonly #batch = Buffer.alloc(BATCH * BLOCK_BYTES);
  readonly #out = Array.from({ length: PARTS }, () => Buffer.alloc(PART_BUFFER_BYTES));
  readonly #filled = new Uint32Array(PARTS);
  readonly #written = new Float64Array(PARTS);
  readonly #cipher;
  #count = 0;
  #batched = 0;
  private constructor(kind: ExactKind, place: Place, scratch: string, files: FileHandle[]) {
    [this.#kind, this.#place, this.#scratch, this.#files] = [kind, place, scratch, files];
    // A permutation of blocks under a key: equal hashes are equal, and without the key nothing else can be told of them.
    this.#cipher = createCipheriv("aes-256-ecb", place.key, null).setAutoPadding(false);
  }
  static async begin(kind: ExactKind, place: Place): Promise<Parted> {
    const scratch = join(place.folder, `.${place.version}.${kind}`);
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const files = await Promise.all(
      Array.from({ length: PARTS }, (_, part) => open(join(scratch, String(part)), "w+", 0o600)),
    );
    return new Parted(kind, place, scratch, files);
  }
  /** True where the batch is full and must be flushed. */
  add(bytes: Buffer): boolean {
    bytes.copy(this.#batch, this.#batched * BLOCK_BYTES, 0, BLOCK_BYTES);
    this.#batched += 1;
    this.#count += 1;
    return this.#batched === BATCH;
  }
  async flush(): Promise<void> {
    const blocks = this.#cipher.update(this.#batch.subarray(0, this.#batched * BLOCK_BYTES));
    this.#batched = 0;
    for (let at = 0; at < blocks.length; at += BLOCK_BYTES) {
      const part = blocks[at] ?? 0;
      const out = this.#out[part];
      if (!out) continue;
      const filled = this.#filled[part] ?? 0;
      blocks.copy(out, filled, at, at + RECORD_BYTES);
      this.#filled[part] = filled + RECORD_BYTES;
      if (filled + 2 * RECORD_BYTES > PART_BUFFER_BYTES) await this.#spill(part);
    }
  }
  async #spill(part: number): Promise<void> {
    const bytes = this.#filled[part] ?? 0;
    if (bytes === 0) return;
    await this.#files[part]?.write(this.#out[part] ?? Buffer.alloc(0), 0, bytes, this.#written[part] ?? 0);
    this.#written[part] = (this.#written[part] ?? 0) + bytes;
    this.#filled[part] = 0;
  }
  async finish(): Promise<number> {
    await this.flush();
    for (let part = 0; part < PARTS; part += 1) await this.#spill(part);
    const bits = Math.min(Math.max(Math.ceil(Math.log2(Math.max(this.#count, 1) / PER_PREFIX)), 8), 24);
    const offsets = new Uint32Array(2 ** bits + 1);
    const path = pathOf(this.#place, this.#kind);
    const file = await open(`${path}.new`, "w", 0o600);
    let total = 0;
    try {
      let at = headOf({ bits, count: 0 }).length + offsets.byteLength;
      for (let part = 0; part < PARTS; part += 1) {
        const tails = await this.#sorted(part, bits, offsets, total);
        await file.write(new Uint8Array(tails.buffer, 0, tails.length * TAIL_BYTES), 0, tails.length * TAIL_BYTES, at);
        at += tails.length * TAIL_BYTES;
        total += tails.length;
      }
      offsets[2 ** bits] = total;
      await file.write(Buffer.concat([headOf({ bits, count: total }), Buffer.from(offsets.buffer)]), 0, undefined, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    return total;
  }
  /** One part in order, each once; fills in where each of its prefixes begins. */
  async #sorted(part: number, bits: number, offsets: Uint32Array, before: number): Promise<BigUint64Array> {
    const bytes = Buffer.alloc(this.#written[part] ?? 0);
    await this.#files[part]?.read(bytes, 0, bytes.length, 0);
    const count = bytes.length / RECORD_BYTES;
    const groups = 2 ** (bits - 8);
    const first = part * groups;
    const prefixes = new Uint32Array(count);
    const starts = new Uint32Array(groups + 1);
    for (let at = 0; at < count; at += 1) {
      const group = (bytes.readUInt32BE(at * RECORD_BYTES) >>> (32 - bits)) - first;
      prefixes[at] = group;
      starts[group + 1] = (starts[group + 1] ?? 0) + 1;
    }
    for (let group = 0; group < groups; group += 1) starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0);
    const next = starts.slice();
    const dealt = new BigUint64Array(count);
    for (let at = 0; at < count; at += 1) {
      const group = prefixes[at] ?? 0;
      const to = next[group] ?? 0;
      next[group] = to + 1;
      dealt[to] = bytes.readBigUInt64BE(at * RECORD_BYTES + 4);
    }
    let kept = 0;
    for (let group = 0; group < groups; group += 1) {
      offsets[first + group] = before + kept;
      const sorted = dealt.subarray(starts[group], starts[group + 1]).sort();
      for (let at = 0; at < sorted.length; at += 1) {
        const tail = sorted[at];
        if (tail === undefined || (at > 0 && tail === sorted[at - 1])) continue;
        dealt[kept] = tail;
        kept += 1;
      }
    }
    return dealt.subarray(0, kept);
  }
  async drop(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

/** Perceptual hashes are compared bit by bit, so they can't be enciphered one by one: they are sealed in pieces, and opened in memory. */
async function writePerceptual(hashes: ReadonlySet<string>, place: Place): Promise<void> {
  const all = Buffer.from([...hashes].join(""), "latin1");
  const path = pathOf(place, "pdq");
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    const piece = PDQ_CHUNK * PDQ_BYTES;
    for (let number = 0; number * piece < all.length; number += 1) {
      const sealed = seal(
        place.key,
        all.subarray(number * piece, (number + 1) * piece),
        pdqPlace(place.version, number),
      );
      await file.appendFile(sealed);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
