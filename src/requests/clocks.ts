import { type Day, later } from "../kernel/clock.ts";
import { type Measure, type MeasureCode, measureOf } from "../law/slice.ts";

/** The rules of a request's clocks; a row in `deadline` bears one of these. */
export const RULES = { acknowledge: "request.acknowledge", execute: "request.execute", preservation: "request.preservation" } as const;
export type Rule = (typeof RULES)[keyof typeof RULES];

/** A clock as both nodes count it. */
export interface Clock {
  readonly rule: Rule;
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  readonly source: string;
}

/** Where the mutual assistance request that a preservation was made for stands. */
export type Assistance = { readonly state: "awaited" } | { readonly state: "pending" } | { readonly state: "decided"; readonly on: Day };

/** Shortest time that data is preserved for another Party, in days. */
const PRESERVED_DAYS_MIN = 60;

/**
 * The first day on which data preserved for another Party may lapse; `null` while no day is in sight.
 *
 * Sixty days give the requesting Party time to ask for the data. Once it has asked, the data is kept until that request
 * is decided, however long that takes. An early decision does not shorten the sixty days.
 *
 * @source CETS 185 Art. 29(7)
 */
export function mayLapseOn(preservedOn: Day, assistance: Assistance): Day | null {
  const sixtyDaysOn = preservedOn.add({ days: PRESERVED_DAYS_MIN });
  switch (assistance.state) {
    case "awaited":
      return sixtyDaysOn;
    case "pending":
      return null;
    case "decided":
      return later(sixtyDaysOn, assistance.on);
  }
}

/** The clocks that start when a request is received, on the receiver's time of receipt. */
export function onReceipt(measure: MeasureCode, receivedAt: Temporal.Instant): Clock[] {
  const { acknowledgeHours, executeDays, basis }: Measure = measureOf(measure);
  const acknowledge: Clock = { rule: RULES.acknowledge, startsAt: receivedAt, dueAt: receivedAt.add({ hours: acknowledgeHours }), source: "office practice" };
  if (executeDays === null) return [acknowledge];
  return [acknowledge, { rule: RULES.execute, startsAt: receivedAt, dueAt: receivedAt.add({ hours: executeDays * 24 }), source: basis }];
}

/**
 * Until when data preserved at `preservedAt` is kept: to the end of the last of its days in the time zone of those who hold it. `null` for
 * measures that preserve nothing.
 */
export function keptUntil(measure: MeasureCode, preservedAt: Temporal.Instant, zone: string): Clock | null {
  const { keepDays }: Measure = measureOf(measure);
  if (!keepDays) return null;
  return { rule: RULES.preservation, startsAt: preservedAt, dueAt: endOfDay(preservedAt.toZonedDateTimeISO(zone).toPlainDate().add({ days: keepDays.days }), zone), source: keepDays.source };
}

/** One more term from the day on which the present one ends. */
export function extendedUntil(measure: MeasureCode, dueAt: Temporal.Instant, zone: string): Temporal.Instant | null {
  const { keepDays }: Measure = measureOf(measure);
  return keepDays ? endOfDay(dueAt.subtract({ seconds: 1 }).toZonedDateTimeISO(zone).toPlainDate().add({ days: keepDays.days }), zone) : null;
}

/** The first moment after a day: clocks that are due "on" a day still run during it. */
export const endOfDay = (day: Day, zone: string): Temporal.Instant => day.add({ days: 1 }).toZonedDateTime(zone).toInstant();
