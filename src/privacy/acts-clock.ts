import { z } from "zod";
import { actsOn, type AnyAct, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline, resumeDeadline, setDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { Job, OnDue } from "../kernel/slice.ts";
import { reportSubject } from "../reports/slice.ts";
import { eraseReport, needOf } from "./acts-erase.ts";
import { keptFor, LIFE, nextStep, RETENTION, type RetentionRow, retentionSubject, type State } from "./retention.ts";

const act = actsOn<RetentionRow, keyof typeof LIFE>(retentionSubject);
const clockOf = (id: string, now: Temporal.Instant) => ({ kind: retentionSubject.name, id, rule: RETENTION, now });
const instant = z.string().transform((text) => Temporal.Instant.from(text));

/** The clock of a report begins when that is closed. */
const start = creates(retentionSubject, "start", {
  audience: "internal",
  under: reportSubject,
  state: "running",
  basis: ["CETS 108 Art. 5"],
  input: z.strictObject({ closed_at: instant, days: z.int().min(1), source: z.string() }),
  apply: async (
    tx,
    under: { id: string; reference: string; category: string; office: string | null },
    input,
    { id },
  ) => {
    const { closed_at: closed, days, source } = input;
    const due = closed.add({ hours: days * 24 });
    const { reference, category, office } = under;
    await tx
      .insertInto("retention")
      .values({ id, reference, category, state: "running", office, days, source, closed_at: closed, due_at: due })
      .execute();
    await run(tx, id, closed, due);
    return { days, source, due: due.toString() };
  },
});
const run = (tx: Tx, id: string, startsAt: Temporal.Instant, dueAt: Temporal.Instant) =>
  setDeadline(tx, { kind: retentionSubject.name, id, rule: RETENTION, startsAt, dueAt });

const restart = act("restart", {
  audience: "internal",
  input: z.strictObject({ closed_at: instant, days: z.int().min(1), source: z.string() }),
  apply: async (tx, row, { closed_at: closed, days, source }) => {
    const due = closed.add({ hours: days * 24 });
    await tx
      .updateTable("retention")
      .set({ days, source, closed_at: closed, due_at: due, suspended_at: null, kept_by: null, kept_reason: null })
      .where("id", "=", row.id)
      .execute();
    await run(tx, row.id, closed, due);
    return { days, source, due: due.toString() };
  },
});

const suspend = act("suspend", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await suspendDeadline(tx, clockOf(row.id, now));
    await tx.updateTable("retention").set({ suspended_at: now }).where("id", "=", row.id).execute();
    return {};
  },
});

/** It runs on with what was left: the time in which it stood still does not count. */
const resume = act("resume", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await resumeDeadline(tx, clockOf(row.id, now));
    const stood = row.suspended_at === null ? 0 : now.epochMilliseconds - row.suspended_at.epochMilliseconds;
    const due = row.due_at.add({ milliseconds: Math.max(0, stood) });
    await tx.updateTable("retention").set({ due_at: due, suspended_at: null }).where("id", "=", row.id).execute();
    return { due: due.toString() };
  },
});

const end = act("end", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    await endDeadline(tx, clockOf(row.id, now));
    return {};
  },
});

