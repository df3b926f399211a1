import { createHash } from "node:crypto";
import { z } from "zod";
import { csvFile } from "../kernel/csv.ts";
import { sql } from "../kernel/database.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { cursorOf, type Listed, type Reader, readCursor, view } from "../kernel/view.ts";
import { type ContactPoint, contactPoints, peerNames } from "../exchange/slice.ts";
import { type DrillFigures, type DrillRow, drillSubject } from "./drill.ts";
import { onDutyNow, type RosterShift, shiftsBetween } from "./views-shift.ts";
import { drillsCounted } from "./views-counted.ts";
import { gapsIn, type Span } from "./shift.ts";

/** A request on the board. */
export interface BoardLine {
  readonly id: string;
  readonly number: string;
  readonly measure: string;
  readonly peer: string;
  readonly peer_name: string;
  readonly side: "sender" | "receiver";
  readonly state: string;
  readonly urgency: string;
  /** The clock that runs out next. */
  readonly due_at: Temporal.Instant | null;
  readonly due_rule: string | null;
  readonly arrived_at: Temporal.Instant;
  /** How many officers here have said that they read it. */
  readonly seen: number;
}

/** The contact point at a glance. */
export interface Board {
  readonly at: Temporal.Instant;
  /** Changes when anything that it shows does, other than the time. */
  readonly mark: string;
  /** What came and nobody here has read. */
  readonly unread: readonly BoardLine[];
  /** What waits for this office, the nearest clock first. */
  readonly waiting: readonly BoardLine[];
  /** About what one must telephone now. */
  readonly calls: readonly BoardLine[];
  readonly drills: readonly DrillRow[];
  readonly peers: readonly ContactPoint[];
  readonly onDuty: readonly RosterShift[];
  /** Hand-overs that wait for the reader's signature. */
  readonly toSign: readonly RosterShift[];
  readonly gaps: readonly Span[];
}

const SHOWN_MAX = 50;
/** How far ahead gaps of the roster are warned of, in days. */
export const GAP_DAYS = 7;

const COLUMNS = sql`r.id, r.number, r.measure, r.peer, coalesce((select name from peer p where p.code = r.peer order by (p.state = 'trusted') desc limit 1), (select name from correspondent c where c.code = r.peer), r.peer) as peer_name, r.side, r.state, r.urgency,
  coalesce(r.received_at, r.sent_at, r.created_at) as arrived_at, (select count(*) from journal j where j.subject_kind = 'request' and j.subject_id = r.id and j.act = 'request.see')::int as seen`;
const OPEN_CLOCK = sql`d.subject_kind = 'request' and d.ended_at is null and d.suspended_at is null`;

/** Lines with the clock of each that runs out next, the first `SHOWN_MAX` in an order. */
async function lines(
  reader: Reader,
  kind: SubjectKind,
  which: ReturnType<typeof sql<boolean>>,
  order: ReturnType<typeof sql>,
): Promise<BoardLine[]> {
  const { rows } = await sql<BoardLine>`
    select r.*, d.due_at, d.rule as due_rule from (
      select ${COLUMNS}, row_number() over (order by ${order}) as place from request r
      where (${which}) and ${reader.visible(kind, { alias: "r" })} order by ${order} limit ${sql.lit(SHOWN_MAX)}
    ) r left join lateral (select d.due_at, d.rule from deadline d where d.subject_id = r.id and ${OPEN_CLOCK} order by d.due_at limit 1) d on true
    order by r.place`.execute(reader.db);
  return rows;
}

/** Those of one urgency whose clock runs out next, then those that have none: read in the clocks' own order, so that it ends with what is shown. */
async function nearest(
  reader: Reader,
  kind: SubjectKind,
  which: ReturnType<typeof sql<boolean>>,
): Promise<BoardLine[]> {
  const { rows } = await sql<BoardLine>`
    select ${COLUMNS}, d.due_at, d.rule as due_rule from deadline d join request r on r.id = d.subject_id
    where ${OPEN_CLOCK} and ${which} and ${reader.visible(kind, { alias: "r" })} and not exists (
      select 1 from deadline e where e.subject_kind = 'request' and e.subject_id = r.id and e.ended_at is null and e.suspended_at is null and (e.due_at, e.id) < (d.due_at, d.id))
    order by d.due_at, d.id limit ${sql.lit(SHOWN_MAX)}`.execute(reader.db);
  if (rows.length >= SHOWN_MAX) return rows;
  const without = sql<boolean>`${which} and not exists (select 1 from deadline d where d.subject_id = r.id and ${OPEN_CLOCK})`;
  return [...rows, ...(await lines(reader, kind, without, sql`r.created_at, r.id`))];
}

