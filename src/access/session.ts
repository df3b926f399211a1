import { createHash, randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Officer } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";
import { findOfficer } from "./officer.ts";

const TOKEN_BYTES = 32;
/** A token is replaced after this long, so that one read from a backup or a log is soon worth nothing. */
const ROTATE_MINUTES = 15;
/** Calls under way while it is replaced may still carry the one before. */
const GRACE_SECONDS = 60;
/** `used_at` is written at most this often: reading a page must not mean writing a row. */
const MARK_SECONDS = 30;

/** A new bearer secret of 256 bits, and what is stored of it. */
export function newSecret(): { readonly secret: string; readonly digest: Buffer } {
  const secret = randomBytes(TOKEN_BYTES).toString("base64url");
  return { secret, digest: digestOfSecret(secret) };
}
/** A token's secret, derived from the node's key: it can be shown again while its maker still looks, and stands in no table. */
export const tokenSecret = (node: Node, id: string): string =>
  lookupKey(node.services.keys.lookup, "token", id).toString("base64url");
export const digestOfSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** True where officers reach the desk over TLS only. */
const isSecure = (node: Node): boolean => node.config.desk_url?.startsWith("https:") ?? false;
/** Name of the cookie; `__Host-` binds it to this host wherever there is TLS. */
export const cookieName = (node: Node): string => (isSecure(node) ? "__Host-session" : "session");

/** How cookies of the desk are set: out of reach of scripts, and never sent from another site's page. */
export const cookieForm = (node: Node) => ({
  path: "/",
  httpOnly: true,
  sameSite: "strict" as const,
  secure: isSecure(node),
});

export const setSessionCookie = (node: Node, reply: FastifyReply, secret: string) =>
  reply.setCookie(cookieName(node), secret, cookieForm(node));

/** The officer whose session the call carries; `undefined` where it carries none that is still good. */
export async function sessionOfficer(
  node: Node,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Officer | undefined> {
  const secret = request.cookies[cookieName(node)];
  if (secret === undefined) return undefined;
  const now = node.clock();
  const digest = digestOfSecret(secret);
  const found = await node.db
    .selectFrom("session")
    .selectAll()
    .where((where) => where.or([where("token", "=", digest), where("previous", "=", digest)]))
    .where("ended_at", "is", null)
    .executeTakeFirst();
  const isCurrent = found?.token.equals(digest) ?? false;
  const officer =
    found && isGood(node, found, isCurrent, now)
      ? await findOfficer(node.db, found.account, {
          via: "session",
          credential: found.id,
          steppedUpAt: found.stepped_up_at,
        })
      : undefined;
  if (!found || !officer) {
    reply.clearCookie(cookieName(node), cookieForm(node));
    return undefined;
  }
  if (isCurrent) await keepFresh(node, reply, found, now);
  return officer;
}

interface Times {
  readonly created_at: Temporal.Instant;
  readonly used_at: Temporal.Instant;
  readonly rotated_at: Temporal.Instant;
}
const secondsSince = (then: Temporal.Instant, now: Temporal.Instant): number =>
  (now.epochMilliseconds - then.epochMilliseconds) / 1_000;

function isGood(
  { config }: Node,
  { created_at, used_at, rotated_at }: Times,
  isCurrent: boolean,
  now: Temporal.Instant,
): boolean {
  return (
    secondsSince(used_at, now) < config.session_idle_minutes * 60 &&
    secondsSince(created_at, now) < config.session_hours * 3_600 &&
    (isCurrent || secondsSince(rotated_at, now) < GRACE_SECONDS)
  );
}

async function keepFresh(
  node: Node,
  reply: FastifyReply,
  found: Times & { id: string; token: Buffer },
  now: Temporal.Instant,
): Promise<void> {
  if (secondsSince(found.rotated_at, now) >= ROTATE_MINUTES * 60) {
    const { secret, digest } = newSecret();
    // Two calls at once: only one replaces the token, the other goes on with the one before.
    const { numUpdatedRows } = await node.db
      .updateTable("session")
      .set({ token: digest, previous: found.token, rotated_at: now, used_at: now })
      .where("id", "=", found.id)
      .where("token", "=", found.token)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) setSessionCookie(node, reply, secret);
  } else if (secondsSince(found.used_at, now) >= MARK_SECONDS) {
    await node.db.updateTable("session").set({ used_at: now }).where("id", "=", found.id).execute();
  }
}
