import { Refusal } from "../kernel/errors.ts";
import { asJson } from "../kernel/json.ts";
import type { JournalRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { type Database, sql } from "../kernel/database.ts";
import { headOf } from "../trust/heads.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { ledgerSigner } from "../trust/ledger-key.ts";
import { type KeptCheckpoint, latestCheckpoint, proofsOf } from "../trust/ledger.ts";
import { preparePackage, type PackagedItem, type PreparedPackage } from "../trust/package.ts";
import { sequence } from "../trust/sequencer.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { holderOf, type ItemRow, itemSubject } from "./item.ts";
import { signersOf } from "./signers.ts";

/** Batches that one package may wait for, before it says to come later. */
const BATCHES_MAX = 200;

interface Kept {
  readonly id: string;
  readonly record: JournalRecord;
  readonly salt: Buffer;
}

const chainOf = async (db: Database, item: string): Promise<Kept[]> =>
  (
    await sql<Kept>`select id, record, salt from journal where subject_kind = ${itemSubject.name} and subject_id = ${item} order by seq`.execute(
      db,
    )
  ).rows;

/** The item's whole chain with its proofs under one checkpoint. What the ledger has not taken in yet, it takes in now. */
async function provenChain(
  node: Node,
  item: string,
): Promise<{ chain: PackagedItem["custody"]; checkpoint: KeptCheckpoint }> {
  const chain = await chainOf(node.db, item);
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const checkpoint = await latestCheckpoint(node.db);
    const proofs = checkpoint
      ? await proofsOf(
          node.db,
          chain.map(({ id }) => id),
          checkpoint,
        )
      : [];
    if (checkpoint && proofs.length === chain.length) {
      const byEntry = new Map(proofs.map(({ entry, proof }) => [entry, proof]));
      return {
        checkpoint,
        chain: chain.map(({ id, record, salt }) => ({ record, salt, proof: byEntry.get(id) ?? "" })),
      };
    }
    await sequence(node.db, ledgerSigner(node), node.clock());
  }
  throw new Refusal("unavailable", "package-later");
}

/** The facts of an item that a court should know beside its custody. */
function factsOf(row: ItemRow) {
  const {
    office_name: office,
    custodian_name: custodian,
    acquired_at: acquired,
    acquisition,
    derived,
    peer,
    state,
    request_id: request,
    held,
  } = row;
  return asJson({ office, custodian, acquired, acquisition, derived, received_from: peer, state, request, held });
}

/** Everything about one item in one signed file: bytes, custody, proofs. Nothing of it needs this node to be checked. */
export async function packageOf(node: Node, row: ItemRow): Promise<PreparedPackage> {
  const held = await heldBlob(node.db, node.services.vault, holderOf(row.id));
  if (!held) throw new Refusal("wrong-state", "item-bytes-gone");
  const { chain, checkpoint } = await provenChain(node, row.id);
  const head = await headOf(node.db, row.id, checkpoint);
  const item: PackagedItem = {
    number: row.number,
    subject: { kind: itemSubject.name, id: row.id },
    description: row.description,
    facts: factsOf(row),
    custody: chain,
    ...(head ? { head } : {}),
    files: [
      { name: row.name, mediaType: row.media, sizeBytes: row.bytes, sha256: row.digest, open: () => held.read() },
    ],
  };
  const { origin, vkey } = ledgerIdentity(node);
  return preparePackage({
    name: `${row.number.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}.asice`,
    node: { code: node.code, name: node.name },
    at: node.clock(),
    items: [item],
    ledger: { origin, vkey, witnesses: [], quorum: 0, checkpoint: checkpoint.note },
    ...signersOf(node),
  });
}
