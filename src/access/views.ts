import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { cursorOf, readCursor, view, type Listed } from "../kernel/view.ts";
import { type AccountState, account, office, session, token } from "./account.ts";
import { invitationCode } from "./invitation.ts";
import { tokenSecret } from "./session.ts";

const PAGE_ROWS_MAX = 100;
const pageInput = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(50),
});

/** An account as the administrator sees it. */
export interface AccountSeen {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly state: AccountState;
  readonly role: string;
  readonly office: string;
  readonly officeName: string;
  readonly language: string;
  readonly createdAt: Temporal.Instant;
  /** When the holder last used a session; `null` for never. */
  readonly lastSeenAt: Temporal.Instant | null;
}

const accountColumns = [
  "account.id",
  "account.username",
  "account.name",
  "account.state",
  "account.role",
  "account.language",
  "office.id as office",
  "office.name as officeName",
  "account.created_at as createdAt",
] as const;
const lastSeen = sql<Temporal.Instant | null>`(select max(used_at) from session where session.account = account.id)`.as(
  "lastSeenAt",
);

export const accountList = view({
  name: "account.list",
  path: "/accounts",
  subject: account,
  input: pageInput.extend({
    q: z.string().max(100).optional(),
    state: z.enum(["invited", "active", "disabled"]).optional(),
  }),
  async read(reader, { cursor, limit, q, state }): Promise<Listed<AccountSeen>> {
    const [after] = readCursor(cursor, 1) ?? [];
    let query = reader.db
      .selectFrom("account")
      .innerJoin("office", "office.id", "account.office")
      .select([...accountColumns, lastSeen])
      .where(reader.visible(account))
      .orderBy("account.username")
      .limit(limit + 1);
    if (typeof after === "string") query = query.where("account.username", ">", after);
    if (state) query = query.where("account.state", "=", state);
    if (q) {
      const like = `%${q.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
      query = query.where((where) =>
        where.or([
          where("account.username", "like", like),
          where(sql`lower(account.name)`, "like", like),
          where(sql`lower(office.name)`, "like", like),
        ]),
      );
    }
    const rows = (await query.execute()) as AccountSeen[];
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last ? { next: cursorOf(last.username) } : {}) };
  },
});

/** One account; while its holder is invited also the code, for whoever may invite. */
export const accountView = view({
  name: "account.view",
  path: "/accounts/:id",
  subject: account,
  input: z.object({ id: z.uuid() }),
  async read(reader, { id }) {
    const found = await reader.db
      .selectFrom("account")
      .innerJoin("office", "office.id", "account.office")
      .select([...accountColumns, lastSeen, "account.invitation", "account.invited_until"])
      .where("account.id", "=", id)
      .where(reader.visible(account))
      .executeTakeFirst();
    if (!found) return undefined;
    const { invitation, invited_until: until, ...seen } = found;
    const isOpen = invitation !== null && until !== null && Temporal.Instant.compare(until, reader.now) > 0;
    // Whoever may reset the account may hand out its invitation: it gives nothing more.
    const mayInvite = reader.node.policy.decide({
      actor: reader.actor,
      action: "account.reset",
      subject: account,
      id,
      row: seen,
      now: reader.now,
    }).allowed;
    return {
      ...(seen as AccountSeen),
      ...(isOpen && mayInvite
        ? {
            invitation: {
              code: invitationCode(reader.node, { account: id, nonce: invitation }),
              until,
              address: `${reader.node.config.desk_url ?? ""}/invitation`,
            },
          }
        : {}),
      ...(invitation !== null && !isOpen ? { invitationLapsed: true } : {}),
    };
  },
});

export const officeList = view({
  name: "office.list",
  path: "/offices",
  subject: office,
  input: z.object({ kind: z.string().max(40).optional() }),
  async read(reader, { kind }) {
    let query = reader.db
      .selectFrom("office")
      .select(["id", "name", "kind", "zone", "language"])
      .where(reader.visible(office))
      .orderBy("name");
    if (kind !== undefined) query = query.where("kind", "=", kind);
    return { items: await query.execute() };
  },
});

export const officeView = view({
  name: "office.view",
  path: "/offices/:id",
  subject: office,
  input: z.object({ id: z.uuid() }),
  read: (reader, { id }) =>
    reader.db
      .selectFrom("office")
      .select(["id", "name", "kind", "zone", "language"])
      .where("id", "=", id)
      .where(reader.visible(office))
      .executeTakeFirst(),
});

/** Sessions that are still open, the reader's own. */
export const sessionList = view({
  name: "session.list",
  path: "/sessions",
  subject: session,
  input: z.object({}),
  async read(reader) {
    const { session_idle_minutes: idleMinutes, session_hours: hours } = reader.node.config;
    const rows = await reader.db
      .selectFrom("session")
      .select(["id", "device", "created_at as createdAt", "used_at as usedAt"])
      .where(reader.visible(session))
      .where("ended_at", "is", null)
      .where("used_at", ">", reader.now.subtract({ minutes: idleMinutes }))
      .where("created_at", ">", reader.now.subtract({ hours }))
      .orderBy("used_at", "desc")
      .limit(PAGE_ROWS_MAX)
      .execute();
    const current = reader.actor.kind === "officer" ? reader.actor.credential : undefined;
    return { items: rows.map((row) => ({ ...row, isThis: row.id === current })) };
  },
});

/** Tokens that still open, the reader's own; never their secrets. */
export const tokenList = view({
  name: "token.list",
  path: "/tokens",
  subject: token,
  input: z.object({}),
  async read(reader) {
    const items = await reader.db
      .selectFrom("token")
      .select(["id", "name", "scopes", "created_at as createdAt", "expires_at as expiresAt"])
      .where(reader.visible(token))
      .where("ended_at", "is", null)
      .where("expires_at", ">", reader.now)
      .orderBy("created_at", "desc")
      .limit(PAGE_ROWS_MAX)
      .execute();
    return { items };
  },
});

/** Minutes for which a new token's secret can be read again. */
const TOKEN_SHOWN_MINUTES = 10;

/** One token of the reader's; with its secret while it is new. */
export const tokenView = view({
  name: "token.view",
  path: "/tokens/:id",
  subject: token,
  input: z.object({ id: z.uuid() }),
  async read(reader, { id }) {
    const found = await reader.db
      .selectFrom("token")
      .select(["id", "name", "scopes", "created_at as createdAt", "expires_at as expiresAt", "ended_at as endedAt"])
      .where("id", "=", id)
      .where(reader.visible(token))
      .executeTakeFirst();
    if (!found) return undefined;
    const isNew = !found.endedAt && reader.now.since(found.createdAt).total("minutes") < TOKEN_SHOWN_MINUTES;
    return { ...found, ...(isNew ? { secret: tokenSecret(reader.node, id) } : {}) };
  },
});
