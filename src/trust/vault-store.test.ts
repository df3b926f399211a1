import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BACKENDS, openStoreFor, type TestStore } from "../../test/stores.ts";
import { openStore } from "./vault-open.ts";
import { backoffMs, keyOf, piecesOf, readKey, SEGMENT_BYTES } from "./vault-segments.ts";
import type { ObjectStore } from "./vault-store.ts";
import { Malformed } from "./verify-errors.ts";

describe.each(BACKENDS)("a store: %s", (backend) => {
  let behind: TestStore;
  let store: ObjectStore;
  beforeAll(async () => {
    behind = await openStoreFor(backend);
    store = openStore(behind.settings);
  });
  afterAll(async () => {
    store.end();
    await behind.close();
  });
  async function keep(bytes: Buffer, piece = bytes.length): Promise<string> {
    const name = randomUUID();
    const sink = store.create(name);
    for (let from = 0; from < bytes.length; from += piece) await sink.write(bytes.subarray(from, from + piece));
    await sink.close();
    return name;
  }
  async function read(name: string, offset: number, length: number): Promise<Buffer> {
    const object = await store.open(name);
    try {
      return await object.read(offset, length);
    } finally {
      await object.close();
    }
  }
  const listed = async () => {
    const all = new Map<string, number>();
    for await (const { name, bytes } of store.list()) all.set(name, bytes);
    return all;
  };

  test("any range of what was written reads right, over the ends of segments, and short where the object ends", async () => {
    const bytes = randomBytes(2 * SEGMENT_BYTES + 54_321);
    const name = await keep(bytes, 1_048_577);
    const end = bytes.length;
    for (const [from, length] of [
      [0, 56],
      [SEGMENT_BYTES - 10, 20],
      [SEGMENT_BYTES, 1],
      [2 * SEGMENT_BYTES - 1, 54_322],
      [5, SEGMENT_BYTES + 7],
      [end - 3, 100],
      [end, 10],
      [end + 7 * SEGMENT_BYTES, 10],
    ] as const)
      if (from < end) expect((await read(name, from, length)).equals(bytes.subarray(from, from + length))).toBe(true);
    expect((await read(name, end - 3, 100)).length).toBe(3);
    expect((await read(name, end, 10)).length).toBe(0);
    expect((await listed()).get(name)).toBe(end);
    await store.remove(name);
    expect((await listed()).has(name)).toBe(false);
  });

  test("what a flush has promised is there for another reader, before the object is closed", async () => {
    const bytes = randomBytes(SEGMENT_BYTES + 500_000);
    const name = randomUUID();
    const sink = store.create(name);
    await sink.write(bytes);
    const durable = await sink.flush();
    expect(durable).toBe(backend === "directory" ? bytes.length : SEGMENT_BYTES);
    const other = openStore(behind.settings);
    const object = await other.open(name);
    expect((await object.read(0, durable)).equals(bytes.subarray(0, durable))).toBe(true);
    await object.close();
    other.end();
    await sink.close();
    expect((await read(name, durable - 5, 20)).equals(bytes.subarray(durable - 5, durable + 15))).toBe(true);
  });

  test("the caller's buffer is its own again as soon as the call has returned", async () => {
    const buffer = Buffer.alloc(1_000, "a");
    const name = randomUUID();
    const sink = store.create(name);
    const writing = sink.write(buffer);
    buffer.fill("b");
    await writing;
    await sink.write(buffer);
    await sink.close();
    expect(
      createHash("sha256")
        .update(await read(name, 0, 5_000))
        .digest("hex"),
    ).toBe(
      createHash("sha256")
        .update("a".repeat(1_000) + "b".repeat(1_000))
        .digest("hex"),
    );
  });

  test("an object that was lost is said to be, as is a name that leads elsewhere; removing what is not there does nothing", async () => {
    await expect(read(randomUUID(), 0, 10)).rejects.toThrow("the store has lost an object");
    await expect(read("../../etc/passwd", 0, 10)).rejects.toThrow(Malformed);
    expect(() => store.create("x/../../y")).toThrow(Malformed);
    await store.remove(randomUUID());
  });

  test("the list has every object once, more of them than fit one page, with its length and a time of today", async () => {
    const names = new Map<string, number>();
    for (let n = 0; n < 9; n += 1) names.set(await keep(randomBytes(100 + n)), 100 + n);
    const all = await listed();
    for (const [name, bytes] of names) expect(all.get(name)).toBe(bytes);
    for await (const { at } of store.list())
      expect(Math.abs(at.until(Temporal.Now.instant()).total("hours"))).toBeLessThan(1);
    await Promise.all([...names.keys()].map((name) => store.remove(name)));
    expect([...(await listed()).keys()].filter((name) => names.has(name))).toEqual([]);
  });
});

describe("segments", () => {
  test.each([
    [0, 10, [[0, 0, 10]]],
    [
      SEGMENT_BYTES - 4,
      10,
      [
        [0, SEGMENT_BYTES - 4, 4],
        [1, 0, 6],
      ],
    ],
    [
      SEGMENT_BYTES * 3,
      SEGMENT_BYTES + 1,
      [
        [3, 0, SEGMENT_BYTES],
        [4, 0, 1],
      ],
    ],
    [7, 0, []],
  ])("%i bytes on, %i bytes", (offset, length, pieces) => {
    expect(piecesOf(offset, length).map(({ segment, from, bytes }) => [segment, from, bytes])).toEqual(pieces);
  });
  test("a key says its object and segment; a stranger's says nothing", () => {
    const name = randomUUID();
    expect(readKey("a/", keyOf("a/", name, 31))).toEqual({ name, segment: 31 });
    expect([readKey("a/", keyOf("b/", name, 31)), readKey("", "notes.txt")]).toEqual([undefined, undefined]);
    expect(keyOf("", name, 9) < keyOf("", name, 10)).toBe(true);
  });
  test("waits double up to ten seconds, and chance takes up to half", () => {
    expect([1, 2, 3, 9].map((after) => [backoffMs(after, 0), backoffMs(after, 1)])).toEqual([
      [100, 200],
      [200, 400],
      [400, 800],
      [5_000, 10_000],
    ]);
  });
});
