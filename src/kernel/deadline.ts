import { randomUUIDv7 } from "node:crypto";
import type { Database, Tx } from "./database.ts";
import type { JsonObject } from "./json.ts";

/** A statutory or office clock of one thing: a row, so that it fires late rather than never. */
export interface Deadline {
  readonly kind: string;
  readonly id: string;
  /** The rule's name, `request.preservation`; at most one runs per thing and rule. */
  readonly rule: string;
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  readonly detail?: JsonObject;
}

/** Starts the clock, or moves the one that runs under the same rule. */
export async function setDeadline(tx: Tx, { kind, id, rule, startsAt, dueAt, detail = {} }: Deadline): Promise<void> {
  await endDeadline(tx, { kind, id, rule, now: startsAt });
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
    })
    .execute();
}

/** Ends the clock; nothing happens where none runs. Without `rule`, every clock of the thing. */
export async function endDeadline(
  tx: Tx,
  of: { kind: string; id: string; rule?: string; now: Temporal.Instant },
): Promise<void> {
  let query = tx
    .updateTable("deadline")
    .set({ ended_at: of.now })
    .where("subject_kind", "=", of.kind)
    .where("subject_id", "=", of.id)
    .where("ended_at", "is", null);
  if (of.rule !== undefined) query = query.where("rule", "=", of.rule);
  await query.execute();
}

/** Stops the clock where it stands; `resumeDeadline` moves the due moment by the time it stood. */
export const suspendDeadline = (tx: Tx, of: { kind: string; id: string; rule: string; now: Temporal.Instant }) =>
  tx
    .updateTable("deadline")
    .set({ suspended_at: of.now })
    .where("subject_kind", "=", of.kind)
    .where("subject_id", "=", of.id)
    .where("rule", "=", of.rule)
    .where("ended_at", "is", null)
    .where("suspended_at", "is", null)
    .execute();

/** Lets a suspended clock run on; a moment before it was suspended counts as that moment. */
export async function resumeDeadline(
  tx: Tx,
  of: { kind: string; id: string; rule: string; now: Temporal.Instant },
): Promise<void> {
  const row = await tx
    .selectFrom("deadline")
    .select(["id", "due_at", "suspended_at"])
    .where("subject_kind", "=", of.kind)
    .where("subject_id", "=", of.id)
    .where("rule", "=", of.rule)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  if (!row?.suspended_at) return;
  const stood = Math.max(0, of.now.epochMilliseconds - row.suspended_at.epochMilliseconds);
  const dueAt = row.due_at.add({ milliseconds: stood });
  await tx.updateTable("deadline").set({ due_at: dueAt, suspended_at: null }).where("id", "=", row.id).execute();
}

/** The clocks of one thing, running and ended, by due moment. */
export const deadlinesOf = (db: Database | Tx, kind: string, id: string) =>
  db
    .selectFrom("deadline")
    .selectAll()
    .where("subject_kind", "=", kind)
    .where("subject_id", "=", id)
    .orderBy("due_at")
    .execute();
