import { ledgerIdentity } from "./ledger-identity.ts";
import type { Node } from "../kernel/node.ts";
import { type NoteSigner, noteSigner } from "./checkpoint.ts";
import { NOTE_TYPE } from "./verify-note.ts";

/** What signs this node's checkpoints: its ledger key, under the ledger's own name. */
export const ledgerSigner = (node: Pick<Node, "code" | "services">): NoteSigner =>
  noteSigner(ledgerIdentity(node).origin, NOTE_TYPE.ed25519, node.services.keys.ledger);
