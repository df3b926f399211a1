import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import type { Source } from "./source.ts";
import { Damaged, type Finding, type Found, type InnerDigest, plainFacts, verdictOf } from "./container-found.ts";

/**
 * Expert Witness Compression Format (E01, S01, L01): what the container says of itself, and the hashes of the medium that stand in it,
 * compared with those of the medium as it is unpacked here. Nothing that the container says about a size is believed: everything
 * is bounded by the file's own length and by the limits below.
 *
 * @source libewf “Expert Witness Compression Format specification” (ewf_file_format)
 */
const SIGNATURES = {
  ewf: "455646090d0aff00",
  logical: "4c5646090d0aff00",
  ewf2: "455646320d0a8100",
  logical2: "4c4546320d0a8100",
};
const HEADER_BYTES = 13;
const SECTION_BYTES = 76;
/** Sections of one file, most; tables hold the rest. */
const SECTIONS_MAX = 200_000;
const CHUNK_BYTES_MAX = 16_777_216;
const TABLE_ENTRIES_MAX = 1_048_576;
const TEXT_BYTES_MAX = 4_194_304;
/** Read at once. */
const RUN_BYTES = 4_194_304;

/** Which form of EWF the first bytes are; `undefined` for none. */
export function ewfOf(head: Buffer): "ewf" | "ewf-logical" | "ewf2" | undefined {
  const first = head.subarray(0, 8).toString("hex");
  if (first === SIGNATURES.ewf) return "ewf";
  if (first === SIGNATURES.logical) return "ewf-logical";
  return first === SIGNATURES.ewf2 || first === SIGNATURES.logical2 ? "ewf2" : undefined;
}

/** Number of a segment file, from 1. */
export const segmentOf = (head: Buffer): number => (head.length >= 11 ? head.readUInt16LE(9) : 0);

interface Section {
  readonly type: string;
  /** Where its contents begin and end in the file. */
  readonly from: number;
  readonly to: number;
}
interface Volume {
  readonly chunks: number;
  readonly chunkBytes: number;
  readonly mediaBytes: number;
  /** GUID of the set, hex; empty where the form has none. */
  readonly set: string;
}

