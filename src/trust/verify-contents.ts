import type { Bytes } from "./verify-bytes.ts";
import { Malformed } from "./verify-errors.ts";
import { Hashing } from "./verify-hashing.ts";
import { type CheckId, type Finding, found } from "./verify-report.ts";
import type { ZipEntry } from "./verify-zip-form.ts";
import { type Zip, hashEntry, readEntry } from "./verify-zip.ts";

/** The files of a package, all hashed once. */
export interface Contents {
  readonly names: readonly string[];
  readonly has: (name: string) => boolean;
  readonly sizeBytes: (name: string) => number;
  /** The whole of one of the package's own files. Throws `Malformed` where it is missing or absurdly long. */
  readonly read: (name: string) => Promise<Buffer>;
  /** SHA-256, hex. "" for a file that is not there. */
  readonly sha256: (name: string) => string;
  /** The digest of a file by another algorithm, hex; `null` where it was not asked for. */
  readonly digest: (name: string, algorithm: string) => string | null;
  /** Files whose bytes are not those that the archive's own check-sum covers. */
  readonly findings: readonly Finding[];
}

/** Longest of the package's own files that is read whole, in bytes. Evidence itself is only ever read piece by piece. */
const OWN_FILE_BYTES_MAX = 256 * 1024 * 1024;

/** How the files are hashed. */
export interface HashingOptions {
  /** Digests beside SHA-256. */
  readonly algorithms?: readonly string[];
  /** Told how many bytes of how many have been read, now and then. */
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
}

/** Reads and hashes every file of the archive, each once. */
export async function contentsOf(zip: Zip, { algorithms = [], progress }: HashingOptions = {}): Promise<Contents> {
  const entries = new Map<string, ZipEntry>();
  const digests = new Map<string, ReadonlyMap<string, string>>();
  const findings: Finding[] = [];
  const hashing = new Hashing(["sha256", ...algorithms]);
  const bytes = progress ? counted(zip.bytes, progress) : zip.bytes;
  try {
    hashing.expect(zip.entries.reduce((longest, { sizeBytes }) => Math.max(longest, sizeBytes), 0));
    for (const entry of zip.entries) {
      const { digests: hashed, isCrcRight } = await hashEntry({ ...zip, bytes }, entry, hashing);
      if (!isCrcRight) findings.push(found("file", entry.name, "file.crc"));
      entries.set(entry.name, entry);
      digests.set(entry.name, hashed);
    }
  } finally {
    await hashing.close();
  }
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    sizeBytes: (name) => entries.get(name)?.sizeBytes ?? 0,
    sha256: (name) => digests.get(name)?.get("sha256") ?? "",
    digest: (name, algorithm) => digests.get(name)?.get(algorithm) ?? null,
    findings,
    read: async (name) => {
      const entry = entries.get(name);
      if (!entry) throw new Malformed(`${name}: not in the package`);
      const content = await readEntry(zip, entry, OWN_FILE_BYTES_MAX);
      if (content === null) throw new Malformed(`${name}: longer than ${OWN_FILE_BYTES_MAX} bytes`);
      return content;
    },
  };
}

/** The same bytes, counted as they are read. */
function counted(bytes: Bytes, progress: NonNullable<HashingOptions["progress"]>): Bytes {
  let done = 0;
  const count = (length: number): void => {
    done += length;
    progress(Math.min(done, bytes.sizeBytes), bytes.sizeBytes);
  };
  const { readInto } = bytes;
  return {
    ...bytes,
    read: async (offset, length) => {
      const read = await bytes.read(offset, length);
      count(read.length);
      return read;
    },
    ...(readInto
      ? {
          readInto: async (memory: Buffer, offset: number) => {
            const length = await readInto(memory, offset);
            count(length);
            return length;
          },
        }
      : {}),
  };
}

/** What `read` gives, or the finding that it cannot be read, under this check and subject. */
export async function reading<T>(id: CheckId, subject: string, read: () => T | Promise<T>): Promise<T | Finding> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Malformed) return found(id, subject, "unreadable", { where: error.message });
    throw error;
  }
}

/** True when `reading` gave a finding. */
export const isFinding = (value: unknown): value is Finding =>
  typeof value === "object" && value !== null && "ok" in value && value.ok === false && "key" in value;
