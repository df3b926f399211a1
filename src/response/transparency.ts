import type { NoticeOutcome } from "./user-notice.ts";

/** Counts from one to one less than this are not published. */
export const SMALL = 5;

/** One request as a report counts it. */
export interface Counted {
  readonly country: string;
  readonly measure: string;
  readonly category: string;
  readonly outcome: string;
  readonly urgency: string;
  /** How telling the user stands. */
  readonly notice: NoticeOutcome;
}
/** What a report counts by. */
export const DIMENSIONS = ["country", "measure", "category", "outcome", "urgency", "notice"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A count; `null` where it is withheld because it is small, or would tell a small one. */
export interface Cell {
  readonly value: string;
  readonly count: number | null;
}
/** The figures of a period. `total` is `null` where it is small itself. A report of before there was a table has none of it. */
export interface Figures {
  readonly total: number | null;
  readonly tables: Readonly<Partial<Record<Dimension, readonly Cell[]>>>;
}

const tally = (rows: readonly Counted[], by: Dimension): { value: string; count: number }[] =>
  [...Map.groupBy(rows, (row) => row[by])]
    .map(([value, of]) => ({ value, count: of.length }))
    .toSorted((a, b) => (a.value < b.value ? -1 : 1));

/**
 * Withholds small counts, and so many others, the smallest first, that no withheld small count follows from the total: whoever knows the
 * rule and the rest must still think every value from 1 to one less than small possible. `null` where not even that is enough.
 */
function withheld(cells: readonly { value: string; count: number }[]): Cell[] | null {
  const small = cells.filter(({ count }) => count < SMALL);
  if (small.length === 0) return [...cells];
  const rest = cells.filter(({ count }) => count >= SMALL).toSorted((a, b) => a.count - b.count);
  const hidden = [...small];
  /** By how much the sum of what is withheld is above the least that it could be. */
  const slack = (): number => hidden.reduce((sum, { count }) => sum + count - (count < SMALL ? 1 : SMALL), 0);
  while ((hidden.length < 2 || slack() < SMALL - 1) && rest.length > 0) hidden.push(...rest.splice(0, 1));
  if (hidden.length < 2 || slack() < SMALL - 1) return null;
  const names = new Set(hidden.map(({ value }) => value));
  return cells.map(({ value, count }) => ({ value, count: names.has(value) ? null : count }));
}

/**
 * The figures of a transparency report. Every table stands by itself: no table crosses two things, as a count of one request in one
 * country would tell of a person. Where one table can't be protected, all counts are withheld, as any whole table would tell the total.
 */
export function figuresOf(rows: readonly Counted[]): Figures {
  const tables = DIMENSIONS.map((by) => [by, tally(rows, by)] as const);
  const kept = tables.map(([by, cells]) => [by, withheld(cells)] as const);
  const isShown = kept.every(([, cells]) => cells !== null);
  const shown = isShown
    ? kept
    : tables.map(([by, cells]) => [by, cells.map(({ value }) => ({ value, count: null }))] as const);
  return { total: isShown ? rows.length : null, tables: Object.fromEntries(shown) as unknown as Figures["tables"] };
}

/** The figures as lines of a table for a program; an empty count is one that is withheld. */
export const linesOf = ({ total, tables }: Figures): { dimension: string; value: string; count: number | null }[] => [
  { dimension: "total", value: "", count: total },
  ...DIMENSIONS.flatMap((by) => (tables[by] ?? []).map(({ value, count }) => ({ dimension: by, value, count }))),
];
