import type { Bytes } from "./verify-bytes.ts";
import type { Hashing } from "./verify-hashing.ts";
import { type Finding, found } from "./verify-report.ts";
import {
  CENTRAL_BYTES,
  CENTRAL_FIELDS,
  CENTRAL_SIGNATURE,
  DESCRIPTOR_FIELDS,
  END64_BYTES,
  END_BYTES,
  END_FIELDS,
  END_SIGNATURE,
  LOCAL_FIELDS,
  type ZipEnd,
  type ZipEntry,
  centralHeader,
  dataDescriptor,
  differingField,
  endRecords,
  localHeader,
} from "./verify-zip-form.ts";

/** An archive as its central directory tells it, and what is wrong with it. Entries stand in the order of their bytes. */
export interface Zip {
  readonly bytes: Bytes;
  readonly entries: readonly ZipEntry[];
  readonly findings: readonly Finding[];
  /** False when the structure could not be followed to its end, so that the files cannot be read from it. */
  readonly isReadable: boolean;
}

/** Most files that a package may hold, and the most bytes that its directory may take: a reader's memory is bounded. */
const ENTRIES_MAX = 1_000_000;
const DIRECTORY_BYTES_MAX = 256 * 1024 * 1024;
const NAME_BYTES_MAX = 1024;
/** Most folders within folders: what is compared with each folder above it must not take for ever. */
const NAME_PARTS_MAX = 32;
const DESCRIBED = 0x0008;
const UINT32_MAX = 0xffffffff;

const isBounded = (name: string): boolean =>
  name.length <= NAME_BYTES_MAX &&
  Buffer.byteLength(name) <= NAME_BYTES_MAX &&
  name.split("/", NAME_PARTS_MAX + 1).length <= NAME_PARTS_MAX;

/** True for a name that can be unpacked on any system without leaving the folder: relative, plain, in NFC. */
export function isSafeName(name: string): boolean {
  if (name === "" || !isBounded(name) || name !== name.normalize("NFC")) return false;
  // Control characters and the marks that reverse the order of text could make one name look like another.
  if (/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd\\:]/u.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

const end = (key: "zip.end" | "zip.end-field" | "zip.limits", values = {}): Finding =>
  found("zip", "end of the ZIP archive", key, values);

/** Where the directory is, read from the archive's last bytes; these must be exactly what a writer would write. */
async function readEnd(bytes: Bytes): Promise<{ end: ZipEnd } | { finding: Finding }> {
  const tail = await bytes.read(
    Math.max(0, bytes.sizeBytes - END_BYTES - END64_BYTES),
    Math.min(bytes.sizeBytes, END_BYTES + END64_BYTES),
  );
  const last = tail.subarray(Math.max(0, tail.length - END_BYTES));
  if (last.length < END_BYTES || last.readUInt32LE(0) !== END_SIGNATURE) return { finding: end("zip.end") };
  const isLong = [last.readUInt16LE(10), last.readUInt32LE(12), last.readUInt32LE(16)].some(
    (value, index) => value === (index === 0 ? 0xffff : UINT32_MAX),
  );
  if (isLong && tail.length < END_BYTES + END64_BYTES) return { finding: end("zip.end") };
  const told: ZipEnd = isLong
    ? {
        count: Number(tail.readBigUInt64LE(32)),
        sizeBytes: Number(tail.readBigUInt64LE(40)),
        offset: Number(tail.readBigUInt64LE(48)),
      }
    : { count: last.readUInt16LE(10), sizeBytes: last.readUInt32LE(12), offset: last.readUInt32LE(16) };
  if (told.count > ENTRIES_MAX || told.sizeBytes > DIRECTORY_BYTES_MAX) return { finding: end("zip.limits") };
  const expected = endRecords(told);
  if (told.offset + told.sizeBytes + expected.length !== bytes.sizeBytes) {
    return { finding: end("zip.end-field", { field: "directory offset and size" }) };
  }
  const fields = isLong ? [] : END_FIELDS;
  const field = differingField(tail.subarray(tail.length - expected.length), expected, fields);
  return field === null ? { end: told } : { finding: end("zip.end-field", { field }) };
}

/** Values of a ZIP64 extra field, in order; empty where there is none or where it is not the expected shape. */
function longValues(extra: Buffer): number[] {
  if (extra.length < 12 || extra.readUInt16LE(0) !== 1) return [];
  const values: number[] = [];
  for (let at = 4; at + 8 <= extra.length; at += 8) values.push(Number(extra.readBigUInt64LE(at)));
  return values;
}

/** One row of the directory, and where the next one starts; `null` when no row can be read here. */
function readRow(directory: Buffer, at: number): { entry: ZipEntry; raw: Buffer; next: number } | null {
  if (at + CENTRAL_BYTES > directory.length || directory.readUInt32LE(at) !== CENTRAL_SIGNATURE) return null;
  const nameEnd = at + CENTRAL_BYTES + directory.readUInt16LE(at + 28);
  const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
  const next = extraEnd + directory.readUInt16LE(at + 32);
  if (next > directory.length) return null;
  const long = longValues(directory.subarray(nameEnd, extraEnd));
  const size = directory.readUInt32LE(at + 24);
  const offset = directory.readUInt32LE(at + 42);
  const sizeBytes = size === UINT32_MAX ? (long[0] ?? size) : size;
  const entry: ZipEntry = {
    name: directory.toString("utf8", at + CENTRAL_BYTES, nameEnd),
    sizeBytes,
    crc32: directory.readUInt32LE(at + 16),
    offset: offset === UINT32_MAX ? (long.at(-1) ?? offset) : offset,
    described: (directory.readUInt16LE(at + 8) & DESCRIBED) !== 0,
  };
  return { entry, raw: directory.subarray(at, next), next };
}

/** Reads the rows of the directory; stops at the first that cannot be read. */
function readDirectory(directory: Buffer, count: number): { entries: ZipEntry[]; findings: Finding[] } {
  const entries: ZipEntry[] = [];
  const findings: Finding[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const row = readRow(directory, at);
    if (row === null) {
      findings.push(found("zip", "ZIP directory", "zip.row", { row: index + 1 }));
      return { entries, findings };
    }
    const { entry, raw, next } = row;
    const field = differingField(raw, centralHeader(entry), CENTRAL_FIELDS);
    if (field !== null) findings.push(found("zip", entry.name, "zip.row-field", { field }));
    if (!isSafeName(entry.name)) findings.push(found("zip", entry.name, "zip.name"));
    entries.push(entry);
    at = next;
  }
  if (at !== directory.length) findings.push(found("zip", "ZIP directory", "zip.row", { row: count + 1 }));
  return { entries, findings };
}

/**
 * Names that would fall on one another when unpacked: twice the same (in any case), or a file that is also a folder. Names beyond all
 * bounds are findings already.
 */
function clashes(all: readonly ZipEntry[]): Finding[] {
  const entries = all.filter(({ name }) => isBounded(name));
  const names = new Set<string>();
  const findings: Finding[] = [];
  for (const { name } of entries) {
    const folded = name.toLowerCase();
    if (names.has(folded)) findings.push(found("zip", name, "zip.twice"));
    names.add(folded);
  }
  for (const { name } of entries) {
    const parts = name.toLowerCase().split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      if (names.has(parts.slice(0, depth).join("/"))) findings.push(found("zip", name, "zip.twice"));
    }
  }
  return findings;
}

