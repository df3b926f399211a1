import { createHash, type Hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { CHUNK_BYTES, type MessageKeys, newMessage, sealChunk, SEALED_CHUNK_BYTES } from "./chunked.ts";
import { StoreFailure } from "../kernel/errors.ts";
import { openStore } from "./vault-open.ts";
import { bytesOf, readParts } from "./vault-read.ts";
import { type Order, RING_BLOCK_BYTES } from "./vault-orders.ts";
import type { Sink, StoreSettings } from "./vault-store.ts";

/** One thread of the vault: hashes, or encrypts and writes, what the main thread has put into shared blocks. */
const store = openStore((workerData as { store: StoreSettings }).store);
const hashes = new Map<string, Hash>();
interface Sealing {
  readonly sink: Sink;
  readonly keys: MessageKeys;
  chunk: number;
  /** True once the short last chunk is written: nothing can follow it. */
  ended: boolean;
}
const sealings = new Map<string, Sealing>();
const output = Buffer.alloc((RING_BLOCK_BYTES / CHUNK_BYTES + 1) * SEALED_CHUNK_BYTES);

function have<T>(map: ReadonlyMap<string, T>, id: string): T {
  const found = map.get(id);
  if (found === undefined) throw new Error("the vault's thread does not know this work");
  return found;
}

/** Encrypts a block. Only the last may be other than a multiple of 16 KiB; then the message ends. */
function sealBlock(sealing: Sealing, plain: Uint8Array, isLast: boolean): Promise<void> {
  if (sealing.ended) throw new Error("a message goes on after its last chunk");
  let filled = 0;
  let from = 0;
  for (; plain.length - from >= CHUNK_BYTES; from += CHUNK_BYTES) {
    filled += sealChunk(sealing.keys, sealing.chunk, plain.subarray(from, from + CHUNK_BYTES), output, filled);
    sealing.chunk += 1;
  }
  if (isLast) {
    filled += sealChunk(sealing.keys, sealing.chunk, plain.subarray(from), output, filled);
    sealing.ended = true;
  } else if (from !== plain.length) throw new Error("a block in the middle of a message is not whole");
  return sealing.sink.write(output.subarray(0, filled));
}

async function rehash(hash: Hash, order: Extract<Order, { op: "hash.parts" }>): Promise<void> {
  const { parts, key } = order;
  for await (const piece of readParts(store, Buffer.from(key), parts, { from: 0, to: bytesOf(parts) }))
    hash.update(piece);
}

async function obey(order: Order): Promise<string | undefined> {
  switch (order.op) {
    case "hash.open":
      hashes.set(order.id, createHash(order.algorithm));
      return undefined;
    case "hash.parts":
      return rehash(have(hashes, order.id), order).then(() => undefined);
    case "hash.block": {
      const plain = new Uint8Array(order.block, 0, order.bytes);
      for (const id of order.ids) have(hashes, id).update(plain);
      return undefined;
    }
    case "hash.copy":
      hashes.set(order.to, have(hashes, order.id).copy());
      return undefined;
    case "hash.digest":
      return have(hashes, order.id).copy().digest("hex");
    case "hash.drop":
      hashes.delete(order.id);
      return undefined;
    case "seal.open": {
      const keys = newMessage(Buffer.from(order.key));
      const sink = store.create(order.id);
      sealings.set(order.id, { sink, keys, chunk: 0, ended: false });
      await sink.write(keys.header).catch(async (error: unknown) => {
        sealings.delete(order.id);
        await sink.close().catch(() => undefined);
        throw error;
      });
      return undefined;
    }
    case "seal.block":
      await sealBlock(have(sealings, order.id), new Uint8Array(order.block, 0, order.bytes), order.isLast);
      return undefined;
    case "seal.flush":
      return have(sealings, order.id).sink.flush().then(String);
    case "seal.close": {
      const { sink } = have(sealings, order.id);
      sealings.delete(order.id);
      return sink.close().then(() => undefined);
    }
  }
}

const port = parentPort;
if (!port) throw new Error("the vault's thread runs only as a thread");
port.on("message", ({ number, order }: { number: number; order: Order }) => {
  // Everything up to the first wait is done before the next order is begun: blocks reach the sink in the order given.
  obey(order).then(
    (value) => port.postMessage({ number, value }),
    (error: unknown) =>
      port.postMessage({
        number,
        error: error instanceof StoreFailure ? error.message : String(error),
        ...(error instanceof StoreFailure ? { fault: error.fault } : {}),
      }),
  );
});
