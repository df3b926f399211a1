import { inflateRawSync, inflateSync } from "node:zlib";
import { decompress } from "@stablelib/snappy";
import { Damaged } from "./container-found.ts";
import { Container, SCHEMA, type Segment } from "./container-aff4-archive.ts";

const CHUNK_BYTES_MAX = 16_777_216;
const MAP_BYTES_MAX = 134_217_728;
const INDEX_BYTES_MAX = 16_777_216;
/** Largest medium that is unpacked to be hashed: a container may claim any size by mapping nothing. */
const MEDIA_BYTES_MAX = 64 * 1_024 ** 4;
const INDEX_ENTRY_BYTES = 12;
const MAP_ENTRY_BYTES = 28;
export const PIECE_BYTES = 1_048_576;

/** A stream of the container that can be read anywhere. */
export interface Stream {
  readonly bytes: number;
  readonly read: (from: number, to: number) => Promise<Buffer>;
}

const CHUNKS_KEPT = 64;

/** An image stream: fixed chunks, packed or not, in bevies with an index each. */
export class ImageStream implements Stream {
  readonly bytes: number;
  readonly chunkBytes: number;
  readonly #perBevy: number;
  readonly #method: string;
  readonly #container: Container;
  readonly uri: string;
  readonly #bevies = new Map<number, { data: Segment; index: Buffer }>();
  readonly #chunks = new Map<number, Buffer>();
  constructor(container: Container, uri: string) {
    this.#container = container;
    this.uri = uri;
    this.bytes = container.number(uri, "size");
    this.chunkBytes = container.number(uri, "chunkSize");
    this.#perBevy = container.number(uri, "chunksInSegment");
    this.#method = container.value(uri, "compressionMethod") ?? "";
    if (
      this.bytes < 0 ||
      this.chunkBytes < 1 ||
      this.chunkBytes > CHUNK_BYTES_MAX ||
      this.#perBevy < 1 ||
      this.#perBevy > 1_000_000
    )
      throw new Damaged("aff4-stream");
  }
  get chunks(): number {
    return Math.ceil(this.bytes / this.chunkBytes);
  }
  get bevies(): number {
    return Math.ceil(this.chunks / this.#perBevy);
  }
  bevyPath = (number: number): string => this.#container.pathOf(this.uri, `/${`${number}`.padStart(8, "0")}`);

  async #bevy(number: number): Promise<{ data: Segment; index: Buffer }> {
    const known = this.#bevies.get(number);
    if (known) return known;
    const path = this.bevyPath(number);
    const data = await this.#container.segment(path, Number.MAX_SAFE_INTEGER);
    const index = await this.#container.segment(`${path}.index`, INDEX_BYTES_MAX);
    if (!data || !index) throw new Damaged("aff4-missing", { segment: path });
    const bevy = { data, index: await index.read(0, index.bytes) };
    if (this.#bevies.size > 8) this.#bevies.clear();
    this.#bevies.set(number, bevy);
    return bevy;
  }

  /** One chunk, unpacked and whole: the last one with its padding. */
  async chunk(number: number): Promise<Buffer> {
    const known = this.#chunks.get(number);
    if (known) return known;
    const { data, index } = await this.#bevy(Math.floor(number / this.#perBevy));
    const at = (number % this.#perBevy) * INDEX_ENTRY_BYTES;
    if (at + INDEX_ENTRY_BYTES > index.length) throw new Damaged("aff4-index", { chunk: number });
    const from = Number(index.readBigUInt64LE(at));
    const length = index.readUInt32LE(at + 8);
    if (from + length > data.bytes || length > this.chunkBytes) throw new Damaged("aff4-index", { chunk: number });
    const plain = this.#plain(await data.read(from, from + length), number);
    if (this.#chunks.size >= CHUNKS_KEPT) this.#chunks.delete(this.#chunks.keys().next().value ?? -1);
    this.#chunks.set(number, plain);
    return plain;
  }

  #plain(packed: Buffer, number: number): Buffer {
    if (packed.length === this.chunkBytes || /NullCompressor/.test(this.#method) || this.#method === "") return packed;
    try {
      if (/snappy/.test(this.#method)) {
        // The length stands first: more than a chunk is not made room for.
        if (snappyLength(packed) > this.chunkBytes) throw new RangeError("too long");
        return Buffer.from(decompress(packed));
      }
      if (/rfc1951/.test(this.#method)) return inflateRawSync(packed, { maxOutputLength: this.chunkBytes });
      if (/rfc1950|zlib/.test(this.#method)) return inflateSync(packed, { maxOutputLength: this.chunkBytes });
    } catch {
      throw new Damaged("aff4-chunk", { chunk: number });
    }
    throw new Unreadable("aff4-compression");
  }

  async read(from: number, to: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    const end = Math.min(to, this.bytes);
    for (let at = from; at < end;) {
      const number = Math.floor(at / this.chunkBytes);
      const chunk = await this.chunk(number);
      const within = at - number * this.chunkBytes;
      const some = chunk.subarray(within, Math.min(within + end - at, chunk.length));
      if (some.length === 0) throw new Damaged("aff4-chunk", { chunk: number });
      parts.push(some);
      at += some.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }
}

/** What this program has no way to unpack, or no key for: read, and not compared. */
export class Unreadable extends Error {}

/** @source Snappy format description §1 */
function snappyLength(packed: Buffer): number {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = packed[at] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  return Number.POSITIVE_INFINITY;
}

/** A stream of one byte, or of a text repeated in stretches of 1 MiB. @source AFF4 Standard v1.0a §4.4 */
export function symbolic(uri: string): Stream | undefined {
  const name = uri.startsWith(SCHEMA) ? uri.slice(SCHEMA.length) : uri.replace(/^aff4:\/*/, "");
  const byte = name === "Zero" ? 0 : Number.parseInt(/^SymbolicStream([\da-fA-F]{2})$/.exec(name)?.[1] ?? "x", 16);
  const bytes = Number.MAX_SAFE_INTEGER;
  if (!Number.isNaN(byte)) return { bytes, read: async (from, to) => Buffer.alloc(to - from, byte) };
  const text = name === "UnknownData" ? "UNKNOWN" : name === "UnreadableData" ? "UNREADABLEDATA" : undefined;
  if (text === undefined) return undefined;
  const stretch = Buffer.alloc(PIECE_BYTES, text);
  return {
    bytes,
    read: async (from, to) => {
      const parts: Buffer[] = [];
      for (let at = from; at < to;) {
        const within = at % PIECE_BYTES;
        const some = stretch.subarray(within, Math.min(PIECE_BYTES, within + to - at));
        parts.push(some);
        at += some.length;
      }
      return Buffer.concat(parts);
    },
  };
}

/** A map: an address space put together out of pieces of streams. Its bytes are given in order. */
export class MapStream {
  readonly bytes: number;
  readonly uri: string;
  readonly #container: Container;
  constructor(container: Container, uri: string) {
    this.#container = container;
    this.uri = uri;
    this.bytes = container.number(uri, "size");
    if (this.bytes < 0 || this.bytes > MEDIA_BYTES_MAX) throw new Damaged("aff4-map");
  }
  async part(name: "map" | "idx" | "mapPath"): Promise<Buffer | undefined> {
    const segment = await this.#container.segment(this.#container.pathOf(this.uri, `/${name}`), MAP_BYTES_MAX);
    return segment && segment.read(0, segment.bytes);
  }
  async *pieces(streamOf: (uri: string) => Stream): AsyncGenerator<Buffer> {
    const map = await this.part("map");
    const idx = await this.part("idx");
    if (!map || !idx) throw new Damaged("aff4-map");
    const targets = idx
      .toString("utf8")
      .split(/\r?\n/)
      .filter((line) => line !== "");
    const count = Math.floor(map.length / MAP_ENTRY_BYTES);
    const order = Array.from({ length: count }, (_, n) => n).sort((a, b) =>
      Number(map.readBigUInt64LE(a * MAP_ENTRY_BYTES) - map.readBigUInt64LE(b * MAP_ENTRY_BYTES)),
    );
    const gap = streamOf(this.#container.value(this.uri, "mapGapDefaultStream") ?? `${SCHEMA}Zero`);
    let at = 0;
    for (const n of order) {
      const mapped = Number(map.readBigUInt64LE(n * MAP_ENTRY_BYTES));
      const length = Number(map.readBigUInt64LE(n * MAP_ENTRY_BYTES + 8));
      const target = Number(map.readBigUInt64LE(n * MAP_ENTRY_BYTES + 16));
      const uri = targets[map.readUInt32LE(n * MAP_ENTRY_BYTES + 24)];
      if (uri === undefined || mapped < at || mapped + length > this.bytes) throw new Damaged("aff4-map");
      yield* stretches(gap, at, mapped - at);
      yield* stretches(streamOf(uri), target, length);
      at = mapped + length;
    }
    yield* stretches(gap, at, this.bytes - at);
  }
}

export async function* stretches(stream: Stream, from: number, bytes: number): AsyncGenerator<Buffer> {
  if (from + bytes > stream.bytes) throw new Damaged("aff4-map");
  for (let at = from; at < from + bytes; at += PIECE_BYTES)
    yield await stream.read(at, Math.min(at + PIECE_BYTES, from + bytes));
}
