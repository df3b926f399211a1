import type { Node } from "../kernel/node.ts";

/** Address under which the public reaches the portal, without a slash at its end. */
export const portalAddress = ({ config }: Pick<Node, "config">): string =>
  (config.portal_url ?? `http://${config.host}:${config.portal_port}`).replace(/\/$/, "");

/** Who sends warnings, as other systems know it: the portal's own name in the net. @source CAP 1.2 §3.2.1 */
export const senderOf = (node: Pick<Node, "config">): string => new URL(portalAddress(node)).host;
