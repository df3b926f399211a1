/** Opening a blob costs about as much as reading so many bytes: a million small files are work too. */
export const BLOB_COST_BYTES = 65_536;
/** Slower than this nothing is gained by waiting, in bytes a second. */
const PACE_MIN = 262_144;
/** A round that somebody asked for, in bytes a second. */
const PACE_ASKED = 67_108_864;
/** What is left of a turn that did not come counts for so long, in seconds: after a night without a node nothing rushes. */
const ALLOWED_SECONDS_MAX = 30;

/** Part of the days in which a round is to be through: what is first in one round and last in the next stays within the days. */
const ROUND_PART = 0.8;
/** Part of the days after which the next round may begin, counted from the beginning of the one before. */
const NEXT_PART = 0.5;
const DAY_HOURS = 24;
const ASKED_HOURS = 1;

const hours = (days: number, part: number): number => Math.floor(days * DAY_HOURS * part);
/** Until when a round that begins now is to be through. */
export const dueOf = (start: Temporal.Instant, days: number, isAsked: boolean): Temporal.Instant =>
  start.add({ hours: isAsked ? ASKED_HOURS : Math.max(hours(days, ROUND_PART), 1) });
/** When the next round begins after one that began at `start`. */
export const nextOf = (start: Temporal.Instant, days: number): Temporal.Instant =>
  start.add({ hours: Math.max(hours(days, NEXT_PART), 1) });

/** A round as its pace depends on it. Bytes. */
export interface Standing {
  readonly blobs: number;
  readonly bytes: number;
  readonly blobs_done: number;
  readonly bytes_done: number;
  readonly due_at: Temporal.Instant;
  readonly worked_at: Temporal.Instant;
  readonly debt: number;
  readonly asked_by: string | null;
}

/** Bytes a second that bring the round through in time. */
export function paceOf(round: Standing, now: Temporal.Instant): number {
  const left =
    Math.max(round.bytes - round.bytes_done, 0) + Math.max(round.blobs - round.blobs_done, 0) * BLOB_COST_BYTES;
  const seconds = Math.max(round.due_at.since(now).total("seconds"), 60);
  return Math.max(left / seconds, round.asked_by === null ? PACE_MIN : PACE_ASKED);
}

/** Bytes that this turn may read: the pace for the time since the turn before, less what that read too much. */
export const allowanceOf = (round: Standing, now: Temporal.Instant): number =>
  paceOf(round, now) * Math.min(Math.max(now.since(round.worked_at).total("seconds"), 0), ALLOWED_SECONDS_MAX) -
  round.debt;

/** What else the machine does. */
export interface Load {
  /** How late timers are in this process, milliseconds. */
  readonly lagMs: number;
  /** Runnable processes for each core, mean of a minute. */
  readonly perCore: number;
  /** Uploads and transfers that this process is writing. */
  readonly writing: number;
}
const LAG_MS_MAX = 100;
const PER_CORE_MAX = 1.5;
const LATE_PART = 0.2;

/** Why the scrub stands aside now; `undefined` where it may go on. A round that would otherwise be late stands aside for nobody. */
export function pauseOf(
  load: Load,
  round: Pick<Standing, "due_at"> & { readonly started_at: Temporal.Instant },
  now: Temporal.Instant,
): "writing" | "load" | undefined {
  const left = round.due_at.since(now).total("seconds") / round.due_at.since(round.started_at).total("seconds");
  if (left < LATE_PART) return undefined;
  if (load.writing > 0) return "writing";
  return load.lagMs > LAG_MS_MAX || load.perCore > PER_CORE_MAX ? "load" : undefined;
}
