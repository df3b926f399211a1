import type { Tx } from "../kernel/database.ts";
import { resumeDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { extendedUntil, releasedUntil, RULES } from "./clocks.ts";
import type { RequestRow } from "./request.ts";

/** A running clock of preservation, with the zone of those who hold the data. */
async function preservationOf(tx: Tx, id: string) {
  const row = await tx
    .selectFrom("deadline")
    .select(["id", "starts_at", "due_at", "suspended_at", "detail"])
    .where("subject_kind", "=", "request")
    .where("subject_id", "=", id)
    .where("rule", "=", RULES.preservation)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  return row && { ...row, zone: String((row.detail as { zone?: unknown } | null)?.zone ?? "UTC") };
}

/**
 * The preservation that waits until this request is decided: that which it follows, for a request for the data itself. A request for traffic
 * data under Art. 30 only shows the way, and decides nothing.
 *
 * @source CETS 185 Art. 29(7), Art. 30
 */
export const waitedFor = ({ measure, follows_id }: Pick<RequestRow, "measure" | "follows_id">): string | null =>
  measure === "D30" ? null : follows_id;

/** The preservation that an assistance request follows stands still while that is undecided. @source CETS 185 Art. 29(7) */
export async function holdPreservation(tx: Tx, follows: string | null, now: Temporal.Instant): Promise<void> {
  if (follows) await suspendDeadline(tx, { kind: "request", id: follows, rule: RULES.preservation, now });
}

/** Once it is decided, the data is kept to the later of the sixty days and the day of the decision. @source CETS 185 Art. 29(7) */
export async function releasePreservation(tx: Tx, follows: string | null, decidedAt: Temporal.Instant): Promise<void> {
  const clock = follows ? await preservationOf(tx, follows) : undefined;
  if (!follows || !clock?.suspended_at) return;
  await resumeDeadline(tx, { kind: "request", id: follows, rule: RULES.preservation, now: clock.suspended_at });
  const dueAt = releasedUntil({ startsAt: clock.starts_at, dueAt: clock.due_at }, decidedAt, clock.zone);
  await tx.updateTable("deadline").set({ due_at: dueAt }).where("id", "=", clock.id).execute();
}

/** Adds a term to the preservation that runs; both nodes count it alike. `null` where none runs. */
export async function extendPreservation(
  tx: Tx,
  { id, measure }: Pick<RequestRow, "id" | "measure">,
): Promise<Temporal.Instant | null> {
  const clock = await preservationOf(tx, id);
  const dueAt = clock ? extendedUntil(measure, clock.due_at, clock.zone) : null;
  if (clock && dueAt) await tx.updateTable("deadline").set({ due_at: dueAt }).where("id", "=", clock.id).execute();
  return dueAt;
}
