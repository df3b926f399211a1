import { endOfDay, measureOf, type MeasureCode } from "../law/slice.ts";

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
const ENDED: readonly string[] = ["closed", "refused", "withdrawn", "lapsed"];

/**
 * Whether the person whose data it is may be told now. Not while what was asked is under way, for it would be spoilt; not while data is
 * kept in confidence or collected in real time; not before the day that the sender named; not while it was put off here.
 *
 * @source CETS 185 Art. 16(3), Art. 20, Art. 21
 */
export function mayTell(facts: NoticeFacts, now: Temporal.Instant, zone: string): Telling {
  const { measure, state, confidential, delayedUntil, toldAt } = facts;
  if (toldAt) return { answer: "told", at: toldAt };
  if (confidential) {
    const until = endOfDay(Temporal.PlainDate.from(confidential), zone);
    if (Temporal.Instant.compare(now, until) < 0) return { answer: "forbidden", why: "asked", until };
  }
  if (delayedUntil && Temporal.Instant.compare(now, delayedUntil) < 0)
    return { answer: "forbidden", why: "delayed", until: delayedUntil };
  if (ENDED.includes(state)) return { answer: "allowed" };
  if (measureOf(measure).yields === "preservation" && state === "executed")
    return { answer: "forbidden", why: "preserved", until: null };
  if (state !== "executed") return { answer: "forbidden", why: "open", until: null };
  return measure === "R20" || measure === "I21"
    ? { answer: "forbidden", why: "open", until: null }
    : { answer: "allowed" };
}

/** Longest that telling a user may be put off at once, in days; again by another act. */
export const DELAY_DAYS_MAX = 90;
