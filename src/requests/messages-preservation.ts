import type { Tx } from "../kernel/database.ts";
import { resumeDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { mayLapseOn, endOfDay, RULES } from "./clocks.ts";

/** The preservation that an assistance request follows stands still while that is undecided. @source CETS 185 Art. 29(7) */
export async function holdPreservation(tx: Tx, follows: string | null, now: Temporal.Instant): Promise<void> {
  if (follows) await suspendDeadline(tx, { kind: "request", id: follows, rule: RULES.preservation, now });
}

/** Once it is decided, the data is kept to the later of the sixty days and the day of the decision. @source CETS 185 Art. 29(7) */
export async function releasePreservation(tx: Tx, follows: string | null, of: { now: Temporal.Instant; zone: string }): Promise<void> {
  if (!follows) return;
  const clock = await tx.selectFrom("deadline").select(["id", "starts_at", "due_at", "suspended_at"]).where("subject_kind", "=", "request").where("subject_id", "=", follows).where("rule", "=", RULES.preservation).where("ended_at", "is", null).executeTakeFirst();
  if (!clock?.suspended_at) return;
  const on = mayLapseOn(clock.starts_at.toZonedDateTimeISO(of.zone).toPlainDate(), { state: "decided", on: of.now.toZonedDateTimeISO(of.zone).toPlainDate() });
  await resumeDeadline(tx, { kind: "request", id: follows, rule: RULES.preservation, now: clock.suspended_at });
  if (!on) return;
  const lapses = endOfDay(on, of.zone);
  // An extension already granted is not taken back by an early decision.
  const dueAt = Temporal.Instant.compare(lapses, clock.due_at) > 0 ? lapses : clock.due_at;
  await tx.updateTable("deadline").set({ due_at: dueAt }).where("id", "=", clock.id).execute();
}
