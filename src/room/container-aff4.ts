import { createHash, type Hash } from "node:crypto";
import { Damaged, type Finding, type Found, type InnerDigest, plainFacts, verdictOf } from "./container-found.ts";
import type { Source } from "./source.ts";
import { ALGORITHMS, Container } from "./container-aff4-archive.ts";
import {
  ImageStream,
  PIECE_BYTES,
  MapStream,
  type Stream,
  Unreadable,
  stretches,
  symbolic,
} from "./container-aff4-streams.ts";

/** In this order block hashes enter the block map hash. @source AFF4 Standard v1.0a §6.2 */
const BLOCK_ORDER = ["md5", "sha1", "sha256", "sha512", "blake2b"] as const;

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
