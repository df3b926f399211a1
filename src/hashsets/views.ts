import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { isLockedFor, type ItemRow, itemSubject } from "../evidence/slice.ts";
import { csvFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, readCursor, type Reader, view } from "../kernel/view.ts";
import { CATEGORIES, type Category, type Kind, type SetRow, setSubject, type VersionRow } from "./hash-set.ts";

/** A set as lists show it: what it holds, and how many items matched it. Which those are is not said here. */
export interface SetLine extends SetRow {
  readonly entries: Readonly<Record<string, number>>;
  readonly version: string | null;
  readonly live_at: Temporal.Instant | null;
  readonly matched: number;
  readonly office_name: string | null;
}

const lines = sql`select s.*, v.version, v.live_at, coalesce(v.entries, '{}') as entries, o.name as office_name,
  (select count(distinct m.item) from hash_match m where m.set_id = s.id) as matched
  from hash_set s left join hash_version v on v.id = s.current left join office o on o.id = s.office`;

export const setList = view({
  name: "hash-set.list",
  path: "/hash-sets",
  subject: setSubject,
  input: z.object({ category: z.enum(CATEGORIES).optional(), retired: z.stringbool().optional() }),
  read: async (reader, { category, retired }) => {
    const chosen = [
      reader.visible(setSubject, { alias: "s" }),
      ...(category ? [sql<SqlBool>`s.category = ${category}`] : []),
      retired ? sql<SqlBool>`s.state = 'retired'` : sql<SqlBool>`s.state != 'retired'`,
    ];
    const { rows } =
      await sql<SetLine>`${lines} where ${sql.join(chosen, sql` and `)} order by s.name limit 500`.execute(reader.db);
    return {
      items: rows.map((row) => ({ ...row, matched: Number(row.matched) })),
      filters: { category, retired: retired === true },
    };
  },
});
export type SetList = NonNullable<Awaited<ReturnType<typeof setList.read>>>;

/** One set with its versions, the latest first. */
export const setFile = view({
  name: "hash-set.read",
  path: "/hash-sets/:id",
  subject: setSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } =
      await sql<SetLine>`${lines} where s.id = ${id} and ${reader.visible(setSubject, { alias: "s" })}`.execute(
        reader.db,
      );
    const [found] = rows;
    if (!found) return undefined;
    const versions = await sql<
      VersionRow & { by: string | null; confirmed: string | null }
    >`select v.*, a.name as by, c.name as confirmed from hash_version v
      left join account a on a.id::text = v.imported_by left join account c on c.id::text = v.confirmed_by
      where v.set_id = ${id} order by v.at desc limit 50`.execute(reader.db);
    return { ...found, matched: Number(found.matched), versions: versions.rows };
  },
});
export type SetFound = NonNullable<Awaited<ReturnType<typeof setFile.read>>>;

/** A match that this reader may be shown. */
export interface MatchLine {
  readonly item: string;
  readonly number: string;
  readonly set_id: string;
  readonly set_name: string;
  readonly source: string;
  readonly category: Category;
  readonly kind: Kind;
  readonly distance: number | null;
  readonly at: Temporal.Instant;
}
const filters = z.object({
  category: z.enum(CATEGORIES).optional(),
  set: z.uuid().optional(),
  kind: z.enum(["md5", "sha1", "sha256", "pdq"]).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type MatchFilters = z.output<typeof filters>;

/** Matches of items that the reader may see. Of the abuse of children only the named viewers are given any. */
function shownTo(reader: Reader): Expression<SqlBool> {
  const office = reader.actor.kind === "officer" ? reader.actor.office.id : null;
  return sql<SqlBool>`${reader.visible(itemSubject, { alias: "i" })} and (i.viewing_office is null or i.viewing_office = ${office})
    and (s.category != 'child-abuse' or i.viewing_office = ${office}) and (s.office is null or s.office = ${office})`;
}
const conditions = (reader: Reader, { category, set, kind }: MatchFilters): Expression<SqlBool>[] => [
  shownTo(reader),
  ...(category ? [sql<SqlBool>`s.category = ${category}`] : []),
  ...(set ? [sql<SqlBool>`s.id = ${set}`] : []),
  ...(kind ? [sql<SqlBool>`m.kind = ${kind}`] : []),
];
const MATCHES = sql`from hash_match m join item i on i.id = m.item join hash_set s on s.id = m.set_id`;
const COLUMNS = sql`m.item, i.number, s.id as set_id, s.name as set_name, s.source, s.category, m.kind, m.distance, m.at`;

/** How many items of the reader's matched, by category. Of the abuse of children a number, and nothing else, is everybody's who works with evidence. */
async function countsOf(reader: Reader): Promise<Record<Category, number>> {
  const { rows } = await sql<{
    category: Category;
    n: number;
  }>`select s.category, count(distinct m.item) as n ${MATCHES}
    where ${reader.visible(itemSubject, { alias: "i" })} group by s.category`.execute(reader.db);
  const counts = Object.fromEntries(CATEGORIES.map((each) => [each, 0])) as Record<Category, number>;
  for (const { category, n } of rows) counts[category] = Number(n);
  return counts;
}

export const matchList = view({
  name: "item.matches",
  path: "/matches",
  subject: itemSubject,
  input: filters,
  read: async (reader, asked) => {
    const { limit } = asked;
    const [at, item, set, kind] = readCursor(asked.cursor, 4) ?? [];
    const isCursor = typeof at === "string" && isUuid(String(item)) && isUuid(String(set)) && typeof kind === "string";
    const follows = isCursor
      ? [sql<SqlBool>`(m.at, m.item, m.set_id, m.kind) < (${at}::timestamptz, ${item}::uuid, ${set}::uuid, ${kind})`]
      : [];
    const chosen = sql.join([...conditions(reader, asked), ...follows], sql` and `);
    const { rows } =
      await sql<MatchLine>`select ${COLUMNS} ${MATCHES} where ${chosen} order by m.at desc, m.item desc, m.set_id desc, m.kind desc limit ${sql.lit(limit + 1)}`.execute(
        reader.db,
      );
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit),
      ...(rows.length > limit && last ? { next: cursorOf(last.at.toString(), last.item, last.set_id, last.kind) } : {}),
      counts: await countsOf(reader),
      filters: asked,
    };
  },
});
export type MatchList = NonNullable<Awaited<ReturnType<typeof matchList.read>>>;

