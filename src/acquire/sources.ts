import { closeSync, constants, fstatSync, openSync, read, readSync, type BigIntStats, statSync } from "node:fs";
import { hostname } from "node:os";
import { basename, resolve } from "node:path";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { Failure } from "./failure.ts";
import type { FromFolder, ToFolder } from "./folder-worker.ts";
import { codeOf, type Listed } from "./folder-list.ts";
import { startThread } from "./hashing.ts";
import type { Progress } from "./progress.ts";

/** What is acquired: its name, its length where that is known, and its bytes from the first on. */
export interface Source {
  readonly kind: "file" | "folder" | "pipe" | "bucket";
  readonly name: string;
  readonly media: string;
  /** Bytes; `undefined` for a pipe. */
  readonly bytes: number | undefined;
  /** What must be the same for a broken acquisition to be gone on with; `undefined` where it can't be read twice. */
  readonly mark: string | undefined;
  /** Where it is, for the record. */
  readonly place: string;
  /** The bytes, from the first on. `resumedAt`: so many of them the desk has from an earlier run. */
  readonly read: (resumedAt: number) => AsyncIterable<Uint8Array>;
  /** What was not as it should be while reading, so far. */
  readonly troubles: () => number;
  /** Facts of the source that the acquisition records. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly end: () => Promise<void>;
}

const BLOCK_BYTES = 1_048_576;
const readAt = promisify(read);
const here = (path: string): string => `${hostname()}:${path}`;

/**
 * A file or a device. It is opened once: what is looked at before, read, and looked at after is the same thing, whatever becomes of
 * its name meanwhile.
 */
export function openFile(path: string): Source {
  const full = resolve(path);
  const stat = demandFile(path);
  const handle = openOnce(path);
  const bytes = stat.isBlockDevice() ? deviceBytes(handle) : Number(stat.size);
  let isOpen = true;
  return {
    kind: "file",
    name: basename(full),
    media: "application/octet-stream",
    bytes,
    mark: markOf(stat, bytes),
    place: here(full),
    read: () => fileBytes(handle, path, bytes),
    troubles: () => 0,
    facts: {},
    end: async () => {
      if (!isOpen) return;
      isOpen = false;
      const after = fstatSync(handle, { bigint: true });
      closeSync(handle);
      if (markOf(after, stat.isBlockDevice() ? bytes : Number(after.size)) !== markOf(stat, bytes))
        throw new Failure(
          `${path} was changed while it was read. Make sure that nothing writes to it, and run the command again.`,
        );
    },
  };
}

/** What stands at the path. A `Failure` where nothing does, or it can't be looked at. */
export function thingAt(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    // What is no UTF-8 reaches a command as U+FFFD, under which name there is nothing.
    if (codeOf(error) === "ENOENT" && path.includes("\ufffd"))
      throw new Failure(
        `${path} can't be named on the command line, because its name is no UTF-8. Acquire the folder that it is in, which keeps the name's bytes, or pass its bytes through standard input: comity acquire - --name NAME < FILE`,
        2,
      );
    throw new Failure(`${path} can't be read (${codeOf(error)}).`, 2);
  }
}

/** A thing that has a length: bytes that are made as they are read would give an exhibit of nothing. */
function demandFile(path: string): BigIntStats {
  const stat = thingAt(path);
  if (stat.isFile() || stat.isBlockDevice()) return stat;
  throw new Failure(
    `${path} is no file, but a pipe, a socket or a character device, which has no length. Pass its bytes through standard input: comity acquire - --name NAME < ${path}`,
    2,
  );
}

/** Opens for reading, where it is allowed without changing the time of the last reading. */
function openOnce(path: string): number {
  try {
    try {
      return openSync(path, constants.O_RDONLY | constants.O_NOATIME);
    } catch (error) {
      // Only the owner may ask for it.
      if (codeOf(error) !== "EPERM") throw error;
      return openSync(path, constants.O_RDONLY);
    }
  } catch (error) {
    throw new Failure(`${path} can't be read (${codeOf(error)}).`, 2);
  }
}

const markOf = (stat: BigIntStats, bytes: number): string => `${stat.dev} ${stat.ino} ${bytes} ${stat.mtimeNs}`;

/** Length of a block device: the farthest byte that can be read. */
function deviceBytes(handle: number): number {
  const byte = Buffer.alloc(1);
  const isThere = (at: number): boolean => readSync(handle, byte, 0, 1, at) === 1;
  let low = 0;
  let high = 512;
  while (isThere(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isThere(middle)) low = middle;
    else high = middle;
  }
  return isThere(0) ? low + 1 : 0;
}

