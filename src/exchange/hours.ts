import { isZone } from "../kernel/clock.ts";

/** Opening hours as a program reads them. */
export interface Hours {
  /** IANA time zone of the place. */
  readonly zone: string;
  /** Around the clock, every day. */
  readonly always: boolean;
  /** ISO days of the week, Monday is 1; empty where it is open always. */
  readonly days: readonly number[];
  /** Local time, `09:00`; the end may lie on the next day. */
  readonly opens: string;
  readonly closes: string;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const dayIn = (word: string): number => DAYS.findIndex((day) => word.toLowerCase().startsWith(day)) + 1;
const ZONE = /[A-Z][A-Za-z]+(?:\/[A-Za-z_+-]+){1,2}|UTC/;

/** The days that `Mon-Fri` and `Mon, Wed` name; every day where none is named. */
function daysIn(text: string): number[] {
  const span = /\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\s*(?:-|–|to)\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*/i.exec(text);
  if (span) {
    const [from, until] = [dayIn(span[1] ?? ""), dayIn(span[2] ?? "")];
    return Array.from({ length: ((until - from + 7) % 7) + 1 }, (_, n) => ((from - 1 + n) % 7) + 1);
  }
  const named = [...text.matchAll(/\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b/gi)].map(([word]) => dayIn(word));
  return named.length > 0 ? [...new Set(named)].sort((a, b) => a - b) : [1, 2, 3, 4, 5, 6, 7];
}

/**
 * Reads hours as contact points write them in their directory entries: `Around the clock, Indian/Mauritius`, `Mon-Fri 09:00-17:00,
 * Europe/Lisbon`. `null` where no time zone or no hours can be read in it: then people read it themselves.
 */
export function hoursOf(text: string | null): Hours | null {
  const zone = ZONE.exec(text ?? "")?.[0];
  if (text === null || zone === undefined || !isZone(zone)) return null;
  if (/around the clock|24\s*\/\s*7|24 hours/i.test(text))
    return { zone, always: true, days: [], opens: "00:00", closes: "00:00" };
  const span = /\b([01]?\d|2[0-3])[:.]([0-5]\d)\s*(?:-|–|to)\s*([01]?\d|2[0-4])[:.]([0-5]\d)/.exec(text);
  if (!span) return null;
  const [, opens = "", opensAt = "", closes = "", closesAt = ""] = span;
  const clock = (hours: string, minutes: string) => `${hours.padStart(2, "0").replace("24", "00")}:${minutes}`;
  return { zone, always: false, days: daysIn(text), opens: clock(opens, opensAt), closes: clock(closes, closesAt) };
}

/** Whether somebody is there at that moment, by the clock of the place. Hours that end after midnight belong to the day on which they began. */
export function isOpen({ zone, always, days, opens, closes }: Hours, at: Temporal.Instant): boolean {
  if (always) return true;
  const here = at.toZonedDateTimeISO(zone);
  const time = here.toPlainTime().toString({ smallestUnit: "minute" });
  const yesterday = here.subtract({ days: 1 }).dayOfWeek;
  if (opens < closes) return days.includes(here.dayOfWeek) && opens <= time && time < closes;
  return (days.includes(here.dayOfWeek) && time >= opens) || (days.includes(yesterday) && time < closes);
}
