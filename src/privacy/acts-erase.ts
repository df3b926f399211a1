import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { ERASED_ENTRIES, eraseEntries } from "../kernel/journal.ts";
import { asJson } from "../kernel/json.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnErase } from "../kernel/slice.ts";
import { reportSubject } from "../reports/slice.ts";
import { RETENTION, LIFE, type RetentionRow, retentionSubject } from "./retention.ts";

/**
 * True where a report is needed: a case that is not closed has it, evidence of its case is held, or a bank holds money for it.
 * No policy and no request goes before this.
 */
export const needOf = (alias: string): Expression<SqlBool> => {
  const report = (column: string) => sql.ref(`${alias}.${column}`);
  return sql<SqlBool>`(exists (select 1 from case_file c where c.id = ${report("case_id")} and c.state <> 'closed')
    or exists (select 1 from item i where i.case_id = ${report("case_id")} and i.held)
    or exists (select 1 from hold h where h.report_id = ${report("id")} and h.state in ('sent', 'acknowledged', 'held', 'extended')))`;
};

/** Refuses where what was told must still be kept, with the reason in words. */
async function demandUnneeded(tx: Tx, id: string, by: "clock" | "request"): Promise<void> {
  const { rows } = await sql<{
    needed: boolean;
    clock: string | null;
  }>`select ${needOf("r")} as needed, t.state as clock
    from report r left join retention t on t.id = r.id where r.id = ${id}`.execute(tx);
  if (rows[0]?.needed) throw new Refusal("conflict", "erase-needed");
  // Kept longer by somebody's word: only that word's own end ends it.
  if (by === "request" && rows[0]?.clock === "kept") throw new Refusal("conflict", "erase-kept");
}

/** Acts whose entries say nothing of anybody: what figures and the receipt of the first act rest on. */
const WORDLESS = ["report.submit"];

/** Entries of the journal that may say something of this report's people: its own chain, and what was said of it in others'. */
async function entriesOf(tx: Tx, id: string): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select id from journal where subject_kind = ${reportSubject.name} and subject_id = ${id}
      and not (act = any(${WORDLESS}::text[])) and record->'change' <> '{}'::jsonb and not erased
    union select j.id from report_link l join journal j on j.subject_kind = ${reportSubject.name} and j.subject_id = l.report_id
      and j.act in ('report.link', 'report.unlink') and j.record->'change'->>'other' = ${id} and not j.erased
    where l.other_id = ${id}
    union select id from journal where subject_kind = ${retentionSubject.name} and subject_id = ${id} and act = 'retention.keep' and not erased`.execute(
    tx,
  );
  return rows.map((row) => row.id);
}

/** The clock's own life ends with what it was for. */
const ended = actsOn<RetentionRow, keyof typeof LIFE>(retentionSubject)("erase", {
  audience: "internal",
  input: z.strictObject({ by: z.enum(["clock", "request"]) }),
  apply: async (tx, row, { by }, { now }) => {
    await endDeadline(tx, { kind: retentionSubject.name, id: row.id, rule: RETENTION, now });
    await tx
      .updateTable("retention")
      .set({ erased_at: now, erased_by: by, kept_reason: null })
      .where("id", "=", row.id)
      .execute();
    return { by };
  },
});

/**
 * Erases what a report's people told and what was said of them: in every slice that holds some of it, and in the journal. The row, its
 * dates, category, place, age band and loss stay, so that no figure changes; every leaf of the ledger stays, and this act's own entry
 * names those whose words are gone.
 *
 * @source CETS 108 Art. 5
 */
export const eraseReport = actsOn(reportSubject)("erase", {
  audience: "internal",
  input: z.strictObject({ by: z.enum(["clock", "request"]), request: z.string().max(40).optional() }),
  apply: async (tx, row, { by, request }, { node, actor, now }) => {
    if (row.erased_at) throw new Refusal("conflict", "erase-done");
    await demandUnneeded(tx, row.id, by);
    const counts: Record<string, number> = {};
    for (const { onErase } of node.registry.slices)
      if (onErase) Object.assign(counts, await onErase(tx, { kind: reportSubject.name, id: row.id }, node, now));
    const entries = await eraseEntries(tx, await entriesOf(tx, row.id));
    await tx.updateTable("report").set({ erased_at: now }).where("id", "=", row.id).execute();
    const clock = await tx.selectFrom("retention").select("state").where("id", "=", row.id).executeTakeFirst();
    if (clock && (LIFE.erase.from as readonly string[]).includes(clock.state))
      await performIn(tx, { node, actor, act: ended, id: row.id, input: { by }, now });
    return asJson({ by, ...(request ? { request } : {}), erased: counts, [ERASED_ENTRIES]: entries }) as Record<
      string,
      never
    >;
  },
});

/** What this slice itself holds in a reporter's words: what they asked, and what they were answered. */
export const eraseOwn: OnErase = async (tx, { kind, id }) => {
  if (kind !== reportSubject.name) return {};
  const done = await sql`update data_request set words = null, answer = null where report_id = ${id}`.execute(tx);
  return { requests: Number(done.numAffectedRows ?? 0) };
};

export const eraseActs = [eraseReport, ended] as const;
