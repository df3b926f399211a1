import { z } from "zod";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { GROUND_CODES, groundsOf, measureOf } from "../law/slice.ts";
import { judgedSchema } from "./basis.ts";
import { keptUntil, onReceipt, RULES } from "./clocks.ts";
import { EMERGENCY_RULES } from "./emergency.ts";
import { clocksSchema, endClocks, startClocks } from "./messages-clocks.ts";
import { limitsOf, specialised } from "./messages-conditions.ts";
import { fileSchema, receivedItems } from "./messages-files.ts";
import { releasePreservation, suspendExecution, waitedFor } from "./messages-movement.ts";
import { clock, on } from "./messages-on.ts";
import { barWhatCame, startNotification } from "./messages-safeguards.ts";
import { WHY_MISSING } from "./missing.ts";
import { askedSchema } from "./questions.ts";
import { executedState, type RequestRow } from "./request.ts";

const words = (max: number) => z.string().max(max);
/** No answer against is without its reasons. @source CETS 185 Art. 27(7) */
const reasons = z.string().trim().min(1).max(4_000);

const seen = z.strictObject({
  office: words(300),
  person: words(300),
  remark: words(4_000).optional(),
  confirmation: z.boolean().optional(),
  doubts: judgedSchema.shape.because.optional(),
  receivedAt: z.iso.datetime(),
  clocks: clocksSchema,
});
const acknowledged = on("acknowledge", seen, async (tx, row, { receivedAt, clocks }, { at, node }) => {
  const received = Temporal.Instant.from(receivedAt);
  // The answer may come before the receipt of the wire does.
  if (row.state === "sent") await startClocks(tx, node, { id: row.id, clocks: [onReceipt(row.measure, received)] });
  await tx.updateTable("request").set({ received_at: received }).where("id", "=", row.id).execute();
  await endDeadline(tx, clock(row, RULES.acknowledge, at));
  await endDeadline(tx, clock(row, EMERGENCY_RULES.voice, at));
  if (isOpen(row))
    await startClocks(tx, node, {
      id: row.id,
      clocks: clocks.filter(({ rule }) => rule === RULES.execute || rule === RULES.confirm || rule === RULES.objection),
    });
  return {};
});
/** False once it was withdrawn or closed here: what crosses that starts no clock. */
const isOpen = ({ state }: RequestRow): boolean => state !== "withdrawn" && state !== "closed";

const asked = on("ask", askedSchema, async (tx, row, _body, { at }) => {
  await suspendExecution(tx, row.id, at);
  return {};
});
const refused = on(
  "refuse",
  z.strictObject({ ground: z.enum(GROUND_CODES), reasons }),
  async (tx, row, { ground }, { at, settle }) => {
    if (!groundsOf(measureOf(row.measure).basis).some(({ code }) => code === ground))
      throw invalid("ground", "request-ground-not");
    if (row.state === "withdrawn") settle("refused");
    await tx.updateTable("request").set({ refusal_ground: ground }).where("id", "=", row.id).execute();
    await endClocks(tx, row.id, at);
    await releasePreservation(tx, waitedFor(row), at);
    return {};
  },
);
const postponed = on("postpone", z.strictObject({ reasons, until: z.iso.date().optional() }), async () => ({}));
const missingSaid = z
  .array(z.strictObject({ line: z.int().min(1).max(50), why: z.enum(WHY_MISSING), note: words(1_000).optional() }))
  .max(50)
  .default([]);
const saveMissing = (tx: Tx, { id }: RequestRow, missing: z.output<typeof missingSaid>) =>
  tx
    .updateTable("request")
    .set({ missing: JSON.stringify(missing) })
    .where("id", "=", id)
    .execute();
const executed = on(
  "execute",
  z.strictObject({
    outcome: z.enum(["started", "partly", "done"]),
    missing: missingSaid,
    remark: words(4_000).optional(),
    clocks: clocksSchema,
  }),
  async (tx, row, { outcome, missing, clocks }, { at, settle, node, now }) => {
    settle(executedState(row.state, outcome));
    await saveMissing(tx, row, missing);
    if (outcome === "done") {
      await tx.updateTable("request").set({ executed_at: at }).where("id", "=", row.id).execute();
      await endDeadline(tx, clock(row, RULES.execute, at));
      await startNotification(tx, row, { node, now });
    }
    const told = clocks.filter(({ rule }) => rule === RULES.preservation);
    // Of what is kept without a word until when, the term of the treaty is counted here.
    const own = outcome === "done" ? keptUntil(row.measure, at, node.services.country.pack.calendar.zone) : null;
    if (row.state !== "closed")
      await startClocks(tx, node, { id: row.id, clocks: told.length > 0 || !own ? told : [own] });
    return {};
  },
);
const delivered = on(
  "deliver",
  z.strictObject({
    complete: z.boolean(),
    missing: missingSaid,
    remark: words(4_000).optional(),
    files: z.array(fileSchema).max(200),
  }),
  async (tx, row, { complete, missing }, context) => {
    if (measureOf(row.measure).yields === "preservation") throw new Refusal("conflict", "request-nothing-to-deliver");
    const { at, settle } = context;
    settle(executedState(row.state, complete ? "done" : "partly"));
    await saveMissing(tx, row, missing);
    const limits = await limitsOf(tx, row);
    const items = await receivedItems(tx, row, context);
    await tx
      .updateTable("request")
      .set({ items: [...(row.items ?? []), ...items], ...(complete ? { executed_at: at } : {}) })
      .where("id", "=", row.id)
      .execute();
    if (limits?.limits.includes("speciality") && row.case_id !== null) await specialised(tx, row.case_id, context);
    await startNotification(tx, row, context);
    await barWhatCame(tx, row, context);
    if (complete) {
      await endDeadline(tx, clock(row, RULES.execute, at));
      await releasePreservation(tx, waitedFor(row), at);
    }
    return { items };
  },
);
const lapsed = on("lapse", z.strictObject({}), async (tx, row, _body, { at }) => {
  await endClocks(tx, row.id, at);
  return {};
});

/** What whoever was asked has done. */
export const answerMessages = [acknowledged, asked, refused, postponed, executed, delivered, lapsed];