/** Walks the archive from its first byte: each file must follow the one before, with nothing between. */
async function walk(bytes: Bytes, entries: readonly ZipEntry[], directoryAt: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  let at = 0;
  for (const entry of entries) {
    if (entry.offset !== at) {
      findings.push(found("zip", entry.name, "zip.gap", { offset: entry.offset, expected: at }));
      return findings;
    }
    const header = localHeader(entry);
    const after = at + header.length + entry.sizeBytes;
    const descriptor = dataDescriptor(entry);
    if (after + descriptor.length > directoryAt) {
      findings.push(found("zip", entry.name, "zip.overrun"));
      return findings;
    }
    const headerField = differingField(await bytes.read(at, header.length), header, LOCAL_FIELDS);
    if (headerField !== null) findings.push(found("zip", entry.name, "zip.header-field", { field: headerField }));
    if (descriptor.length > 0) {
      const field = differingField(await bytes.read(after, descriptor.length), descriptor, DESCRIPTOR_FIELDS);
      if (field !== null) findings.push(found("zip", entry.name, "zip.descriptor-field", { field }));
    }
    at = after + descriptor.length;
  }
  if (at !== directoryAt) {
    findings.push(found("zip", "ZIP directory", "zip.gap", { offset: directoryAt, expected: at }));
  }
  return findings;
}

/**
 * Reads an archive and holds every byte of its structures against the one permitted form. Files lie back to back and
 * uncompressed, so sizes add up to the archive's own: nothing can overlap, hide or swell.
 *
 * @source APPNOTE.TXT 6.3 §4.3
 */
export async function readZip(bytes: Bytes): Promise<Zip> {
  const read = await readEnd(bytes);
  if ("finding" in read) return { bytes, entries: [], findings: [read.finding], isReadable: false };
  const directory = await bytes.read(read.end.offset, read.end.sizeBytes);
  const { entries, findings } = readDirectory(directory, read.end.count);
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset);
  const outOfOrder = entries.find((entry, index) => entry !== inOrder[index]);
  if (outOfOrder) findings.push(found("zip", outOfOrder.name, "zip.order"));
  findings.push(...clashes(entries), ...(await walk(bytes, inOrder, read.end.offset)));
  const isReadable = !findings.some(({ key }) => key === "zip.row" || key === "zip.gap" || key === "zip.overrun");
  return { bytes, entries: inOrder, findings, isReadable };
}

const contentAt = (entry: ZipEntry): number => entry.offset + localHeader(entry).length;

/** The bytes of one file, whole; for the package's own small files. `null` when longer than `limitBytes`. */
export async function readEntry(zip: Zip, entry: ZipEntry, limitBytes: number): Promise<Buffer | null> {
  return entry.sizeBytes > limitBytes ? null : zip.bytes.read(contentAt(entry), entry.sizeBytes);
}

/** The digests of one file's bytes and whether its CRC-32 is the one told; one pass, any size. */
export async function hashEntry(
  zip: Zip,
  entry: ZipEntry,
  hashing: Hashing,
): Promise<{ digests: ReadonlyMap<string, string>; isCrcRight: boolean }> {
  const hashed = await hashing.hash(zip.bytes, contentAt(entry), entry.sizeBytes);
  return { digests: hashed.digests, isCrcRight: hashed.crc32 === entry.crc32 };
}
