import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { sql } from "../kernel/database.ts";
import { digestOf, type Entry, type JournalRecord, makeEntry, writeEntries } from "../kernel/journal.ts";
import { makeServer } from "../kernel/server.ts";
import { chrome } from "../chrome.ts";
import { checkpointOf, consistencyProof, latestCheckpoint, ledgerStatus, proofsOf } from "./ledger.ts";
import { ledgerCheck } from "./ledger-check.ts";
import { ledgerIdentity } from "./ledger-identity.ts";
import { ledgerSigner } from "./ledger-key.ts";
import { ledger } from "./ledger-slice.ts";
import { LedgerBroken, sequence, sequenceIn, sequencer } from "./sequencer.ts";
import { bundleOf, entriesOf } from "./tiles.ts";
import { isOfLog, isProven, readCheckpoint, readTlogProof } from "./verify-checkpoint.ts";
import { readVkey } from "./verify-note.ts";
import { EMPTY_ROOT, isConsistent, leafHash, rootOf } from "./verify-tlog.ts";

const NOW = Temporal.Instant.from("2026-11-23T12:00:00Z");

let at: TestNode;
beforeEach(async () => {
  at = await testNode([ledger]);
});
afterEach(() => at.close());

/** Journals `count` acts on one subject, as the pipeline would. */
async function acts(
  count: number,
  subject = { kind: "request", id: randomUUID() as string },
  before?: Entry,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let n = 0; n < count; n++) {
    const last = entries.at(-1) ?? before;
    const facts = {
      node: "XA",
      now: NOW.add({ seconds: n }),
      act: n === 0 ? "request.draft" : "request.note",
      subject,
      actor: { kind: "system", job: "test" } as const,
      basis: [],
      decision: { policies: ["test"], pack: "0".repeat(64) },
      change: { n, text: "é\u20ac\u{1f600}", amount: 1.5 },
    };
    entries.push(makeEntry(facts, last && { seq: last.record.seq, digest: last.digest }));
  }
  await at.node.db.transaction().execute((tx) => writeEntries(tx, entries));
  return entries;
}
const run = (batchEntries?: number) => sequence(at.node.db, ledgerSigner(at.node), NOW, batchEntries);
const check = () => ledgerCheck(at.node.db, ledgerIdentity(at.node));
const key = () => readVkey(ledgerIdentity(at.node).vkey);
const leaves = async () =>
  (await at.node.db.selectFrom("journal").select(["id", "leaf"]).orderBy("ord").execute()).map(({ leaf }) => leaf);

