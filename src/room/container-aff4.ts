import { createHash, type Hash } from "node:crypto";
import { inflateRawSync, inflateSync } from "node:zlib";
import { decompress } from "@stablelib/snappy";
import { Parser, type Quad } from "n3";
import type { Entry } from "yauzl";
import { Damaged, type Finding, type Found, type InnerDigest, plainFacts, verdictOf } from "./container-found.ts";
import { openZip } from "./look-archive.ts";
import type { Source } from "./source.ts";

/**
 * Advanced Forensic Format 4 in a ZIP container: the hashes that stand in it, of streams, images, block hashes and maps, compared
 * with those of what is unpacked here. Sizes in it are believed only within the container's own length and the limits below.
 *
 * @source AFF4 Standard v1.0a §3–§6
 */
const SCHEMA = "http://aff4.org/Schema#";
const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const TURTLE_BYTES_MAX = 16_777_216;
const ENTRIES_MAX = 500_000;
const CHUNK_BYTES_MAX = 16_777_216;
const MAP_BYTES_MAX = 134_217_728;
const INDEX_BYTES_MAX = 16_777_216;
/** Largest medium that is unpacked to be hashed: a container may claim any size by mapping nothing. */
const MEDIA_BYTES_MAX = 64 * 1_024 ** 4;
const INDEX_ENTRY_BYTES = 12;
const MAP_ENTRY_BYTES = 28;
const PIECE_BYTES = 1_048_576;

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: "md5",
  SHA1: "sha1",
  SHA256: "sha256",
  SHA512: "sha512",
  Blake2b: "blake2b512",
  blake2b: "blake2b512",
};
/** In this order block hashes enter the block map hash. @source AFF4 Standard v1.0a §6.2 */
const BLOCK_ORDER = ["md5", "sha1", "sha256", "sha512", "blake2b"] as const;

/** A segment of the container's storage. */
interface Segment {
  readonly bytes: number;
  readonly read: (from: number, to: number) => Promise<Buffer>;
}

class Container {
  readonly #source: Source;
  readonly #entries = new Map<string, Entry>();
  readonly #quads: Quad[] = [];
  volume = "";
  constructor(source: Source) {
    this.#source = source;
  }

