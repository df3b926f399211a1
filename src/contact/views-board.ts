import { createHash } from "node:crypto";
import { z } from "zod";
import { plannedAnew, sql } from "../kernel/database.ts";
import type { SubjectKind } from "../kernel/subject.ts";
import { type Reader, view } from "../kernel/view.ts";
import { type ContactPoint, contactPoints } from "../exchange/slice.ts";
import { type DrillRow, drillSubject } from "./drill.ts";
import { onDutyNow, type RosterShift, shiftsBetween } from "./views-shift.ts";
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
const GAP_DAYS = 7;

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
  const { rows } = await sql<BoardLine>`${plannedAnew}
    select r.*, d.due_at, d.rule as due_rule from (
      select ${COLUMNS}, row_number() over (order by ${order}) as place from request r
      where (${which}) and ${reader.visible(kind, { alias: "r" })} order by ${order} limit ${sql.lit(SHOWN_MAX)}
    ) r left join lateral (select d.due_at, d.rule from deadline d where d.subject_id = r.id and ${OPEN_CLOCK} order by d.due_at limit 1) d on true
    order by r.place`.execute(reader.db);
  return rows;
}

/** So many requests of one urgency are each asked for their clock; more are dense enough to be come upon in the clocks' own order. */
const FEW_MAX = 4_000;

/** Those of one urgency that wait, the one whose clock runs out next first, and last those that have none. */
async function nearest(reader: Reader, kind: SubjectKind, urgency: string): Promise<BoardLine[]> {
  const which = sql<boolean>`${WAITING} and r.urgency = ${sql.lit(urgency)}`;
  const seen = reader.visible(kind, { alias: "r" });
  const { rows: counted } = await sql<{
    many: boolean;
  }>`select exists (select from request r where ${which} offset ${sql.lit(FEW_MAX)}) as many`.execute(reader.db);
  const inOrder = sql`select d.subject_id as id, d.due_at, d.rule, d.id as clock from deadline d
    cross join lateral (select from request r where r.id = d.subject_id and ${which} and ${seen} offset 0) r
    where ${OPEN_CLOCK} and not exists (select from deadline e where e.subject_kind = 'request' and e.subject_id = d.subject_id and e.ended_at is null and e.suspended_at is null
      and (e.due_at, e.id) < (d.due_at, d.id)) order by d.due_at, d.id`;
  const each = sql`select r.id, d.due_at, d.rule, d.id as clock from (select r.id from request r where ${which} and ${seen} offset 0) r
    left join lateral (select d.due_at, d.rule, d.id from deadline d where d.subject_id = r.id and ${OPEN_CLOCK} order by d.due_at, d.id limit 1) d on true
    order by d.due_at, d.id, r.id`;
  const { rows } = await sql<BoardLine>`${plannedAnew} select ${COLUMNS}, n.due_at, n.due_rule from (
      select id, due_at, rule as due_rule, clock from (${counted[0]?.many ? inOrder : each} limit ${sql.lit(SHOWN_MAX)}) c
    ) n join request r on r.id = n.id order by n.due_at, n.clock, n.id`.execute(reader.db);
  if (!counted[0]?.many || rows.length >= SHOWN_MAX) return rows;
  const without = sql<boolean>`${which} and not exists (select 1 from deadline d where d.subject_id = r.id and ${OPEN_CLOCK})`;
  return [...rows, ...(await lines(reader, kind, without, sql`r.created_at, r.id`))];
}

/** The first `SHOWN_MAX` by urgency: no less urgent one is looked for while there are enough. */
async function mostUrgent(find: (urgency: string) => Promise<BoardLine[]>): Promise<BoardLine[]> {
  const found: BoardLine[] = [];
  for (const urgency of URGENT_FIRST) if (found.length < SHOWN_MAX) found.push(...(await find(urgency)));
  return found.slice(0, SHOWN_MAX);
}

const URGENT_FIRST = ["emergency", "urgent", "routine"] as const;
/** What came and nobody here has read. */
const UNREAD = sql`r.side = 'receiver' and r.state = 'delivered' and not exists (select 1 from journal j where j.subject_kind = 'request' and j.subject_id = r.id and j.act = 'request.see')`;
/** What waits for this office; written as `request_waiting` has it, so that no other list is led to that index. */
const WAITING = sql`r.side || ' ' || r.state in (${sql.join(
  [
    ...["delivered", "acknowledged", "postponed", "accepted", "executing", "partly-executed"].map(
      (state) => `receiver ${state}`,
    ),
    ...["authorised", "clarification"].map((state) => `sender ${state}`),
  ].map((each) => sql.lit(each)),
)})`;
/** About what one must telephone: nobody there has said that it came. */
const CALLS = sql<boolean>`r.id in (select v.subject_id from deadline v where v.subject_kind = 'request' and v.rule = 'request.voice' and v.fired_at is not null and v.ended_at is null)`;

/** Requests on the board; nothing on a node that has none. */
async function linesOf(reader: Reader): Promise<Pick<Board, "unread" | "waiting" | "calls">> {
  const kind = reader.node.registry.subjects.get("request");
  if (!kind) return { unread: [], waiting: [], calls: [] };
  const [unread, waiting, calls] = await Promise.all([
    mostUrgent((urgency) =>
      lines(reader, kind, sql<boolean>`${UNREAD} and r.urgency = ${sql.lit(urgency)}`, sql`r.received_at, r.id`),
    ),
    mostUrgent((urgency) => nearest(reader, kind, urgency)),
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