describe("the sequencer", () => {
  test("the first checkpoint is of the empty tree; then the entries get their leaves in the order they were written", async () => {
    expect(await run()).toEqual({ taken: 0, size: 0, root: EMPTY_ROOT });
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

/** Rewrites an entry so that it agrees with itself: new record, new digest. */
async function forge(
  { record, salt }: Entry,
  change: Partial<JournalRecord>,
): Promise<{ old: Buffer; digest: Buffer }> {
  const forged = { ...record, ...change };
  const digest = digestOf(salt, forged);
  await sql`update journal set record = ${JSON.stringify(forged)}::jsonb, digest = ${digest}, at = ${forged.at}, act = ${forged.act} where id = ${record.id}`.execute(
    at.node.db,
  );
  return { old: digestOf(salt, record), digest };
}

describe("comity ledger check", () => {
  let entries: Entry[];
  const third = () => entries[2] as Entry;
  beforeEach(async () => {
    entries = await acts(4);
    await run();
    entries.push(...(await acts(300)));
    await run();
  });
  const subjectOf = (entry: Entry) => ({ kind: "request", id: entry.record.subject.id });

  test("an untouched journal is good", async () => {
    expect(await check()).toMatchObject({ ok: true, findings: [], size: 304, checkpoints: 2, entries: 304 });
  });

  test.each([
    [
      "its record",
      "update journal set record = jsonb_set(record, '{change,n}', '99') where leaf = 2",
      ["record or salt"],
    ],
    ["its salt", "update journal set salt = decode(repeat('00', 32), 'hex') where leaf = 2", ["record or salt"]],
    ["its digest", "update journal set digest = decode(repeat('00', 32), 'hex') where leaf = 2", ["digest"]],
    ["its time", "update journal set at = at + interval '1 hour' where leaf = 2", ["at"]],
    ["its act", "update journal set act = 'request.send' where leaf = 2", ["act"]],
    ["its subject", "update journal set subject_kind = 'case' where leaf = 2", ["subject_kind"]],
    ["what it follows", "update journal set prev = null where leaf = 2", ["prev"]],
  ])("altered, %s", async (_, statement, differs) => {
    await sql.raw(statement).execute(at.node.db);
    const { ok, findings } = await check();
    expect(ok).toBe(false);
    const altered = findings.filter(({ kind }) => kind === "altered");
    expect(altered).toMatchObject([{ entry: third().record.id, leaf: 2, seq: 3, differs }]);
    expect(findings.filter(({ kind }) => kind === "inserted")).toEqual([]);
    expect(altered[0]?.says).toContain(third().record.id);
  });

  test("altered so that the entry agrees with itself", async () => {
    await forge(third(), { act: "request.send" });
    expect((await check()).findings).toMatchObject([
      {
        kind: "altered",
        entry: third().record.id,
        leaf: 2,
        subject: subjectOf(third()),
        differs: ["record or salt", "digest"],
      },
    ]);
  });

  test("altered in the journal, in the tile and in the bundle alike: the checkpoint and the next entry tell", async () => {
    const { digest } = await forge(third(), { act: "request.send" });
    const rows = await at.node.db.selectFrom("ledger_tile").selectAll().where("idx", "=", 0).execute();
    for (const { level, bytes } of rows) {
      if (level === 0) leafHash(digest).copy(bytes, 64);
      const changed =
        level === -1 ? bundleOf(entriesOf(bytes).map((entry, index) => (index === 2 ? digest : entry))) : bytes;
      await at.node.db
        .updateTable("ledger_tile")
        .set({ bytes: changed })
        .where("level", "=", level)
        .where("idx", "=", 0)
        .execute();
    }
    const { findings } = await check();
    expect(findings).toContainEqual(expect.objectContaining({ kind: "altered", entry: third().record.id, leaf: 2 }));
    expect(findings.find(({ kind }) => kind === "checkpoint")?.says).toContain("leaf 0 to 3");
  });

  test("removed: its leaf, and the chain it was taken from", async () => {
    await sql`delete from journal where leaf = 2`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "removed", leaf: 2, subject: subjectOf(third()), seq: 3 }]);
  });

  test("removed from the end of a chain", async () => {
    await sql`delete from journal where leaf = 303`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "removed", leaf: 303 }]);
  });

  test("taken out of its place", async () => {
    await sql`update journal set leaf = null where leaf = 2`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "removed", entry: third().record.id, leaf: 2 }]);
  });

  test("two entries that changed places are both named", async () => {
    await sql`update journal set leaf = -1 where leaf = 2`.execute(at.node.db);
    await sql`update journal set leaf = 2 where leaf = 3`.execute(at.node.db);
    await sql`update journal set leaf = 3 where leaf = -1`.execute(at.node.db);
    const { findings } = await check();
    expect(findings.map(({ entry }) => entry)).toEqual([entries[3]?.record.id, entries[2]?.record.id]);
  });

  test("inserted, with a leaf that was never given", async () => {
    const [extra] = await acts(1);
    await sql`update journal set leaf = 304 where id = ${extra?.record.id ?? ""}`.execute(at.node.db);
    expect((await check()).findings).toMatchObject([{ kind: "inserted", entry: extra?.record.id, leaf: 304 }]);
  });

  test.each([
    ["before the sequencer comes", false],
    ["and sequenced", true],
  ])("inserted at the end of a chain it does not follow, %s", async (_, isSequenced) => {
    const last = entries[3] as Entry;
    const [extra] = await acts(1, subjectOf(last), { ...last, digest: Buffer.alloc(32, 9) });
    if (isSequenced) await run();
    expect((await check()).findings).toMatchObject([
      { kind: "inserted", entry: extra?.record.id, seq: 5, differs: ["prev"] },
    ]);
  });

  test("inserted by hand, without a digest of its own", async () => {
    const id = randomUUID();
    await sql`insert into journal (id, at, act, subject_kind, subject_id, seq, record, salt, digest)
      select ${id}::uuid, at, act, subject_kind, ${randomUUID()}::uuid, 1, record, salt, digest from journal where leaf = 0`.execute(
      at.node.db,
    );
    expect((await check()).findings).toMatchObject([{ kind: "inserted", entry: id }]);
    await run();
    expect((await check()).findings).toMatchObject([{ kind: "altered", entry: id, leaf: 304 }]);
  });

  test("a tile changed, a bundle lost: the journal is not blamed", async () => {
    await sql`update ledger_tile set bytes = overlay(bytes placing '\\xffff'::bytea from 100) where level = 0 and idx = 1`.execute(
      at.node.db,
    );
    await sql`delete from ledger_tile where level = -1 and idx = 0`.execute(at.node.db);
    await sql`update ledger_tile set bytes = overlay(bytes placing '\\xffff'::bytea from 1) where level = 1`.execute(
      at.node.db,
    );
    const { findings } = await check();
    expect(findings.map(({ kind, differs }) => [kind, ...differs]).toSorted()).toEqual([
      ["tile", "tile/0/001"],
      ["tile", "tile/1/000"],
      ["tile", "tile/entries/000"],
    ]);
  });

  test("a checkpoint with another root, or by another key", async () => {
    await sql`update ledger_checkpoint set root = decode(repeat('00', 32), 'hex') where size = 4`.execute(at.node.db);
    await sql`update ledger_checkpoint set note = replace(note, 'xa', 'xz') where size = 304`.execute(at.node.db);
    expect((await check()).findings.map(({ kind, differs }) => [kind, ...differs])).toEqual([
      ["checkpoint", "size 4: the note says something else"],
      ["checkpoint", "size 304: not signed by this ledger"],
    ]);
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
