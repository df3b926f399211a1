/** A calendar day, without time or zone: statutory periods count days in the calendar of the Party that holds the data. */
export type Day = Temporal.PlainDate;

/** Gives the present moment. An argument everywhere, so that tests can stand at any time. */
export type Clock = () => Temporal.Instant;

/** The machine's clock, to the millisecond: what the journal says and what nodes tell each other has no finer time, and both must agree. */
export const systemClock: Clock = () => Temporal.Now.instant().round("millisecond");

/** The later of two days. */
export const later = (a: Day, b: Day): Day => (Temporal.PlainDate.compare(a, b) >= 0 ? a : b);

/** Milliseconds between two moments; negative when `to` is before `from`. */
export const millisecondsBetween = (from: Temporal.Instant, to: Temporal.Instant): number =>
  to.epochMilliseconds - from.epochMilliseconds;

/** The moment in RFC 3339 with milliseconds, in UTC: the form that journal records carry. */
export const stamp = (at: Temporal.Instant): string => at.toString({ smallestUnit: "millisecond" });

/** Some libraries (X.509, cookies) take nothing but the old type; this is the one place that makes it. */
// oxlint-disable-next-line no-restricted-globals -- the one place that makes it
export const legacyDate = (at: Temporal.Instant): Date => new Date(at.epochMilliseconds);

/** A monotonic reading in milliseconds, to measure durations with. */
export const monotonic = (): number => performance.now();
