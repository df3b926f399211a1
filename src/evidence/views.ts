import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { caseSubject } from "../cases/slice.ts";
import { listFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { holdsOf } from "./acts-keeping.ts";
import { type CustodyEvent, eventOf, type Journalled } from "./custody-event.ts";
import { storyOf, type StoryLine } from "./custody-story.ts";
import { type ItemRow, itemSubject, STATES } from "./item.ts";
import { requestSeen } from "./views-request.ts";
import { factsFor, itemFor } from "./views-locked.ts";
import { type Kept, marksAsked, openedItem } from "./words.ts";

/** Where an item comes from. */
export const KINDS = ["original", "derived", "received"] as const;

/** Filters of the list of items; each is a chip. */
export const listInput = z.object({
  state: z.enum(STATES).optional(),
  mine: z.stringbool().optional(),
  /** Handed over to the reader's office, not yet taken. */
  coming: z.stringbool().optional(),
  case: z.uuid().optional(),
  request: z.uuid().optional(),
  /** Proposed for destruction by somebody else, and this reader could be the second. */
  second: z.stringbool().optional(),
  held: z.stringbool().optional(),
  /** Kept long enough, and held by nobody: ready to be destroyed. */
  due: z.stringbool().optional(),
  /** Outside and not back in time. */
  late: z.stringbool().optional(),
  /** Its bytes were found to be others. */
  altered: z.stringbool().optional(),
  kind: z.enum(KINDS).optional(),
  office: z.uuid().optional(),
  /** Exhibit number, digest, or words of the description or file name. */
  q: z.string().max(200).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** The filters as the address of the list. */
export function queryOf({ limit: _, ...filters }: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters))
    if (typeof value === "string" || value === true) query.set(name, String(value));
  return query.toString();
}

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
  | "altered_at"
>;
export interface ItemList {
  readonly items: readonly ItemLine[];
  /** How many exhibits of the reader's are not what was acquired. */
  readonly altered: number;
  readonly offices: readonly { readonly id: string; readonly name: string }[];
  readonly next?: string;
  readonly filters: ListInput;
}

const columns = sql.raw(
  "i.id, i.number, i.words, i.description, i.name, i.media, i.bytes, i.digest, i.state, i.held, i.office_name, i.custodian_name, i.acquired_at, i.derived, i.peer, i.viewing_office, i.altered_at",
);

const found = (marks: readonly Buffer[]): Expression<SqlBool> =>
  marks.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`i.marks @> ${marks}::bytea[]`;

const KIND_OF: Readonly<Record<(typeof KINDS)[number], Expression<SqlBool>>> = {
  original: sql<SqlBool>`not i.derived and i.peer_item is null`,
  derived: sql<SqlBool>`i.derived`,
  received: sql<SqlBool>`i.peer_item is not null`,
};

function conditionsOf(reader: Reader, filters: ListInput): Expression<SqlBool>[] {
  const { actor, node, now, visible } = reader;
  const { state, mine, coming, second, held, due, late, altered, kind, office, case: caseId, request, q } = filters;
  const officer = actor.kind === "officer" ? actor : undefined;
  const words = (q ?? "").trim();
  const today = now.toZonedDateTimeISO(node.config.zone).toPlainDate().toString();
  const wanted: readonly (Expression<SqlBool> | false | undefined | "")[] = [
    state && sql<SqlBool>`i.state = ${state}`,
    mine && sql<SqlBool>`i.custodian = ${officer?.account ?? null}`,
    coming &&
      sql<SqlBool>`i.state = 'in-transit' and i.signed_at is null and i.to_office = ${officer?.office.id ?? null} and (i.to_account is null or i.to_account = ${officer?.account ?? null})`,
    second &&
      sql<SqlBool>`i.state = 'disposing' and i.proposed_by <> ${officer?.account ?? null} and ${visible(itemSubject, { action: "item.dispose", alias: "i" })}`,
    held && sql<SqlBool>`i.held`,
    due && sql<SqlBool>`i.retain_until <= ${today}::date and not i.held and i.state in ('kept', 'sealed')`,
    late && sql<SqlBool>`i.state = 'out' and i.due_at < ${now}`,
    altered && sql<SqlBool>`i.altered_at is not null and i.state <> 'disposed'`,
    kind && KIND_OF[kind],
    office && sql<SqlBool>`i.office = ${office}`,
    caseId && sql<SqlBool>`i.case_id = ${caseId}`,
    request && sql<SqlBool>`i.request_id = ${request}`,
    // Words and digests are found by their keyed look-ups: each that was asked for must be there.
    words &&
      sql<SqlBool>`(i.number = ${words.toUpperCase()} or ((i.viewing_office is null or i.viewing_office = ${officer?.office.id ?? null}) and ${found(marksAsked(node, words))}))`,
  ];
  return wanted.filter((each): each is Expression<SqlBool> => typeof each === "object");
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
      altered: await countOf(reader, { altered: true, limit: 1 }),
      offices: await officesSeen(reader),
    };
  },
});

