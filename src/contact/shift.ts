import { momentAt } from "../kernel/clock.ts";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

export type ShiftState = "planned" | "on-duty" | "handed-over" | "signed" | "cancelled";

/** A shift's life. It ends when two people have signed: who goes, and who comes. @source CETS 185 Art. 35 */
// prettier-ignore
export const SHIFT_LIFE = life<ShiftState>()({
  begin:       { from: ["planned"],     to: "on-duty",     source: "CETS 185 Art. 35" },
  "hand-over": { from: ["on-duty"],     to: "handed-over" },
  sign:        { from: ["handed-over"], to: "signed" },
  cancel:      { from: ["planned"],     to: "cancelled" },
});

/** A shift as its table holds it. */
export interface ShiftRow {
  readonly id: string;
  readonly office: string;
  readonly account: string;
  readonly starts_at: Temporal.Instant;
  readonly ends_at: Temporal.Instant;
  readonly state: ShiftState;
  readonly planned_by: string;
  readonly begun_at: Temporal.Instant | null;
  readonly words: Buffer | null;
  readonly next_account: string | null;
  readonly handed_at: Temporal.Instant | null;
  readonly signed_at: Temporal.Instant | null;
  readonly signed_by: string | null;
}

export const shiftSubject = subject<ShiftRow>()({
  name: "shift",
  plural: "shifts",
  table: "shift",
  attributes: { state: "String", office: "String", account: "String", next_account: "String" },
  life: SHIFT_LIFE,
  sealed: true,
});

/** Longest shift, in hours: nobody is on duty for longer. */
const SHIFT_HOURS_MAX = 24;

/** A span of time: its end is not part of it. */
export interface Span {
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
}

/**
 * The moments of a shift that begins on a day at an hour and ends at an hour, on the clock of the office. An end that is not later than
 * the beginning lies on the next day. In the night in which clocks change, the shift is an hour longer or shorter, as it is for the
 * people who work it. A text where that clock does not show such an hour, or the shift were too long.
 */
export function shiftSpan(
  day: string,
  { starts, ends }: { starts: string; ends: string },
  zone: string,
): Span | "no-such-hour" {
  const from = momentAt(`${day}T${starts}`, zone);
  const last = ends > starts ? day : Temporal.PlainDate.from(day).add({ days: 1 }).toString();
  const until = momentAt(`${last}T${ends}`, zone);
  if (!from || !until || until.since(from).total("hours") > SHIFT_HOURS_MAX + 1) return "no-such-hour";
  return { from, until };
}

const before = (a: Temporal.Instant, b: Temporal.Instant): boolean => Temporal.Instant.compare(a, b) < 0;

/** When nobody is planned to be on duty within a time, in order; a contact point must be there around the clock. @source CETS 185 Art. 35 */
export function gapsIn(shifts: readonly Span[], { from, until }: Span): Span[] {
  const gaps: Span[] = [];
  let covered = from;
  for (const shift of shifts.toSorted((a, b) => Temporal.Instant.compare(a.from, b.from))) {
    if (!before(shift.from, until)) break;
    if (before(covered, shift.from)) gaps.push({ from: covered, until: shift.from });
    if (before(covered, shift.until)) covered = shift.until;
  }
  if (before(covered, until)) gaps.push({ from: covered, until });
  return gaps;
}
