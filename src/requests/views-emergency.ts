import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { cursorOf, type Listed, type Reader, readCursor, view } from "../kernel/view.ts";
import { caseSubject } from "../cases/slice.ts";
import { type ContactPoint, contactPoints } from "../exchange/slice.ts";
import { EMERGENCY_RULES } from "./emergency.ts";
import { requestSubject, type State } from "./request.ts";
import { type RequestFound, requestView } from "./views.ts";
import { COUNTED_MAX } from "./views-first.ts";
import { historyOf } from "./views-history.ts";

/** What became of the review. `open`: its time still runs. */
export const REVIEWS = ["open", "lapsed", "justified", "not-justified"] as const;
export type Review = (typeof REVIEWS)[number];

/** One use of the emergency way. */
export interface EmergencyUse {
  readonly id: string;
  readonly number: string;
  readonly measure: string;
  readonly peer: string;
  readonly state: State;
  readonly sent_at: Temporal.Instant;
  readonly before_authorisation: boolean;
  readonly review: Review;
  readonly review_due: Temporal.Instant;
  readonly reviewed_at: Temporal.Instant | null;
  readonly reviewer: string | null;
  readonly sender: string | null;
}

const COLUMNS = sql`r.id, r.number, r.measure, r.peer, r.state, e.sent_at, e.before_authorisation, coalesce(e.verdict, 'open') as review,
  e.review_due, e.reviewed_at, (select name from account where id = e.reviewed_by) as reviewer, (select name from account where id = e.sent_by) as sender`;

/** Every emergency that this node has sent, the newest first; for reviewers and overseers. */
export const emergencyList = view({
  name: "request.emergencies",
  path: "/emergencies",
  subject: requestSubject,
  input: z.object({
    review: z.enum(REVIEWS).optional(),
    cursor: z.string().max(400).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  read: async ({ db, visible }, { review, cursor, limit }): Promise<Listed<EmergencyUse>> => {
    const after = readCursor(cursor, 2);
    const conditions = [
      visible(requestSubject, { alias: "r" }),
      ...(review ? [sql<boolean>`coalesce(e.verdict, 'open') = ${sql.lit(review)}`] : []),
      ...(after ? [sql<boolean>`(e.sent_at, e.request_id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
    ];
    const { rows } =
      await sql<EmergencyUse>`select ${COLUMNS} from emergency_use e join request r on r.id = e.request_id
      where ${sql.join(conditions, sql` and `)} order by e.sent_at desc, e.request_id desc limit ${sql.lit(limit + 1)}`.execute(
        db,
      );
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last ? { next: cursorOf(last.sent_at.toString(), last.id) } : {}) };
  },
});

/** How many uses wait for their review, as far as the reader may see them; counted up to `COUNTED_MAX`. */
export async function countUnreviewed({ db, visible }: Reader): Promise<number> {
  const first = (verdict: string) => sql`(select 1 from emergency_use e join request r on r.id = e.request_id
    where coalesce(e.verdict, 'open') = ${sql.lit(verdict)} and ${visible(requestSubject, { alias: "r" })}
    order by e.sent_at desc, e.request_id desc limit ${sql.lit(COUNTED_MAX)})`;
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from
    (select 1 from (${first("open")} union all ${first("lapsed")}) as u limit ${sql.lit(COUNTED_MAX)}) as c`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

/** What the part about calls, reading and review shows on the page of a request. */
export interface Reached {
  readonly use: EmergencyUse | undefined;
  /** When people telephone, if nothing is heard; `null` where nothing is awaited. */
  readonly voiceDue: Temporal.Instant | null;
  /** Who has read it there and when; from the acts of either side. */
  readonly seen: readonly { readonly by: string; readonly at: string }[];
  readonly side: "sender" | "receiver";
  readonly state: State;
}

/** Reads it; the caller has shown that the reader may see the request. */
export async function reachedOf(reader: Reader, id: string): Promise<Reached | undefined> {
  const { rows } = await sql<{ id: string; side: Reached["side"]; state: State }>`select id, side, state from request r
    where id = ${id} and ${reader.visible(requestSubject, { alias: "r" })}`.execute(reader.db);
  const [request] = rows;
  if (!request) return undefined;
  const [seen, uses, clocks] = await Promise.all([
    historyOf(reader.db, reader.node, { id }, "request.see"),
    sql<EmergencyUse>`select ${COLUMNS} from emergency_use e join request r on r.id = e.request_id
      where r.id = ${id} and ${reader.visible(requestSubject, { alias: "r" })}`.execute(reader.db),
    sql<{ due_at: Temporal.Instant }>`select due_at from deadline where subject_kind = 'request' and subject_id = ${id}
      and rule = ${EMERGENCY_RULES.voice} and ended_at is null`.execute(reader.db),
  ]);
  return {
    use: uses.rows[0],
    voiceDue: clocks.rows[0]?.due_at ?? null,
    seen: seen.map(({ by, at }) => ({ by, at })),
    side: request.side,
    state: request.state,
  };
}

/** What one needs beside the telephone. */
export interface Script {
  readonly request: RequestFound;
  /** Those who are called; `undefined` where they are no longer known here. */
  readonly contact: ContactPoint | undefined;
  /** Number under which they may call back. */
  readonly ownVoice: string | null;
  readonly caller: string;
}

/** What to say on the telephone about a request, to whom, at which number. */
export const requestScript = view({
  name: "request.script",
  path: "/requests/:id/script",
  subject: requestSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<Script | undefined> => {
    const request = await requestView.read(reader, { id });
    if (!request) return undefined;
    const [contact] = await contactPoints(reader, request.peer);
    const { actor, node } = reader;
    return {
      request,
      contact,
      ownVoice: node.config.contact_voice ?? null,
      caller: actor.kind === "officer" ? actor.name : node.name,
    };
  },
});

/** The case that an emergency is raised from, where the reader may see it. */
export async function caseForEmergency(
  { db, visible }: Reader,
  id: string,
): Promise<{ id: string; number: string; title: string; offences: string[] } | undefined> {
  const { rows } = await sql<{ id: string; number: string; title: string; offences: string[] }>`
    select c.id, c.number, c.title, c.offences from ${sql.table(caseSubject.table)} c where c.id = ${id} and ${visible(caseSubject, { alias: "c" })}`.execute(
    db,
  );
  return rows[0];
}
