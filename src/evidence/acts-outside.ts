import { z } from "zod";
import { actsOn, type Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { emerge, officerOf } from "./acts-acquire.ts";
import { seenFields } from "./acts-transfer.ts";
import { updateItem } from "./acts-words.ts";
import { carrying, said } from "./custody-facts.ts";
import { saidOf, saying } from "./custody-said.ts";
import { sealAfter, seenOf } from "./custody-seen.ts";
import { fields, type ItemRow, itemSubject, LIFE, settled } from "./item.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const set = (tx: Tx, { node }: Pick<Context, "node">, row: ItemRow, values: Partial<ItemRow>) =>
  updateItem(tx, node, row, values);

/** Hands it to somebody who has no node, a laboratory: on paper. It stays this office's to answer for, and is due back. */
export const lend = act("lend", {
  stepUp: true,
  input: z.strictObject({
    recipient: fields.line(200),
    person: fields.line(200),
    address: fields.line(300).optional(),
    due: z.iso.date(),
    ...carrying("lend"),
  }),
  apply: async (tx, row, { recipient, person, address, due, ...facts }, context) => {
    const officer = officerOf(context);
    const { now } = context;
    const until = Temporal.PlainDate.from(due);
    if (Temporal.PlainDate.compare(until, now.toZonedDateTimeISO(officer.office.zone).toPlainDate()) < 0)
      throw invalid("due", "due-in-past");
    const outside = { recipient, person, ...(address === undefined ? {} : { address }) };
    await set(tx, context, row, {
      before: row.state,
      due_at: until.add({ days: 1 }).toZonedDateTime(officer.office.zone).toInstant(),
      said: saying(row, { outside, ...(facts.handling === undefined ? {} : { handling: facts.handling }) }),
    });
    return {
      ...outside,
      due,
      from: row.custodian_name,
      from_office: row.office_name,
      ...said("lend", facts, { office: officer.office, now }),
      digest: row.digest,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
  },
});

/** The other side's signature: the receipt that they signed on paper, as a file of its own. */
export const countersign = act("countersign", {
  input: z.strictObject({
    upload: z.uuid().meta({ control: "hidden" }),
    signer: fields.line(200),
    ...carrying("countersign"),
  }),
  apply: async (tx, row, { upload, signer, ...facts }, context) => {
    const { node, actor, now } = context;
    const officer = officerOf(context);
    const description = node.translations.translate(officer.locale)("items.receipt.signed-by", {
      signer,
      number: row.number,
    });
    const acquisition = { method: "handed-over", source: signer } as const;
    const made = await performIn(tx, {
      node,
      actor,
      act: emerge,
      input: { upload, description, acquisition, parent: row },
      now,
    });
    const { number, digest_after: digest } = made.done;
    return {
      signer,
      receipt: number ?? null,
      receipt_digest: digest ?? null,
      ...said("countersign", facts, { office: officer.office, now }),
    };
  },
});

/** Takes back what was outside, looked at as a receiver does. */
export const retake = act("retake", {
  stepUp: true,
  input: z.strictObject({ ...seenFields, ...carrying("retake") }),
  apply: async (tx, row, { seal_seen, digest_seen, ...facts }, context) => {
    const officer = officerOf(context);
    const { now } = context;
    const { outside } = saidOf(row);
    // The file itself never left the vault: what comes back is the thing, known by its seal.
    const seen =
      row.seal_number === null && digest_seen === undefined
        ? seal_seen === undefined
          ? {}
          : { seal_seen }
        : seenOf(row, { seal_seen, digest_seen, note: facts.note });
    context.settle(settled(row));
    await set(tx, context, row, {
      before: null,
      due_at: null,
      office: officer.office.id,
      office_name: officer.office.name,
      custodian: officer.account,
      custodian_name: officer.name,
      seal_number: sealAfter(row, seal_seen),
      said: saying(row, {
        outside: undefined,
        condition: facts.condition,
        ...(facts.storage === undefined ? {} : { storage: facts.storage }),
      }),
    });
    return {
      from: outside?.person ?? null,
      from_office: outside?.recipient ?? null,
      ...said("retake", facts, { office: officer.office, now }),
      ...seen,
    };
  },
});

/** Gives it back to whom it belongs, on a receipt. What is held is not given back. */
export const giveBack = act("return", {
  stepUp: true,
  input: z.strictObject({
    recipient: fields.line(200),
    identified_by: fields.line(200),
    ...carrying("return"),
  }),
  apply: async (tx, row, { recipient, identified_by, ...facts }, context) => {
    const officer = officerOf(context);
    if (row.held) throw new Refusal("not-allowed", "item-held", { values: { act: "item.return" } });
    await set(tx, context, row, {
      before: row.state,
      custodian: null,
      custodian_name: null,
      said: saying(row, { outside: { recipient, identified_by } }),
    });
    return {
      recipient,
      identified_by,
      ...said("return", facts, { office: officer.office, now: context.now }),
      digest: row.digest,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
  },
});

export const outsideActs = [lend, countersign, retake, giveBack] as const;
