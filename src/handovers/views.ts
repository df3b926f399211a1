import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { type Reader, view } from "../kernel/view.ts";
import { type HandoverRow, handoverSubject } from "./handover.ts";

const LIST_MAX = 200;

/** What is handed over and taken over, what waits for an answer first. */
export const handoverList = view({
  name: "handover.list",
  path: "/handovers",
  subject: handoverSubject,
  input: z.object({}),
  read: async ({ db, visible }) => {
    const { rows } = await sql<HandoverRow>`select * from handover where ${visible(handoverSubject)}
      order by (side = 'receiver' and state = 'offered') desc, offered_at desc limit ${sql.lit(LIST_MAX)}`.execute(db);
    return { items: rows };
  },
});

/** One of them. */
export const handoverView = view({
  name: "handover.read",
  path: "/handovers/:id",
  subject: handoverSubject,
  input: z.object({ id: z.uuid() }),
  read: async ({ db, visible }, { id }) => {
    const { rows } =
      await sql<HandoverRow>`select * from handover where id = ${id} and ${visible(handoverSubject)}`.execute(db);
    return rows[0];
  },
});

/** Those of one report. */
export const handoversOf = async ({ db, visible }: Reader, report: string): Promise<HandoverRow[]> => {
  const { rows } =
    await sql<HandoverRow>`select * from handover where report_id = ${report} and ${visible(handoverSubject)} order by offered_at limit 50`.execute(
      db,
    );
  return rows;
};

/** How many offers wait for this reader's answer. */
export async function toAnswer({ db, visible }: Reader): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from (select 1 from handover
    where ${visible(handoverSubject, { action: "handover.accept" })} and side = 'receiver' and state = 'offered' limit 100) as c`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}
