/** What a client has used of its quotas, as its row in `client_meter` says. */
export interface Meter {
  readonly day: Temporal.PlainDate;
  readonly day_taken: number;
  /** Begin of the minute that is counted. */
  readonly minute: Temporal.Instant;
  readonly minute_taken: number;
}
export interface Quota {
  readonly day_quota: number;
  readonly minute_quota: number;
}
/** What is left, and in how many whole seconds it is full again. */
export interface Allowance {
  readonly day: { readonly left: number; readonly seconds: number };
  readonly minute: { readonly left: number; readonly seconds: number };
}

const MINUTE_SECONDS = 60;

/** The minute that a moment is in. */
export const minuteOf = (now: Temporal.Instant): Temporal.Instant =>
  now.round({ smallestUnit: "minute", roundingMode: "floor" });

/** Quotas are counted by days of UTC, so that everybody knows without asking when the next begins. */
export const dayOf = (now: Temporal.Instant): Temporal.PlainDate => now.toZonedDateTimeISO("UTC").toPlainDate();

/** What is left of the quotas at `now`; `meter` is absent before the first report. Pure. */
export function allowanceOf(quota: Quota, meter: Meter | undefined, now: Temporal.Instant): Allowance {
  const day = dayOf(now);
  const minute = minuteOf(now);
  const today = meter && Temporal.PlainDate.compare(meter.day, day) === 0 ? meter.day_taken : 0;
  const thisMinute = meter && Temporal.Instant.compare(meter.minute, minute) === 0 ? meter.minute_taken : 0;
  const midnight = day.add({ days: 1 }).toZonedDateTime("UTC").toInstant();
  return {
    day: { left: Math.max(0, quota.day_quota - today), seconds: secondsTo(midnight, now) },
    minute: {
      left: Math.max(0, quota.minute_quota - thisMinute),
      seconds: secondsTo(minute.add({ seconds: MINUTE_SECONDS }), now),
    },
  };
}

const secondsTo = (then: Temporal.Instant, now: Temporal.Instant): number =>
  Math.max(1, Math.ceil((then.epochMilliseconds - now.epochMilliseconds) / 1_000));

/** The quotas and what is left, as headers that a program reads before it is refused. @source draft-ietf-httpapi-ratelimit-headers-10 */
export const rateLimitHeaders = (quota: Quota, { day, minute }: Allowance): Record<string, string> => ({
  "ratelimit-policy": `"minute";q=${quota.minute_quota};w=60, "day";q=${quota.day_quota};w=86400`,
  ratelimit: `"minute";r=${minute.left};t=${minute.seconds}, "day";r=${day.left};t=${day.seconds}`,
});