/** Adler-32 of `bytes`, from `start`. @source RFC 1950 §8 */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length;) {
    // So many additions stay within 32 bits before a remainder is due.
    const end = Math.min(at + 3_800, bytes.length);
    for (; at < end; at += 1) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

async function* sectionsOf(source: Source): AsyncGenerator<Section> {
  let at = HEADER_BYTES;
  for (let n = 0; n < SECTIONS_MAX; n += 1) {
    const head = await source.read(at, at + SECTION_BYTES);
    if (head.length < SECTION_BYTES) throw new Damaged("ewf-cut-off", { at });
    if (head.readUInt32LE(72) !== adler32(head.subarray(0, 72))) throw new Damaged("ewf-section", { at });
    const type = head.toString("latin1", 0, 16).replace(/\0.*$/s, "");
    const next = Number(head.readBigUInt64LE(16));
    const size = Number(head.readBigUInt64LE(24));
    const isLast = type === "done" || type === "next";
    // A section's contents end where the next begins; some writers give no size.
    const to = isLast ? at + SECTION_BYTES : next;
    if (!isLast && (next <= at || next > source.bytes || next < at + SECTION_BYTES || size > next - at))
      throw new Damaged(next > source.bytes ? "ewf-cut-off" : "ewf-section", { at });
    yield { type, from: at + SECTION_BYTES, to };
    if (isLast) return;
    at = next;
  }
  throw new Damaged("ewf-sections");
}

/** `header` and `header2`: who acquired what, when and with what. Tab-separated, names in one line and values in the next. */
const HEADER_NAMES: Readonly<Record<string, string>> = {
  c: "case",
  n: "evidence",
  a: "description",
  e: "examiner",
  t: "notes",
  av: "tool-version",
  ov: "system",
  m: "acquired",
  u: "system-time",
  md: "model",
  sn: "serial",
  l: "label",
  dc: "process",
  pid: "process-id",
};
function headerFacts(text: string): [string, string][] {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const at = lines.findIndex((line) => line === "main");
  const names = (lines[at + 1] ?? "").split("\t");
  const values = (lines[at + 2] ?? "").split("\t");
  return names.flatMap((name, index): [string, string][] => {
    const known = HEADER_NAMES[name];
    const value = (values[index] ?? "").trim();
    return known === undefined || value === "" ? [] : [[known, momentText(known, value)]];
  });
}
/** Times are seconds since 1970 (header2) or `2026 11 26 14 3 5` (header). */
function momentText(name: string, value: string): string {
  if (name !== "acquired" && name !== "system-time") return value;
  if (/^\d{9,11}$/.test(value)) return Temporal.Instant.fromEpochMilliseconds(Number(value) * 1_000).toString();
  const [year, month, day, hour, minute, second] = value.split(" ");
  const two = (part: string | undefined) => (part ?? "").padStart(2, "0");
  return second === undefined ? value : `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

async function contents(source: Source, { type, from, to }: Section, bytesMax: number): Promise<Buffer> {
  if (to - from > bytesMax) throw new Damaged("ewf-too-large", { section: type });
  return source.read(from, to);
}

function inflated(bytes: Buffer, bytesMax: number, at: number): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: bytesMax });
  } catch {
    throw new Damaged("ewf-chunk", { at });
  }
}

function volumeOf(data: Buffer): Volume {
  if (data.length < 94) throw new Damaged("ewf-volume");
  // The SMART form is shorter, and counts sectors in 32 bits.
  const isShort = data.length < 1_052;
  const checked = isShort ? 90 : 1_048;
  if (data.readUInt32LE(checked) !== adler32(data.subarray(0, checked))) throw new Damaged("ewf-volume");
  const perChunk = data.readUInt32LE(8);
  const perSector = data.readUInt32LE(12);
  const sectors = isShort ? data.readUInt32LE(16) : Number(data.readBigUInt64LE(16));
  const chunkBytes = perChunk * perSector;
  if (chunkBytes <= 0 || chunkBytes > CHUNK_BYTES_MAX || !Number.isSafeInteger(sectors * perSector))
    throw new Damaged("ewf-volume");
  return {
    chunks: data.readUInt32LE(4),
    chunkBytes,
    mediaBytes: sectors * perSector,
    set: isShort ? "" : data.toString("hex", 64, 80),
  };
}

interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly isPacked: boolean;
}
/** The chunks that a table names; `sectors` is the section that they stand in, where it is not the table's own. */
async function chunksOf(source: Source, { from: at, to }: Section, sectors: Section | undefined): Promise<Chunk[]> {
  const head = await source.read(at, at + 24);
  if (head.length < 24) throw new Damaged("ewf-table", { at });
  const count = head.readUInt32LE(0);
  const base = Number(head.readBigUInt64LE(8));
  const entriesTo = at + 24 + count * 4;
  if (count > TABLE_ENTRIES_MAX || entriesTo > to) throw new Damaged("ewf-table", { at });
  if (head.readUInt32LE(20) !== adler32(head.subarray(0, 20))) throw new Damaged("ewf-table", { at });
  const entries = await source.read(at + 24, entriesTo);
  const sum = await source.read(entriesTo, entriesTo + 4);
  // In the SMART form the chunks follow at once, without a checksum of the table between.
  if (sectors && entriesTo + 4 <= to && (sum.length < 4 || sum.readUInt32LE(0) !== adler32(entries)))
    throw new Damaged("ewf-table", { at });
  const dataTo = sectors?.to ?? to;
  const starts = Array.from({ length: count }, (_, n) => {
    const value = entries.readUInt32LE(n * 4);
    return { from: base + (value & 0x7fffffff), isPacked: value >>> 31 === 1 };
  });
  return starts.map(({ from, isPacked }, n) => {
    const to = starts[n + 1]?.from ?? dataTo;
    if (from >= to || to > source.bytes || from < HEADER_BYTES) throw new Damaged("ewf-table", { at });
    return { from, to, isPacked };
  });
}

class Media {
  readonly #hashes = { md5: createHash("md5"), sha1: createHash("sha1"), sha256: createHash("sha256") };
  bytes = 0;
  chunks = 0;
  bad = 0;
  firstBad = 0;
  update(plain: Buffer): void {
    for (const hash of Object.values(this.#hashes)) hash.update(plain);
    this.bytes += plain.length;
  }
  digests(): { md5: string; sha1: string; sha256: string } {
    const { md5, sha1, sha256 } = this.#hashes;
    return { md5: md5.digest("hex"), sha1: sha1.digest("hex"), sha256: sha256.digest("hex") };
  }
}

/** Unpacks chunks in their order and hashes them. A chunk that can't be unpacked is counted, and read as zeros. */
async function readChunks(
  source: Source,
  chunks: readonly Chunk[],
  { chunkBytes, mediaBytes }: Volume,
  media: Media,
): Promise<void> {
  for (let first = 0; first < chunks.length;) {
    let last = first;
    const start = chunks[first]?.from ?? 0;
    while (
      last + 1 < chunks.length &&
      (chunks[last + 1]?.to ?? 0) - start <= RUN_BYTES &&
      chunks[last + 1]?.from === chunks[last]?.to
    )
      last += 1;
    const run = await source.read(
      start,
      Math.min(chunks[last]?.to ?? start, start + RUN_BYTES + 2 * chunkBytes + 65_536),
    );
    for (const chunk of chunks.slice(first, last + 1)) {
      const wanted = Math.min(chunkBytes, mediaBytes - media.bytes);
      media.chunks += 1;
      if (wanted <= 0) continue;
      const packed = run.subarray(chunk.from - start, chunk.to - start);
      const plain = plainOf(packed, chunk, { wanted, chunkBytes });
      if (!plain) {
        if (media.bad === 0) media.firstBad = media.bytes;
        media.bad += 1;
      }
      media.update(plain ?? Buffer.alloc(wanted));
    }
    first = last + 1;
  }
}

function plainOf(
  packed: Buffer,
  chunk: Chunk,
  { wanted, chunkBytes }: { wanted: number; chunkBytes: number },
): Buffer | undefined {
  if (chunk.isPacked) {
    try {
      const plain = inflateSync(packed, { maxOutputLength: chunkBytes });
      return plain.length >= wanted ? plain.subarray(0, wanted) : undefined;
    } catch {
      return undefined;
    }
  }
  // Plain chunks end with their checksum; the section of the last one may go on after it.
  const length = packed.length >= chunkBytes + 4 ? chunkBytes : packed.length - 4;
  if (length < wanted) return undefined;
  return packed.readUInt32LE(length) === adler32(packed.subarray(0, length)) ? packed.subarray(0, wanted) : undefined;
}

/** What the sections of all segments gave. */
class Reading {
  volume: Volume | undefined;
  facts: [string, string][] = [];
  readonly stated = new Map<"md5" | "sha1", string>();
  readonly media = new Media();
  badSectors = 0;
  ended = false;
}

async function readSegment(source: Source, number: number, reading: Reading): Promise<void> {
  const head = await source.read(0, HEADER_BYTES);
  if (segmentOf(head) !== number) throw new Damaged("ewf-segment", { number: segmentOf(head), wanted: number });
  let sectors: Section | undefined;
  for await (const section of sectionsOf(source)) {
    switch (section.type) {
      case "header2":
      case "header": {
        const packed = await contents(source, section, TEXT_BYTES_MAX);
        const text = inflated(packed, TEXT_BYTES_MAX, section.from);
        const facts = headerFacts(
          text[0] === 0xff || section.type === "header2" ? text.toString("utf16le") : text.toString("utf8"),
        );
        // The first is the fuller one.
        if (reading.facts.length === 0) reading.facts = facts;
        break;
      }
      case "volume":
      case "disk":
      case "data": {
        const volume = volumeOf(await contents(source, section, 65_536));
        if (reading.volume && reading.volume.set !== volume.set) throw new Damaged("ewf-other-set", { number });
        reading.volume ??= volume;
        break;
      }
      case "sectors":
        sectors = section;
        break;
      case "table": {
        if (!reading.volume) throw new Damaged("ewf-volume");
        await readChunks(source, await chunksOf(source, section, sectors), reading.volume, reading.media);
        break;
      }
      case "digest": {
        const data = await contents(source, section, 65_536);
        if (data.length < 80 || data.readUInt32LE(76) !== adler32(data.subarray(0, 76)))
          throw new Damaged("ewf-digest");
        note(reading, "md5", data.subarray(0, 16));
        note(reading, "sha1", data.subarray(16, 36));
        break;
      }
      case "hash": {
        const data = await contents(source, section, 65_536);
        if (data.length < 36 || data.readUInt32LE(32) !== adler32(data.subarray(0, 32)))
          throw new Damaged("ewf-digest");
        note(reading, "md5", data.subarray(0, 16));
        break;
      }
      case "error2": {
        const data = await contents(source, section, 16_777_216);
        if (data.length >= 4) reading.badSectors = data.readUInt32LE(0);
        break;
      }
      case "done":
        reading.ended = true;
        break;
      default:
        break;
    }
  }
}

/** A digest of nothing but zeros says that there is none. */
function note(reading: Reading, algorithm: "md5" | "sha1", digest: Buffer): void {
  if (digest.some((byte) => byte !== 0)) reading.stated.set(algorithm, digest.toString("hex"));
}

/** Reads the segments of one image, in their order. */
export async function readEwf(form: "ewf" | "ewf-logical", segments: readonly Source[]): Promise<Found> {
  const reading = new Reading();
  const findings: Finding[] = [];
  let isDamaged = false;
  try {
    for (const [index, source] of segments.entries()) await readSegment(source, index + 1, reading);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    isDamaged = true;
    findings.push(error.finding);
  }
  const { volume, media, stated, ended, badSectors } = reading;
  const isPartial = !isDamaged && !ended;
  if (isPartial) findings.push({ key: "ewf-continues", values: { segments: segments.length } });
  if (media.bad > 0) {
    isDamaged = true;
    findings.push({ key: "ewf-bad-chunks", values: { count: media.bad, at: media.firstBad } });
  }
  const isWhole = volume !== undefined && !isPartial && media.bytes === volume.mediaBytes;
  if (volume && !isDamaged && !isPartial && !isWhole) {
    isDamaged = true;
    findings.push({ key: "ewf-short", values: { bytes: media.bytes, wanted: volume.mediaBytes } });
  }
  if (badSectors > 0) findings.push({ key: "ewf-bad-sectors", values: { count: badSectors } });
  const computed = media.digests();
  const isRead = isWhole || media.bad > 0;
  const digests: InnerDigest[] = [...stated].map(([algorithm, value]) => ({
    of: "media",
    algorithm,
    stated: value,
    computed: isRead && volume && media.bytes === volume.mediaBytes ? computed[algorithm] : null,
  }));
  if (digests.length === 0 && !isDamaged && !isPartial) findings.push({ key: "no-digest" });
  return {
    form,
    verdict: verdictOf(digests, { isDamaged, isPartial }),
    mediaBytes: volume?.mediaBytes ?? null,
    facts: plainFacts([
      ...reading.facts,
      ...(volume
        ? ([
            ["chunk-bytes", `${volume.chunkBytes}`],
            ["chunks", `${volume.chunks}`],
          ] as const)
        : []),
      ["segments", `${segments.length}`],
      // Not in the container: computed here, for whoever compares it with another copy.
      ...(isWhole ? ([["media-sha256", computed.sha256]] as const) : []),
    ]),
    digests,
    findings,
  };
}
