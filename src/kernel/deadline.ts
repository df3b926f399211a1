import { randomUUIDv7 } from "node:crypto";
import { type Database, type Tx, sql } from "./database.ts";
import { firstWake, resumedLater } from "./deadline-moments.ts";
import type { JsonObject } from "./json.ts";

/** When a clock warns before it is due. */
export interface Warnings {
  /** Minutes before, each at least 1. */
  readonly aheadMinutes: readonly number[];
  /** From so many minutes before, the head of the office is told too; absent: never. */
  readonly escalateMinutes?: number;
}

/** A statutory or office clock of one thing: a row, so that it fires late rather than never. */
export interface Deadline {
  readonly kind: string;
  readonly id: string;
  /** The rule's name, `request.preservation`; at most one runs per thing and rule. */
  readonly rule: string;
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  readonly detail?: JsonObject;
  /** Version of the rule that counts it, from 1: a later change of the rule leaves running clocks as they are. */
  readonly version?: number;
  readonly warnings?: Warnings;
}

/** Which clock: that of a thing under a rule. */
export interface DeadlineOf {
  readonly kind: string;
  readonly id: string;
  readonly rule: string;
}

/** Starts the clock, or moves the one that runs under the same rule. */
export async function setDeadline(tx: Tx, deadline: Deadline): Promise<void> {
  const { kind, id, rule, startsAt, dueAt, detail = {}, version = 1, warnings } = deadline;
  await endDeadline(tx, { kind, id, rule, now: startsAt });
  const warnMinutes = [...(warnings?.aheadMinutes ?? [])];
  await tx
    .insertInto("deadline")
    .values({
      id: randomUUIDv7(),
      subject_kind: kind,
      subject_id: id,
      rule,
      starts_at: startsAt,
      due_at: dueAt,
      detail: JSON.stringify(detail),
      version,
      warn_minutes: warnMinutes,
      escalate_minutes: warnings?.escalateMinutes ?? null,
      wakes_at: firstWake({ startsAt, dueAt, warnMinutes }),
    })
    .execute();
}

/** Ends the clock; nothing happens where none runs. Without `rule`, every clock of the thing but those of the rules in `except`. */
export async function endDeadline(
  tx: Tx,
  of: { kind: string; id: string; rule?: string; except?: readonly string[]; now: Temporal.Instant },
): Promise<void> {
  let query = tx
    .updateTable("deadline")
    .set({ ended_at: of.now })
    .where("subject_kind", "=", of.kind)
    .where("subject_id", "=", of.id)
    .where("ended_at", "is", null);
  if (of.rule !== undefined) query = query.where("rule", "=", of.rule);
  if (of.except && of.except.length > 0) query = query.where("rule", "not in", of.except);
  await query.execute();
}

/** The clock that runs or stands, locked; `undefined` where none does. */
export const runningDeadline = (tx: Tx, of: DeadlineOf) =>
  tx
    .selectFrom("deadline")
    .selectAll()
    .where("subject_kind", "=", of.kind)
    .where("subject_id", "=", of.id)
    .where("rule", "=", of.rule)
    .where("ended_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
export type DeadlineRow = NonNullable<Awaited<ReturnType<typeof runningDeadline>>>;

/**
 * Stops the clock where it stands. One that has done what it does when it runs out stays so, unless it stood still before it was due and
 * that came to be known late. `beforeDue`: by the moment alone, not by whether it was swept yet, so that two nodes decide alike.
 */
export async function suspendDeadline(
  tx: Tx,
  of: DeadlineOf & { now: Temporal.Instant; beforeDue?: boolean },
): Promise<void> {
  let query = tx
    .updateTable("deadline")
    .set({ suspended_at: of.now, fired_at: null })
    .where("subject_kind", "=", of.kind)
    .where("subject_id", "=", of.id)
    .where("rule", "=", of.rule)
    .where("ended_at", "is", null)
    .where("suspended_at", "is", null);
  query = of.beforeDue
    ? query.where("due_at", ">", of.now)
    : query.where((by) => by.or([by("fired_at", "is", null), by("due_at", ">", of.now)]));
  await query.execute();
}

/**
 * Lets a suspended clock run on, due when `due` says: by default later by the time it stood. A moment before it was suspended counts
 * as that moment. Warnings that it has raised are not raised again.
 */
export async function resumeDeadline(
  tx: Tx,
  of: DeadlineOf & {
    now: Temporal.Instant;
    due?: (clock: DeadlineRow & { readonly suspended_at: Temporal.Instant }) => Temporal.Instant;
  },
): Promise<void> {
  const row = await runningDeadline(tx, of);
  if (!row?.suspended_at) return;
  const { suspended_at: suspendedAt } = row;
  const dueAt =
    of.due?.({ ...row, suspended_at: suspendedAt }) ?? resumedLater({ dueAt: row.due_at, suspendedAt }, of.now);
  await tx
    .updateTable("deadline")
    .set({ suspended_at: null, due_at: dueAt, wakes_at: await wakeOf(tx, row, dueAt) })
    .where("id", "=", row.id)
    .execute();
}

/**
 * Makes a clock due at another moment, extended or cut short: it warns for that one as if for the first, and runs out anew. One that
 * stands still goes on standing, unless it `resumes`.
 */
export const moveDeadline = (
  tx: Tx,
  row: Pick<DeadlineRow, "id" | "starts_at" | "warn_minutes" | "term">,
  { dueAt, resumes = false }: { readonly dueAt: Temporal.Instant; readonly resumes?: boolean },
) =>
  tx
    .updateTable("deadline")
    .set({
      due_at: dueAt,
      fired_at: null,
      warned_minutes: null,
      term: row.term + 1,
      wakes_at: firstWake({ startsAt: row.starts_at, dueAt, warnMinutes: row.warn_minutes }),
      ...(resumes ? { suspended_at: null } : {}),
    })
    .where("id", "=", row.id)
    .execute();

async function wakeOf(tx: Tx, row: DeadlineRow, dueAt: Temporal.Instant): Promise<Temporal.Instant> {
  const raised = await tx
    .selectFrom("deadline_warning")
    .select("ahead_minutes")
    .where("deadline_id", "=", row.id)
    .where("term", "=", row.term)
    .execute();
  return firstWake(
    { startsAt: row.starts_at, dueAt, warnMinutes: row.warn_minutes },
    raised.map(({ ahead_minutes }) => ahead_minutes),
  );
}

/** The clocks of one thing, running and ended, by due moment. */
export const deadlinesOf = (db: Database | Tx, kind: string, id: string) =>
  db
    .selectFrom("deadline")
    .selectAll()
    .where("subject_kind", "=", kind)
    .where("subject_id", "=", id)
    .orderBy("due_at")
    .orderBy("id")
    .execute();

/** A clock's warning that is there to be read. */
export interface RaisedWarning {
  readonly rule: string;
  readonly ahead_minutes: number;
  readonly at: Temporal.Instant;
  readonly raised_at: Temporal.Instant;
}

/** The warnings that a thing's running clocks have raised for the moments that they are due now, overtaken ones left out, in their order. */
export async function warningsRaised(db: Database | Tx, kind: string, id: string): Promise<RaisedWarning[]> {
  const { rows } = await sql<RaisedWarning>`
    select d.rule, w.ahead_minutes, w.at, w.raised_at from deadline_warning w join deadline d on d.id = w.deadline_id and d.term = w.term
    where d.subject_kind = ${kind} and d.subject_id = ${id} and d.ended_at is null and not w.overtaken order by w.at`.execute(
    db,
  );
  return rows;
}
