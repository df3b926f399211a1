import { randomBytes, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { BACKENDS, openStoreFor, type TestStore } from "../../test/stores.ts";
import { thorough } from "../../test/thorough.ts";
import { cases } from "../cases/slice.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { evidence } from "../evidence/slice.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { Officer } from "../kernel/actor.ts";
import { perform } from "../kernel/pipeline.ts";
import { openVault, type Vault } from "./vault.ts";

let behind: TestStore;
let at: TestNode;
let vault: Vault;
beforeAll(async () => {
  behind = await openStoreFor(BACKENDS[0]);
  at = await testNode([cases, evidence], { config: { log_level: "silent" } });
  vault = openVault(behind.settings, at.node.services.keys);
  Object.assign(at.node.services, { vault });
});
afterAll(async () => {
  await vault.close();
  await at.close();
  await behind.close();
});

/** An officer of an office of its own. */
const stranger = (): Officer => {
  const officer = at.officer("examiner");
  return { ...officer, account: randomUUID(), office: { ...officer.office, id: randomUUID() } };
};
/** Lodges bytes as an exhibit; gives what the officer was told, what was asked of the database, and how long the act took. */
async function lodged(officer: Officer, bytes: Buffer) {
  const upload = await uploadsOf(at.node).take({
    owner: officer.account,
    name: "a.bin",
    media: "application/octet-stream",
    source: Readable.from([bytes]),
    bytesMax: 1e9,
    now: at.node.clock(),
  });
  const statements: string[] = [];
  const client = await at.node.pool.connect();
  const prototype = Object.getPrototypeOf(client) as { query: (...given: unknown[]) => unknown };
  client.release();
  const { query } = prototype;
  prototype.query = function told(this: unknown, ...given: unknown[]) {
    if (typeof given[0] === "string") statements.push(given[0].replaceAll(/\s+/g, " ").slice(0, 60));
    return Reflect.apply(query, this, given);
  };
  const started = performance.now();
  const input = { upload: upload?.id, description: "A", acquisition: { method: "download" } };
  const done = await perform({ node: at.node, actor: officer, act: lodge, input }).finally(() => {
    prototype.query = query;
  });
  return { done, statements, ms: performance.now() - started };
}
const wraps = async () =>
  await at.node.db
    .selectFrom("blob_wrap")
    .select(["holder", "blob", "wrapped"])
    .where("holder", "like", "item:%")
    .execute();

test("who lodges what another office holds already is told the same, asks the database the same, and gets a key like any other", async () => {
  const bytes = randomBytes(100_000);
  await lodged(stranger(), randomBytes(10));
  const first = await lodged(stranger(), bytes);
  const second = await lodged(stranger(), bytes);
  const shape = ({ done }: typeof first) => Object.entries(done.done).map(([name, value]) => [name, typeof value]);
  expect(shape(second)).toEqual(shape(first));
  expect({ ...second.done.done, number: 0, acquired_at: 0 }).toEqual({ ...first.done.done, number: 0, acquired_at: 0 });
  expect(first.statements.length).toBeGreaterThan(5);
  expect(second.statements).toEqual(first.statements);
  const mine = (await wraps()).filter(({ holder }) => [first, second].some(({ done }) => holder === `item:${done.id}`));
  expect(new Set(mine.map(({ blob }) => blob)).size).toBe(1);
  const [a, b] = mine.map(({ wrapped }) => wrapped);
  expect(a?.length).toBe(b?.length);
  expect(a?.equals(b ?? Buffer.alloc(0))).toBe(false);
});

test("neither takes measurably longer than the other: of many pairs in random order, neither kind is the slower one", async () => {
  const pairs = thorough(12, 150);
  let slower = 0;
  for (let n = 0; n < pairs; n += 1) {
    const [known, fresh] = [randomBytes(5_000), randomBytes(5_000)];
    await lodged(stranger(), known);
    const times = { known: 0, fresh: 0 };
    for (const kind of n % 2 === 0 ? (["known", "fresh"] as const) : (["fresh", "known"] as const))
      times[kind] = (await lodged(stranger(), kind === "known" ? known : fresh)).ms;
    if (times.known > times.fresh) slower += 1;
  }
  // A fair coin lies further from the middle than this once in some ten thousand runs.
  expect(Math.abs(slower - pairs / 2)).toBeLessThanOrEqual(2 * Math.sqrt(pairs));
});
