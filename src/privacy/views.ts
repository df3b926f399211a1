import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { deadlinesOf } from "../kernel/deadline.ts";
import { type Reader, view } from "../kernel/view.ts";
import { historyOf } from "../reports/slice.ts";
import { answerIn, wordsIn } from "./acts-request.ts";
import { type DataRequestRow, dataRequestSubject } from "./data-request.ts";
import { type RetentionRow, retentionSubject } from "./retention.ts";

/** How far ahead the page tells what will be erased, in days. */
export const AHEAD_DAYS = 90;
const ROWS_MAX = 100;
const COUNT_MAX = 10_000;

type Clock = Pick<
  RetentionRow,
  | "id"
  | "reference"
  | "category"
  | "state"
  | "office"
  | "due_at"
  | "closed_at"
  | "source"
  | "kept_by"
  | "kept_reason"
  | "erased_at"
  | "erased_by"
>;
const CLOCK = sql`t.id, t.reference, t.category, t.state, t.office, t.due_at, t.closed_at, t.source, t.kept_by, t.kept_reason, t.erased_at, t.erased_by`;

/** A request as lists show it; its words only on its own page. */
export type RequestItem = Pick<
  DataRequestRow,
  "id" | "number" | "kind" | "state" | "reference" | "asked_at" | "due_at" | "decided_at"
>;

/** What a data-protection officer needs to see at once. */
export interface Keeping {
  readonly rules: readonly {
    readonly categories: readonly string[] | null;
    readonly days: number;
    readonly source: string;
  }[];
  /** What is erased next, and what is kept longer. */
  readonly due: readonly Clock[];
  readonly kept: readonly Clock[];
  readonly erased: readonly Clock[];
  /** How many are in each state, each up to a bound. */
  readonly counts: Readonly<Record<string, number>>;
  readonly requests: readonly RequestItem[];
}

export const keepingView = view({
  name: "retention.list",
  path: "/retentions",
  subject: retentionSubject,
  input: z.object({}),
  read: async (reader): Promise<Keeping> => {
    const { node, now, db } = reader;
    const visible = reader.visible(retentionSubject, { alias: "t" });
    const ahead = now.add({ hours: AHEAD_DAYS * 24 });
    const clocks = async (condition: ReturnType<typeof sql>) =>
      (
        await sql<Clock>`select ${CLOCK} from retention t where ${visible} and ${condition} limit ${sql.lit(ROWS_MAX)}`.execute(
          db,
        )
      ).rows;
    const [due, kept, erased, counts, requests] = await Promise.all([
      clocks(sql`t.state in ('running', 'kept') and t.due_at < ${ahead} order by t.due_at`),
      clocks(sql`t.state = 'kept' order by t.due_at`),
      clocks(sql`t.state = 'erased' order by t.erased_at desc`),
      sql<{
        state: string;
        n: number;
      }>`select s.state, (select count(*)::int from (select 1 from retention t where t.state = s.state and ${visible}
          limit ${sql.lit(COUNT_MAX)}) as c) as n from unnest(array['running', 'suspended', 'kept', 'erased']) as s(state)`.execute(
        db,
      ),
      requestsOf(reader),
    ]);
    return {
      rules: node.services.country.pack.reporting.retention.map(({ categories, days, source }) => ({
        categories: categories ?? null,
        days,
        source,
      })),
      due,
      kept,
      erased,
      counts: Object.fromEntries(counts.rows.map(({ state, n }) => [state, n])),
      requests,
    };
  },
});

/** Requests about personal data, those that wait first, the one due next on top. */
async function requestsOf(reader: Reader): Promise<readonly RequestItem[]> {
  const { rows } =
    await sql<RequestItem>`select q.id, q.number, q.kind, q.state, q.reference, q.asked_at, q.due_at, q.decided_at from data_request q
    where ${reader.visible(dataRequestSubject, { alias: "q" })} order by q.state <> 'lodged', q.due_at limit ${sql.lit(ROWS_MAX)}`.execute(
      reader.db,
    );
  return rows;
}

/** How many requests wait for a decision: for the navigation. */
export async function askedCount(reader: Reader): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from (select 1 from data_request q where q.state = 'lodged'
    and ${reader.visible(dataRequestSubject, { alias: "q" })} limit 100) as c`.execute(reader.db);
  return rows[0]?.n ?? 0;
}

/** One report's clock. */
export const retentionView = view({
  name: "retention.read",
  path: "/retentions/:id",
  subject: retentionSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } =
      await sql<RetentionRow>`select t.* from retention t where t.id = ${id} and ${reader.visible(retentionSubject, { alias: "t" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    return { ...row, history: await historyOf(reader, retentionSubject.name, id) };
  },
});
export type RetentionFound = NonNullable<Awaited<ReturnType<typeof retentionView.read>>>;

/** One request with its words. */
export const dataRequestView = view({
  name: "data-request.read",
  path: "/data-requests/:id",
  subject: dataRequestSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } =
      await sql<DataRequestRow>`select q.* from data_request q where q.id = ${id} and ${reader.visible(dataRequestSubject, { alias: "q" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const [history, clocks, report] = await Promise.all([
      historyOf(reader, dataRequestSubject.name, row.id),
      deadlinesOf(reader.db, dataRequestSubject.name, row.id),
      sql<{
        state: string;
        erased: boolean;
      }>`select state, erased_at is not null as erased from report where id = ${row.report_id}`.execute(reader.db),
    ]);
    return {
      ...row,
      words: wordsIn(reader.node, row),
      answer: answerIn(reader.node, row),
      report_state: report.rows[0]?.state ?? null,
      report_erased: report.rows[0]?.erased ?? false,
      history,
      clocks: clocks.map(({ starts_at, due_at, ended_at }) => ({ starts_at, due_at, ended_at })),
    };
  },
});
export type DataRequestFound = NonNullable<Awaited<ReturnType<typeof dataRequestView.read>>>;

/** The requests of one report, as its reporter sees them. */
export async function ownRequests(reader: Reader, report: string) {
  const { rows } = await sql<DataRequestRow>`select q.* from data_request q where q.report_id = ${report}
    and ${reader.visible(dataRequestSubject, { alias: "q" })} order by q.id desc limit 20`.execute(reader.db);
  return rows.map((row) => ({
    number: row.number,
    kind: row.kind,
    state: row.state,
    asked_at: row.asked_at,
    due_at: row.due_at,
    answer: answerIn(reader.node, row),
  }));
}
export type OwnRequest = Awaited<ReturnType<typeof ownRequests>>[number];
