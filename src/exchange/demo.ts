import { officerNamed } from "../access/slice.ts";
import type { Officer } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { telephoneNumber } from "../trust/directory.ts";
import { confirmPeer, proposePeer } from "./acts.ts";
import { ownEntry } from "./identity.ts";
import { findPeer, takeEntry } from "./messages-peer.ts";
import { knownPeer } from "./views.ts";

/**
 * Makes every two of the nodes peers: on each side one person proposes and another confirms, as they would in earnest. What
 * stands already is left as it is, so it may be repeated; where a node has other addresses by now, its peers are told, as they
 * would not find it to ask.
 */
export async function peerDemo(nodes: readonly Node[]): Promise<void> {
  for (const node of nodes) {
    const [first, second] = await twoPeople(node);
    for (const other of nodes.filter(({ code }) => code !== node.code)) {
      const signed = ownEntry(other);
      const number = telephoneNumber(signed);
      const trusted = await findPeer(node.db, other.code);
      if (trusted) {
        await takeEntry(node, trusted, signed);
        continue;
      }
      const known = await knownPeer(node, other.code);
      const id =
        known?.id ??
        (await perform({ node, actor: first, act: proposePeer, input: { document: JSON.stringify(signed), number } }))
          .id;
      await perform({
        node,
        actor: second,
        act: confirmPeer,
        id,
        input: { number, channel: "Demo: both nodes were started by one hand" },
      });
    }
  }
}

/** The administrator, and somebody else who may bind peers: the central authority, at a provider the response head. */
async function twoPeople(node: Node): Promise<[Officer, Officer]> {
  const named = (role: string) => officerNamed(node.db, `${role}.${node.code.toLowerCase()}`);
  const first = await named("administrator");
  const second = await named(node.kind === "provider" ? "response-head" : "central-authority");
  if (!first || !second) throw new Error(`${node.code} has no two people of the demo who may bind a peer`);
  return [first, second];
}
