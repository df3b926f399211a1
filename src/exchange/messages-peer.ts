import canonicalize from "canonicalize";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { asJson } from "../kernel/json.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { type DirectoryEntry, keysOf, type SignedEntry, succeeds, witnessesOf } from "../trust/directory.ts";
import type { SigningKey } from "../trust/envelope-signature.ts";
import { renewPeer } from "./acts.ts";
import { fetchEntry } from "./fetch.ts";

/** A peer as the exchange needs it. */
export interface TrustedPeer {
  readonly id: string;
  readonly code: string;
  readonly kind: "state" | "provider";
  readonly entry: DirectoryEntry;
  readonly keys: readonly SigningKey[];
  /** Verifier keys of its cosignatures; none where it does not witness. */
  readonly witnesses: readonly string[];
}

/** A peer as its row says. */
const peerFrom = (row: { id: string; code: string; kind: string; entry: unknown; keys: unknown }): TrustedPeer => ({
  id: row.id,
  code: row.code,
  kind: row.kind === "provider" ? "provider" : "state",
  entry: (row.entry as SignedEntry).entry,
  keys: row.keys as SigningKey[],
  witnesses: witnessesOf(row.entry as SignedEntry),
});
const PEERS_MAX = 1_000;
/** Every trusted peer. */
export async function trustedPeerList({ db }: Pick<Node, "db">): Promise<TrustedPeer[]> {
  const rows = await db
    .selectFrom("peer")
    .select(["id", "code", "kind", "entry", "keys"])
    .where("state", "=", "trusted")
    .limit(sql.lit(PEERS_MAX))
    .execute();
  return rows.map(peerFrom);
}

/** The trusted peer of that code; `undefined` where there is none. */
export async function findPeer(db: Pick<Tx, "selectFrom">, code: string): Promise<TrustedPeer | undefined> {
  const row = await db
    .selectFrom("peer")
    .select(["id", "code", "kind", "entry", "keys"])
    .where("code", "=", code)
    .where("state", "=", "trusted")
    .executeTakeFirst();
  return row && peerFrom(row);
}

/** Takes an entry in place of the one we have, if it is another and a trusted key signed it. True where it was taken. */
export async function takeEntry(node: Node, peer: TrustedPeer, signed: SignedEntry): Promise<boolean> {
  const isSame =
    canonicalize(signed.entry) === canonicalize(peer.entry) &&
    canonicalize(witnessesOf(signed)) === canonicalize(peer.witnesses) &&
    keysOf(signed).every(({ fingerprint, to }) =>
      peer.keys.some((key) => key.fingerprint === fingerprint && key.to === to),
    );
  if (isSame || !succeeds(signed, { ...peer.entry, keys: peer.keys }, node.clock())) return false;
  await perform({ node, actor: system("exchange"), act: renewPeer, id: peer.id, input: asJson({ signed }) });
  return true;
}

/** Asks a peer for its entry again. True where it gave a new one that a trusted key signed. */
export async function refreshPeer(node: Node, peer: TrustedPeer): Promise<boolean> {
  for (const gateway of peer.entry.gateways) {
    try {
      if (await takeEntry(node, peer, await fetchEntry(gateway))) return true;
    } catch (error) {
      node.log.info(
        { peer: peer.code, reason: error instanceof Error ? error.name : "unknown" },
        "a peer's entry could not be renewed",
      );
    }
  }
  return false;
}

/** Renews the entries of all trusted peers. */
export async function refreshPeers(node: Node): Promise<void> {
  const rows = await node.db.selectFrom("peer").select("code").where("state", "=", "trusted").execute();
  for (const { code } of rows) {
    const peer = await findPeer(node.db, code);
    if (peer) await refreshPeer(node, peer);
  }
}
