import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import {
  bytesOfPath,
  END_BYTES,
  type Entry,
  type EntryRead,
  FORMAT,
  headerOf,
  headText,
  indexLine,
  isStored,
  memberOf,
  ownHeader,
  paddingOf,
  type Reading,
  type Summary,
  summaryText,
  VERSION,
} from "../trust/folder-archive.ts";
import { codeOf, type Listed, pathOf } from "./folder-list.ts";

/** Bytes that leave at once. */
const BLOCK_BYTES = 1_048_576;

/** A file that is other than at the first reading, so that a broken acquisition can't be gone on with. */
export class Differs extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`${path} is no longer as it was when the acquisition began`);
    this.path = path;
  }
}

interface Streaming {
  /** The folder, the list that was made of it, and where results are kept until the index is written. */
  readonly folder: string;
  readonly list: string;
  readonly results: string;
  readonly listed: Listed;
  /** Bytes of the archive that the desk has from an earlier run: so far, files must be as they were. */
  readonly resumedAt: number;
  /** Told of each thing that was not read whole. */
  readonly onTrouble: (entry: Entry, why: string) => void;
}

/** The lines of a file. Only a line feed ends one: a name may hold every other character that some readers end lines at. */
async function* lines(file: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(file, { highWaterMark: 262_144 })) {
    const all = rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer]);
    let from = 0;
    for (let end = all.indexOf(10); end !== -1; end = all.indexOf(10, from)) {
      yield all.toString("utf8", from, end);
      from = end + 1;
    }
    rest = all.subarray(from);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

/** Gathers pieces into blocks, so that a million small files do not become a million messages. */
class Gathering {
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #filled = 0;
  readonly full: Buffer[] = [];

