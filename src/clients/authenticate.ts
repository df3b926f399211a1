import type { ApiClient } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import type { Authenticate } from "../kernel/slice.ts";
import { shownKey } from "./key.ts";
import { allowanceOf, rateLimitHeaders } from "./meter.ts";
import { findKey, markUsed } from "./messages-key.ts";

/**
 * Recognises machines on the portal by their key. Tells the quotas in headers of every answer, before they are reached.
 * Throws where a key is shown that is not good: a program must not report as the public by mistake.
 */
export const authenticateClient: Authenticate = async ({ node, request, reply, role }) => {
  if (role !== "portal") return undefined;
  const secret = shownKey(request.headers.authorization);
  if (secret === undefined) return undefined;
  const found = await findKey(node, secret);
  if (!found) throw new Refusal("not-signed-in", "client-key-unknown");
  if (found.state !== "active") throw new Refusal("not-allowed", "client-suspended");
  const now = node.clock();
  reply.headers(rateLimitHeaders(found, allowanceOf(found, found.meter, now)));
  await markUsed(node, found, now);
  return clientOf(found);
};

/** The client whose key this is; `undefined` where it is none, or no longer good, or its client may not report now. */
export async function clientByKey(node: Node, secret: string): Promise<ApiClient | undefined> {
  const found = await findKey(node, secret);
  return found?.state === "active" ? clientOf(found) : undefined;
}

const clientOf = ({ client, key, name, scopes, categories }: Omit<ApiClient, "kind">): ApiClient => ({
  kind: "client",
  client,
  key,
  name,
  scopes,
  categories,
});
