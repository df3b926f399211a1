import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import { type Listed, type Reader, view } from "../kernel/view.ts";
import { peerNames } from "../exchange/slice.ts";
import { requestSubject, type RequestRow } from "../requests/slice.ts";
import { isGiven } from "./acts-owed.ts";
import { type Check, checksOf } from "./checks.ts";
import { type HoldingRow, holdingSubject, type ReportRow, reportSubject } from "./holding.ts";
import { linesOf, type Figures, figuresOf } from "./transparency.ts";
import { mayTell, type Telling } from "./user-notice.ts";
import { countedBetween } from "./views-counted.ts";

/** What a provider sees of a request beside its text: its legal basis, and whether the user may be told. */
export interface Desk {
  readonly checks: readonly Check[];
  readonly telling: Telling;
  /** By when the user is to be told; `null` while no clock of that runs. */
  readonly tellBy: Temporal.Instant | null;
}

type Told = {
  readonly delayed_until: Temporal.Instant | null;
  readonly told_at: Temporal.Instant | null;
  readonly due_at: Temporal.Instant | null;
};

/** Reads it; `undefined` on a node that is no provider, and for what this node has sent itself. */
export async function deskOf(reader: Reader, id: string): Promise<Desk | undefined> {
  const { db, node, now, visible } = reader;
  if (node.kind !== "provider") return undefined;
  const { rows } =
    await sql<RequestRow>`select * from request r where r.id = ${id} and r.side = 'receiver' and ${visible(requestSubject, { alias: "r" })}`.execute(
      db,
    );
  const [request] = rows;
  if (!request) return undefined;
  const [entries, peers, holdings, told] = await Promise.all([
    sql<{
      digest: Buffer;
    }>`select digest from journal where subject_kind = 'request' and subject_id = ${id} and act = 'request.send' order by seq limit 1`.execute(
      db,
    ),
    sql<{
      name: string;
      digits: string;
      confirmed: string | null;
    }>`select p.name, p.digits, (select name from account where id::text = p.confirmed_by::text) as confirmed
      from peer p where p.code = ${request.peer} and p.state = 'trusted'`.execute(db),
    sql<{ category: string }>`select distinct category from holding where state = 'declared'`.execute(db),
    sql<Told>`select delayed_until, told_at, due_at from user_notice where request_id = ${id}`.execute(db),
  ]);
  const [peer] = peers.rows;
  const { zone } = node.services.country.pack.calendar;
  const checks = checksOf({
    request,
    before: (request.before ?? []) as { act: string; at: string; by: string }[],
    entry: entries.rows[0]?.digest.toString("hex") ?? null,
    peer: peer ? { name: peer.name, confirmedBy: peer.confirmed, digits: peer.digits.split(" ")[0] ?? "" } : null,
    holdings: holdings.rows.map(({ category }) => category),
    now,
  });
  const telling = mayTell(
    {
      measure: request.measure,
      state: request.state,
      confidential: request.particulars.confidential,
      delayedUntil: told.rows[0]?.delayed_until ?? null,
      toldAt: told.rows[0]?.told_at ?? null,
    },
    now,
    zone,
  );
  return { checks, telling, tellBy: told.rows[0]?.due_at ?? null };
}

/** A request about which the user might be told. */
export interface NoticeLine {
  readonly id: string;
  readonly number: string;
  readonly measure: RequestRow["measure"];
  readonly peer: string;
  /** Name of that node; its code, where it is not known here. */
  readonly peer_name: string;
  readonly state: string;
  readonly telling: Telling;
  readonly tellBy: Temporal.Instant | null;
  /** True where the user was told after that, or still is not. */
  readonly isLate: boolean;
}

const ANSWERS = ["allowed", "late", "forbidden", "told"] as const;

