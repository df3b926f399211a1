import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { monotonic } from "../kernel/clock.ts";
import { KEY_BYTES, plainBytesWithin } from "./chunked.ts";
import { seal, unseal } from "./seal.ts";
import { oneKey, type VaultKeys } from "./vault-keys.ts";
import { openStore } from "./vault-open.ts";
import { type Algorithm, RING_BLOCK_BYTES, startThread, type Thread } from "./vault-orders.ts";
import { bytesOf, type Part, readParts } from "./vault-read.ts";
import { Ring } from "./vault-ring.ts";
import type { ObjectStore, StoreSettings } from "./vault-store.ts";

export type { Part } from "./vault-read.ts";
export { type Algorithm, ALGORITHMS, type Digests } from "./vault-orders.ts";

/** Where digests in the making are kept. */
interface Lanes {
  readonly id: string;
  readonly threads: readonly Thread[];
}
/** Digests in the making, kept in threads of the vault. Must be dropped when they are no longer needed. */
export interface Hashing<A extends Algorithm = Algorithm> extends Lanes {
  /** Hex of what was hashed so far. */
  readonly digest: () => Promise<Readonly<Record<A, string>>>;
  readonly drop: () => void;
}
/** What digests begin with: bytes that the vault holds already. */
export interface Before {
  readonly dataKey: Buffer;
  readonly parts: readonly Part[];
  /** Told how many bytes have been read again, at every MiB. */
  readonly onRead?: (bytes: number) => void;
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
  readonly hashings: readonly Lanes[];
  readonly bytesMax: number;
  /** Nobody else holds what the source gives: its memory is let go at once, not when it is collected. */
  readonly isSole?: boolean;
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
  /** Digests that begin with what the parts hold (none for new ones), read again and verified. One pass for all of them. */
  readonly hashing: <A extends Algorithm>(algorithms: readonly A[], before?: Before) => Promise<Hashing<A>>;
  /** Plaintext of a range (default all), verified. Throws `Malformed` where the store does not hold what was written. */
  readonly read: (
    dataKey: Buffer,
    parts: readonly Part[],
    range?: { readonly from: number; readonly to: number },
  ) => AsyncGenerator<Buffer>;
  /**
   * Reads a stretch of a blob again, in a thread of its own: every chunk is verified, and SHA-256 goes on from the `mark` that the
   * stretch before gave. Gives the next mark, sealed, as it says much of the bytes, and the digest of all up to `to`.
   */
  readonly verify: (
    dataKey: Buffer,
    parts: readonly Part[],
    stretch: { readonly from: number; readonly to: number; readonly mark?: Buffer },
  ) => Promise<{ readonly mark: Buffer; readonly digest: string }>;
  /** How many parts this process is writing now. */
  readonly writing: () => number;
  readonly remove: (object: string) => Promise<void>;
  /** Where the objects lie; for what looks after them. */
  readonly store: ObjectStore;
  readonly settings: StoreSettings;
  /** A data key under the vault's key, bound to its holder (`item:<id>`): it opens for no other. */
  readonly wrap: (dataKey: Buffer, holder: string) => Promise<Buffer>;
  readonly unwrap: (wrapped: Buffer, holder: string) => Promise<Buffer>;
  /** The keys that data keys are wrapped under. */
  readonly keys: VaultKeys;
  /** Words about what a holder holds (a file's name, its digests), sealed to it; and opened again. */
  readonly sealWords: (words: string, holder: string) => Buffer;
  readonly openWords: (sealed: Buffer, holder: string) => string;
  /** What the node knows equal contents by; tells nobody else anything. */
  readonly addressOf: (sha256: string) => Buffer;
  readonly close: () => Promise<void>;
}

const FLUSH_BYTES = 67_108_864;
/** Over a slow line so many bytes take minutes: what came is made durable after so long at the latest, in milliseconds. */
const FLUSH_MS = 1_000;

/**
 * Opens the vault in a folder, which is made where there is none, or a bucket. `keys` are the node's: they must not change while it holds
 * anything. `wrapping` wraps the data keys; without it one key does, `keys.vault`.
 */
