import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chrome } from "../chrome.ts";
import { sql } from "../kernel/database.ts";
import type { Entry } from "../kernel/journal.ts";
import { makeServer } from "../kernel/server.ts";
import { checkpointOf, consistencyProof, latestCheckpoint, ledgerStatus, proofsOf } from "./ledger.ts";
import { type LedgerNode, ledgerNode, NOW } from "../../test/ledger-world.ts";
import { ledgerIdentity } from "./ledger-identity.ts";
import { ledgerSigner } from "./ledger-key.ts";
import { sequencer } from "./ledger-guard.ts";
import { LedgerBroken, sequenceIn } from "./sequencer.ts";
import { bundleOf } from "./tiles.ts";
import { isOfLog, isProven, readCheckpoint, readTlogProof } from "./verify-checkpoint.ts";
import { readVkey } from "./verify-note.ts";
import { EMPTY_ROOT, isConsistent, leafHash, rootOf } from "./verify-tlog.ts";

let at: LedgerNode;
beforeEach(async () => {
  at = await ledgerNode();
});
afterEach(() => at.close());
const acts: LedgerNode["acts"] = (...given) => at.acts(...given);
const run: LedgerNode["run"] = (batchEntries) => at.run(batchEntries);
const check: LedgerNode["check"] = () => at.check();
const key = () => readVkey(ledgerIdentity(at.node).vkey);
const leaves = async () =>
  (await at.node.db.selectFrom("journal").select(["id", "leaf"]).orderBy("ord").execute()).map(({ leaf }) => leaf);

describe("the sequencer", () => {
  test("the first checkpoint is of the empty tree; then the entries get their leaves in the order they were written", async () => {
    expect(await run()).toMatchObject({ taken: 0, size: 0, root: EMPTY_ROOT });
    const entries = await acts(300);
    expect((await ledgerStatus(at.node.db)).waiting).toBe(300);
    const { size, root } = await run();
    expect(size).toBe(300);
    expect(root).toEqual(rootOf(entries.map(({ digest }) => leafHash(digest))));
    expect(await leaves()).toEqual(entries.map((_, leaf) => leaf));
    const status = await ledgerStatus(at.node.db);
    expect(status).toMatchObject({ waiting: 0, waitingSince: null, checkpoint: { size: 300 } });
    expect(isOfLog(readCheckpoint(status.checkpoint?.note ?? ""), { origin: "comity.ledger/xa", key: key() })).toBe(
      true,
    );
  });

  test("nothing new, nothing signed", async () => {
    await acts(3);
    await run();
    const before = await latestCheckpoint(at.node.db);
    expect((await run()).taken).toBe(0);
    expect(await latestCheckpoint(at.node.db)).toEqual(before);
  });

  test("every checkpoint begins every later one, and every entry is proven in each that covers it", async () => {
    const entries: Entry[] = [];
    for (const count of [1, 1, 5, 249, 1, 300, 17]) {
      entries.push(...(await acts(count)));
      await run();
    }
    const sizes = [1, 2, 7, 256, 257, 557, 574];
    const checkpoints = await Promise.all(sizes.map((size) => checkpointOf(at.node.db, size)));
    for (const one of checkpoints)
      for (const two of checkpoints) {
        if (!one || !two) throw new Error("a checkpoint is missing");
        if (one.size > two.size) continue;
        const proof = await consistencyProof(at.node.db, one.size, two.size);
        const claim = { size1: BigInt(one.size), size2: BigInt(two.size), root1: one.root, root2: two.root, proof };
        expect(isConsistent(claim)).toBe(true);
      }
    for (const checkpoint of checkpoints.slice(2)) {
      if (!checkpoint) throw new Error("a checkpoint is missing");
      const covered = entries.slice(0, checkpoint.size);
      const proven = await proofsOf(
        at.node.db,
        entries.map(({ record }) => record.id),
        checkpoint,
      );
      expect(proven.map(({ entry }) => entry)).toEqual(covered.map(({ record }) => record.id));
      for (const [leaf, { proof }] of proven.entries())
        expect(isProven(readTlogProof(proof), leafHash(covered[leaf]?.digest ?? Buffer.alloc(0)))).toBe(true);
    }
    expect(await check()).toMatchObject({ ok: true, size: 574, checkpoints: 7, entries: 574, waiting: 0 });
  });

  test("what ends a batch before its commit leaves no gap, no leaf and no checkpoint", async () => {
    await acts(5);
    await run();
    await acts(9);
    for (let n = 0; n < 3; n++)
      await expect(
        at.node.db.transaction().execute(async (tx) => {
          await sequenceIn(tx, ledgerSigner(at.node), NOW);
          throw new Error("the power is cut");
        }),
      ).rejects.toThrow("the power is cut");
    const client = await at.node.pool.connect();
    client.on("error", () => undefined);
    await client.query("begin");
    await client.query(
      "update journal set leaf = 5 where leaf is null and ord = (select min(ord) from journal where leaf is null)",
    );
    await at.node.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
    );
    client.release(true);
    expect((await latestCheckpoint(at.node.db))?.size).toBe(5);
    expect((await run()).size).toBe(14);
    expect(await leaves()).toEqual(Array.from({ length: 14 }, (_, leaf) => leaf));
    expect((await check()).ok).toBe(true);
  });

  test("many at once make one ledger", async () => {
    await acts(500);
    await Promise.all(Array.from({ length: 6 }, () => run(100)));
    expect((await leaves()).toSorted((a, b) => (a ?? -1) - (b ?? -1))).toEqual(
      Array.from({ length: 500 }, (_, leaf) => leaf),
    );
    expect(await check()).toMatchObject({ ok: true, size: 500, checkpoints: 5 });
  });

  test("the job goes on until nothing waits", async () => {
    await acts(20_000);
    await sequencer.run(at.node);
    expect(await check()).toMatchObject({ ok: true, size: 20_000, waiting: 0 });
  });

  test("nothing is signed on tiles that do not give the root last signed", async () => {
    await acts(10);
    await run();
    await acts(1);
    await sql`update ledger_tile set bytes = overlay(bytes placing '\\x00'::bytea from 1) where level = 0`.execute(
      at.node.db,
    );
    await expect(run()).rejects.toBeInstanceOf(LedgerBroken);
    expect((await latestCheckpoint(at.node.db))?.size).toBe(10);
  });
});

