import type { Reader } from "../kernel/view.ts";

/** A column of an indicator's table. */
export interface Column {
  /** Name in JSON and CSV; its words are `statistics.column.<name>`. */
  readonly name: string;
  readonly kind: "text" | "peer" | "count" | "milliseconds" | "month";
  /** For `text`: prefix of the message that puts a value into words, `state` for `state.received`. */
  readonly words?: string;
}
export type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

/** One figure that a ministry reads: what is counted, by what, and how. Its words are `statistics.<id>` and `statistics.<id>.definition`. */
export interface Indicator {
  readonly id: string;
  readonly columns: readonly Column[];
  /** Which columns a plot shows: a bar of `value` for each combination of `labels`. */
  readonly plot: { readonly labels: readonly string[]; readonly value: string };
  readonly read: (reader: Reader) => Promise<readonly Row[]>;
}

/** What a wait is told by: how many have ended, how many still wait (censored), and the median and ninetieth percentile. */
export const WAIT: readonly Column[] = [
  { name: "ended", kind: "count" },
  { name: "open", kind: "count" },
  { name: "median", kind: "milliseconds" },
  { name: "p90", kind: "milliseconds" },
];