  push(piece: Uint8Array): void {
    for (let from = 0; from < piece.length;) {
      const bytes = Math.min(piece.length - from, BLOCK_BYTES - this.#filled);
      this.#block.set(piece.subarray(from, from + bytes), this.#filled);
      this.#filled += bytes;
      from += bytes;
      if (this.#filled === BLOCK_BYTES) this.#next();
    }
  }
  #next(): void {
    this.full.push(this.#block.subarray(0, this.#filled));
    this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#filled = 0;
  }
  end(): void {
    if (this.#filled > 0) this.#next();
  }
}

const ZEROS = Buffer.alloc(65_536);
function* zeros(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

/** Opens without following a link and, where it is allowed, without changing the time of the last reading. */
function openQuietly(path: Buffer): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    // Only the owner may ask for it.
    if (codeOf(error) !== "EPERM") throw error;
    return openSync(path, flags);
  }
}

/**
 * The bytes of one file, exactly as many as its header promises: what is missing is zeros, what came later is left out, and
 * either is said. Gives its digests over what stands in the archive.
 */
function* fileBytes(
  path: Buffer,
  entry: Entry,
  buffer: Buffer,
): Generator<Uint8Array, EntryRead & { readonly why?: string }> {
  const hashes = [createHash("md5"), createHash("sha1"), createHash("sha256")] as const;
  const size = entry.stored ?? 0;
  let read: Reading = "whole";
  let why: string | undefined;
  let done = 0;
  let handle: number | undefined;
  try {
    handle = openQuietly(path);
    const before = fstatSync(handle, { bigint: true });
    if (isOther(before, entry)) read = "other";
    for (; done < size;) {
      const bytes = readSync(handle, buffer, 0, Math.min(buffer.length, size - done), done);
      if (bytes === 0) break;
      const piece = buffer.subarray(0, bytes);
      for (const hash of hashes) hash.update(piece);
      done += bytes;
      yield piece;
    }
    if (done < size) read = "short";
    else if (readSync(handle, buffer, 0, 1, size) > 0) read = "grown";
    else if (isOther(fstatSync(handle, { bigint: true }), entry)) read = "other";
  } catch (error) {
    read = "error";
    why = codeOf(error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
  for (const piece of zeros(size - done)) {
    for (const hash of hashes) hash.update(piece);
    yield piece;
  }
  const [md5, sha1, sha256] = hashes;
  return {
    read,
    md5: md5.digest("hex"),
    sha1: sha1.digest("hex"),
    sha256: sha256.digest("hex"),
    ...(why === undefined ? {} : { why }),
  };
}

const isOther = (stat: BigIntStats, entry: Entry): boolean =>
  `${stat.ino}` !== entry.inode || Temporal.Instant.fromEpochNanoseconds(stat.mtimeNs).toString() !== entry.mtime;

/** Results of an earlier run, one line of text each, in the order of the list; empty where there was none. */
async function* earlierResults(file: string): AsyncGenerator<string> {
  try {
    for await (const line of lines(file)) yield line;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/**
 * The archive of a folder, front to back, in blocks of at most 1 MiB. The same list over the same files gives the same bytes, so
 * that a broken acquisition is gone on with; where a file has changed since it was first read, that is said (`Differs`) instead
 * of an exhibit being made out of two states. Memory does not grow with the number of files.
 */
export async function* folderStream({
  folder,
  list,
  results,
  listed,
  resumedAt,
  onTrouble,
}: Streaming): AsyncGenerator<Buffer> {
  const { name, entries, bytes, indexAt, indexBytes } = listed;
  const out = new Gathering();
  const buffer = Buffer.allocUnsafeSlow(262_144);
  const root = Buffer.from(folder).toString("latin1");
  const counts = { file: 0, folder: 0, link: 0, other: 0 };
  let troubled = 0;
  out.push(
    ownHeader(
      "folder.json",
      headText({ format: FORMAT, version: VERSION, name, entries, bytes, index: { at: indexAt, bytes: indexBytes } })
        .length,
    ),
  );
  out.push(
    headText({ format: FORMAT, version: VERSION, name, entries, bytes, index: { at: indexAt, bytes: indexBytes } }),
  );
  const before = earlierResults(results)[Symbol.asyncIterator]();
  const fresh = `${results}.new`;
  const handle = openSync(fresh, "w", 0o600);
  let knowsEarlier = true;
  try {
    for await (const line of lines(list)) {
      const entry = JSON.parse(line) as Entry;
      const member = memberOf(entry);
      counts[entry.type] += 1;
      if (member) out.push(headerOf(member));
      if (entry.error !== undefined) {
        troubled += 1;
        onTrouble(entry, entry.error);
      }
      if (isStored(entry)) {
        const path = pathOf(entry.path === "" ? root : `${root}/${bytesOfPath(entry)}`);
        const reading = fileBytes(path, entry, buffer);
        let step = reading.next();
        for (; !step.done; step = reading.next()) {
          out.push(step.value);
          yield* out.full.splice(0);
        }
        const { why, ...read } = step.value;
        out.push(ZEROS.subarray(0, paddingOf(entry.stored ?? 0)));
        if (read.read !== "whole") {
          troubled += 1;
          onTrouble(entry, why ?? read.read);
        }
        const result = `${read.read} ${read.md5} ${read.sha1} ${read.sha256}`;
        if (knowsEarlier && (entry.at ?? 0) < resumedAt) {
          const earlier = await before.next();
          if (earlier.done || earlier.value.length !== result.length) knowsEarlier = false;
          else if (earlier.value !== result) throw new Differs(entry.path);
        }
        writeSync(handle, `${result}\n`);
      }
      yield* out.full.splice(0);
    }
  } finally {
    closeSync(handle);
  }
  yield* index({ list, fresh, indexBytes, out });
  const summary: Summary = {
    summary: true,
    files: counts.file,
    folders: counts.folder,
    links: counts.link,
    others: counts.other,
    troubled,
    bytes,
  };
  out.push(summaryText(summary));
  out.push(ZEROS.subarray(0, paddingOf(indexBytes) + END_BYTES));
  out.end();
  yield* out.full.splice(0);
}

async function* index(of: { list: string; fresh: string; indexBytes: number; out: Gathering }): AsyncGenerator<Buffer> {
  const { list, fresh, indexBytes, out } = of;
  const results = lines(fresh)[Symbol.asyncIterator]();
  out.push(ownHeader("index.jsonl", indexBytes));
  for await (const line of lines(list)) {
    const entry = JSON.parse(line) as Entry;
    const found = isStored(entry) ? await results.next() : undefined;
    const [read, md5, sha1, sha256] = (found?.value ?? "").split(" ") as [Reading, string, string, string];
    out.push(Buffer.from(indexLine(line, found ? { read, md5, sha1, sha256 } : undefined)));
    yield* out.full.splice(0);
  }
}
