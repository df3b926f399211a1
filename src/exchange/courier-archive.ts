import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { END_BYTES, headerOf, paddingOf } from "../trust/folder-archive.ts";
import { Malformed } from "../trust/verify-errors.ts";

/** One thing in a courier's file: its name, how many bytes, and they. */
export interface Member {
  readonly name: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Members as a POSIX tar, so that whoever holds the key can look into it with `age` and `tar` alone. Throws where a body has another length than was said. */
export async function* archiveOf(members: AsyncIterable<Member>): AsyncGenerator<Uint8Array> {
  for await (const { name, size, body } of members) {
    yield headerOf({ name, type: "0", size, mode: 0o600, uid: 0, gid: 0, mtime: 0 });
    let written = 0;
    for await (const chunk of body) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== size) throw new Error(`${name} has ${written} bytes, not ${size}`);
    yield Buffer.alloc(paddingOf(size));
  }
  yield Buffer.alloc(END_BYTES);
}

const BLOCK = 512;
/** Longest extended header that is read, in bytes: it holds a size and a short name. */
const PAX_BYTES_MAX = 4_096;

/** Bytes of a stream, taken in pieces of the length asked for. */
class Taking {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }
  /** The next bytes, at most so many and at least one; `undefined` at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#source.next();
      if (done === true) return undefined;
      this.#held = Buffer.from(value);
    }
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }
  /** Exactly so many; throws `Malformed` where there are fewer. */
  async exactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0;) {
      const part = await this.some(left);
      if (!part) throw new Malformed("courier: the file ends too early");
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }
}

const numberIn = (block: Buffer): number => {
  const [, digits] = /^ *([0-7]{1,12})[ \0]*$/.exec(block.subarray(124, 136).toString("latin1")) ?? [];
  if (digits === undefined) throw new Malformed("courier: a member without a size");
  return Number.parseInt(digits, 8);
};

/** Reads members one after the other; what is not read of a body is passed over. Throws `Malformed`. */
export async function* membersOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Member> {
  const taking = new Taking(source);
  let told: { size?: number; path?: string } = {};
  for (;;) {
    const block = await taking.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const type = block.toString("latin1", 156, 157);
    const size = told.size ?? numberIn(block);
    if (type === "x") {
      if (size > PAX_BYTES_MAX) throw new Malformed("courier: a header is too large");
      told = paxOf((await taking.exactly(size)).toString("latin1"));
      await taking.exactly(paddingOf(size));
      continue;
    }
    const name = told.path ?? block.toString("latin1", 0, 100).replace(/\0.*$/s, "");
    told = {};
    let left = size;
    const body = (async function* () {
      while (left > 0) {
        const part = await taking.some(left);
        if (!part) throw new Malformed("courier: the file ends too early");
        left -= part.length;
        yield part;
      }
    })();
    yield { name, size, body };
    while (left > 0) {
      const part = await taking.some(left);
      if (!part) throw new Malformed("courier: the file ends too early");
      left -= part.length;
    }
    await taking.exactly(paddingOf(size));
  }
}

/** @source POSIX.1-2017 pax, “pax Extended Header” */
function paxOf(text: string): { size?: number; path?: string } {
  const [, size] = /\d+ size=(\d{1,15})\n/.exec(text) ?? [];
  const [, path] = /\d+ path=([^\n]{1,300})\n/.exec(text) ?? [];
  return { ...(size === undefined ? {} : { size: Number(size) }), ...(path === undefined ? {} : { path }) };
}

/** Writes a stream to a file, or to several (`FILE.001`, `FILE.002` …) of at most so many bytes each; gives their paths once they are on the disk. */
export async function writeParts(source: Readable, path: string, bytesMax: number | undefined): Promise<string[]> {
  const done: string[] = [];
  const nameOf = (n: number) => (bytesMax === undefined ? path : `${path}.${String(n).padStart(3, "0")}`);
  const begin = () => open(`${nameOf(done.length + 1)}.part`, "w", 0o600);
  let current: FileHandle | undefined;
  const finish = async () => {
    await current?.sync();
    await current?.close();
    const name = nameOf(done.length + 1);
    await rename(`${name}.part`, name);
    done.push(name);
  };
  try {
    let written = 0;
    current = await begin();
    for await (const chunk of source as AsyncIterable<Uint8Array>)
      for (let at = 0; at < chunk.length;) {
        if (bytesMax !== undefined && written >= bytesMax) {
          await finish();
          [current, written] = [await begin(), 0];
        }
        const part = chunk.subarray(at, bytesMax === undefined ? undefined : at + bytesMax - written);
        await current.writeFile(part);
        written += part.length;
        at += part.length;
      }
    await finish();
    return done;
  } catch (error) {
    source.destroy();
    await current?.close().catch(() => undefined);
    // A part of it is worth nothing, and might be carried for the whole.
    for (const each of [...done, `${nameOf(done.length + 1)}.part`]) await rm(each, { force: true });
    throw error;
  }
}
