import { Readable } from "node:stream";
import { type Expression, type SqlBool } from "kysely";
import { z } from "zod";
import { actorId } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { deadlinesOf } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, Download, readCursor, type Reader, view } from "../kernel/view.ts";
import { unseal } from "../trust/seal.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { CODES } from "./classification.ts";
import { findObservables } from "../observables/slice.ts";
import { contactPlace, type ReportRow, reportSubject } from "./report.ts";
import { excerptOf, messageIn, type TellingRow, toldIn } from "./told.ts";
import { linkedOf, observablesOf } from "./views-linked.ts";

/** Filters of the worklist; each is a chip. */
export const listInput = z.object({
  state: z.enum(["received", "triaged", "assigned", "in-case", "closed"]).optional(),
  priority: z.coerce.number().int().min(0).max(4).optional(),
  category: z.enum(CODES).optional(),
  mine: z.stringbool().optional(),
  late: z.stringbool().optional(),
  /** A reference, or a number, link, address, account or wallet that stands in reports. */
  q: z.string().max(300).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** A report as the worklist shows it. */
export interface ReportItem {
  readonly id: string;
  readonly reference: string;
  readonly state: ReportRow["state"];
  readonly category: ReportRow["category"];
  readonly priority: ReportRow["priority"];
  readonly reasons: readonly string[];
  readonly channel: ReportRow["channel"];
  readonly received_at: Temporal.Instant;
  readonly respond_by: Temporal.Instant | null;
  readonly responded_at: Temporal.Instant | null;
  readonly late: boolean;
  readonly assignee_name: string | null;
  readonly excerpt: string;
}
export interface ReportList {
  readonly items: readonly ReportItem[];
  readonly next?: string;
  /** How many wait under each chip, counted up to `COUNT_MAX`: what is above is told as "more than". */
  readonly counts: Readonly<Record<string, number>>;
  readonly filters: ListInput;
}

/** Where counting stops: a worklist says how much waits, not how much there ever was. */
export const COUNT_MAX = 100;

export const reportList = view({
  name: "report.list",
  path: "/reports",
  subject: reportSubject,
  input: listInput,
  read: async (reader, filters): Promise<ReportList> => {
    const { limit } = filters;
    const rows = await pageOf(reader, filters);
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit).map((row) => itemOf(reader, row)),
      ...(rows.length > limit && last ? { next: cursorOf(last.priority, last.turn_at.toString(), last.id) } : {}),
      counts: filters.cursor === undefined ? await countsOf(reader) : {},
      filters,
    };
  },
});

function itemOf({ node, now }: Reader, row: PageRow): ReportItem {
  const { turn_at: _turn, told: _told, description: _description, facts: _facts, ...shown } = row;
  return { ...shown, late: isLate(row, now), excerpt: excerptOf(node, row) };
}

/** True where the first answer is owed and its time has passed. */
export const isLate = (
  row: { respond_by: Temporal.Instant | null; responded_at: Temporal.Instant | null },
  now: Temporal.Instant,
): boolean => row.respond_by !== null && row.responded_at === null && Temporal.Instant.compare(row.respond_by, now) < 0;

type PageRow = Omit<ReportItem, "late" | "excerpt"> & TellingRow & { turn_at: Temporal.Instant };

async function pageOf(reader: Reader, filters: ListInput): Promise<PageRow[]> {
  const { limit, cursor } = filters;
  const visible = reader.visible(reportSubject, { alias: "r" });
  const columns = sql`r.id, r.reference, r.state, r.category, r.priority, r.reasons, r.channel, r.received_at, r.respond_by, r.responded_at, r.assignee_name, r.turn_at, r.told, r.description, r.facts`;
  const wanted = sql.join([visible, ...conditions(reader, filters)], sql` and `);
  if (filters.state === "closed") {
    const after = readCursor(cursor, 3)?.[2];
    const before = typeof after === "string" && isUuid(after) ? sql`and r.id < ${after}` : sql``;
    return (
      await sql<PageRow>`select ${columns} from report r where ${wanted} and r.state = 'closed' ${before} order by r.id desc limit ${sql.lit(limit + 1)}`.execute(
        reader.db,
      )
    ).rows;
  }
  return (
    await sql<PageRow>`select ${columns} from report r where ${wanted} and r.state <> 'closed' ${afterCursor(cursor)} order by r.priority, r.turn_at, r.id limit ${sql.lit(limit + 1)}`.execute(
      reader.db,
    )
  ).rows;
}

function afterCursor(cursor: string | undefined) {
  const [priority, turn, id] = readCursor(cursor, 3) ?? [];
  if (
    typeof priority !== "number" ||
    typeof turn !== "string" ||
    typeof id !== "string" ||
    !isUuid(id) ||
    !isInstant(turn)
  )
    return sql``;
  return sql`and (r.priority, r.turn_at, r.id) > (${Math.trunc(priority)}::smallint, ${turn}::timestamptz, ${id}::uuid)`;
}
function isInstant(text: string): boolean {
  try {
    return Temporal.Instant.from(text).toString() !== "";
  } catch {
    return false;
  }
}

