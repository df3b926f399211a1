import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import { type Tx, isDuplicate, sql } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { newId } from "../kernel/receive.ts";
import {
  agreementShape,
  type ClientRow,
  clientSubject,
  KEY_DAYS_MAX,
  type KeyRow,
  keySubject,
  OVERLAP_DAYS_MAX,
} from "./client.ts";
import { keyDigest, keySecret } from "./key.ts";

const act = actsOn(clientSubject);
const onKey = actsOn<KeyRow>(keySubject);
const name = z.string().trim().min(1).max(120);
const reason = z.string().trim().min(3).max(500).meta({ control: "textarea" });

/** Registers a machine. It has no key yet, so it can do nothing. */
export const registerClient = creates(clientSubject, "register", {
  state: "active",
  stepUp: true,
  input: z.strictObject({ name, ...agreementShape }),
  apply: async (tx, _under: undefined, input, { id, now }) => {
    await unlessTaken(() =>
      tx
        .insertInto("client")
        .values({ id, state: "active", created_at: now, ...input, contact_voice: input.contact_voice ?? null })
        .execute(),
    );
    const { contact_name: _, contact_email: __, contact_voice: ___, ...agreed } = input;
    return agreed;
  },
});

async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicate(error)) throw invalid("name", "client-name-taken");
    throw error;
  }
}

/** Changes what was agreed. Quotas hold from the next report on. */
export const amendClient = act("amend", {
  stepUp: true,
  input: z.strictObject(agreementShape),
  apply: async (tx, row, input) => {
    await tx
      .updateTable("client")
      .set({ ...input, contact_voice: input.contact_voice ?? null })
      .where("id", "=", row.id)
      .execute();
    const { contact_name: _, contact_email: __, contact_voice: ___, ...agreed } = input;
    return agreed;
  },
});

/** Refuses everything that the machine sends, at once; its keys stay. */
export const suspendClient = act("suspend", {
  input: z.strictObject({ reason }),
  apply: async (_tx, _row, { reason: why }) => ({ reason: why }),
});
export const resumeClient = act("resume", {
  stepUp: true,
  input: z.strictObject({ reason }),
  apply: async (_tx, _row, { reason: why }) => ({ reason: why }),
});
/** Ends the client with its keys and addresses. What it reported stays. */
export const closeClient = act("close", {
  stepUp: true,
  input: z.strictObject({ reason }),
  apply: async (tx, { id }, { reason: why }, { now }) => {
    await sql`update client_key set ended_at = ${now} where client_id = ${id} and ended_at is null`.execute(tx);
    await sql`update endpoint set state = 'closed' where client_id = ${id}`.execute(tx);
    return { reason: why };
  },
});

interface Making {
  readonly id: string;
  readonly client: string;
  readonly name: string;
  readonly expires: Temporal.Instant;
  readonly now: Temporal.Instant;
}

async function makeKey(tx: Tx, node: Node, { id, client, name: called, expires, now }: Making): Promise<string> {
  const secret = keySecret(node, id);
  await tx
    .insertInto("client_key")
    .values({
      id,
      client_id: client,
      name: called,
      digest: keyDigest(node, secret),
      created_at: now,
      expires_at: expires,
    })
    .execute();
  return secret;
}

const days = z.coerce.number().int().min(1).max(KEY_DAYS_MAX).default(365);

/** Makes a key. It is in the answer, and on its page while it is new; nowhere else. */
export const issueKey = creates(keySubject, "issue", {
  under: clientSubject,
  stepUp: true,
  input: z.strictObject({ name, days }),
  attributes: (_input, { under }: { under: ClientRow }) => ({ client_id: under.id }),
  apply: async (tx, client: ClientRow, input, { id, now, node, answer }) => {
    if (client.state === "closed") throw new Refusal("wrong-state", "client-closed");
    const expires = now.add({ hours: input.days * 24 });
    answer({ secret: await makeKey(tx, node, { id, client: client.id, name: input.name, expires, now }) });
    return { client: client.id, name: input.name, expires: expires.toString() };
  },
});

/** Puts a new key in the place of this one, which stays good for the days of the overlap: time to put the new one in everywhere. */
export const rotateKey = onKey("rotate", {
  stepUp: true,
  input: z.strictObject({ overlap_days: z.coerce.number().int().min(0).max(OVERLAP_DAYS_MAX).default(7), days }),
  apply: async (tx, row, { overlap_days: overlap, days: lasts }, { node, now, answer }) => {
    if (row.successor) throw new Refusal("conflict", "client-key-rotated");
    demandGood(row, now);
    const id = newId();
    const expires = now.add({ hours: lasts * 24 });
    const secret = await makeKey(tx, node, { id, client: row.client_id, name: row.name, expires, now });
    const chosen = now.add({ hours: overlap * 24 });
    const until = Temporal.Instant.compare(chosen, row.expires_at) < 0 ? chosen : row.expires_at;
    await tx.updateTable("client_key").set({ successor: id, expires_at: until }).where("id", "=", row.id).execute();
    answer({ secret });
    return { key: id, until: until.toString(), expires: expires.toString() };
  },
});

/** Ends a key at once: it was lost, or found where it should not be. */
export const revokeKey = onKey("revoke", {
  input: z.strictObject({ reason }),
  apply: async (tx, row, { reason: why }, { now }) => {
    if (row.ended_at) throw new Refusal("conflict", "client-key-ended");
    await tx.updateTable("client_key").set({ ended_at: now }).where("id", "=", row.id).execute();
    return { reason: why };
  },
});

function demandGood({ ended_at: ended, expires_at: expires }: KeyRow, now: Temporal.Instant): void {
  if (ended || Temporal.Instant.compare(expires, now) <= 0) throw new Refusal("conflict", "client-key-ended");
}

export const clientActs = [
  registerClient,
  amendClient,
  suspendClient,
  resumeClient,
  closeClient,
  issueKey,
  rotateKey,
  revokeKey,
] as const;
