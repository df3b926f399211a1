import { system } from "../kernel/actor.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { type JournalRecord, journal } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { type KeptCheckpoint, latestCheckpoint, proofsOf } from "./ledger.ts";
import type { PackagedHead } from "./package.ts";
import { inclusionRanges } from "./proof.ts";
import { HEADS_ACT, type Head, headLeaf } from "./verify-head.ts";
import { rootOf } from "./verify-tlog.ts";

/** The one subject of its kind: the ledger itself. */
const LEDGER = { kind: "ledger", id: "00000000-0000-8000-8000-000000000001" } as const;
/** Whose last events are logged. */
const KIND = "item";
/** At most this long, in seconds, can an event stay unknown to the ledger as the last of its item. */
const EVERY_SECONDS = 180;

/** The last event of every item among the first `size` entries of the ledger, by the item's id. */
async function headsAt(db: Database | Tx, size: number): Promise<Head[]> {
  const { rows } = await sql<{ id: string; seq: number; digest: Buffer }>`
    select distinct on (subject_id) subject_id as id, seq, digest from journal
    where subject_kind = ${KIND} and leaf < ${size} order by subject_id, seq desc`.execute(db);
  return rows.map(({ id, seq, digest }) => ({ subject: { kind: KIND, id }, seq, digest: digest.toString("hex") }));
}

interface Logged {
  readonly id: string;
  readonly record: JournalRecord;
  readonly salt: Buffer;
  readonly leaf: number | null;
}

/** The entry about last events that was written last, among the first `size` entries of the ledger or at all. */
async function lastLogged(db: Database | Tx, size: number | null): Promise<Logged | undefined> {
  const { rows } = await sql<Logged>`select id, record, salt, leaf from journal
    where subject_kind = ${LEDGER.kind} and subject_id = ${LEDGER.id} and act = ${HEADS_ACT} and (${size}::bigint is null or leaf < ${size}::bigint)
    order by seq desc limit 1`.execute(db);
  return rows[0];
}

/**
 * Journals the root over the last events of all items, as the ledger's checkpoint covers them; nothing where it is the one
 * logged before. The caller sees to it that nobody else does so at the same time.
 */
export async function logHeads(node: Node): Promise<void> {
  const checkpoint = await latestCheckpoint(node.db);
  if (!checkpoint) return;
  const heads = await headsAt(node.db, checkpoint.size);
  const root = rootOf(heads.map(headLeaf)).toString("hex");
  const before = await lastLogged(node.db, null);
  if (heads.length === 0 || before?.record.change["root"] === root) return;
  await node.db.transaction().execute((tx) =>
    journal(tx, {
      node: node.code,
      now: node.clock(),
      act: HEADS_ACT,
      subject: LEDGER,
      actor: system("ledger-heads"),
      basis: [],
      decision: { policies: [], pack: node.policy.pack },
      change: { root, size: heads.length, entries: checkpoint.size },
    }),
  );
}

/**
 * What the ledger holds of an item's last event, under this checkpoint: what a package needs to prove that nothing is left
 * out at the end. `null` where the node has not logged it yet.
 */
export async function headOf(
  db: Database | Tx,
  item: string,
  checkpoint: Pick<KeptCheckpoint, "size" | "note">,
): Promise<PackagedHead | null> {
  const logged = await lastLogged(db, checkpoint.size);
  const entries = logged?.record.change["entries"];
  if (!logged || typeof entries !== "number") return null;
  const heads = await headsAt(db, entries);
  const index = heads.findIndex(({ subject }) => subject.id === item);
  const head = heads[index];
  const [proven] = await proofsOf(db, [logged.id], checkpoint);
  const leaves = heads.map(headLeaf);
  // Were they not the same, the package would say that the node had logged something else: better to say nothing.
  if (!head || !proven || rootOf(leaves).toString("hex") !== logged.record.change["root"]) return null;
  const hashes = inclusionRanges(index, leaves.length).map(({ start, end }) => rootOf(leaves.slice(start, end)));
  const { record, salt } = logged;
  return {
    seq: head.seq,
    digest: head.digest,
    logged: { record, salt, proof: proven.proof },
    index,
    size: leaves.length,
    hashes,
  };
}

/** Logs the last events of all items every few minutes. */
export const headsJob: Job = { name: "ledger-heads", everySeconds: EVERY_SECONDS, run: logHeads };
