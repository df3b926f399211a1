import { buffer } from "node:stream/consumers";
import { Refusal } from "../kernel/errors.ts";
import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import type { JournalRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { type Database, sql } from "../kernel/database.ts";
import { Download, type Reader } from "../kernel/view.ts";
import { WITNESS_CHANNEL, witnessKeys } from "../exchange/slice.ts";
import { monotonic } from "../kernel/clock.ts";
import { bestWitnessed, witnessedNote, witnessesSince } from "../trust/cosignatures.ts";
import { headOf } from "../trust/heads.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { ledgerSigner } from "../trust/ledger-key.ts";
import { type KeptCheckpoint, latestCheckpoint, proofsOf } from "../trust/ledger.ts";
import { type PackagedItem, type PackageOptions, preparePackage, type PreparedPackage } from "../trust/package.ts";
import { sequence } from "../trust/sequencer.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { custodyDocument } from "./custody-document.ts";
import { holderOf, type ItemRow, itemSubject } from "./item.ts";
import { signersOf } from "../trust/signers.ts";
import { eventsOf } from "./views.ts";

/** Batches that one package may wait for, before it says to come later. */
const BATCHES_MAX = 200;

/** How long a package waits for cosignatures, in milliseconds; how often it looks; and how lately a witness must have answered to be waited for. */
const WITNESS_MS = 2_000;
const POLL_MS = 40;
const LIVE_MINUTES = 5;

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

/** The item's whole chain, all of it in the ledger. What the ledger has not taken in yet, it takes in now. */
async function loggedChain(node: Node, item: string): Promise<{ chain: readonly Kept[]; checkpoint: KeptCheckpoint }> {
  const chain = await chainOf(node.db, item);
  const entries = chain.map(({ id }) => id);
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const checkpoint = await latestCheckpoint(node.db);
    if (checkpoint && (await proofsOf(node.db, entries, checkpoint)).length === chain.length)
      return { chain, checkpoint };
    await sequence(node.db, ledgerSigner(node), node.clock());
  }
  throw new Refusal("unavailable", "package-later");
}

/**
 * A checkpoint that covers this one's entries, cosigned by those witnesses that answer within a moment. Witnesses that are away
 * hold nothing up: the package then names them and says that they have not cosigned.
 */
async function witnessed(node: Node, latest: KeptCheckpoint): Promise<KeptCheckpoint> {
  const wanted = await witnessesSince(node.db, node.clock().subtract({ minutes: LIVE_MINUTES }));
  if (wanted > 0) await sql`select pg_notify(${WITNESS_CHANNEL}, '')`.execute(node.db);
  for (const since = monotonic(); ; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    const best = await bestWitnessed(node.db, latest.size);
    if (best && (best.count >= wanted || monotonic() - since >= WITNESS_MS)) return best.checkpoint;
    if (!best) return latest;
  }
}

/** The item's whole chain with its proofs under one checkpoint, which bears the cosignatures of the witnesses that are named. */
async function provenChain(
  node: Node,
  item: string,
): Promise<{
  chain: PackagedItem["custody"];
  checkpoint: KeptCheckpoint & { readonly by: readonly string[] };
}> {
  const { chain, checkpoint: latest } = await loggedChain(node, item);
  const best = await witnessed(node, latest);
  const checkpoint = { ...best, ...(await witnessedNote(node.db, best)) };
  const proofs = await proofsOf(
    node.db,
    chain.map(({ id }) => id),
    checkpoint,
  );
  const byEntry = new Map(proofs.map(({ entry, proof }) => [entry, proof]));
  return { checkpoint, chain: chain.map(({ id, record, salt }) => ({ record, salt, proof: byEntry.get(id) ?? "" })) };
}

/** The ledger as the package names it: with every witness that there is, and those demanded that have cosigned. */
async function ledgerOf(
  node: Node,
  { note, by }: { readonly note: string; readonly by: readonly string[] },
): Promise<PackageOptions["ledger"]> {
  const witnesses = await witnessKeys(node.db);
  const quorum = by.filter((vkey) => witnesses.includes(vkey)).length;
  return { ...ledgerIdentity(node), witnesses, quorum, checkpoint: note };
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

/** The request under which the item came here or was made; for what was derived, that of its origin. */
async function requestOf(db: Database, { request_id, root }: ItemRow): Promise<string | null> {
  if (request_id !== null || root === null) return request_id;
  const origin = await db.selectFrom("item").select("request_id").where("id", "=", root).executeTakeFirst();
  return origin?.request_id ?? null;
}

/** The papers of the item's request, as far as whoever takes the package may read them. */
async function papersOf(reader: Reader, row: ItemRow): Promise<NonNullable<PackageOptions["documents"]>> {
  const id = await requestOf(reader.db, row);
  const view = reader.node.registry.views.get("request.document");
  if (id === null || !view) return [];
  const papers = [];
  for (const language of WHOLE_LANGUAGES) {
    const paper: unknown = await view.read(reader, { id, language });
    if (!(paper instanceof Download)) return [];
    const content = Buffer.isBuffer(paper.body) ? paper.body : await buffer(paper.body);
    papers.push({ name: paper.filename, mediaType: paper.type, content });
  }
  return papers;
}

/** Everything about one item in one signed file: bytes, custody, proofs. Nothing of it needs this node to be checked. */
export async function packageOf(reader: Reader, row: ItemRow): Promise<PreparedPackage> {
  const { node } = reader;
  const held = await heldBlob(node.db, node.services.vault, holderOf(row.id));
  if (!held) throw new Refusal("wrong-state", "item-bytes-gone");
  const { chain, checkpoint } = await provenChain(node, row.id);
  const head = await headOf(node.db, row.id, checkpoint);
  const ledger = await ledgerOf(node, checkpoint);
  const at = node.clock();
  const events = (await eventsOf(reader, row)).slice(0, chain.length);
  const list = { row, events, checkpoint: { origin: ledger.origin, size: checkpoint.size }, at };
  const item: PackagedItem = {
    number: row.number,
    subject: { kind: itemSubject.name, id: row.id },
    description: row.description,
    facts: factsOf(row),
    custody: chain,
    custodyPdfs: WHOLE_LANGUAGES.map((language) => ({ language, content: custodyDocument(node, list, language) })),
    ...(head ? { head } : {}),
    files: [
      { name: row.name, mediaType: row.media, sizeBytes: row.bytes, sha256: row.digest, open: () => held.read() },
    ],
  };
  return preparePackage({
    name: `${row.number.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}.asice`,
    node: { code: node.code, name: node.name },
    at,
    items: [item],
    documents: await papersOf(reader, row),
    ledger,
    ...signersOf(node),
  });
}
