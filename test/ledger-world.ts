import { randomUUID } from "node:crypto";
import { testNode } from "./node.ts";
import { type Entry, makeEntry, writeEntries } from "../src/kernel/journal.ts";
import { ledgerCheck } from "../src/trust/ledger-check.ts";
import { ledgerIdentity } from "../src/trust/ledger-identity.ts";
import { ledgerSigner } from "../src/trust/ledger-key.ts";
import { ledger } from "../src/trust/ledger-slice.ts";
import { sequence } from "../src/trust/sequencer.ts";

/** When everything of the example happens. */
export const NOW = Temporal.Instant.from("2026-11-23T12:00:00Z");

/** A node with a ledger, and ways to journal, sequence and check. */
export async function ledgerNode() {
  const at = await testNode([ledger]);
  const { node } = at;
  return {
    ...at,
    /** Journals `count` acts on one subject, as the pipeline would. */
    acts: async (
      count: number,
      subject = { kind: "request", id: randomUUID() as string },
      before?: Entry,
    ): Promise<Entry[]> => {
      const entries: Entry[] = [];
      for (let n = 0; n < count; n++) {
        const last = entries.at(-1) ?? before;
        const facts = {
          node: node.code,
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
      await node.db.transaction().execute((tx) => writeEntries(tx, entries));
      return entries;
    },
    run: (batchEntries?: number) => sequence(node.db, ledgerSigner(node), NOW, batchEntries),
    check: () => ledgerCheck(node.db, ledgerIdentity(node), node.services.keys),
  };
}
export type LedgerNode = Awaited<ReturnType<typeof ledgerNode>>;
