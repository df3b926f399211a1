/** A stretch of time and how many reports came in it. */
export interface Span {
  /** Its first day. */
  readonly from: Temporal.PlainDate;
  readonly n: number;
}
export interface Spans {
  readonly unit: "day" | "week" | "month";
  readonly spans: readonly Span[];
}

const DAYS_MAX = 45;
const WEEKS_MAX = 60;
/** Days that are shown at least: one bar alone tells nothing of time. */
const DAYS_MIN = 14;

/**
 * Reports over time, without gaps: by the day while the bars can be told apart, else by the week or the month. `days` are ISO
 * days in order.
 */
export function spansOf(days: readonly { readonly key: string; readonly n: number }[]): Spans {
  const dated = days.map(({ key, n }) => ({ day: Temporal.PlainDate.from(key), n }));
  const [first, last] = [dated.at(0), dated.at(-1)];
  if (!first || !last) return { unit: "day", spans: [] };
  const long = first.day.until(last.day, { largestUnit: "day" }).days + 1;
  const unit = long <= DAYS_MAX ? "day" : long <= WEEKS_MAX * 7 ? "week" : "month";
  const begin = (day: Temporal.PlainDate) =>
    unit === "day" ? day : unit === "week" ? day.subtract({ days: day.dayOfWeek - 1 }) : day.with({ day: 1 });
  const counts = new Map<string, number>();
  for (const { day, n } of dated) counts.set(begin(day).toString(), (counts.get(begin(day).toString()) ?? 0) + n);
  const spans: Span[] = [];
  const start = long < DAYS_MIN ? last.day.subtract({ days: DAYS_MIN - 1 }) : begin(first.day);
  for (let at = start; Temporal.PlainDate.compare(at, last.day) <= 0; at = at.add({ [`${unit}s`]: 1 }))
    spans.push({ from: at, n: counts.get(at.toString()) ?? 0 });
  return { unit, spans };
}

/** Where the tiles of a map stand: rows and columns, in the order given, as near to a square as they go. */
export function tilesOf<T>(things: readonly T[]): (T & { readonly row: number; readonly column: number })[] {
  const across = Math.max(1, Math.ceil(Math.sqrt(things.length)));
  return things.map((thing, at) => ({ ...thing, row: Math.floor(at / across), column: at % across }));
}