/** Offices of the items that the reader may see. */
async function officesSeen(reader: Reader): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`select o.id, o.name from office o
    where exists (select 1 from item i where i.office = o.id and ${reader.visible(itemSubject, { alias: "i" })}) order by o.name limit 100`.execute(
    reader.db,
  );
  return rows;
}

/** Most rows of one export; a narrower filter takes the rest. */
const EXPORT_MAX = 10_000;
const EXPORTED = [
  "number",
  "state",
  "description",
  "name",
  "media",
  "bytes",
  "digest",
  "sha1",
  "md5",
  "office_name",
  "custodian_name",
  "held",
  "seal_number",
  "retain_until",
  "acquired_at",
  "verified_at",
  "altered_at",
] as const satisfies readonly (keyof ItemRow)[];

/** What the list shows with these filters, as a table. */
export const itemExport = view({
  name: "item.list-export",
  path: "/items/export",
  subject: itemSubject,
  input: listInput.omit({ cursor: true, limit: true }).extend({ format: z.enum(["csv", "json"]).default("csv") }),
  read: async (reader, { format, ...filters }) => {
    const conditions = sql.join(
      [reader.visible(itemSubject, { alias: "i" }), ...conditionsOf(reader, { ...filters, limit: 1 })],
      sql` and `,
    );
    const { rows } = await sql<
      Kept<ItemRow>
    >`select i.* from item i where ${conditions} order by i.id desc limit ${sql.lit(EXPORT_MAX)}`.execute(reader.db);
    const items = rows
      .map((row) => itemFor<ItemRow>(reader, row))
      .map((row) => Object.fromEntries(EXPORTED.map((name) => [name, row[name] ?? null])));
    return listFile(`exhibits-${reader.now.toString().slice(0, 10)}`, format, {
      columns: EXPORTED,
      rows: items,
      json: { filters, most: EXPORT_MAX, items },
    });
  },
});

/** The row that a reader may see. */
export async function itemRow(reader: Reader, id: string): Promise<ItemRow | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await sql<
    Kept<ItemRow>
  >`select i.* from item i where i.id = ${id} and ${reader.visible(itemSubject, { alias: "i" })}`.execute(reader.db);
  return rows[0] && itemFor<ItemRow>(reader, rows[0]);
}

/** An item with its words, for work of the node itself: no reader is asked. */
export async function itemOpened(node: Node, id: string): Promise<ItemRow | undefined> {
  const { rows } = await sql<Kept<ItemRow>>`select * from item where id = ${id}`.execute(node.db);
  return rows[0] && openedItem<ItemRow>(node, rows[0]);
}