export function openVault(
  settings: StoreSettings,
  keys: { readonly vault: Buffer; readonly address: Buffer },
  wrapping: VaultKeys = oneKey(keys.vault),
): Vault {
  const store = openStore(settings);
  let threads: Threads | undefined;
  let verifying: Thread | undefined;
  let underWay = 0;
  const working = () => (threads ??= startThreads(settings));
  return {
    newObject: randomUUID,
    newDataKey: () => randomBytes(KEY_BYTES),
    write: async (source, writing) => {
      underWay += 1;
      try {
        return await write(working(), source, writing);
      } finally {
        underWay -= 1;
      }
    },
    writing: () => underWay,
    verify: async (dataKey, parts, { from, to, mark }) => {
      verifying ??= startThread(settings);
      const state = mark && unseal(dataKey, mark, `verify:${from}`);
      const order = { op: "verify", parts, key: dataKey, from, to, ...(state ? { state } : {}) } as const;
      const read = JSON.parse(await verifying.ask(order)) as { state: string; digest: string };
      return { mark: seal(dataKey, Buffer.from(read.state, "base64"), `verify:${to}`), digest: read.digest };
    },
    hashing: async (algorithms, before) => {
      const hashing = await openHashing(working(), algorithms);
      try {
        if (before && before.parts.length > 0) await hashAgain(working(), hashing, before);
      } catch (error) {
        hashing.drop();
        throw error;
      }
      return hashing;
    },
    read: (dataKey, parts, range) => {
      const wanted = range ?? { from: 0, to: bytesOf(parts) };
      return wanted.to - wanted.from < OWN_THREAD_BYTES
        ? readParts(store, dataKey, parts, wanted)
        : readAhead(working().seal, { dataKey, parts, ...wanted });
    },
    remove: (object) => store.remove(object),
    store,
    settings,
    wrap: wrapping.wrap,
    unwrap: wrapping.unwrap,
    keys: wrapping,
    sealWords: (words, holder) => seal(keys.address, words, `words:${holder}`),
    openWords: (sealed, holder) => unseal(keys.address, sealed, `words:${holder}`).toString(),
    addressOf: (sha256) => createHmac("sha256", keys.address).update(Buffer.from(sha256, "hex")).digest(),
    close: async () => {
      await Promise.all([threads?.md5.end(), threads?.sha.end(), threads?.seal.end(), verifying?.end()]);
      threads = verifying = undefined;
      store.end();
      await wrapping.close();
    },
  };
}

/** A range of at least so many bytes is read and decrypted by a thread, ahead of whoever takes it. */
const OWN_THREAD_BYTES = 4 * RING_BLOCK_BYTES;

/** MD5 alone takes as long as the two others together, and as encrypting and writing: three threads that are done at the same time. */
interface Threads {
  readonly md5: Thread;
  readonly sha: Thread;
  /** Encrypts and writes, reads and decrypts. */
  readonly seal: Thread;
}
const startThreads = (settings: StoreSettings): Threads => ({
  md5: startThread(settings),
  sha: startThread(settings),
  seal: startThread(settings),
});

async function openHashing<A extends Algorithm>({ md5, sha }: Threads, algorithms: readonly A[]): Promise<Hashing<A>> {
  const id = randomUUID();
  const shares = [
    { thread: md5, own: algorithms.filter((algorithm) => algorithm === "md5") },
    { thread: sha, own: algorithms.filter((algorithm) => algorithm !== "md5") },
  ].filter(({ own }) => own.length > 0);
  await Promise.all(shares.map(({ thread, own }) => thread.ask({ op: "hash.open", id, algorithms: own })));
  return {
    id,
    threads: shares.map(({ thread }) => thread),
    digest: async () => {
      const told = await Promise.all(
        shares.map(async ({ thread, own }) => {
          const digests = (await thread.ask({ op: "hash.digest", id })).split(" ");
          return own.map((algorithm, index) => [algorithm, digests[index] ?? ""] as const);
        }),
      );
      return Object.fromEntries(told.flat()) as Record<A, string>;
    },
    drop: () => {
      for (const { thread } of shares) thread.ask({ op: "hash.drop", id }).catch(() => undefined);
    },
  };
}

