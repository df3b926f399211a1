import { z } from "zod";
import { requestSeen } from "../evidence/slice.ts";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { comparedOf, filesOf } from "./acts.ts";
import { type Compared, countsOf, isWhole, type Outcome } from "./compare.ts";
import { openedReturn, type ReturnRow, returnSubject } from "./return.ts";

export const listInput = z.object({
  state: z.enum(["open", "taken", "dropped"]).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;
export type ReturnLine = Omit<ReturnRow, "words" | "list">;
export interface ReturnList {
  readonly items: readonly ReturnLine[];
  readonly next?: string;
  readonly filters: ListInput;
}

const withoutList = ({ words: _words, list: _list, ...row }: ReturnRow): ReturnLine => row;

export const returnList = view({
  name: "return.list",
  path: "/returns",
  subject: returnSubject,
  input: listInput,
  read: async (reader, filters): Promise<ReturnList> => {
    const { limit, state, cursor } = filters;
    const [after] = readCursor(cursor, 1) ?? [];
    const conditions = sql.join(
      [
        reader.visible(returnSubject, { alias: "r" }),
        ...(state ? [sql`r.state = ${state}`] : []),
        ...(typeof after === "string" && isUuid(after) ? [sql`r.id < ${after}`] : []),
      ],
      sql` and `,
    );
    const { rows } =
      await sql<ReturnRow>`select r.* from provider_return r where ${conditions} order by r.id desc limit ${sql.lit(limit + 1)}`.execute(
        reader.db,
      );
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit).map((row) => withoutList(openedReturn(reader.node, row))),
      ...(rows.length > limit && last ? { next: cursorOf(last.id) } : {}),
      filters,
    };
  },
});

async function rowOf(reader: Reader, id: string): Promise<ReturnRow | undefined> {
  const { rows } =
    await sql<ReturnRow>`select r.* from provider_return r where r.id = ${id} and ${reader.visible(returnSubject, { alias: "r" })}`.execute(
      reader.db,
    );
  const [row] = rows;
  return row && openedReturn(reader.node, row);
}

/** One line of the comparison, as it is shown: what the list says, what came, what it became. */
export interface ComparedLine {
  readonly outcome: Outcome;
  readonly listed?: Compared["listed"];
  readonly came?: Compared["came"];
  readonly item?: string;
}

/** A return with its files held against its list. */
export const returnFile = view({
  name: "return.read",
  path: "/returns/:id",
  subject: returnSubject,
  input: z.object({
    id: z.uuid(),
    outcome: z.enum(["matched", "renamed", "different", "missing", "extra"]).optional(),
    from: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(1_000).default(200),
    /** What the form that sent files has to say. */
    said: z.string().max(40).optional(),
  }),
  read: async (reader, { id, outcome, from, limit, said }) => {
    const row = await rowOf(reader, id);
    if (!row) return undefined;
    const files = await filesOf(reader.db, reader.node, row.id);
    const { read, compared } = comparedOf(row, files);
    const items = new Map(files.map((file) => [file.id, file.item]));
    const shown = compared.filter((each) => outcome === undefined || each.outcome === outcome);
    const lines = shown.slice(from, from + limit).map((each): ComparedLine => {
      const item = each.came && items.get(each.came.id);
      return { ...each, ...(item ? { item } : {}) };
    });
    const { rows: cases } = await sql<{
      id: string;
      number: string;
      title: string;
    }>`select id, number, title from case_file where id = ${row.case_id}`.execute(reader.db);
    const counts = countsOf(compared);
    return {
      ...withoutList(row),
      request: (await requestSeen(reader.db, row.request_id, reader)) ?? null,
      case: cases[0] ?? null,
      certificates: files
        .filter(({ is_certificate }) => is_certificate)
        .map(({ name, bytes, sha256, item }) => ({ name, bytes, sha256, item })),
      files: files.filter(({ is_certificate }) => !is_certificate).length,
      list: read
        ? {
            form: read.form,
            files: read.files.length,
            unread: read.unread.slice(0, 20),
            unread_count: read.unread.length,
          }
        : null,
      counts,
      whole: read !== undefined && isWhole(counts),
      lines,
      ...(from + limit < shown.length ? { next: from + limit } : {}),
      outcome,
      from,
      said,
    };
  },
});
export type ReturnFound = NonNullable<Awaited<ReturnType<typeof returnFile.read>>>;
