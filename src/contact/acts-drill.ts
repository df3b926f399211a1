import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnDue, OnReceipt } from "../kernel/slice.ts";
import { trustedPeer } from "../exchange/slice.ts";
import { DRILL_MINUTES, DRILL_RULE, type DRILL_LIFE, type DrillRow, drillSubject } from "./drill.ts";

const act = actsOn<DrillRow, keyof typeof DRILL_LIFE>(drillSubject);
const words = z.string().trim().min(3).max(1_000).meta({ control: "textarea" });

/** Sends another contact point a drill: a test that names nobody, asks for no data, and is counted apart. @source CETS 185 Art. 35 */
export const startDrill = creates(drillSubject, "start", {
  state: "sent",
  basis: ["CETS 185 Art. 35"],
  input: z.strictObject({
    to: z
      .string()
      .trim()
      .regex(/^[A-Z][A-Z0-9]{1,7}$/, "peer-code"),
    minutes: z.int().min(1).max(1_440).default(DRILL_MINUTES),
    text: words,
  }),
  attributes: ({ to }, { actor }) => ({
    side: "sender",
    peer: to,
    ...(actor.kind === "officer" ? { office: actor.office.id } : {}),
  }),
  apply: async (tx, _under: unknown, { to, minutes, text }, { id, node, now, actor, tell }) => {
    if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: "drill.start" } });
    if (!(await trustedPeer(tx, to))) throw invalid("to", "request-peer-unknown", { to });
    const { rows } = await sql<{ n: number }>`select nextval('drill_number') as n`.execute(tx);
    const { year } = now.toZonedDateTimeISO(node.config.zone);
    const number = `${node.code}-D${year}-${String(rows[0]?.n ?? 0).padStart(4, "0")}`;
    const due = now.add({ minutes });
    await tx
      .insertInto("drill")
      .values({
        id,
        number,
        side: "sender",
        peer: to,
        state: "sent",
        text,
        office: actor.office.id,
        started_by: actor.account,
        sent_at: now,
        due_at: due,
      })
      .execute();
    await setDeadline(tx, { kind: "drill", id, rule: DRILL_RULE, startsAt: now, dueAt: due });
    tell({ to, body: { number, text, sent_at: now.toString(), due_at: due.toString() } });
    return { number, to, minutes };
  },
});

/** Answers a drill: somebody is there. */
export const replyDrill = act("reply", {
  input: z.strictObject({ text: words }),
  apply: async (tx, row, { text }, { actor, now, tell }) => {
    if (actor.kind !== "officer") throw new Refusal("not-allowed", "not-permitted", { values: { act: "drill.reply" } });
    const by = `${actor.name}, ${actor.office.name}`;
    await tx.updateTable("drill").set({ answered_at: now, answered_by: by }).where("id", "=", row.id).execute();
    await endDeadline(tx, { kind: "drill", id: row.id, now });
    tell({ to: row.peer, body: { text, by } });
    return { text, minutes: Math.round(now.since(row.sent_at).total("minutes")) };
  },
});

/** Nobody answered in time: a clock's act. */
export const missDrill = act("miss", { audience: "internal", input: z.strictObject({}), apply: async () => ({}) });

/** The sender's clock decides; whoever was asked only stops counting. */
export const drillDue: OnDue = async (tx, { subject_id: id }, node, now) => {
  const row = await tx.selectFrom("drill").select(["side", "state"]).where("id", "=", id).executeTakeFirst();
  if (row?.side === "sender" && row.state === "sent")
    await performIn(tx, { node, actor: system("clock"), act: missDrill, id, input: {}, now });
};

/** The other node has it: from here on its people are measured, not the wire. */
export const drillArrived: OnReceipt = async (tx, { subjectKind, subjectId, act: name, receivedAt }) => {
  if (subjectKind === "drill" && name === startDrill.name)
    await tx.updateTable("drill").set({ received_at: receivedAt }).where("id", "=", subjectId).execute();
};

export const drillActs = [startDrill, replyDrill, missDrill];
