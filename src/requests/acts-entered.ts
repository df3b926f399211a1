import { z } from "zod";
import { type Tx } from "../kernel/database.ts";
import { endDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { isCorrespondent } from "../exchange/slice.ts";
import { GROUND_CODES, groundsOf, measureOf } from "../law/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { keptUntil, RULES } from "./clocks.ts";
import { EMERGENCY_RULES } from "./emergency.ts";
import { endClocks, startClocks } from "./messages-clocks.ts";
import { startNotification } from "./messages-safeguards.ts";
import { releasePreservation, resumeAnswered, waitedFor } from "./messages-movement.ts";
import type { RequestRow, State } from "./request.ts";

/** What somebody without a node may have answered, and the state that it leads to. */
const ANSWERS = {
  received: "acknowledged",
  question: "clarification",
  accepted: "accepted",
  refused: "refused",
  postponed: "postponed",
  partly: "partly-executed",
  done: "executed",
} as const satisfies Record<string, State>;
const ANSWER_NAMES = Object.keys(ANSWERS) as [keyof typeof ANSWERS, ...(keyof typeof ANSWERS)[]];

/**
 * Types in what an authority or provider without a node has answered by e-mail, letter or telephone. It counts as that answer, and the
 * history says who typed it in and by which way it came: nobody there has signed it.
 */
export const enter = act("enter", {
  input: z.strictObject({
    outcome: z.enum(ANSWER_NAMES),
    way: z.enum(["e-mail", "post", "telephone", "in-person"]),
    person: z.string().trim().min(2).max(300),
    ground: z.enum(GROUND_CODES).optional(),
    text: z.string().trim().min(3).max(10_000).meta({ control: "textarea" }),
  }),
  apply: async (tx, row, input, { now, settle, node, ...context }) => {
    officerOf(context);
    if (!(await isCorrespondent(tx, row.peer))) throw new Refusal("conflict", "request-enter-node");
    if (input.outcome === "refused") {
      if (!input.ground) throw invalid("ground", "request-enter-ground");
      if (!groundsOf(measureOf(row.measure).basis).some(({ code }) => code === input.ground))
        throw invalid("ground", "request-ground-not");
    }
    await heard(tx, row, now);
    await moveClocks(tx, row, { answer: input.outcome, now, node });
    if (input.outcome === "refused")
      await tx
        .updateTable("request")
        .set({ refusal_ground: input.ground ?? null })
        .where("id", "=", row.id)
        .execute();
    settle(ANSWERS[input.outcome]);
    const { ground, ...said } = input;
    return { ...said, ...(ground ? { ground } : {}) };
  },
});

/** Whoever answers has it: what was on its way there has arrived. */
async function heard(tx: Tx, row: RequestRow, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable("outbox")
    .set({ delivered_at: now, problem: null })
    .where("subject_id", "=", row.id)
    .where("peer", "=", row.peer)
    .where("delivered_at", "is", null)
    .execute();
  if (row.received_at === null)
    await tx.updateTable("request").set({ received_at: now }).where("id", "=", row.id).execute();
  for (const rule of [RULES.acknowledge, EMERGENCY_RULES.voice])
    await endDeadline(tx, { kind: "request", id: row.id, rule, now });
}

async function moveClocks(
  tx: Tx,
  row: RequestRow,
  { answer, now, node }: { answer: keyof typeof ANSWERS; now: Temporal.Instant; node: Node },
): Promise<void> {
  const execution = { kind: "request", id: row.id, rule: RULES.execute, now };
  if (answer === "question") await suspendDeadline(tx, execution);
  else if (row.state === "clarification") await resumeAnswered(tx, row, now);
  if (answer === "refused") {
    await endClocks(tx, row.id, now);
    await releasePreservation(tx, waitedFor(row), now);
  }
  if (answer === "partly" || answer === "done") await startNotification(tx, row, { node, now });
  if (answer !== "done") return;
  await endDeadline(tx, execution);
  await tx.updateTable("request").set({ executed_at: now }).where("id", "=", row.id).execute();
  await releasePreservation(tx, waitedFor(row), now);
  const kept = keptUntil(row.measure, now, node.services.country.pack.calendar.zone);
  if (kept) await startClocks(tx, node, { id: row.id, clocks: [kept] });
}
