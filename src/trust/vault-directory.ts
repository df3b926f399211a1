import { closeSync, constants, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { open, opendir, stat, statfs, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StoreFailure } from "../kernel/errors.ts";
import {
  demandName,
  isName,
  type Listed,
  lost,
  type ObjectStore,
  type Sink,
  type StoredObject,
} from "./vault-store.ts";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

/** What the disk says, as the store's own failure. */
function failureOf(error: unknown): StoreFailure {
  if (error instanceof StoreFailure) return error;
  const isFull = ["ENOSPC", "EDQUOT"].includes(codeOf(error));
  return new StoreFailure(isFull ? "full" : "broken", `the vault's folder: ${String(error)}`, { cause: error });
}

/** Runs what touches the disk; what goes wrong is the store's failure. */
function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw failureOf(error);
  }
}

function flushFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * A file in the making. Linux tells of a failed write-back once and then holds the pages for clean: a flush that succeeds after
 * one that failed proves nothing. So the first failure is final, and flushes run one after the other.
 */
function sinkOf(handle: number): Sink {
  let failure: StoreFailure | undefined;
  let written = 0;
  let flushing = Promise.resolve();
  const fail = (error: unknown): StoreFailure => (failure ??= failureOf(error));
  const flush = async (): Promise<number> => {
    const before = flushing;
    const done = Promise.withResolvers<void>();
    flushing = done.promise;
    await before;
    try {
      if (failure) throw failure;
      const upTo = written;
      await new Promise<void>((resolve, reject) =>
        fdatasync(handle, (error) => (error ? reject(fail(error)) : resolve())),
      );
      return upTo;
    } finally {
      done.resolve();
    }
  };
  return {
    write: async (bytes) => {
      if (failure) throw failure;
      try {
        for (let done = 0; done < bytes.length;)
          done += writeSync(handle, bytes, done, bytes.length - done, written + done);
      } catch (error) {
        throw fail(error);
      }
      written += bytes.length;
    },
    flush,
    close: async () => {
      try {
        await flush();
      } finally {
        closeSync(handle);
      }
    },
  };
}

async function openFile(path: string): Promise<StoredObject> {
  const handle = await open(path, "r").catch((error: unknown) => {
    throw isMissing(error) ? lost() : failureOf(error);
  });
  return {
    read: async (offset, length) => {
      const buffer = Buffer.allocUnsafe(length);
      let read = 0;
      try {
        while (read < length) {
          const { bytesRead } = await handle.read(buffer, read, length - read, offset + read);
          if (bytesRead === 0) break;
          read += bytesRead;
        }
      } catch (error) {
        throw failureOf(error);
      }
      return buffer.subarray(0, read);
    },
    close: () => handle.close(),
  };
}

async function* filesOf(folder: string): AsyncGenerator<Listed> {
  for await (const shelf of await opendir(folder)) {
    if (!shelf.isDirectory()) continue;
    for await (const { name } of await opendir(join(folder, shelf.name))) {
      if (!isName(name)) continue;
      // One that was removed since is not there: that is what the list says.
      const found = await stat(join(folder, shelf.name, name)).catch((error: unknown) => {
        if (!isMissing(error)) throw failureOf(error);
      });
      if (found)
        yield { name, bytes: found.size, at: Temporal.Instant.fromEpochMilliseconds(Math.floor(found.mtimeMs)) };
    }
  }
}

/** A store in a directory that only the node can read. Names spread over 256 folders; an object is durable when its sink is closed. */
export function openDirectory(folder: string): ObjectStore {
  onDisk(() => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  const pathOf = (name: string): string => join(folder, demandName(name).slice(-2), name);
  const makeFolder = (path: string): void => {
    const made = mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // A folder that a crash takes back takes the object with it: its own name is made durable in the folder above.
    if (made !== undefined) flushFolder(dirname(made));
    if (made !== undefined && made !== dirname(path)) flushFolder(folder);
  };
  return {
    create: (name) => {
      const path = pathOf(name);
      return onDisk(() => {
        makeFolder(path);
        const handle = openSync(path, "wx", 0o600);
        try {
          flushFolder(dirname(path));
        } catch (error) {
          closeSync(handle);
          throw error;
        }
        return sinkOf(handle);
      });
    },
    open: (name) => openFile(pathOf(name)),
    remove: (name) =>
      unlink(pathOf(name)).catch((error: unknown) => {
        if (!isMissing(error)) throw failureOf(error);
      }),
    list: () => filesOf(folder),
    room: async () => {
      const disk = await statfs(folder);
      return disk.bavail * disk.bsize;
    },
    ahead: 1,
    end: () => undefined,
  };
}
