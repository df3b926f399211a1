import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { DELAY_GROUNDS, type Power } from "../access/slice.ts";
import { endOfDay } from "../law/slice.ts";
import { act } from "./acts-draft.ts";
import { RULES } from "./clocks.ts";
import { startClocks } from "./messages-clocks.ts";
import { lawToday } from "./law-today.ts";
import type { RequestRow } from "./request.ts";
import { powersFor } from "./safeguards.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });

/** The person concerned is told later, on a ground of the law, for a time it bounds. @source CETS 185 Art. 15(1) */
export const defer = act("defer", {
  stepUp: true,
  input: z.strictObject({ cause: z.enum(DELAY_GROUNDS), until: z.iso.date(), reasons }),
  apply: async (tx, row, { cause, until, reasons: why }, context) => {
    const { pack, day } = lawToday(context);
    const rule = notificationRule(context, row)?.delay;
    if (row.notification === "told" || row.notification === null || !rule)
      throw new Refusal("conflict", "notification-not-due");
    if (!rule.grounds.includes(cause)) throw invalid("cause", "delay-ground", { provision: rule.provision });
    const last = Temporal.PlainDate.from(until);
    const today = Temporal.PlainDate.from(day);
    if (Temporal.PlainDate.compare(last, today) <= 0) throw invalid("until", "request-until-past");
    if (Temporal.PlainDate.compare(last, today.add({ days: rule.days_max })) > 0)
      throw invalid("until", "delay-too-long", { days: rule.days_max, provision: rule.provision });
    await tx.updateTable("request").set({ notification: "delayed" }).where("id", "=", row.id).execute();
    const { zone } = pack.calendar;
    await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.notification, now: context.now });
    await startClocks(tx, context.node, {
      id: row.id,
      clocks: [
        {
          rule: RULES.notification,
          // Nobody is told before the delay ends; from then on they are to be.
          startsAt: endOfDay(last, zone),
          dueAt: endOfDay(last.add({ days: rule.then_days }), zone),
          source: rule.provision.slice(0, 100),
          zone,
        },
      ],
    });
    return { cause, until, reasons: why, provision: rule.provision };
  },
});

/** What the law says of telling the person concerned by this request; `undefined` where it says nothing. */
export function notificationRule(context: Pick<Context, "node" | "now">, row: RequestRow): Power["notification"] {
  const { pack, day } = lawToday(context);
  return powersFor(pack, row, day)
    .map(({ notification }) => notification)
    .find((each) => each !== undefined);
}
