/** In what a period is counted. Hours run at night and on holidays too; days and working days end with the day, where the office is. */
const UNITS = ["hours", "days", "working-days"] as const;

/** A period that a law or an office gives. */
export interface Term {
  readonly unit: (typeof UNITS)[number];
  /** At least 1. */
  readonly value: number;
  /** Provision that gives it. */
  readonly source: string;
}

/** When an office works. */
export interface WorkCalendar {
  /** IANA time zone in which its days begin and end. */
  readonly zone: string;
  /** ISO days of the week, Monday is 1; at least one. */
  readonly workingDays: readonly number[];
  readonly holidays: readonly { readonly date: string }[];
}

/** The first moment after a day: what is due "on" a day may still be done during it. */
export const endOfDay = (day: Temporal.PlainDate, zone: string): Temporal.Instant =>
  day.add({ days: 1 }).toZonedDateTime(zone).toInstant();

/** True where the office works on that day. */
export const isWorkingDay = (day: Temporal.PlainDate, { workingDays, holidays }: WorkCalendar): boolean =>
  workingDays.includes(day.dayOfWeek) && !holidays.some(({ date }) => date === day.toString());

/**
 * When a period that begins at `from` ends. The day on which it begins isn't counted; a period in days or working days ends
 * with its last day, in the calendar's zone, however long that day is.
 */
export function endOf(
  { unit, value }: Pick<Term, "unit" | "value">,
  from: Temporal.Instant,
  calendar: WorkCalendar,
): Temporal.Instant {
  if (unit === "hours") return from.add({ hours: value });
  const begins = from.toZonedDateTimeISO(calendar.zone).toPlainDate();
  return endOfDay(
    unit === "days" ? begins.add({ days: value }) : workingDayAfter(begins, value, calendar),
    calendar.zone,
  );
}

function workingDayAfter(day: Temporal.PlainDate, count: number, calendar: WorkCalendar): Temporal.PlainDate {
  let at = day;
  for (let left = count; left > 0;) {
    at = at.add({ days: 1 });
    if (isWorkingDay(at, calendar)) left -= 1;
  }
  return at;
}
