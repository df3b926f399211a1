import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { actorId } from "../kernel/actor.ts";
import { momentAt, stamp } from "../kernel/clock.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { invalid } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import {
  type DirectoryEntry,
  isSameNumber,
  keysAfter,
  keysOf,
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
    const telephone = telephoneNumber(signed);
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
        keys: JSON.stringify(keysOf(signed)),
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
      keys: keysOf(signed).map(({ fingerprint }) => fingerprint),
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
    const after = keysAfter(signed, keys, now);
    await tx
      .updateTable("peer")
      .set({
        entry: JSON.stringify(signed),
        keys: JSON.stringify(after),
        name: signed.entry.name,
        digits: telephoneNumber(signed),
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

const carrier = z.string().trim().min(1).max(200).meta({ control: "text" });

/** Gives everything that waits for a peer to a courier, beside the line, which goes on trying. The message's own page says when and by whom. */
export const carryToPeer = act("carry", {
  input: z.object({ carrier }),
  apply: async (tx, row, { carrier: who }, { now }) => {
    const { rows } = await sql<{ seq: number }>`update outbox set courier_at = ${now}, courier = ${who}
      where peer = ${row.code} and delivered_at is null returning seq`.execute(tx);
    const seqs = rows.map(({ seq }) => seq);
    return {
      code: row.code,
      carrier: who,
      messages: seqs.length,
      ...(seqs.length > 0 ? { from: Math.min(...seqs), to: Math.max(...seqs) } : {}),
    };
  },
});

/** Takes what a courier brought from a peer. What is in it counts by its own signatures, whoever brings it. */
export const bringFromPeer = act("bring", {
  audience: "internal",
  input: z.object({ carrier: z.string().max(200), made: z.iso.datetime() }),
  apply: async (_tx, row, { carrier: who, made }) => ({ code: row.code, carrier: who, made }),
});

/**
 * No longer believes a key of the peer from a moment on: it was stolen or lost. Nothing more is taken under it; what it signed since then is
 * marked wherever it is shown. Where no other key is left, nothing comes through until two people bind the peer anew.
 */
export const distrustKey = act("distrust", {
  input: z.object({
    key: z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[\da-f]{8,64}$/, "peer-key-form"),
    from: z.iso.datetime({ local: true, offset: true }).meta({ control: "datetime" }),
    reason: z.string().min(1).max(2_000).meta({ control: "textarea" }),
  }),
  stepUp: true,
  apply: async (tx, row, { key: named, from, reason }, { now, node }) => {
    const keys = row.keys as SigningKey[];
    const meant = keys.filter(({ fingerprint }) => fingerprint.startsWith(named));
    const [found] = meant;
    if (!found || meant.length > 1) throw invalid("key", "peer-key-unknown");
    const at = momentOf(from, node.config.zone);
    if (at === undefined || Temporal.Instant.compare(at, now) > 0) throw invalid("from", "peer-key-future");
    const earlier = found.distrusted === undefined ? at : earliest(at, Temporal.Instant.from(found.distrusted));
    const after = keys.map((each) => (each === found ? { ...each, distrusted: stamp(earlier) } : each));
    await tx
      .updateTable("peer")
      .set({ keys: JSON.stringify(after) })
      .where("id", "=", row.id)
      .execute();
    const { rows } = await sql<{ seq: number }>`select seq from inbox
      where peer = ${row.code} and kid = ${found.fingerprint} and sent_at >= ${earlier} order by seq`.execute(tx);
    return {
      code: row.code,
      key: found.fingerprint,
      from: stamp(earlier),
      reason,
      messages: rows.map(({ seq }) => seq),
    };
  },
});
const earliest = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) <= 0 ? a : b;
/** A moment with its offset, or an hour on the clock of this node's zone. */
const momentOf = (text: string, zone: string): Temporal.Instant | undefined =>
  /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Temporal.Instant.from(text) : momentAt(text, zone);

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
export const isCorrespondent = async (tx: Database | Tx, code: string): Promise<boolean> =>
  (await correspondentNamed(tx, code)) !== undefined;

const correspondentNamed = (tx: Database | Tx, code: string) =>
  tx
    .selectFrom("correspondent")
    .select(["code", "name", "kind"])
    .where("code", "=", code)
    .where("state", "=", "trusted")
    .executeTakeFirst();

/** Whoever can be sent a request, by code: a node that people have confirmed, or a correspondent that they have. */
export const askablePeer = async (tx: Tx, code: string) =>
  (await trustedPeer(tx, code)) ?? (await correspondentNamed(tx, code));
