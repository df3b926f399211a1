import { z } from "zod";
import type { Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { endDeadline } from "../kernel/deadline.ts";
import { Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { itemsForDelivery, itemsLodged } from "../evidence/slice.ts";
import { measureOf } from "../law/slice.ts";
import { act, officerOf } from "./acts-draft.ts";
import { execution, RULES } from "./clocks.ts";
import { startClocks } from "./messages-clocks.ts";
import { startNotification } from "./messages-safeguards.ts";
import { recordMissing } from "./record.ts";
import type { RequestRow } from "./request.ts";
import { inForce } from "./terms.ts";

const text = (max: number) => z.string().trim().max(max).meta({ control: "textarea" });
const day = (at: Temporal.Instant, zone: string): string => at.toZonedDateTimeISO(zone).toPlainDate().toString();

/** The days between which the measure may be carried out, on the clock of the authority that asked for it. */
function mayOn({ authority, authorised_until: until }: RequestRow, now: Temporal.Instant) {
  const at = authority.authorisedAt ? Temporal.Instant.from(authority.authorisedAt) : now;
  return {
    today: day(now, authority.zone),
    authorisedOn: day(at, authority.zone),
    until: until?.toString() ?? day(now, authority.zone),
  };
}

function refuseMissing(row: RequestRow, said: Parameters<typeof recordMissing>[1], now: Temporal.Instant): void {
  const fields = recordMissing(row.measure, said, mayOn(row, now));
  if (fields.length > 0) throw new Refusal("invalid", "request-record-incomplete", { fields });
}

/** Serves the order on the person, or begins to carry it out. What the law gives that person to answer runs from here. @source CETS 185 Art. 18(1)(a) */
export const serve = act("serve", {
  input: z.strictObject({
    carriedOutOn: z.iso.date(),
    servedOn: z.string().trim().min(2).max(300),
    manner: text(2_000).min(3),
  }),
  apply: async (tx, row, { carriedOutOn, servedOn, manner }, context) => {
    const { now, node } = context;
    refuseMissing(row, { outcome: "nothing", carriedOutOn, present: servedOn, inventory: [], items: [] }, now);
    const clock = execution(row.measure, now, node.services.country.pack);
    await startClocks(tx, node, { id: row.id, clocks: clock ? [clock] : [] });
    await carriedBy(tx, row, context, false);
    return { carriedOutOn, servedOn, manner };
  },
});

/**
 * Records what the own side has carried out: who was there, what was found, to whom copies went, and the items that were lodged for it. In part,
 * in full, or that nothing was found.
 *
 * @source CETS 185 Art. 19
 */
export const record = act("record", {
  input: z.strictObject({
    outcome: z.enum(["done", "partly", "nothing"]),
    carriedOutOn: z.iso.date(),
    present: text(2_000).optional(),
    inventory: z.array(z.string().trim().min(1).max(500)).max(500).default([]),
    copies: text(2_000).optional(),
    items: z.array(z.uuid()).max(200).default([]),
    remark: text(4_000).optional(),
  }),
  apply: async (tx, row, input, context) => {
    refuseMissing(row, input, context.now);
    const items = await itemsLodged(tx, { items: input.items, request: row.id, case_id: row.case_id }, context);
    const done = input.outcome !== "partly";
    await carriedBy(tx, row, context, done);
    if (input.outcome !== "nothing") await startNotification(tx, row, context);
    await tx
      .updateTable("request")
      .set({ items: [...new Set([...(row.items ?? []), ...input.items])] })
      .where("id", "=", row.id)
      .execute();
    context.settle(done ? "executed" : "partly-executed");
    return asJson({ ...input, items });
  },
});

async function carriedBy(tx: Tx, row: RequestRow, context: Context, done: boolean): Promise<void> {
  const { account } = officerOf(context);
  await tx
    .updateTable("request")
    .set({ executed_by: account, ...(done ? { executed_at: context.now } : {}) })
    .where("id", "=", row.id)
    .execute();
  if (done) await endDeadline(tx, { kind: "request", id: row.id, rule: RULES.execute, now: context.now });
}

/** Gives what was withheld, now that its conditions are accepted, with files where there are some. @source CETS 185 Art. 26 */
export const disclose = act("disclose", {
  input: z.strictObject({ items: z.array(z.uuid()).max(200).default([]), remark: text(4_000).optional() }),
  apply: async (tx, row, { items, remark }, context) => {
    const { withheld = [] } = measureOf(row.measure);
    if (row.executed_by !== null) throw new Refusal("conflict", "request-disclosed-already");
    const files = await itemsForDelivery(
      tx,
      { items, request: row.id, peer: row.peer, conditions: inForce(row.terms).map(({ condition }) => condition) },
      context,
    );
    await carriedBy(tx, row, context, false);
    const particulars = Object.fromEntries(withheld.map((name) => [name, row.particulars[name] ?? ""]));
    const listed = files.map(({ digest, size, name, media }) => ({ digest, size, name, media }));
    context.tell({ to: row.peer, body: asJson({ particulars, files: listed, ...(remark ? { remark } : {}) }), files });
    return asJson({ files: listed, ...(remark ? { remark } : {}) });
  },
});
