import { promises } from "node:fs";

/** Bytes at rest that can be read anywhere: a file, or memory. Whoever opened them closes them. */
export interface Bytes {
  readonly sizeBytes: number;
  /** Exactly `length` bytes from `offset`; fewer only where the bytes end. Nobody writes into what is given. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
  /** Fills `memory` from `offset` on and tells how many bytes there were: for long stretches, without a copy. */
  readonly readInto?: (memory: Buffer, offset: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** How much is read at once while hashing, in bytes. */
const CHUNK_BYTES = 1 << 20;

/** Bytes in memory. */
export const bytesOf = (content: Uint8Array): Bytes => {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return {
    sizeBytes: buffer.length,
    read: async (offset, length) => buffer.subarray(offset, offset + length),
    close: async () => {},
  };
};

/** A file's bytes. Throws what the file system throws when there is no such file. */
export async function openBytes(path: string): Promise<Bytes> {
  const handle = await promises.open(path, "r");
  const { size } = await handle.stat();
  const readInto = async (memory: Buffer, offset: number): Promise<number> => {
    let filled = 0;
    while (filled < memory.length) {
      const { bytesRead } = await handle.read(memory, filled, memory.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  };
  const readAt = async (offset: number, length: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
    return buffer.subarray(0, await readInto(buffer, offset));
  };
  // A package holds thousands of small files one behind the other: one long read serves many short ones.
  let window: { readonly offset: number; readonly bytes: Buffer } = { offset: 0, bytes: Buffer.alloc(0) };
  return {
    sizeBytes: size,
    read: async (offset, length) => {
      if (length >= CHUNK_BYTES) return readAt(offset, length);
      const isInside = offset >= window.offset && offset + length <= window.offset + window.bytes.length;
      if (!isInside) window = { offset, bytes: await readAt(offset, CHUNK_BYTES) };
      return window.bytes.subarray(offset - window.offset, offset - window.offset + length);
    },
    readInto,
    close: () => handle.close(),
  };
}

/**
 * Gives the bytes from `offset` piece by piece; the next piece is being read while the caller works on this one.
 *
 * @yields a piece
 */
export async function* pieces(bytes: Bytes, offset: number, sizeBytes: number): AsyncGenerator<Buffer> {
  const end = Math.min(offset + sizeBytes, bytes.sizeBytes);
  if (end <= offset) return;
  const read = (at: number): Promise<Buffer> => bytes.read(at, Math.min(CHUNK_BYTES, end - at));
  let coming = read(offset);
  for (let at = offset; at < end; at += CHUNK_BYTES) {
    const piece = await coming;
    if (at + CHUNK_BYTES < end) coming = read(at + CHUNK_BYTES);
    yield piece;
  }
}
