import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { caseSubject } from "../cases/slice.ts";
import { sql } from "../kernel/database.ts";
import { wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { type CustodyEvent, eventOf, type Journalled } from "./custody-event.ts";
import { storyOf, type StoryLine } from "./custody-story.ts";
import { type ItemRow, itemSubject, STATES } from "./item.ts";
import { requestSeen } from "./views-request.ts";
import { factsFor, itemFor } from "./views-locked.ts";
import { type Kept, marksAsked, openedItem } from "./words.ts";

/** Filters of the list of items; each is a chip. */
export const listInput = z.object({
  state: z.enum(STATES).optional(),
  mine: z.stringbool().optional(),
  /** Handed over to the reader's office, not yet taken. */
  coming: z.stringbool().optional(),
  case: z.uuid().optional(),
  request: z.uuid().optional(),
  /** Exhibit number, digest, or words of the description or file name. */
  q: z.string().max(200).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** An item as lists show it. */
export type ItemLine = Pick<
  ItemRow,
  | "id"
  | "number"
  | "description"
  | "name"
  | "media"
  | "bytes"
  | "digest"
  | "state"
  | "held"
  | "office_name"
  | "custodian_name"
  | "acquired_at"
  | "derived"
  | "peer"
  | "viewing_office"
>;
export interface ItemList {
  readonly items: readonly ItemLine[];
  readonly next?: string;
  readonly filters: ListInput;
}

const columns = sql.raw(
  "i.id, i.number, i.words, i.description, i.name, i.media, i.bytes, i.digest, i.state, i.held, i.office_name, i.custodian_name, i.acquired_at, i.derived, i.peer, i.viewing_office",
);

const found = (marks: readonly Buffer[]): Expression<SqlBool> =>
  marks.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`i.marks @> ${marks}::bytea[]`;

function conditionsOf(
  { actor, node }: Reader,
  { state, mine, coming, case: caseId, request, q }: ListInput,
): Expression<SqlBool>[] {
  const officer = actor.kind === "officer" ? actor : undefined;
  const words = (q ?? "").trim();
  return [
    ...(state ? [sql<SqlBool>`i.state = ${state}`] : []),
    ...(mine ? [sql<SqlBool>`i.custodian = ${officer?.account ?? null}`] : []),
    ...(coming
      ? [
          sql<SqlBool>`i.state = 'in-transit' and i.to_office = ${officer?.office.id ?? null} and (i.to_account is null or i.to_account = ${officer?.account ?? null})`,
        ]
      : []),
    ...(caseId ? [sql<SqlBool>`i.case_id = ${caseId}`] : []),
    ...(request ? [sql<SqlBool>`i.request_id = ${request}`] : []),
    ...(words
      ? [
          // Words and digests are found by their keyed look-ups: each that was asked for must be there.
          sql<SqlBool>`(i.number = ${words.toUpperCase()} or ((i.viewing_office is null or i.viewing_office = ${officer?.office.id ?? null}) and ${found(marksAsked(node, words))}))`,
        ]
      : []),
  ];
}

export const itemList = view({
  name: "item.list",
  path: "/items",
  subject: itemSubject,
  input: listInput,
  read: async (reader, filters): Promise<ItemList> => {
    const { limit } = filters;
    const [after] = readCursor(filters.cursor, 1) ?? [];
    const follows = typeof after === "string" && isUuid(after) ? [sql<SqlBool>`i.id < ${after}`] : [];
    const conditions = sql.join(
      [reader.visible(itemSubject, { alias: "i" }), ...conditionsOf(reader, filters), ...follows],
      sql` and `,
    );
    const { rows } = await sql<
      Kept<ItemLine>
    >`select ${columns} from item i where ${conditions} order by i.id desc limit ${sql.lit(limit + 1)}`.execute(
      reader.db,
    );
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit).map((row) => itemFor<ItemLine>(reader, row)),
      ...(rows.length > limit && last ? { next: cursorOf(last.id) } : {}),
      filters,
    };
  },
});

/** The row that a reader may see, by id or exhibit number. */
export async function itemRow(reader: Reader, asked: string): Promise<ItemRow | undefined> {
  const by = isUuid(asked) ? sql`i.id = ${asked}` : sql`i.number = ${asked.toUpperCase()}`;
  const { rows } = await sql<
    Kept<ItemRow>
  >`select i.* from item i where ${by} and ${reader.visible(itemSubject, { alias: "i" })}`.execute(reader.db);
  return rows[0] && itemFor<ItemRow>(reader, rows[0]);
}

/** An item with its words, for work of the node itself: no reader is asked. */
export async function itemOpened(node: Node, id: string): Promise<ItemRow | undefined> {
  const { rows } = await sql<Kept<ItemRow>>`select * from item where id = ${id}`.execute(node.db);
  return rows[0] && openedItem<ItemRow>(node, rows[0]);
}

/** Every event of the item so far, in order. */
export async function eventsOf(reader: Pick<Reader, "actor" | "db" | "node">, row: ItemRow): Promise<CustodyEvent[]> {
  const { rows } = await sql<
    Omit<Journalled, "record"> & { record: unknown; words: Buffer | null }
  >`select id, act, at, seq, record, words, digest, leaf from journal where subject_kind = ${itemSubject.name} and subject_id = ${row.id} order by seq`.execute(
    reader.db,
  );
  const { keys } = reader.node.services;
  return factsFor(
    reader,
    row,
    rows.map((each) => eventOf({ ...each, record: wholeRecord(keys, each) }, row)),
  );
}

/** The item's custody, a sentence to each event, in `locale` (the reader's own by default). The caller has seen to it that the reader may see the row. */
export const custodyStory = async (
  reader: Pick<Reader, "actor" | "db" | "node" | "locale">,
  row: ItemRow,
  locale: string = reader.locale,
): Promise<StoryLine[]> => storyOf(await eventsOf(reader, row), reader.node.translations.translate(locale));

const idInput = z.object({ id: z.string().max(120) });

/** The custody of an item: every act on it, in order, chained. */
export const itemCustody = view({
  name: "item.custody",
  path: "/items/:id/custody",
  subject: itemSubject,
  input: idInput,
  read: async (reader, { id }) => {
    const row = await itemRow(reader, id);
    return row && { item: row.id, number: row.number, events: await eventsOf(reader, row) };
  },
});

/** An item with its relations and its custody. */
export const itemFile = view({
  name: "item.read",
  path: "/items/:id",
  subject: itemSubject,
  input: idInput,
  read: async (reader, { id }) => {
    const row = await itemRow(reader, id);
    if (!row) return undefined;
    const [custody, derived, parent, files, request] = await Promise.all([
      eventsOf(reader, row),
      linesOf(reader, sql`i.parent = ${row.id}`),
      linesOf(reader, sql`i.id = ${row.parent}`),
      casesOf(reader, row.case_id),
      requestSeen(reader.db, row.request_id, reader),
    ]);
    const { to_office, ...seen } = row;
    const to =
      to_office === null
        ? null
        : ((await reader.db.selectFrom("office").select("name").where("id", "=", to_office).executeTakeFirst())?.name ??
          null);
    return {
      ...seen,
      to_office,
      to_office_name: to,
      custody,
      made_from_it: derived,
      made_from: parent[0] ?? null,
      case: files[0] ?? null,
      request: request ?? null,
    };
  },
});
export type ItemFound = NonNullable<Awaited<ReturnType<typeof itemFile.read>>>;

async function linesOf(reader: Reader, condition: Expression<unknown>): Promise<ItemLine[]> {
  const { rows } = await sql<
    Kept<ItemLine>
  >`select ${columns} from item i where ${condition} and ${reader.visible(itemSubject, { alias: "i" })} order by i.id limit 200`.execute(
    reader.db,
  );
  return rows.map((row) => itemFor<ItemLine>(reader, row));
}

async function casesOf(reader: Reader, id: string | null): Promise<{ id: string; number: string; title: string }[]> {
  if (id === null) return [];
  const { rows } = await sql<{
    id: string;
    number: string;
    title: string;
  }>`select c.id, c.number, c.title from case_file c where c.id = ${id} and ${reader.visible(caseSubject, { alias: "c" })}`.execute(
    reader.db,
  );
  return rows;
}

/** The items of a case, for its page. */
export const itemsOfCase = (reader: Reader, id: string): Promise<ItemLine[]> => linesOf(reader, sql`i.case_id = ${id}`);

/** The officer's opening of an item, while it lasts. `bytes`: only one that gives the bytes, not one that shows a preview. */
export async function openingOf(
  reader: Reader,
  item: string,
  opening: string,
  gives: "bytes" | "preview" = "preview",
): Promise<ItemRow | undefined> {
  const { actor, now } = reader;
  if (actor.kind !== "officer" || !isUuid(item) || !isUuid(opening)) return undefined;
  const found = await reader.db
    .selectFrom("item_opening")
    .select("id")
    .where("id", "=", opening)
    .where("item", "=", item)
    .where("account", "=", actor.account)
    .where("expires_at", ">", now)
    .$if(gives === "bytes", (query) => query.where("preview_only", "=", false))
    .executeTakeFirst();
  return found && itemRow(reader, item);
}

const COUNT_MAX = 500;
/** How many items wait for the reader's signature. */
export async function comingCount(reader: Reader): Promise<number> {
  const conditions = sql.join(
    [reader.visible(itemSubject, { alias: "i" }), ...conditionsOf(reader, { coming: true, limit: 1 })],
    sql` and `,
  );
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from (select 1 from item i where ${conditions} limit ${sql.lit(COUNT_MAX)}) as n`.execute(
    reader.db,
  );
  return rows[0]?.n ?? 0;
}
