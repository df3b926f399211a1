import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { deadlinesOf } from "../kernel/deadline.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { excerptOf, historyOf, reportSubject, type TellingRow } from "../reports/slice.ts";
import { type CaseRow, caseSubject } from "./case.ts";

/** Filters of the worklist of cases; each is a chip. */
export const listInput = z.object({
  state: z.enum(["open", "referred", "charged", "adjudicated", "closed"]).optional(),
  mine: z.stringbool().optional(),
  /** Number, or words of the title. */
  q: z.string().max(200).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** A case as the worklist shows it. */
export type CaseItem = Pick<
  CaseRow,
  "id" | "number" | "title" | "state" | "priority" | "lead_name" | "office_name" | "opened_at" | "offences"
> & {
  readonly reports: number;
  /** The next clock that runs out on it; `null` where none runs. */
  readonly due_at: Temporal.Instant | null;
};
export interface CaseList {
  readonly items: readonly CaseItem[];
  readonly next?: string;
  /** How many stand where, each up to `COUNT_MAX`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly filters: ListInput;
}
const COUNT_MAX = 500;

export const caseList = view({
  name: "case.list",
  path: "/cases",
  subject: caseSubject,
  input: listInput,
  read: async (reader, filters): Promise<CaseList> => {
    const { limit, cursor } = filters;
    const conditions = sql.join(
      [reader.visible(caseSubject, { alias: "c" }), ...conditionsOf(reader, filters)],
      sql` and `,
    );
    const { rows } =
      await sql<CaseItem>`select c.id, c.number, c.title, c.state, c.priority, c.lead_name, c.office_name, c.opened_at, c.offences,
        (select count(*) from (select 1 from report r where r.case_id = c.id limit 1000) as n) as reports,
        (select min(d.due_at) from deadline d where d.subject_kind = 'case' and d.subject_id = c.id and d.ended_at is null) as due_at
      from case_file c where ${conditions} ${afterCursor(cursor)} order by c.opened_at desc, c.id desc limit ${sql.lit(limit + 1)}`.execute(
        reader.db,
      );
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit),
      ...(rows.length > limit && last ? { next: cursorOf(last.opened_at.toString(), last.id) } : {}),
      counts: cursor === undefined ? await countsOf(reader) : {},
      filters,
    };
  },
});

function afterCursor(cursor: string | undefined) {
  const [opened, id] = readCursor(cursor, 2) ?? [];
  if (
    typeof opened !== "string" ||
    typeof id !== "string" ||
    !isUuid(id) ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(opened)
  )
    return sql``;
  return sql`and (c.opened_at, c.id) < (${opened}::timestamptz, ${id}::uuid)`;
}

function conditionsOf({ actor }: Reader, { state, mine, q }: ListInput): Expression<SqlBool>[] {
  const words = (q ?? "").trim().replaceAll(/[\\%_]/g, (each) => `\\${each}`);
  return [
    ...(state ? [sql<SqlBool>`c.state = ${state}`] : []),
    ...(mine ? [sql<SqlBool>`c.lead = ${actor.kind === "officer" ? actor.account : null}`] : []),
    ...(words ? [sql<SqlBool>`(c.number = ${words.toUpperCase()} or c.title ilike ${`%${words}%`})`] : []),
  ];
}

async function countsOf(reader: Reader): Promise<Record<string, number>> {
  const bounded = (condition: Expression<SqlBool>) =>
    sql`(select count(*) from (select 1 from case_file c where ${reader.visible(caseSubject, { alias: "c" })} and ${condition} limit ${sql.lit(COUNT_MAX)}) as n)`;
  const { rows } = await sql<
    Record<string, number>
  >`select ${bounded(sql`c.lead = ${reader.actor.kind === "officer" ? reader.actor.account : null} and c.state <> 'closed'`)} as "mine",
    ${bounded(sql`c.state = 'open'`)} as "open", ${bounded(sql`c.state = 'referred'`)} as "referred", ${bounded(sql`c.state = 'charged'`)} as "charged",
    ${bounded(sql`c.state = 'adjudicated'`)} as "adjudicated", ${bounded(sql`c.state = 'closed'`)} as "closed"`.execute(
    reader.db,
  );
  return rows[0] ?? {};
}

const PARTS_MAX = 500;
/** A report of the case, as its page lists it. */
export interface CaseReport {
  readonly id: string;
  readonly reference: string;
  readonly category: string;
  readonly priority: number;
  readonly state: string;
  readonly received_at: Temporal.Instant;
  readonly excerpt: string;
}

export const caseFile = view({
  name: "case.read",
  path: "/cases/:id",
  subject: caseSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } =
      await sql<CaseRow>`select * from case_file c where c.id = ${id} and ${reader.visible(caseSubject, { alias: "c" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const [reports, people, notes, history, clocks] = await Promise.all([
      reportsOf(reader, id),
      reader.db
        .selectFrom("case_person")
        .select(["id", "role", "name", "note", "at"])
        .where("case_id", "=", id)
        .orderBy("id")
        .limit(PARTS_MAX)
        .execute(),
      reader.db
        .selectFrom("case_note")
        .select(["id", "at", "author", "body"])
        .where("case_id", "=", id)
        .orderBy("id")
        .limit(PARTS_MAX)
        .execute(),
      historyOf(reader, caseSubject.name, id),
      deadlinesOf(reader.db, caseSubject.name, id),
    ]);
    return {
      ...row,
      reports,
      people,
      notes,
      history,
      clocks: clocks.map(({ rule, starts_at, due_at, ended_at, fired_at }) => ({
        rule,
        starts_at,
        due_at,
        ended_at,
        fired_at,
      })),
    };
  },
});
export type CaseFound = NonNullable<Awaited<ReturnType<typeof caseFile.read>>>;

async function reportsOf(reader: Reader, id: string): Promise<CaseReport[]> {
  const { rows } = await sql<
    Omit<CaseReport, "excerpt"> & TellingRow
  >`select r.id, r.reference, r.category, r.priority, r.state, r.received_at, r.told, r.description, r.facts
    from report r where r.case_id = ${id} and ${reader.visible(reportSubject, { alias: "r" })} order by r.priority, r.id limit ${sql.lit(PARTS_MAX)}`.execute(
    reader.db,
  );
  return rows.map(({ told: _told, description: _description, facts: _facts, ...row }, at) => ({
    ...row,
    excerpt: excerptOf(reader.node, rows[at] ?? { id: row.id, told: null }),
  }));
}

/** How many cases the reader leads, up to the bound: for the navigation. */
export async function ledCount(reader: Reader): Promise<number> {
  if (reader.actor.kind !== "officer") return 0;
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from (select 1 from case_file c where c.lead = ${reader.actor.account} and c.state <> 'closed'
    and ${reader.visible(caseSubject, { alias: "c" })} limit ${sql.lit(COUNT_MAX)}) as n`.execute(reader.db);
  return rows[0]?.n ?? 0;
}
