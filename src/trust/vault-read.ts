import {
  CHUNK_BYTES,
  chunkOffset,
  HEADER_BYTES,
  type MessageKeys,
  openChunk,
  openMessage,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
} from "./chunked.ts";
import { seal, unseal } from "./seal.ts";
import type { ObjectStore } from "./vault-store.ts";
import { Malformed } from "./verify-errors.ts";

/** One object of a blob: a C2SP message with its own salt. A blob is the plaintexts of its parts, one after the other. */
export interface Part {
  /** Name in the store; random, so that it discloses nothing. */
  readonly object: string;
  /** Plaintext bytes that count. */
  readonly bytes: number;
  /** False where writing was cut off by a crash: then only the first `bytes`, whole chunks, are known to be durable. */
  readonly whole: boolean;
  /** The part's own data key under the blob's, base64, where it has one: it was written before it was known what it is part of. */
  readonly key?: string;
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

/** A run of chunks: which, and what of the object they take. */
interface Run {
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
}

/** The runs that hold `from` to `to` of a part. The last chunk is short, and authenticated with its number: it proves the length. */
function runsOf(part: Part, from: number, to: number): Run[] {
  const final = Math.floor(part.bytes / CHUNK_BYTES);
  const readsToEnd = part.whole && to === part.bytes;
  const last = readsToEnd ? final : Math.max(Math.ceil(to / CHUNK_BYTES) - 1, 0);
  const runs: Run[] = [];
  for (let first = Math.floor(from / CHUNK_BYTES); first <= last; first += CHUNKS_AT_ONCE) {
    const count = Math.min(CHUNKS_AT_ONCE, last - first + 1);
    const includesFinal = part.whole && first + count - 1 === final;
    const bytes = includesFinal
      ? (count - 1) * SEALED_CHUNK_BYTES + (part.bytes % CHUNK_BYTES) + TAG_BYTES
      : count * SEALED_CHUNK_BYTES;
    runs.push({ first, count, bytes });
  }
  return runs;
}

const labelOf = (object: string): string => `part:${object}`;
/** The key of a part under the key of a blob that it becomes a part of. */
export const keyUnder = (dataKey: Buffer, part: Pick<Part, "object">, key: Buffer): string =>
  seal(dataKey, key, labelOf(part.object)).toString("base64");
/** The key that a part of the blob with this key is encrypted under. */
export const keyOf = ({ object, key }: Pick<Part, "object" | "key">, dataKey: Buffer): Buffer =>
  key === undefined ? dataKey : unseal(dataKey, Buffer.from(key, "base64"), labelOf(object));

async function* readPart(
  store: ObjectStore,
  dataKey: Buffer,
  part: Part,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Buffer> {
  const object = await store.open(part.object);
  const runs = runsOf(part, from, to);
  const coming: Promise<Buffer>[] = [];
  try {
    const keys = await twice(async () => openMessage(keyOf(part, dataKey), await object.read(0, HEADER_BYTES)));
    for (const [index, run] of runs.entries()) {
      // Asked for ahead, so that a distant store works while this end decrypts.
      for (const next of runs.slice(index + coming.length, index + 1 + store.ahead)) {
        const read = object.read(chunkOffset(next.first), next.bytes);
        read.catch(() => undefined);
        coming.push(read);
      }
      let first = coming.shift();
      const plain = await twice(async () => {
        const sealed = await (first ?? object.read(chunkOffset(run.first), run.bytes));
        first = undefined;
        return openRun(keys, run, sealed);
      });
      const start = run.first * CHUNK_BYTES;
      yield plain.subarray(Math.max(from - start, 0), Math.min(to - start, plain.length));
    }
  } finally {
    await Promise.allSettled(coming);
    await object.close();
  }
}

function openRun(keys: MessageKeys, { first, count, bytes }: Run, sealed: Buffer): Buffer {
  if (sealed.length !== bytes) throw new Malformed(`chunk ${first}: the object is truncated`);
  const opened = Array.from({ length: count }, (_, index) =>
    openChunk(keys, first + index, sealed.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES)),
  );
  return Buffer.concat(opened);
}

/** What was altered on its way here is right when it is fetched again; what was altered where it lies is not. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return work();
  }
}
