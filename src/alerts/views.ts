import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, type Listed, readCursor, type Reader, view } from "../kernel/view.ts";
import { type MailCounts, mailsAbout } from "../mail/slice.ts";
import { historyOf } from "../reports/slice.ts";
import { type AlertRow, alertSubject, type Content, LIVE, type State } from "./alert.ts";
import type { Message } from "./feeds.ts";

const FILTERS = ["draft", "proposed", "live", "ended"] as const;
export type DeskFilter = (typeof FILTERS)[number];
const STATES: Readonly<Record<DeskFilter, readonly State[]>> = {
  draft: ["draft"],
  proposed: ["proposed"],
  live: LIVE,
  ended: ["cancelled", "expired", "discarded"],
};
const listInput = z.object({
  show: z.enum(FILTERS).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
type ListInput = z.output<typeof listInput>;

/** A warning as the desk's list shows it. */
export type AlertItem = Pick<
  AlertRow,
  | "id"
  | "number"
  | "state"
  | "version"
  | "category"
  | "languages"
  | "content"
  | "drafted_by_name"
  | "published_by_name"
  | "changed_at"
  | "expires_at"
> & { readonly waits: boolean };

/** The desk's warnings, what changed last first. */
export const alertList = view({
  name: "alert.list",
  path: "/alerts",
  subject: alertSubject,
  input: listInput,
  read: async (
    reader,
    filters,
  ): Promise<Listed<AlertItem> & { counts: Readonly<Record<DeskFilter, number>>; filters: ListInput }> => {
    const { show, cursor, limit } = filters;
    const { rows } = await sql<AlertItem>`
      select a.id, a.number, a.state, a.version, a.category, a.languages, a.content, a.drafted_by_name, a.published_by_name, a.changed_at, a.expires_at,
        (a.state = 'proposed' or a.pending is not null) as waits
      from alert a where ${reader.visible(alertSubject, { alias: "a" })} and ${show ? sql`a.state = any(${[...STATES[show]]})` : sql`true`}
        ${before(cursor)} order by a.changed_at desc, a.id desc limit ${sql.lit(limit + 1)}`.execute(reader.db);
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit),
      ...(rows.length > limit && last ? { next: cursorOf(last.changed_at.toString(), last.id) } : {}),
      counts: await countsOf(reader),
      filters,
    };
  },
});

/** Where a page of a list, newest first, goes on. */
function before(cursor: string | undefined) {
  const [at, id] = readCursor(cursor, 2) ?? [];
  if (typeof at !== "string" || typeof id !== "string" || !isUuid(id) || !isInstant(at)) return sql``;
  return sql`and (a.changed_at, a.id) < (${at}::timestamptz, ${id}::uuid)`;
}
function isInstant(text: string): boolean {
  try {
    return Temporal.Instant.from(text).epochMilliseconds !== undefined;
  } catch {
    return false;
  }
}

async function countsOf(reader: Reader): Promise<Readonly<Record<DeskFilter, number>>> {
  const { rows } = await sql<Record<DeskFilter, number>>`
    select count(*) filter (where a.state = 'draft')::int as draft, count(*) filter (where a.state = 'proposed' or a.pending is not null)::int as proposed,
      count(*) filter (where a.state = any(${[...LIVE]}))::int as live, count(*) filter (where a.state in ('cancelled', 'expired', 'discarded'))::int as ended
    from alert a where ${reader.visible(alertSubject, { alias: "a" })}`.execute(reader.db);
  return rows[0] ?? { draft: 0, proposed: 0, live: 0, ended: 0 };
}

/** What waits for this reader to publish: whatever they did not write themselves. */
export async function waitingCount(reader: Reader): Promise<number> {
  if (reader.actor.kind !== "officer") return 0;
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from alert a where (a.state = 'proposed' and ${reader.visible(alertSubject, { alias: "a", action: "alert.publish" })})
      or (a.pending is not null and a.state = any(${[...LIVE]}) and ${reader.visible(alertSubject, { alias: "a", action: "alert.update" })})`.execute(
    reader.db,
  );
  return rows[0]?.n ?? 0;
}

/** What was said to the public once. */
export interface Version extends Message {
  readonly version: number;
  readonly by_name: string;
}

/** Everything that was said in one warning, the oldest first. */
export async function versionsOf({ db }: Pick<Reader, "db">, id: string): Promise<Version[]> {
  const { rows } = await sql<Version>`select version, kind, content, reason, identifier, sender, sent_at, by_name
    from alert_version where alert_id = ${id} order by version`.execute(db);
  return rows;
}

/** A warning as its page on the desk shows it. */
export const alertFile = view({
  name: "alert.read",
  path: "/alerts/:id",
  subject: alertSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } =
      await sql<AlertRow>`select * from alert a where a.id = ${id} and ${reader.visible(alertSubject, { alias: "a" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const [versions, history, mails, subscribers] = await Promise.all([
      versionsOf(reader, row.id),
      historyOf(reader, alertSubject.name, row.id),
      mailsAbout(reader, alertSubject.name, row.id),
      subscriberCount(reader),
    ]);
    return { ...row, versions, history, mails, subscribers };
  },
});
export type AlertFound = AlertRow & {
  readonly versions: readonly Version[];
  readonly history: Awaited<ReturnType<typeof historyOf>>;
  readonly mails: MailCounts;
  readonly subscribers: number;
};

/** How many people have confirmed that they want warnings; nobody's address is read. */
async function subscriberCount({ db }: Reader): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from subscription where state = 'confirmed'`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Warnings that came of a campaign, as far as the reader may see them. */
export async function alertsOfCampaign(
  reader: Reader,
  campaign: string,
): Promise<readonly { id: string; number: string; state: State; content: Content; changed_at: Temporal.Instant }[]> {
  const { rows } = await sql<{
    id: string;
    number: string;
    state: State;
    content: Content;
    changed_at: Temporal.Instant;
  }>`
    select a.id, a.number, a.state, a.content, a.changed_at from alert a
    where a.campaign_id = ${campaign} and ${reader.visible(alertSubject, { alias: "a" })} order by a.changed_at desc limit ${sql.lit(20)}`.execute(
    reader.db,
  );
  return rows;
}
