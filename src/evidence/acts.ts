import { randomUUID } from "node:crypto";
import { z } from "zod";
import { officersOf } from "../access/slice.ts";
import { actsOn, type Context } from "../kernel/act.ts";
import type { Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { letGoBlob } from "../trust/vault-blobs.ts";
import { acquireActs, officerOf } from "./acts-acquire.ts";
import { verifyActs } from "./acts-verify.ts";
import { fields, holderOf, type ItemRow, itemSubject, LIFE } from "./item.ts";
import { updateItem } from "./acts-words.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const reason = fields.text(2_000);
const set = (tx: Tx, { node }: Context, row: ItemRow, values: Partial<ItemRow>) => updateItem(tx, node, row, values);

/** How long an opening may be read, in minutes. */
export const OPENING_MINUTES = 15;

/** Reading the bytes is an act: it says why, and gives an address that is good for this officer, for a while. */
export const open = act("open", {
  input: z.strictObject({ purpose: fields.line(500).optional() }),
  apply: async (tx, row, { purpose }, context) => {
    const { account } = officerOf(context);
    const id = randomUUID();
    await tx
      .insertInto("item_opening")
      .values({ id, item: row.id, account, expires_at: context.now.add({ minutes: OPENING_MINUTES }) })
      .execute();
    context.answer({ content: `/api/v1/items/${row.id}/content/${id}`, expires_in_minutes: OPENING_MINUTES });
    return { digest: row.digest, ...(purpose === undefined ? {} : { purpose }) };
  },
});

/** Hands the item over. It stays with the giver until the receiver has signed for it. */
export const transfer = act("transfer", {
  input: z.strictObject({
    to_office: z.uuid(),
    to_account: z.uuid().optional(),
    reason,
    condition: fields.line(500).optional(),
  }),
  apply: async (tx, row, { to_office, to_account, reason: why, condition }, context) => {
    const giver = officerOf(context);
    const office = await tx.selectFrom("office").select(["id", "name"]).where("id", "=", to_office).executeTakeFirst();
    if (!office) throw invalid("to_office", "transfer-no-office");
    const person =
      to_account === undefined
        ? undefined
        : (await officersOf(tx, { office: to_office })).find(({ id }) => id === to_account);
    if (to_account !== undefined && !person) throw invalid("to_account", "transfer-no-officer");
    if (to_account === giver.account) throw invalid("to_account", "transfer-to-self");
    await set(tx, context, row, { to_office, to_account: to_account ?? null, before: row.state });
    return {
      from_office: row.office_name,
      to_office: office.name,
      ...(person ? { to: person.name } : {}),
      reason: why,
      ...(condition === undefined ? {} : { condition }),
      digest: row.digest,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
  },
});

/** A handed-over item goes back to the state in which it was given. */
const settleBefore = (row: ItemRow, { settle }: Context): void => settle(row.before === "sealed" ? "sealed" : "kept");
const RETURNED = { to_office: null, to_account: null, before: null } as const;

function demandReceiver(row: ItemRow, context: Context) {
  const officer = officerOf(context);
  const isMeant =
    officer.office.id === row.to_office && (row.to_account === null || row.to_account === officer.account);
  if (!isMeant) throw new Refusal("not-allowed", "transfer-not-to-you", { values: { act: "item.receive" } });
  if (officer.account === row.custodian)
    throw new Refusal("not-allowed", "transfer-other-person", { values: { act: "item.receive" } });
  return officer;
}

/** Takes over what was handed over: the second signature. From now on it is the receiver's office that answers for it. */
export const receive = act("receive", {
  input: z.strictObject({ condition: fields.line(500).optional(), note: fields.text(2_000).optional() }),
  apply: async (tx, row, { condition, note }, context) => {
    const officer = demandReceiver(row, context);
    settleBefore(row, context);
    await set(tx, context, row, {
      ...RETURNED,
      office: officer.office.id,
      office_name: officer.office.name,
      custodian: officer.account,
      custodian_name: officer.name,
    });
    return {
      from_office: row.office_name,
      from: row.custodian_name,
      to_office: officer.office.name,
      digest: row.digest,
      ...(condition === undefined ? {} : { condition }),
      ...(note === undefined ? {} : { note }),
    };
  },
});

/** Does not take it over: it stays where it was. */
export const refuse = act("refuse", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, context) => {
    demandReceiver(row, context);
    settleBefore(row, context);
    await set(tx, context, row, RETURNED);
    return { reason: why, office: row.office_name };
  },
});

export const seal = act("seal", {
  input: z.strictObject({ seal_number: fields.line(60).optional(), reason }),
  apply: async (tx, row, { seal_number, reason: why }, context) => {
    await set(tx, context, row, { seal_number: seal_number ?? null });
    return { reason: why, digest: row.digest, ...(seal_number === undefined ? {} : { seal_number }) };
  },
});

