/**
 * The one form in which a package's ZIP structures may be written: stored, one fixed time, no comments, no extra fields
 * but ZIP64's. Writer and reader share it, so that each header byte is either the expected one or a finding.
 *
 * @source APPNOTE.TXT 6.3 §4.3
 */

/** One file of the archive. `described`: CRC and sizes follow the bytes (the writer streams and learns the CRC last). */
export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** CRC-32 of the bytes, unsigned. */
  readonly crc32: number;
  /** Where the local header starts, in bytes from the start of the archive. */
  readonly offset: number;
  readonly described: boolean;
}

/** A stretch of a structure, `[name, first byte, byte after]`: to name the field in which two copies differ. */
export type ZipField = readonly [name: string, from: number, to: number];

export const LOCAL_SIGNATURE = 0x04034b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const END_SIGNATURE = 0x06054b50;
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
/** ZIP64 end record and its locator. */
export const END64_BYTES = 56 + 20;

const DESCRIPTOR_SIGNATURE = 0x08074b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffffffff;
const NAME_IS_UTF8 = 0x0800;
const DESCRIBED = 0x0008;
/** 1 January 1980, midnight: the ZIP form's first moment. Real times stand in the signed files, never in headers. */
const FIXED_DATE = 0x0021;
const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
/** Made on a Unix system by version 4.5. */
const MADE_BY = (3 << 8) | VERSION_ZIP64;
/** A regular file, readable by all, writable by its owner. */
const ATTRIBUTES = (0o100644 << 16) >>> 0;

const isLong = (value: number): boolean => value >= UINT32_MAX;
const flags = (entry: ZipEntry): number => NAME_IS_UTF8 | (entry.described ? DESCRIBED : 0);

/** The ZIP64 extra field that holds `values`, or nothing. */
function extra64(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const bytes = Buffer.alloc(4 + values.length * 8);
  bytes.writeUInt16LE(0x0001, 0);
  bytes.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), 4 + index * 8));
  return bytes;
}

