import { inflateRawSync } from "node:zlib";
import { Parser, type Quad } from "n3";
import type { Entry } from "yauzl";
import { Damaged } from "./container-found.ts";
import { openZip } from "./look-archive.ts";
import type { Source } from "./source.ts";

/** Names in the container. @source AFF4 Standard v1.0a §3 */
export const SCHEMA = "http://aff4.org/Schema#";
const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const TURTLE_BYTES_MAX = 16_777_216;
const ENTRIES_MAX = 500_000;

export const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: "md5",
  SHA1: "sha1",
  SHA256: "sha256",
  SHA512: "sha512",
  Blake2b: "blake2b512",
  blake2b: "blake2b512",
};

/** A segment of the container's storage. */
export interface Segment {
  readonly bytes: number;
  readonly read: (from: number, to: number) => Promise<Buffer>;
}

export class Container {
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
