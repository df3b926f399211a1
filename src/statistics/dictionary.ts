import type { TableName } from "./tables.ts";

/** A column of a public table: its words are `statistics.public.column.<name>` and `….definition`. */
export interface PublicColumn {
  readonly name: string;
  readonly kind: "month" | "code" | "count" | "amount" | "currency" | "names";
  /** Column of the node's tables that it is counted from. */
  readonly source: string;
}

const month: PublicColumn = { name: "month", kind: "month", source: "report.received_at" };
const category: PublicColumn = { name: "category", kind: "code", source: "report.category" };
const district: PublicColumn = { name: "district", kind: "code", source: "report.district" };
const age: PublicColumn = { name: "age_band", kind: "code", source: "report.age_band" };
const whom: PublicColumn = { name: "for_whom", kind: "code", source: "report.for_whom" };
const currency: PublicColumn = { name: "currency", kind: "currency", source: "report.loss_currency" };
const reports: PublicColumn = { name: "reports", kind: "count", source: "report.id" };
const sum: PublicColumn = { name: "sum", kind: "amount", source: "report.loss_minor" };
const median: PublicColumn = { name: "median", kind: "amount", source: "report.loss_minor" };
const suppressed: PublicColumn = { name: "suppressed", kind: "names", source: "statistics_cell.value" };

/** One public figure. Its words are `statistics.public.<id>` and `statistics.public.<id>.definition`. */
export interface PublicIndicator {
  readonly id: string;
  /** Table of the release that its rows come from. */
  readonly table: TableName;
  readonly columns: readonly PublicColumn[];
  /** What a page shows: one month, or the months beside each other. */
  readonly over: "month" | "months";
}

const indicator = (
  id: string,
  table: TableName,
  over: PublicIndicator["over"],
  columns: readonly PublicColumn[],
): PublicIndicator => ({ id, table, over, columns: [month, ...columns, suppressed] });

/** The figures of the public, in the order of their page. */
export const PUBLIC: readonly PublicIndicator[] = [
  indicator("reports-by-month", "month", "months", [reports]),
  indicator("reports-by-category", "category", "month", [category, reports]),
  indicator("reports-by-district", "district", "month", [district, reports]),
  indicator("reports-by-age", "age", "month", [age, reports]),
  indicator("reports-by-whom", "whom", "month", [whom, reports]),
  indicator("losses", "loss", "months", [currency, reports, sum, median]),
  indicator("category-by-month", "category", "months", [category, reports]),
  indicator("category-by-district", "category-district", "month", [category, district, reports]),
  indicator("category-by-age", "category-age", "month", [category, age, reports]),
];

/** Every column that a public table has, once. */
export const DICTIONARY: readonly PublicColumn[] = [
  month,
  category,
  district,
  age,
  whom,
  currency,
  reports,
  sum,
  median,
  suppressed,
];
