import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";
import { type JournalRecord, journal } from "../kernel/journal.ts";
import { headsOf, logHeads } from "./heads.ts";
import { inclusionRanges } from "./proof.ts";
import { readCheckpoint } from "./verify-checkpoint.ts";
import { headCheck, headLeaf } from "./verify-head.ts";
import type { CustodyLine } from "./verify-package-form.ts";
import { rootOf } from "./verify-tlog.ts";
import { ledgerIdentity } from "./ledger-identity.ts";
import { ledgerSigner } from "./ledger-key.ts";
import { type KeptCheckpoint, latestCheckpoint, proofsOf } from "./ledger.ts";
import { example, exampleFile } from "./package-example.ts";
import { preparePackage } from "./package.ts";
import { sequence } from "./sequencer.ts";
import { type Report, verifyPackage } from "./verify.ts";

let it: TestNode;
const now = Temporal.Instant.from("2026-11-23T10:00:00Z");
const items = Array.from({ length: 5 }, () => randomUUID());
const [wanted = ""] = items;
const file = exampleFile("photo.txt", "a photo");

beforeAll(async () => {
  it = await testNode([], { clock: () => now });
});
afterAll(() => it.close());

const event = (item: string, act: string, change: JsonObject) =>
  it.node.db.transaction().execute((tx) =>
    journal(tx, {
      node: "XA",
      now,
      act,
      subject: { kind: "item", id: item },
      actor: system("demo"),
      basis: [],
      decision: { policies: [], pack: "" },
      change,
    }),
  );

async function checkpointNow(): Promise<KeptCheckpoint> {
  await sequence(it.node.db, ledgerSigner(it.node), now);
  const checkpoint = await latestCheckpoint(it.node.db);
  if (!checkpoint) throw new Error("the ledger signed nothing");
  return checkpoint;
}

/** Verifies a package of the wanted item, made by a node that leaves out all events but the first `kept`. */
async function verified(kept: number, of = wanted): Promise<Report> {
  const checkpoint = await checkpointNow();
  const { rows } = await sql<{ id: string; record: JournalRecord; salt: Buffer }>`
    select id, record, salt from journal where subject_id = ${of} order by seq`.execute(it.node.db);
  const proofs = await proofsOf(
    it.node.db,
    rows.map(({ id }) => id),
    checkpoint,
  );
  const custody = rows.slice(0, kept).map(({ id, record, salt }) => ({
    record,
    salt,
    proof: proofs.find(({ entry }) => entry === id)?.proof ?? "",
  }));
  const head = (await headsOf(it.node.db, [of], checkpoint)).get(of);
  const { options } = example([]);
  const item = {
    number: "1",
    subject: { kind: "item", id: of },
    description: "",
    facts: {},
    files: [file],
    custody,
  };
  const prepared = await preparePackage({
    ...options,
    items: [head ? { ...item, head } : item],
    ledger: { ...ledgerIdentity(it.node), witnesses: [], quorum: 0, checkpoint: checkpoint.note },
  });
  return verifyPackage(await buffer(prepared.stream()));
}