/** Most days by which a person may have a report kept longer at once. */
const KEEP_DAYS_MAX = 3_650;
/** A person has a report kept longer, for a reason that the law knows: a claim, a complaint, proceedings to come. */
export const keep = act("keep", {
  basis: ["CETS 108 Art. 11"],
  input: z.strictObject({
    days: z.coerce.number().int().min(1).max(KEEP_DAYS_MAX),
    reason: z.string().trim().min(10).max(1_000).meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { days, reason }, { now, actor }) => {
    const from = Temporal.Instant.compare(row.due_at, now) > 0 ? row.due_at : now;
    const due = from.add({ hours: days * 24 });
    await run(tx, row.id, row.closed_at, due);
    const by = actor.kind === "officer" ? `${actor.name}, ${actor.office.name}` : null;
    await tx
      .updateTable("retention")
      .set({ due_at: due, suspended_at: null, kept_by: by, kept_reason: reason })
      .where("id", "=", row.id)
      .execute();
    return { due: due.toString(), reason };
  },
});

interface Found {
  readonly id: string;
  readonly category: string;
  readonly clock: State | null;
  readonly closed_at: Temporal.Instant | null;
  readonly needed: boolean;
  readonly erased: boolean;
}
const AT_ONCE = 500;

/** Reports whose clock is not as it should be. Closed reports are compared with clocks by their two keys in order, a few seconds for millions. */
const unsettled = (node: Node) =>
  sql<Found>`with due as (
      (select r.id from report r left join retention t on t.id = r.id where r.state = 'closed' and r.erased_at is null and (t.id is null or t.state = 'ended') limit ${sql.lit(AT_ONCE)})
      union (select t.id from retention t join report r on r.id = t.id where t.state in ('running', 'kept', 'suspended') and r.state <> 'closed' limit ${sql.lit(AT_ONCE)})
      union (select t.id from retention t join report r on r.id = t.id where t.state in ('running', 'kept') and ${needOf("r")} limit ${sql.lit(AT_ONCE)})
      union (select t.id from retention t join report r on r.id = t.id where t.state = 'suspended' and not ${needOf("r")} limit ${sql.lit(AT_ONCE)}))
    select r.id, r.category, t.state as clock, ${needOf("r")} as needed, r.erased_at is not null as erased,
      case when r.state = 'closed' then coalesce((select max(j.at) from journal j where j.subject_kind = 'report' and j.subject_id = r.id
        and j.record->'state'->>'to' = 'closed'), r.received_at) end as closed_at
    from due join report r on r.id = due.id left join retention t on t.id = r.id`.execute(node.db);

const steps: Readonly<Record<"restart" | "suspend" | "resume" | "end", AnyAct>> = { restart, suspend, resume, end };
const clock = system("retention");

/** Brings the clocks of all reports to where they should be: begun, ended, suspended, resumed. Older reports get theirs too. */
export const retentionClocks: Job = {
  name: "retention-clocks",
  everySeconds: 600,
  run: async (node) => {
    const rules = node.services.country?.pack.reporting.retention ?? [];
    for (;;) {
      const { rows } = await unsettled(node);
      let settled = 0;
      for (const found of rows) if (await settle(node, found, rules)) settled += 1;
      if (settled === 0) return;
    }
  },
};

async function settle(node: Node, found: Found, rules: Parameters<typeof keptFor>[1]): Promise<boolean> {
  const { id, category, closed_at: closedAt, needed, erased } = found;
  const step = nextStep(found.clock, { closedAt, isNeeded: needed, isErased: erased });
  const rule = keptFor(category, rules);
  const begins = step === "start" || step === "restart";
  if (step === null || (begins && !rule)) return false;
  const input = begins && rule ? { closed_at: closedAt, ...{ days: rule.days, source: rule.source } } : {};
  const now = node.clock();
  try {
    await node.db.transaction().execute((tx) =>
      performIn(tx, {
        node,
        actor: clock,
        act: step === "start" ? start : steps[step],
        id,
        ...(step === "start" ? { newId: id } : {}),
        input,
        now,
      }),
    );
    return true;
  } catch (error) {
    // Somebody acted on it meanwhile: the next turn sees how it stands then.
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** The time is over: what was told is erased. Where it has come to be needed meanwhile, the clock stands still instead. */
export const onRetentionDue: OnDue = async (tx, deadline, node, now) => {
  const id = deadline.subject_id;
  try {
    await performIn(tx, { node, actor: system("clock"), act: eraseReport, id, input: { by: "clock" }, now });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await sql`update deadline set fired_at = null where id = ${deadline.id}`.execute(tx);
    const { rows } = await sql<{ state: State }>`select state from retention where id = ${id}`.execute(tx);
    if (rows[0] && LIFE.suspend.from.includes(rows[0].state))
      await performIn(tx, { node, actor: system("clock"), act: suspend, id, input: {}, now });
  }
};

export const clockActs = [start, restart, suspend, resume, end, keep] as const;
