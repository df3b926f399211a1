import { z } from "zod";
import { peerNames } from "../exchange/slice.ts";
import { message, type ReceiveContext } from "../kernel/act.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { heldBlob, shareBlob } from "../trust/vault-blobs.ts";
import { nextNumber } from "./acts-acquire.ts";
import { SIGNED_CHANNEL } from "./acts-passing.ts";
import { endOffer } from "./acts-transfer.ts";
import { insertItem, updateItem } from "./acts-words.ts";
import { CARRIES_WHAT, saidOf, saying } from "./custody-said.ts";
import { FACTS } from "./custody-facts.ts";
import { startErasure } from "./acts-limits.ts";
import { boundBy } from "./limits.ts";
import { fields, holderOf, type ItemRow, itemSubject, settled, untaken } from "./item.ts";

const words = (max: number) => z.string().max(max);
const moment = z.iso.datetime({ offset: true });
/** What an officer of the other node said, in the bounds of our own forms; what no officer could have typed is not taken. */
const toldSchema = z.strictObject({
  ...Object.fromEntries(
    Object.entries(FACTS)
      .filter(([name]) => name !== "at")
      .map(([name, schema]) => [name, schema.optional()]),
  ),
  happened_at: moment.optional(),
  seal_seen: words(60).optional(),
  seal_match: z.boolean().optional(),
  digest_seen: words(64).optional(),
  digest_match: z.boolean().optional(),
  offer: fields.digest.optional(),
}) as z.ZodType<JsonObject>;

/** Offices that take in what comes from other nodes, the first kind that there is. */
const TAKING = ["contact-point", "central-authority", "provider", "police"] as const;

export async function takingOffice(tx: Tx): Promise<{ id: string; name: string }> {
  const { rows } = await sql<{ id: string; name: string }>`select id, name from office
    where kind = any(${[...TAKING]}::text[]) order by array_position(${[...TAKING]}::text[], kind), created_at limit 1`.execute(
    tx,
  );
  if (!rows[0]) throw new Refusal("unavailable", "pass-no-office");
  return rows[0];
}
const nameOf = async (db: Database | Tx, code: string): Promise<string> => (await peerNames(db)).get(code) ?? code;

const AWAY: readonly ItemRow["state"][] = ["passed", "not-taken"];

/** The later of two days: what must be kept here, and what the giver had to. */
function laterOf(own: Temporal.PlainDate | null, theirs: string | undefined): Temporal.PlainDate | null {
  if (theirs === undefined) return own;
  const day = Temporal.PlainDate.from(theirs);
  return own && Temporal.PlainDate.compare(own, day) >= 0 ? own : day;
}

const offerSchema = z.strictObject({
  number: words(80),
  description: words(2_000),
  name: words(300),
  media: words(120),
  bytes: z.int().min(0),
  digest: fields.digest,
  acquired_at: moment,
  acquisition: z.record(words(80), z.json()).nullable(),
  derived: z.boolean(),
  sealed: z.boolean(),
  carries: z.enum(CARRIES_WHAT),
  due: moment,
  /** Until when the giver has to keep it: whoever takes it, takes that with it. */
  retain_until: z.iso.date().optional(),
  by: words(200),
  by_office: words(300),
  told: toldSchema,
  /** Conditions of a third, under which it is here and goes on. */
  bound: z
    .strictObject({ limits: z.array(words(40)).min(1).max(12), by: words(200), until: z.iso.date().nullable() })
    .optional(),
});

/** Another node offers custody: the item is known here from now on, and waits for a signature. */
const passed = message({
  act: "item.pass",
  subject: itemSubject,
  creates: "again",
  body: offerSchema,
  attributes: () => ({ held: false }),
  receive: async (tx, row: ItemRow | undefined, body, context) => {
    const { node, id, from, now, settle } = context;
    const { told, ...offered } = body;
    const office = await takingOffice(tx);
    const incoming = {
      node: from,
      nodeName: await nameOf(tx, from),
      number: body.number,
      by: body.by,
      office: body.by_office,
      carries: body.carries,
    };
    const given = {
      to_account: null,
      before: body.sealed ? "sealed" : "kept",
      due_at: Temporal.Instant.from(body.due),
      seal_number: body.sealed && typeof told["seal_number"] === "string" ? told["seal_number"] : null,
      signed_at: null,
      to_peer: null,
      peer: from,
      retain_until: laterOf(row?.retain_until ?? null, body.retain_until),
    };
    if (row) {
      // It comes back, or is offered again: while it is away, and the same thing. What is in custody here is nobody else's to offer.
      if (!AWAY.includes(row.state))
        throw new Refusal("wrong-state", "wrong-state", { values: { act: "item.pass", state: row.state } });
      if (row.digest !== body.digest || row.bytes !== body.bytes) throw new Refusal("conflict", "pass-other-item");
      settle("in-transit");
      await updateItem(tx, node, row, {
        ...given,
        to_office: row.office,
        said: saying(row, { incoming, outgoing: undefined }),
      });
    } else
      await insertItem(tx, node, {
        ...given,
        id,
        number: `${from}:${body.number}`,
        state: "in-transit",
        office: office.id,
        office_name: office.name,
        to_office: office.id,
        description: body.description,
        name: body.name,
        media: body.media,
        bytes: body.bytes,
        digest: body.digest,
        derived: body.derived,
        acquired_at: Temporal.Instant.from(body.acquired_at),
        acquisition: body.acquisition ?? {},
        peer_item: id,
        ...boundBy(body.bound && { ...body.bound, request: null }),
        said: saying(
          { said: null },
          { incoming, ...(typeof told["handling"] === "string" ? { handling: told["handling"] } : {}) },
        ),
        created_at: now,
      });
    const { acquisition: _, bound, ...facts } = offered;
    if (!row) await startErasure(tx, id, boundBy(bound && { ...bound, request: null }), { now, node });
    return {
      ...(bound ? { limits: bound.limits.join(", "), bound_by: bound.by } : {}),
      ...told,
      ...facts,
      from_node: from,
      from_node_name: incoming.nodeName,
      to_office: office.name,
    };
  },
});