test("what a node logged as an item's last event cannot be left out of a package later", async () => {
  for (const item of items) await event(item, "item.acquire", { sha256: file.sha256, item });
  const before = await verified(1);
  expect(before.ok).toBe(true);
  expect(before.checks.find(({ id }) => id === "head")?.key).toBe("head.none");

  await event(wanted, "item.open", {});
  await checkpointNow();
  await logHeads(it.node);
  expect(await it.node.db.selectFrom("head_map").select(["items"]).execute()).toEqual([{ items: items.length }]);
  const whole = await verified(2);
  expect(whole.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(whole.checks.find(({ id }) => id === "head")?.key).toBe("head.ok");
  const shortened = await verified(1);
  expect(shortened.checks.filter(({ ok }) => !ok).map(({ key }) => key)).toEqual(["head.other"]);

  await event(wanted, "item.seal", {});
  expect((await verified(3)).ok).toBe(true);
  const late = randomUUID();
  await event(late, "item.acquire", { sha256: file.sha256, item: late });
  const young = await verified(1, late);
  expect(young.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(young.checks.find(({ id }) => id === "head")?.key).toBe("head.absent");
});

test("many items and events: each is proved, or its absence is, by what its own path costs", async () => {
  const many = Array.from({ length: 40 }, () => randomUUID());
  for (const round of [many, many.slice(0, 7), many.slice(3, 5)]) {
    for (const item of round) await event(item, "item.note", {});
    await checkpointNow();
    await logHeads(it.node);
  }
  const checkpoint = await checkpointNow();
  const { rows } = await sql<{
    id: string;
    seq: number;
    digest: Buffer;
  }>`select distinct on (subject_id) subject_id as id, seq, digest
    from journal where subject_kind = 'item' order by subject_id, seq desc`.execute(it.node.db);
  for (const { id, seq, digest } of rows)
    expect((await headsOf(it.node.db, [id], checkpoint)).get(id)).toMatchObject({
      form: "map",
      head: { seq, digest: digest.toString("hex") },
    });
  const stranger = randomUUID();
  expect((await headsOf(it.node.db, [stranger], checkpoint)).get(stranger)).toMatchObject({ form: "absent" });
  // Seven items have at most seven tiles of the upper levels, and the one above.
  const written = await it.node.db.selectFrom("head_tile").select(["idx", "entries"]).orderBy("entries").execute();
  const last = written.filter(({ entries }) => entries === written.at(-1)?.entries);
  expect(last.length).toBeLessThanOrEqual(3);
});

test("what a node logged as a list, before there was a map, still proves what it proved", async () => {
  const heads = items.map((id, n) => ({ subject: { kind: "item", id }, seq: n + 1, digest: String(n).repeat(64) }));
  const leaves = heads.map(headLeaf);
  const entry = await it.node.db.transaction().execute((tx) =>
    journal(tx, {
      node: "XA",
      now,
      act: "ledger.heads",
      subject: { kind: "ledger", id: "00000000-0000-8000-8000-000000000001" },
      actor: system("ledger-heads"),
      basis: [],
      decision: { policies: [], pack: "" },
      change: { root: rootOf(leaves).toString("hex"), size: leaves.length, entries: 9 },
    }),
  );
  const checkpoint = await checkpointNow();
  const [proven] = await proofsOf(it.node.db, [entry.record.id], checkpoint);
  const hashes = inclusionRanges(2, leaves.length).map(({ start, end }) => rootOf(leaves.slice(start, end)));
  const written = (index: number) =>
    Buffer.from(
      JSON.stringify({
        v: "comity.heads/1",
        head: heads[index],
        logged: { salt: entry.salt.toString("base64"), record: entry.record },
        proof: proven?.proof,
        index,
        size: leaves.length,
        hashes: hashes.map((hash) => hash.toString("base64")),
      }),
    );
  const ledger = {
    checkpoint: readCheckpoint(checkpoint.note),
    written: checkpoint.note,
    summary: { origin: "", vkey: "", size: checkpoint.size, cosigned: 0, witnesses: [] },
  };
  const line = { digest: Buffer.from("2".repeat(64), "hex") } as CustodyLine;
  const about = { number: "1", subject: { kind: "item", id: items[2] ?? "" }, lines: [line, line, line] };
  expect(headCheck("head.json", written(2), about, ledger).key).toBe("head.ok");
  expect(headCheck("head.json", written(1), about, ledger).key).toBe("head.wrong");
  const asMap = Buffer.from(written(2).toString().replace("comity.heads/1", "comity.heads/2"));
  expect(headCheck("head.json", asMap, about, ledger).key).toBe("head.wrong");
});

test("nothing is logged while no item has a new event", async () => {
  const count = async () =>
    (await it.node.db.selectFrom("journal").select("id").where("subject_kind", "=", "ledger").execute()).length;
  await checkpointNow();
  await logHeads(it.node);
  const logged = await count();
  await checkpointNow();
  await logHeads(it.node);
  expect(await count()).toBe(logged);
});
