import { type Database, sql, type Tx } from "../kernel/database.ts";
import { isGiven } from "./acts-owed.ts";
import type { Counted } from "./transparency.ts";
import { noticeOutcome } from "./user-notice.ts";

type Read = Omit<Counted, "notice"> & {
  readonly due_at: Temporal.Instant | null;
  readonly told_at: Temporal.Instant | null;
  readonly given: boolean;
};

/** Requests that came to this node within a time, as a transparency report counts them at `now`. Drills are none. */
export async function countedBetween(
  db: Database | Tx,
  {
    from,
    until,
    now,
  }: { readonly from: Temporal.Instant; readonly until: Temporal.Instant; readonly now: Temporal.Instant },
): Promise<Counted[]> {
  const { rows } = await sql<Read>`select r.peer as country, r.measure, r.data_category as category, r.urgency,
      case when r.state in ('executed', 'lapsed') or (r.state = 'closed' and r.executed_at is not null) then 'answered'
           when r.state = 'partly-executed' then 'partly'
           when r.refusal_ground is not null then 'refused'
           when r.state = 'withdrawn' then 'withdrawn'
           when r.state = 'closed' then 'closed' else 'pending' end as outcome,
      u.due_at, u.told_at, ${isGiven} as given
    from request r left join user_notice u on u.request_id = r.id
    where r.side = 'receiver' and r.received_at >= ${from} and r.received_at < ${until}`.execute(db);
  return rows.map(({ due_at: dueAt, told_at: toldAt, given, ...row }) => ({
    ...row,
    notice: noticeOutcome({ dueAt, toldAt, given }, now),
  }));
}
