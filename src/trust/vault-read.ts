import type { ObjectStore } from "./vault-directory.ts";
import {
  CHUNK_BYTES,
  chunkOffset,
  HEADER_BYTES,
  openChunk,
  openMessage,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from "./chunked.ts";
import { Malformed } from "./verify-errors.ts";

/** One object of a blob: a C2SP message with its own salt. A blob is the plaintexts of its parts, one after the other. */
export interface Part {
  /** Name in the store; random, so that it discloses nothing. */
  readonly object: string;
  /** Plaintext bytes that count. */
  readonly bytes: number;
  /** False where writing was cut off by a crash: then only the first `bytes`, whole chunks, are known to be durable. */
  readonly whole: boolean;
}

/** Plaintext bytes of all parts. */
export const bytesOf = (parts: readonly Part[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** Chunks read from the store at once. */
const CHUNKS_AT_ONCE = 64;

/**
 * The plaintext from `from` up to, not including, `to`, every byte of it verified. Throws `Malformed` where the store
 * does not hold what was written; what was given before that was right.
 */
export async function* readParts(
  store: ObjectStore,
  dataKey: Buffer,
  parts: readonly Part[],
  range: { from: number; to: number },
): AsyncGenerator<Buffer> {
  let start = 0;
  for (const part of parts) {
    const from = Math.max(range.from - start, 0);
    const to = Math.min(range.to - start, part.bytes);
    if (from < to || (part.whole && part.bytes === 0)) yield* readPart(store, dataKey, part, { from, to });
    start += part.bytes;
  }
}

async function* readPart(
  store: ObjectStore,
  dataKey: Buffer,
  part: Part,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Buffer> {
  const object = await store.open(part.object);
  try {
    const keys = openMessage(dataKey, await object.read(0, HEADER_BYTES));
    // The last chunk is authenticated with its number, and it is short: that is what proves the length.
    const final = Math.floor(part.bytes / CHUNK_BYTES);
    const readsToEnd = part.whole && to === part.bytes;
    const last = readsToEnd ? final : Math.max(Math.ceil(to / CHUNK_BYTES) - 1, 0);
    for (let first = Math.floor(from / CHUNK_BYTES); first <= last; first += CHUNKS_AT_ONCE) {
      const count = Math.min(CHUNKS_AT_ONCE, last - first + 1);
      const includesFinal = part.whole && first + count - 1 === final;
      const wanted = includesFinal
        ? (count - 1) * SEALED_CHUNK_BYTES + (part.bytes % CHUNK_BYTES) + TAG_BYTES
        : count * SEALED_CHUNK_BYTES;
      const sealed = await object.read(chunkOffset(first), wanted);
      if (sealed.length !== wanted) throw new Malformed(`chunk ${first}: the object is truncated`);
      const opened = Array.from({ length: count }, (_, index) =>
        openChunk(keys, first + index, sealed.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES)),
      );
      const plain = Buffer.concat(opened);
      yield plain.subarray(Math.max(from - first * CHUNK_BYTES, 0), Math.min(to - first * CHUNK_BYTES, plain.length));
    }
  } finally {
    await object.close();
  }
}
