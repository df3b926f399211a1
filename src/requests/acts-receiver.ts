import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { conditionsSchema, GROUND_CODES, measureOf } from "../law/slice.ts";
import { itemsForDelivery } from "../evidence/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { basisHere } from "./basis-here.ts";
import { proposeTerms } from "./acts-conditions.ts";
import {
  type Clock,
  confirmation,
  execution,
  executionByInstrument,
  executionByTreaty,
  keptUntil,
  objection,
  RULES,
} from "./clocks.ts";
import { clocksOut, endClocks, startClocks } from "./messages-clocks.ts";
import { releasePreservation, suspendExecution, waitedFor } from "./messages-movement.ts";
import { demandMissing, type Missing, missingSchema } from "./missing.ts";
import { askSchema } from "./questions.ts";
import { demandToCome } from "./law-today.ts";
import { groundsHere } from "./refusal.ts";
import { inForce } from "./terms.ts";
import { executedState, type RequestRow } from "./request.ts";
import { historyOf } from "./views-history.ts";

const reasons = z.string().trim().min(10).max(4_000).meta({ control: "textarea" });
const remark = z.string().trim().max(4_000).optional().meta({ control: "textarea" });

/** Says that it has been seen, by whom, by when the law here wants it carried out, and whether it must be confirmed formally. @source CETS 185 Art. 25(3) */
export const acknowledge = act("acknowledge", {
  input: z.strictObject({ remark, confirmation: z.boolean().default(false) }),
  apply: async (tx, row, input, { tell, now, ...context }) => {
    const officer = officerOf(context);
    await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.acknowledge, now });
    const receivedAt = row.received_at ?? now;
    const { pack } = context.node.services.country;
    const own = execution(row.measure, receivedAt, pack);
    const clock =
      (row.urgency === "emergency" || !own ? executionByInstrument(row, receivedAt, pack.calendar) : null) ??
      own ??
      byTreaty(row, { receivedAt, node: context.node, now });
    const objecting = objection(row, receivedAt, pack.calendar);
    const clocks = [
      ...(clock ? [clock] : []),
      ...(objecting ? [objecting] : []),
      ...(input.confirmation ? [confirmation(now, pack.watch.confirmation, pack.calendar)] : []),
    ].map((each) => ({ ...each, place: officer.office.zone }));
    await startClocks(tx, context.node, { id: row.id, clocks });
    const body = {
      office: officer.office.name,
      person: officer.name,
      ...(input.remark ? { remark: input.remark } : {}),
      ...(input.confirmation ? { confirmation: true } : {}),
      ...(row.basis_here && !row.basis_here.agrees ? { doubts: row.basis_here.because } : {}),
      receivedAt: receivedAt.toString(),
      clocks: clocksOut(clocks),
    };
    tell({ to: row.peer, body });
    return body;
  },
});

function byTreaty(
  row: RequestRow,
  { receivedAt, ...at }: { receivedAt: Temporal.Instant } & Pick<Context, "node" | "now">,
) {
  const basis = basisHere(row, at);
  if (!basis?.needs) return null;
  const { answer } = basis.needs;
  return executionByTreaty({ answer, provision: basis.provision }, receivedAt, at.node.services.country.pack.calendar);
}

/** Asks the sender to clear something up. The clock for carrying it out stands still until they answer. */
export const ask = act("ask", {
  input: askSchema,
  apply: async (tx, row, { about, text }, { tell, now }) => {
    await suspendExecution(tx, row.id, now);
    tell({ to: row.peer, body: { about, text } });
    return { about, text };
  },
});

/** Takes it on, with conditions on the use of what will be given, where the law lets it set some. @source CETS 185 Art. 27(6) */
export const accept = act("accept", {
  basis: ["CETS 185 Art. 25(1)"],
  input: z.strictObject({ conditions: conditionsSchema }),
  apply: async (tx, row, { conditions }, context) => {
    const body = conditions.length > 0 ? await proposeTerms(tx, row, conditions, context) : {};
    context.tell({ to: row.peer, body });
    return body;
  },
});

/** Declines, on a ground of the closed list, always with reasons. @source CETS 185 Art. 27(7) */
export const refuse = act("refuse", {
  input: z.strictObject({ ground: z.enum(GROUND_CODES), reasons }),
  apply: async (tx, row, { ground, reasons: why }, { tell, now, node }) => {
    if (!groundsHere(row, { node, now }).some(({ code }) => code === ground))
      throw invalid("ground", "request-ground-not");
    if (ground === "incomplete" && (await historyOf(tx, node, row, "request.ask")).length === 0)
      throw invalid("ground", "request-incomplete-unasked");
    await tx.updateTable("request").set({ refusal_ground: ground }).where("id", "=", row.id).execute();
    await endClocks(tx, row.id, now);
    await releasePreservation(tx, waitedFor(row), now);
    tell({ to: row.peer, body: { ground, reasons: why } });
    return { ground, reasons: why };
  },
});

