import { createHash, randomUUIDv7 } from "node:crypto";
import canonicalize from "canonicalize";
import { type Actor, actorId } from "./actor.ts";
import { stamp } from "./clock.ts";
import { type Database, type Tx, sql } from "./database.ts";
import type { JsonObject } from "./json.ts";
import type { Decided, Decision } from "./policy.ts";
import { randomBytesOf } from "./randomness.ts";
import { seal, unseal } from "./seal.ts";

/** What the journal says of one act. Canonical JSON of this, behind the salt, is what the ledger commits to. */
export interface JournalRecord {
  readonly v: "comity.journal/1";
  readonly node: string;
  readonly id: string;
  /** UTC, RFC 3339, milliseconds. Never before that of the same subject's entry before. */
  readonly at: string;
  /** What the clock said, where that was before the entry before: of two acts at once, on another machine, or after it was set back. */
  readonly clock?: string;
  readonly act: string;
  readonly subject: { readonly kind: string; readonly id: string };
  /** Position in the subject's chain, from 1. */
  readonly seq: number;
  /** Digest of the same subject's entry before, hex; `null` for the first. */
  readonly prev: string | null;
  readonly actor: {
    readonly id: string;
    readonly name?: string;
    readonly role?: string;
    readonly office?: string;
    readonly officeName?: string;
  };
  readonly basis: readonly string[];
  /** By which rules of which text of the law, and from which facts: enough to decide again. */
  readonly decision: { readonly policies: readonly string[]; readonly pack: string; readonly facts?: Decided };
  readonly state?: { readonly from: string | null; readonly to: string };
  readonly change: JsonObject;
}

/** One entry as kept: the record, its salt, and the digest that becomes the ledger's leaf. */
export interface Entry {
  /** The whole of it, whatever is sealed where it is kept. */
  readonly record: JournalRecord;
  readonly salt: Buffer;
  readonly digest: Buffer;
  /** What the record says under `change`, sealed; then the record is kept without it. */
  readonly words?: Buffer;
}

/** Of the node's keys: the one under which words are sealed. */
export interface SealKey {
  readonly seal: Buffer;
}

/** What the pipeline knows of an act when it journals it. */
export interface Journalled {
  readonly node: string;
  readonly now: Temporal.Instant;
  readonly act: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly actor: Actor;
  readonly basis: readonly string[];
  readonly decision: Pick<Decision, "policies" | "pack" | "facts">;
  readonly state?: { readonly from: string | null; readonly to: string };
  readonly change: JsonObject;
  /** Given where the subject says that what is said of it is sealed. */
  readonly sealed?: SealKey;
}

const wordsPlace = (entry: string): string => `journal:${entry}:change`;
const sealChange = ({ seal: key }: SealKey, { id, change }: Pick<JournalRecord, "id" | "change">): Buffer =>
  seal(key, JSON.stringify(change), wordsPlace(id));

/**
 * The whole record of an entry, as the ledger commits to it: the one way to read what an act said. Throws where the sealed words
 * were changed or are of another key.
 */
export function wholeRecord(
  { seal: key }: SealKey,
  { id, record, words }: { readonly id: string; readonly record: unknown; readonly words: Buffer | null },
): JournalRecord {
  const kept = record as JournalRecord;
  if (!words) return kept;
  return { ...kept, change: JSON.parse(unseal(key, words, wordsPlace(id)).toString()) as JsonObject };
}

const SALT_BYTES = 32;

/** `SHA-256(salt ‖ JCS(record))`: discloses nothing while the salt is kept, proves everything once it is given. @source RFC 8785 */
export const digestOf = (salt: Uint8Array, record: JournalRecord): Buffer =>
  createHash("sha256")
    .update(salt)
    .update(canonicalize(record) ?? "")
    .digest();

function actorOf(actor: Actor): JournalRecord["actor"] {
  const id = actorId(actor);
  return actor.kind === "officer"
    ? { id, name: actor.name, role: actor.role, office: actor.office.id, officeName: actor.office.name }
    : { id };
}

/** The same subject's last entry. Without `at`, the caller has seen to the order of time. */
interface Before {
  readonly seq: number;
  readonly digest: Buffer;
  readonly at?: Temporal.Instant;
}

/**
 * Makes an entry that follows `before`, without writing it. An act reads the clock before it waits for its subject, so the act that
 * comes first may have read it last: time follows the chain, lest an honest list of custody look back-dated to a court.
 */
