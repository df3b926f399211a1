import { momentAt } from "../kernel/clock.ts";
import { invalid } from "../kernel/errors.ts";
import type { Acquisition } from "./item.ts";

/** Clocks of two machines may differ by this much, in minutes, before a time counts as in the future. */
const CLOCKS_APART_MINUTES = 10;

/** The moment that was given: with its own zone, or in the zone of the office. Refuses what no calendar has, and the future. */
export const acquiredAt = ({ at }: Acquisition, zone: string, now: Temporal.Instant): Temporal.Instant =>
  at === undefined ? now : momentIn("acquisition.at", at, zone, now);

/** The same for the moment in the field at `path`. */
export function momentIn(path: string, at: string, zone: string, now: Temporal.Instant): Temporal.Instant {
  const moment = read(at, zone);
  if (!moment) throw invalid(path, "moment-form");
  if (Temporal.Instant.compare(moment, now.add({ minutes: CLOCKS_APART_MINUTES })) > 0)
    throw invalid(path, path === "acquisition.at" ? "acquired-in-future" : "happened-in-future");
  return moment;
}

function read(text: string, zone: string): Temporal.Instant | undefined {
  if (!/(Z|[+-]\d\d:\d\d)$/.test(text)) return momentAt(text, zone);
  try {
    return Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}

/** What the digests say of each other: what was given before the copy, and what the node computed. `null` where none was given. */
export const digestsMatch = ({ digest_before: before }: Acquisition, digest: string): boolean | null =>
  before === undefined ? null : before === digest;
