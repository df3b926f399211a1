import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { caseSubject } from "../cases/slice.ts";
import { type CourtItem, itemsForCourt } from "../evidence/slice.ts";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { historyOf } from "../reports/slice.ts";
import { type ExhibitRow, exhibitSubject, PARTIES, type Words, wordsIn } from "./exhibit.ts";

/** Filters of the list of exhibits. */
const listInput = z.object({
  state: z.enum(["listed", "tendered", "admitted", "excluded", "withdrawn"]).optional(),
  party: z.enum(PARTIES).optional(),
  /** Number of a case. */
  q: z.string().max(60).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** An exhibit with its words, as lists show it. */
export type Exhibit = Omit<ExhibitRow, "words"> & Words & { readonly item: string };
/** The same with its case. */
export type ExhibitLine = Exhibit & { readonly case_number: string; readonly case_title: string };
export interface ExhibitList {
  readonly items: readonly ExhibitLine[];
  readonly next?: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly filters: ListInput;
}

type Found = ExhibitRow & { readonly item: string };
const opened = (reader: Reader, row: Found): Exhibit => {
  const { words: _, ...rest } = row;
  return { ...rest, ...wordsIn(reader.node, row) };
};

const COUNT_MAX = 500;

/** Exhibits of all cases that the reader may see: for a judge, what waits for a ruling. */
export const exhibitList = view({
  name: "exhibit.list-all",
  path: "/exhibits",
  subject: exhibitSubject,
  input: listInput,
  read: async (reader, filters): Promise<ExhibitList> => {
    const { state, party, q, limit } = filters;
    const [after] = readCursor(filters.cursor, 1) ?? [];
    const visible = reader.visible(exhibitSubject, { alias: "e" });
    const conditions: Expression<SqlBool>[] = [
      visible,
      ...(state ? [sql<SqlBool>`e.state = ${state}`] : []),
      ...(party ? [sql<SqlBool>`e.party = ${party}`] : []),
      ...(q?.trim() ? [sql<SqlBool>`(c.number = ${q.trim().toUpperCase()} or e.mark = ${q.trim()})`] : []),
      ...(typeof after === "string" && isUuid(after) ? [sql<SqlBool>`e.id < ${after}`] : []),
    ];
    const { rows } = await sql<Found & { case_number: string; case_title: string }>`
      select e.*, i.number as item, c.number as case_number, c.title as case_title from exhibit e
        join item i on i.id = e.item_id join case_file c on c.id = e.case_id
      where ${sql.join(conditions, sql` and `)} order by e.id desc limit ${sql.lit(limit + 1)}`.execute(reader.db);
    const { rows: counts } = await sql<{ state: string; n: number }>`select state, count(*)::int as n from
      (select e.state from exhibit e where ${visible} limit ${sql.lit(COUNT_MAX)}) as e group by state`.execute(
      reader.db,
    );
    const last = rows[limit - 1];
    return {
      items: rows
        .slice(0, limit)
        .map(({ case_number, case_title, ...row }) => ({ ...opened(reader, row), case_number, case_title })),
      ...(rows.length > limit && last ? { next: cursorOf(last.id) } : {}),
      counts: Object.fromEntries(counts.map(({ state: each, n }) => [each, n])),
      filters,
    };
  },
});

/** The exhibits of a case that the reader may see, in the order of party and mark. */
export async function exhibitsOf(reader: Reader, caseId: string): Promise<Exhibit[]> {
  const { rows } = await sql<Found>`select e.*, i.number as item from exhibit e join item i on i.id = e.item_id
    where e.case_id = ${caseId} and ${reader.visible(exhibitSubject, { alias: "e" })}
    order by array_position(array['prosecution', 'defence', 'court'], e.party), e.place`.execute(reader.db);
  return rows.map((row) => opened(reader, row));
}

/** An exhibit with what a court asks of its item; `item` is null where the reader may see the exhibit alone. */
export interface Shown {
  readonly exhibit: Exhibit;
  readonly item: CourtItem | null;
}

const idInput = z.object({ id: z.uuid() });

/** One exhibit: what, whence, through whose hands, verified how. */
export const exhibitFile = view({
  name: "exhibit.read",
  path: "/exhibits/:id",
  subject: exhibitSubject,
  input: idInput,
  read: async (reader, { id }) => {
    const { rows } = await sql<Found & { case_number: string; case_title: string }>`
      select e.*, i.number as item, c.number as case_number, c.title as case_title from exhibit e
        join item i on i.id = e.item_id join case_file c on c.id = e.case_id
      where e.id = ${id} and ${reader.visible(exhibitSubject, { alias: "e" })}`.execute(reader.db);
    const [row] = rows;
    if (!row) return undefined;
    const { items, ledger } = await itemsForCourt(reader, row.case_id, [row.item_id]);
    const { case_number, case_title, ...found } = row;
    return {
      id,
      case: { id: row.case_id, number: case_number, title: case_title },
      exhibit: opened(reader, found),
      item: items[0] ?? null,
      ledger,
      history: await historyOf(reader, exhibitSubject.name, id),
    };
  },
});
export type ExhibitFound = NonNullable<Awaited<ReturnType<typeof exhibitFile.read>>>;

/** The judge's view of a case: every exhibit on one page. */
export const courtFile = view({
  name: "case.court",
  path: "/cases/:id/court",
  subject: caseSubject,
  input: idInput,
  read: async (reader, { id }) => {
    const { rows } = await sql<{
      id: string;
      number: string;
      title: string;
      state: string;
      office: string;
      office_name: string;
      offences: string[];
    }>`
      select c.id, c.number, c.title, c.state, c.office, c.office_name, c.offences from case_file c
      where c.id = ${id} and ${reader.visible(caseSubject, { alias: "c" })}`.execute(reader.db);
    const [found] = rows;
    if (!found) return undefined;
    const exhibits = await exhibitsOf(reader, found.id);
    const { items, ledger } = await itemsForCourt(
      reader,
      found.id,
      exhibits.map(({ item_id }) => item_id),
    );
    const shown: Shown[] = exhibits.map((exhibit) => ({
      exhibit,
      item: items.find(({ id }) => id === exhibit.item_id) ?? null,
    }));
    return { ...found, shown, ledger };
  },
});
export type CourtFound = NonNullable<Awaited<ReturnType<typeof courtFile.read>>>;

/** How many exhibits wait for a ruling of this reader. */
export async function tenderedCount(reader: Reader): Promise<number> {
  const mayRule = sql<SqlBool>`${reader.visible(exhibitSubject, { alias: "e", action: "exhibit.admit" })}`;
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from (select 1 from exhibit e
    where e.state = 'tendered' and ${mayRule} limit ${sql.lit(COUNT_MAX)}) as n`.execute(reader.db);
  return rows[0]?.n ?? 0;
}
