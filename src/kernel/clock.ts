/** A calendar day, without time or zone: statutory periods count days in the calendar of the Party that holds the data. */
export type Day = Temporal.PlainDate;

/** Gives the present moment. An argument everywhere, so that tests can stand at any time. */
export type Clock = () => Temporal.Instant;

/** The machine's clock, to the millisecond: what the journal says and what nodes tell each other has no finer time, and both must agree. */
// oxlint-disable-next-line no-restricted-globals -- here alone; Temporal.Now takes three times as long, and every act asks
export const systemClock: Clock = () => Temporal.Instant.fromEpochMilliseconds(Date.now());

/** The later of two days. */
export const later = (a: Day, b: Day): Day => (Temporal.PlainDate.compare(a, b) >= 0 ? a : b);

/** The moment in RFC 3339 with milliseconds, in UTC: the form that journal records carry. */
export const stamp = (at: Temporal.Instant): string => at.toString({ smallestUnit: "millisecond" });

/** A monotonic reading in milliseconds, to measure durations with. */
export const monotonic = (): number => performance.now();

/** True for an IANA time zone (`Indian/Mauritius`) that this machine knows. */
export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The moment that an hour on the clock of a place names, `2026-12-03T16:00` as browsers send it; the first, where that clock shows it
 * twice. `undefined` where no calendar has it, and where the clock of that place jumps over it (daylight saving).
 */
export function momentAt(text: string, zone: string): Temporal.Instant | undefined {
  try {
    const shown = Temporal.PlainDateTime.from(text, { overflow: "reject" });
    const moment = shown.toZonedDateTime(zone, { disambiguation: "earlier" });
    return moment.toPlainDateTime().equals(shown) ? moment.toInstant() : undefined;
  } catch {
    return undefined;
  }
}
