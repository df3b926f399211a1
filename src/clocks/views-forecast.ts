import { z } from "zod";
import { type Database, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { view } from "../kernel/view.ts";
import { type Coming, forecast, standing, type Watched } from "./forecast.ts";
import { kindsOf, numberOf } from "./views.ts";

/** Most clocks that a forecast is made of: more than anybody reads. */
const FORECAST_MAX = 1_000;

/** Clocks that do something until a moment, or stand; `where` says which of that kind, over the thing's row as `s`. */
async function watchedUntil(
  db: Database,
  {
    kind,
    until,
    where,
  }: { readonly kind: SubjectKind; readonly until: Temporal.Instant; readonly where: ReturnType<typeof sql<boolean>> },
): Promise<(Watched & { readonly plural: string })[]> {
  // Those that run and those that stand are looked for apart, each by its index; what is said of a thing only for those that are shown.
  const chosen = (which: ReturnType<typeof sql<boolean>>) => sql`(
    select d.id, d.wakes_at from deadline d join ${sql.table(kind.table)} s on s.id = d.subject_id
    where d.subject_kind = ${kind.name} and d.ended_at is null and d.fired_at is null and ${which} and d.wakes_at <= ${until} and ${where}
    order by d.wakes_at, d.id limit ${sql.lit(FORECAST_MAX)})`;
  const { rows } = await sql<Watched & { readonly plural: string }>`
    select ${kind.name} as kind, ${kind.plural} as plural, s.id, ${numberOf} as number, d.rule, d.starts_at as "startsAt", d.due_at as "dueAt",
      d.suspended_at as "suspendedAt", d.warn_minutes as "warnMinutes", d.escalate_minutes as "escalateMinutes", coalesce(d.detail->>'source', '') as source,
      array(select w.ahead_minutes from deadline_warning w where w.deadline_id = d.id and w.term = d.term) as raised,
      case when to_jsonb(s)->>'side' = 'receiver' then to_jsonb(s)->'authority'->>'zone' else coalesce(d.detail->>'place', d.detail->>'zone') end as "peerZone"
    from (${chosen(sql<boolean>`d.suspended_at is null`)} union all ${chosen(sql<boolean>`d.suspended_at is not null`)} order by wakes_at, id limit ${sql.lit(FORECAST_MAX)}) c
      join deadline d on d.id = c.id join ${sql.table(kind.table)} s on s.id = d.subject_id
    order by c.wakes_at, c.id`.execute(db);
  return rows;
}

/** What is to come, and what stands still. */
export interface Foreseen {
  readonly until: Temporal.Instant;
  readonly items: readonly Coming<Watched & { readonly plural: string }>[];
  readonly standing: readonly (Watched & { readonly plural: string })[];
}

const DAYS_AHEAD = 14;
const forecastInput = z.object({
  until: z.iso.date().optional(),
  request: z.string().trim().max(60).optional(),
});

/** What will happen when, among all that the reader may see, if nobody does anything before: warnings, and what runs out. */
export const forecastView = view({
  name: "clock.forecast",
  path: "/clock-forecast",
  input: forecastInput,
  read: async (reader, { until: day, request }): Promise<Foreseen> => {
    const { db, now, zone, visible } = reader;
    const until = day
      ? Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(zone).toInstant()
      : now.add({ hours: 24 * DAYS_AHEAD });
    const kinds = await kindsOf(reader.node);
    const clocks = await Promise.all(
      kinds.map((kind) => {
        const named = request ? sql<boolean>`${numberOf} = ${request}` : sql<boolean>`true`;
        return watchedUntil(db, { kind, until, where: sql<boolean>`${visible(kind, { alias: "s" })} and ${named}` });
      }),
    );
    return {
      until,
      items: forecast(clocks.flat(), { now, until }).slice(0, FORECAST_MAX),
      standing: standing(clocks.flat()),
    };
  },
});

/** What the command was asked. */
export interface Asked {
  readonly until: Temporal.Instant;
  /** Number of one request, or of any other thing. */
  readonly request?: string | undefined;
  /** Id or name of an office. */
  readonly office?: string | undefined;
}

/** What will happen when on this node, if nobody does anything before; the whole of it, for whoever runs the machine: numbers and rules, no persons. */
export async function foreseen(
  { db, registry, clock }: Pick<Node, "db" | "registry" | "clock">,
  { until, request, office }: Asked,
): Promise<{ readonly items: readonly Coming<Watched>[]; readonly standing: readonly Watched[] }> {
  const now = clock();
  const number = sql<boolean>`(to_jsonb(s)->>'number' = ${request ?? ""} or to_jsonb(s)->>'reference' = ${request ?? ""})`;
  const within = sql<boolean>`to_jsonb(s)->>'office' in (select o.id::text from office o where o.id::text = ${office ?? ""} or lower(o.name) = lower(${office ?? ""}))`;
  const where = sql<boolean>`${request === undefined ? sql`true` : number} and ${office === undefined ? sql`true` : within}`;
  const kinds = await kindsOf({ db, registry });
  const clocks = (await Promise.all(kinds.map((kind) => watchedUntil(db, { kind, until, where })))).flat();
  return { items: forecast(clocks, { now, until }), standing: standing(clocks) };
}
