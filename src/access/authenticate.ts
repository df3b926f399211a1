import type { FastifyRequest } from "fastify";
import type { Officer } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import type { Authenticate } from "../kernel/slice.ts";
import { findOfficer } from "./officer.ts";
import { digestOfSecret, sessionOfficer } from "./session.ts";

/** Recognises officers on the desk: by bearer token, else by session. Nobody is an officer on the portal or the gateway. */
export const authenticate: Authenticate = async ({ node, request, reply, role }) => {
  if (role !== "desk") return undefined;
  const { authorization } = request.headers;
  if (authorization === undefined) return sessionOfficer(node, request, reply);
  const [, secret] = /^Bearer ([\w-]{20,200})$/i.exec(authorization) ?? [];
  if (secret === undefined) throw new Refusal("not-signed-in", "token-not-good");
  return tokenOfficer(node, request, secret);
};

async function tokenOfficer(node: Node, request: FastifyRequest, secret: string): Promise<Officer> {
  const found = await node.db
    .selectFrom("token")
    .select(["id", "account", "scopes"])
    .where("digest", "=", digestOfSecret(secret))
    .where("ended_at", "is", null)
    .where("expires_at", ">", node.clock())
    .executeTakeFirst();
  const officer =
    found && (await findOfficer(node.db, found.account, { via: "token", credential: found.id, steppedUpAt: null }));
  if (!found || !officer) throw new Refusal("not-signed-in", "token-not-good");
  if (!isInScope(found.scopes, request))
    throw new Refusal("not-allowed", "token-scope", { values: { scopes: found.scopes.join(", ") } });
  return officer;
}

/** What a token may be used for: everything (`*`), reading (`read`), or the acts that it names. */
function isInScope(scopes: readonly string[], { method, routeOptions }: FastifyRequest): boolean {
  if (scopes.includes("*")) return true;
  const { act } = routeOptions.config;
  if (act !== undefined) return scopes.includes(act);
  return (method === "GET" || method === "HEAD") && scopes.includes("read");
}