const EXPORT_MAX = 100_000;
/** The same as CSV. */
export const matchExport = view({
  name: "item.matches-csv",
  path: "/matches.csv",
  subject: itemSubject,
  input: filters,
  read: async (reader, asked) => {
    const { rows } =
      await sql<MatchLine>`select ${COLUMNS} ${MATCHES} where ${sql.join(conditions(reader, asked), sql` and `)}
      order by m.at, m.item limit ${sql.lit(EXPORT_MAX)}`.execute(reader.db);
    return csvFile(
      "matches.csv",
      ["item", "set", "source", "category", "kind", "distance", "matched_at"],
      rows.map((row) => ({ ...row, item: row.number, set: row.set_name, matched_at: row.at })),
    );
  },
});

/** What an item's page says of known files. */
export interface Known {
  readonly item: Pick<ItemRow, "id" | "viewing_office" | "state" | "contested_at">;
  /** The viewer who says that the match was wrong, for viewers only. `own`: the reader is that viewer. */
  readonly contested: { readonly by: string; readonly own: boolean } | null;
  /** True where it is locked, and the reader is none of the viewers. */
  readonly locked: boolean;
  /** Name of the office whose viewers may open it; `null` where the pack names none that is there. */
  readonly office: string | null;
  readonly isViewer: boolean;
  readonly matches: readonly MatchLine[];
  /** Whether it has been held against every set. */
  readonly checked: boolean;
  readonly sets: number;
}

export async function knownOf(reader: Reader, id: string): Promise<Known | undefined> {
  const { rows } = await sql<{
    id: string;
    viewing_office: string | null;
    state: ItemRow["state"];
    contested_by: string | null;
    contested_at: Temporal.Instant | null;
    contester: string | null;
    office: string | null;
    checked: boolean;
    sets: number;
  }>`
    select i.id, i.viewing_office, i.state, i.contested_by, i.contested_at, a.name as contester, o.name as office, (select count(*) from hash_set where current is not null) as sets,
      exists (select 1 from hash_check c where c.item = i.id and c.generation >= (select generation from hash_generation)) as checked
    from item i left join office o on o.id = i.viewing_office left join account a on a.id = i.contested_by where i.id = ${id} and ${reader.visible(itemSubject, { alias: "i" })}`.execute(
    reader.db,
  );
  const [item] = rows;
  if (!item) return undefined;
  const found =
    await sql<MatchLine>`select ${COLUMNS} ${MATCHES} where i.id = ${id} and ${shownTo(reader)} order by s.category, s.name limit 100`.execute(
      reader.db,
    );
  const locked = isLockedFor(reader, item);
  return {
    item,
    locked,
    office: item.office,
    contested:
      item.contested_by === null || locked
        ? null
        : {
            by: item.contester ?? "",
            own: reader.actor.kind === "officer" && reader.actor.account === item.contested_by,
          },
    isViewer: item.viewing_office !== null && !locked,
    matches: found.rows,
    checked: item.checked,
    sets: Number(item.sets),
  };
}

const WAITING_MAX = 500;
/** How many locked items no viewer of the reader's office has opened yet. */
export async function waitingCount(reader: Reader): Promise<number> {
  const office = reader.actor.kind === "officer" ? reader.actor.office.id : null;
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from (select 1 from item i where i.viewing_office = ${office} and ${reader.visible(itemSubject, { alias: "i" })}
    and not exists (select 1 from journal j where j.subject_kind = 'item' and j.subject_id = i.id and j.act = 'item.view') limit ${sql.lit(WAITING_MAX)}) n`.execute(
    reader.db,
  );
  return Number(rows[0]?.n ?? 0);
}

/** Sets that are being built now: their page reads itself again. */
export const isUnderWay = ({ versions }: Pick<SetFound, "versions">): boolean =>
  versions.some(({ state }) => state === "waiting" || state === "building");