  async open(): Promise<boolean> {
    for await (const { name, entry } of openZip(this.#source)) {
      if (this.#entries.size >= ENTRIES_MAX) throw new Damaged("aff4-too-many");
      this.#entries.set(name, entry);
    }
    const turtle = await this.segment("information.turtle", TURTLE_BYTES_MAX);
    if (!turtle) return false;
    try {
      this.#quads.push(...new Parser().parse((await turtle.read(0, turtle.bytes)).toString("utf8")));
    } catch {
      throw new Damaged("aff4-turtle");
    }
    const described = await this.segment("container.description", 4_096);
    this.volume = described ? (await described.read(0, described.bytes)).toString("utf8").replace(/[\0\s]+$/, "") : "";
    return true;
  }

  has = (name: string): boolean => this.#entries.has(name);

  /** A segment by its path; `undefined` where there is none. */
  async segment(name: string, bytesMax: number): Promise<Segment | undefined> {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const head = await this.#source.read(entry.relativeOffsetOfLocalHeader, entry.relativeOffsetOfLocalHeader + 30);
    if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) throw new Damaged("aff4-segment", { segment: name });
    const at = entry.relativeOffsetOfLocalHeader + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
    if (at + entry.compressedSize > this.#source.bytes) throw new Damaged("aff4-segment", { segment: name });
    if (entry.compressionMethod === 0) {
      if (entry.uncompressedSize > bytesMax) throw new Damaged("aff4-segment", { segment: name });
      return {
        bytes: entry.compressedSize,
        read: (from, to) => this.#source.read(at + from, at + Math.min(to, entry.compressedSize)),
      };
    }
    const limit = Math.min(bytesMax, TURTLE_BYTES_MAX);
    if (entry.compressionMethod !== 8 || entry.compressedSize > limit)
      throw new Damaged("aff4-segment", { segment: name });
    const packed = await this.#source.read(at, at + entry.compressedSize);
    try {
      const plain = inflateRawSync(packed, { maxOutputLength: limit });
      return { bytes: plain.length, read: async (from, to) => plain.subarray(from, to) };
    } catch {
      throw new Damaged("aff4-segment", { segment: name });
    }
  }

  /** Where a thing of the container is stored. @source AFF4 Standard v1.0a §5.1, §5.2 */
  pathOf(uri: string, rest: string): string {
    const own = this.volume !== "" && uri.startsWith(`${this.volume}/`) ? uri.slice(this.volume.length + 1) : undefined;
    return `${own ?? encodeURIComponent(uri)}${rest}`;
  }

  of = (subject: string, name: string): Quad[] =>
    this.#quads.filter((quad) => quad.subject.value === subject && quad.predicate.value === SCHEMA + name);
  value = (subject: string, name: string): string | undefined => this.of(subject, name)[0]?.object.value;
  number(subject: string, name: string): number {
    const value = Number(this.value(subject, name));
    return Number.isSafeInteger(value) && value >= 0 ? value : -1;
  }
  typed = (type: string): string[] => [
    ...new Set(
      this.#quads
        .filter(({ predicate, object }) => predicate.value === RDF_TYPE && object.value === SCHEMA + type)
        .map(({ subject }) => subject.value),
    ),
  ];
  /** Hashes stated by a property: algorithm as this machine names it, and hex. */
  hashes = (subject: string, name: string, kind: "" | "blockMapHash" = ""): { algorithm: string; stated: string }[] =>
    this.of(subject, name).flatMap(({ object }) => {
      const type = object.termType === "Literal" ? object.datatype.value.replace(SCHEMA, "") : "";
      const algorithm = type.startsWith(kind) ? ALGORITHMS[type.slice(kind.length)] : undefined;
      return algorithm === undefined ? [] : [{ algorithm, stated: object.value.toLowerCase() }];
    });
}

/** A stream of the container that can be read anywhere. */
interface Stream {
  readonly bytes: number;
  readonly read: (from: number, to: number) => Promise<Buffer>;
}

const CHUNKS_KEPT = 64;

/** An image stream: fixed chunks, packed or not, in bevies with an index each. */
class ImageStream implements Stream {
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
class Unreadable extends Error {}

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
function symbolic(uri: string): Stream | undefined {
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
class MapStream {
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

async function* stretches(stream: Stream, from: number, bytes: number): AsyncGenerator<Buffer> {
  if (from + bytes > stream.bytes) throw new Damaged("aff4-map");
  for (let at = from; at < from + bytes; at += PIECE_BYTES)
    yield await stream.read(at, Math.min(at + PIECE_BYTES, from + bytes));
}

const sum = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest("hex");

async function hashed(algorithms: readonly string[], pieces: AsyncIterable<Buffer>): Promise<Map<string, string>> {
  const hashes = new Map<string, Hash>([...new Set(algorithms)].map((name) => [name, createHash(name)]));
  for await (const piece of pieces) for (const hash of hashes.values()) hash.update(piece);
  return new Map([...hashes].map(([name, hash]) => [name, hash.digest("hex")]));
}

class Reading {
  readonly digests: InnerDigest[] = [];
  readonly findings: Finding[] = [];
  readonly #container: Container;
  readonly #streams = new Map<string, ImageStream>();
  isDamaged = false;
  isPartial = false;
  constructor(container: Container) {
    this.#container = container;
  }

  readonly streamOf = (uri: string): Stream => {
    const plain = symbolic(uri);
    if (plain) return plain;
    const known = this.#streams.get(uri);
    if (known) return known;
    if (!this.#container.typed("ImageStream").includes(uri)) throw new Unreadable("aff4-elsewhere");
    const stream = new ImageStream(this.#container, uri);
    this.#streams.set(uri, stream);
    return stream;
  };

  /** Compares what is stated with what `compute` gives; what can't be computed is noted as read only. */
  async compare(
    of: string,
    stated: readonly { algorithm: string; stated: string }[],
    compute: (algorithms: readonly string[]) => Promise<Map<string, string>>,
  ): Promise<void> {
    if (stated.length === 0) return;
    let computed = new Map<string, string>();
    try {
      computed = await compute(stated.map(({ algorithm }) => algorithm));
    } catch (error) {
      if (error instanceof Damaged) {
        this.isDamaged = true;
        this.findings.push(error.finding);
      } else if (error instanceof Unreadable) {
        if (error.message === "aff4-elsewhere") this.isPartial = true;
        this.findings.push({ key: error.message });
      } else throw error;
    }
    for (const { algorithm, stated: value } of stated)
      this.digests.push({
        of,
        algorithm: algorithm.replace("blake2b512", "blake2b"),
        stated: value,
        computed: computed.get(algorithm) ?? null,
      });
  }

  async #segments(stream: ImageStream, suffixes: readonly string[]): Promise<AsyncGenerator<Buffer>> {
    const container = this.#container;
    const suffix = suffixes.find((each) => container.has(`${stream.bevyPath(0)}${each}`)) ?? suffixes[0] ?? "";
    return (async function* () {
      for (let n = 0; n < stream.bevies; n += 1) {
        const segment = await container.segment(`${stream.bevyPath(n)}${suffix}`, Number.MAX_SAFE_INTEGER);
        if (!segment) throw new Damaged("aff4-missing", { segment: `${stream.bevyPath(n)}${suffix}` });
        for (let at = 0; at < segment.bytes; at += PIECE_BYTES)
          yield await segment.read(at, Math.min(at + PIECE_BYTES, segment.bytes));
      }
    })();
  }

  /** Linear hashes of a stream, and the hash of each block where block hashes are kept. */
  async stream(uri: string): Promise<void> {
    const container = this.#container;
    await this.compare("stream", container.hashes(uri, "hash"), async (algorithms) => {
      const stream = this.streamOf(uri);
      return hashed(algorithms, stretches(stream, 0, stream.bytes));
    });
    await this.compare("stream-index", container.hashes(uri, "imageStreamIndexHash"), async (algorithms) =>
      hashed(algorithms, await this.#segments(this.streamOf(uri) as ImageStream, [".index"])),
    );
    // Some writers state one more, whose making the standard does not describe.
    await this.compare("stream-own", container.hashes(uri, "imageStreamHash"), () =>
      Promise.reject(new Unreadable("aff4-not-described")),
    );
    for (const name of BLOCK_ORDER) await this.#blocks(uri, name);
  }

  async #blocks(uri: string, name: string): Promise<void> {
    const suffixes = [`.blockHash.${name}`, `.${name}`];
    const stated = this.#container.hashes(`${uri}/blockhash.${name}`, "hash");
    if (stated.length === 0) return;
    await this.compare(`block-hashes-${name}`, stated, async (algorithms) =>
      hashed(algorithms, await this.#segments(this.streamOf(uri) as ImageStream, suffixes)),
    );
    try {
      await this.#eachBlock(
        this.streamOf(uri) as ImageStream,
        ALGORITHMS[name.toUpperCase()] ?? "blake2b512",
        suffixes,
      );
    } catch (error) {
      if (error instanceof Damaged) {
        this.isDamaged = true;
        this.findings.push(error.finding);
      } else if (!(error instanceof Unreadable)) throw error;
    }
  }

  async #eachBlock(stream: ImageStream, algorithm: string, suffixes: readonly string[]): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    let number = 0;
    let bad = 0;
    let first = 0;
    const bytes = createHash(algorithm).digest().length;
    for await (const piece of await this.#segments(stream, suffixes)) {
      rest = Buffer.concat([rest, piece]);
      for (; rest.length >= bytes && number < stream.chunks; number += 1) {
        const chunk = await stream.chunk(number);
        const own = chunk.subarray(0, Math.min(chunk.length, stream.bytes - number * stream.chunkBytes));
        const isSame = [chunk, own].some((each) =>
          createHash(algorithm).update(each).digest().equals(rest.subarray(0, bytes)),
        );
        if (!isSame && bad++ === 0) first = number;
        rest = rest.subarray(bytes);
      }
    }
    if (bad > 0) {
      this.isDamaged = true;
      this.findings.push({ key: "aff4-bad-blocks", values: { count: bad, first } });
    } else if (number === stream.chunks)
      this.findings.push({
        key: "aff4-blocks-agree",
        values: { count: number, algorithm: algorithm.replace("blake2b512", "blake2b") },
      });
  }

  /** What a map states of its own parts. */
  async map(uri: string): Promise<void> {
    const map = new MapStream(this.#container, uri);
    const parts = { map: await map.part("map"), idx: await map.part("idx"), path: await map.part("mapPath") };
    const of = async (bytes: Buffer | undefined, algorithms: readonly string[]) =>
      bytes ? new Map(algorithms.map((name) => [name, sum(name, bytes)])) : new Map<string, string>();
    const { hashes } = this.#container;
    await this.compare("map-points", hashes(uri, "mapPointHash"), (algorithms) => of(parts.map, algorithms));
    await this.compare("map-index", hashes(uri, "mapIdxHash"), (algorithms) => of(parts.idx, algorithms));
    await this.compare("map-path", hashes(uri, "mapPathHash"), (algorithms) => of(parts.path, algorithms));
    const all =
      parts.map && parts.idx ? Buffer.concat([parts.map, parts.idx, ...(parts.path ? [parts.path] : [])]) : undefined;
    await this.compare("map", hashes(uri, "mapHash"), (algorithms) => of(all, algorithms));
  }

  /** Linear hashes of an image, and its block map hash. */
  async image(uri: string, data: string): Promise<void> {
    const isMap = this.#container.typed("Map").includes(data);
    await this.compare("image", this.#container.hashes(uri, "hash"), async (algorithms) => {
      if (isMap) return hashed(algorithms, new MapStream(this.#container, data).pieces(this.streamOf));
      const stream = this.streamOf(data);
      return hashed(algorithms, stretches(stream, 0, stream.bytes));
    });
    if (!isMap) return;
    await this.compare("block-map", this.#container.hashes(uri, "hash", "blockMapHash"), (algorithms) =>
      this.#blockMap(data, algorithms),
    );
  }

  /** @source AFF4 Standard v1.0a §6.2 “The single Block Map Hash” */
  async #blockMap(uri: string, algorithms: readonly string[]): Promise<Map<string, string>> {
    const map = new MapStream(this.#container, uri);
    const points = await map.part("map");
    const idx = await map.part("idx");
    const path = await map.part("mapPath");
    const streams = this.#container.of(uri, "dependentStream").map(({ object }) => object.value);
    if (!points || !idx) throw new Damaged("aff4-map");
    const made = new Map<string, string>();
    for (const algorithm of algorithms) {
      const parts: Buffer[] = [];
      for (const name of BLOCK_ORDER)
        for (const stream of streams) {
          if (this.#container.hashes(`${stream}/blockhash.${name}`, "hash").length === 0) continue;
          const blocks = await this.#segments(this.streamOf(stream) as ImageStream, [`.blockHash.${name}`, `.${name}`]);
          parts.push(Buffer.from((await hashed([algorithm], blocks)).get(algorithm) ?? "", "hex"));
        }
      for (const part of [points, idx, ...(path ? [path] : [])]) parts.push(Buffer.from(sum(algorithm, part), "hex"));
      made.set(algorithm, sum(algorithm, Buffer.concat(parts)));
    }
    return made;
  }
}

const FACTS: readonly (readonly [name: string, properties: readonly string[]])[] = [
  ["case", ["caseNumber", "caseName"]],
  ["evidence", ["evidenceNumber"]],
  ["examiner", ["examiner"]],
  ["description", ["caseDescription"]],
  ["notes", ["notes"]],
  ["acquired", ["startTime"]],
  ["model", ["diskModel", "diskDeviceModel"]],
  ["serial", ["diskSerial", "diskSerialNumber"]],
  ["system", ["acquisitionType"]],
];

/** Reads an AFF4 container; `undefined` where the ZIP is none. */
export async function readAff4(source: Source): Promise<Found | undefined> {
  const container = new Container(source);
  try {
    if (!(await container.open())) return undefined;
  } catch (error) {
    if (error instanceof Damaged) return damaged(error);
    throw error;
  }
  const reading = new Reading(container);
  let mediaBytes: number | null = null;
  try {
    const images = ["DiskImage", "MemoryImage", "ContiguousImage", "DiscontiguousImage", "Image"].flatMap(
      container.typed,
    );
    for (const image of new Set(images)) {
      const data = container.value(image, "dataStream");
      if (data === undefined) continue;
      const size =
        container.number(image, "size") >= 0 ? container.number(image, "size") : container.number(data, "size");
      mediaBytes = size >= 0 ? (mediaBytes ?? 0) + size : mediaBytes;
      await reading.image(image, data);
    }
    for (const map of container.typed("Map")) await reading.map(map);
    for (const stream of container.typed("ImageStream")) await reading.stream(stream);
    if (container.typed("EncryptedStream").length > 0) reading.findings.push({ key: "aff4-encrypted" });
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    reading.isDamaged = true;
    reading.findings.push(error.finding);
  }
  const { digests, isDamaged, isPartial } = reading;
  if (digests.length === 0 && !isDamaged) reading.findings.push({ key: "no-digest" });
  const findings = [...new Map(reading.findings.map((each) => [JSON.stringify(each), each])).values()];
  return {
    form: "aff4",
    verdict: verdictOf(digests, { isDamaged, isPartial }),
    mediaBytes,
    facts: factsOf(container),
    digests,
    findings,
  };
}

function factsOf(container: Container): [string, string][] {
  const subjects = ["CaseNotes", "CaseDetails", "TimeStamps", "DiskImage", "Image"].flatMap(container.typed);
  return plainFacts([
    ...FACTS.flatMap(([name, properties]) => {
      const value = subjects
        .flatMap((subject) => properties.map((property) => container.value(subject, property)))
        .find((each) => each !== undefined);
      return value === undefined ? [] : [[name, value] as const];
    }),
    ...container
      .typed("ImageStream")
      .slice(0, 1)
      .flatMap((stream) => {
        const method = container.value(stream, "compressionMethod");
        return method === undefined ? [] : [["compression", method] as const];
      }),
  ]);
}

const damaged = ({ finding }: Damaged): Found => ({
  form: "aff4",
  verdict: "damaged",
  mediaBytes: null,
  facts: [],
  digests: [],
  findings: [finding],
});
