import { parse } from "csv-parse/sync";

/** Digests of one file, hex by algorithm. */
export type Stated = Readonly<Partial<Record<"md5" | "sha1" | "sha256", string>>>;
/** One file as a provider's list states it. */
export interface ListedFile {
  readonly name: string;
  readonly digests: Stated;
  readonly bytes?: number;
}
/** A list that was read: its files, and the lines that are none. */
export interface HashList {
  readonly form: "sums" | "bsd" | "hashdeep" | "csv";
  readonly files: readonly ListedFile[];
  /** Numbers of the lines that could not be read, from 1. */
  readonly unread: readonly number[];
}

/** Longest list, in characters, and most files in it. */
export const LIST_MAX = 16_777_216;
export const FILES_MAX = 100_000;

const BY_LENGTH: Readonly<Record<number, keyof Stated>> = { 32: "md5", 40: "sha1", 64: "sha256" };
const named = (hex: string): Stated => {
  const algorithm = BY_LENGTH[hex.length];
  return algorithm === undefined ? {} : { [algorithm]: hex.toLowerCase() };
};
/** A backslash before the line says that line feeds and backslashes of the name are escaped. @source GNU coreutils “sha2 utilities” */
const unescaped = (name: string): string =>
  name.replaceAll(/\\([\\n])/g, (_, letter: string) => (letter === "n" ? "\n" : "\\"));

/**
 * Reads a list of files and their digests, in the forms that providers and tools give: `sha256sum` and BagIt manifests, BSD's `SHA256 (name) = …`,
 * hashdeep, and CSV with a head. Gives `undefined` where no line of it is one of a list.
 *
 * @source RFC 8493 §2.1.3
 */
export function readHashList(text: string): HashList | undefined {
  const plain = text.replace(/^\ufeff/, "").slice(0, LIST_MAX);
  const lines = plain.split(/\r\n|\n|\r/);
  const list = plain.startsWith("%%%% HASHDEEP") ? hashdeep(lines) : (sums(lines) ?? csv(plain));
  return list && list.files.length > 0 && list.files.length <= FILES_MAX ? list : undefined;
}

function hashdeep(lines: readonly string[]): HashList | undefined {
  const columns =
    lines
      .find((line) => line.startsWith("%%%% size"))
      ?.slice(5)
      .split(",") ?? [];
  const files: ListedFile[] = [];
  const unread: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("%%%%") || line.startsWith("#")) continue;
    const values = line.split(",");
    // Only the name, which is last, may hold commas.
    const name = values.slice(columns.length - 1).join(",");
    const at = (column: string) => values[columns.indexOf(column)] ?? "";
    const digests = Object.assign(
      {},
      ...["md5", "sha1", "sha256"].filter((each) => columns.includes(each)).map((each) => named(at(each))),
    ) as Stated;
    if (name === "" || Object.keys(digests).length === 0 || !/^\d+$/.test(at("size"))) unread.push(index + 1);
    else files.push({ name, digests, bytes: Number(at("size")) });
  }
  return columns.length > 2 ? { form: "hashdeep", files, unread } : undefined;
}

const SUM = /^(\\?)([\da-fA-F]{32}|[\da-fA-F]{40}|[\da-fA-F]{64})[ \t]+\*?(.+)$/;
const BSD = /^(\\?)(MD5|SHA1|SHA256) \((.+)\) = ([\da-fA-F]+)$/;
function sums(lines: readonly string[]): HashList | undefined {
  const files: ListedFile[] = [];
  const unread: number[] = [];
  let isBsd = false;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, escape = "", hex = "", name = ""] = SUM.exec(line) ?? [];
    const [, escaped = "", algorithm = "", bsdName = "", digest = ""] = BSD.exec(line) ?? [];
    if (name !== "") files.push({ name: escape ? unescaped(name) : name, digests: named(hex) });
    else if (bsdName !== "" && BY_LENGTH[digest.length] === algorithm.toLowerCase()) {
      isBsd = true;
      files.push({ name: escaped ? unescaped(bsdName) : bsdName, digests: named(digest) });
    } else unread.push(index + 1);
    // A list is one from its first lines on.
    if (files.length === 0 && unread.length >= 5) return undefined;
  }
  return files.length === 0 ? undefined : { form: isBsd ? "bsd" : "sums", files: joined(files), unread };
}

/** Several lists in one (first all MD5, then all SHA-256) name each file several times. */
function joined(files: readonly ListedFile[]): ListedFile[] {
  const by = new Map<string, ListedFile>();
  for (const file of files) {
    const known = by.get(file.name);
    by.set(file.name, known ? { ...known, digests: { ...known.digests, ...file.digests } } : file);
  }
  return [...by.values()];
}

const NAME = /^(?:file ?_?-?name|file|name|path|file ?path|nom|fichier)$/i;
const SIZE = /^(?:size|bytes|file ?_?size|length|taille)/i;
function csv(text: string): HashList | undefined {
  const separator =
    [",", ";", "\t"]
      .map((each) => [each, (text.split("\n", 1)[0] ?? "").split(each).length] as const)
      .sort((a, b) => b[1] - a[1])[0]?.[0] ?? ",";
  let rows: string[][];
  try {
    rows = parse(text, {
      delimiter: separator,
      relax_column_count: true,
      skip_empty_lines: false,
      trim: true,
      to: FILES_MAX + 2,
    });
  } catch {
    return undefined;
  }
  const head = rows[0] ?? [];
  const nameAt = head.findIndex((each) => NAME.test(each));
  const sizeAt = head.findIndex((each) => SIZE.test(each));
  const digestsAt = head.flatMap((each, index) =>
    /md-?5|sha-?1|sha-?2|hash|digest|checksum/i.test(each) ? [index] : [],
  );
  if (nameAt === -1 || digestsAt.length === 0) return undefined;
  const files: ListedFile[] = [];
  const unread: number[] = [];
  for (const [index, row] of rows.entries()) {
    if (index === 0 || row.every((value) => value === "")) continue;
    const name = row[nameAt] ?? "";
    const digests = Object.assign(
      {},
      ...digestsAt
        .map((at) => row[at] ?? "")
        .filter((value) => /^[\da-fA-F]+$/.test(value))
        .map(named),
    ) as Stated;
    const size = sizeAt === -1 ? "" : (row[sizeAt] ?? "");
    if (name === "" || Object.keys(digests).length === 0) unread.push(index + 1);
    else files.push({ name, digests, ...(/^\d+$/.test(size) ? { bytes: Number(size) } : {}) });
  }
  return { form: "csv", files, unread };
}
