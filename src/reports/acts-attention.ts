import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { type Tx, sql } from "../kernel/database.ts";
import { setDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { reason } from "./acts-answer.ts";
import { climb as climbed, climbsAt, FIRST_RESPONSE_MINUTES, stepUp } from "./priority.ts";
import { ESCALATION, type ReportRow, reportSubject } from "./report.ts";

const act = actsOn(reportSubject);

/** An officer who may work on it has opened its page, for the first time: performed by the page itself, and journalled. */
export const open = act("open", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    if (row.opened_at)
      throw new Refusal("wrong-state", "wrong-state", { values: { act: "report.open", state: row.state } });
    await tx.updateTable("report").set({ opened_at: now, unopened_at: null }).where("id", "=", row.id).execute();
    return row.climbed > 0 ? { climbed: row.climbed } : {};
  },
});

/** Years by which what nobody opened comes before all else of its priority. */
const FIRST_YEARS = 100;

/** Nobody opened it in time: it comes first in its priority, and at each further time one priority up. */
export const climb = act("climb", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    const { priority, first, reasons } = climbed(row.priority, row.reasons, row.climbed);
    // Among those that nobody opened the order of their arrival holds.
    const turn = row.received_at.subtract({ hours: FIRST_YEARS * 365 * 24 });
    await tx
      .updateTable("report")
      .set({
        priority,
        reasons: [...reasons],
        climbed: row.climbed + 1,
        turn_at: first ? turn : now,
        unopened_at: row.climbed > 0 && priority === 0 && first ? null : climbsAt(priority, now),
      })
      .where("id", "=", row.id)
      .execute();
    return priority === row.priority
      ? { times: row.climbed + 1 }
      : { times: row.climbed + 1, priority: { from: row.priority, to: priority } };
  },
});

/** The head of an office with least at hand; `undefined` where it has none. */
async function headOf(tx: Tx, office: string): Promise<{ id: string; name: string } | undefined> {
  const { rows } = await sql<{
    id: string;
    name: string;
  }>`select id, name from account where office = ${office} and state = 'active' and role = 'unit-head' order by name, id limit 1`.execute(
    tx,
  );
  return rows[0];
}

/** To whom it goes: the head of the own office, or another police office, which then has it as nobody's. */
async function receiverOf(tx: Tx, row: ReportRow, office: string | undefined, own: string) {
  if (office === undefined || office === own) {
    const head = await headOf(tx, row.office ?? own);
    return { office: row.office ?? own, assignee: head?.id ?? null, assignee_name: head?.name ?? null };
  }
  const { rows } = await sql<{
    id: string;
  }>`select id from office where id = ${office} and kind = 'police'`.execute(tx);
  if (!rows[0]) throw invalid("office", "report-no-such-office");
  return { office, assignee: null, assignee_name: null };
}

/** Gives it to the head of the unit or to another office, one priority up, with a clock for whoever has it now. */
export const escalate = act("escalate", {
  input: z.strictObject({ office: z.uuid().optional(), reason }),
  apply: async (tx, row, { office, reason: why }, { actor, now, settle }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "report.escalate" } });
    const to = await receiverOf(tx, row, office, actor.office.id);
    const priority = stepUp(row.priority);
    const reasons = row.reasons.includes("escalated") ? row.reasons : [...row.reasons, "escalated"];
    const dueAt = now.add({ minutes: FIRST_RESPONSE_MINUTES[priority] ?? 7_200 });
    await tx
      .updateTable("report")
      .set({ ...to, priority, reasons, turn_at: dueAt })
      .where("id", "=", row.id)
      .execute();
    await setDeadline(tx, {
      kind: reportSubject.name,
      id: row.id,
      rule: ESCALATION,
      startsAt: now,
      dueAt,
      detail: { by: actor.name },
    });
    settle(row.case_id ? "in-case" : to.assignee ? "assigned" : row.responded_at ? "triaged" : "received");
    return {
      reason: why,
      to: to.office,
      ...(to.assignee ? { assignee: to.assignee } : {}),
      ...(priority === row.priority ? {} : { priority: { from: row.priority, to: priority } }),
    };
  },
});
