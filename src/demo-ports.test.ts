import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { BLOCK_PORTS, choosePorts } from "./demo-ports.ts";
import { freePort } from "./kernel/postgres.ts";

const USED = [0, 1, 2, 29];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Another program, at a port. */
const listenAt = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
    servers.push(server);
  });

/** First port of a block in which nobody listens, and which is another one. */
async function freeBlock(other?: number): Promise<number> {
  for (;;) {
    const first = 15_000 + Math.floor(Math.random() * 150) * BLOCK_PORTS;
    const ports = await Promise.all(USED.map(async (offset) => (await freePort(first + offset)) === first + offset));
    if (first !== other && !ports.includes(false)) return first;
  }
}

test("a block in which another program listens is passed over, at whichever of its ports", async () => {
  const first = await freeBlock();
  const second = await freeBlock(first);
  expect(await choosePorts({ used: USED, blocks: [first, second] })).toBe(first);
  for (const offset of USED) {
    const other = await listenAt(first + offset);
    expect(await choosePorts({ used: USED, blocks: [first, second] })).toBe(second);
    await new Promise((resolve) => other.close(resolve));
  }
});

test("a port of the block that no part uses does not matter", async () => {
  const first = await freeBlock();
  await listenAt(await freePort(first + 15));
  expect(await choosePorts({ used: USED, blocks: [first] })).toBe(first);
});

test("the block used before is taken again, and another only where it is taken", async () => {
  const first = await freeBlock();
  const second = await freeBlock(first);
  expect(await choosePorts({ used: USED, before: second, blocks: [first] })).toBe(second);
  await listenAt(second + 29);
  expect(await choosePorts({ used: USED, before: second, blocks: [second, first] })).toBe(first);
});

test("what ran before may still be closing", async () => {
  const first = await freeBlock();
  const closing = await listenAt(first);
  setTimeout(() => closing.close(), 300);
  expect(await choosePorts({ used: USED, asked: first })).toBe(first);
});

test("ports that were asked for and are taken are no others, but a sentence", async () => {
  const first = await freeBlock();
  const second = await freeBlock(first);
  await listenAt(first + 1);
  await expect(choosePorts({ used: USED, asked: first, blocks: [second] })).rejects.toThrow(
    `The ports ${first} to ${first + 29} are taken`,
  );
});
