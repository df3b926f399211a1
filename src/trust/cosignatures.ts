import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { KeptCheckpoint } from "./ledger.ts";
import { checkpointSignatures, readCheckpoint } from "./verify-checkpoint.ts";
import { readVkey } from "./verify-note.ts";

/** A checkpoint with the signatures of those who witnessed it. */
export interface Witnessed {
  /** The signed note with its cosignatures. */
  readonly note: string;
  /** Verifier keys of those who cosigned it. */
  readonly by: readonly string[];
}

/** The checkpoint as it is served: what was cosigned of it since stands below the log's own signature. */
export async function witnessedNote(
  db: Database | Tx,
  { size, note }: Pick<KeptCheckpoint, "size" | "note">,
): Promise<Witnessed> {
  const lines = await db
    .selectFrom("ledger_cosignature")
    .select(["vkey", "line"])
    .where("size", "=", size)
    .orderBy("vkey")
    .execute();
  return { note: note + lines.map(({ line }) => `${line}\n`).join(""), by: lines.map(({ vkey }) => vkey) };
}

/** Keeps a cosignature of a checkpoint. False, and nothing is kept, where the line is not that key's signature of it. */
export async function keepCosignature(
  db: Database,
  { size, note }: Pick<KeptCheckpoint, "size" | "note">,
  by: { readonly vkey: string; readonly peer: string; readonly line: string; readonly now: Temporal.Instant },
): Promise<boolean> {
  const { vkey, peer, line, now } = by;
  const good = checkpointSignatures(readCheckpoint(`${note}${line}\n`), [readVkey(vkey)]);
  if (good?.length !== 1) return false;
  await db
    .insertInto("ledger_cosignature")
    .values({ size, vkey, peer, line, at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}

/** The checkpoint that covers at least `size` entries and that most have cosigned; of those the smallest. `null` where none covers so many. */
export async function bestWitnessed(
  db: Database | Tx,
  size: number,
): Promise<{ readonly checkpoint: KeptCheckpoint; readonly count: number } | null> {
  const { rows } = await sql<KeptCheckpoint & { count: number }>`
    select c.size, c.root, c.note, c.at, count(distinct s.peer)::int as count from ledger_checkpoint c
      left join ledger_cosignature s on s.size = c.size
      where c.size >= ${size} group by c.size order by count desc, c.size limit 1`.execute(db);
  const [row] = rows;
  if (!row) return null;
  const { count, ...checkpoint } = row;
  return { checkpoint, count };
}

/** How many witnesses have cosigned anything since that moment: those that can be waited for. */
export async function witnessesSince(db: Database | Tx, since: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct peer)::int as n from ledger_cosignature where at >= ${since}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** The largest of this ledger's trees that the witness has cosigned, with any of its keys, in entries, and when; `null` where none. */
export async function lastWitnessed(
  db: Database | Tx,
  vkeys: readonly string[],
): Promise<{ readonly size: number; readonly at: Temporal.Instant } | null> {
  const { rows } = await sql<{ size: number; at: Temporal.Instant }>`
    select size, at from ledger_cosignature where vkey = any(${vkeys}) order by size desc limit 1`.execute(db);
  return rows[0] ?? null;
}
