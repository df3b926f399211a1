import { type Tx, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { newId } from "../kernel/receive.ts";
import type { Job } from "../kernel/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { addressSchema, type Letter, markupOf, oneLine, textOf } from "./letter.ts";
import { type Attachment, mailSettings, type Message, openSender, type Outcome, type Sender } from "./sending.ts";

/** Channel on which the worker hears that a message waits. */
const MAIL_CHANNEL = "comity_mail";
const AT_ONCE = 100;
const HANDS = 4;
const MINUTE_MS = 60_000;
const WAIT_MINUTES_MAX = 240;
/** Days after which a message that no server took is given up, and counted. @source RFC 5321 §4.5.4.1 */
export const GIVEN_UP_DAYS = 4;

const placeOf = (id: string): string => `mail:${id}`;

/** Whether this node sends e-mail at all; where it does not, pages say so rather than take an address. */
export const mailOffered = ({ config }: Pick<Node, "config">): boolean => mailSettings(config) !== undefined;

/** A message to one person. */
export interface Queued {
  /** What kind of message it is, `alert.published`: for figures. */
  readonly kind: string;
  readonly to: string;
  readonly letter: Letter;
  /** The thing that it is about. Leave it out where the mere fact that somebody was written to about it tells something. */
  readonly about?: { readonly kind: string; readonly id: string };
  /** One message for one key, however often it is queued. */
  readonly once?: string;
  /** Address that ends the subscription by one POST. */
  readonly unsubscribe?: string;
  /** Only for a message to an authority or institution that acts on it, or to a registered mailbox: never to any other address of the public. */
  readonly attachments?: readonly Attachment[];
  /** Asks mail servers to say what became of it, and the reader's program to say that it was shown. */
  readonly receipts?: boolean;
}

/**
 * Queues a message in the transaction of the act that has it sent: it goes out if that commits, and at least once. Gives false where
 * the node sends no e-mail, the address is none, or the message was queued before.
 *
 * A mailbox is read by others: what concerns a report says that there is news and where to read it, never what it is about.
 */
export async function queueMail(
  tx: Tx,
  node: Node,
  { kind, to, letter, about, once, unsubscribe, attachments, receipts }: Queued,
): Promise<boolean> {
  if (!mailOffered(node) || !addressSchema.safeParse(to).success) return false;
  const id = newId();
  const now = node.clock();
  const message: Message = {
    to,
    subject: oneLine(letter.subject),
    text: textOf(letter),
    html: markupOf(letter),
    ...(unsubscribe === undefined ? {} : { unsubscribe }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(receipts ? { receipts } : {}),
  };
  const queued = await tx
    .insertInto("mail")
    .values({
      id,
      kind,
      subject_kind: about?.kind ?? null,
      subject_id: about?.id ?? null,
      once: once ?? null,
      sealed: seal(node.services.keys.seal, JSON.stringify(message), placeOf(id)),
      at: now,
      next_at: now,
    })
    .onConflict((conflict) => conflict.column("once").doNothing())
    .returning("id")
    .executeTakeFirst();
  await sql`select pg_notify(${MAIL_CHANNEL}, '')`.execute(tx);
  return queued !== undefined;
}

interface Due {
  readonly id: string;
  readonly sealed: Buffer;
  readonly at: Temporal.Instant;
  readonly tries: number;
}

/** Hands over everything that is due, a few at a time. A server that is away is left alone until the next turn. */
export async function sendDue(node: Node, sender: Sender): Promise<void> {
  for (;;) {
    const { rows } = await sql<Due>`select id, sealed, at, tries from mail
      where sent_at is null and failed_at is null and sealed is not null and next_at <= ${node.clock()}
      order by next_at limit ${sql.lit(AT_ONCE)}`.execute(node.db);
    const waiting = [...rows];
    let isAway = false;
    const hand = async (): Promise<void> => {
      for (let row = waiting.shift(); row && !isAway; row = waiting.shift()) {
        const message = JSON.parse(unseal(node.services.keys.seal, row.sealed, placeOf(row.id)).toString()) as Message;
        const outcome = await sender.send(row.id, message);
        await note(node, row, outcome);
        if (outcome.outcome === "later" && outcome.away) isAway = true;
      }
    };
    await Promise.all(Array.from({ length: HANDS }, hand));
    if (isAway || rows.length < AT_ONCE) return;
  }
}

/** Writes down what came of a message. Once it has gone, or never will, nobody's address is kept with it. */
async function note(node: Node, { id, at, tries }: Due, outcome: Outcome): Promise<void> {
  const now = node.clock();
  if (outcome.outcome === "sent") {
    await sql`update mail set sent_at = ${now}, tries = tries + 1, sealed = null, reason = null where id = ${id}`.execute(
      node.db,
    );
    return;
  }
  const { reason } = outcome;
  const isOver = outcome.outcome === "refused" || now.since(at).total("hours") >= GIVEN_UP_DAYS * 24;
  if (isOver)
    await sql`update mail set failed_at = ${now}, tries = tries + 1, sealed = null, reason = ${reason} where id = ${id}`.execute(
      node.db,
    );
  else {
    const minutes = Math.min(2 ** tries, WAIT_MINUTES_MAX);
    await sql`update mail set tries = tries + 1, reason = ${reason}, next_at = ${now.add({ milliseconds: minutes * MINUTE_MS })} where id = ${id}`.execute(
      node.db,
    );
  }
}

/** Sends what waits. */
export const sendMail: Job = {
  name: "mail-send",
  everySeconds: 30,
  wokenBy: [MAIL_CHANNEL],
  run: async (node) => {
    const settings = mailSettings(node.config);
    if (!settings) return;
    const sender = openSender(settings);
    try {
      await sendDue(node, sender);
    } finally {
      sender.close();
    }
  },
};
