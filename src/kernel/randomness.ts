import { randomFillSync } from "node:crypto";

const POOL_BYTES = 16_384;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * `count` random bytes from the system's generator, at most 16,384. Drawn by the pool, since a call for each salt and nonce costs more than the
 * bytes do; what is handed out is wiped from the pool at once and never given twice.
 */
export function randomBytesOf(count: number): Buffer {
  if (count > POOL_BYTES) throw new RangeError(`at most ${POOL_BYTES} random bytes at once`);
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const drawn = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return drawn;
}
