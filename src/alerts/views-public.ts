import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, type Listed, readCursor, type Reader } from "../kernel/view.ts";
import { alertSubject, codesOf, GROUPS, isGroup, LIVE, PUBLIC_STATES } from "./alert.ts";
import type { PublicAlert } from "./feeds.ts";

/** What the public asks for; what is none of ours is left out rather than refused, so that an old link still shows something. */
export const publicInput = z.object({
  category: z.enum(GROUPS).optional().catch(undefined),
  district: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,20}$/)
    .optional()
    .catch(undefined),
  /** `now`: what still holds. `past`: what was called off or is over. */
  show: z.enum(["now", "past"]).default("now").catch("now"),
  cursor: z.string().max(400).optional().catch(undefined),
});
export type PublicFilters = z.output<typeof publicInput>;

const COLUMNS = sql`a.id, a.number, a.state, a.version, a.content, a.published_at, a.changed_at, a.expires_at,
  case when a.state in ('updated', 'cancelled') then (select v.reason from alert_version v where v.alert_id = a.id and v.version = a.version) end as reason`;

/** What is or was public, what changed last first. A change that nobody has published yet is not in it. */
export async function publicAlerts(
  reader: Reader,
  {
    category,
    district,
    show,
    cursor,
    limit,
  }: Partial<Omit<PublicFilters, "show">> & { show?: "now" | "past" | "all"; limit: number },
): Promise<Listed<PublicAlert>> {
  const states = show === "now" ? LIVE : show === "past" ? (["cancelled", "expired"] as const) : PUBLIC_STATES;
  const [at, id] = readCursor(cursor, 2) ?? [];
  const after =
    typeof at === "number" && typeof id === "string" && isUuid(id)
      ? sql`and (a.changed_at, a.id) < (to_timestamp(${at}::float8 / 1000), ${id}::uuid)`
      : sql``;
  const { rows } = await sql<PublicAlert>`select ${COLUMNS} from alert a
    where ${reader.visible(alertSubject, { alias: "a" })} and a.state = any(${[...states]})
      and ${category && isGroup(category) ? sql`a.category = any(${[...codesOf(category)]})` : sql`true`}
      and ${district ? sql`(a.districts = '{}' or ${district} = any(a.districts))` : sql`true`} ${after}
    order by a.changed_at desc, a.id desc limit ${sql.lit(limit + 1)}`.execute(reader.db);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit),
    ...(rows.length > limit && last ? { next: cursorOf(last.changed_at.epochMilliseconds, last.id) } : {}),
  };
}

/** One that is or was public. */
export async function publicAlert(reader: Reader, id: string): Promise<PublicAlert | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await sql<PublicAlert>`select ${COLUMNS} from alert a
    where a.id = ${id} and ${reader.visible(alertSubject, { alias: "a" })} and a.state = any(${[...PUBLIC_STATES]})`.execute(
    reader.db,
  );
  return rows[0];
}
