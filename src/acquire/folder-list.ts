import {
  closeSync,
  constants,
  accessSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { basename } from "node:path";
import {
  END_BYTES,
  type Entry,
  type EntryType,
  HEAD_BYTES,
  headerOf,
  isUtf8,
  lineBytes,
  memberOf,
  OWN_HEADER_BYTES,
  paddingOf,
  SUMMARY_BYTES,
} from "../trust/folder-archive.ts";

/** What going through a folder gave: how much there is, and how long its archive will be. */
export interface Listed {
  readonly name: string;
  readonly entries: number;
  /** Bytes of all files. */
  readonly bytes: number;
  readonly indexAt: number;
  readonly indexBytes: number;
  readonly archiveBytes: number;
}

/** Errors that are the source's own (not there, not allowed, gone bad). Others are ours. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";

const at = (ns: bigint): string => Temporal.Instant.fromEpochNanoseconds(ns).toString();
/** Bytes of a path, one character each, as the file system takes them. */
export const pathOf = (latin1: string): Buffer => Buffer.from(latin1, "latin1");

function typeOf(stat: BigIntStats): EntryType {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "other";
}

/** A name's text, and its bytes where they are no UTF-8. */
function textOf(latin1: string, names: "path" | "to"): Record<string, string> {
  const bytes = Buffer.from(latin1, "latin1");
  return isUtf8(latin1)
    ? { [names]: bytes.toString() }
    : { [names]: bytes.toString(), [names === "path" ? "raw" : "to_raw"]: bytes.toString("base64") };
}

/**
 * Goes through a folder, depth first and by the bytes of the names, and writes its list to `target`: one JSON line for each thing.
 * Memory does not grow with the number of files (but one folder's own names are sorted in memory). What can't be listed or read is
 * in the list with its reason. Symbolic links are noted, never followed.
 */
export function listFolder(folder: string, target: string, tell: (entries: number) => void): Listed {
  const root = Buffer.from(folder).toString("latin1");
  const handle = openSync(target, "w", 0o600);
  let lines: string[] = [];
  let pending = 0;
  const flush = () => {
    const text = Buffer.from(lines.join(""));
    for (let done = 0; done < text.length;) done += writeSync(handle, text, done);
    lines = [];
    pending = 0;
  };
  let n = 0;
  let bytes = 0;
  let offset = OWN_HEADER_BYTES + HEAD_BYTES + paddingOf(HEAD_BYTES);
  let indexBytes = SUMMARY_BYTES;
  const add = (path: string, stat: BigIntStats | undefined, error: string | undefined): void => {
    n += 1;
    const listed = describe(root, { path, stat, error, n });
    const member = memberOf(listed);
    // A header's length does not depend on where it stands.
    const dataAt = offset + (member ? headerOf(member).length : 0);
    const entry: Entry = listed.stored === undefined ? listed : { ...listed, at: dataAt };
    const text = JSON.stringify(entry);
    lines.push(`${text}\n`);
    pending += text.length;
    if (pending > 1_048_576) flush();
    bytes += entry.type === "file" ? entry.size : 0;
    offset = dataAt + (entry.stored ?? 0) + paddingOf(entry.stored ?? 0);
    indexBytes += lineBytes(entry, text);
    if (n % 1_000 === 0) tell(n);
  };
  const visit = (path: string): void => {
    const full = path === "" ? root : `${root}/${path}`;
    let stat: BigIntStats | undefined;
    try {
      stat = lstatSync(pathOf(full), { bigint: true });
    } catch (error) {
      return add(path, undefined, codeOf(error));
    }
    if (!stat.isDirectory()) return add(path, stat, undefined);
    let names: string[];
    try {
      names = readdirSync(pathOf(full), { encoding: "latin1" });
    } catch (error) {
      return add(path, stat, codeOf(error));
    }
    add(path, stat, undefined);
    names.sort();
    for (const name of names) visit(path === "" ? name : `${path}/${name}`);
  };
  try {
    visit("");
    flush();
  } finally {
    closeSync(handle);
  }
  const indexAt = offset + OWN_HEADER_BYTES;
  return {
    name: basename(folder),
    entries: n,
    bytes,
    indexAt,
    indexBytes,
    archiveBytes: indexAt + indexBytes + paddingOf(indexBytes) + END_BYTES,
  };
}

function describe(
  root: string,
  found: {
    readonly path: string;
    readonly stat: BigIntStats | undefined;
    readonly error: string | undefined;
    readonly n: number;
  },
): Entry {
  const { path, stat, n } = found;
  const named = { n, ...textOf(path, "path") } as Pick<Entry, "n" | "path" | "raw">;
  const nothing = "1970-01-01T00:00:00Z";
  if (!stat)
    return {
      ...named,
      type: "other",
      size: 0,
      mode: "0000",
      uid: 0,
      gid: 0,
      mtime: nothing,
      atime: nothing,
      ctime: nothing,
      inode: "0",
      links: 0,
      error: found.error ?? "EUNKNOWN",
    };
  const type = typeOf(stat);
  let { error } = found;
  let to: Record<string, string> = {};
  const full = pathOf(path === "" ? root : `${root}/${path}`);
  try {
    if (type === "link") to = textOf(readlinkSync(full, { encoding: "latin1" }), "to");
    if (type === "file") accessSync(full, constants.R_OK);
  } catch (failure) {
    error ??= codeOf(failure);
  }
  return {
    ...named,
    type,
    size: Number(stat.size),
    ...(type === "file" && error === undefined ? { at: 0, stored: Number(stat.size) } : {}),
    mode: (stat.mode & 0o7777n).toString(8).padStart(4, "0"),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: at(stat.mtimeNs),
    atime: at(stat.atimeNs),
    ctime: at(stat.ctimeNs),
    ...(stat.birthtimeNs > 0n ? { birth: at(stat.birthtimeNs) } : {}),
    inode: `${stat.ino}`,
    links: Number(stat.nlink),
    ...to,
    ...(error === undefined ? {} : { error }),
  };
}
