import { closeSync, constants, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { open, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Malformed } from "./verify-errors.ts";

/** Reads one object anywhere. */
export interface StoredObject {
  /** At most `length` bytes from `offset`; fewer only where the object ends. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
  readonly close: () => Promise<void>;
}
/** Writes one object, front to back. */
export interface Sink {
  readonly write: (bytes: Uint8Array) => void;
  /** Resolves when everything written before the call would survive a loss of power. */
  readonly flush: () => Promise<void>;
  /** Flushes, the object's name too, and lets go. */
  readonly close: () => Promise<void>;
}
/** Where the vault's objects lie. Objects are written once, never changed; the directory is one such store, a bucket would be another. */
export interface ObjectStore {
  readonly create: (name: string) => Sink;
  /** Throws `Malformed` where there is no such object. */
  readonly open: (name: string) => Promise<StoredObject>;
  /** Nothing happens where there is none. */
  readonly remove: (name: string) => Promise<void>;
}

const NAME = /^[\da-f-]{36}$/;
const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

function flushFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A store in a directory that only the node can read. Names spread over 256 folders; an object is durable when its sink is closed. */
export function openDirectory(folder: string): ObjectStore {
  const pathOf = (name: string): string => {
    if (!NAME.test(name)) throw new Malformed("an object's name is a UUID");
    return join(folder, name.slice(-2), name);
  };
  const makeFolder = (path: string): void => {
    const made = mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // A folder that a crash takes back takes the object with it: its own name is made durable in the folder above.
    if (made !== undefined) flushFolder(dirname(made));
    if (made !== undefined && made !== dirname(path)) flushFolder(folder);
  };
  return {
    create: (name) => {
      const path = pathOf(name);
      makeFolder(path);
      const handle = openSync(path, "wx", 0o600);
      flushFolder(dirname(path));
      const flush = () =>
        new Promise<void>((resolve, reject) => fdatasync(handle, (error) => (error ? reject(error) : resolve())));
      return {
        write: (bytes) => {
          for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
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
    },
    open: async (name) => {
      const handle = await open(pathOf(name), "r").catch((error: unknown) => {
        throw isMissing(error) ? new Malformed("the store has lost an object") : error;
      });
      return {
        read: async (offset, length) => {
          const buffer = Buffer.allocUnsafe(length);
          let read = 0;
          while (read < length) {
            const { bytesRead } = await handle.read(buffer, read, length - read, offset + read);
            if (bytesRead === 0) break;
            read += bytesRead;
          }
          return buffer.subarray(0, read);
        },
        close: () => handle.close(),
      };
    },
    remove: (name) =>
      unlink(pathOf(name)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      }),
  };
}
