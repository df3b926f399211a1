import { createConnection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Ports of one world: three of each node, and PostgreSQL's. */
export const BLOCK_PORTS = 30;
export const POSTGRES_OFFSET = 29;
/** First ports of the blocks that a world looks for a place in, in this order. */
const BLOCKS: readonly number[] = [4100, 4130, 4160];
/** Ports of what ran here before may still be closing. */
const PATIENCE_MS = 2_000;
const POLL_MS = 100;

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

const isFree = async (first: number, used: readonly number[]): Promise<boolean> =>
  !(await Promise.all(used.map((offset) => isTaken(first + offset)))).includes(true);

/**
 * The first port of a block in which nobody listens on the ports `used` (offsets): the one asked for, or the one used before,
 * or the next of `blocks`. The one asked for or used before is given a moment to become free. Throws where none is.
 */
export async function choosePorts(of: {
  readonly used: readonly number[];
  readonly before?: number | undefined;
  readonly asked?: number | undefined;
  readonly blocks?: readonly number[];
}): Promise<number> {
  const { used, before, asked, blocks = BLOCKS } = of;
  const wanted = asked ?? before;
  for (let waited = 0; wanted !== undefined && waited <= PATIENCE_MS; waited += POLL_MS) {
    if (await isFree(wanted, used)) return wanted;
    await pause(POLL_MS);
  }
  const others = asked === undefined ? blocks.filter((first) => first !== before) : [];
  for (const first of others) if (await isFree(first, used)) return first;
  const tried = [...(wanted === undefined ? [] : [wanted]), ...others];
  throw new Error(
    `The ports ${tried.map((first) => `${first} to ${first + BLOCK_PORTS - 1}`).join(", ")} are taken, perhaps by another demo world that is still running. End it, or name other ports with --port.`,
  );
}