/** The custody of several items, each in its order; the caller has seen to it that the reader may see the rows. */
export async function eventsOfAll(
  reader: Pick<Reader, "actor" | "db" | "node">,
  items: readonly ItemRow[],
): Promise<Map<string, CustodyEvent[]>> {
  const { rows } = await sql<
    Omit<Journalled, "record"> & { item: string; record: unknown; words: Buffer | null }
  >`select id, act, at, seq, record, words, digest, leaf, subject_id as item from journal
    where subject_kind = ${itemSubject.name} and subject_id = any(${items.map(({ id }) => id)}::uuid[]) order by subject_id, seq`.execute(
    reader.db,
  );
  const { keys } = reader.node.services;
  const byItem = Map.groupBy(rows, ({ item }) => item);
  return new Map(
    items.map((row) => {
      const events = (byItem.get(row.id) ?? []).map((each) =>
        eventOf({ ...each, record: wholeRecord(keys, each) }, row),
      );
      return [row.id, factsFor(reader, row, events)];
    }),
  );
}

/** Every event of the item so far, in order. */
export const eventsOf = async (reader: Pick<Reader, "actor" | "db" | "node">, row: ItemRow): Promise<CustodyEvent[]> =>
  (await eventsOfAll(reader, [row])).get(row.id) ?? [];

/** The item's custody, a sentence to each event, in `locale` (the reader's own by default). The caller has seen to it that the reader may see the row. */
export const custodyStory = async (
  reader: Pick<Reader, "actor" | "db" | "node" | "locale">,
  row: ItemRow,
  locale: string = reader.locale,
): Promise<StoryLine[]> => storyOf(await eventsOf(reader, row), reader.node.translations.translate(locale));

const idInput = z.object({ id: z.uuid() });

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

/** Which events of an item's custody its page shows; an empty choice is none. */
const chosen = z
  .string()
  .max(80)
  .transform((text) => (text === "" ? undefined : text))
  .optional();
const day = z.union([z.iso.date(), z.string().transform(() => undefined)]).optional();
/** Number of an event that must be among those shown. */
const event = z
  .string()
  .max(16)
  .transform((text) => (/^[1-9]\d*$/.test(text) ? Number(text) : undefined))
  .optional();
const filterShape = { type: chosen, who: chosen, from: day, to: day, event };

/** The item's family: all that was made from the same root, the root first, as far as the reader may see it. */
async function familyOf(reader: Reader, root: string): Promise<(ItemLine & { parent: string | null })[]> {
  const { rows } = await sql<
    Kept<ItemLine & { parent: string | null }>
  >`select ${columns}, i.parent from item i where (i.root = ${root} or i.id = ${root}) and ${reader.visible(itemSubject, { alias: "i" })} order by i.id limit 200`.execute(
    reader.db,
  );
  return rows.map((row) => itemFor<ItemLine & { parent: string | null }>(reader, row));
}

/** An item with its relations and its custody. */
export const itemFile = view({
  name: "item.read",
  path: "/items/:id",
  subject: itemSubject,
  input: z.object({ ...idInput.shape, ...filterShape }),
  read: async (reader, { id, ...filter }) => {
    const row = await itemRow(reader, id);
    if (!row) return undefined;
    const root = row.root ?? row.id;
    const [custody, family, holds, parent, files, request] = await Promise.all([
      eventsOf(reader, row),
      familyOf(reader, root),
      holdsOf(reader.db, reader.node, row),
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
      made_from_it: family.filter((line) => line.parent === row.id),
      family,
      holds,
      filter,
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
const countOf = async (reader: Reader, filters: ListInput): Promise<number> => {
  const conditions = sql.join(
    [reader.visible(itemSubject, { alias: "i" }), ...conditionsOf(reader, filters)],
    sql` and `,
  );
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from (select 1 from item i where ${conditions} limit ${sql.lit(COUNT_MAX)}) as n`.execute(
    reader.db,
  );
  return rows[0]?.n ?? 0;
};

/** How many items wait for the reader: for their signature, for a second person, for somebody to bring them back. */
export async function comingCount(reader: Reader): Promise<number> {
  const counts = await Promise.all([
    countOf(reader, { coming: true, limit: 1 }),
    countOf(reader, { second: true, limit: 1 }),
    countOf(reader, { mine: true, late: true, limit: 1 }),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}
