import { buffer } from "node:stream/consumers";
import { Refusal } from "../kernel/errors.ts";
import { WHOLE_LANGUAGES } from "../kernel/i18n.ts";
import { asJson } from "../kernel/json.ts";
import { type JournalRecord, wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { type Database, sql } from "../kernel/database.ts";
import { Download, type Reader } from "../kernel/view.ts";
import { WITNESS_CHANNEL, witnessKeys } from "../exchange/slice.ts";
import { monotonic } from "../kernel/clock.ts";
import { bestWitnessed, witnessedNote, witnessesSince } from "../trust/cosignatures.ts";
import { headsOf } from "../trust/heads.ts";
import { sequenceNext } from "../trust/ledger-guard.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { consistencyProof, type KeptCheckpoint, latestCheckpoint, proofsOf } from "../trust/ledger.ts";
import {
  encryptedPackage,
  type PackagedItem,
  type PackageOptions,
  preparePackage,
  type PreparedPackage,
} from "../trust/package.ts";
import { LedgerStopped } from "../trust/sequencer.ts";
import { readVkey } from "../trust/verify-note.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { custodyDocument } from "./custody-document.ts";
import { holderOf, type ItemRow, itemSubject } from "./item.ts";
import { signersOf } from "../trust/signers.ts";
import { chainOf, stampedWithin } from "../trust/timestamps.ts";
import type { Withheld } from "../trust/verify-package-form.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { eventsOfAll } from "./views.ts";

/** Batches that one package may wait for, before it says to come later. */
const BATCHES_MAX = 200;

/** How long a package waits for cosignatures, in milliseconds; how often it looks; and how lately a witness must have answered to be waited for. */
const WITNESS_MS = 2_000;
const POLL_MS = 40;
const LIVE_MINUTES = 5;

interface Kept {
  readonly id: string;
  readonly item: string;
  readonly seq: number;
  readonly record: JournalRecord;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

async function chainsOf({ db, services }: Node, items: readonly string[]): Promise<Kept[]> {
  const { rows } = await sql<Omit<Kept, "record"> & { record: unknown; words: Buffer | null }>`
    select id, subject_id as item, seq, record, words, salt, digest from journal
      where subject_kind = ${itemSubject.name} and subject_id = any(${items}::uuid[]) order by subject_id, seq`.execute(
    db,
  );
  return rows.map(({ words, ...entry }) => ({ ...entry, record: wholeRecord(services.keys, { ...entry, words }) }));
}

/** The items' whole chains, all of them in the ledger. What the ledger has not taken in yet, it takes in now. */
async function loggedChains(
  node: Node,
  items: readonly string[],
): Promise<{ chains: readonly Kept[]; checkpoint: KeptCheckpoint }> {
  const chains = await chainsOf(node, items);
  const entries = chains.map(({ id }) => id);
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const checkpoint = await latestCheckpoint(node.db);
    if (checkpoint && (await coveredBy(node.db, entries, checkpoint)) === chains.length) return { chains, checkpoint };
    try {
      await sequenceNext(node);
    } catch (error) {
      // It waits for a person, and so does what only it could prove.
      if (error instanceof LedgerStopped) break;
      throw error;
    }
  }
  throw new Refusal("unavailable", "package-later");
}

/** How many of these entries a checkpoint covers. */
async function coveredBy(db: Database, entries: readonly string[], { size }: KeptCheckpoint): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*) as n from journal where id = any(${entries}::uuid[]) and leaf < ${size}`.execute(db);
  return rows[0]?.n ?? 0;
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

/** An event of an item with its proof. */
interface Proven extends Kept {
  readonly proof: string;
}

/** The items' whole chains with their proofs under one checkpoint, which bears the cosignatures of the witnesses that are named. */
async function provenChains(
  node: Node,
  items: readonly string[],
): Promise<{
  chainOf: (item: string) => readonly Proven[];
  checkpoint: KeptCheckpoint & { readonly by: readonly string[] };
}> {
  const { chains, checkpoint: latest } = await loggedChains(node, items);
  const best = await witnessed(node, latest);
  const checkpoint = { ...best, ...(await witnessedNote(node.db, best)) };
  const proofs = await proofsOf(
    node.db,
    chains.map(({ id }) => id),
    checkpoint,
  );
  const byEntry = new Map(proofs.map(({ entry, proof }) => [entry, proof]));
  const byItem = Map.groupBy(
    chains.map((kept) => ({ ...kept, proof: byEntry.get(kept.id) ?? "" })),
    ({ item }) => item,
  );
  return { checkpoint, chainOf: (item) => byItem.get(item) ?? [] };
}

/** The ledger as the package names it: with every witness that there is, and those demanded that have cosigned. */
async function ledgerOf(
  node: Node,
  { size, note, by }: { readonly size: number; readonly note: string; readonly by: readonly string[] },
): Promise<PackageOptions["ledger"]> {
  const witnesses = await witnessKeys(node.db);
  // Two keys under one name are one witness.
  const quorum = new Set(by.filter((vkey) => witnesses.includes(vkey)).map((vkey) => readVkey(vkey).name)).size;
  const earlier = await stampedWithin(node.db, size);
  const stamped = earlier && {
    checkpoint: earlier.note,
    links: await chainOf(node.db, earlier.size),
    consistency: await consistencyProof(node.db, earlier.size, size),
  };
  return { ...ledgerIdentity(node), witnesses, quorum, checkpoint: note, ...(stamped ? { stamped } : {}) };
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

/** What of an item is left out of a package, and by whose decision. What stays proves that it was there. */
export interface WithheldParts {
  /** The bytes: their digest, size and name are given. */
  readonly bytes?: Withheld;
  /** Events, by their number: their digest is given. */
  readonly events?: ReadonlyMap<number, Withheld>;
}

/** How a package of items is made. */
export interface ItemsPackage {
  /** What the file is called, without its ending; every character but letters, digits, `.`, `_` and `-` becomes a `-`. */
  readonly name: string;
  /** By the item's id; an item that is not named is given whole. */
  readonly withheld?: ReadonlyMap<string, WithheldParts>;
  /** Whether the papers of the items' requests go with them, as far as the reader may read them; default yes. */
  readonly papers?: boolean;
  /** Further papers: an exhibit list, an order of disclosure. */
  readonly documents?: NonNullable<PackageOptions["documents"]>;
  /** age recipients (`age1…`), for whom alone the package is then encrypted. */
  readonly recipients?: readonly string[];
}

const fileName = (name: string): string => {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return `${plain === "" ? "package" : plain.slice(0, 120)}.asice`;
};

/** The item's file, to be opened when its turn comes. */
async function filesOf({ node }: Reader, row: ItemRow, withheld: Withheld | undefined): Promise<PackagedItem["files"]> {
  const recorded = {
    name: row.name,
    mediaType: row.media,
    sizeBytes: row.bytes,
    sha256: row.digest,
    ...(row.sha1 ? { sha1: row.sha1 } : {}),
    ...(row.md5 ? { md5: row.md5 } : {}),
  };
  if (withheld) return [{ ...recorded, withheld }];
  const held = await heldBlob(node.db, node.services.vault, holderOf(row.id));
  if (!held) throw new Refusal("wrong-state", "item-bytes-gone");
  return [{ ...recorded, open: () => held.read() }];
}

/** An event as a package gives it: whole, or its digest only where its words are withheld. */
const entryOf =
  (withheld: WithheldParts["events"]) =>
  ({ seq, record, salt, digest, proof }: Proven): PackagedItem["custody"][number] => {
    const decision = withheld?.get(seq);
    return decision ? { digest, withheld: decision, proof } : { record, salt, proof };
  };

/** What a document says in the place of an event whose words are withheld. */
const withheldEvent = (event: CustodyEvent, { by, at, reason }: Withheld): CustodyEvent => ({
  ...event,
  prev: null,
  type: "withheld",
  act: "item.withheld",
  at: Temporal.Instant.from(at),
  actor: { id: by, name: by, policies: [] },
  basis: [],
  facts: { reason },
  theirs: null,
  digest: null,
  unchanged: null,
});

/**
 * Items in one signed file: bytes, custody, proofs, under one checkpoint. Nothing of it needs this node to be checked. Parts may be withheld;
 * the rest proves that they exist and that no event is left out. The caller has journalled that it leaves, on each item, and asks for rows
 * that the reader may see. Throws a `Refusal` where an item's bytes are gone and not withheld, or the ledger is still busy.
 */
export async function packageOfItems(
  reader: Reader,
  rows: readonly ItemRow[],
  { name, withheld, papers = true, documents = [], recipients = [] }: ItemsPackage,
): Promise<PreparedPackage> {
  const { node } = reader;
  const ids = rows.map(({ id }) => id);
  const files = [];
  for (const row of rows) files.push(await filesOf(reader, row, withheld?.get(row.id)?.bytes));
  const { chainOf, checkpoint } = await provenChains(node, ids);
  const ledger = await ledgerOf(node, checkpoint);
  const at = node.clock();
  const heads = await headsOf(node.db, ids, checkpoint);
  const custody = await eventsOfAll(reader, rows);
  const items: PackagedItem[] = [];
  for (const [index, row] of rows.entries()) {
    const chain = chainOf(row.id);
    const hidden = withheld?.get(row.id)?.events;
    const head = heads.get(row.id);
    const events = (custody.get(row.id) ?? []).slice(0, chain.length).map((event) => {
      const decision = hidden?.get(event.seq);
      return decision ? withheldEvent(event, decision) : event;
    });
    const list = { row, events, checkpoint: { origin: ledger.origin, size: checkpoint.size }, at };
    items.push({
      number: row.number,
      subject: { kind: itemSubject.name, id: row.id },
      description: row.description,
      facts: factsOf(row),
      custody: chain.map(entryOf(hidden)),
      custodyPdfs: await Promise.all(
        WHOLE_LANGUAGES.map(async (language) => ({ language, content: await custodyDocument(node, list, language) })),
      ),
      ...(head ? { head } : {}),
      files: files[index] ?? [],
    });
  }
  const prepared = await preparePackage({
    name: fileName(name),
    node: { code: node.code, name: node.name },
    at,
    items,
    documents: [...(papers ? await papersOfAll(reader, rows) : []), ...documents],
    ledger,
    ...signersOf(node),
  });
  return recipients.length === 0 ? prepared : encryptedPackage(prepared, recipients);
}

/** The papers of the items' requests, each once. */
async function papersOfAll(
  reader: Reader,
  rows: readonly ItemRow[],
): Promise<NonNullable<PackageOptions["documents"]>> {
  const byRequest = new Map<string, ItemRow>();
  for (const row of rows) {
    const request = await requestOf(reader.db, row);
    if (request !== null) byRequest.set(request, row);
  }
  const papers = [];
  for (const row of byRequest.values()) papers.push(...(await papersOf(reader, row)));
  return papers;
}

/** Everything about one item in one signed file. */
export const packageOf = (
  reader: Reader,
  row: ItemRow,
  more: Omit<ItemsPackage, "name"> = {},
): Promise<PreparedPackage> => packageOfItems(reader, [row], { name: row.number, ...more });
