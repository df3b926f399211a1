import type { Expression, RawBuilder, SqlBool } from "kysely";
import { plannedAnew, sql } from "../kernel/database.ts";
import type { Reader } from "../kernel/view.ts";
import { requestSubject } from "./request.ts";

/** Where counting beside a list stops: what is above is told as "or more". */
export const COUNTED_MAX = 100;

/** Whose requests: those that one of `parts` holds for and all of `conditions`, over `request r`. */
export interface Wanted {
  /** Each part is looked up by an index of its own; a request may lie in several. */
  readonly parts: readonly Expression<SqlBool>[];
  readonly conditions?: readonly Expression<SqlBool>[];
  /** Where only few come into question: their ids, as a query with `id`. Each of them is looked at, and no other. */
  readonly among?: RawBuilder<{ id: string }> | undefined;
}

const anyOf = (parts: readonly Expression<SqlBool>[]) =>
  sql<SqlBool>`(${sql.join(
    parts.map((part) => sql`(${part})`),
    sql` or `,
  )})`;

/**
 * The ids of the newest requests that the reader may see among those wanted, as a query with `id`, in no order. Each way to see, in each part, is a
 * look-up of its own that ends after `limit`: what they read does not grow with the table, where one query with `or` would read all of it
 * to find nothing.
 */
export function firstOf(
  { visibleParts }: Pick<Reader, "visibleParts">,
  { parts, conditions = [], among }: Wanted,
  limit: number,
): RawBuilder<{ id: string }> {
  const ways = visibleParts(requestSubject, { alias: "r" });
  // `offset 0` keeps PostgreSQL at looking up each by its key.
  if (among)
    return sql<{
      id: string;
    }>`${plannedAnew} select f.id from (select distinct id from (${among}) as a offset 0) as f cross join lateral (
      select r.created_at from request r where r.id = f.id and ${sql.join([anyOf(ways), anyOf(parts), ...conditions], sql` and `)} offset 0) as r
      order by r.created_at desc, f.id desc limit ${sql.lit(limit)}`;
  const branches = ways.flatMap((seen) =>
    parts.map(
      (part) => sql`(select r.id, r.created_at from request r where ${sql.join([seen, part, ...conditions], sql` and `)}
        order by r.created_at desc, r.id desc limit ${sql.lit(limit)})`,
    ),
  );
  // `union` lets each stand once.
  return sql<{ id: string }>`${plannedAnew} select id from (${sql.join(branches, sql` union `)}) as f
    order by created_at desc, id desc limit ${sql.lit(limit)}`;
}

/** How many of those wanted the reader may see, counted up to `COUNTED_MAX`; an expression. */
export const countOf = (reader: Pick<Reader, "visibleParts">, wanted: Wanted): RawBuilder<number> =>
  sql<number>`(select count(*)::int from (${firstOf(reader, wanted, COUNTED_MAX)}) as c)`;
