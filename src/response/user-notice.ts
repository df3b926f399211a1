import { z } from "zod";
import { endOf, endOfDay, type MeasureCode, measureOf, type WorkCalendar } from "../law/slice.ts";

/** What is known of telling the user. */
export interface NoticeFacts {
  readonly measure: MeasureCode;
  readonly state: string;
  /** Last day of the confidentiality that the sender asked for, `2026-12-31`; absent where none is named. */
  readonly confidential?: string | undefined;
  readonly delayedUntil: Temporal.Instant | null;
  readonly toldAt: Temporal.Instant | null;
}

/** Whether the user may be told, and what stands against it. */
export type Telling =
  | { readonly answer: "told"; readonly at: Temporal.Instant }
  | {
      readonly answer: "forbidden";
      readonly why: "open" | "preserved" | "asked" | "delayed";
      readonly until: Temporal.Instant | null;
    }
  | { readonly answer: "allowed" };

/** Nothing more is done. */
export const ENDED = ["closed", "refused", "withdrawn", "lapsed"] as const;
/** Measures that go on when a part was given, so that telling would spoil the rest. */
export const REAL_TIME = ["R20", "I21"] as const satisfies readonly MeasureCode[];
const isOneOf = (all: readonly string[], one: string): boolean => all.includes(one);

/** What stands against telling as long as the request itself does; `null` once it no longer does. @source CETS 185 Art. 16(3) */
function whileItLasts({ measure, state }: Pick<NoticeFacts, "measure" | "state">): "open" | "preserved" | null {
  if (isOneOf(ENDED, state)) return null;
  if (state !== "executed" || isOneOf(REAL_TIME, measure)) return "open";
  return measureOf(measure).yields === "preservation" ? "preserved" : null;
}

const endOfConfidence = (confidential: string | undefined, zone: string): Temporal.Instant | null =>
  confidential ? endOfDay(Temporal.PlainDate.from(confidential), zone) : null;

/**
 * Whether the person whose data it is may be told now. Not while what was asked is under way, for it would be spoilt; not while data is
 * kept in confidence or collected in real time; not before the day that the sender named; not while it was put off here.
 *
 * @source CETS 185 Art. 16(3), Art. 20, Art. 21
 */
export function mayTell(facts: NoticeFacts, now: Temporal.Instant, zone: string): Telling {
  const { confidential, delayedUntil, toldAt } = facts;
  if (toldAt) return { answer: "told", at: toldAt };
  const confidence = endOfConfidence(confidential, zone);
  if (confidence && Temporal.Instant.compare(now, confidence) < 0)
    return { answer: "forbidden", why: "asked", until: confidence };
  if (delayedUntil && Temporal.Instant.compare(now, delayedUntil) < 0)
    return { answer: "forbidden", why: "delayed", until: delayedUntil };
  const why = whileItLasts(facts);
  return why === null ? { answer: "allowed" } : { answer: "forbidden", why, until: null };
}

/**
 * From when the user is owed word that data was given at `givenAt`: from the last moment at which something still stood against it. `null`
 * while the request itself does, or once they were told.
 */
export function owedFrom(facts: NoticeFacts, givenAt: Temporal.Instant, zone: string): Temporal.Instant | null {
  const { confidential, delayedUntil, toldAt } = facts;
  if (toldAt !== null || whileItLasts(facts) !== null) return null;
  return [endOfConfidence(confidential, zone), delayedUntil].reduce<Temporal.Instant>(
    (last, each) => (each && Temporal.Instant.compare(each, last) > 0 ? each : last),
    givenAt,
  );
}

/** Longest that telling a user may be put off at once, in days; again by another act. */
export const DELAY_DAYS_MAX = 90;

const ruleSchema = z.strictObject({
  within: z
    .strictObject({ unit: z.enum(["hours", "days", "working-days"]), value: z.int().min(1).max(365) })
    .default({ unit: "days", value: 14 }),
  source: z.string().min(1).max(100).default("office practice"),
});

/** Within what time a provider tells its user once nothing stands against it: `user_notice` of its pack's powers.json. */
export function noticeDue(
  from: Temporal.Instant,
  { data, calendar }: { readonly data: { readonly [name: string]: unknown }; readonly calendar: WorkCalendar },
): { readonly dueAt: Temporal.Instant; readonly source: string } {
  const { within, source } = ruleSchema.parse(data["user_notice"] ?? {});
  return { dueAt: endOf(within, from, calendar), source };
}

/** How telling the user stands, as it is counted: exactly one of these. `not-due`: something stands against it, or its time still runs. */
export const NOTICES = ["in-time", "late", "overdue", "not-due", "not-owed"] as const;
export type NoticeOutcome = (typeof NOTICES)[number];
export function noticeOutcome(
  { dueAt, toldAt, given }: { dueAt: Temporal.Instant | null; toldAt: Temporal.Instant | null; given: boolean },
  now: Temporal.Instant,
): NoticeOutcome {
  if (toldAt) return dueAt && Temporal.Instant.compare(toldAt, dueAt) > 0 ? "late" : "in-time";
  if (dueAt) return Temporal.Instant.compare(now, dueAt) > 0 ? "overdue" : "not-due";
  return given ? "not-due" : "not-owed";
}
