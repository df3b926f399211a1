import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { excerptOf, reportSubject, type TellingRow } from "../reports/slice.ts";
import { type EmptyingRow, emptyingSubject, type PatternKind, PATTERNS } from "./inbox.ts";

/** Reports of the quarantine that are alike. */
export interface QuarantineGroup {
  /** What they have in common, as an order to empty names it. */
  readonly key: string;
  readonly n: number;
  readonly first: Temporal.Instant;
  readonly last: Temporal.Instant;
  readonly channels: readonly string[];
  readonly categories: readonly string[];
  /** One of them. */
  readonly id: string;
  readonly reference: string;
  readonly excerpt: string;
}

/** Rows of the quarantine that are grouped at once, the oldest first; what lies beyond is seen once those are gone. */
const GROUPED_MAX = 50_000;
const GROUPS_MAX = 60;
/** Groups of one are no pattern; they are listed as single reports. */

export const quarantineView = view({
  name: "report.quarantine",
  path: "/quarantine",
  subject: reportSubject,
  input: z.object({ by: z.enum(PATTERNS).default("wording") }),
  read: async (reader, { by }) => {
    const [groups, total, orders] = await Promise.all([groupsOf(reader, by), totalOf(reader), ordersOf(reader)]);
    return { by, groups, total, orders, most: GROUPED_MAX };
  },
});
export type Quarantine = NonNullable<Awaited<ReturnType<typeof quarantineView.read>>>;

const KEYS = {
  wording: sql<string>`coalesce(encode(r.pattern, 'hex'), '')`,
  observable: sql<string>`o.key`,
  hour: sql<string>`to_char(date_trunc('hour', r.received_at, 'UTC') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
  channel: sql<string>`r.channel`,
} as const;

async function groupsOf(reader: Reader, by: PatternKind): Promise<QuarantineGroup[]> {
  const found = by === "observable" ? sql`join report_observable o on o.report_id = r.id` : sql``;
  const { rows } = await sql<
    Omit<QuarantineGroup, "excerpt"> & Pick<TellingRow, "told" | "description" | "facts">
  >`with held as (select r.id, r.reference, r.pattern, r.received_at, r.channel, r.category from report r
      where ${reader.visible(reportSubject, { alias: "r" })} and r.quarantine is not null and r.state <> 'closed' limit ${sql.lit(GROUPED_MAX)}),
    grouped as (select ${KEYS[by]} as key, count(*)::int as n, min(r.received_at) as first, max(r.received_at) as last,
      array_agg(distinct r.channel) as channels, array_agg(distinct r.category) as categories, (array_agg(r.id order by r.id))[1] as id
      from held r ${found} group by 1 order by 2 desc, 3 limit ${sql.lit(GROUPS_MAX)})
    select g.*, r.reference, r.told, r.description, r.facts from grouped g join report r on r.id = g.id order by g.n desc, g.first`.execute(
    reader.db,
  );
  return rows.map(({ told, description, facts, ...row }) => ({
    ...row,
    excerpt: excerptOf(reader.node, { id: row.id, told, description: description ?? null, facts }, 240),
  }));
}

async function totalOf(reader: Reader): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from (select 1 from report r where ${reader.visible(reportSubject, { alias: "r" })}
    and r.quarantine is not null and r.state <> 'closed' limit ${sql.lit(GROUPED_MAX)}) as c`.execute(reader.db);
  return rows[0]?.n ?? 0;
}

/** The newest orders of the reader's office. */
async function ordersOf({ db, visible }: Reader): Promise<EmptyingRow[]> {
  const { rows } =
    await sql<EmptyingRow>`select * from emptying where ${visible(emptyingSubject)} order by at desc limit 10`.execute(
      db,
    );
  return rows;
}

/** How much waits in the quarantine, up to the bound. */
export const emptyings = view({
  name: "emptying.list",
  path: "/emptyings",
  subject: emptyingSubject,
  input: z.object({}),
  read: async (reader) => ({ items: await ordersOf(reader) }),
});
/** One order, and how far it has come. */
export const emptying = view({
  name: "emptying.read",
  path: "/emptyings/:id",
  subject: emptyingSubject,
  input: z.object({ id: z.uuid() }),
  read: async ({ db, visible }, { id }) => {
    const { rows } =
      await sql<EmptyingRow>`select * from emptying where id = ${id} and ${visible(emptyingSubject)}`.execute(db);
    return rows[0];
  },
});