/** How many users may be told and have not been; shown beside the list and in digests. */
export async function countToTell({ db, node, now, visible }: Reader): Promise<number> {
  if (node.kind !== "provider") return 0;
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from user_notice u join request r on r.id = u.request_id
    where u.told_at is null and u.due_at is not null and u.owed_from <= ${now} and ${visible(requestSubject, { alias: "r" })}`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

/** Whom to tell, and what stands against it: requests that were carried out and whose users have not been told. */
export const noticeList = view({
  name: "user-notice.list",
  path: "/user-notices",
  subject: requestSubject,
  input: z.object({ answer: z.enum(ANSWERS).optional() }),
  read: async ({ db, node, now, visible }, { answer }): Promise<Listed<NoticeLine>> => {
    const { rows } = await sql<
      RequestRow & Told
    >`select r.*, u.delayed_until, u.told_at, u.due_at from request r left join user_notice u on u.request_id = r.id
      where r.side = 'receiver' and r.state in ('executed', 'closed', 'lapsed', 'withdrawn', 'refused') and ${isGiven} and ${visible(requestSubject, { alias: "r" })}
      order by (u.told_at is not null), u.due_at nulls last, r.executed_at desc limit 500`.execute(db);
    const names = await peerNames(db);
    const { zone } = node.services.country.pack.calendar;
    const items = rows.map(
      ({ id, number, measure, peer, state, particulars, delayed_until, told_at, due_at: due }) => ({
        id,
        number,
        measure,
        peer,
        peer_name: names.get(peer) ?? peer,
        state,
        telling: mayTell(
          { measure, state, confidential: particulars.confidential, delayedUntil: delayed_until, toldAt: told_at },
          now,
          zone,
        ),
        tellBy: due,
        isLate: due !== null && Temporal.Instant.compare(told_at ?? now, due) > 0,
      }),
    );
    return {
      items: items.filter(
        ({ telling, isLate }) => answer === undefined || (answer === "late" ? isLate : telling.answer === answer),
      ),
    };
  },
});

/** What the provider has said it holds. */
export const holdingList = view({
  name: "holding.list",
  path: "/holdings",
  subject: holdingSubject,
  input: z.object({}),
  read: async ({ db, visible }): Promise<Listed<HoldingRow>> => ({
    items: (
      await sql<HoldingRow>`select * from holding where ${visible(holdingSubject)} order by (state = 'ended'), category, description limit 500`.execute(
        db,
      )
    ).rows,
  }),
});

/** One kind of data that is held. */
export const holdingView = view({
  name: "holding.read",
  path: "/holdings/:id",
  subject: holdingSubject,
  input: z.object({ id: z.uuid() }),
  read: async ({ db, visible }, { id }): Promise<HoldingRow | undefined> =>
    (await sql<HoldingRow>`select * from holding where id = ${id} and ${visible(holdingSubject)}`.execute(db)).rows[0],
});

/** Published reports, and what the present half-year would say so far. */
export interface Reports extends Listed<ReportRow> {
  readonly draft: Figures;
  readonly from: Temporal.PlainDate;
  readonly until: Temporal.PlainDate;
}
/** Reports of the desk. */
export const reportList = view({
  name: "transparency.list",
  path: "/transparency",
  subject: reportSubject,
  input: z.object({ from: z.iso.date().optional(), until: z.iso.date().optional() }),
  read: async ({ db, node, now, visible }, { from: asked, until: end }): Promise<Reports> => {
    const { zone } = node.config;
    const today = now.toZonedDateTimeISO(zone).toPlainDate();
    const from = asked ? Temporal.PlainDate.from(asked) : today.with({ month: today.month > 6 ? 7 : 1, day: 1 });
    const until = end ? Temporal.PlainDate.from(end) : today;
    const span = {
      from: from.toZonedDateTime(zone).toInstant(),
      until: until.add({ days: 1 }).toZonedDateTime(zone).toInstant(),
      now,
    };
    const { rows } =
      await sql<ReportRow>`select * from transparency_report where ${visible(reportSubject)} order by ends_on desc, published_at desc limit 100`.execute(
        db,
      );
    return { items: rows, draft: figuresOf(await countedBetween(db, span)), from, until };
  },
});

/** One report of the desk. */
export const reportView = view({
  name: "transparency.read",
  path: "/transparency/:id",
  subject: reportSubject,
  input: z.object({ id: z.uuid() }),
  read: async ({ db, visible }, { id }): Promise<ReportRow | undefined> =>
    (await sql<ReportRow>`select * from transparency_report where id = ${id} and ${visible(reportSubject)}`.execute(db))
      .rows[0],
});

/** A published report as anybody reads it. */
export interface PublicReport {
  readonly id: string;
  readonly from: string;
  readonly until: string;
  readonly publishedAt: string;
  readonly figures: Figures;
}
const published = async ({ db }: Reader, id?: string): Promise<PublicReport[]> =>
  (
    await sql<ReportRow>`select * from transparency_report where state = 'published' ${id === undefined ? sql`` : sql`and id = ${id}`}
      order by ends_on desc, published_at desc limit 50`.execute(db)
  ).rows.map(({ id: own, starts_on, ends_on, published_at, figures }) => ({
    id: own,
    from: starts_on.toString(),
    until: ends_on.toString(),
    publishedAt: published_at.toString(),
    figures: figures as Figures,
  }));

/** Published reports for anybody, as JSON too; what a provider says it holds stands beside them. */
export const publicReports = view({
  name: "transparency.public",
  path: "/public/transparency",
  role: "portal",
  input: z.object({}),
  read: async (reader) => {
    const holdings =
      await sql<HoldingRow>`select category, description, kept_days from holding where state = 'declared' order by category, description limit 500`.execute(
        reader.db,
      );
    return {
      items: await published(reader),
      holdings: holdings.rows.map(({ category, description, kept_days: keptDays }) => ({
        category,
        description,
        keptDays,
      })),
    };
  },
});

/** One published report as a table for a program. */
export const publicReportCsv = view({
  name: "transparency.public-csv",
  path: "/public/transparency/:id/csv",
  role: "portal",
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const [report] = await published(reader, id);
    return (
      report &&
      csvFile(
        `transparency-${reader.node.code}-${report.from}-${report.until}.csv`,
        ["dimension", "value", "count"],
        linesOf(report.figures),
      )
    );
  },
});
