import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { mailOffered, queueMail } from "../mail/slice.ts";
import { seal } from "../trust/seal.ts";
import { portalAddress } from "./address.ts";
import { confirmLetter } from "./letters.ts";
import {
  addressKey,
  addressPlace,
  ASKED_A_DAY_MAX,
  askSchema,
  CONFIRM_HOURS,
  LIFE,
  linkOf,
  type SubscriptionRow,
  subscriptionSubject,
} from "./subscription.ts";

const act = actsOn<SubscriptionRow, keyof typeof LIFE>(subscriptionSubject);

/** One at a time for one mailbox: until the end of the transaction. */
const alone = (tx: Tx, lookup: Buffer) =>
  sql`select pg_advisory_xact_lock(hashtext(${`subscription ${lookup.toString("hex")}`}))`.execute(tx);

/**
 * Asks for warnings. Whoever reads the mailbox is written to, and nothing else is sent before they confirm. The answer is the same
 * whether the address is known or not, and however often it was asked for; the mailbox is written to a few times a day at most.
 */
export const ask = creates(subscriptionSubject, "ask", {
  audience: "internal",
  state: "asked",
  input: askSchema,
  apply: async (tx, _under, { email, language, categories, districts }, { node, id, now }) => {
    if (!mailOffered(node)) throw new Refusal("unavailable", "alert-mail-not-offered");
    const lookup = addressKey(node, email);
    await alone(tx, lookup);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from subscription
      where lookup = ${lookup} and asked_at > ${now.subtract({ hours: 24 })}`.execute(tx);
    await tx
      .insertInto("subscription")
      .values({
        ...{
          id,
          state: "asked",
          lookup,
          language,
          categories: [...categories],
          districts: [...districts],
          asked_at: now,
        },
        address: seal(node.services.keys.seal, email, addressPlace(id)),
      })
      .execute();
    if ((rows[0]?.n ?? 0) < ASKED_A_DAY_MAX)
      await queueMail(tx, node, {
        kind: "subscription.confirm",
        to: email,
        letter: confirmLetter(node, language, linkTo(node, "confirm", id)),
      });
    return {};
  },
});

/** Address of the page that a link leads to. */
export const linkTo = (node: Node, purpose: "confirm" | "end", id: string): string =>
  `${portalAddress(node)}/alerts/mail/${purpose}/${linkOf(node, purpose, id)}`;

/** Whoever reads the mailbox says yes; what was wanted before under the same address is replaced. */
export const confirm = act("confirm", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { now }) => {
    if (now.since(row.asked_at).total("hours") > CONFIRM_HOURS) throw new Refusal("too-late", "subscription-too-late");
    await alone(tx, row.lookup);
    await sql`delete from subscription where lookup = ${row.lookup} and state = 'confirmed' and id <> ${row.id}`.execute(
      tx,
    );
    await tx.updateTable("subscription").set({ confirmed_at: now }).where("id", "=", row.id).execute();
    return {};
  },
});

/** Ends it, and what is still waiting to be confirmed for the same mailbox: nothing is kept of either. */
export const end = act("end", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row) => {
    await sql`delete from subscription where lookup = ${row.lookup} and (id = ${row.id} or state = 'asked')`.execute(
      tx,
    );
    return {};
  },
});

export const subscriptionActs = [ask, confirm, end] as const;

/** Forgets what nobody confirmed. No act: nothing had begun. */
export const forgetUnconfirmed: Job = {
  name: "subscription-forget",
  everySeconds: 3_600,
  run: async (node) => {
    await sql`delete from subscription where state = 'asked' and asked_at < ${node.clock().subtract({ hours: CONFIRM_HOURS })}`.execute(
      node.db,
    );
  },
};
