import { randomUUID } from "node:crypto";
import { sql } from "../src/kernel/database.ts";
import { type Entry, makeEntry, writeEntries } from "../src/kernel/journal.ts";
import type { Node } from "../src/kernel/node.ts";
import { latestCheckpoint, proofsOf } from "../src/trust/ledger.ts";
import { ledgerCheck } from "../src/trust/ledger-check.ts";
import { ledgerIdentity } from "../src/trust/ledger-identity.ts";
import { sequencer } from "../src/trust/ledger-guard.ts";
import { type Measurement, measured } from "./measurement.ts";
import { withNode } from "./node.ts";

const ENTRIES = 60_000;
const CHAIN = 10;
const AT_ONCE = 5_000;
const PROOFS = 1_000;
/** Tessera on POSIX, NVMe and seven cores, as its authors published it, in entries a second. */
const TESSERA = 10_000;

/** Journals acts as the pipeline would: chains of ten, each record about 600 bytes. */
async function journal(node: Node): Promise<void> {
  const now = node.clock();
  let entries: Entry[] = [];
  for (let n = 0; n < ENTRIES / CHAIN; n++) {
    const subject = { kind: "request", id: randomUUID() };
    let before: Entry | undefined;
    for (let seq = 0; seq < CHAIN; seq++) {
      const facts = {
        node: node.code,
        now,
        act: "request.note",
        subject,
        actor: { kind: "system", job: "bench" } as const,
        basis: ["CETS 185 Art. 29(7)"],
        decision: { policies: ["bench"], pack: "0".repeat(64) },
        change: { text: "what an officer wrote about it, in a sentence or two, as they do" },
      };
      before = makeEntry(facts, before && { seq: before.record.seq, digest: before.digest });
      entries.push(before);
    }
    if (entries.length < AT_ONCE) continue;
    await node.db.transaction().execute((tx) => writeEntries(tx, entries));
    entries = [];
  }
  await node.db.transaction().execute((tx) => writeEntries(tx, entries));
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

/** How fast the ledger takes entries in (numbered, hashed, in tiles, signed, flushed), is checked whole, and proves. */
export const measureLedger = (): Promise<Measurement[]> =>
  withNode(async (node) => {
    await journal(node);
    const sequenced = ENTRIES / (await seconds(() => sequencer.run(node)));
    const checked = await seconds(async () => {
      const { ok, size } = await ledgerCheck(node.db, ledgerIdentity(node), node.services.keys);
      if (!ok || size !== ENTRIES) throw new Error("the bench's own ledger is not good");
    });
    const read = await seconds(() => node.db.selectFrom("journal").selectAll().execute());
    const { rows } = await sql<{ id: string }>`select id from journal order by random() limit ${PROOFS}`.execute(
      node.db,
    );
    const checkpoint = await latestCheckpoint(node.db);
    if (!checkpoint) throw new Error("the bench's ledger has no checkpoint");
    const ids = rows.map(({ id }) => id);
    const proven = await seconds(async () => {
      for (const id of ids) await proofsOf(node.db, [id], checkpoint);
    });
    const looked = await seconds(async () => {
      for (const id of ids) await node.db.selectFrom("journal").select("leaf").where("id", "=", id).execute();
    });
    // The same rows, numbered once more by one plain statement: nothing hashed, no tile, no signature.
    const numbered = await seconds(() => sql`update journal set leaf = leaf + ${ENTRIES}`.execute(node.db));
    const plain = {
      name: "one UPDATE that numbers the same rows, without tree or signature",
      value: ENTRIES / numbered,
    };
    return [
      measured("ledger.sequence", sequenced, "entries/s", plain),
      measured("ledger.sequence", sequenced, "entries/s", { name: "Tessera on POSIX, as published", value: TESSERA }),
      measured("ledger.check", ENTRIES / checked, "entries/s", {
        name: "reading the same rows",
        value: ENTRIES / read,
      }),
      measured("ledger.proof", PROOFS / proven, "proofs/s", {
        name: "looking up one row by its id",
        value: PROOFS / looked,
      }),
    ];
  });
