import { randomUUID } from "node:crypto";
import { z } from "zod";
import { actsOn, creates } from "../kernel/act.ts";
import type { Actor } from "../kernel/actor.ts";
import { type Tx, isDuplicate } from "../kernel/database.ts";
import { Refusal, invalid } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { seal } from "../trust/seal.ts";
import {
  type AccountRow, INVITATION_HOURS, OFFICE_KINDS, OFFICE_OF, ROLES, SCOPE, type SessionRow, TOKEN_DAYS_MAX, type TokenRow,
  account, office, session, token, usernameSchema,
} from "./account.ts"; // prettier-ignore
import { invitationCode } from "./invitation.ts";
import { digestOfSecret, newSecret, tokenSecret } from "./session.ts";

const onAccount = actsOn<AccountRow, "accept" | "disable" | "reset">(account as never);
const nameSchema = z.string().trim().min(1).max(120);
const languageSchema = z.string().regex(/^[a-z]{2,3}$/, "language-form");

/** Where the one-time-code secret of an account stands, for its seal. */
export const totpPlace = (id: string): string => `account:${id}:totp`;

/** Opens an office. The organisation is made with its first office. */
export const openOffice = creates(office, "open", {
  input: z.object({
    name: nameSchema,
    kind: z.enum(OFFICE_KINDS),
    zone: z.string().max(60).refine(isZone, "zone-unknown"),
    language: languageSchema,
    /** By which the pack's routes call it. */
    code: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/)
      .optional(),
  }),
  attributes: ({ kind }) => ({ kind }),
  stepUp: true,
  apply: async (tx, _under: undefined, input, { id, now, node }) => {
    const organisation = await organisationOf(tx, node);
    await unlessTaken("name", "office-name-taken", () =>
      tx
        .insertInto("office")
        .values({ id, organisation, ...input, created_at: now })
        .execute(),
    );
    return input;
  },
});

async function organisationOf(tx: Tx, node: Node): Promise<string> {
  await tx
    .insertInto("organisation")
    .values({ id: randomUUID(), name: node.name })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const { id } = await tx
    .selectFrom("organisation")
    .select("id")
    .where("name", "=", node.name)
    .executeTakeFirstOrThrow();
  return id;
}

function isZone(zone: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** A broken unique constraint is the field's mistake, said beside the field. */
async function unlessTaken<T>(field: string, key: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicate(error)) throw invalid(field, key);
    throw error;
  }
}

/** Makes an account and invites its holder. The invitation's code is in the answer, never in the journal. */
export const createAccount = creates(account, "create", {
  state: "invited",
  stepUp: true,
  input: z.object({
    username: usernameSchema,
    name: nameSchema,
    role: z.enum(ROLES),
    office: z.uuid("office-unknown"),
    language: languageSchema.default("en"),
  }),
  attributes: ({ role, office: of }) => ({ role, office: of }),
  apply: async (tx, _under: undefined, { username, name, role, office: of, language }, { id, now, node, answer }) => {
    const found = await tx.selectFrom("office").select("kind").where("id", "=", of).executeTakeFirst();
    if (!found) throw invalid("office", "office-unknown");
    if (found.kind !== OFFICE_OF[role]) throw invalid("role", "role-not-in-office");
    const nonce = randomUUID();
    await unlessTaken("username", "username-taken", () =>
      tx
        .insertInto("account")
        .values({
          id,
          state: "invited",
          username,
          name,
          role,
          office: of,
          language,
          invitation: nonce,
          invited_until: now.add({ hours: INVITATION_HOURS }),
          created_at: now,
        })
        .execute(),
    );
    answer({ username, invitation: invitationCode(node, { account: id, nonce }) });
    return { username, name, role, office: of };
  },
});

/** The holder takes up the account: their own password, and the secret that their authenticator has confirmed. */
export const acceptInvitation = onAccount("accept", {
  audience: "internal",
  input: z.object({ password: z.string(), totp: z.string() }),
  apply: async (tx, { id }, { password, totp }, { node }) => {
    const sealed = seal(node.services.keys.seal, Buffer.from(totp, "base64url"), totpPlace(id));
    await tx
      .updateTable("account")
      .set({ state: "active", password, totp: sealed, invitation: null, invited_until: null })
      .where("id", "=", id)
      .execute();
    return {};
  },
});

