import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { DELAY_GROUNDS } from "../access/slice.ts";
import { endOfDay } from "../law/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { RULES } from "./clocks.ts";
import { startClocks } from "./messages-clocks.ts";
import { lawToday } from "./law-today.ts";
import type { RequestRow } from "./request.ts";
import { powersFor } from "./safeguards.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });

/** The person concerned has been told that the power was used. @source CETS 185 Art. 15(1) */
export const inform = act("inform", {
  input: z.strictObject({
    on: z.iso.date(),
    how: z.enum(["letter", "in-person", "counsel", "electronic", "not-possible"]),
    remark: z.string().trim().max(2_000).optional().meta({ control: "textarea" }),
  }),
  apply: async (tx, row, { on, how, remark }, context) => {
    const { now } = context;
    if (row.notification === "told") throw new Refusal("conflict", "notification-done");
    if (how === "not-possible" && !remark) throw invalid("remark", "notification-why-not");
    const today = now.toZonedDateTimeISO(officerOf(context).office.zone).toPlainDate();
    if (Temporal.PlainDate.compare(Temporal.PlainDate.from(on), today) > 0) throw invalid("on", "notification-ahead");
    await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.notification, now });
    await tx.updateTable("request").set({ notification: "told", notified_at: now }).where("id", "=", row.id).execute();
    return { on, outcome: how, ...(remark ? { remark } : {}) };
  },
});

/** The person concerned is told later, on a ground of the law, for a time it bounds. @source CETS 185 Art. 15(1) */
export const defer = act("defer", {
  stepUp: true,
  input: z.strictObject({ cause: z.enum(DELAY_GROUNDS), until: z.iso.date(), reasons }),
  apply: async (tx, row, { cause, until, reasons: why }, context) => {
    const { pack, day } = lawToday(context);
    const rule = delayRule(context, row, day);
    if (row.notification === "told" || row.notification === null || !rule)
      throw new Refusal("conflict", "notification-not-due");
    if (!rule.grounds.includes(cause)) throw invalid("cause", "delay-ground", { provision: rule.provision });
    const last = Temporal.PlainDate.from(until);
    const today = Temporal.PlainDate.from(day);
    if (Temporal.PlainDate.compare(last, today) <= 0) throw invalid("until", "request-until-past");
    if (Temporal.PlainDate.compare(last, today.add({ days: rule.days_max })) > 0)
      throw invalid("until", "delay-too-long", { days: rule.days_max, provision: rule.provision });
    await tx.updateTable("request").set({ notification: "delayed" }).where("id", "=", row.id).execute();
    await startClocks(tx, context.node, {
      id: row.id,
      clocks: [
        {
          rule: RULES.notification,
          startsAt: context.now,
          dueAt: endOfDay(last, pack.calendar.zone),
          source: rule.provision.slice(0, 100),
          zone: pack.calendar.zone,
        },
      ],
    });
    return { cause, until, reasons: why, provision: rule.provision };
  },
});

const delayRule = (context: Context, row: RequestRow, day: string) =>
  powersFor(context.node.services.country.pack, row, day)
    .map(({ notification }) => notification?.delay)
    .find((each) => each !== undefined);
