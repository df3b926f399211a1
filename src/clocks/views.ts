import { z } from "zod";
import { sql } from "../kernel/database.ts";
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

async function clocksOf({ db, visible, node }: Reader, kind: SubjectKind): Promise<RunningClock[]> {
  const { rows } = await sql<RunningClock>`
    select ${kind.name} as kind, ${kind.plural} as plural, s.id, ${numberOf} as number, d.rule, d.starts_at, d.due_at, d.suspended_at
    from (
      select d.subject_id, d.id, d.rule, d.starts_at, d.due_at, d.suspended_at from deadline d join ${sql.table(kind.table)} s on s.id = d.subject_id
      where d.subject_kind = ${kind.name} and ${open(node)} and ${visible(kind, { alias: "s" })}
      order by d.due_at, d.id limit ${sql.lit(SHOWN_MAX)}
    ) d join ${sql.table(kind.table)} s on s.id = d.subject_id order by d.due_at, d.id`.execute(db);
  return rows;
}

async function warningsIn({ db, visible, actor }: Reader, kind: SubjectKind): Promise<RaisedClock[]> {
  const isHead = actor.kind === "officer" && HEADS.includes(actor.role);
  const { rows } = await sql<RaisedClock>`
    select ${kind.name} as kind, ${kind.plural} as plural, s.id, ${numberOf} as number, d.rule, d.starts_at, d.due_at, d.suspended_at,
      d.warned_minutes as ahead_minutes, coalesce(d.warned_minutes <= d.escalate_minutes, false) as escalates
    from (
      select d.* from deadline d join ${sql.table(kind.table)} s on s.id = d.subject_id
      where d.subject_kind = ${kind.name} and d.warned_minutes is not null and d.ended_at is null and d.fired_at is null and d.suspended_at is null
        and ${isHead ? sql<boolean>`d.warned_minutes <= d.escalate_minutes` : sql<boolean>`true`} and ${visible(kind, { alias: "s" })}
      order by d.due_at, d.id limit ${sql.lit(SHOWN_MAX)}
    ) d join ${sql.table(kind.table)} s on s.id = d.subject_id order by d.due_at, d.id`.execute(db);
  return rows;
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
