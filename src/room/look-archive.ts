import { Readable } from "node:stream";
import { type Entry, fromRandomAccessReader, getFileNameLowLevel, RandomAccessReader, type ZipFile } from "yauzl";
import type { ArchiveEntry, Look } from "./look.ts";
import type { Looked } from "./program.ts";
import type { Source } from "./source.ts";

/** Entries that are listed, and that are counted before the list ends unfinished. */
const LISTED_MAX = 500;
const COUNTED_MAX = 100_000;
const NAME_MAX = 500;

/** Lists what an archive holds. Nothing of it is unpacked: of a small file that claims to hold a huge one, the claim is shown. */
export async function lookAtArchive(format: "zip" | "tar", source: Source, media: string): Promise<Looked> {
  const entries: ArchiveEntry[] = [];
  let [count, bytes, whole] = [0, 0, true];
  for await (const entry of format === "zip" ? zipEntries(source) : tarEntries(source)) {
    count += 1;
    bytes += entry.bytes;
    if (entries.length < LISTED_MAX) entries.push(entry);
    if (count >= COUNTED_MAX) {
      whole = false;
      break;
    }
  }
  return { answer: { kind: "archive", media, format, entries, count, bytes, whole } satisfies Look };
}

const nameOf = (text: string): string =>
  text
    .replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")
    .slice(0, NAME_MAX)
    .toWellFormed();

/** yauzl reads through this: the directory at the end of the file, and no entry's bytes. */
class Reader extends RandomAccessReader {
  readonly #source: Source;
  constructor(source: Source) {
    super();
    this.#source = source;
  }
  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.#source, start, end));
  }
}
async function* pieces(source: Source, start: number, end: number): AsyncGenerator<Buffer> {
  const step = 1_024 ** 2;
  for (let at = start; at < end; at += step) yield await source.read(at, Math.min(at + step, end));
}

/** The entries of a ZIP's directory as they stand in it, with their names as text. */
export async function* openZip(source: Source): AsyncGenerator<{ readonly name: string; readonly entry: Entry }> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromRandomAccessReader(
      new Reader(source),
      source.bytes,
      // Names that would lead out of a folder are shown as they stand: nothing is written anywhere.
      { lazyEntries: true, autoClose: false, strictFileNames: false, validateEntrySizes: false, decodeStrings: false },
      (error, opened) => (error ? reject(error) : resolve(opened)),
    ),
  );
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      zip.once("entry", resolve);
      zip.once("end", () => resolve(undefined));
      zip.once("error", reject);
      zip.readEntry();
    });
    zip.removeAllListeners();
    if (!entry) return;
    yield { name: zipName(entry), entry };
  }
}

async function* zipEntries(source: Source): AsyncGenerator<ArchiveEntry> {
  for await (const { name, entry } of openZip(source))
    yield {
      name: nameOf(name),
      bytes: entry.uncompressedSize,
      packed: entry.compressedSize,
      at: dosTime(entry.lastModFileDate, entry.lastModFileTime),
      encrypted: (entry.generalPurposeBitFlag & 1) === 1,
    };
}

/** With `decodeStrings` off a name comes as its bytes, and is not judged. */
const zipName = ({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string =>
  getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);

/** @source APPNOTE.TXT 6.3.10 §4.4.6 */
function dosTime(day: number, time: number): string | null {
  const two = (value: number): string => String(value).padStart(2, "0");
  const [year, month, date] = [(day >> 9) + 1980, (day >> 5) & 15, day & 31];
  if (month < 1 || month > 12 || date < 1) return null;
  return `${year}-${two(month)}-${two(date)}T${two(time >> 11)}:${two((time >> 5) & 63)}:${two((time & 31) * 2)}`;
}

const BLOCK = 512;
const LONG_NAME_MAX = 65_536;

/** Hops from header to header: of a tape of any length only those are read. @source POSIX.1-2017 pax §ustar */
async function* tarEntries(source: Source): AsyncGenerator<ArchiveEntry> {
  let long: string | undefined;
  for (let at = 0; at + BLOCK <= source.bytes;) {
    const head = await source.read(at, at + BLOCK);
    if (head.every((byte) => byte === 0)) return;
    const text = (from: number, length: number): string =>
      head.toString("utf8", from, from + length).split("\0", 1)[0] ?? "";
    const size = sizeOf(head.subarray(124, 136));
    const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    if (size === undefined || Number.parseInt(text(148, 8), 8) !== sum) throw new Error("no header where one must be");
    const [type, begins] = [String.fromCharCode(head[156] ?? 0), at + BLOCK];
    at = begins + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "L" || type === "x") {
      const body = (await source.read(begins, begins + Math.min(size, LONG_NAME_MAX))).toString("utf8");
      const named = type === "L" ? body.split("\0", 1)[0] : /(?:^|\n)\d+ path=([^\n]*)/.exec(body)?.[1];
      long = named ?? long;
      continue;
    }
    if (type === "g" || type === "K") continue;
    const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
    const seconds = Number.parseInt(text(136, 12), 8);
    yield {
      name: nameOf(long ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100))),
      bytes: size,
      packed: null,
      at:
        Number.isSafeInteger(seconds) && seconds > 0 && seconds < 253_402_300_800
          ? Temporal.Instant.fromEpochMilliseconds(seconds * 1_000)
              .toString()
              .slice(0, 19)
          : null,
      encrypted: false,
    };
    long = undefined;
  }
}

/** Octal digits or, from 8 GiB on, a number of bytes with its first bit set. */
function sizeOf(field: Buffer): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const size = Number(field.readBigUInt64BE(4));
    return Number.isSafeInteger(size) ? size : undefined;
  }
  const size = Number.parseInt(field.toString("latin1").replaceAll(/[\0 ]/g, "") || "0", 8);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}
