import { sql } from "../kernel/database.ts";
import type { OnErase } from "../kernel/slice.ts";
import { reportSubject } from "../reports/slice.ts";

/** What a report's erasure destroys of its notices: accounts, letters, and what institutions wrote. Amounts and outcomes stay. */
export const eraseHoldWords: OnErase = async (tx, { kind, id }) => {
  if (kind !== reportSubject.name) return {};
  const done = await sql`update hold set details = null, notice = null, answer = null where report_id = ${id}`.execute(
    tx,
  );
  return { notices: Number(done.numAffectedRows ?? 0) };
};
