import { RING_BLOCK_BYTES } from "./vault-orders.ts";

/** Blocks of one writing or reading at most: the fast ends run so far ahead of the slowest thread, and no further. */
const BLOCKS = 4;
/** Blocks kept for the next, at most. Memory that is used again need not be cleared, nor wait for a collection. */
const SPARE_MAX = 16;
const spare: SharedArrayBuffer[] = [];

/** Shared blocks that threads work on while the next is filled. */
export class Ring {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #busy = new Set<Promise<void>>();
  #out = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;

  /** Hands out a block, waiting until a thread is done with one. */
  async take(): Promise<SharedArrayBuffer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const block = this.#free.pop() ?? (this.#out < BLOCKS ? this.#another() : undefined);
      if (block) return block;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #another(): SharedArrayBuffer {
    this.#out += 1;
    return spare.pop() ?? new SharedArrayBuffer(RING_BLOCK_BYTES);
  }

  /** Takes a block back. */
  give(block: SharedArrayBuffer): void {
    this.#free.push(block);
    this.#wake?.();
  }

  /** The block is free again when `work` on it is done. */
  lend(block: SharedArrayBuffer, work: readonly Promise<string>[]): void {
    const done: Promise<void> = Promise.all(work).then(
      () => this.give(block),
      (error: unknown) => {
        this.#failure ??= error;
        this.#wake?.();
      },
    );
    this.#busy.add(done);
    void done.then(() => this.#busy.delete(done));
  }

  /** Resolves when all work on lent blocks is done; throws where one failed. */
  async settle(): Promise<void> {
    await Promise.all(this.#busy);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets the blocks be used by the next. Nobody may hold one any more. */
  end(): void {
    if (this.#failure !== undefined || this.#busy.size > 0) return;
    spare.push(...this.#free.splice(0, SPARE_MAX - spare.length));
  }
}
