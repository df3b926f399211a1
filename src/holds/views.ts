import type { Expression, SqlBool } from "kysely";
import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { deadlinesOf } from "../kernel/deadline.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { cursorOf, Download, readCursor, type Reader, view } from "../kernel/view.ts";
import { mailsAbout } from "../mail/slice.ts";
import { historyOf, reportSubject } from "../reports/slice.ts";
import { unseal } from "../trust/seal.ts";
import { answerIn, detailsIn } from "./acts.ts";
import { type HoldRow, holdSubject, LANGUAGES, noticePlace, OPEN } from "./hold.ts";
import type { Institution } from "./institution.ts";
import { noticePdf } from "./notice.ts";

/** Chips of the list; without one, all that is not yet done with. */
export const CHIPS = ["to-send", "waiting", "holding", "done"] as const;
const STATES: Readonly<Record<(typeof CHIPS)[number], readonly string[]>> = {
  "to-send": ["drafted", "approved"],
  waiting: ["sent", "acknowledged"],
  holding: ["held", "extended"],
  done: ["nothing-left", "refused", "released", "over", "withdrawn"],
};
export const listInput = z.object({
  chip: z.enum(CHIPS).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});
export type ListInput = z.output<typeof listInput>;

/** A notice as lists show it. */
export interface HoldItem extends Pick<
  HoldRow,
  | "id"
  | "number"
  | "state"
  | "institution"
  | "amount_minor"
  | "currency"
  | "held_minor"
  | "held_until"
  | "drafted_at"
  | "warned_at"
  | "needs_approval"
  | "office"
  | "drafted_by"
  | "approved_by"
> {
  readonly reference: string;
  /** What it is called, as the pack has it; `null` until somebody chose. */
  readonly institution_name: string | null;
  /** When the hold ends; for what is still to be sent, when 72 hours from the transfer are over. */
  readonly due_at: Temporal.Instant | null;
}
export interface HoldList {
  readonly items: readonly HoldItem[];
  readonly next?: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly filters: ListInput;
}
const COUNT_MAX = 500;

const institutionsOf = ({ node }: Reader): readonly Institution[] => node.services.country.pack.reporting.institutions;
const named = (reader: Reader, code: string | null): Institution | undefined =>
  institutionsOf(reader).find((each) => each.code === code);

/** Institutions to choose from. */
export const institutionChoices = (reader: Reader): { value: string; label: string }[] =>
  institutionsOf(reader).map(({ code, name }) => ({ value: code, label: name }));

const COLUMNS = sql`h.id, h.number, h.state, h.institution, h.amount_minor, h.currency, h.held_minor, h.held_until, h.drafted_at, h.warned_at,
  h.needs_approval, h.office, h.drafted_by, h.approved_by, h.report_id, r.reference, r.transfer_at`;
type Found = Omit<HoldItem, "institution_name" | "due_at"> & {
  report_id: string;
  transfer_at: Temporal.Instant | null;
};
const itemOf = (reader: Reader, { transfer_at, ...row }: Found): HoldItem => ({
  ...row,
  institution_name: named(reader, row.institution)?.name ?? null,
  due_at: OPEN.includes(row.state) ? (row.held_until ?? transfer_at?.add({ hours: 72 }) ?? null) : null,
});

export const holdList = view({
  name: "hold.list",
  path: "/holds",
  subject: holdSubject,
  input: listInput,
  read: async (reader, filters): Promise<HoldList> => {
    const { chip, limit, cursor } = filters;
    const [after] = readCursor(cursor, 1) ?? [];
    const conditions = [
      reader.visible(holdSubject, { alias: "h" }),
      sql<SqlBool>`h.state = any(${chip ? STATES[chip] : OPEN}::text[])`,
      ...(typeof after === "string" && isUuid(after) ? [sql<SqlBool>`h.id < ${after}::uuid`] : []),
    ];
    const { rows } = await sql<Found>`select ${COLUMNS} from hold h join report r on r.id = h.report_id
      where ${sql.join(conditions, sql` and `)} order by h.id desc limit ${sql.lit(limit + 1)}`.execute(reader.db);
    const last = rows[limit - 1];
    return {
      items: rows.slice(0, limit).map((row) => itemOf(reader, row)),
      ...(rows.length > limit && last ? { next: cursorOf(last.id) } : {}),
      counts: cursor === undefined ? await countsOf(reader) : {},
      filters,
    };
  },
});