async function* fileBytes(handle: number, path: string, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes;) {
    const { bytesRead, buffer } = await readAt(
      handle,
      Buffer.allocUnsafeSlow(BLOCK_BYTES),
      0,
      Math.min(BLOCK_BYTES, bytes - at),
      at,
    );
    if (bytesRead === 0) throw new Failure(`${path} became shorter while it was read.`);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
  // A file of the system says that it is empty, and is not.
  const { bytesRead } = await readAt(handle, Buffer.alloc(1), 0, 1, bytes);
  if (bytesRead > 0)
    throw new Failure(
      `${path} holds more than the ${bytes} bytes that it said it has. Something writes to it, or the system makes it as it is read: then pass its bytes through standard input, comity acquire - --name NAME < ${path}`,
    );
}

/** Standard input: read once, so it can't be gone on with in another run. */
export function openPipe(name: string, input: AsyncIterable<Uint8Array>): Source {
  return {
    kind: "pipe",
    name,
    media: "application/octet-stream",
    bytes: undefined,
    mark: undefined,
    place: `${hostname()}: standard input`,
    read: () => input,
    troubles: () => 0,
    facts: {},
    end: () => Promise.resolve(),
  };
}

/** A folder: listed and read by a thread of its own. `work` is where its list lies; with `listed`, an earlier run made it. */
export async function openFolder(
  path: string,
  work: { readonly list: string; readonly results: string; readonly listed: Listed | undefined },
  progress: Progress,
): Promise<Source & { readonly listed: Listed }> {
  const folder = resolve(path);
  const { list, results } = work;
  const worker = startThread("folder-worker", { folder, list, results });
  const listed = work.listed ?? (await listing(worker, path, progress));
  let troubles = 0;
  const SHOWN_MAX = 20;
  return {
    kind: "folder",
    name: `${basename(folder) || "root"}.tar`,
    media: "application/x-tar",
    bytes: listed.archiveBytes,
    mark: "folder",
    place: here(folder),
    listed,
    read: (resumedAt) =>
      blocks(worker, { listed, resumedAt }, (at, why) => {
        troubles += 1;
        if (troubles <= SHOWN_MAX) progress.say(`Not whole: ${at} (${why}). The list of the exhibit says so.`);
        if (troubles === SHOWN_MAX + 1) progress.say("More is not whole; the list of the exhibit says what.");
      }),
    troubles: () => troubles,
    facts: { form: "folder", things: listed.entries, bytes_of_files: listed.bytes },
    end: async () => {
      await worker.terminate();
    },
  };
}

const tell = (worker: Worker, message: ToFolder): void => worker.postMessage(message);

function listing(worker: Worker, path: string, progress: Progress): Promise<Listed> {
  return new Promise((give, fail) => {
    const hear = (message: FromFolder): void => {
      if (message.say === "listing") return progress.say(`Listing ${path}: ${message.entries} things …`);
      worker.off("message", hear);
      if (message.say === "listed") return give(message.listed);
      return fail(new Failure(message.say === "failed" ? message.why : "the folder could not be listed"));
    };
    worker.on("message", hear);
    worker.once("error", fail);
    tell(worker, { say: "list" });
  });
}

async function* blocks(
  worker: Worker,
  from: { readonly listed: Listed; readonly resumedAt: number },
  onTrouble: (path: string, why: string) => void,
): AsyncGenerator<Uint8Array> {
  const waiting: FromFolder[] = [];
  let wake: (() => void) | undefined;
  const hear = (message: FromFolder): void => {
    if (message.say === "trouble") return onTrouble(message.path, message.why);
    waiting.push(message);
    return wake?.();
  };
  worker.on("message", hear);
  worker.once("error", (error) => hear({ say: "failed", why: error instanceof Error ? error.message : String(error) }));
  tell(worker, { say: "stream", ...from });
  for (;;) {
    const message = waiting.shift();
    if (!message) {
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    switch (message.say) {
      case "block":
        yield message.block;
        tell(worker, { say: "more" });
        break;
      case "end":
        return;
      case "differs":
        throw new Failure(
          `${message.path} has changed since the acquisition began, so it can't be gone on with. Run the command with --anew to begin again.`,
        );
      case "failed":
        throw new Failure(`The folder could not be read to its end: ${message.why}`);
      default:
        break;
    }
  }
}
