import { type Day, later } from "../kernel/clock.ts";
import {
  endOf,
  endOfDay,
  type InstrumentTerm,
  type Measure,
  type MeasureCode,
  measureOf,
  type Reach,
  type Term,
  unknownYears,
  type WorkCalendar,
} from "../law/slice.ts";

/** The rules of a request's clocks; a row in `deadline` bears one of these. */
export const RULES = {
  acknowledge: "request.acknowledge",
  execute: "request.execute",
  objection: "request.objection",
  confirm: "request.confirm",
  preservation: "request.preservation",
  validation: "request.validation",
  notification: "request.notification",
} as const;
export type Rule = (typeof RULES)[keyof typeof RULES];

/** Rule of the clock of a translation that was ordered: this office’s own, and never told to the other side. */
export const TRANSLATION = "request.translation";

/** Rule of the clock by which a provider owes its user word that data was given: the provider’s own. */
export const USER_NOTICE = "request.user-notice";

/** Rule of the clock by which the person concerned is told. */
export const NOTIFICATION = RULES.notification;

/** Clocks of what is still owed to a person when a request has come to its end: they run on. @source CETS 185 Art. 15(1) */
export const OUTLIVING: readonly string[] = [RULES.notification, USER_NOTICE];

/** Source of a clock that no law sets: pages put it into words. */
export const OFFICE_PRACTICE = "office practice";

/** A clock as both nodes count it. */
export interface Clock {
  readonly rule: Rule;
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  readonly source: string;
  /** IANA time zone whose days it counts, so that both nodes count further terms alike; absent where it counts hours. */
  readonly zone?: string;
  /** IANA time zone of whoever counts it and must meet it, to show its hours in; absent where it is the reader's own, or not known. */
  readonly place?: string;
  /** Years that it reaches into and whose holidays its calendar does not know: it may end later. Absent: none. */
  readonly unknownYears?: readonly number[];
}

/** Where the mutual assistance request that a preservation was made for stands. */
export type Assistance =
  | { readonly state: "awaited" }
  | { readonly state: "pending" }
  | { readonly state: "decided"; readonly on: Day };

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

/** The clock that starts when a request is received, at the receiver's time of receipt: somebody there must have seen it. */
export function onReceipt(measure: MeasureCode, receivedAt: Temporal.Instant): Clock {
  return {
    rule: RULES.acknowledge,
    startsAt: receivedAt,
    dueAt: receivedAt.add({ hours: measureOf(measure).acknowledgeHours }),
    source: OFFICE_PRACTICE,
  };
}

/** The law of whoever is asked, as far as clocks need it: its pack. */
export interface ReceiversLaw {
  readonly clocks: readonly (Term & {
    readonly measure: string;
    readonly from: string;
    readonly until?: string | undefined;
  })[];
  readonly calendar: WorkCalendar;
}

/**
 * Within what time it should be carried out, counted from receipt by the law and in the calendar of whoever is asked; they tell
 * it when they acknowledge. `null` where that law names no time, and says no more than the Convention: expeditiously.
 */
export function execution(
  measure: MeasureCode,
  receivedAt: Temporal.Instant,
  { clocks, calendar }: ReceiversLaw,
): Clock | null {
  const today = receivedAt.toZonedDateTimeISO(calendar.zone).toPlainDate().toString();
  const term = clocks.findLast(
    (each) => each.measure === measure && each.from <= today && today <= (each.until ?? "9999-12-31"),
  );
  if (!term) return null;
  return counted(RULES.execute, term, receivedAt, calendar);
}

/**
 * The same by the instrument itself: in an emergency before the pack of whoever is asked, else where that names no time. `null` where the
 * instrument names none.
 *
 * @source Regulation (EU) 2023/1543 Art. 10
 */
export function executionByInstrument(
  { measure, urgency }: Received,
  receivedAt: Temporal.Instant,
  calendar: WorkCalendar,
): Clock | null {
  const { answer }: Measure = measureOf(measure);
  return answer ? counted(RULES.execute, termOf(answer, urgency), receivedAt, calendar) : null;
}

/**
 * The same by the treaty on which it was asked, where neither the pack of whoever is asked nor the measure names a time: `answer` of its row in the
 * table of treaties, with the provision that it stands in.
 *
 * @source CETS 224 Art. 7, Art. 8
 */
