/**
 * The form in which a folder becomes one exhibit: a POSIX tar that any `tar` unpacks, and in it a list of everything that was
 * there. First `folder.json` (what this is, where the list lies), then `data/…` in the order of the list, last `index.jsonl`: one
 * line for each thing found, with its three digests. The list's size is known before the first byte, since its lines do not change
 * their length with what reading a file gives; so an upload knows its length, and a reader of the desk finds any line at once.
 *
 * @source POSIX.1-2017 pax, “ustar Interchange Format”, “pax Extended Header”
 */
export const FORMAT = "comity-folder";
export const VERSION = 1;
const BLOCK = 512;
/** `folder.json` has this size, filled up with spaces, so that all offsets are known before it is written. */
export const HEAD_BYTES = 4_096;
/** Where the text of `folder.json` begins. */
export const HEAD_AT = BLOCK;
/** The index's last line, filled up with spaces. */
export const SUMMARY_BYTES = 512;

/** What came of reading a file. Each of five letters, so that lines keep their length. */
export const READINGS = ["whole", "grown", "short", "other", "error"] as const;
export type Reading = (typeof READINGS)[number];
export type EntryType = "file" | "folder" | "link" | "other";

/** One thing found in the folder, as its line in the index says it. */
export interface Entry {
  /** Position in the list, from 1. */
  readonly n: number;
  /** Path below the folder; `""` for the folder itself. Bytes that are no UTF-8 are shown as U+FFFD. */
  readonly path: string;
  /** The path's bytes in base 64, where they are no UTF-8. */
  readonly raw?: string;
  readonly type: EntryType;
  /** Bytes, as the file system said before reading. */
  readonly size: number;
  /** Where its bytes begin in the archive, and how many stand there; absent where there are none. */
  readonly at?: number;
  readonly stored?: number;
  /** Permission bits, octal. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Last change of contents, last reading, last change of the entry, birth: UTC, as the file system keeps them. */
  readonly mtime: string;
  readonly atime: string;
  readonly ctime: string;
  readonly birth?: string;
  readonly inode: string;
  readonly links: number;
  /** Where a symbolic link leads, and its bytes where they are no UTF-8. It is never followed. */
  readonly to?: string;
  readonly to_raw?: string;
  /** Why it could not be listed or read when the folder was first gone through (`EACCES`). */
  readonly error?: string;
}
/** What reading a file gave. */
export interface EntryRead {
  readonly read: Reading;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** `folder.json`. */
export interface Head {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** Name of the folder, without the path to it. */
  readonly name: string;
  readonly entries: number;
  /** Bytes of the files, as first listed. */
  readonly bytes: number;
  readonly index: { readonly at: number; readonly bytes: number };
}
/** The last line of the index. */
export interface Summary {
  readonly summary: true;
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly others: number;
  /** Things that could not be listed or read, or changed while they were read. */
  readonly troubled: number;
  readonly bytes: number;
}

/** A line of the index, but for the last. */
export type IndexLine = Entry & Partial<EntryRead>;

const RESULT_BYTES = resultText({
  read: "whole",
  md5: "0".repeat(32),
  sha1: "0".repeat(40),
  sha256: "0".repeat(64),
}).length;
function resultText({ read, md5, sha1, sha256 }: EntryRead): string {
  return `,"read":"${read}","md5":"${md5}","sha1":"${sha1}","sha256":"${sha256}"}`;
}

/** Whether an entry has bytes in the archive, and so a result in its line. */
export const isStored = ({ type, stored }: Entry): boolean => type === "file" && stored !== undefined;

/** Length of an entry's line in the index, from its text in the list that was made before reading. */
export const lineBytes = (entry: Entry, text: string): number =>
  Buffer.byteLength(text) + 1 + (isStored(entry) ? RESULT_BYTES - 1 : 0);

/** An entry's line of the index: what was listed, and what reading gave. */
export const indexLine = (text: string, read: EntryRead | undefined): string =>
  `${read ? text.slice(0, -1) + resultText(read) : text}\n`;

const filled = (text: string, bytes: number): Buffer => {
  const line = Buffer.alloc(bytes, 0x20);
  if (line.write(text) > bytes - 1) throw new RangeError("the text does not fit its room");
  line[bytes - 1] = 0x0a;
  return line;
};
export const headText = (head: Head): Buffer => filled(JSON.stringify(head), HEAD_BYTES);
export const summaryText = (summary: Summary): Buffer => filled(JSON.stringify(summary), SUMMARY_BYTES);

/** Zeros that fill the last block of `bytes`. */
export const paddingOf = (bytes: number): number => (BLOCK - (bytes % BLOCK)) % BLOCK;
/** Two empty blocks end an archive. */
export const END_BYTES = 2 * BLOCK;

/** What a tar header says. Names are bytes, one character each. */
export interface Member {
  readonly name: string;
  readonly type: "0" | "2" | "5";
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly to?: string;
}

const NAME_MAX = 100;
const PREFIX_MAX = 155;
const octalMax = (digits: number): number => 8 ** digits - 1;

/** Header blocks of a member: one, or three and more where something does not fit into it. */
export function headerOf(member: Member): Buffer {
  const split = splitName(member.name);
  const { to = "" } = member;
  const more = [
    ...(split ? [] : [record("path", member.name)]),
    ...(to.length > NAME_MAX || !isAscii(to) ? [record("linkpath", to)] : []),
    ...(member.size > octalMax(11) ? [record("size", `${member.size}`)] : []),
    ...(member.mtime < 0 || member.mtime > octalMax(11) ? [record("mtime", `${member.mtime}`)] : []),
    ...(member.uid > octalMax(7) ? [record("uid", `${member.uid}`)] : []),
    ...(member.gid > octalMax(7) ? [record("gid", `${member.gid}`)] : []),
  ];
  const own = block(
    member,
    split ?? { name: member.name.slice(0, NAME_MAX).replaceAll(/[^\x20-\x7e]/g, "_"), prefix: "" },
  );
  if (more.length === 0) return own;
  // Bytes that are no UTF-8 are allowed only where the header says so.
  const text = Buffer.concat(isUtf8(member.name) && isUtf8(to) ? more : [record("hdrcharset", "BINARY"), ...more]);
  const pax = block(
    { name: "pax", type: "x", size: text.length, mode: 0o644, uid: 0, gid: 0, mtime: 0 },
    { name: "pax", prefix: "" },
  );
  return Buffer.concat([pax, text, Buffer.alloc(paddingOf(text.length)), own]);
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);
const DECODER = new TextDecoder("utf-8", { fatal: true });
/** Whether bytes, one character each, are UTF-8. */
export function isUtf8(latin1: string): boolean {
  if (isAscii(latin1)) return true;
  try {
    DECODER.decode(Buffer.from(latin1, "latin1"));
    return true;
  } catch {
    return false;
  }
}

function splitName(name: string): { name: string; prefix: string } | undefined {
  if (!isAscii(name)) return undefined;
  if (name.length <= NAME_MAX) return { name, prefix: "" };
  const at = name.indexOf("/", name.length - NAME_MAX - 1);
  if (at <= 0 || at > PREFIX_MAX || at === name.length - 1) return undefined;
  return { prefix: name.slice(0, at), name: name.slice(at + 1) };
}

/** `27 path=…\n`: its own length counts. */
function record(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`, "latin1");
  let length = rest.length;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

function block(
  member: Omit<Member, "type"> & { readonly type: string },
  { name, prefix }: { readonly name: string; readonly prefix: string },
): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    header.write((value < 0 || value > octalMax(digits) ? 0 : value).toString(8).padStart(digits, "0"), at, "latin1");
  header.write(name, 0, NAME_MAX, "latin1");
  octal(member.mode, 100, 7);
  octal(member.uid, 108, 7);
  octal(member.gid, 116, 7);
  octal(member.size, 124, 11);
  octal(member.mtime, 136, 11);
  header.write("        ", 148, "latin1");
  header.write(member.type, 156, "latin1");
  if (member.to && member.to.length <= NAME_MAX && isAscii(member.to)) header.write(member.to, 157, NAME_MAX, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  header.write(prefix, 345, PREFIX_MAX, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** The path as bytes, one character each. */
export const bytesOfPath = ({ path, raw }: Pick<Entry, "path" | "raw">): string =>
  (raw === undefined ? Buffer.from(path) : Buffer.from(raw, "base64")).toString("latin1");

/** The tar member that stands for an entry; `undefined` for what a tar can't hold or must not make (sockets, devices). */
export function memberOf(entry: Entry): Member | undefined {
  if (entry.type === "other" || (entry.type === "file" && entry.stored === undefined)) return undefined;
  const path = bytesOfPath(entry);
  const to = entry.to_raw === undefined ? entry.to : Buffer.from(entry.to_raw, "base64").toString("latin1");
  return {
    name: `data/${path}${entry.type === "folder" && path !== "" ? "/" : ""}`,
    type: entry.type === "file" ? "0" : entry.type === "folder" ? "5" : "2",
    size: entry.stored ?? 0,
    mode: Number.parseInt(entry.mode, 8) & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    mtime: Math.floor(Temporal.Instant.from(entry.mtime).epochMilliseconds / 1_000),
    ...(to === undefined ? {} : { to: entry.to_raw === undefined ? Buffer.from(to).toString("latin1") : to }),
  };
}

/** Header of one of the archive's own two members. */
export const ownHeader = (name: "folder.json" | "index.jsonl", size: number): Buffer =>
  headerOf({ name, type: "0", size, mode: 0o444, uid: 0, gid: 0, mtime: 0 });
/** Such a header is one block. */
export const OWN_HEADER_BYTES = BLOCK;
