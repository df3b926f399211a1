import { Worker } from "node:worker_threads";
import { type StoreFault, StoreFailure } from "../kernel/errors.ts";
import type { Part } from "./vault-read.ts";
import type { StoreSettings } from "./vault-store.ts";
import { Malformed } from "./verify-errors.ts";

/** Bytes of one shared block: a multiple of the chunk. */
export const RING_BLOCK_BYTES = 1_048_576;

/** The digests that are computed of evidence: SHA-256 proves, MD5 and SHA-1 are what other tools and lists know a file by. */
export const ALGORITHMS = ["md5", "sha1", "sha256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
/** One file's digests, hex. */
export type Digests = Readonly<Record<Algorithm, string>>;

/** What the main thread asks of a thread of the vault. `id` names digests in the making, the object that is written, or a reading. */
export type Order =
  | { readonly op: "hash.open"; readonly id: string; readonly algorithms: readonly Algorithm[] }
  | {
      readonly op: "hash.block";
      readonly ids: readonly string[];
      readonly block: SharedArrayBuffer;
      readonly bytes: number;
    }
  /** Answers with the digests in the order of `algorithms`, a blank between them. */
  | { readonly op: "hash.digest"; readonly id: string }
  | { readonly op: "hash.drop"; readonly id: string }
  | {
      readonly op: "verify";
      readonly parts: readonly Part[];
      readonly key: Uint8Array;
      readonly from: number;
      readonly to: number;
      /** Where SHA-256 stood at `from`; none at the beginning. */
      readonly state?: Uint8Array;
    }
  | { readonly op: "seal.open"; readonly id: string; readonly key: Uint8Array }
  | {
      readonly op: "seal.block";
      readonly id: string;
      readonly block: SharedArrayBuffer;
      readonly bytes: number;
      readonly isLast: boolean;
    }
  | { readonly op: "seal.flush"; readonly id: string }
  | { readonly op: "seal.close"; readonly id: string }
  | {
      readonly op: "read.open";
      readonly id: string;
      readonly parts: readonly Part[];
      readonly key: Uint8Array;
      readonly from: number;
      readonly to: number;
    }
  /** Fills the block; answers with the number of bytes, fewer than the block only at the end. */
  | { readonly op: "read.block"; readonly id: string; readonly block: SharedArrayBuffer }
  | { readonly op: "read.close"; readonly id: string };

/** A thread of the vault, spoken to by order and answer. Orders are begun in the order given. */
export interface Thread {
  readonly ask: (order: Order) => Promise<string>;
  readonly end: () => Promise<void>;
}

type WithBlock = Extract<Order, { block: SharedArrayBuffer }>;
/** An order as it travels: a block is named by its number, and goes along the first time only. To share one again each time costs the thread a collection. */
export type Sent =
  | {
      readonly number: number;
      readonly order: Exclude<Order, WithBlock> | NumberedBlock<WithBlock>;
      readonly fresh?: SharedArrayBuffer;
    }
  | { readonly gone: number };
type NumberedBlock<Each> = Each extends WithBlock ? Omit<Each, "block"> & { readonly block: number } : never;

/** What a thread says of one order. */
export interface Answer {
  readonly number: number;
  readonly value?: string | undefined;
  readonly error?: string;
  /** The store does not hold what was written, as against a fault of the machine. */
  readonly isMalformed?: boolean;
  /** Set where the store failed, rather than this program. */
  readonly fault?: StoreFault;
}

/** Starts a thread that opens the store for itself. It does not keep the process alive. */
export function startThread(store: StoreSettings): Thread {
  const file = import.meta.url.endsWith(".ts") ? "./vault-worker.ts" : "./vault-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), { workerData: { store } });
  const waiting = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const blocks = new WeakMap<SharedArrayBuffer, number>();
  const send = (message: Sent) => worker.postMessage(message);
  // A block that nobody uses here any more is let go there too.
  const letGo = new FinalizationRegistry((gone: number) => send({ gone }));
  let next = 0;
  let nextBlock = 0;
  let failure: Error | undefined;
  const post = (number: number, order: Order): void => {
    if (!("block" in order)) return send({ number, order });
    const { block } = order;
    const known = blocks.get(block);
    if (known !== undefined) return send({ number, order: { ...order, block: known } });
    const fresh = nextBlock++;
    blocks.set(block, fresh);
    letGo.register(block, fresh);
    send({ number, order: { ...order, block: fresh }, fresh: block });
  };
  const fail = (error: Error) => {
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on("message", ({ number, value, error, isMalformed, fault }: Answer) => {
    const waiter = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) waiter?.resolve(value ?? "");
    else if (fault !== undefined) waiter?.reject(new StoreFailure(fault, error));
    else waiter?.reject(isMalformed ? new Malformed(error) : new Error(error));
    if (waiting.size === 0) worker.unref();
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(new Error("the vault's thread has ended")));
  worker.unref();
  return {
    ask: (order) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const number = next++;
        waiting.set(number, { resolve, reject });
        worker.ref();
        post(number, order);
      }),
    end: async () => {
      await worker.terminate();
    },
  };
}
