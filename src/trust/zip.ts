import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { type ZipEntry, centralHeader, dataDescriptor, endRecords, localHeader } from "./verify-zip-form.ts";

/** A file of the archive that is in memory. */
export interface HeldFile {
  readonly name: string;
  readonly content: Buffer;
}

/** A file that is read while the archive is written. What comes must have this size and this SHA-256 (hex). */
export interface StreamedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

export type ZipFile = HeldFile | StreamedFile;

const isHeld = (file: ZipFile): file is HeldFile => "content" in file;

function entryOf(file: ZipFile, offset: number): ZipEntry {
  return isHeld(file)
    ? { name: file.name, sizeBytes: file.content.length, crc32: crc32(file.content), offset, described: false }
    : { name: file.name, sizeBytes: file.sizeBytes, crc32: 0, offset, described: true };
}

const lengthOf = (entry: ZipEntry): number =>
  localHeader(entry).length + entry.sizeBytes + dataDescriptor(entry).length;

/** How long the archive will be, in bytes: nothing is compressed, so it is known before anything is read. */
export function zipSizeBytes(files: readonly ZipFile[]): number {
  let offset = 0;
  let directory = 0;
  for (const file of files) {
    const entry = entryOf(file, offset);
    offset += lengthOf(entry);
    directory += centralHeader(entry).length;
  }
  return offset + directory + endRecords({ count: files.length, offset, sizeBytes: directory }).length;
}

/**
 * Passes a file's bytes on and returns their CRC-32; throws as soon as the bytes are not those promised.
 *
 * @yields a piece of the file
 */
async function* streamed(file: StreamedFile): AsyncGenerator<Buffer, number> {
  const hash = createHash("sha256");
  let crc = 0;
  let sizeBytes = 0;
  for await (const piece of await file.open()) {
    hash.update(piece);
    crc = crc32(piece, crc);
    sizeBytes += piece.length;
    if (sizeBytes > file.sizeBytes) break;
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  if (sizeBytes !== file.sizeBytes || hash.digest("hex") !== file.sha256) {
    throw new Error(`${file.name}: the bytes in store are not those that were recorded`);
  }
  return crc;
}

/**
 * Writes an archive of uncompressed files, piece by piece, in the one form that the verifier accepts. The same files give
 * the same bytes. Throws when a streamed file is not what it was said to be; what was written by then is no archive.
 *
 * @yields a piece of the archive
 * @source APPNOTE.TXT 6.3 §4.3
 */
export async function* writeZip(files: readonly ZipFile[]): AsyncGenerator<Buffer> {
  const rows: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    let entry = entryOf(file, offset);
    yield localHeader(entry);
    if (isHeld(file)) yield file.content;
    else entry = { ...entry, crc32: yield* streamed(file) };
    yield dataDescriptor(entry);
    rows.push(centralHeader(entry));
    offset += lengthOf(entry);
  }
  const directory = Buffer.concat(rows);
  yield directory;
  yield endRecords({ count: files.length, offset, sizeBytes: directory.length });
}
