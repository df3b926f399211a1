/**
 * How the room and the process that started it talk: one byte that says what follows, four bytes of length, the bytes. Towards the
 * room only `DATA`; from the room `WANT` (a range), `PICTURE` (drawn anew) and, last, `ANSWER`.
 */
export const FRAME = { data: 0x64, want: 0x77, picture: 0x70, answer: 0x61 } as const;
export const HEAD_BYTES = 5;

/** One frame as it goes over the pipe. */
export function frame(kind: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Puts frames together out of the pieces in which they come. Holds at most `bytesMax` of one frame; what says that it is longer throws. */
export class Frames {
  #pieces: Buffer[] = [];
  #length = 0;
  readonly #bytesMax: number;
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }
  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }
  /** The next whole frame, or `undefined` while it is not all there. */
  next(): { readonly kind: number; readonly body: Buffer } | undefined {
    if (this.#length < HEAD_BYTES) return undefined;
    if ((this.#pieces[0]?.length ?? 0) < HEAD_BYTES) this.#pieces = [Buffer.concat(this.#pieces)];
    const [first] = this.#pieces;
    if (!first) return undefined;
    const bytes = first.readUInt32BE(1);
    if (bytes > this.#bytesMax) throw new RangeError(`a frame of ${bytes} bytes`);
    if (this.#length < HEAD_BYTES + bytes) return undefined;
    const all = Buffer.concat(this.#pieces);
    const rest = all.subarray(HEAD_BYTES + bytes);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return { kind: all.readUInt8(0), body: all.subarray(HEAD_BYTES, HEAD_BYTES + bytes) };
  }
}
