import { z } from "zod";
import { message } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { newId } from "../kernel/receive.ts";
import { CODES, contactSchema, handInWithin, officeIn, preparedFromPeer } from "../reports/slice.ts";
import { ACCEPTED_CHANNEL, CONDITIONS_MAX, type HandoverRow, handoverSubject } from "./handover.ts";

const words = (max: number) => z.string().max(max);
const by = words(600);

const offered = message({
  act: "handover.offer",
  subject: handoverSubject,
  creates: true,
  body: z.strictObject({ category: z.enum(CODES), conditions: words(CONDITIONS_MAX), by }),
  attributes: ({ category }) => ({ side: "receiver", state: "offered", category }),
  receive: async (tx, _row: undefined, { category, conditions, by: offeredBy }, { id, from, node, now }) => {
    await tx
      .insertInto("handover")
      .values({
        id,
        side: "receiver",
        peer: from,
        state: "offered",
        office: await officeIn(tx, node, category),
        category,
        conditions,
        offered_by: offeredBy,
        offered_at: now,
      })
      .execute();
    return { category };
  },
});

const accepted = message({
  act: "handover.accept",
  subject: handoverSubject,
  body: z.strictObject({ by }),
  receive: async (tx, row: HandoverRow, { by: answeredBy }, { now }) => {
    await tx
      .updateTable("handover")
      .set({ answered_by: answeredBy, answered_at: now })
      .where("id", "=", row.id)
      .execute();
    await sql`select pg_notify(${ACCEPTED_CHANNEL}, '')`.execute(tx);
    return { by: answeredBy };
  },
});

const declined = message({
  act: "handover.decline",
  subject: handoverSubject,
  body: z.strictObject({ by, reason: words(2_000) }),
  receive: async (tx, row: HandoverRow, { by: answeredBy, reason }, { now }) => {
    await tx
      .updateTable("handover")
      .set({ answered_by: answeredBy, answered_at: now, reason })
      .where("id", "=", row.id)
      .execute();
    return { reason };
  },
});

/** What was told, as it arrives. Bounds are those of the form: what nobody could have typed is not taken. */
const contentSchema = z.strictObject({
  reference: words(40),
  category: z.enum(CODES),
  description: words(20_000),
  facts: z.record(words(80), z.json()),
  language: z.string().regex(/^[a-z]{2,3}$/),
  received_at: z.iso.datetime({ offset: true }),
  observables: z
    .array(z.strictObject({ type: words(20), value: words(2_000), key: words(500), strong: z.boolean() }))
    .max(500),
  contact: contactSchema.optional(),
});

const handed = message({
  act: "handover.hand",
  subject: handoverSubject,
  body: contentSchema,
  receive: async (tx, row: HandoverRow, body, { node, now, from }) => {
    const prepared = preparedFromPeer(node, body);
    const { id, done } = await handInWithin(tx, node, {
      actor: system("handover"),
      prepared,
      key: newId(),
      sent: body.reference,
    });
    await bind(tx, row, { report: id, from, now });
    return { report: id, reference: done["reference"] ?? null, theirs: body.reference };
  },
});

/** The conditions stand on the report itself, and the office that accepted them has it. */
async function bind(
  tx: Tx,
  row: HandoverRow,
  { report, from, now }: { report: string; from: string; now: Temporal.Instant },
) {
  await tx
    .updateTable("report")
    .set({ peer: from, conditions: row.conditions, ...(row.office ? { office: row.office } : {}) })
    .where("id", "=", report)
    .execute();
  await tx.updateTable("handover").set({ report_id: report, handed_at: now }).where("id", "=", row.id).execute();
}

export const handoverMessages = [offered, accepted, declined, handed] as const;