function conditions(
  { actor, now, node }: Reader,
  { state, priority, category, mine, late, q }: ListInput,
): Expression<SqlBool>[] {
  const officer = actor.kind === "officer" ? actor.account : null;
  return [
    ...(state && state !== "closed" ? [sql<SqlBool>`r.state = ${state}`] : []),
    ...(priority === undefined ? [] : [sql<SqlBool>`r.priority = ${priority}`]),
    ...(category ? [sql<SqlBool>`r.category = ${category}`] : []),
    ...(mine ? [sql<SqlBool>`r.assignee = ${officer}`] : []),
    ...(late ? [sql<SqlBool>`r.responded_at is null and r.respond_by < ${now}`] : []),
    ...(q ? [searched(q.trim(), node.config.country)] : []),
  ];
}

/** Finds by reference, or by what stands in the report, as it would be found in a text. */
function searched(q: string, country: string): Expression<SqlBool> {
  if (/^R-[0-9A-Z]{5}-[0-9A-Z]{5}$/i.test(q)) return sql<SqlBool>`r.reference = ${q.toUpperCase()}`;
  const keys = [q, ...findObservables(q, { country }).map(({ key }) => key)];
  return sql<SqlBool>`r.id in (select o.report_id from report_observable o where o.key = any(${keys}::text[]) and o.strong
    union select o.report_id from report_observable o where o.key = any(${keys}::text[]) and not o.strong limit 5000)`;
}

/** Counts what waits, by chip, each up to a bound, so that a full worklist costs no more than a short one. */
async function countsOf(reader: Reader): Promise<Record<string, number>> {
  const visible = reader.visible(reportSubject, { alias: "r" });
  const officer = reader.actor.kind === "officer" ? reader.actor.account : null;
  // Counted in the worklist's own order: so an index that has it serves, and no count reads further than its bound.
  const bounded = (condition: Expression<SqlBool>) =>
    sql<number>`(select count(*) from (select 1 from report r where ${visible} and r.state <> 'closed' and ${condition} order by r.priority, r.turn_at, r.id limit ${sql.lit(COUNT_MAX)}) as c)`;
  // One count for all states and one for all priorities: PostgreSQL may plan each reading anew, and each count costs.
  const { rows } = await sql<{ chip: string; n: number }>`
    select 'open' as chip, ${bounded(sql`true`)} as n
    union all select 'mine', ${bounded(sql`r.assignee = ${officer}`)}
    union all select each, ${bounded(sql`r.state = each`)} from unnest(array['received', 'triaged', 'assigned', 'in-case']) as each
    union all select 'p' || each, ${bounded(sql`r.priority = each`)} from unnest(array[0, 1, 2, 3, 4]::smallint[]) as each`.execute(
    reader.db,
  );
  return Object.fromEntries(rows.map(({ chip, n }) => [chip, n]));
}

