import type { ApiClient } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Authenticate } from "../kernel/slice.ts";
import { shownKey } from "./key.ts";
import { allowanceOf, rateLimitHeaders } from "./meter.ts";
import { findKey, markUsed } from "./messages-key.ts";

const HOTLINE = "/hotline/";

/**
 * Recognises machines on the portal by their key. Tells the quotas in headers of every answer, before they are reached.
 * Throws where a key is shown that is not good: a program must not report as the public by mistake.
 */
export const authenticateClient: Authenticate = async ({ node, request, reply, role }) => {
  if (role !== "portal") return undefined;
  const secret = shownKey(request.headers.authorization);
  if (secret === undefined) return undefined;
  const found = await findKey(node, secret);
  // The hotline answers such calls itself, in its own form.
  if (request.url.startsWith(HOTLINE) && found?.state !== "active") return undefined;
  if (!found) throw new Refusal("not-signed-in", "client-key-unknown");
  if (found.state !== "active") throw new Refusal("not-allowed", "client-suspended");
  const now = node.clock();
  reply.headers(rateLimitHeaders(found, allowanceOf(found, found.meter, now)));
  await markUsed(node, found, now);
  return clientOf(found);
};

const clientOf = ({ client, key, name, scopes, categories }: Omit<ApiClient, "kind">): ApiClient => ({
  kind: "client",
  client,
  key,
  name,
  scopes,
  categories,
});
