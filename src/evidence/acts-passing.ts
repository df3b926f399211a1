import { z } from "zod";
import { trustedPeer } from "../exchange/slice.ts";
import { actsOn, type Context } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { officerOf } from "./acts-acquire.ts";
import { offerUntil, startOffer } from "./acts-transfer.ts";
import { updateItem } from "./acts-words.ts";
import { carrying, said } from "./custody-facts.ts";
import { CARRIES_WHAT, saidOf, saying } from "./custody-said.ts";
import { holderOf, type ItemRow, itemSubject, LIFE, mustStay } from "./item.ts";

const act = actsOn<ItemRow, keyof typeof LIFE>(itemSubject);
const set = (tx: Tx, { node }: Pick<Context, "node">, row: ItemRow, values: Partial<ItemRow>) =>
  updateItem(tx, node, row, values);

/** Channel on which the worker hears that another node has signed. */
export const SIGNED_CHANNEL = "comity_signed_items";

/**
 * Offers custody to another node: the file, the thing, or both. It stays here until an officer there has signed; then it passes, and both
 * journals hold both entries.
 */
export const pass = act("pass", {
  stepUp: true,
  basis: ["CETS 185 Art. 25"],
  input: z.strictObject({
    to: z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/, "pass-no-such-node"),
    carries: z.enum(CARRIES_WHAT).default("file"),
    ...carrying("pass"),
  }),
  apply: async (tx, row, { to, carries, ...facts }, context) => {
    const { now, node } = context;
    const officer = officerOf(context);
    if (row.held) throw new Refusal("not-allowed", "item-held", { values: { act: "item.pass" } });
    const peer = await trustedPeer(tx, to);
    if (!peer) throw invalid("to", "pass-no-such-node");
    if (carries !== "thing" && !(await heldBlob(tx, node.services.vault, holderOf(row.id))))
      throw invalid("carries", "item-bytes-gone");
    const due = offerUntil(context);
    const told = {
      ...said("pass", facts, { office: officer.office, now }),
      ...(row.seal_number === null ? {} : { seal_number: row.seal_number }),
    };
    await set(tx, context, row, {
      before: row.state,
      due_at: due,
      to_peer: to,
      peer: to,
      signed_at: null,
      said: saying(row, {
        outgoing: { node: to, nodeName: peer.name, carries, cameFrom: row.peer },
        incoming: undefined,
      }),
    });
    await startOffer(tx, row.id, due, now);
    context.tell({
      to,
      body: asJson({
        number: row.number,
        description: row.description,
        name: row.name,
        media: row.media,
        bytes: row.bytes,
        digest: row.digest,
        acquired_at: row.acquired_at,
        acquisition: row.acquisition,
        derived: row.derived,
        sealed: row.state === "sealed",
        carries,
        due,
        ...(row.limits === null
          ? {}
          : { bound: { limits: row.limits, by: row.bound_by ?? "", until: row.bound_until?.toString() ?? null } }),
        ...(row.retain_until ? { retain_until: row.retain_until } : {}),
        by: officer.name,
        by_office: officer.office.name,
        told,
      }),
    });
    return {
      to_node: to,
      to_node_name: peer.name,
      carries,
      from: row.custodian_name,
      from_office: row.office_name,
      ...told,
      due: due.toString(),
      digest: row.digest,
    };
  },
});

/** Both have signed: custody passes. The file goes with this message, where the file was offered. */
const hand = act("hand", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const { outgoing } = saidOf(row);
    if (!outgoing?.signed || row.signed_at === null)
      throw new Refusal("wrong-state", "wrong-state", { values: { act: "item.hand", state: row.state } });
    if (mustStay(row)) throw new Refusal("not-allowed", row.held ? "item-held" : "item-locked");
    const file = { digest: row.digest, size: row.bytes, name: row.name, media: row.media, item: row.id };
    context.tell({
      to: outgoing.node,
      body: { carries: outgoing.carries },
      ...(outgoing.carries === "thing" ? {} : { files: [file] }),
    });
    await set(tx, context, row, {
      custodian: null,
      custodian_name: null,
      due_at: null,
      signed_at: null,
      seal_number: null,
    });
    const { by, office } = outgoing.signed;
    return {
      to_node: outgoing.node,
      to_node_name: outgoing.nodeName,
      signed_by: `${by}, ${office}`,
      signer: by,
      carries: outgoing.carries,
      digest: row.digest,
    };
  },
});

/**
 * Hands over what another node has signed for: found in rows, so that nothing signed is forgotten. What has been held or locked since it
 * was offered waits until that ends, or is taken back.
 */
export const handSigned: Job = {
  name: "item-passing",
  everySeconds: 30,
  wokenBy: [SIGNED_CHANNEL],
  run: async (node) => {
    const { rows } = await sql<{
      id: string;
    }>`select id from item where state = 'in-transit' and to_peer is not null and signed_at is not null
      and not held and viewing_office is null order by signed_at limit 100`.execute(node.db);
    for (const { id } of rows)
      await perform({ node, actor: system("custody"), act: hand, id, input: {} }).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        node.log.warn(
          { item: id, refusal: error.key },
          "an item that another node has signed for can't be handed over",
        );
      });
  },
};

export const passingActs = [pass, hand] as const;