/** Shuts an account: its sessions and tokens end with it. */
export const disableAccount = onAccount("disable", {
  stepUp: true,
  input: z.object({ reason: z.string().trim().min(3).max(500).meta({ control: "textarea" }) }),
  apply: async (tx, { id }, { reason }, { now }) => {
    await endAccess(tx, id, now);
    return { reason };
  },
});

/** Takes back password, one-time codes, sessions and tokens, and invites the holder anew: for a lost telephone, or a return. */
export const resetAccount = onAccount("reset", {
  stepUp: true,
  input: z.object({ reason: z.string().trim().min(3).max(500).meta({ control: "textarea" }) }),
  apply: async (tx, { id, username }, { reason }, { node, now, answer }) => {
    await endAccess(tx, id, now);
    const nonce = randomUUID();
    await tx
      .updateTable("account")
      .set({
        state: "invited",
        password: null,
        totp: null,
        invitation: nonce,
        invited_until: now.add({ hours: INVITATION_HOURS }),
      })
      .where("id", "=", id)
      .execute();
    answer({ username, invitation: invitationCode(node, { account: id, nonce }) });
    return { reason };
  },
});

async function endAccess(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable("session")
    .set({ ended_at: now })
    .where("account", "=", id)
    .where("ended_at", "is", null)
    .execute();
  await tx
    .updateTable("token")
    .set({ ended_at: now })
    .where("account", "=", id)
    .where("ended_at", "is", null)
    .execute();
}

/** Begins a session for the officer who has just signed in. The browser's secret is in the answer. */
export const beginSession = creates(session, "begin", {
  audience: "internal",
  input: z.object({ device: z.string().max(200) }),
  attributes: (_input, { actor }: { actor: Actor }) => (actor.kind === "officer" ? { account: actor.account } : {}),
  apply: async (tx, _under: undefined, { device }, { id, now, actor, answer }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "session.begin" } });
    const { secret, digest } = newSecret();
    // Signing in is a proof of presence.
    await tx
      .insertInto("session")
      .values({
        id,
        token: digest,
        rotated_at: now,
        account: actor.account,
        device,
        created_at: now,
        used_at: now,
        stepped_up_at: now,
      })
      .execute();
    answer({ secret });
    return {};
  },
});

/** Ends a session: signing out, or putting out another browser of one's own. */
export const endSession = actsOn<SessionRow>(session)("end", {
  input: z.object({}),
  apply: async (tx, { id, ended_at }, _input, { now }) => {
    if (!ended_at)
      await tx.updateTable("session").set({ ended_at: now, previous: null }).where("id", "=", id).execute();
    return {};
  },
});

/** Makes a token for a program of the officer's. Its secret is in the answer. */
export const createToken = creates(token, "create", {
  stepUp: true,
  input: z.object({
    name: nameSchema,
    scopes: z.array(z.string().regex(SCOPE, "scope-form")).min(1).max(60),
    days: z.coerce.number().int().min(1).max(TOKEN_DAYS_MAX).default(90),
  }),
  attributes: (_input, { actor }: { actor: Actor }) => (actor.kind === "officer" ? { account: actor.account } : {}),
  apply: async (tx, _under: undefined, { name, scopes, days }, { id, now, actor, node, answer }) => {
    if (actor.kind !== "officer")
      throw new Refusal("not-allowed", "not-permitted", { values: { act: "token.create" } });
    const secret = tokenSecret(node, id);
    await tx
      .insertInto("token")
      .values({
        id,
        account: actor.account,
        name,
        digest: digestOfSecret(secret),
        scopes,
        created_at: now,
        expires_at: now.add({ hours: days * 24 }),
      })
      .execute();
    answer({ secret });
    return { name, scopes, days };
  },
});

export const endToken = actsOn<TokenRow>(token)("end", {
  input: z.object({}),
  apply: async (tx, { id, ended_at }, _input, { now }) => {
    if (!ended_at) await tx.updateTable("token").set({ ended_at: now }).where("id", "=", id).execute();
    return {};
  },
});
