import { createHash } from "node:crypto";
import type { Node } from "../kernel/node.ts";
import { rawPublicKey } from "./keys.ts";

/** Type byte of an Ed25519 key in a verifier key. @source C2SP signed-note */
const ED25519 = Buffer.from([0x01]);

/** How a node's ledger is known: the name on its checkpoints, and the key that they verify under. */
export function ledgerIdentity(node: Pick<Node, "code" | "services">): { origin: string; vkey: string } {
  const origin = `comity.ledger/${node.code.toLowerCase()}`;
  const body = Buffer.concat([ED25519, rawPublicKey(node.services.keys.ledger)]);
  const id = createHash("sha256").update(`${origin}\n`).update(body).digest().subarray(0, 4);
  return { origin, vkey: `${origin}+${id.toString("hex")}+${body.toString("base64")}` };
}
