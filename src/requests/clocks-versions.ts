import { resumedLater } from "../kernel/deadline-moments.ts";
import { endOfDay, type MeasureCode } from "../law/slice.ts";
import { extendedUntil, releasedUntil } from "./clocks.ts";

/** A clock that stands still. */
export interface Standing {
  readonly dueAt: Temporal.Instant;
  readonly suspendedAt: Temporal.Instant;
  /** IANA time zone whose days it counts; `null` where it counts hours. */
  readonly zone: string | null;
}

/** How a clock that runs is moved: each a pure function, so that both nodes come to the same moment. */
export interface Movement {
  /** When it is due once it runs on from `now`. */
  readonly resumed: (clock: Standing, now: Temporal.Instant) => Temporal.Instant;
  /** When one more term ends; `null` for measures that preserve nothing. */
  readonly extended: (measure: MeasureCode, dueAt: Temporal.Instant, zone: string) => Temporal.Instant | null;
  /** Until when data is kept once the request that it was kept for is decided. @source CETS 185 Art. 29(7) */
  readonly released: typeof releasedUntil;
}

/** Later by the time that it stood; one that counts days ends with the day, as every period in days does. */
function resumedToDayEnd(clock: Standing, now: Temporal.Instant): Temporal.Instant {
  const later = resumedLater(clock, now);
  if (clock.zone === null) return later;
  // What is due with the end of a day is due at its first moment after: a whole number of days later is that again.
  return endOfDay(later.subtract({ milliseconds: 1 }).toZonedDateTimeISO(clock.zone).toPlainDate(), clock.zone);
}

const FIRST: Movement = { resumed: resumedLater, extended: extendedUntil, released: releasedUntil };

/**
 * Every version of these rules that a running clock may count by. A clock keeps the version that it began with; a change of the rules
 * is a further version here, and never moves what runs.
 *
 * Until 26 November 2026 a clock in days that had stood still for three hours was due at three in the morning (version 1); since then it
 * ends with that day (version 2).
 */
const VERSIONS: Readonly<Record<number, Movement>> = {
  1: FIRST,
  2: { ...FIRST, resumed: resumedToDayEnd },
};

/** The version by which clocks that begin now are counted. */
export const CLOCKS_VERSION = 2;

/** True for a version that this node can count by: a peer that runs a newer Comity may name a later one. */
export const isKnownVersion = (version: number): boolean => version in VERSIONS;

/** The rules that a clock counts by. */
export function movementOf(version: number): Movement {
  const found = VERSIONS[version];
  if (!found) throw new Error(`there is no version ${version} of the clocks' rules`);
  return found;
}
