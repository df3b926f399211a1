import { parse } from "csv-parse";
import { Readable, Transform } from "node:stream";
import type { Kind } from "./hash-set.ts";

/** One hash of a list. */
export interface Hash {
  readonly kind: Kind;
  /** 16, 20 or 32 bytes; 32 for a perceptual one. */
  readonly bytes: Buffer;
}
/** What reading a list came to, as it goes on. */
export interface Progress {
  /** Bytes of the list that were read. */
  readonly bytes: number;
  readonly lines: number;
  /** Lines without a hash, or with one that is none. */
  readonly passedOver: number;
}
/** How a list is to be read where it does not say so itself. */
export interface Reading {
  /** Hashes of 64 digits are perceptual (PDQ), not SHA-256. */
  readonly perceptual?: boolean;
  /** Of a list with categories (Project VIC): those to take; all by default. */
  readonly categories?: readonly number[];
  readonly onProgress?: (progress: Progress) => Promise<void> | void;
}

const DIGITS: Readonly<Record<number, Kind>> = { 32: "md5", 40: "sha1", 64: "sha256" };
const HEX = /^[\da-fA-F]+$/;
const LINE_MAX = 65_536;
const TOLD_EVERY = 200_000;

/** Raised where a list is none that can be read: the sentence is `refusal.<key>`. */
export class NoList extends Error {
  override name = "NoList";
  readonly key: "hash-list-unknown" | "hash-list-empty";
  constructor(key: NoList["key"]) {
    super(key);
    this.key = key;
  }
}

/**
 * Every hash of a list, as it streams by: plain lists (`<hash>`, `<hash>  name`), `hashdeep`, CSV with a head that names its columns (NSRL
 * RDS: "SHA-1","MD5",…), and JSON of Project VIC. Which it is, its first bytes say. Throws `NoList` where it is none of them.
 *
 * @yields a hash
 * @source NIST NSRL RDS Data Formats of files (2.x); hashdeep(1); VICS 2.0
 */
