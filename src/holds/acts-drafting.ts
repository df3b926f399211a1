import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { readAmount } from "../kernel/money.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { reportSubject, type Submission, type TellingRow, toldIn } from "../reports/slice.ts";
import { draft } from "./acts.ts";
import { FRESH_HOURS, freshTransfers, institutionOf } from "./institution.ts";

const AT_ONCE = 200;
const drafting = system("holds");

/** The amount, where it is one. */
const readable = (amount: string, currency: string | undefined): { amount?: string } =>
  readAmount(amount, currency ?? "USD") ? { amount } : {};

/** Drafts the notices of one report, once: whoever comes second finds that it was looked at. */
async function draftFor(node: Node, report: string): Promise<void> {
  const now = node.clock();
  const { currency: ordinary, institutions } = node.services.country.pack.reporting;
  await node.db.transaction().execute(async (tx) => {
    const seen =
      await sql`insert into hold_seen (report_id) values (${report}) on conflict do nothing returning report_id`.execute(
        tx,
      );
    if (seen.rows.length === 0) return;
    const { rows } =
      await sql<TellingRow>`select id, told, description, facts from report where id = ${report}`.execute(tx);
    const [row] = rows;
    if (!row) return;
    const told = toldIn(node, row).facts["transfers"];
    const transfers = Array.isArray(told) ? (told as Submission["transfers"]) : [];
    for (const { at, transfer } of freshTransfers(transfers, now)) {
      const institution = institutionOf(transfer, institutions)?.code;
      const { amount, currency, to, through, reference, at: left } = transfer;
      const details = { to, through, reference, at: left };
      const input = draft.input.safeParse({
        transfer: at,
        ...(institution ? { institution } : {}),
        ...details,
        ...(currency !== undefined && /^[A-Za-z]{3}$/.test(currency.trim()) ? { currency } : { currency: ordinary }),
      });
      if (!input.success) continue;
      // An amount that cannot be read keeps nobody from asking: the notice then says all that came by this transfer.
      const withAmount = { ...input.data, ...(amount === undefined ? {} : readable(amount, input.data.currency)) };
      await performIn(tx, { node, actor: drafting, act: draft, id: row.id, input: withAmount, now });
    }
  });
}

/** Looks through reports of money that left lately, and drafts a notice for each transfer. */
export const draftHolds: Job = {
  name: "holds-draft",
  everySeconds: 15,
  run: async (node) => {
    if (!node.services.country.pack.reporting.hold) return;
    for (;;) {
      const since = node.clock().subtract({ hours: FRESH_HOURS });
      const { rows } = await sql<{ id: string }>`select r.id from ${sql.table(reportSubject.table)} r
        where r.transfer_at > ${since} and r.state <> 'closed' and r.quarantine is null and r.erased_at is null
          and not exists (select 1 from hold_seen s where s.report_id = r.id)
        order by r.transfer_at limit ${sql.lit(AT_ONCE)}`.execute(node.db);
      for (const { id } of rows) await draftFor(node, id);
      if (rows.length < AT_ONCE) return;
    }
  },
};
