import { sql, type Tx } from "../kernel/database.ts";

/** The text of this node's latest ledger checkpoint, which a receipt carries; `null` while the log has none. */
export async function latestCheckpoint(tx: Tx): Promise<string | null> {
  const { rows } = await sql<{ note: string }>`select note from ledger_checkpoint order by size desc limit 1`.execute(
    tx,
  );
  return rows[0]?.note ?? null;
}
