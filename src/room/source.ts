import { FRAME, frame, Frames } from "./frames.ts";

/** Bytes that are looked at, wherever they lie: only what is asked for is fetched. */
export interface Source {
  readonly bytes: number;
  /** `from` up to, not including, `to`; shorter at the end. */
  readonly read: (from: number, to: number) => Promise<Buffer>;
}

/** Most that comes at once. */
export const PIECE_BYTES_MAX = 8 * 1_024 ** 2;

/** What the room is asked, on its first line. */
export interface Asked {
  readonly ask: "attachment" | "preview" | "pdq" | "container";
  readonly bytes: number;
  readonly name?: string;
  readonly media?: string;
  /** Of an attachment: what its first bytes say. */
  readonly kind?: string;
  /** Page of a document or a text, message of a mailbox; from 1. */
  readonly page?: number;
  /** Show the bytes themselves. */
  readonly hex?: boolean;
  /** Of a container in several files, one behind the other: the bytes of each. */
  readonly parts?: readonly number[];
}

/** The room's end of the pipe. */
export class Pipe implements Source {
  readonly #frames = new Frames(PIECE_BYTES_MAX);
  readonly #pieces = process.stdin[Symbol.asyncIterator]();
  #bytes = 0;
  get bytes(): number {
    return this.#bytes;
  }
  readonly read = async (from: number, to: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    const end = Math.min(to, this.#bytes);
    for (let at = Math.max(from, 0); at < end; at += PIECE_BYTES_MAX) {
      const until = Math.min(at + PIECE_BYTES_MAX, end);
      await say(FRAME.want, Buffer.from(JSON.stringify({ from: at, to: until })));
      const piece = await this.#next();
      if (piece.length !== until - at) throw new Error("less came than was asked for");
      parts.push(piece);
    }
    return Buffer.concat(parts);
  };
  /** What is asked: the first frame. */
  async asked(): Promise<Asked> {
    const asked = JSON.parse((await this.#next()).toString()) as Asked;
    this.#bytes = asked.bytes;
    return asked;
  }
  async #next(): Promise<Buffer> {
    for (;;) {
      const whole = this.#frames.next();
      if (whole) return whole.body;
      const { value, done } = await this.#pieces.next();
      if (done) throw new Error("the pipe ended");
      this.#frames.add(value as Buffer);
    }
  }
}

/** Sends one frame and waits until the pipe has it. */
export const say = (kind: number, body: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) =>
    process.stdout.write(frame(kind, body), (error) => (error ? reject(error) : resolve())),
  );
