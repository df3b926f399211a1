import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Counted } from "./transparency.ts";

/** Requests that came to this node within a time, as a transparency report counts them. Drills are none. */
export async function countedBetween(
  db: Database | Tx,
  { from, until }: { readonly from: Temporal.Instant; readonly until: Temporal.Instant },
): Promise<Counted[]> {
  const { rows } = await sql<Counted>`select r.peer as country, r.measure, r.data_category as category, r.urgency,
      case when r.state in ('executed', 'lapsed') or (r.state = 'closed' and r.executed_at is not null) then 'answered'
           when r.state = 'partly-executed' then 'partly'
           when r.refusal_ground is not null then 'refused'
           when r.state = 'withdrawn' then 'withdrawn'
           when r.state = 'closed' then 'closed' else 'pending' end as outcome
    from request r where r.side = 'receiver' and r.received_at >= ${from} and r.received_at < ${until}`.execute(db);
  return rows;
}