/** The header in front of a file's bytes. */
export function localHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const long = isLong(entry.sizeBytes);
  const size = entry.described ? 0 : entry.sizeBytes;
  const extra = extra64(long ? [size, size] : []);
  const head = Buffer.alloc(LOCAL_BYTES);
  head.writeUInt32LE(LOCAL_SIGNATURE, 0);
  head.writeUInt16LE(long ? VERSION_ZIP64 : VERSION_PLAIN, 4);
  head.writeUInt16LE(flags(entry), 6);
  head.writeUInt16LE(FIXED_DATE, 12);
  head.writeUInt32LE(entry.described ? 0 : entry.crc32, 14);
  head.writeUInt32LE(long ? UINT32_MAX : size, 18);
  head.writeUInt32LE(long ? UINT32_MAX : size, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

/** What follows a file's bytes: nothing unless it is `described`. */
export function dataDescriptor(entry: ZipEntry): Buffer {
  if (!entry.described) return Buffer.alloc(0);
  const long = isLong(entry.sizeBytes);
  const bytes = Buffer.alloc(long ? 24 : 16);
  bytes.writeUInt32LE(DESCRIPTOR_SIGNATURE, 0);
  bytes.writeUInt32LE(entry.crc32, 4);
  for (const at of long ? [8, 16] : [8, 12]) {
    if (long) bytes.writeBigUInt64LE(BigInt(entry.sizeBytes), at);
    else bytes.writeUInt32LE(entry.sizeBytes, at);
  }
  return bytes;
}

/** The file's row in the central directory. */
export function centralHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const longSize = isLong(entry.sizeBytes);
  const longOffset = isLong(entry.offset);
  const extra = extra64([
    ...(longSize ? [entry.sizeBytes, entry.sizeBytes] : []),
    ...(longOffset ? [entry.offset] : []),
  ]);
  const head = Buffer.alloc(CENTRAL_BYTES);
  head.writeUInt32LE(CENTRAL_SIGNATURE, 0);
  head.writeUInt16LE(MADE_BY, 4);
  head.writeUInt16LE(extra.length > 0 ? VERSION_ZIP64 : VERSION_PLAIN, 6);
  head.writeUInt16LE(flags(entry), 8);
  head.writeUInt16LE(FIXED_DATE, 14);
  head.writeUInt32LE(entry.crc32, 16);
  head.writeUInt32LE(longSize ? UINT32_MAX : entry.sizeBytes, 20);
  head.writeUInt32LE(longSize ? UINT32_MAX : entry.sizeBytes, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(ATTRIBUTES, 38);
  head.writeUInt32LE(longOffset ? UINT32_MAX : entry.offset, 42);
  return Buffer.concat([head, name, extra]);
}

/** What the end of an archive says: how many files, where the central directory starts and how long it is. */
export interface ZipEnd {
  readonly count: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** The records after the central directory; ZIP64's come first where a number does not fit. */
export function endRecords({ count, offset, sizeBytes }: ZipEnd): Buffer {
  const long = count >= UINT16_MAX || isLong(offset) || isLong(sizeBytes);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(Math.min(count, UINT16_MAX), 8);
  end.writeUInt16LE(Math.min(count, UINT16_MAX), 10);
  end.writeUInt32LE(Math.min(sizeBytes, UINT32_MAX), 12);
  end.writeUInt32LE(Math.min(offset, UINT32_MAX), 16);
  if (!long) return end;
  const end64 = Buffer.alloc(END64_BYTES);
  end64.writeUInt32LE(END64_SIGNATURE, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(MADE_BY, 12);
  end64.writeUInt16LE(VERSION_ZIP64, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(sizeBytes), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  end64.writeUInt32LE(LOCATOR64_SIGNATURE, 56);
  end64.writeBigUInt64LE(BigInt(offset + sizeBytes), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}

// prettier-ignore
export const LOCAL_FIELDS: readonly ZipField[] = [
  ["signature", 0, 4], ["version needed", 4, 6], ["flags", 6, 8], ["method", 8, 10], ["time", 10, 12], ["date", 12, 14],
  ["CRC-32", 14, 18], ["compressed size", 18, 22], ["size", 22, 26], ["name length", 26, 28], ["extra length", 28, 30],
  ["name", 30, Infinity],
];

// prettier-ignore
export const CENTRAL_FIELDS: readonly ZipField[] = [
  ["signature", 0, 4], ["version made by", 4, 6], ["version needed", 6, 8], ["flags", 8, 10], ["method", 10, 12],
  ["time", 12, 14], ["date", 14, 16], ["CRC-32", 16, 20], ["compressed size", 20, 24], ["size", 24, 28],
  ["name length", 28, 30], ["extra length", 30, 32], ["comment length", 32, 34], ["disk", 34, 36],
  ["internal attributes", 36, 38], ["external attributes", 38, 42], ["offset", 42, 46], ["name", 46, Infinity],
];

export const DESCRIPTOR_FIELDS: readonly ZipField[] = [
  ["signature", 0, 4],
  ["CRC-32", 4, 8],
  ["size", 8, Infinity],
];

// prettier-ignore
export const END_FIELDS: readonly ZipField[] = [
  ["signature", 0, 4], ["disk", 4, 6], ["disk of directory", 6, 8], ["entries on disk", 8, 10], ["entries", 10, 12],
  ["directory size", 12, 16], ["directory offset", 16, 20], ["comment length", 20, 22],
];

/** The name of the first field in which `found` differs from `expected`; `null` when they are the same bytes. */
export function differingField(found: Buffer, expected: Buffer, fields: readonly ZipField[]): string | null {
  if (found.equals(expected)) return null;
  const length = Math.max(found.length, expected.length);
  let at = 0;
  while (at < length && found[at] === expected[at]) at++;
  return fields.find(([, from, to]) => at >= from && at < to)?.[0] ?? `byte ${at}`;
}
