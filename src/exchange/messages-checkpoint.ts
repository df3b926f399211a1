import type { Tx } from "../kernel/database.ts";

/** The text of this node's latest ledger checkpoint, which a receipt carries; `null` while the log has none. */
export async function latestCheckpoint(tx: Tx): Promise<string | null> {
  void tx;
  return null;
}