/** Gives a block to every thread that hashes it. */
function hashBlock(hashings: readonly Lanes[], block: SharedArrayBuffer, bytes: number): Promise<string>[] {
  const threads = new Set(hashings.flatMap((hashing) => hashing.threads));
  return [...threads].map((thread) => {
    const ids = hashings.filter((hashing) => hashing.threads.includes(thread)).map(({ id }) => id);
    return thread.ask({ op: "hash.block", ids, block, bytes });
  });
}

/** Blocks of a range of the plaintext, in order, each until it is given back. */
async function* blocksOf(
  thread: Thread,
  ring: Ring,
  { dataKey, parts, from, to }: { dataKey: Buffer; parts: readonly Part[]; from: number; to: number },
): AsyncGenerator<{ readonly block: SharedArrayBuffer; readonly bytes: number }> {
  const id = randomUUID();
  await thread.ask({ op: "read.open", id, parts, key: dataKey, from, to });
  const ask = async () => {
    const block = await ring.take();
    return { block, bytes: Number(await thread.ask({ op: "read.block", id, block })) };
  };
  // One more is always asked for; where nobody takes it any more, its failure is nobody's.
  const asked = () => {
    const next = ask();
    next.catch(() => undefined);
    return next;
  };
  let next = asked();
  try {
    for (;;) {
      const { block, bytes } = await next;
      const isLast = bytes < RING_BLOCK_BYTES;
      if (!isLast) next = asked();
      if (bytes > 0) yield { block, bytes };
      else ring.give(block);
      if (isLast) return;
    }
  } finally {
    await thread.ask({ op: "read.close", id });
  }
}

async function hashAgain({ seal: thread }: Threads, hashing: Lanes, { dataKey, parts, onRead }: Before): Promise<void> {
  const ring = new Ring();
  let read = 0;
  for await (const { block, bytes } of blocksOf(thread, ring, { dataKey, parts, from: 0, to: bytesOf(parts) })) {
    ring.lend(block, hashBlock([hashing], block, bytes));
    read += bytes;
    onRead?.(read);
  }
  await ring.settle();
  ring.end();
}

async function* readAhead(
  thread: Thread,
  range: { dataKey: Buffer; parts: readonly Part[]; from: number; to: number },
): AsyncGenerator<Buffer> {
  const ring = new Ring();
  for await (const { block, bytes } of blocksOf(thread, ring, range)) {
    const copy = Buffer.allocUnsafeSlow(bytes);
    copy.set(new Uint8Array(block, 0, bytes));
    ring.give(block);
    yield copy;
  }
  ring.end();
}

async function write(
  { seal: sealing }: Threads,
  source: AsyncIterable<Uint8Array>,
  writing: Writing,
): Promise<Written> {
  const { object, dataKey, hashings, bytesMax, onDurable, isSole = false } = writing;
  const ring = new Ring();
  let total = 0;
  let flushedAt = 0;
  let flushedSince = monotonic();
  let flushing: Promise<void> = Promise.resolve();
  await sealing.ask({ op: "seal.open", id: object, key: dataKey });
  const submit = (block: SharedArrayBuffer, bytes: number, isLast: boolean): void => {
    const work = [sealing.ask({ op: "seal.block", id: object, block, bytes, isLast })];
    if (bytes > 0) work.push(...hashBlock(hashings, block, bytes));
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
        if (sent - flushedAt >= FLUSH_BYTES || (onDurable && monotonic() - flushedSince >= FLUSH_MS)) flush(sent);
        block = await ring.take();
        target = Buffer.from(block);
        filled = 0;
      }
      if (isSole) letGo(piece);
    }
    submit(block, filled, true);
    await ring.settle();
    ring.end();
    await flushing;
  } finally {
    await sealing.ask({ op: "seal.close", id: object });
  }
  return { part: { object, bytes: total, whole: true }, broken, overflown: total > bytesMax };
}

/**
 * Frees the memory behind a piece that is done with. Left to the collector, every 64 MiB of a body cost a marking of the whole
 * heap, which took as much time as the digests.
 */
function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached) buffer.transfer(0);
}

/** Ends where the source breaks off, and says so, instead of throwing: what came until then is worth keeping. */
async function* guarded(source: AsyncIterable<Uint8Array>, onBreak: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch {
    onBreak();
  }
}