export function makeEntry(facts: Journalled, before: Before | undefined): Entry {
  const { node, now, act, subject, actor, basis, decision, state, change, sealed } = facts;
  const isBehind = before?.at !== undefined && Temporal.Instant.compare(now, before.at) < 0;
  const record: JournalRecord = {
    v: "comity.journal/1",
    node,
    id: randomUUIDv7(),
    at: stamp(isBehind && before?.at ? before.at : now),
    ...(isBehind ? { clock: stamp(now) } : {}),
    act,
    subject,
    seq: (before?.seq ?? 0) + 1,
    prev: before ? before.digest.toString("hex") : null,
    actor: actorOf(actor),
    basis,
    decision: {
      policies: decision.policies,
      pack: decision.pack,
      ...(decision.facts ? { facts: decision.facts } : {}),
    },
    ...(state ? { state } : {}),
    change,
  };
  const salt = randomBytesOf(SALT_BYTES);
  return { record, salt, digest: digestOf(salt, record), ...(sealed ? { words: sealChange(sealed, record) } : {}) };
}

/** The last entry of a subject's chain. The caller holds the subject's row lock, so nothing can come between. */
export const lastEntry = (tx: Tx, kind: string, id: string) =>
  tx
    .selectFrom("journal")
    .select(["seq", "digest", "at"])
    .where("subject_kind", "=", kind)
    .where("subject_id", "=", id)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();

/** Writes entries in one statement, in the order given. */
export async function writeEntries(tx: Tx, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const column = <T>(of: (entry: Entry) => T): T[] => entries.map(of);
  await sql`insert into journal (id, at, act, subject_kind, subject_id, seq, prev, record, salt, digest, words)
    select * from unnest(
      ${column((e) => e.record.id)}::uuid[], ${column((e) => e.record.at)}::timestamptz[], ${column((e) => e.record.act)}::text[],
      ${column((e) => e.record.subject.kind)}::text[], ${column((e) => e.record.subject.id)}::uuid[], ${column((e) => e.record.seq)}::int[],
      ${column((e) => (e.record.prev === null ? null : Buffer.from(e.record.prev, "hex")))}::bytea[],
      ${column((e) => JSON.stringify(e.words ? withoutWords(e.record) : e.record))}::jsonb[], ${column((e) => e.salt)}::bytea[], ${column((e) => e.digest)}::bytea[],
      ${column((e) => e.words ?? null)}::bytea[])`.execute(tx);
}

/** Journals one act: the next entry of its subject's chain. */
export async function journal(tx: Tx, facts: Journalled): Promise<Entry> {
  const entry = makeEntry(facts, await lastEntry(tx, facts.subject.kind, facts.subject.id));
  await writeEntries(tx, [entry]);
  return entry;
}

/** One entry whose words were erased, as the entry of the erasing act names it. */
export interface ErasedEntry {
  readonly id: string;
  /** The entry's digest, hex: the leaf that the ledger holds, for ever. */
  readonly digest: string;
  /** SHA-256 of the canonical form of what is left of its record, hex: so that nobody changes that afterwards. */
  readonly kept: string;
}
/** Member of the erasing act's change that lists them. */
export const ERASED_ENTRIES = "erased_entries";

/** What stays of a record: who, what, when and by which decision, but nothing of what was said. */
const withoutWords = (record: JournalRecord): JournalRecord => ({ ...record, change: {} });

/**
 * Lawfully erases what these entries say. Each row keeps its place, its digest and its skeleton; the salt is overwritten, so that the
 * digest tells nothing any more, and the tree over the digests stays whole. The caller's act must name what this gives in its own
 * entry, under `ERASED_ENTRIES`: an erasure that no entry of the ledger names is an alteration.
 */
export async function eraseEntries(tx: Tx, ids: readonly string[]): Promise<ErasedEntry[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{
    id: string;
    record: JournalRecord;
    digest: Buffer;
  }>`select id, record, digest from journal
    where id = any(${ids}::uuid[]) and not erased order by ord for update`.execute(tx);
  const erased: ErasedEntry[] = [];
  for (const { id, record, digest } of rows) {
    const left = withoutWords(record);
    await sql`update journal set record = ${JSON.stringify(left)}::jsonb, words = null, salt = ${Buffer.alloc(SALT_BYTES)}, erased = true where id = ${id}`.execute(
      tx,
    );
    const kept = createHash("sha256")
      .update(canonicalize(left) ?? "")
      .digest("hex");
    erased.push({ id, digest: digest.toString("hex"), kept });
  }
  return erased;
}

const OLDER_AT_ONCE = 500;
/**
 * Seals what entries of these kinds said before their words were sealed; leaves and digests stay as they are. True where some may be left.
 * No act: nothing is said or known that was not before.
 */
export async function sealOlderEntries(db: Database, key: SealKey, kinds: readonly string[]): Promise<boolean> {
  const { rows } = await sql<{ id: string; record: JournalRecord }>`select id, record from journal
    where words is null and subject_kind in ('item', 'request') and subject_kind = any(${kinds}::text[]) and record->'change' <> '{}'::jsonb
    order by ord limit ${sql.lit(OLDER_AT_ONCE)}`.execute(db);
  for (const { id, record } of rows)
    await sql`update journal set words = ${sealChange(key, record)}, record = ${JSON.stringify(withoutWords(record))}::jsonb
      where id = ${id} and words is null and not erased`.execute(db);
  return rows.length === OLDER_AT_ONCE;
}
