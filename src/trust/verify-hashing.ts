import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { type Bytes, pieces } from "./verify-bytes.ts";

/** The digests (hex, by algorithm) and the CRC-32 of a stretch of bytes. */
export interface Hashed {
  readonly digests: ReadonlyMap<string, string>;
  readonly crc32: number;
}

/** From which length on threads of their own are worth their start, in bytes. */
const LONG_BYTES = 32 << 20;
const SLOT_BYTES = 2 << 20;
const SLOTS = 4;

/** What a thread runs: it hashes slots of the shared memory in the order in which they are named. */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const slots = workerData.slots.map((memory) => new Uint8Array(memory));
let hash = createHash(workerData.algorithm);
parentPort.on("message", ({ slot, length }) => {
  if (slot < 0) {
    parentPort.postMessage({ slot, digest: hash.digest("hex") });
    hash = createHash(workerData.algorithm);
  } else {
    hash.update(slots[slot].subarray(0, length));
    parentPort.postMessage({ slot });
  }
});
`;

interface Answer {
  readonly slot: number;
  readonly digest?: string;
}

/** One algorithm in its own thread. */
class Lane {
  readonly algorithm: string;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private fail: (error: Error) => void = () => {};
  private readonly failed: Promise<never>;

  constructor(algorithm: string, slots: readonly SharedArrayBuffer[]) {
    this.algorithm = algorithm;
    this.failed = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    // Whoever waits for an answer hears of it; where nobody does, nothing is lost.
    this.failed.catch(() => {});
    this.worker = new Worker(THREAD, { eval: true, workerData: { algorithm, slots } });
    this.worker.unref();
    this.worker.on("error", (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    this.worker.on("message", (answer: Answer) => {
      const tell = this.waiting.get(answer.slot);
      this.waiting.delete(answer.slot);
      tell?.(answer);
    });
  }

  /** Hashes a slot; with slot -1 gives the digest of all before. */
  async take(slot: number, length: number): Promise<string> {
    const answer = new Promise<Answer>((resolve) => {
      this.waiting.set(slot, resolve);
    });
    this.worker.ref();
    this.worker.postMessage({ slot, length });
    const { digest = "" } = await Promise.race([answer, this.failed]);
    if (this.waiting.size === 0) this.worker.unref();
    return digest;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

/**
 * Hashes stretches of bytes, each in one pass. A long one is read, hashed and check-summed at the same time: every digest in a thread of
 * its own, the CRC here. Whoever made it closes it.
 */
export class Hashing {
  private readonly algorithms: readonly string[];
  private readonly memory: readonly SharedArrayBuffer[];
  private readonly slots: readonly Buffer[];
  private lanes: readonly Lane[] | null = null;

  constructor(algorithms: readonly string[]) {
    this.algorithms = algorithms;
    this.memory = Array.from({ length: SLOTS }, () => new SharedArrayBuffer(SLOT_BYTES));
    this.slots = this.memory.map((memory) => Buffer.from(memory));
  }

  /** Starts the threads where a stretch of this length would need them, so that they are there when its turn comes. */
  expect(sizeBytes: number): void {
    if (sizeBytes >= LONG_BYTES) this.lanes ??= this.algorithms.map((algorithm) => new Lane(algorithm, this.memory));
  }

  async hash(bytes: Bytes, offset: number, sizeBytes: number): Promise<Hashed> {
    this.expect(sizeBytes);
    return this.lanes && sizeBytes >= LONG_BYTES
      ? this.long(this.lanes, bytes, { offset, sizeBytes })
      : this.short(bytes, offset, sizeBytes);
  }

  async close(): Promise<void> {
    for (const lane of this.lanes ?? []) await lane.close();
    this.lanes = null;
  }

  private async short(bytes: Bytes, offset: number, sizeBytes: number): Promise<Hashed> {
    const hashes = this.algorithms.map((algorithm) => createHash(algorithm));
    let crc = 0;
    for await (const piece of pieces(bytes, offset, sizeBytes)) {
      for (const hash of hashes) hash.update(piece);
      crc = crc32(piece, crc);
    }
    const digests = this.algorithms.map((algorithm, at) => [algorithm, hashes[at]?.digest("hex") ?? ""] as const);
    return { digests: new Map(digests), crc32: crc };
  }

  private async long(
    lanes: readonly Lane[],
    bytes: Bytes,
    { offset, sizeBytes }: { readonly offset: number; readonly sizeBytes: number },
  ): Promise<Hashed> {
    const end = Math.min(offset + sizeBytes, bytes.sizeBytes);
    const free: Promise<unknown>[] = this.slots.map(async () => {});
    let crc = 0;
    const fill = async (slot: number, at: number): Promise<Buffer> => {
      await free[slot];
      const memory = this.slots[slot] ?? Buffer.alloc(0);
      return memory.subarray(0, await readInto(bytes, memory.subarray(0, Math.min(SLOT_BYTES, end - at)), at));
    };
    let coming = fill(0, offset);
    for (let at = offset, turn = 0; at < end; at += SLOT_BYTES, turn++) {
      const slot = turn % SLOTS;
      const piece = await coming;
      free[slot] = Promise.all(lanes.map((lane) => lane.take(slot, piece.length)));
      // A failure is heard when the slot is next waited for, or at the end.
      free[slot].catch(() => {});
      if (at + SLOT_BYTES < end) coming = fill((turn + 1) % SLOTS, at + SLOT_BYTES);
      crc = crc32(piece, crc);
    }
    await Promise.all(free);
    const digests = await Promise.all(lanes.map((lane) => lane.take(-1, 0)));
    return {
      digests: new Map(lanes.map(({ algorithm }, at) => [algorithm, digests[at] ?? ""])),
      crc32: crc,
    };
  }
}

/** Fills memory from there on; how many bytes there were. */
async function readInto(bytes: Bytes, memory: Buffer, offset: number): Promise<number> {
  if (bytes.readInto) return bytes.readInto(memory, offset);
  const read = await bytes.read(offset, memory.length);
  return read.copy(memory);
}
