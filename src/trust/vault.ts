import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { monotonic } from "../kernel/clock.ts";
import { KEY_BYTES, plainBytesWithin } from "./chunked.ts";
import { seal, unseal } from "./seal.ts";
import { openStore } from "./vault-open.ts";
import { RING_BLOCK_BYTES, startThread, type Thread } from "./vault-orders.ts";
import { bytesOf, type Part, readParts } from "./vault-read.ts";
import type { ObjectStore, StoreSettings } from "./vault-store.ts";

export type { Part } from "./vault-read.ts";

/** A digest in the making, kept in a thread of the vault. Must be dropped when it is no longer needed. */
export interface Hashing {
  readonly id: string;
  /** Hex of what was hashed so far. */
  readonly digest: () => Promise<string>;
  /** The same state under another name: to come back to when what follows is refused. */
  readonly copy: () => Promise<Hashing>;
  readonly drop: () => void;
}
/** What came of writing one part. */
export interface Written {
  readonly part: Part;
  /** The source broke off; what came before is kept. */
  readonly broken: boolean;
  /** The source went on beyond the limit; the part must be discarded. */
  readonly overflown: boolean;
}
export interface Writing {
  /** Name of the object that is made: `newObject()`, so that it can be noted before anything is written. */
  readonly object: string;
  readonly dataKey: Buffer;
  /** Fed with every byte that is written. */
  readonly hashings: readonly Hashing[];
  readonly bytesMax: number;
  /** Told how many bytes of this part are durable, whole chunks, every 64 MiB or second. */
  readonly onDurable?: (bytes: number) => Promise<void>;
}

/** The node's store of bytes: encrypted at rest, durable before it answers, readable anywhere, verified at every read. */
export interface Vault {
  readonly newObject: () => string;
  /** 32 random bytes, one for each blob. */
  readonly newDataKey: () => Buffer;
  /** Encrypts and writes a source as one part. When it resolves, the part would survive a loss of power. */
  readonly write: (source: AsyncIterable<Uint8Array>, writing: Writing) => Promise<Written>;
  /** A digest that begins with what the parts hold (none for a new one), read again and verified. */
  readonly hashing: (
    algorithm: "sha256" | "sha1",
    before?: { readonly dataKey: Buffer; readonly parts: readonly Part[] },
  ) => Promise<Hashing>;
  /** Plaintext of a range (default all), verified. Throws `Malformed` where the store does not hold what was written. */
  readonly read: (
    dataKey: Buffer,
    parts: readonly Part[],
    range?: { readonly from: number; readonly to: number },
  ) => AsyncGenerator<Buffer>;
  readonly remove: (object: string) => Promise<void>;
  /** Where the objects lie; for what looks after them. */
  readonly store: ObjectStore;
  readonly settings: StoreSettings;
  /** A data key under the vault's key, bound to its holder (`item:<id>`): it opens for no other. */
  readonly wrap: (dataKey: Buffer, holder: string) => Buffer;
  readonly unwrap: (wrapped: Buffer, holder: string) => Buffer;
  /** Words about what a holder holds (a file's name, its digests), sealed to it; and opened again. */
  readonly sealWords: (words: string, holder: string) => Buffer;
  readonly openWords: (sealed: Buffer, holder: string) => string;
  /** What the node knows equal contents by; tells nobody else anything. */
  readonly addressOf: (sha256: string) => Buffer;
  readonly close: () => Promise<void>;
}

const BLOCKS = 4;
const FLUSH_BYTES = 67_108_864;
/** Over a slow line so many bytes take minutes: what came is made durable after so long at the latest, in milliseconds. */
const FLUSH_MS = 1_000;