export const executionByTreaty = (
  { answer, provision }: { readonly answer: Omit<Term, "source"> | null; readonly provision: string },
  receivedAt: Temporal.Instant,
  calendar: WorkCalendar,
): Clock | null => (answer ? counted(RULES.execute, { ...answer, source: provision }, receivedAt, calendar) : null);

/**
 * Within what time an authority at the provider's seat may object to an order; `null` where none is told of it: of subscriber data, and of
 * traffic data that is only to identify the user.
 *
 * @source Regulation (EU) 2023/1543 Art. 8, Art. 12
 */
export function objection(
  {
    measure,
    urgency,
    data_category: category,
    identifying = false,
  }: Received & { readonly data_category: Reach; readonly identifying?: boolean },
  receivedAt: Temporal.Instant,
  calendar: WorkCalendar,
): Clock | null {
  const { objection: term }: Measure = measureOf(measure);
  const isTold = !(identifying && category === "traffic");
  return isTold && term?.categories.some((each) => each === category)
    ? counted(RULES.objection, termOf(term, urgency), receivedAt, calendar)
    : null;
}

interface Received {
  readonly measure: MeasureCode;
  readonly urgency: string;
}
const termOf = ({ routine, emergency, source }: InstrumentTerm, urgency: string): Term => ({
  ...(urgency === "emergency" ? emergency : routine),
  source,
});

/** A period from `startsAt` in a calendar, as a clock; it says which years' holidays it could not leave out. */
function counted(rule: Rule, term: Term, startsAt: Temporal.Instant, calendar: WorkCalendar): Clock {
  const dueAt = endOf(term, startsAt, calendar);
  const unknown = term.unit === "working-days" ? unknownYears(startsAt, dueAt, calendar) : [];
  return {
    rule,
    startsAt,
    dueAt,
    source: term.source,
    ...(term.unit === "hours" ? {} : { zone: calendar.zone }),
    ...(unknown.length > 0 ? { unknownYears: unknown } : {}),
  };
}

/**
 * Within what time the request must be confirmed formally, where whoever is asked requires that: counted from when they said so, by their
 * law and calendar.
 *
 * @source CETS 185 Art. 25(3)
 */
export const confirmation = (askedAt: Temporal.Instant, term: Term, calendar: WorkCalendar): Clock =>
  counted(RULES.confirm, term, askedAt, calendar);

/**
 * Until when data preserved at `preservedAt` is kept: to the end of the last of its days in the time zone of those who hold it. `null` for
 * measures that preserve nothing.
 */
export function keptUntil(measure: MeasureCode, preservedAt: Temporal.Instant, zone: string): Clock | null {
  const { keepDays }: Measure = measureOf(measure);
  if (!keepDays) return null;
  return {
    rule: RULES.preservation,
    startsAt: preservedAt,
    dueAt: endOfDay(dayOf(preservedAt, zone).add({ days: keepDays.days }), zone),
    source: keepDays.source,
    zone,
  };
}

/** One more term from the day on which the present one ends. `null` for measures that preserve nothing. */
export function extendedUntil(measure: MeasureCode, dueAt: Temporal.Instant, zone: string): Temporal.Instant | null {
  const { keepDays }: Measure = measureOf(measure);
  return keepDays ? endOfDay(dayOf(dueAt.subtract({ seconds: 1 }), zone).add({ days: keepDays.days }), zone) : null;
}

/**
 * When data preserved for another Party may lapse once its request is decided at `decidedAt`. An extension already granted, `dueAt`, is
 * not taken back by an early decision.
 *
 * @source CETS 185 Art. 29(7)
 */
export function releasedUntil(
  preserved: { readonly startsAt: Temporal.Instant; readonly dueAt: Temporal.Instant },
  decidedAt: Temporal.Instant,
  zone: string,
): Temporal.Instant {
  const on = mayLapseOn(dayOf(preserved.startsAt, zone), { state: "decided", on: dayOf(decidedAt, zone) });
  const lapses = on ? endOfDay(on, zone) : preserved.dueAt;
  return Temporal.Instant.compare(lapses, preserved.dueAt) > 0 ? lapses : preserved.dueAt;
}

const dayOf = (at: Temporal.Instant, zone: string): Day => at.toZonedDateTimeISO(zone).toPlainDate();
