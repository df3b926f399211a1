import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { deadlinesOf, warningsRaised } from "../kernel/deadline.ts";
import { cursorOf, type Listed, type Reader, readCursor, view } from "../kernel/view.ts";
import { isCorrespondent, peerNames } from "../exchange/slice.ts";
import { type SavedView, savedViewsOf } from "../inbox/slice.ts";
import { type Box, filterFields, type Filters } from "./filters.ts";
import { partsOf, wantedOf } from "./views-filters.ts";
import { countOf, firstOf } from "./views-first.ts";
import { TRANSLATION } from "./clocks.ts";
import { type RequestRow, requestSubject, type State } from "./request.ts";
import { isDocumentKept } from "./messages-document.ts";
import { historyOf, type Line } from "./views-history.ts";

/** A request in a list. */
export type Listing = Pick<
  RequestRow,
  | "id"
  | "number"
  | "measure"
  | "peer"
  | "side"
  | "state"
  | "urgency"
  | "offence"
  | "data_category"
  | "created_at"
  | "sent_at"
  | "parent_id"
  | "case_id"
  | "bundle"
  | "terms_state"
  | "assigned_name"
> & {
  /** Name of the other node; its code, where it is not known here. */
  readonly peer_name: string;
  /** The clock that runs out next, or has run out and is still to be met. */
  readonly due_at: Temporal.Instant | null;
  readonly due_rule: string | null;
  /** Minutes before it is due at which it has last warned; `null` where it has not. */
  readonly warned_minutes: number | null;
};