/** Opens the vault in a folder, which is made where there is none, or a bucket. `keys` are the node's: they must not change while it holds anything. */
export function openVault(settings: StoreSettings, keys: { readonly vault: Buffer; readonly address: Buffer }): Vault {
  const store = openStore(settings);
  let threads: { readonly hash: Thread; readonly seal: Thread } | undefined;
  const working = () => (threads ??= { hash: startThread(settings), seal: startThread(settings) });
  const hashingOf = (id: string): Hashing => ({
    id,
    digest: () => working().hash.ask({ op: "hash.digest", id }),
    copy: async () => {
      const to = randomUUID();
      await working().hash.ask({ op: "hash.copy", id, to });
      return hashingOf(to);
    },
    drop: () =>
      void working()
        .hash.ask({ op: "hash.drop", id })
        .catch(() => undefined),
  });
  return {
    newObject: randomUUID,
    newDataKey: () => randomBytes(KEY_BYTES),
    write: (source, writing) => write(working(), source, writing),
    hashing: async (algorithm, before) => {
      const id = randomUUID();
      await working().hash.ask({ op: "hash.open", id, algorithm });
      if (before && before.parts.length > 0)
        await working().hash.ask({ op: "hash.parts", id, parts: before.parts, key: before.dataKey });
      return hashingOf(id);
    },
    read: (dataKey, parts, range) => readParts(store, dataKey, parts, range ?? { from: 0, to: bytesOf(parts) }),
    remove: (object) => store.remove(object),
    store,
    settings,
    wrap: (dataKey, holder) => seal(keys.vault, dataKey, `vault:${holder}`),
    unwrap: (wrapped, holder) => unseal(keys.vault, wrapped, `vault:${holder}`),
    sealWords: (words, holder) => seal(keys.address, words, `words:${holder}`),
    openWords: (sealed, holder) => unseal(keys.address, sealed, `words:${holder}`).toString(),
    addressOf: (sha256) => createHmac("sha256", keys.address).update(Buffer.from(sha256, "hex")).digest(),
    close: async () => {
      await Promise.all([threads?.hash.end(), threads?.seal.end()]);
      threads = undefined;
      store.end();
    },
  };
}

/** Shared blocks that the two threads read while the main thread fills the next. */
class Ring {
  readonly #free: SharedArrayBuffer[] = Array.from({ length: BLOCKS }, () => new SharedArrayBuffer(RING_BLOCK_BYTES));
  readonly #busy = new Set<Promise<void>>();
  #failure: unknown;

  /** Hands out a block, waiting until a thread is done with one. */
  async take(): Promise<SharedArrayBuffer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const block = this.#free.pop();
      if (block) return block;
      await Promise.race(this.#busy);
    }
  }

  /** The block is free again when `work` on it is done. */
  lend(block: SharedArrayBuffer, work: readonly Promise<string>[]): void {
    const done: Promise<void> = Promise.all(work).then(
      () => {
        this.#free.push(block);
        this.#busy.delete(done);
      },
      (error: unknown) => {
        this.#failure = error;
        this.#busy.delete(done);
      },
    );
    this.#busy.add(done);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#busy);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

async function write(
  { hash, seal: sealing }: { hash: Thread; seal: Thread },
  source: AsyncIterable<Uint8Array>,
  writing: Writing,
): Promise<Written> {
  const { object, dataKey, hashings, bytesMax, onDurable } = writing;
  const ids = hashings.map(({ id }) => id);
  const ring = new Ring();
  let total = 0;
  let flushedAt = 0;
  let flushedSince = monotonic();
  let flushing: Promise<void> = Promise.resolve();
  await sealing.ask({ op: "seal.open", id: object, key: dataKey });
  const submit = (block: SharedArrayBuffer, bytes: number, isLast: boolean): void => {
    const work = [sealing.ask({ op: "seal.block", id: object, block, bytes, isLast })];
    if (bytes > 0 && ids.length > 0) work.push(hash.ask({ op: "hash.block", ids, block, bytes }));
    ring.lend(block, work);
  };
  const flush = (bytes: number): void => {
    flushedAt = bytes;
    flushedSince = monotonic();
    flushing = Promise.all([sealing.ask({ op: "seal.flush", id: object }), flushing]).then(([stored]) =>
      onDurable?.(Math.min(plainBytesWithin(Number(stored)), bytes)),
    );
    flushing.catch(() => undefined);
  };
  let broken = false;
  let block = await ring.take();
  let target = Buffer.from(block);
  let filled = 0;
  try {
    const pieces = guarded(source, () => {
      broken = true;
    });
    for await (const piece of pieces) {
      total += piece.length;
      if (total > bytesMax) break;
      for (let from = 0; from < piece.length;) {
        const bytes = Math.min(piece.length - from, RING_BLOCK_BYTES - filled);
        target.set(from === 0 && bytes === piece.length ? piece : piece.subarray(from, from + bytes), filled);
        filled += bytes;
        from += bytes;
        if (filled < RING_BLOCK_BYTES) continue;
        submit(block, filled, false);
        const sent = total - piece.length + from;
        if (onDurable && (sent - flushedAt >= FLUSH_BYTES || monotonic() - flushedSince >= FLUSH_MS)) flush(sent);
        block = await ring.take();
        target = Buffer.from(block);
        filled = 0;
      }
    }
    submit(block, filled, true);
    await ring.settle();
    await flushing;
  } finally {
    await sealing.ask({ op: "seal.close", id: object });
  }
  return { part: { object, bytes: total, whole: true }, broken, overflown: total > bytesMax };
}

/** Ends where the source breaks off, and says so, instead of throwing: what came until then is worth keeping. */
async function* guarded(source: AsyncIterable<Uint8Array>, onBreak: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch {
    onBreak();
  }
}
