import { z } from "zod";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { NOTIFICATION, requestActs } from "../requests/slice.ts";
import { WAYS } from "./notice.ts";

/** What needs no document: said in person or to counsel; or it could not be done. */
const SAID = ["in-person", "counsel", "not-possible"] as const;

async function isServed(tx: Tx, request: string, way: string): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from notice
    where request_id = ${request} and way = ${way} and state = 'served'`.execute(tx);
  return (rows[0]?.n ?? 0) > 0;
}

/** The person concerned has been told that the power was used: in writing by a notice with its proof, or as was said. @source CETS 185 Art. 15(1) */
export const inform = requestActs("inform", {
  input: z.strictObject({
    on: z.iso.date(),
    how: z.enum([...SAID, ...WAYS]),
    remark: z.string().trim().max(2_000).optional().meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { on, how, remark }, { now, actor, node }) => {
    if (row.notification === "told") throw new Refusal("conflict", "notification-done");
    if ((WAYS as readonly string[]).includes(how) && !(await isServed(tx, row.id, how)))
      throw invalid("how", "notification-no-notice");
    if (how === "not-possible" && !remark) throw invalid("remark", "notification-why-not");
    const zone = actor.kind === "officer" ? actor.office.zone : node.config.zone;
    const today = now.toZonedDateTimeISO(zone).toPlainDate();
    if (Temporal.PlainDate.compare(Temporal.PlainDate.from(on), today) > 0) throw invalid("on", "notification-ahead");
    await endDeadline(tx, { kind: "request", id: row.id, rule: NOTIFICATION, now });
    await tx.updateTable("request").set({ notification: "told", notified_at: now }).where("id", "=", row.id).execute();
    return { on, outcome: how, ...(remark ? { remark } : {}) };
  },
});
