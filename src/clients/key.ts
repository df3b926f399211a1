import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";

/** Every key begins with it, so that one found in a public place is known for what it is. */
const PREFIX = "comity_";
/** Minutes for which the page of a new key shows it. */
export const KEY_SHOWN_MINUTES = 10;

/** The secret of a key: 256 bits that follow from the node's own key, so that it can be shown again while it is new and stands in no table. */
export const keySecret = (node: Node, id: string): string =>
  PREFIX + lookupKey(node.services.keys.lookup, "client key", id).toString("base64url");

/** What is kept of a key: an HMAC under a key outside of the database. 32 bytes. */
export const keyDigest = (node: Node, secret: string): Buffer =>
  lookupKey(node.services.keys.lookup, "client key digest", secret);

/** The key that a call shows, by `Authorization: Bearer` or as the password of `Basic`; `undefined` where it shows none of ours. */
export function shownKey(authorization: string | undefined): string | undefined {
  const bearer = /^Bearer +(\S{1,200})$/i.exec(authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([A-Za-z0-9+/=]{1,800})$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) return undefined;
  const pair = Buffer.from(basic, "base64").toString("utf8");
  return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : undefined;
}