export async function* hashesIn(source: AsyncIterable<Uint8Array>, reading: Reading = {}): AsyncGenerator<Hash> {
  const counted = new Counting(reading);
  const lines = source[Symbol.asyncIterator]();
  try {
    const { value, done } = await lines.next();
    if (done) throw new NoList("hash-list-empty");
    const head = Buffer.from(value)
      .toString("latin1", 0, 4_096)
      .replace(/^\u00ef\u00bb\u00bf/, "");
    const whole = (async function* () {
      counted.bytes += value.length;
      yield Buffer.from(value);
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        counted.bytes += next.value.length;
        yield Buffer.from(next.value);
      }
    })();
    const [first = ""] = head.split(/\r?\n/, 1);
    if (/^\s*[{[]/.test(head)) yield* vics(whole, counted);
    else if (first.startsWith("%%%% HASHDEEP-")) yield* hashdeep(whole, counted);
    else if (columnsOf(first).size > 0) yield* csv(whole, counted);
    else if (
      kindOf(
        /^\s*\\?([\da-fA-F]+)/.exec(
          first.startsWith("#")
            ? (head.split(/\r?\n/).find((each) => each !== "" && !each.startsWith("#")) ?? "")
            : first,
        )?.[1] ?? "",
        reading,
      )
    )
      yield* plain(whole, counted);
    else throw new NoList("hash-list-unknown");
    await counted.tell();
  } finally {
    // A list that is given up is let go of, wherever it comes from.
    await lines.return?.();
  }
}

class Counting implements Progress {
  bytes = 0;
  lines = 0;
  passedOver = 0;
  readonly reading: Reading;
  constructor(reading: Reading) {
    this.reading = reading;
  }
  tell = async (): Promise<void> => reading(this);
}
const reading = async (counted: Counting): Promise<void> => {
  const { bytes, lines, passedOver } = counted;
  await counted.reading.onProgress?.({ bytes, lines, passedOver });
};

function kindOf(text: string, { perceptual = false }: Reading): Kind | undefined {
  const kind = HEX.test(text) ? DIGITS[text.length] : undefined;
  return kind === "sha256" && perceptual ? "pdq" : kind;
}

/** Lines of a stream of bytes, without their ends; endless ones are cut. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of source) {
    const text = rest + piece.toString("latin1");
    let from = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      yield text.slice(from, text.charCodeAt(end - 1) === 13 && end > from ? end - 1 : end);
      from = end + 1;
    }
    rest = text.slice(from, from + LINE_MAX);
  }
  if (rest !== "") yield rest;
}

async function* plain(source: AsyncIterable<Buffer>, counted: Counting): AsyncGenerator<Hash> {
  for await (const line of linesOf(source)) {
    if (line === "" || line.startsWith("#")) continue;
    counted.lines += 1;
    if (counted.lines % TOLD_EVERY === 0) await counted.tell();
    // md5sum marks names with odd characters by a backslash before the hash.
    const from = line.startsWith("\\") ? 1 : 0;
    const end = /[^\da-fA-F]/.exec(line.slice(from))?.index ?? line.length - from;
    const text = line.slice(from, from + end);
    const kind = kindOf(text, counted.reading);
    const follows = line.charAt(from + end);
    if (kind && (follows === "" || follows === " " || follows === "," || follows === "\t" || follows === ";"))
      yield { kind, bytes: Buffer.from(text, "hex") };
    else counted.passedOver += 1;
  }
}

async function* hashdeep(source: AsyncIterable<Buffer>, counted: Counting): AsyncGenerator<Hash> {
  let columns: (Kind | undefined)[] = [];
  for await (const line of linesOf(source)) {
    if (line.startsWith("%%%% ")) {
      const names = line.slice(5).split(",");
      if (names[0] === "size") columns = names.map((name) => COLUMNS[name.toLowerCase()]);
      continue;
    }
    if (line === "" || line.startsWith("##")) continue;
    counted.lines += 1;
    if (counted.lines % TOLD_EVERY === 0) await counted.tell();
    // The name comes last, and may hold commas.
    const values = line.split(",", columns.length);
    const found = columns.flatMap((kind, index) => hashAt(kind, values[index] ?? ""));
    if (found.length === 0) counted.passedOver += 1;
    yield* found;
  }
}

const COLUMNS: Readonly<Record<string, Kind>> = {
  md5: "md5", "sha-1": "sha1", sha1: "sha1", "sha-256": "sha256", sha256: "sha256", pdq: "pdq", "pdq hash": "pdq", pdq_hash: "pdq",
}; // prettier-ignore
const hashAt = (kind: Kind | undefined, text: string): Hash[] => {
  const digits = { md5: 32, sha1: 40, sha256: 64, pdq: 64 };
  return kind && text.length === digits[kind] && HEX.test(text) ? [{ kind, bytes: Buffer.from(text, "hex") }] : [];
};

/** Which columns of a head name hashes, by their place. */
function columnsOf(head: string): Map<number, Kind> {
  const names = head.split(/[,;\t]/).map((name) => name.replaceAll('"', "").trim().toLowerCase());
  return new Map(names.flatMap((name, index) => (COLUMNS[name] ? [[index, COLUMNS[name]] as const] : [])));
}

async function* csv(source: AsyncIterable<Buffer>, counted: Counting): AsyncGenerator<Hash> {
  let columns: Map<number, Kind> | undefined;
  // Names in old lists hold quotes that nobody closed: a line is a row, whatever stands in it.
  const rows = Readable.from(source)
    .pipe(new Transform({ transform: (piece: Buffer, _encoding, next) => next(null, piece) }))
    .pipe(
      parse({
        bom: true,
        relax_quotes: true,
        relax_column_count: true,
        skip_records_with_error: true,
        delimiter: [",", ";", "\t"],
        max_record_size: LINE_MAX,
        encoding: "latin1",
      }),
    );
  for await (const row of rows as AsyncIterable<string[]>) {
    if (!columns) {
      columns = columnsOf(row.join(","));
      continue;
    }
    counted.lines += 1;
    if (counted.lines % TOLD_EVERY === 0) await counted.tell();
    const found = [...columns].flatMap(([index, kind]) => hashAt(kind, row[index]?.trim() ?? ""));
    if (found.length === 0) counted.passedOver += 1;
    yield* found;
  }
}

const OBJECT_MAX = 1_048_576;

/** So much of an object is seen before it is told whether it is a medium. */
const BEGIN_CHARACTERS = 64;
const MEDIUM = /^\{\s*"(?:MediaID|MD5|SHA1|Category)"/i;

/** Cuts the objects of media out of JSON as it comes: a list of millions is never in memory whole. */
class Media {
  #text = "";
  #at = 0;
  #depth = 0;
  #start = -1;
  #inString = false;
  #isEscaped = false;
  /** The objects that are whole now. `isLast`: nothing follows. Throws `NoList` where one has no end in sight. */
  *add(piece: string, isLast = false): Generator<Record<string, unknown>> {
    this.#text += piece;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const each = this.#text.charCodeAt(this.#at);
      if (this.#inString) this.#within(each);
      else if (each === 34) this.#inString = true;
      else if (each === 123) {
        if (this.#start === -1 && !isLast && this.#text.length - this.#at < BEGIN_CHARACTERS) break;
        this.#depth += 1;
        if (this.#start === -1 && MEDIUM.test(this.#text.slice(this.#at, this.#at + BEGIN_CHARACTERS)))
          [this.#start, this.#depth] = [this.#at, 1];
      } else if (each === 125) {
        this.#depth -= 1;
        if (this.#start !== -1 && this.#depth === 0) yield this.#object();
      }
    }
    if (this.#start !== -1 && this.#at - this.#start > OBJECT_MAX) throw new NoList("hash-list-unknown");
    const done = this.#start === -1 ? this.#at : this.#start;
    this.#text = this.#text.slice(done);
    this.#at -= done;
    if (this.#start !== -1) this.#start = 0;
  }
  #within(each: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (each === 92) this.#isEscaped = true;
    else if (each === 34) this.#inString = false;
  }
  #object(): Record<string, unknown> {
    const text = this.#text.slice(this.#start, this.#at + 1);
    this.#start = -1;
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      return {};
    }
  }
}

async function* objectsIn(source: AsyncIterable<Buffer>): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder();
  const media = new Media();
  for await (const piece of source) yield* media.add(decoder.decode(piece, { stream: true }));
  yield* media.add("", true);
}

async function* vics(source: AsyncIterable<Buffer>, counted: Counting): AsyncGenerator<Hash> {
  const { categories } = counted.reading;
  for await (const medium of objectsIn(source)) {
    counted.lines += 1;
    if (counted.lines % TOLD_EVERY === 0) await counted.tell();
    const values = Object.fromEntries(Object.entries(medium).map(([name, value]) => [name.toLowerCase(), value]));
    if (categories && categories.length > 0 && !categories.includes(Number(values["category"]))) {
      counted.passedOver += 1;
      continue;
    }
    const others = Array.isArray(values["hashes"]) ? (values["hashes"] as Record<string, unknown>[]) : [];
    const found = [
      ...(["md5", "sha1", "sha256"] as const).flatMap((kind) => hashAt(kind, String(values[kind] ?? ""))),
      ...others.flatMap((each) =>
        hashAt(COLUMNS[String(each["HashName"] ?? "").toLowerCase()], String(each["HashValue"] ?? "")),
      ),
    ];
    if (found.length === 0) counted.passedOver += 1;
    yield* found;
  }
}