const bounded = (reader: Reader, states: readonly string[]): Expression<number> =>
  sql<number>`(select count(*)::int from (select 1 from hold h where ${reader.visible(holdSubject, { alias: "h" })}
    and h.state = any(${states}::text[]) limit ${sql.lit(COUNT_MAX)}) as n)`;

async function countsOf(reader: Reader): Promise<Record<string, number>> {
  const parts = CHIPS.map((chip) => sql`${bounded(reader, STATES[chip])} as ${sql.ref(chip)}`);
  const { rows } = await sql<Record<string, number>>`select ${sql.join(parts)}`.execute(reader.db);
  return rows[0] ?? {};
}

/** How many notices wait to be sent, up to a bound: for the navigation. */
export async function toSendCount(reader: Reader): Promise<number> {
  const { rows } = await sql<{ n: number }>`select ${bounded(reader, STATES["to-send"])} as n`.execute(reader.db);
  return rows[0]?.n ?? 0;
}

const SECTION_MAX = 60;
/** The notices of one report, for its page. */
export async function holdsOfReport(reader: Reader, report: string): Promise<readonly HoldItem[]> {
  const { rows } = await sql<Found>`select ${COLUMNS} from hold h join report r on r.id = h.report_id
    where h.report_id = ${report} and ${reader.visible(holdSubject, { alias: "h" })} order by h.id limit ${sql.lit(SECTION_MAX)}`.execute(
    reader.db,
  );
  return rows.map((row) => itemOf(reader, row));
}

async function rowOf(reader: Reader, id: string): Promise<HoldRow | undefined> {
  const { rows } =
    await sql<HoldRow>`select h.* from hold h where h.id = ${id} and ${reader.visible(holdSubject, { alias: "h" })}`.execute(
      reader.db,
    );
  return rows[0];
}

export const holdFile = view({
  name: "hold.read",
  path: "/holds/:id",
  subject: holdSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const row = await rowOf(reader, id);
    if (!row) return undefined;
    const { details: _details, answer: _answer, notice, notice_digest: digest, ...hold } = row;
    const [history, clocks, mails, report] = await Promise.all([
      historyOf(reader, holdSubject.name, row.id),
      deadlinesOf(reader.db, holdSubject.name, row.id),
      mailsAbout(reader, holdSubject.name, row.id),
      sql<{ reference: string; transfer_at: Temporal.Instant | null }>`select r.reference, r.transfer_at from report r
        where r.id = ${row.report_id} and ${reader.visible(reportSubject, { alias: "r" })}`.execute(reader.db),
    ]);
    return {
      ...hold,
      reference: report.rows[0]?.reference ?? null,
      transfer_at: report.rows[0]?.transfer_at ?? null,
      details: detailsIn(reader.node, row),
      institution_facts: named(reader, row.institution) ?? null,
      said: answerIn(reader.node, row),
      has_notice: notice !== null,
      notice_digest: digest?.toString("hex") ?? null,
      mails,
      history,
      clocks: clocks.map(({ rule, starts_at, due_at, ended_at }) => ({ rule, starts_at, due_at, ended_at })),
    };
  },
});
export type HoldFound = NonNullable<Awaited<ReturnType<typeof holdFile.read>>>;

/** The letter: as it was signed and went, or, before that, as a draft of it. */
export const holdNotice = view({
  name: "hold.notice",
  path: "/holds/:id/notice",
  subject: holdSubject,
  input: z.object({ id: z.uuid(), language: z.enum(LANGUAGES).optional() }),
  read: async (reader, { id, language }) => {
    const { node, now } = reader;
    const row = await rowOf(reader, id);
    if (!row || (row.sent_at !== null && row.notice === null)) return undefined;
    const pdf = row.notice
      ? unseal(node.services.keys.seal, row.notice, noticePlace(row.id))
      : noticePdf(node, {
          row,
          details: detailsIn(node, row),
          institution: named(reader, row.institution) ?? { name: "…" },
          language: language ?? "en",
          at: now,
        });
    return new Download(pdf, { type: "application/pdf", filename: `${row.number}.pdf`, inline: true });
  },
});
