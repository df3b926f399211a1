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
  /** Dates, `2026-12-25`. */
  readonly holidays: readonly { readonly date: string }[];
  /**
   * Days on which it works for a part only, each by its date or, every week, by its ISO day; a date goes before its weekday. The law of
   * the country says what such a day counts for: nothing where it isn't said, half a day, or the whole.
   */
  readonly halfDays?: readonly HalfDay[] | undefined;
  /** The first and the last year for which the holidays are known; what they name themselves, where nothing is said. */
  readonly covers?: { readonly from: number; readonly until: number } | undefined;
}
export interface HalfDay {
  readonly date?: string | undefined;
  readonly weekday?: number | undefined;
  readonly counts: "none" | "half" | "whole";
}

/** The first moment after a day: what is due "on" a day may still be done during it. */
export const endOfDay = (day: Temporal.PlainDate, zone: string): Temporal.Instant =>
  day.add({ days: 1 }).toZonedDateTime(zone).toInstant();

const WORTH: Readonly<Record<HalfDay["counts"], number>> = { none: 0, half: 0.5, whole: 1 };

/** What a day counts for in a period of working days: 0, 0.5 or 1. A holiday counts for nothing, whatever else it is. */
export function workOf(day: Temporal.PlainDate, { workingDays, holidays, halfDays = [] }: WorkCalendar): number {
  const date = day.toString();
  if (holidays.some((each) => each.date === date)) return 0;
  const part = halfDays.find((each) => each.date === date) ?? halfDays.find((each) => each.weekday === day.dayOfWeek);
  if (part) return WORTH[part.counts];
  return workingDays.includes(day.dayOfWeek) ? 1 : 0;
}

/** True where the office works on that day, if only for a part of it. */
export const isWorkingDay = (day: Temporal.PlainDate, calendar: WorkCalendar): boolean => workOf(day, calendar) > 0;

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
    left -= workOf(at, calendar);
  }
  return at;
}

/**
 * Years of a period for which the calendar knows no holidays, in order: its end may come later than was counted. Nothing for a country
 * that keeps none at all, where it says so by `covers`.
 */
export function unknownYears(from: Temporal.Instant, until: Temporal.Instant, calendar: WorkCalendar): number[] {
  const known = new Set(calendar.holidays.map(({ date }) => Number(date.slice(0, 4))));
  const { zone, covers } = calendar;
  const first = from.toZonedDateTimeISO(zone).year;
  // What ends with a day is due at the first moment of the next, which may be of another year.
  const last = until.subtract({ milliseconds: 1 }).toZonedDateTimeISO(zone).year;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n).filter((year) =>
    covers ? year < covers.from || year > covers.until : !known.has(year),
  );
}