const listInput = z.object({
  ...filterFields,
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** Where the requests of a bundle stand: how many in each state. */
export interface Progress {
  readonly state: State;
  readonly count: number;
}
/** The list with what its page needs beside the rows. */
export interface ListFound extends Listed<Listing> {
  readonly filters: Filters;
  readonly saved: readonly SavedView[];
  readonly progress: readonly Progress[];
}

async function progressOf({ db, visible }: Reader, bundle: string): Promise<Progress[]> {
  const { rows } = await sql<Progress>`select r.state, count(*)::int as count from request r
    where r.bundle = ${bundle} and ${visible(requestSubject, { alias: "r" })} group by r.state order by count desc, r.state`.execute(
    db,
  );
  return rows;
}

/** Requests, the newest first. */
export const requestList = view({
  name: "request.list",
  path: "/requests",
  subject: requestSubject,
  input: listInput,
  read: async (reader, { cursor, limit, ...filters }): Promise<ListFound> => {
    const { db } = reader;
    const after = readCursor(cursor, 2);
    const wanted = await wantedOf(reader, filters);
    const conditions = [
      ...wanted.conditions,
      ...(after ? [sql<boolean>`(r.created_at, r.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
    ];
    // The page is chosen first, and its clocks are looked up for that alone.
    const { rows } = await sql<Listing>`
      select r.*, d.due_at, d.rule as due_rule, d.warned_minutes
      from (
        select r.id, r.number, r.measure, r.peer, r.side, r.state, r.urgency, r.offence, r.data_category, r.created_at, r.sent_at, r.parent_id, r.case_id, r.bundle, r.terms_state, r.assigned_name
        from request r where r.id in (${firstOf(reader, { ...wanted, conditions }, limit + 1)})
      ) r left join lateral (
        select due_at, rule, warned_minutes from deadline where subject_kind = 'request' and subject_id = r.id and ended_at is null and suspended_at is null order by due_at limit 1
      ) d on true
      order by r.created_at desc, r.id desc`.execute(db);
    const items = await named(reader, rows.slice(0, limit));
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > limit && last ? { next: cursorOf(last.created_at.toString(), last.id) } : {}),
      filters,
      saved: await savedViewsOf(reader, "requests"),
      progress: filters.bundle === undefined ? [] : await progressOf(reader, filters.bundle),
    };
  },
});

/** The same with the names of the nodes that they are shared with. */
async function named<R extends { readonly peer: string }>(
  { db, node }: Pick<Reader, "db" | "node">,
  rows: readonly R[],
): Promise<(R & { readonly peer_name: string })[]> {
  const names = new Map([...(await peerNames(db)), [node.code, node.name]]);
  return rows.map((row) => ({ ...row, peer_name: names.get(row.peer) ?? row.peer }));
}

/** How many requests wait in a box, at most `COUNTED_MAX`. */
export const countIn =
  (box: Box) =>
  async (reader: Reader): Promise<number> => {
    const { rows } = await sql<{
      n: number;
    }>`select ${countOf(reader, { parts: partsOf({ box }, reader.now) })} as n`.execute(reader.db);
    return rows[0]?.n ?? 0;
  };

/** What `startClocks` wrote beside a clock. */
interface ClockDetail {
  readonly source?: string;
  readonly zone?: string;
  readonly place?: string;
  readonly unknownYears?: readonly number[];
}

/** A clock of a request. */
export interface ShownClock {
  readonly rule: string;
  readonly startsAt: Temporal.Instant;
  readonly dueAt: Temporal.Instant;
  readonly suspendedAt: Temporal.Instant | null;
  readonly endedAt: Temporal.Instant | null;
  readonly state: "running" | "suspended" | "fired" | "ended";
  readonly source: string;
  /** IANA time zone whose days it counts; `null` where it counts hours. */
  readonly zone: string | null;
  /** IANA time zone of whoever must meet it; `null` where that is not known here. */
  readonly place: string | null;
  /** Version of the rules that it counts by. */
  readonly version: number;
  /** Years that it reaches into and whose holidays its calendar does not know: it may end later. */
  readonly unknownYears: readonly number[];
}

/** A message that has not been delivered, or was refused by the other side. */
export interface Sending {
  readonly act: string;
  readonly seq: number;
  readonly attempts: number;
  readonly delivered_at: Temporal.Instant | null;
  readonly problem: unknown;
}

/** A request with all that one sees on its page. */
export interface RequestFound extends Omit<RequestRow, "before" | "document_digest"> {
  /** Name of the other node; its code, where it is not known here. */
  readonly peer_name: string;
  readonly clocks: readonly ShownClock[];
  /** Warnings that clocks have raised here for the moments that they are due now: each node warns its own people, as its pack says. */
  readonly warnings: readonly {
    readonly rule: string;
    readonly aheadMinutes: number;
    readonly at: Temporal.Instant;
    readonly raisedAt: Temporal.Instant;
  }[];
  readonly history: readonly Line[];
  /** The preservation that it follows, the incoming request that it carries out, and what follows or carries out this one. */
  readonly related: readonly {
    readonly id: string;
    readonly number: string;
    readonly measure: string;
    readonly peer: string;
    readonly peer_name: string;
    readonly state: string;
    readonly how: "parent" | "child" | "follows" | "followed-by";
  }[];
  readonly sending: readonly Sending[];
  readonly document: string | null;
  /** True where this node holds the English document of that digest. */
  readonly document_kept: boolean;
  /** True where the other one runs no node and is written to by e-mail. */
  readonly byMail: boolean;
  /** The case that it was drafted for, where the reader may see that. */
  readonly caseFile: { readonly id: string; readonly number: string } | null;
}

const byId = z.object({ id: z.uuid() });

/** A request that the reader may see. */
export async function find({ db, visible }: Reader, id: string): Promise<RequestRow | undefined> {
  const { rows } =
    await sql<RequestRow>`select * from request r where r.id = ${id} and ${visible(requestSubject, { alias: "r" })}`.execute(
      db,
    );
  return rows[0];
}

/** One request: state, clocks and history are the same on both nodes. */
export const requestView = view({
  name: "request.read",
  path: "/requests/:id",
  subject: requestSubject,
  input: byId,
  read: async (reader, { id }): Promise<RequestFound | undefined> => {
    const row = await find(reader, id);
    if (!row) return undefined;
    const { db, node } = reader;
    const { before: _before, document_digest: digest, ...shown } = row;
    const [deadlines, warnings, history, related, caseFile, byMail, names, document_kept, sending] = await Promise.all([
      deadlinesOf(db, "request", id),
      warningsRaised(db, "request", id),
      historyOf(db, node, row),
      relatedTo(reader, row),
      caseOf(reader, row),
      isCorrespondent(db, row.peer),
      peerNames(db),
      isDocumentKept(db, id),
      db
        .selectFrom("outbox")
        .select(["act", "seq", "attempts", "delivered_at", "problem"])
        .where("subject_kind", "=", "request")
        .where("subject_id", "=", id)
        .orderBy("seq")
        .execute(),
    ]);
    const clocks = deadlines
      .filter(({ rule }) => rule !== TRANSLATION)
      .map(({ rule, version, starts_at, due_at, suspended_at, fired_at, ended_at, detail }): ShownClock => ({
        rule,
        startsAt: starts_at,
        dueAt: due_at,
        suspendedAt: suspended_at,
        endedAt: ended_at,
        state: ended_at ? "ended" : fired_at ? "fired" : suspended_at ? "suspended" : "running",
        source: (detail as ClockDetail).source ?? "",
        zone: (detail as ClockDetail).zone ?? null,
        place: (detail as ClockDetail).place ?? null,
        version,
        unknownYears: (detail as ClockDetail).unknownYears ?? [],
      }));
    return {
      ...shown,
      peer_name: row.peer === node.code ? node.name : (names.get(row.peer) ?? row.peer),
      clocks,
      warnings: warnings.map(({ rule, ahead_minutes, at, raised_at }) => ({
        rule,
        aheadMinutes: ahead_minutes,
        at,
        raisedAt: raised_at,
      })),
      history,
      related,
      sending: sending.filter((each) => each.delivered_at === null || each.problem !== null),
      document: digest?.toString("hex") ?? null,
      document_kept,
      caseFile,
      byMail,
    };
  },
});

async function caseOf({ db, node, visible }: Reader, { case_id: id }: RequestRow): Promise<RequestFound["caseFile"]> {
  const kind = node.registry.subjects.get("case");
  if (!kind || id === null) return null;
  const { rows } = await sql<{
    id: string;
    number: string;
  }>`select c.id, c.number from ${sql.table(kind.table)} c where c.id = ${id} and ${visible(kind, { alias: "c" })}`.execute(
    db,
  );
  return rows[0] ?? null;
}

async function relatedTo(reader: Reader, { id, parent_id, follows_id }: RequestRow): Promise<RequestFound["related"]> {
  const { db, visible } = reader;
  const { rows } = await sql<RequestFound["related"][number]>`
    select r.id, r.number, r.measure, r.peer, r.state,
      case when r.id = ${parent_id} then 'parent' when r.id = ${follows_id} then 'follows' when r.parent_id = ${id} then 'child' else 'followed-by' end as how
    from request r where (r.id = ${parent_id} or r.id = ${follows_id} or r.parent_id = ${id} or r.follows_id = ${id}) and ${visible(requestSubject, { alias: "r" })}
    order by r.created_at`.execute(db);
  return named(reader, rows);
}

/** Requests of one case, for its page. */
export const requestsOfCase = async (reader: Reader, id: string): Promise<Listing[]> => {
  const { db, visible } = reader;
  const { rows } = await sql<Listing>`
    select r.id, r.number, r.measure, r.peer, r.side, r.state, r.urgency, r.offence, r.data_category, r.created_at, r.sent_at, r.parent_id, r.case_id, r.bundle, r.terms_state, r.assigned_name, null as due_at, null as due_rule, null as warned_minutes
    from request r where r.case_id = ${id} and ${visible(requestSubject, { alias: "r" })} order by r.created_at`.execute(
    db,
  );
  return named(reader, rows);
};
