import type { Expression, RawBuilder, SqlBool } from "kysely";
import { z } from "zod";
import { plannedAnew, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { type Reader, view } from "../kernel/view.ts";

/** A running clock of a thing that the reader may see. */
export interface RunningClock {
  readonly kind: string;
  readonly plural: string;
  readonly id: string;
  /** The thing's number or reference. */
  readonly number: string;
  readonly rule: string;
  readonly starts_at: Temporal.Instant;
  readonly due_at: Temporal.Instant;
  readonly suspended_at: Temporal.Instant | null;
}

/** Such a clock that has warned. */
export interface RaisedClock extends RunningClock {
  /** Minutes before it is due at which it last did. */
  readonly ahead_minutes: number;
  /** The head of the office is told too. */
  readonly escalates: boolean;
}

const SHOWN_MAX = 12;
/** Heads of offices are told of what has come near enough to be theirs; the others of every warning. */
const HEADS: readonly string[] = ["unit-head", "response-head"];

/** A thing's number or reference, over its row as `s`. */
export const numberOf = sql<string>`coalesce(to_jsonb(s)->>'number', to_jsonb(s)->>'reference', '')`;

/** Kinds of things that have clocks. */
export async function kindsOf({ db, registry }: Pick<Node, "db" | "registry">): Promise<SubjectKind[]> {
  const kinds = [...registry.subjects.values()];
  const { rows } = await sql<{
    name: string;
  }>`select k.name from unnest(${kinds.map(({ name }) => name)}::text[]) as k(name)
    where exists (select 1 from deadline d where d.subject_kind = k.name and d.ended_at is null)`.execute(db);
  return rows.flatMap(({ name }) => registry.subjects.get(name) ?? []);
}

/** Clocks that still matter: those that have not ended, and of those that ran out the ones that somebody must still meet. */
const open = ({ registry }: Node) =>
  sql<boolean>`d.ended_at is null and (d.fired_at is null or not d.rule = any(${[...registry.onDue.keys()]}::text[]))`;

/** So many clocks are looked through for things that the reader may see, before those things are asked for their clocks. */
const LOOKED_MAX = 400;

/**
 * The clocks, of those that `wanted` holds for over `deadline d`, that run out next among all that the reader may see. Most find them among the
 * first that run out at all. For whoever may see hardly any thing, every clock would be read: then their things are asked for theirs.
 */
async function nearestIn(
  { db, visible, visibleParts }: Reader,
  kind: SubjectKind,
  wanted: Expression<SqlBool>,
): Promise<readonly string[]> {
  const of = sql`d.subject_kind = ${sql.lit(kind.name)} and ${wanted}`;
  const table = sql.table(kind.table);
  const shown = sql`order by d.due_at, d.id limit ${sql.lit(SHOWN_MAX)}`;
  const found = async (query: RawBuilder<unknown>): Promise<readonly string[]> =>
    (await sql<{ id: string }>`${plannedAnew} ${query}`.execute(db)).rows.map(({ id }) => id);
  // `offset 0` keeps PostgreSQL at looking up each by its key.
  const first = await found(sql`select d.id from (
      select d.id, d.due_at, d.subject_id from deadline d where ${of} order by d.due_at, d.id limit ${sql.lit(LOOKED_MAX)}
    ) d cross join lateral (select from ${table} s where s.id = d.subject_id and ${visible(kind, { alias: "s" })} offset 0) s ${shown}`);
  if (first.length === SHOWN_MAX) return first;
  const seen = visibleParts(kind, { alias: "s" }).map((part) => sql`select s.id from ${table} s where ${part}`);
  const all = await found(sql`select d.id from (${sql.join(seen, sql` union `)} offset 0) s
    cross join lateral (select d.id, d.due_at from deadline d where d.subject_id = s.id and ${of} ${shown}) d
    where exists (select from deadline d where ${of} offset ${sql.lit(LOOKED_MAX)}) ${shown}`);
  return all.length > 0 ? all : first;
}

/** What is shown of some clocks of a kind, the nearest first; `more` are further columns over `deadline d`. */
async function shownOf<Row extends RunningClock>(
  { db }: Reader,
  kind: SubjectKind,
  { ids, more = sql`` }: { readonly ids: readonly string[]; readonly more?: RawBuilder<unknown> },
): Promise<Row[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Row>`
    select ${kind.name} as kind, ${kind.plural} as plural, s.id, ${numberOf} as number, d.rule, d.starts_at, d.due_at, d.suspended_at${more}
    from deadline d join ${sql.table(kind.table)} s on s.id = d.subject_id where d.id = any(${[...ids]}::uuid[]) order by d.due_at, d.id`.execute(
    db,
  );
  return rows;
}

/** Clocks that have not ended, and of those that ran out the ones that somebody must still meet. */
const clocksOf = async (reader: Reader, kind: SubjectKind) =>
  shownOf<RunningClock>(reader, kind, { ids: await nearestIn(reader, kind, open(reader.node)) });

async function warningsIn(reader: Reader, kind: SubjectKind): Promise<RaisedClock[]> {
  const { actor } = reader;
  const raised = sql<SqlBool>`d.warned_minutes is not null and d.ended_at is null and d.fired_at is null and d.suspended_at is null`;
  const isHead = actor.kind === "officer" && HEADS.includes(actor.role);
  const wanted = isHead ? sql<SqlBool>`${raised} and d.warned_minutes <= d.escalate_minutes` : raised;
  return shownOf<RaisedClock>(reader, kind, {
    ids: await nearestIn(reader, kind, wanted),
    more: sql`, d.warned_minutes as ahead_minutes, coalesce(d.warned_minutes <= d.escalate_minutes, false) as escalates`,
  });
}

const nearest = <Row extends { readonly due_at: Temporal.Instant }>(rows: readonly Row[][]): Row[] =>
  rows
    .flat()
    .sort((a, b) => Temporal.Instant.compare(a.due_at, b.due_at))
    .slice(0, SHOWN_MAX);

/** The clocks that run out next among all that the reader may see, the nearest first; what is late and still to be met before all. */
export const clocksView = view({
  name: "clock.list",
  path: "/clocks",
  input: z.object({}),
  read: async (reader) => {
    const kinds = await kindsOf(reader.node);
    return { items: nearest(await Promise.all(kinds.map((kind) => clocksOf(reader, kind)))) };
  },
});

/** Clocks that have warned and still run, the nearest first; for the head of an office those that were brought before them. */
export const warningsView = view({
  name: "clock.warnings",
  path: "/clock-warnings",
  input: z.object({}),
  read: async (reader) => {
    const kinds = await kindsOf(reader.node);
    return { items: nearest(await Promise.all(kinds.map((kind) => warningsIn(reader, kind)))) };
  },
});

/** What the desk's first page shows. */
export const deskView = view({
  name: "clock.desk",
  input: z.object({}),
  read: async (reader) => ({
    clocks: (await clocksView.read(reader, {}))?.items ?? [],
    warnings: (await warningsView.read(reader, {}))?.items ?? [],
  }),
});