const answerSchema = z.strictObject({ by: words(200), office: words(300), told: toldSchema });

/** The item that was offered to this peer. Another's, and one that was never offered, is not theirs to answer; nobody answers twice. */
function offeredTo(row: ItemRow, from: string) {
  const { outgoing } = saidOf(row);
  if (outgoing?.node !== from || row.to_peer !== from) throw new Refusal("not-found", "not-found");
  if (row.signed_at !== null) throw new Refusal("wrong-state", "transfer-signed-already");
  return outgoing;
}

/** Their officer has signed: the second signature. The file follows. */
const received = message({
  act: "item.receive",
  subject: itemSubject,
  body: answerSchema,
  receive: async (tx, row: ItemRow, { by, office, told }, { from, node, now, settle }) => {
    const outgoing = offeredTo(row, from);
    settle("in-transit");
    await updateItem(tx, node, row, {
      signed_at: now,
      said: saying(row, { outgoing: { ...outgoing, signed: { by, office } } }),
    });
    await endOffer(tx, row, now);
    await sql`select pg_notify(${SIGNED_CHANNEL}, '')`.execute(tx);
    return {
      ...told,
      by,
      by_office: office,
      from: row.custodian_name,
      from_office: row.office_name,
      to_node: from,
      to_node_name: outgoing.nodeName,
    };
  },
});

/** Their officer does not take it: it is where it was. */
const refused = message({
  act: "item.refuse",
  subject: itemSubject,
  body: answerSchema,
  receive: async (tx, row: ItemRow, { by, office, told }, { from, node, now, settle }) => {
    const outgoing = offeredTo(row, from);
    settle(settled(row));
    await endOffer(tx, row, now);
    await updateItem(tx, node, row, {
      before: null,
      due_at: null,
      to_peer: null,
      peer: outgoing.cameFrom,
      said: saying(row, { outgoing: undefined }),
    });
    return { ...told, by, by_office: office, to_node: from, to_node_name: outgoing.nodeName };
  },
});

/** What that node has offered, and only that. */
function offeredBy(row: ItemRow, from: string) {
  const { incoming } = saidOf(row);
  if (incoming?.node !== from || row.peer !== from) throw new Refusal("not-found", "not-found");
  return incoming;
}

/** They have taken their offer back, or its time is over. */
const takenBack = (verb: "withdraw" | "lapse") =>
  message({
    act: `item.${verb}`,
    subject: itemSubject,
    body: z.strictObject({}),
    receive: async (tx, row: ItemRow, _body, { from, node, now, settle, entry }) => {
      const incoming = offeredBy(row, from);
      settle(untaken(row, from));
      await endOffer(tx, row, now);
      await updateItem(tx, node, row, {
        to_office: null,
        to_account: null,
        before: null,
        due_at: null,
        signed_at: null,
      });
      return {
        ...reasonIn(entry),
        from: incoming.by,
        from_office: `${incoming.office}, ${incoming.nodeName}`,
        by: incoming.by,
        by_office: incoming.office,
      };
    },
  });
function reasonIn({ record }: ReceiveContext["entry"]): { reason?: string } {
  const { change } = record as { change?: { reason?: unknown } };
  return typeof change?.reason === "string" ? { reason: change.reason.slice(0, 2_000) } : {};
}

/** Custody passes to this node: what both have signed is here, under a number of its own. */
const handed = message({
  act: "item.hand",
  subject: itemSubject,
  body: z.strictObject({ carries: z.enum(CARRIES_WHAT) }),
  receive: async (tx, row: ItemRow, { carries }, context) => {
    const { from, node, now, files, settle } = context;
    const incoming = offeredBy(row, from);
    const { signed } = incoming;
    if (!signed) throw new Refusal("wrong-state", "pass-not-signed");
    const [file] = files;
    if (carries !== incoming.carries || (carries !== "thing" && file?.digest !== row.digest))
      throw new Refusal("conflict", "pass-other-item");
    if (file && !(await heldBlob(tx, node.services.vault, holderOf(row.id))))
      await shareBlob(tx, node.services.vault, file.blob, holderOf(row.id));
    const number = row.number.startsWith(`${from}:`) ? await nextNumber(tx, { node, now }) : row.number;
    settle(settled(row));
    await updateItem(tx, node, row, {
      number,
      to_office: null,
      to_account: null,
      before: null,
      due_at: null,
      signed_at: null,
      custodian: signed.account,
      custodian_name: signed.name,
      seal_number: signed.seal,
      said: saying(row, { incoming: undefined }),
    });
    return {
      number,
      number_there: incoming.number,
      from_node: from,
      from_node_name: incoming.nodeName,
      custodian: signed.name,
      office: row.office_name,
      carries,
      digest_before: row.digest,
      ...(file ? { digest_after: file.digest, match: file.digest === row.digest, bytes: file.size } : {}),
    };
  },
});

/** Custody that passes between two nodes: each journal holds the other's entry beside its own. */
export const itemMessages = [passed, received, refused, takenBack("withdraw"), takenBack("lapse"), handed] as const;
