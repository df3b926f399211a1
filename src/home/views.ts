import { z } from "zod";
import { sql } from "../kernel/database.ts";
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

const SHOWN_MAX = 12;

async function clocksOf({ db, visible }: Reader, kind: SubjectKind): Promise<RunningClock[]> {
  const { rows } = await sql<RunningClock>`
    select ${kind.name} as kind, ${kind.plural} as plural, s.id, coalesce(to_jsonb(s)->>'number', to_jsonb(s)->>'reference', '') as number, d.rule, d.starts_at, d.due_at, d.suspended_at
    from deadline d join ${sql.table(kind.table)} s on s.id = d.subject_id
    where d.subject_kind = ${kind.name} and d.ended_at is null and d.fired_at is null and ${visible(kind, { alias: "s" })}
    order by d.due_at limit ${sql.lit(SHOWN_MAX)}`.execute(db);
  return rows;
}

/** The clocks that run out next among all that the reader may see, the nearest first. */
export const clocksView = view({
  name: "clock.list",
  path: "/clocks",
  input: z.object({}),
  read: async (reader) => {
    const { rows } = await sql<{
      kind: string;
    }>`select distinct subject_kind as kind from deadline where ended_at is null and fired_at is null`.execute(
      reader.db,
    );
    const kinds = rows.flatMap(({ kind }) => reader.node.registry.subjects.get(kind) ?? []);
    const found = await Promise.all(kinds.map((kind) => clocksOf(reader, kind)));
    return {
      items: found
        .flat()
        .sort((a, b) => Temporal.Instant.compare(a.due_at, b.due_at))
        .slice(0, SHOWN_MAX),
    };
  },
});
