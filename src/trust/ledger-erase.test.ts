import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LedgerNode, ledgerNode, NOW } from "../../test/ledger-world.ts";
import { thorough } from "../../test/thorough.ts";
import { sql } from "../kernel/database.ts";
import { digestOf, ERASED_ENTRIES, eraseEntries, journal, type JournalRecord } from "../kernel/journal.ts";
import { asJson } from "../kernel/json.ts";
import { latestCheckpoint, proofsOf } from "./ledger.ts";
import { isProven, readTlogProof } from "./verify-checkpoint.ts";
import { leafHash } from "./verify-tlog.ts";

let at: LedgerNode;
beforeAll(async () => {
  at = await ledgerNode();
});
afterAll(() => at.close());

/** Everything that the database says, as text: where a planted word would be found. */
async function everything(): Promise<string> {
  const { rows } = await sql<{ all: string }>`select
    coalesce((select string_agg(journal::text, ' ') from journal), '') || coalesce((select string_agg(ledger_tile::text, ' ') from ledger_tile), '')
      || coalesce((select string_agg(note, ' ') from ledger_checkpoint), '') as all`.execute(at.node.db);
  return rows[0]?.all ?? "";
}

test("whatever is erased, the tree, the chains and every proof stay; the words and the salt that could confirm them are gone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.boolean()),
      async (lengths, choose) => {
        const said: { id: string; salt: Buffer; record: JournalRecord; word: string }[] = [];
        for (const length of lengths) {
          const subject = { kind: "report", id: randomUUID() };
          for (let n = 0; n < length; n += 1) {
            const word = `planted-${randomUUID()}`;
            const facts = {
              node: "XA",
              now: NOW.add({ seconds: n }),
              act: "report.note",
              subject,
              actor: { kind: "system", job: "test" } as const,
              basis: [],
              decision: { policies: [], pack: "" },
              change: { word, n },
            };
            const { record, salt } = await at.node.db.transaction().execute((tx) => journal(tx, facts));
            said.push({ id: record.id, salt, record, word });
          }
        }
        await at.run();
        const before = await latestCheckpoint(at.node.db);
        if (!before) throw new Error("nothing was signed");
        const ids = said.map(({ id }) => id);
        const proofs = await proofsOf(at.node.db, ids, before);
        const gone = said.filter(() => choose.next().value === true);
        await at.node.db.transaction().execute(async (tx) => {
          const erased = await eraseEntries(
            tx,
            gone.map(({ id }) => id),
          );
          await journal(tx, {
            node: "XA",
            now: NOW.add({ minutes: 1 }),
            act: "report.erase",
            subject: { kind: "erasure", id: randomUUID() },
            actor: { kind: "system", job: "test" },
            basis: [],
            decision: { policies: [], pack: "" },
            change: asJson({ [ERASED_ENTRIES]: erased }),
          });
        });
        await at.run();
        // The same tree grew on, and every proof given out before and made anew still leads to it.
        const report = await at.check();
        expect(report.findings).toEqual([]);
        expect(await proofsOf(at.node.db, ids, before)).toEqual(proofs);
        for (const { entry, proof } of proofs) {
          const one = said.find(({ id }) => id === entry);
          if (!one) throw new Error("a proof of something else");
          expect(isProven(readTlogProof(proof), leafHash(digestOf(one.salt, one.record)))).toBe(true);
        }
        const all = await everything();
        for (const { word, salt } of said) {
          const isGone = gone.some((each) => each.word === word);
          expect([all.includes(word), all.includes(salt.toString("hex"))]).toEqual([!isGone, !isGone]);
        }
        // What is left of one that was erased can't be changed or moved to another without being found.
        const [first] = gone;
        if (!first) return;
        await sql`update journal set record = jsonb_set(record, '{act}', '"report.other"') where id = ${first.id}`.execute(
          at.node.db,
        );
        expect((await at.check()).findings).toMatchObject([{ kind: "altered", entry: first.id }]);
        await sql`update journal set record = jsonb_set(record, '{act}', '"report.note"') where id = ${first.id}`.execute(
          at.node.db,
        );
      },
    ),
    { numRuns: thorough(4, 100) },
  );
});