/** How many new reports wait for a first answer, up to the bound: for the navigation. */
export async function waitingCount(reader: Reader): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from (select 1 from report r where ${reader.visible(reportSubject, { alias: "r" })}
    and r.state = 'received' and r.state <> 'closed' and r.priority < 4 order by r.priority, r.turn_at, r.id limit ${sql.lit(COUNT_MAX)}) as c`.execute(
    reader.db,
  );
  return rows[0]?.n ?? 0;
}

const HISTORY_MAX = 500;
/** The journal of one thing, as its page tells it. */
export async function historyOf(reader: Reader, kind: string, id: string) {
  const { rows } = await sql<{
    id: string;
    act: string;
    at: Temporal.Instant;
    record: {
      actor: { id: string; name?: string; officeName?: string };
      change: Record<string, unknown>;
      state?: { from: string | null; to: string };
    };
  }>`
    select id, act, at, record from journal where subject_kind = ${kind} and subject_id = ${id} order by seq limit ${sql.lit(HISTORY_MAX)}`.execute(
    reader.db,
  );
  return rows.map(({ id: entry, act, at, record }) => ({
    act,
    at,
    by: record.actor.name ?? record.actor.id,
    office: record.actor.officeName ?? null,
    entry,
    change: record.change,
    ...(record.state && record.state.from !== record.state.to ? { state: record.state.to } : {}),
  }));
}

const MESSAGES_MAX = 500;
/** Messages and files of a report, oldest first. */
export async function exchangedOf(reader: Reader, id: string) {
  const messages = await reader.db
    .selectFrom("report_message")
    .select(["id", "at", "author", "sealed", "body"])
    .where("report_id", "=", id)
    .orderBy("id")
    .limit(MESSAGES_MAX)
    .execute();
  const files = await reader.db
    .selectFrom("report_file")
    .select(["id", "at", "name", "media", "size", "digest"])
    .where("report_id", "=", id)
    .orderBy("id")
    .limit(MESSAGES_MAX)
    .execute();
  return {
    messages: messages.map(({ at, author, ...row }) => ({
      id: row.id,
      at,
      author,
      body: messageIn(reader.node, id, row),
    })),
    files: files.map(({ digest, ...file }) => ({ ...file, digest: digest.toString("hex") })),
  };
}

/** Minutes for which an officer who has done `report.identify` sees the contact on the report's page. */
const IDENTIFIED_MINUTES = 15;

/** The contact, for the officer whose act of reading it is in the journal and fresh; `undefined` for everybody else. */
async function openedContact(
  { actor, db, now, node }: Reader,
  id: string,
): Promise<Record<string, string> | undefined> {
  if (actor.kind !== "officer") return undefined;
  const since = now.subtract({ minutes: IDENTIFIED_MINUTES });
  const { rows } = await sql<{
    sealed: Buffer;
  }>`select c.sealed from report_contact c where c.report_id = ${id} and exists (select 1 from journal j
    where j.subject_kind = ${reportSubject.name} and j.subject_id = ${id} and j.act = 'report.identify' and j.at >= ${since} and j.record->'actor'->>'id' = ${actorId(actor)})`.execute(
    db,
  );
  const [row] = rows;
  return row
    ? (JSON.parse(unseal(node.services.keys.seal, row.sealed, contactPlace(id)).toString()) as Record<string, string>)
    : undefined;
}

/** Officers at work in the reader's office, for whom a report may be. */
export async function colleaguesOf({ actor, db }: Reader): Promise<{ value: string; label: string }[]> {
  if (actor.kind !== "officer") return [];
  const { rows } = await sql<{ value: string; label: string }>`select id as value, name as label from account
    where office = ${actor.office.id} and state = 'active' and role in ('investigator', 'unit-head') order by name limit 200`.execute(
    db,
  );
  return rows;
}

export const reportPage = view({
  name: "report.read",
  path: "/reports/:id",
  subject: reportSubject,
  input: z.object({ id: z.string().max(60) }),
  read: async (reader, { id: asked }) => {
    const by = isUuid(asked) ? sql<SqlBool>`r.id = ${asked}` : sql<SqlBool>`r.reference = ${asked.toUpperCase()}`;
    const { rows } =
      await sql<ReportRow>`select * from report r where ${by} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const { id } = row;
    const {
      code: _code,
      sent_key: _key,
      sent_digest: _digest,
      told: _told,
      ...report
    } = row as ReportRow & Record<"code" | "sent_key" | "sent_digest", unknown>;
    const [observables, linked, exchanged, history, clocks, contact] = await Promise.all([
      observablesOf(reader, id),
      linkedOf(reader, id),
      exchangedOf(reader, id),
      historyOf(reader, reportSubject.name, id),
      deadlinesOf(reader.db, reportSubject.name, id),
      openedContact(reader, id),
    ]);
    return {
      ...report,
      ...toldIn(reader.node, row),
      ...(contact ? { contact } : {}),
      late: isLate(row, reader.now),
      observables,
      linked,
      ...exchanged,
      history,
      clocks: clocks.map(({ rule, starts_at, due_at, ended_at, fired_at }) => ({
        rule,
        starts_at,
        due_at,
        ended_at,
        fired_at,
      })),
    };
  },
});
export type ReportFound = NonNullable<Awaited<ReturnType<typeof reportPage.read>>>;

/** A file that the reporter added, as bytes to save: never shown in the browser, as nobody has looked at it. */
export const reportFile = view({
  name: "report.file",
  path: "/reports/:id/files/:file",
  subject: reportSubject,
  input: z.object({ id: z.uuid(), file: z.uuid() }),
  read: async (reader, { id, file }) => {
    const { rows } = await sql<{
      name: string;
      blob: string;
    }>`select f.name, f.blob from report_file f join report r on r.id = f.report_id
      where f.id = ${file} and r.id = ${id} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db);
    const [row] = rows;
    const held = row && (await heldBlob(reader.db, reader.node.services.vault, row.blob));
    return row && held
      ? new Download(Readable.from(held.read()), {
          type: "application/octet-stream",
          filename: row.name,
          size: held.bytes,
        })
      : undefined;
  },
});

/** The holder of a code reads their own report: where it stands, what was written, how many share something with it. */
export const ownReport = view({
  name: "report.own",
  path: "/report",
  role: "portal",
  subject: reportSubject,
  input: z.object({}),
  read: async (reader) => {
    const { actor } = reader;
    if (actor.kind !== "reporter") throw new Refusal("not-signed-in", "receipt-needed");
    const { rows } =
      await sql<ReportRow>`select * from report r where r.id = ${actor.report} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(
        reader.db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const { messages, files } = await exchangedOf(reader, row.id);
    const linked = await linkedOf(reader, row.id);
    return {
      reference: row.reference,
      state: row.state,
      status: reader.node.translations.translate(reader.locale)(`report.status.${row.state}`),
      category: row.category,
      received_at: row.received_at,
      respond_by: row.respond_by,
      responded_at: row.responded_at,
      closed_reason: row.closed_reason,
      description: toldIn(reader.node, row).description,
      linked: linked.total,
      messages: messages.map(({ at, author, body }) => ({ at, from: author, body })),
      files: files.map(({ at, name, size, digest }) => ({ at, name, size, digest })),
    };
  },
});
export type OwnReport = NonNullable<Awaited<ReturnType<typeof ownReport.read>>>;
