import type { Expression, SqlBool } from "kysely";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { type DrillFigures, drillFigures, type DrillRow } from "./drill.ts";

const COUNTED_MAX = 10_000;

/** Drills that were sent within a time, at most `COUNTED_MAX`, as they are counted at `now`: by the peer and by who began them. */
export async function drillsCounted(
  db: Database | Tx,
  {
    from,
    until,
    now,
    side,
    peer,
    visible = sql<boolean>`true`,
  }: {
    readonly from: Temporal.Instant;
    readonly until: Temporal.Instant;
    readonly now: Temporal.Instant;
    readonly side: DrillRow["side"];
    readonly peer?: string | undefined;
    /** Which of them the reader may see; all, where whoever reads may read statistics. */
    readonly visible?: Expression<SqlBool>;
  },
): Promise<DrillFigures[]> {
  const { rows } = await sql<DrillRow>`select peer, sent_at, due_at, received_at, answered_at from drill
    where side = ${side} and sent_at >= ${from} and sent_at < ${until} ${peer === undefined ? sql`` : sql`and peer = ${peer}`} and ${visible}
    order by sent_at limit ${sql.lit(COUNTED_MAX)}`.execute(db);
  return drillFigures(rows, now);
}
