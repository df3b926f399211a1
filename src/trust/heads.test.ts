import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import type { JsonObject } from "../kernel/json.ts";
import { type JournalRecord, journal } from "../kernel/journal.ts";
import { headOf, logHeads } from "./heads.ts";
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
async function verified(kept: number): Promise<Report> {
  const checkpoint = await checkpointNow();
  const { rows } = await sql<{ id: string; record: JournalRecord; salt: Buffer }>`
    select id, record, salt from journal where subject_id = ${wanted} order by seq`.execute(it.node.db);
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
  const head = await headOf(it.node.db, wanted, checkpoint);
  const { options } = example([]);
  const item = {
    number: "1",
    subject: { kind: "item", id: wanted },
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
  const whole = await verified(2);
  expect(whole.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(whole.checks.find(({ id }) => id === "head")?.key).toBe("head.ok");
  const shortened = await verified(1);
  expect(shortened.checks.filter(({ ok }) => !ok).map(({ key }) => key)).toEqual(["head.other"]);

  await event(wanted, "item.seal", {});
  expect((await verified(3)).ok).toBe(true);
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
