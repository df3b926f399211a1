import type { Source } from "./source.ts";
import { createHash } from "node:crypto";
import {
  bytesOfPath,
  END_BYTES,
  type Entry,
  FORMAT,
  type Head,
  HEAD_AT,
  HEAD_BYTES,
  headerOf,
  type IndexLine,
  isStored,
  memberOf,
  ownHeader,
  paddingOf,
  SUMMARY_BYTES,
  type Summary,
  VERSION,
} from "../trust/folder-archive.ts";
import { Damaged, type Finding, type Found, type InnerDigest, plainFacts, verdictOf } from "./container-found.ts";

/** Longest line of a list: a path of the longest that file systems have, and its facts. */
const LINE_BYTES_MAX = 65_536;
const READ_BYTES = 4_194_304;

/** `folder.json`, where the archive begins with it. */
export function folderHead(bytes: Buffer, length: number): Head | undefined {
  if (bytes.length < HEAD_AT + HEAD_BYTES || !bytes.subarray(0, 512).equals(ownHeader("folder.json", HEAD_BYTES)))
    return undefined;
  try {
    const head = JSON.parse(bytes.toString("utf8", HEAD_AT, HEAD_AT + HEAD_BYTES)) as Head;
    const { at, bytes: indexBytes } = head.index;
    const fits = Number.isSafeInteger(at) && Number.isSafeInteger(indexBytes) && at > 0 && indexBytes >= SUMMARY_BYTES;
    return head.format === FORMAT && head.version === VERSION && fits && at + indexBytes <= length ? head : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes needed to recognise a folder's archive. */
export const FOLDER_HEAD_BYTES = HEAD_AT + HEAD_BYTES;

/** One line of the list, with where it stands: what a reader's cursor is. */
export interface ListLine {
  readonly at: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** Lines of the list from `at` on. Throws `Damaged` where a line does not end. */
export async function* listLines(source: Source, { index }: Head, at: number = index.at): AsyncGenerator<ListLine> {
  const end = index.at + index.bytes;
  let rest = Buffer.alloc(0) as Buffer;
  let start = at;
  for (let from = at; from < end; from += READ_BYTES) {
    const piece = await source.read(from, Math.min(from + READ_BYTES, end));
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let done = 0;
    for (let feed = all.indexOf(10); feed !== -1; feed = all.indexOf(10, done)) {
      yield { at: start + done, end: start + feed + 1, bytes: all.subarray(done, feed) };
      done = feed + 1;
    }
    rest = all.subarray(done);
    start += done;
    if (rest.length > LINE_BYTES_MAX) throw new Damaged("folder-list", { at: start });
  }
  if (rest.length > 0) throw new Damaged("folder-list", { at: start });
}

/** A line as an entry; `undefined` for the last one, which sums up. */
export function entryOf(bytes: Buffer): IndexLine | undefined {
  try {
    const line = JSON.parse(bytes.toString("utf8")) as IndexLine | Summary;
    return "summary" in line ? undefined : line;
  } catch {
    throw new Damaged("folder-line");
  }
}

export async function summaryOf(source: Source, { index }: Head): Promise<Summary | undefined> {
  const end = index.at + index.bytes;
  try {
    const line = JSON.parse((await source.read(end - SUMMARY_BYTES, end)).toString("utf8")) as Summary;
    return line.summary === true ? line : undefined;
  } catch {
    return undefined;
  }
}

const BAD_SHOWN_MAX = 20;

/**
 * Reads a folder's archive from its first byte to its last: every header must be the one that the list gives, every file must have
 * the three digests that the list states, and nothing may stand between. So the list is proved, line by line.
 */
export async function readFolder(source: Source, head: Head): Promise<Found> {
  const findings: Finding[] = [];
  const digests: InnerDigest[] = [];
  let isDamaged = false;
  let files = 0;
  let wrong = 0;
  try {
    const bytes = sequential(source);
    await bytes.skip(HEAD_AT + HEAD_BYTES + paddingOf(HEAD_BYTES));
    for await (const { bytes: line } of listLines(source, head)) {
      const entry = entryOf(line);
      if (!entry) break;
      const same = await readMember(bytes, entry);
      if (isStored(entry)) files += 1;
      if (same) continue;
      wrong += 1;
      if (wrong <= BAD_SHOWN_MAX) digests.push(...differing(entry));
    }
    await bytes.expect(ownHeader("index.jsonl", head.index.bytes), "index.jsonl");
    if (head.index.at + head.index.bytes + paddingOf(head.index.bytes) + END_BYTES !== source.bytes)
      throw new Damaged("folder-length");
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    isDamaged = true;
    findings.push(error.finding);
  }
  const summary = await summaryOf(source, head);
  if (!summary) isDamaged = true;
  if (wrong > 0) findings.push({ key: "folder-differs", values: { count: wrong } });
  else if (!isDamaged) findings.push({ key: "folder-agrees", values: { count: files } });
  if (summary && summary.troubled > 0) findings.push({ key: "folder-troubled", values: { count: summary.troubled } });
  const verdict = isDamaged ? "damaged" : wrong > 0 ? "differs" : files > 0 ? "agrees" : verdictOf(digests);
  return {
    form: "folder",
    verdict,
    mediaBytes: head.bytes,
    facts: plainFacts([
      ["name", head.name],
      ...(summary
        ? ([
            ["files", `${summary.files}`],
            ["folders", `${summary.folders}`],
            ["links", `${summary.links}`],
            ["others", `${summary.others}`],
            ["troubled", `${summary.troubled}`],
          ] as const)
        : []),
    ]),
    digests,
    findings,
  };
}

interface Sequential {
  readonly skip: (bytes: number) => Promise<void>;
  /** Reads what must stand here. */
  readonly expect: (bytes: Buffer, what: string) => Promise<void>;
  readonly pieces: (bytes: number) => AsyncGenerator<Buffer>;
}
/** Reads front to back in large pieces. */
function sequential(source: Source): Sequential {
  let at = 0;
  let piece: Buffer = Buffer.alloc(0);
  let pieceAt = 0;
  const take = async (bytesMax: number): Promise<Buffer> => {
    if (at >= pieceAt + piece.length) {
      pieceAt = at;
      piece = await source.read(at, Math.min(at + READ_BYTES, source.bytes));
      if (piece.length === 0) throw new Damaged("folder-cut-off", { at });
    }
    const some = piece.subarray(at - pieceAt, at - pieceAt + bytesMax);
    at += some.length;
    return some;
  };
  async function* pieces(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      const some = await take(left);
      left -= some.length;
      yield some;
    }
  }
  return {
    skip: async (bytes) => {
      for await (const _ of pieces(bytes));
    },
    expect: async (wanted, what) => {
      let done = 0;
      for await (const some of pieces(wanted.length)) {
        if (!some.equals(wanted.subarray(done, done + some.length))) throw new Damaged("folder-header", { what });
        done += some.length;
      }
    },
    pieces,
  };
}

async function readMember(bytes: Sequential, entry: IndexLine): Promise<boolean> {
  const member = memberOf(entry);
  const what = bytesOfPath(entry).slice(0, 200);
  if (member) await bytes.expect(headerOf(member), Buffer.from(what, "latin1").toString());
  if (!isStored(entry)) return true;
  const size = entry.stored ?? 0;
  const hashes = { md5: createHash("md5"), sha1: createHash("sha1"), sha256: createHash("sha256") };
  for await (const piece of bytes.pieces(size)) for (const hash of Object.values(hashes)) hash.update(piece);
  await bytes.expect(Buffer.alloc(paddingOf(size)), what);
  return (["md5", "sha1", "sha256"] as const).every((name) => hashes[name].digest("hex") === entry[name]);
}

/** What the list states of a file that has other digests. What was computed is not kept for each: it is none of the list's. */
const differing = (entry: Entry & Partial<Record<"sha256", string>>): InnerDigest[] => [
  { of: entry.path, algorithm: "sha256", stated: entry.sha256 ?? "", computed: "" },
];
