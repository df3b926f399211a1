import { warningsOf } from "../kernel/deadline-moments.ts";

/** A clock that runs or stands, with all that decides what it will do. */
export interface Watched {
  readonly kind: string;
  readonly id: string;
  /** The thing's number or reference. */
  readonly number: string;
  readonly rule: string;
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  readonly suspendedAt: Temporal.Instant | null;
  /** Minutes before it is due at which it warns, and those that have been. */
  readonly warnMinutes: readonly number[];
  readonly raised: readonly number[];
  /** From so many minutes before, the head of the office is told too; `null`: never. */
  readonly escalateMinutes: number | null;
  /** Provision or practice that it follows; empty where the rule alone says it. */
  readonly source: string;
  /** IANA time zone of the office on the other side; `null` where there is none, or it is not known. */
  readonly peerZone: string | null;
}

/** What a clock will do, if nobody does anything before. */
export interface Coming<Clock extends Watched = Watched> {
  readonly at: Temporal.Instant;
  readonly what: "warns" | "runs-out";
  /** Minutes before it is due, where it warns. */
  readonly aheadMinutes: number | null;
  /** The head of the office is told too. */
  readonly escalates: boolean;
  readonly clock: Clock;
}

/**
 * What clocks will do from `now` to `until`, in order, if nobody acts before. What should have happened while the node was down happens at
 * the next sweep: now. Clocks that stand still do nothing.
 */
export function forecast<Clock extends Watched>(
  clocks: readonly Clock[],
  { now, until }: { readonly now: Temporal.Instant; readonly until: Temporal.Instant },
): Coming<Clock>[] {
  const before = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) < 0;
  const fromNow = (at: Temporal.Instant) => (before(at, now) ? now : at);
  return clocks
    .filter(({ suspendedAt }) => suspendedAt === null)
    .flatMap((clock): Coming<Clock>[] => {
      const left = warningsOf(clock).filter(({ minutes }) => !clock.raised.includes(minutes));
      const missed = left.filter(({ at }) => !before(now, at));
      // Of several that were missed the nearest is raised, and none where the end has come too.
      const raised = before(now, clock.dueAt)
        ? left.filter((each) => !missed.includes(each) || each === missed.at(-1))
        : [];
      const escalates = (minutes: number) => clock.escalateMinutes !== null && minutes <= clock.escalateMinutes;
      return [
        ...raised.map(({ minutes, at }) => ({
          at: fromNow(at),
          what: "warns" as const,
          aheadMinutes: minutes,
          escalates: escalates(minutes),
          clock,
        })),
        {
          at: fromNow(clock.dueAt),
          what: "runs-out",
          aheadMinutes: null,
          escalates: clock.escalateMinutes !== null,
          clock,
        },
      ];
    })
    .filter(({ at }) => !before(until, at))
    .sort(
      (a, b) =>
        Temporal.Instant.compare(a.at, b.at) ||
        compare(a.clock.number, b.clock.number) ||
        compare(a.clock.rule, b.clock.rule),
    );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The clocks among them that stand still at that time: nothing will happen to them. */
export const standing = <Clock extends Watched>(clocks: readonly Clock[]): Clock[] =>
  clocks.filter(({ suspendedAt }) => suspendedAt !== null);
