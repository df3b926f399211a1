import { randomUUID } from "node:crypto";
import { z } from "zod";
import { officersOf } from "../access/slice.ts";
import { actsOn, type Context } from "../kernel/act.ts";
import { actorId, system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { endDeadline, setDeadline } from "../kernel/deadline.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import type { OnDue } from "../kernel/slice.ts";
import { officerOf } from "./acts-acquire.ts";
import { updateItem } from "./acts-words.ts";
import { carrying, said } from "./custody-facts.ts";
import { saidOf, saying } from "./custody-said.ts";
import { DIGEST_SEEN_MIN, sealAfter, seenOf } from "./custody-seen.ts";
import { fields, type ItemRow, itemSubject, LIFE, mustStay, settled, untaken } from "./item.ts";
import { keepingOf } from "./keeping.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const set = (tx: Tx, { node }: Pick<Context, "node">, row: ItemRow, values: Partial<ItemRow>) =>
  updateItem(tx, node, row, values);

/** The clock of an offer that nobody signs for. */
export const OFFER = "item.offer";

/** Until when an offer made now may be signed for, by the country's rule. */
export const offerUntil = ({ node, now }: Pick<Context, "node" | "now">): Temporal.Instant =>
  now.add({ hours: keepingOf(node).offer_days * 24 });

/** Starts the clock after which an offer goes back. */
export const startOffer = (tx: Tx, id: string, due: Temporal.Instant, now: Temporal.Instant): Promise<void> =>
  setDeadline(tx, { kind: itemSubject.name, id, rule: OFFER, startsAt: now, dueAt: due });

/** Nothing is offered any more: the item is where it was, or with whoever took it. */
export async function endOffer(tx: Tx, row: ItemRow, now: Temporal.Instant): Promise<void> {
  await endDeadline(tx, { kind: itemSubject.name, id: row.id, rule: OFFER, now });
}

const OFFERED_NO_MORE = { to_office: null, to_account: null, before: null, due_at: null, signed_at: null } as const;

/** The first signature of a hand-over: its digest, as the second names it, and whose it is. */
async function offerOf(tx: Tx, row: ItemRow): Promise<{ readonly digest: string; readonly by: string } | undefined> {
  const found = await tx
    .selectFrom("journal")
    .select(["digest", sql<string>`record #>> '{actor,id}'`.as("by")])
    .where("subject_kind", "=", itemSubject.name)
    .where("subject_id", "=", row.id)
    .where("act", "in", ["item.transfer", "item.pass"])
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return found && { digest: found.digest.toString("hex"), by: found.by };
}

/** Hands the item over within this node: to an office, a laboratory's too, or to a person of it. It stays with the giver until the receiver has signed for it. */
export const transfer = act("transfer", {
  stepUp: true,
  input: z.strictObject({
    to_office: z.uuid(),
    to_account: z.uuid().optional(),
    ...carrying("transfer"),
    /** Set where several items go on one receipt. */
    bundle: z.uuid().optional().meta({ control: "hidden" }),
  }),
  apply: async (tx, row, { to_office, to_account, bundle = randomUUID(), ...facts }, context) => {
    const giver = officerOf(context);
    const office = await tx.selectFrom("office").select(["id", "name"]).where("id", "=", to_office).executeTakeFirst();
    if (!office) throw invalid("to_office", "transfer-no-office");
    const person =
      to_account === undefined
        ? undefined
        : (await officersOf(tx, { office: to_office })).find(({ id }) => id === to_account);
    if (to_account !== undefined && !person) throw invalid("to_account", "transfer-no-officer");
    if (to_account === giver.account) throw invalid("to_account", "transfer-to-self");
    const due = offerUntil(context);
    await set(tx, context, row, {
      to_office,
      to_account: to_account ?? null,
      before: row.state,
      due_at: due,
      bundle,
      said: saying(row, { ...(facts.handling === undefined ? {} : { handling: facts.handling }) }),
    });
    await startOffer(tx, row.id, due, context.now);
    return {
      from_office: row.office_name,
      from: row.custodian_name,
      to_office: office.name,
      ...(person ? { to: person.name } : {}),
      ...said("transfer", facts, { office: giver.office, now: context.now }),
      due: due.toString(),
      bundle,
      digest: row.digest,
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
  },
});

/** Whoever it was handed over to, and nobody who has it or gave it; with the digest of the first signature. */
async function demandReceiver(tx: Tx, row: ItemRow, context: Context) {
  const officer = officerOf(context);
  const isMeant =
    officer.office.id === row.to_office && (row.to_account === null || row.to_account === officer.account);
  if (!isMeant) throw new Refusal("not-allowed", "transfer-not-to-you", { values: { act: "item.receive" } });
  const offer = await offerOf(tx, row);
  if (officer.account === row.custodian || actorId(officer) === offer?.by)
    throw new Refusal("not-allowed", "transfer-other-person", { values: { act: "item.receive" } });
  return { officer, offered: offer === undefined ? {} : { offer: offer.digest } };
}

const digestSeen = z
  .string()
  .trim()
  .toLowerCase()
  .transform((text) => text.replaceAll(/\s+/g, ""))
  .pipe(z.string().regex(new RegExp(`^[\\da-f]{${DIGEST_SEEN_MIN},64}$`), "digest-seen-form"))
  .meta({ control: "text" });

/** What a receiver confirms to have seen. */
export const seenFields = { seal_seen: fields.line(60).optional(), digest_seen: digestSeen.optional() };

/**
 * Takes over what was handed over: the second signature. From now on it is the receiver's office that answers for it. What comes from
 * another node is in custody here once its file is.
 */
export const receive = act("receive", {
  stepUp: true,
  input: z.strictObject({ ...seenFields, ...carrying("receive") }),
  apply: async (tx, row, { seal_seen, digest_seen, ...facts }, context) => {
    const { now } = context;
    const { officer, offered } = await demandReceiver(tx, row, context);
    if (row.signed_at !== null) throw new Refusal("wrong-state", "transfer-signed-already");
    const seen = seenOf(row, { seal_seen, digest_seen, note: facts.note });
    const { incoming } = saidOf(row);
    const told = {
      ...said("receive", facts, { office: officer.office, now }),
      ...seen,
      ...offered,
    };
    const kept = {
      ...(facts.storage === undefined ? {} : { storage: facts.storage }),
      ...(facts.condition === undefined ? {} : { condition: facts.condition }),
    };
    if (incoming) {
      context.settle("in-transit");
      const signed = { account: officer.account, name: officer.name, seal: sealAfter(row, seal_seen) };
      await set(tx, context, row, {
        signed_at: now,
        said: saying(row, { ...kept, incoming: { ...incoming, signed } }),
      });
      await endOffer(tx, row, now);
      context.tell({ to: incoming.node, body: { by: officer.name, office: officer.office.name, told } });
      return {
        ...told,
        from: incoming.by,
        from_office: `${incoming.office}, ${incoming.nodeName}`,
        awaits_file: true,
        digest: row.digest,
      };
    }
    context.settle(settled(row));
    await set(tx, context, row, {
      ...OFFERED_NO_MORE,
      office: officer.office.id,
      office_name: officer.office.name,
      custodian: officer.account,
      custodian_name: officer.name,
      seal_number: sealAfter(row, seal_seen),
      said: saying(row, kept),
    });
    await endOffer(tx, row, now);
    return {
      from_office: row.office_name,
      from: row.custodian_name,
      to_office: officer.office.name,
      ...told,
      digest: row.digest,
    };
  },
});

/** Does not take it over: it stays where it was. */
export const refuse = act("refuse", {
  input: z.strictObject({ seal_seen: seenFields.seal_seen, ...carrying("refuse") }),
  apply: async (tx, row, { seal_seen, ...facts }, context) => {
    const { now } = context;
    const { officer, offered } = await demandReceiver(tx, row, context);
    if (row.signed_at !== null) throw new Refusal("wrong-state", "transfer-signed-already");
    const { incoming } = saidOf(row);
    const told = {
      ...said("refuse", facts, { office: officer.office, now }),
      ...(seal_seen === undefined ? {} : { seal_seen }),
      ...offered,
    };
    await endOffer(tx, row, now);
    if (incoming) {
      context.settle(untaken(row, incoming.node));
      await set(tx, context, row, OFFERED_NO_MORE);
      context.tell({ to: incoming.node, body: { by: officer.name, office: officer.office.name, told } });
      return { ...told, office: incoming.nodeName };
    }
    context.settle(settled(row));
    await set(tx, context, row, OFFERED_NO_MORE);
    return { ...told, office: row.office_name };
  },
});

/** The item is again as it was before it was offered; where it was offered to another node, that is told. */
async function goBack(tx: Tx, row: ItemRow, context: Context): Promise<void> {
  const { now } = context;
  const { outgoing } = saidOf(row);
  if (row.signed_at !== null && !mustStay(row)) throw new Refusal("wrong-state", "transfer-signed-already");
  context.settle(settled(row));
  await endOffer(tx, row, now);
  if (!outgoing || row.to_peer === null) {
    await set(tx, context, row, OFFERED_NO_MORE);
    return;
  }
  await set(tx, context, row, {
    ...OFFERED_NO_MORE,
    to_peer: null,
    peer: outgoing.cameFrom,
    said: saying(row, { outgoing: undefined }),
  });
  context.tell({ to: outgoing.node, body: {} });
}

/** The giver takes back what nobody has signed for yet, and what may not leave any more although it was signed for. */
export const withdraw = act("withdraw", {
  input: z.strictObject(carrying("withdraw")),
  apply: async (tx, row, facts, context) => {
    const officer = officerOf(context);
    if (saidOf(row).incoming)
      throw new Refusal("not-allowed", "transfer-not-yours", { values: { act: "item.withdraw" } });
    await goBack(tx, row, context);
    return {
      ...said("withdraw", facts, { office: officer.office, now: context.now }),
      from: row.custodian_name,
      from_office: row.office_name,
    };
  },
});

/** Nobody has signed for it in time: it goes back. */
export const lapse = act("lapse", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    await goBack(tx, row, context);
    return { from: row.custodian_name, from_office: row.office_name };
  },
});

/** The clock of an offer has run out. */
export const offerDue: OnDue = async (tx, { subject_id: id }, node, now) => {
  const row = await tx.selectFrom("item").select(["state", "signed_at"]).where("id", "=", id).executeTakeFirst();
  if (row?.state !== "in-transit" || row.signed_at !== null) return;
  await performIn(tx, { node, actor: system("clock"), act: lapse, id, input: {}, now });
};

export const transferActs = [transfer, receive, refuse, withdraw, lapse] as const;
