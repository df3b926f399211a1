import { sql } from "../kernel/database.ts";
import type { Indicator, Row } from "./indicator.ts";

const rowsOf = async <T extends Row>(
  query: { execute: (db: never) => Promise<{ rows: T[] }> },
  db: unknown,
): Promise<T[]> => (await query.execute(db as never)).rows;

/** Reports received, by what happened. */
const reportsByCategory: Indicator = {
  id: "reports-by-category",
  columns: [
    { name: "category", kind: "text", words: "option.category" },
    { name: "reports", kind: "count" },
  ],
  plot: { labels: ["category"], value: "reports" },
  read: ({ db }) =>
    rowsOf(
      sql<{
        category: string;
        reports: number;
      }>`select category, count(*)::int as reports from report group by 1 order by 2 desc, 1`,
      db,
    ),
};

/** Reports received, by calendar month of the node's time zone. */
const reportsByMonth: Indicator = {
  id: "reports-by-month",
  columns: [
    { name: "month", kind: "month" },
    { name: "reports", kind: "count" },
  ],
  plot: { labels: ["month"], value: "reports" },
  read: ({ db, node }) =>
    rowsOf(
      sql<{
        month: string;
        reports: number;
      }>`select to_char(received_at at time zone ${node.config.zone}, 'YYYY-MM') as month, count(*)::int as reports from report group by 1 order by 1`,
      db,
    ),
};

/** Where reports stand. */
const reportsByState: Indicator = {
  id: "reports-by-state",
  columns: [
    { name: "state", kind: "text", words: "state" },
    { name: "reports", kind: "count" },
  ],
  plot: { labels: ["state"], value: "reports" },
  read: ({ db }) =>
    rowsOf(
      sql<{
        state: string;
        reports: number;
      }>`select state, count(*)::int as reports from report group by 1 order by 2 desc, 1`,
      db,
    ),
};

/** Where cases stand. */
const casesByState: Indicator = {
  id: "cases-by-state",
  columns: [
    { name: "state", kind: "text", words: "state" },
    { name: "cases", kind: "count" },
  ],
  plot: { labels: ["state"], value: "cases" },
  read: ({ db }) =>
    rowsOf(
      sql<{
        state: string;
        cases: number;
      }>`select state, count(*)::int as cases from case_file group by 1 order by 2 desc, 1`,
      db,
    ),
};

/** Requests sent and received, by measure, peer and where they stand. */
const requestsByMeasure: Indicator = {
  id: "requests-by-measure",
  columns: [
    { name: "measure", kind: "text", words: "measure" },
    { name: "side", kind: "text", words: "side" },
    { name: "peer", kind: "peer" },
    { name: "state", kind: "text", words: "state" },
    { name: "requests", kind: "count" },
  ],
  plot: { labels: ["measure", "state"], value: "requests" },
  read: ({ db }) =>
    rowsOf(
      sql<{ measure: string; side: string; peer: string; state: string; requests: number }>`
      select measure, side, peer, state, count(*)::int as requests from request group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      db,
    ),
};

export const counts: readonly Indicator[] = [
  reportsByCategory,
  reportsByMonth,
  reportsByState,
  casesByState,
  requestsByMeasure,
];
