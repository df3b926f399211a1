import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { actorId } from "../kernel/actor.ts";
import type { Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import {
  type DirectoryEntry,
  isSameNumber,
  keysAfter,
  readEntry,
  type SignedEntry,
  succeeds,
  telephoneNumber,
} from "../trust/directory.ts";
import { ENVELOPE_VERSION } from "../trust/envelope.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { isValidAt, type SigningKey } from "../trust/envelope-signature.ts";
import { fetchEntry } from "./fetch.ts";
import { end } from "./messages-alarm.ts";
import { incoming, peer, type PeerRow, refusedSchema } from "./peer.ts";

const act = actsOn(peer);
const number = z.string().max(200);
const storedEntry = (row: PeerRow): DirectoryEntry => (row.entry as SignedEntry).entry;

/**
 * The first person's act: takes in another node's entry, fetched from its gateway or pasted. Nothing is exchanged yet.
 *
 * @source CETS 185 Art. 25(3)
 */
export const proposePeer = creates(peer, "propose", {
  state: "proposed",
  input: z
    .object({
      address: z
        .url({ protocol: /^https?$/ })
        .max(200)
        .optional(),
      document: z.string().max(65_536).optional().meta({ control: "textarea" }),
      number: number.optional(),
    })
    .refine(({ address, document }) => address !== undefined || document !== undefined, {
      path: ["address"],
      message: "peer-source",
    }),
  apply: async (tx, _under: undefined, input, { id, actor, node, now }) => {
    const signed = await entryFrom(input);
    const { entry } = signed;
    if (entry.code === node.code) throw invalid("address", "peer-is-us", { code: entry.code });
    if (!entry.versions.includes(ENVELOPE_VERSION))
      throw invalid("address", "peer-version", { theirs: entry.versions.join(", "), ours: ENVELOPE_VERSION });
    if (!entry.keys.some((key) => isValidAt(key, now))) throw invalid("address", "peer-expired", { until: entry.to });
    const telephone = telephoneNumber(entry);
    if (input.number !== undefined && !isSameNumber(input.number, telephone)) throw invalid("number", "peer-number");
    const made = await tx
      .insertInto("peer")
      .values({
        id,
        code: entry.code,
        name: entry.name,
        kind: entry.kind,
        state: "proposed",
        entry: JSON.stringify(signed),
        keys: JSON.stringify(entry.keys),
        digits: telephone,
        proposed_by: actor.kind === "officer" ? actor.account : actorId(actor),
        proposed_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!made) throw invalid("address", "peer-known", { code: entry.code });
    return {
      code: entry.code,
      name: entry.name,
      kind: entry.kind,
      number: telephone,
      keys: entry.keys.map(({ fingerprint }) => fingerprint),
    };
  },
});

async function entryFrom({
  address,
  document,
}: {
  address?: string | undefined;
  document?: string | undefined;
}): Promise<SignedEntry> {
  const path = document === undefined ? "address" : "document";
  try {
    return document === undefined ? await fetchEntry(address ?? "") : readEntry(document);
  } catch (error) {
    if (error instanceof Malformed) throw invalid(path, "peer-entry", { what: error.message });
    throw invalid(path, "peer-unreachable");
  }
}

/** The second person's act: they heard the number from the other side by telephone, and type what they heard. */
export const confirmPeer = act("confirm", {
  input: z.object({ number: number.min(1), channel: z.string().min(1).max(200) }),
  stepUp: true,
  apply: async (tx, row, input, { actor, now }) => {
    if (!isSameNumber(input.number, row.digits)) throw invalid("number", "peer-number");
    await tx
      .updateTable("peer")
      .set({ confirmed_by: actor.kind === "officer" ? actor.account : actorId(actor), confirmed_at: now })
      .where("id", "=", row.id)
      .execute();
    return { code: row.code, number: row.digits, channel: input.channel };
  },
});

/** Ends all exchange with a peer at once: its key was lost, or the two no longer work together. */
export const revokePeer = act("revoke", {
  input: z.object({ reason: z.string().min(1).max(2_000).meta({ control: "textarea" }) }),
  apply: async (tx, row, { reason }, { now }) => {
    await tx.updateTable("peer").set({ revoked_at: now, revoked_because: reason }).where("id", "=", row.id).execute();
    return { code: row.code, reason };
  },
});

/** Takes an entry that a trusted key of the peer has signed: addresses, contact point, keys rolled over. No person is needed. */
export const renewPeer = act("renew", {
  audience: "internal",
  input: z.object({ signed: z.custom<SignedEntry>() }),
  apply: async (tx, row, { signed }, { now }) => {
    const before = storedEntry(row);
    const keys = row.keys as SigningKey[];
    if (!succeeds(signed, { ...before, keys }, now)) throw invalid("signed", "peer-renewal");
    const after = keysAfter(signed.entry, keys, now);
    await tx
      .updateTable("peer")
      .set({
        entry: JSON.stringify(signed),
        keys: JSON.stringify(after),
        name: signed.entry.name,
        digits: telephoneNumber(signed.entry),
        renewed_at: now,
      })
      .where("id", "=", row.id)
      .execute();
    return { code: row.code, gateways: [...signed.entry.gateways], keys: after.map(({ fingerprint }) => fingerprint) };
  },
});

/** Tells the sender that its act was not applied, and why. Stands in the message's own chain; the case shows no trace. */
export const rejectMessage = actsOn(incoming)("reject", {
  audience: "internal",
  input: refusedSchema.extend({ peer: z.string(), silent: z.boolean() }),
  apply: async (tx, row, { peer: from, silent, ...problem }, { now, tell }) => {
    await tx
      .updateTable("inbox")
      .set({ settled_at: now, problem: JSON.stringify(problem) })
      .where("id", "=", row.id)
      .execute();
    // A refusal of a refusal would go back and forth for ever.
    if (!silent) tell({ to: from, body: asJson(problem) });
    return asJson({ peer: from, seq: row.seq, ...problem });
  },
});

/** Somebody has seen to what was amiss. What is still amiss raises it again. */
export const settleAlarms = act("settle", {
  input: z.object({ note: z.string().min(1).max(2_000).meta({ control: "textarea" }) }),
  apply: async (tx, row, { note }, { now }) => {
    const ended = await tx
      .updateTable("exchange_alarm")
      .set({ ended_at: now })
      .where("peer", "=", row.code)
      .where("ended_at", "is", null)
      .returning("kind")
      .execute();
    return { code: row.code, note, alarms: ended.map(({ kind }) => kind) };
  },
});

/**
 * Forgets how far this node has seen the peer's ledger, so that it witnesses it anew from whatever it shows next: the peer has lost what
 * it had signed, and people on both sides have spoken about it. What was seen stays in the journal, as the proof of what was lost.
 */
export const rewitnessPeer = act("rewitness", {
  input: z.object({ reason: z.string().min(1).max(2_000).meta({ control: "textarea" }) }),
  stepUp: true,
  apply: async (tx, row, { reason }, { now }) => {
    const { origin } = storedEntry(row).ledger;
    const seen = await tx.deleteFrom("witnessed").where("origin", "=", origin).returningAll().executeTakeFirst();
    await end(tx, { peer: row.code, kinds: ["shrunk"], now });
    return { code: row.code, origin, reason, size: seen?.size ?? 0, seen: seen ? seen.note : null };
  },
});

/** Peers that people have confirmed, by code: for acts that must know whether a request can be sent there. */
export const trustedPeer = (tx: Tx, code: string) =>
  tx
    .selectFrom("peer")
    .select(["code", "name", "kind"])
    .where("code", "=", code)
    .where("state", "=", "trusted")
    .executeTakeFirst();

/** Whether a code is that of an authority or provider that runs no node and is written to by e-mail. */
export const isCorrespondent = async (tx: Tx, code: string): Promise<boolean> =>
  (await correspondentNamed(tx, code)) !== undefined;

const correspondentNamed = (tx: Tx, code: string) =>
  tx
    .selectFrom("correspondent")
    .select(["code", "name", "kind"])
    .where("code", "=", code)
    .where("state", "=", "trusted")
    .executeTakeFirst();

/** Whoever can be sent a request, by code: a node that people have confirmed, or a correspondent that they have. */
export const askablePeer = async (tx: Tx, code: string) =>
  (await trustedPeer(tx, code)) ?? (await correspondentNamed(tx, code));