export const unseal = act("unseal", {
  input: z.strictObject({ reason, authority: fields.line(300).optional() }),
  apply: async (tx, row, { reason: why, authority }, context) => {
    await set(tx, context, row, { seal_number: null });
    return {
      reason: why,
      digest: row.digest,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
      ...(authority === undefined ? {} : { authority }),
    };
  },
});

/** Nobody may dispose of it until it is released. */
export const hold = act("hold", {
  input: z.strictObject({ reason, until: z.iso.date().optional() }),
  apply: async (tx, row, { reason: why, until }, context) => {
    await set(tx, context, row, {
      held: true,
      held_reason: why,
      ...(until === undefined ? {} : { retain_until: Temporal.PlainDate.from(until) }),
    });
    return { reason: why, ...(until === undefined ? {} : { until }) };
  },
});

export const release = act("release", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, context) => {
    if (!row.held) throw new Refusal("wrong-state", "item-not-held");
    await set(tx, context, row, { held: false, held_reason: null });
    return { reason: why, held_for: row.held_reason };
  },
});

/**
 * Disposal by two people: the first proposes, another carries it out. Then the item's key is destroyed; what was recorded stays.
 *
 * @source NIST SP 800-88 §2.5
 */
export const dispose = act("dispose", {
  stepUp: true,
  input: z.strictObject({ reason, authority: fields.line(300).optional() }),
  apply: async (tx, row, { reason: why, authority }, context) => {
    const { account, name } = officerOf(context);
    if (row.held) throw new Refusal("not-allowed", "item-held", { values: { act: "item.dispose" } });
    if (
      row.retain_until &&
      Temporal.PlainDate.compare(
        context.now.toZonedDateTimeISO(context.node.config.zone).toPlainDate(),
        row.retain_until,
      ) < 0
    )
      throw new Refusal("too-late", "item-retained", { values: { day: row.retain_until.toString() } });
    const facts = { reason: why, digest: row.digest, ...(authority === undefined ? {} : { authority }) };
    if (row.state !== "disposing") {
      context.settle("disposing");
      await set(tx, context, row, { proposed_by: account, before: row.state });
      return { step: "proposed", by: name, ...facts };
    }
    if (row.proposed_by === account)
      throw new Refusal("not-allowed", "item-disposal-other-person", { values: { act: "item.dispose" } });
    await letGoBlob(tx, holderOf(row.id), context.now);
    await set(tx, context, row, { disposed_at: context.now, custodian: null, custodian_name: null, before: null });
    return { step: "destroyed", by: name, method: "cryptographic erase: the item's key was destroyed", ...facts };
  },
});

/** Takes a proposal to dispose back. */
export const keep = act("keep", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, context) => {
    settleBefore(row, context);
    await set(tx, context, row, { proposed_by: null, before: null });
    return { reason: why };
  },
});

/** A package leaves for somebody: whom and what for. `GET /items/{id}/package` performs it and gives the package. */
export const exportItem = act("export", {
  input: z.strictObject({
    purpose: fields.line(500).optional(),
    recipient: fields.line(300).optional(),
    /** How many items leave in the same package. */
    items: z.coerce.number().int().min(1).optional().meta({ control: "hidden" }),
    /** What of this one is left out of it, and why. */
    without_file: z.coerce.boolean().optional().meta({ control: "hidden" }),
    without_events: fields.line(4_000).optional().meta({ control: "hidden" }),
    reason: fields.text(2_000).optional().meta({ control: "hidden" }),
    /** For whom alone it is encrypted. */
    encrypted_to: fields.line(2_000).optional().meta({ control: "hidden" }),
  }),
  apply: async (_tx, row, told, { answer }) => {
    answer({ package: `/api/v1/items/${row.id}/package` });
    return { digest: row.digest, ...asJson(told) };
  },
});

/** The item goes to another node with an answer to its request, or to the defence of its case. */
export const disclose = act("disclose", {
  audience: "internal",
  input: z.strictObject({ to: z.string(), request: z.string().optional(), disclosure: z.string().optional() }),
  apply: async (_tx, row, facts) => ({ ...facts, digest: row.digest, bytes: row.bytes }),
});

/** Sets a record right. The event that was wrong stays; this one says what is right. */
export const correct = act("correct", {
  input: z.strictObject({ event: z.coerce.number().int().min(1), correction: fields.text(4_000) }),
  apply: async (tx, row, { event, correction }) => {
    const entry = await tx
      .selectFrom("journal")
      .select("digest")
      .where("subject_kind", "=", itemSubject.name)
      .where("subject_id", "=", row.id)
      .where("seq", "=", event)
      .executeTakeFirst();
    if (!entry) throw invalid("event", "no-such-event");
    return { event, entry: entry.digest.toString("hex"), correction };
  },
});

export const itemActs = [
  ...acquireActs,
  ...verifyActs,
  open,
  transfer,
  receive,
  refuse,
  seal,
  unseal,
  hold,
  release,
  dispose,
  keep,
  exportItem,
  disclose,
  correct,
] as const;
