import type { Tx } from "../kernel/database.ts";
import { moveDeadline, resumeDeadline, runningDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { movementOf } from "./clocks-versions.ts";
import { RULES } from "./clocks.ts";
import type { RequestRow } from "./request.ts";

const preservation = (id: string) => ({ kind: "request", id, rule: RULES.preservation });

/** The zone whose days a clock counts, as its row says; `null` where it counts hours. */
const zoneOf = ({ detail }: { readonly detail: unknown }): string | null => {
  const zone = (detail as { zone?: unknown } | null)?.zone;
  return typeof zone === "string" ? zone : null;
};

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
  if (follows) await suspendDeadline(tx, { ...preservation(follows), now, beforeDue: true });
}

/** Once it is decided, the data is kept to the later of the sixty days and the day of the decision. @source CETS 185 Art. 29(7) */
export async function releasePreservation(tx: Tx, follows: string | null, decidedAt: Temporal.Instant): Promise<void> {
  const clock = follows ? await runningDeadline(tx, preservation(follows)) : undefined;
  if (!clock?.suspended_at) return;
  const dueAt = movementOf(clock.version).released(
    { startsAt: clock.starts_at, dueAt: clock.due_at },
    decidedAt,
    zoneOf(clock) ?? "UTC",
  );
  await moveDeadline(tx, clock, { dueAt, resumes: true });
}

/** Adds a term to the preservation that runs; both nodes count it alike. `null` where none runs. */
export async function extendPreservation(
  tx: Tx,
  { id, measure }: Pick<RequestRow, "id" | "measure">,
): Promise<Temporal.Instant | null> {
  const clock = await runningDeadline(tx, preservation(id));
  const dueAt = clock && movementOf(clock.version).extended(measure, clock.due_at, zoneOf(clock) ?? "UTC");
  if (clock && dueAt) await moveDeadline(tx, clock, { dueAt });
  return dueAt ?? null;
}

/** The time for carrying it out stands still while a question waits for its answer; a period that is over is not begun again. */
export const suspendExecution = (tx: Tx, id: string, now: Temporal.Instant) =>
  suspendDeadline(tx, { kind: "request", id, rule: RULES.execute, now, beforeDue: true });

/** It runs on when the question is answered. */
export const resumeExecution = (tx: Tx, id: string, now: Temporal.Instant) =>
  resumeDeadline(tx, {
    kind: "request",
    id,
    rule: RULES.execute,
    now,
    due: (clock) =>
      movementOf(clock.version).resumed(
        { dueAt: clock.due_at, suspendedAt: clock.suspended_at, zone: zoneOf(clock) },
        now,
      ),
  });

/** The same once a question is answered: under a halt it stands until that is lifted. @source CETS 185 Art. 15(2) */
export const resumeAnswered = async (
  tx: Tx,
  { id, halts }: Pick<RequestRow, "id" | "halts">,
  now: Temporal.Instant,
) => {
  if (halts.length === 0) await resumeExecution(tx, id, now);
};
