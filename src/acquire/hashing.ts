import { Worker } from "node:worker_threads";

/** Three digests of the same bytes, hex. */
export interface Digests {
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}
/** Digests in the making, in a thread of their own. */
export interface LocalHashing {
  /** Resolves when there is room for more. The bytes are copied: the caller may use the block again. */
  readonly update: (block: Uint8Array) => Promise<void>;
  readonly digests: () => Promise<Digests>;
  readonly end: () => Promise<void>;
}

/** Blocks that may wait for the thread. */
const WAITING_MAX = 16;

/** Starts a thread file beside this module, compiled or not. */
export const startThread = (name: string, workerData?: unknown): Worker =>
  new Worker(new URL(`./${name}.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url), { workerData });

/** Opens a hashing thread. It must be ended. */
export function openHashing(): LocalHashing {
  const worker = startThread("hash-worker");
  let waiting = 0;
  let wake: (() => void) | undefined;
  let failure: Error | undefined;
  let settle: ((digests: Digests) => void) | undefined;
  let give: ((error: Error) => void) | undefined;
  worker.on("message", (message: Digests | "done") => {
    if (message !== "done") return settle?.(message);
    waiting -= 1;
    return wake?.();
  });
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
    wake?.();
    give?.(failure);
  });
  return {
    update: async (block) => {
      while (waiting >= WAITING_MAX && !failure) await new Promise<void>((resolve) => (wake = resolve));
      if (failure) throw failure;
      waiting += 1;
      worker.postMessage(block);
    },
    digests: () =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        settle = resolve;
        give = reject;
        return worker.postMessage("digests");
      }),
    end: async () => {
      await worker.terminate();
    },
  };
}
