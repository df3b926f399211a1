import { z } from "zod";
import { message } from "../kernel/act.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { DRILL_RULE, type DrillRow, drillSubject } from "./drill.ts";

const moment = z.iso.datetime();

/** A drill arrives. It becomes no request here: nothing in it could be carried out. */
const started = message({
  act: "drill.start",
  subject: drillSubject,
  body: z.strictObject({
    number: z.string().regex(/^[A-Z][A-Z0-9]{1,7}-D\d{4}-\d{4,}$/),
    text: z.string().max(1_000),
    sent_at: moment,
    due_at: moment,
  }),
  creates: true,
  attributes: () => ({ side: "receiver", state: "sent" }),
  receive: async (tx, _row: undefined, { number, text, sent_at, due_at }, { id, from, now }) => {
    const due = Temporal.Instant.from(due_at);
    await tx
      .insertInto("drill")
      .values({
        id,
        number,
        side: "receiver",
        peer: from,
        state: "sent",
        text,
        sent_at: Temporal.Instant.from(sent_at),
        due_at: due,
        received_at: now,
      })
      .execute();
    if (Temporal.Instant.compare(now, due) < 0)
      await setDeadline(tx, { kind: "drill", id, rule: DRILL_RULE, startsAt: now, dueAt: due });
    return { number };
  },
});

/** Its answer. One that comes after the time was over leaves the drill missed; its moment there is kept, so that both nodes measure alike. */
const replied = message({
  act: "drill.reply",
  subject: drillSubject,
  body: z.strictObject({ text: z.string().max(1_000), by: z.string().max(700) }),
  receive: async (tx, row: DrillRow, { by }, { at, now }) => {
    await tx.updateTable("drill").set({ answered_at: at, answered_by: by }).where("id", "=", row.id).execute();
    await endDeadline(tx, { kind: "drill", id: row.id, now });
    return { by };
  },
});

export const drillMessages = [started, replied];