describe("C2SP tlog-tiles: what anybody may read", () => {
  test("checkpoint, tiles and bundles as the specification has them; nothing else", async () => {
    const entries = await acts(300);
    await run();
    const app = await makeServer({ node: at.node, role: "portal", chrome });
    try {
      const get = (url: string) => app.inject({ method: "GET", url });
      const checkpoint = await get("/ledger/checkpoint");
      expect(checkpoint.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(isOfLog(readCheckpoint(checkpoint.body), { origin: "comity.ledger/xa", key: key() })).toBe(true);
      const hashes = entries.map(({ digest }) => leafHash(digest));
      for (const [path, expected] of [
        ["tile/0/000", Buffer.concat(hashes.slice(0, 256))],
        ["tile/0/001.p/44", Buffer.concat(hashes.slice(256))],
        ["tile/0/000.p/7", Buffer.concat(hashes.slice(0, 7))],
        ["tile/1/000.p/1", rootOf(hashes.slice(0, 256))],
        ["tile/entries/000", bundleOf(entries.slice(0, 256).map(({ digest }) => digest))],
        ["tile/entries/001.p/44", bundleOf(entries.slice(256).map(({ digest }) => digest))],
      ] as const) {
        const tile = await get(`/ledger/${path}`);
        expect([path, tile.statusCode, tile.headers["content-type"]]).toEqual([path, 200, "application/octet-stream"]);
        expect(tile.headers["cache-control"]).toContain("immutable");
        expect(tile.rawPayload).toEqual(expected);
      }
      for (const path of [
        "tile/0/001",
        "tile/0/001.p/45",
        "tile/0/002",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/0/1",
        "tile/00/000",
        "tile/0/000.p/256",
        "tile/entries/002.p/1",
        "tile/-1/000",
        "tile/0/x999/x999/x999/x999/999",
        "tile/",
        "tile/0/%00",
        "tile/63/000",
      ])
        expect([path, (await get(`/ledger/${path}`)).statusCode]).toEqual([path, path === "tile/0/%00" ? 422 : 404]);
    } finally {
      await app.close();
    }
  });
});
