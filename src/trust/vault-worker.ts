import { createHash, type Hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { CHUNK_BYTES, type MessageKeys, newMessage, sealChunk, SEALED_CHUNK_BYTES } from "./chunked.ts";
import { StoreFailure } from "../kernel/errors.ts";
import { openStore } from "./vault-open.ts";
import { readParts } from "./vault-read.ts";
import { type Answer, type Order, RING_BLOCK_BYTES, type Sent } from "./vault-orders.ts";
import type { Sink, StoreSettings } from "./vault-store.ts";
import { Malformed } from "./verify-errors.ts";

/** One thread of the vault: hashes, or encrypts and writes, what lies in shared blocks, or reads and decrypts into them. */
const store = openStore((workerData as { store: StoreSettings }).store);
const hashes = new Map<string, readonly Hash[]>();
interface Sealing {
  readonly sink: Sink;
  readonly keys: MessageKeys;
  chunk: number;
  /** True once the short last chunk is written: nothing can follow it. */
  ended: boolean;
}
const sealings = new Map<string, Sealing>();
interface Reading {
  readonly pieces: AsyncGenerator<Buffer>;
  /** What did not fit into the block before. */
  rest: Buffer;
}
const readings = new Map<string, Reading>();
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

async function readBlock(reading: Reading, block: SharedArrayBuffer): Promise<string> {
  const target = new Uint8Array(block);
  let filled = 0;
  while (filled < target.length) {
    if (reading.rest.length === 0) {
      const { value, done } = await reading.pieces.next();
      if (done) break;
      reading.rest = value;
    }
    const taken = reading.rest.subarray(0, target.length - filled);
    target.set(taken, filled);
    filled += taken.length;
    reading.rest = reading.rest.subarray(taken.length);
  }
  return `${filled}`;
}

/** Reads a stretch again and hashes on from where the stretch before ended: Node's own hash can't be set down and taken up. */
async function verify(order: Extract<Order, { op: "verify" }>): Promise<string> {
  const { createSHA256 } = await import("hash-wasm");
  const hash = await createSHA256();
  if (order.state) hash.load(order.state);
  else hash.init();
  for await (const piece of readParts(store, Buffer.from(order.key), order.parts, order)) hash.update(piece);
  const state = Buffer.from(hash.save()).toString("base64");
  return JSON.stringify({ state, digest: hash.digest("hex") });
}

async function obey(order: Order): Promise<string | undefined> {
  switch (order.op) {
    case "hash.open":
      hashes.set(
        order.id,
        order.algorithms.map((algorithm) => createHash(algorithm)),
      );
      return undefined;
    case "hash.block": {
      const plain = new Uint8Array(order.block, 0, order.bytes);
      for (const id of order.ids) for (const hash of have(hashes, id)) hash.update(plain);
      return undefined;
    }
    case "hash.digest":
      return have(hashes, order.id)
        .map((hash) => hash.copy().digest("hex"))
        .join(" ");
    case "hash.drop":
      hashes.delete(order.id);
      return undefined;
    case "verify":
      return verify(order);
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
    case "read.open": {
      const { parts, key, from, to } = order;
      const pieces = readParts(store, Buffer.from(key), parts, { from, to });
      readings.set(order.id, { pieces, rest: Buffer.alloc(0) });
      return undefined;
    }
    case "read.block":
      return readBlock(have(readings, order.id), order.block);
    case "read.close": {
      const reading = readings.get(order.id);
      readings.delete(order.id);
      return reading?.pieces.return(undefined).then(() => undefined);
    }
  }
}

const port = parentPort;
if (!port) throw new Error("the vault's thread runs only as a thread");
/** The shared blocks by number. */
const blocks = new Map<number, SharedArrayBuffer>();
function received({ order, fresh }: Extract<Sent, { order: unknown }>): Order {
  if (!("block" in order)) return order;
  if (fresh) blocks.set(order.block, fresh);
  const block = blocks.get(order.block);
  if (!block) throw new Error("the vault's thread does not know this block");
  return { ...order, block };
}

port.on("message", (sent: Sent) => {
  if ("gone" in sent) {
    blocks.delete(sent.gone);
    return;
  }
  const { number } = sent;
  const answer = (result: Omit<Answer, "number">) => port.postMessage({ number, ...result } satisfies Answer);
  // Everything up to the first wait is done before the next order is begun: blocks reach the sink in the order given.
  obey(received(sent)).then(
    (value) => answer({ value }),
    (error: unknown) => {
      if (error instanceof StoreFailure) answer({ error: error.message, fault: error.fault });
      else if (error instanceof Malformed) answer({ error: error.message, isMalformed: true });
      else answer({ error: String(error) });
    },
  );
});