/** Puts it off, because acting now would harm one's own proceedings. @source CETS 185 Art. 27(5) */
export const postpone = act("postpone", {
  input: z.strictObject({ reasons, until: z.iso.date().optional() }),
  apply: async (_tx, row, { reasons: why, until }, { tell, ...context }) => {
    if (until !== undefined) demandToCome(context, until, "until");
    const body = { reasons: why, ...(until ? { until } : {}) };
    tell({ to: row.peer, body });
    return body;
  },
});

/**
 * Says that it is being carried out, is partly, or is carried out. A preservation that is done starts the clock until which the data is kept;
 * a production is done by delivering, so `done` is refused for it.
 */
export const execute = act("execute", {
  input: z.strictObject({ outcome: z.enum(["started", "partly", "done"]), missing: missingSchema, remark }),
  apply: async (tx, row, input, context) => {
    const { outcome } = input;
    if (measureOf(row.measure).yields === "data" && outcome !== "started")
      throw new Refusal("invalid", "request-deliver-instead", {
        fields: [{ path: "outcome", key: "request-deliver-instead" }],
      });
    const { withheld = [] } = measureOf(row.measure);
    if (withheld.some((name) => row.particulars[name] === undefined))
      throw new Refusal("conflict", "request-awaits-disclosure");
    if (row.parent_id !== null) throw new Refusal("conflict", "request-carry-own");
    const officer = officerOf(context);
    const missing = demandMissing(row.data, input.missing, { isWhole: outcome !== "partly", remark: input.remark });
    const kept =
      outcome === "done" ? keptUntil(row.measure, context.now, context.node.services.country.pack.calendar.zone) : null;
    const clocks: Clock[] = kept ? [{ ...kept, place: officer.office.zone }] : [];
    await carriedOut(tx, row, { done: outcome === "done", missing, account: officer.account, now: context.now });
    await startClocks(tx, context.node, { id: row.id, clocks });
    context.settle(executedState(row.state, outcome));
    const body = asJson({
      outcome,
      missing,
      ...(input.remark ? { remark: input.remark } : {}),
      clocks: clocksOut(clocks),
    });
    context.tell({ to: row.peer, body });
    return body;
  },
});

async function carriedOut(
  tx: Tx,
  row: RequestRow,
  {
    done,
    missing,
    account,
    now,
  }: { done: boolean; missing: readonly Missing[]; account: string; now: Temporal.Instant },
): Promise<void> {
  await tx
    .updateTable("request")
    .set({ executed_by: account, missing: JSON.stringify(missing), ...(done ? { executed_at: now } : {}) })
    .where("id", "=", row.id)
    .execute();
  if (done) await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.execute, now });
}

/** Hands over items: their files follow the message, are checked against their digests there, and become items with both sides' digests. */
export const deliver = act("deliver", {
  input: z.strictObject({
    items: z.array(z.uuid()).min(1).max(200),
    complete: z.boolean().default(true),
    missing: missingSchema,
    remark,
  }),
  apply: async (tx, row, { items, complete, missing: lines, remark: words }, context) => {
    if (measureOf(row.measure).yields === "preservation") throw new Refusal("conflict", "request-nothing-to-deliver");
    const officer = officerOf(context);
    const missing = demandMissing(row.data, lines, { isWhole: complete, remark: words });
    const conditions = inForce(row.terms).map(({ condition }) => condition);
    const files = await itemsForDelivery(tx, { items, request: row.id, peer: row.peer, conditions }, context);
    await carriedOut(tx, row, { done: complete, missing, account: officer.account, now: context.now });
    if (complete) await releasePreservation(tx, waitedFor(row), context.now);
    context.settle(complete ? "executed" : "partly-executed");
    const listed = files.map(({ digest, size, name, media }) => ({ digest, size, name, media }));
    const body = asJson({ complete, files: listed, missing, ...(words ? { remark: words } : {}) });
    context.tell({ to: row.peer, body, files });
    return body;
  },
});

/** The time for which data was kept has run out: a clock's act. @source CETS 185 Art. 29(7) */
export const lapse = act("lapse", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { tell, now }) => {
    await endClocks(tx, row.id, now);
    tell({ to: row.peer, body: {} });
    return {};
  },
});