/** The first `SHOWN_MAX` by urgency: no less urgent one is looked for while there are enough. */
async function mostUrgent(
  find: (urgency: ReturnType<typeof sql<boolean>>) => Promise<BoardLine[]>,
): Promise<BoardLine[]> {
  const found: BoardLine[] = [];
  for (const urgency of URGENT_FIRST)
    if (found.length < SHOWN_MAX) found.push(...(await find(sql<boolean>`r.urgency = ${sql.lit(urgency)}`)));
  return found.slice(0, SHOWN_MAX);
}

const URGENT_FIRST = ["emergency", "urgent", "routine"] as const;
/** What came and nobody here has read. */
const UNREAD = sql`r.side = 'receiver' and r.state = 'delivered' and not exists (select 1 from journal j where j.subject_kind = 'request' and j.subject_id = r.id and j.act = 'request.see')`;
/** What waits for this office. */
const WAITING = sql`((r.side = 'receiver' and r.state in ('delivered', 'acknowledged', 'postponed', 'accepted', 'executing', 'partly-executed')) or (r.side = 'sender' and r.state in ('authorised', 'clarification')))`;
/** About what one must telephone: nobody there has said that it came. */
const CALLS = sql<boolean>`r.id in (select v.subject_id from deadline v where v.subject_kind = 'request' and v.rule = 'request.voice' and v.fired_at is not null and v.ended_at is null)`;

/** Requests on the board; nothing on a node that has none. */
async function linesOf(reader: Reader): Promise<Pick<Board, "unread" | "waiting" | "calls">> {
  const kind = reader.node.registry.subjects.get("request");
  if (!kind) return { unread: [], waiting: [], calls: [] };
  const [unread, waiting, calls] = await Promise.all([
    mostUrgent((urgency) => lines(reader, kind, sql<boolean>`${UNREAD} and ${urgency}`, sql`r.received_at, r.id`)),
    mostUrgent((urgency) => nearest(reader, kind, sql<boolean>`${WAITING} and ${urgency}`)),
    lines(reader, kind, CALLS, sql`r.sent_at, r.id`),
  ]);
  return { unread, waiting, calls };
}

async function readBoard(reader: Reader): Promise<Board> {
  const { db, now } = reader;
  const soon = now.add({ hours: GAP_DAYS * 24 });
  const [{ unread, waiting, calls }, drills, peers, roster] = await Promise.all([
    linesOf(reader),
    sql<DrillRow>`select * from drill where side = 'receiver' and state = 'sent' and ${reader.visible(drillSubject)} order by due_at limit 20`
      .execute(db)
      .then(({ rows }) => rows),
    contactPoints(reader),
    shiftsBetween(reader, { from: now.subtract({ hours: 48 }), until: soon }),
  ]);
  const account = reader.actor.kind === "officer" ? reader.actor.account : "";
  const found = {
    unread,
    waiting,
    calls,
    drills,
    peers,
    onDuty: onDutyNow(roster, now),
    toSign: roster.filter(({ state, next_account }) => state === "handed-over" && next_account === account),
    gaps: gapsIn(
      roster
        .filter(({ state }) => state !== "cancelled")
        .map(({ starts_at, ends_at }) => ({ from: starts_at, until: ends_at })),
      { from: now, until: soon },
    ),
  };
  const { gaps: _gaps, peers: _peers, ...marked } = found;
  const wires = peers.map(({ code, backlog, alarms, open }) => [code, backlog, alarms, open]);
  const mark = createHash("sha256")
    .update(JSON.stringify([marked, wires]))
    .digest("hex")
    .slice(0, 16);
  return { at: now, mark, ...found };
}

/** The board of the contact point. */
export const boardView = view({
  name: "board.read",
  path: "/board",
  subject: drillSubject,
  input: z.object({}),
  read: readBoard,
});

/** Whether the board shows something else than it did: for programs that keep it fresh. */
export const boardMark = view({
  name: "board.mark",
  path: "/board/mark",
  subject: drillSubject,
  input: z.object({}),
  read: async (reader) => ({ mark: (await readBoard(reader)).mark }),
});

