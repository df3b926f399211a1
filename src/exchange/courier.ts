import type { Officer } from "../kernel/actor.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { AgeBroken } from "../trust/age-stream.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { bringFromPeer, carryToPeer } from "./acts.ts";
import { type Brought, courierPeer, openCourier, takeCourier } from "./messages-courier.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";

/** An officer gives a courier what waits for a peer. Throws `Refusal` where there is no such peer or the officer may not. */
export async function giveCourier(
  node: Node,
  actor: Officer,
  { to, carrier }: { readonly to: string; readonly carrier: string },
): Promise<{ readonly peer: TrustedPeer; readonly messages: number }> {
  const peer = await findPeer(node.db, to);
  if (!peer) throw invalid("to", "courier-peer", { code: to });
  const { done } = await perform({ node, actor, act: carryToPeer, id: peer.id, input: { carrier } });
  return { peer, messages: Number(done["messages"]) };
}

/** An officer takes what a courier brought. Throws `Refusal` where it can't be read, is of nobody known, or the officer may not. */
export async function bringCourier(
  node: Node,
  actor: Officer,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly peer: TrustedPeer; readonly carrier: string; readonly brought: Brought }> {
  try {
    const { head, members } = await openCourier(node, source);
    const peer = await courierPeer(node, head);
    const { carrier, made } = head;
    await perform({ node, actor, act: bringFromPeer, id: peer.id, input: { carrier, made } });
    return { peer, carrier, brought: await takeCourier(node, peer, { members, carrier }) };
  } catch (error) {
    // Whoever made the file may have written anything, and its end may be on another medium.
    if (error instanceof Malformed || error instanceof AgeBroken)
      throw new Refusal("unsupported", "courier-file", { values: { what: error.message } });
    throw error;
  }
}
