/** What decides when a clock does something. */
export interface Moments {
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  /** Minutes before it is due at which it warns, in any order, each at least 1. */
  readonly warnMinutes: readonly number[];
}

/** A warning of a clock. */
export interface Ahead {
  readonly minutes: number;
  readonly at: Temporal.Instant;
}

/** What is done to a clock at one moment. */
export interface ClockStep {
  /** The warning to raise: the nearest to the end of those whose moment has come. */
  readonly raise: Ahead | null;
  /** Those whose moment has come and that say nothing more, as a nearer one or the end itself has come too. */
  readonly overtaken: readonly Ahead[];
  readonly fires: boolean;
  /** When there is next something to do; the end, where only that is left. */
  readonly wakesAt: Temporal.Instant;
}

const before = (a: Temporal.Instant, b: Temporal.Instant): boolean => Temporal.Instant.compare(a, b) < 0;

/** The warnings of a clock, the earliest first. What would come before the clock starts, or with it, is none. */
export const warningsOf = ({ startsAt, dueAt, warnMinutes }: Moments): Ahead[] =>
  [...new Set(warnMinutes)]
    .sort((a, b) => b - a)
    .map((minutes) => ({ minutes, at: dueAt.subtract({ minutes }) }))
    .filter(({ at }) => before(startsAt, at));

/**
 * What a clock does at `now`, given the warnings (in minutes ahead) that it has raised for this due moment. Each warning is either
 * raised once or overtaken once, however long nobody looked; a clock of the machine that was set back undoes and repeats nothing.
 */
export function stepAt(moments: Moments, raised: readonly number[], now: Temporal.Instant): ClockStep {
  const left = warningsOf(moments).filter(({ minutes }) => !raised.includes(minutes));
  const come = left.filter(({ at }) => !before(now, at));
  const fires = !before(now, moments.dueAt);
  const raise = fires ? null : (come.at(-1) ?? null);
  return {
    raise,
    overtaken: come.filter((each) => each !== raise),
    fires,
    wakesAt: left.find(({ at }) => before(now, at))?.at ?? moments.dueAt,
  };
}

/** When a clock that begins now, or that was moved, wakes first. */
export const firstWake = (moments: Moments, raised: readonly number[] = []): Temporal.Instant =>
  warningsOf(moments).find(({ minutes }) => !raised.includes(minutes))?.at ?? moments.dueAt;

/** How a clock that stood still goes on, where its rule says nothing else: due later by the time that it stood, never earlier. */
export const resumedLater = (
  { dueAt, suspendedAt }: { readonly dueAt: Temporal.Instant; readonly suspendedAt: Temporal.Instant },
  now: Temporal.Instant,
): Temporal.Instant => dueAt.add({ milliseconds: Math.max(0, now.epochMilliseconds - suspendedAt.epochMilliseconds) });