/** All contact points, by name, and those that a search finds. */
export interface Directory {
  readonly items: readonly ContactPoint[];
  readonly q: string;
  readonly kind: string | undefined;
}
/** The directory of contact points: whom one reaches how, in which languages, and what time it is there. */
export const directoryView = view({
  name: "contact-point.list",
  path: "/contact-points",
  subject: drillSubject,
  input: z.object({
    q: z.string().trim().max(100).default(""),
    kind: z.enum(["state", "provider"]).optional(),
    open: z.enum(["yes"]).optional(),
  }),
  read: async (reader, { q, kind, open }): Promise<Directory> => {
    const names = new Intl.DisplayNames([reader.locale], { type: "language" });
    const sought = q.toLocaleLowerCase(reader.locale);
    const said = ({ name, code, languages, hours, voice }: ContactPoint): string =>
      [name, code, ...languages, ...languages.map((each) => names.of(each) ?? ""), hours ?? "", voice ?? ""]
        .join(" ")
        .toLocaleLowerCase(reader.locale);
    const all = await contactPoints(reader);
    return {
      q,
      kind,
      items: all
        .filter((each) => kind === undefined || each.kind === kind)
        .filter((each) => open === undefined || each.open === true)
        .filter((each) => sought === "" || said(each).includes(sought)),
    };
  },
});

/** What concerns another node, with its name. */
export type Named<T> = T & {
  /** Name of the other node; its code, where it is not known here. */
  readonly peer_name: string;
};
const namedBy =
  (names: ReadonlyMap<string, string>) =>
  <T extends { readonly peer: string }>(row: T): Named<T> => ({ ...row, peer_name: names.get(row.peer) ?? row.peer });

/** Drills of a year, the newest first, and what each peer did in them. */
export interface Drills extends Listed<Named<DrillRow>> {
  readonly year: number;
  readonly figures: readonly Named<DrillFigures>[];
}
const yearOf = z.coerce.number().int().min(2000).max(9999).optional();

/** Figures of the drills that this node began in a year, by the clock of the node. */
function figuresOf({ db, node, now, visible }: Reader, year: number): Promise<DrillFigures[]> {
  const from = Temporal.PlainDate.from({ year, month: 1, day: 1 });
  const { zone } = node.config;
  return drillsCounted(db, {
    side: "sender",
    from: from.toZonedDateTime(zone).toInstant(),
    until: from.add({ years: 1 }).toZonedDateTime(zone).toInstant(),
    now,
    visible: visible(drillSubject),
  });
}

/** Drills, and the report of their year. */
export const drillList = view({
  name: "drill.list",
  path: "/drills",
  subject: drillSubject,
  input: z.object({
    year: yearOf,
    cursor: z.string().max(400).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  read: async (reader, { year: asked, cursor, limit }): Promise<Drills> => {
    const { db, now, node, visible } = reader;
    const year = asked ?? now.toZonedDateTimeISO(node.config.zone).year;
    const after = readCursor(cursor, 2);
    const { rows } = await sql<DrillRow>`select * from drill where ${visible(drillSubject)}
      ${after ? sql`and (sent_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
      order by sent_at desc, id desc limit ${sql.lit(limit + 1)}`.execute(db);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const named = namedBy(await peerNames(db));
    return {
      year,
      items: items.map(named),
      figures: (await figuresOf(reader, year)).map(named),
      ...(rows.length > limit && last ? { next: cursorOf(last.sent_at.toString(), last.id) } : {}),
    };
  },
});

const DRILL_COLUMNS = [
  "year", "peer", "drills", "answered", "missed", "open", "receipt_median_minutes", "median_minutes", "p90_minutes", "longest_minutes",
]; // prettier-ignore

/** The yearly report of drills as a table for a program. */
export const drillReport = view({
  name: "drill.report",
  path: "/drills/report",
  subject: drillSubject,
  input: z.object({ year: yearOf }),
  read: async (reader, { year: asked }) => {
    const year = asked ?? reader.now.toZonedDateTimeISO(reader.node.config.zone).year;
    return csvFile(
      `drills-${reader.node.code}-${year}.csv`,
      DRILL_COLUMNS,
      (await figuresOf(reader, year)).map((line) => ({
        ...line,
        year,
        receipt_median_minutes: line.receiptMinutes,
        median_minutes: line.medianMinutes,
        p90_minutes: line.p90Minutes,
        longest_minutes: line.longestMinutes,
      })),
    );
  },
});

/** One drill. */
export const drillView = view({
  name: "drill.read",
  path: "/drills/:id",
  subject: drillSubject,
  input: z.object({ id: z.uuid() }),
  read: async ({ db, visible }, { id }): Promise<Named<DrillRow> | undefined> => {
    const { rows } = await sql<DrillRow>`select * from drill where id = ${id} and ${visible(drillSubject)}`.execute(db);
    return rows[0] && namedBy(await peerNames(db))(rows[0]);
  },
});
