import { system } from "../kernel/actor.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { type JournalRecord, journal } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { LEDGER } from "./ledger-guard.ts";
import { type KeptCheckpoint, latestCheckpoint, proofsOf } from "./ledger.ts";
import { bucketHash, emptyTile, mapProof, tileRoot } from "./map.ts";
import type { PackagedHead } from "./package.ts";
import { TILE_WIDTH } from "./tiles.ts";
import { HEADS_ACT, HEADS_FORM } from "./verify-head.ts";
import { isMapped, isUnmapped, mapKey, mapValue, type OtherLeaf } from "./verify-map.ts";
import { HASH_BYTES } from "./verify-tlog.ts";

/** Whose last events are logged. */
const KIND = "item";
/** At most this long, in seconds, can an event stay unknown to the ledger as the last of its item. */
const EVERY_SECONDS = 180;
/** Buckets that are made anew at once. */
const BUCKETS_AT_ONCE = 2_048;
/** Index of the tile over the roots of the others. */
const TOP = -1;
/** How long, in hours, an older map can still be proved from; a package takes the one logged last before its checkpoint. */
const KEPT_HOURS = 1;

interface HeadRow {
  readonly bucket: number;
  readonly key: Buffer;
  readonly id: string;
  readonly seq: number;
  readonly digest: Buffer;
}

/** The last event of every item in these buckets, among the first `entries` entries of the ledger. */
async function headsIn(db: Database | Tx, buckets: readonly number[], entries: number): Promise<HeadRow[]> {
  const { rows } = await sql<HeadRow>`select h.bucket, h.key, h.subject_id as id, last.seq, last.digest
    from head_item h cross join lateral (select seq, digest from journal
      where subject_kind = ${sql.lit(KIND)} and subject_id = h.subject_id and leaf < ${entries}
      order by seq desc limit 1) as last
    where h.bucket = any(${[...buckets]}::int[])`.execute(db);
  return rows;
}

const valueOf = ({ id, seq, digest }: Omit<HeadRow, "bucket" | "key">) => ({
  subject: { kind: KIND, id },
  seq,
  digest: digest.toString("hex"),
});
const leafOf = (row: HeadRow): OtherLeaf => ({ key: row.key, value: mapValue(valueOf(row)) });

/** Tiles as they stood when the map had so many entries; of those that were never written, the empty one. */
async function tilesAt(
  db: Database | Tx,
  indexes: readonly number[],
  entries: number,
): Promise<(index: number) => Buffer> {
  const { rows } = await sql<{ idx: number; bytes: Buffer }>`select distinct on (idx) idx, bytes from head_tile
    where idx = any(${[...indexes]}::smallint[]) and entries <= ${entries} order by idx, entries desc`.execute(db);
  const kept = new Map(rows.map(({ idx, bytes }) => [idx, bytes]));
  return (index) => kept.get(index) ?? emptyTile(index === TOP);
}

/** Takes in the items that first appear among these entries, and gives their number and the buckets in which anything changed. */
async function changedIn(tx: Tx, from: number, until: number): Promise<{ added: number; buckets: number[] }> {
  const { rows } = await sql<{ added: number }>`with seen as (
      select distinct subject_id from journal where subject_kind = ${sql.lit(KIND)} and leaf >= ${from} and leaf < ${until}),
    made as (insert into head_item (subject_id, key, bucket)
      select subject_id, key, (get_byte(key, 0) << 8) | get_byte(key, 1) from (
        select subject_id, sha256(convert_to('{"id":"' || subject_id || ${`","kind":"${KIND}"}`}, 'UTF8')) as key from seen) as named
      on conflict (subject_id) do nothing returning 1)
    select count(*)::int as added from made`.execute(tx);
  const { rows: changed } = await sql<{ bucket: number }>`select distinct h.bucket from journal j
    join head_item h on h.subject_id = j.subject_id
    where j.subject_kind = ${sql.lit(KIND)} and j.leaf >= ${from} and j.leaf < ${until}`.execute(tx);
  return { added: rows[0]?.added ?? 0, buckets: changed.map(({ bucket }) => bucket) };
}

/** Makes the map as of `entries` out of the one before it; its root. What did not change is not read. */
async function rebuilt(tx: Tx, buckets: readonly number[], before: number, entries: number): Promise<Buffer> {
  const indexes = [...new Set(buckets.map((bucket) => bucket >> 8))];
  const tileBefore = await tilesAt(tx, [...indexes, TOP], before);
  const tiles = new Map(indexes.map((index) => [index, Buffer.from(tileBefore(index))]));
  for (let at = 0; at < buckets.length; at += BUCKETS_AT_ONCE) {
    const some = buckets.slice(at, at + BUCKETS_AT_ONCE);
    const byBucket = Map.groupBy(await headsIn(tx, some, entries), ({ bucket }) => bucket);
    for (const bucket of some)
      bucketHash((byBucket.get(bucket) ?? []).map(leafOf)).copy(
        tiles.get(bucket >> 8) ?? Buffer.alloc(0),
        (bucket % TILE_WIDTH) * HASH_BYTES,
      );
  }
  const top = Buffer.from(tileBefore(TOP));
  for (const [index, bytes] of tiles) tileRoot(bytes).copy(top, index * HASH_BYTES);
  const all = [...tiles, [TOP, top] as const];
  await sql`insert into head_tile (idx, entries, bytes)
    select i, ${entries}, b from unnest(${all.map(([index]) => index)}::smallint[], ${all.map(([, bytes]) => bytes)}::bytea[]) as t(i, b)`.execute(
    tx,
  );
  return tileRoot(top);
}

/** Forgets what nobody can be shown any more: the last map before the hour stays, as others may build on it. */
async function forget(tx: Tx, now: Temporal.Instant): Promise<void> {
  const { rows } = await sql<{ entries: number }>`select entries from head_map
    where at < ${now.subtract({ hours: KEPT_HOURS })} order by entries desc limit 1`.execute(tx);
  const [kept] = rows;
  if (!kept) return;
  await sql`delete from head_tile t using head_tile n
    where n.idx = t.idx and n.entries > t.entries and n.entries <= ${kept.entries}`.execute(tx);
  await sql`delete from head_map where entries < ${kept.entries}`.execute(tx);
}

/**
 * Journals the root of the map from each item to its last event, as the ledger's checkpoint covers them; nothing where no item has a
 * new one. What it costs goes with the number of items that changed, not with how many there are. The caller sees to it that nobody
 * else does so at the same time.
 */
export const logHeads = (node: Node): Promise<void> =>
  node.db.transaction().execute(async (tx) => {
    const checkpoint = await latestCheckpoint(tx);
    const last = await tx.selectFrom("head_map").selectAll().orderBy("entries", "desc").limit(1).executeTakeFirst();
    const scanned = last?.scanned ?? 0;
    if (!checkpoint || checkpoint.size <= scanned) return;
    const entries = checkpoint.size;
    const now = node.clock();
    const { added, buckets } = await changedIn(tx, scanned, entries);
    if (buckets.length === 0) {
      if (last)
        await tx.updateTable("head_map").set({ scanned: entries }).where("entries", "=", last.entries).execute();
      return;
    }
    const root = await rebuilt(tx, buckets, last?.entries ?? 0, entries);
    const items = (last?.items ?? 0) + added;
    await tx.insertInto("head_map").values({ entries, root, items, scanned: entries, at: now }).execute();
    await journal(tx, {
      node: node.code,
      now,
      act: HEADS_ACT,
      subject: LEDGER,
      actor: system("ledger-heads"),
      basis: [],
      decision: { policies: [], pack: node.policy.pack },
      change: { form: HEADS_FORM, root: root.toString("hex"), size: items, entries },
    });
    await forget(tx, now);
  });

interface Logged {
  readonly id: string;
  readonly record: JournalRecord;
  readonly salt: Buffer;
}

/** The entry about last events that was written last among the first `size` entries of the ledger. */
async function lastLogged(db: Database | Tx, size: number): Promise<Logged | undefined> {
  const { rows } = await sql<Logged>`select id, record, salt from journal
    where subject_kind = ${LEDGER.kind} and subject_id = ${LEDGER.id} and act = ${HEADS_ACT} and leaf < ${size}
    order by seq desc limit 1`.execute(db);
  return rows[0];
}

/** The logged map, as far as a checkpoint covers and proves it. */
interface ProvenMap {
  readonly root: Buffer;
  readonly entries: number;
  readonly logged: Logged & { readonly proof: string };
}
async function provenMap(
  db: Database | Tx,
  checkpoint: Pick<KeptCheckpoint, "size" | "note">,
): Promise<ProvenMap | undefined> {
  const logged = await lastLogged(db, checkpoint.size);
  const { form, entries, root } = logged?.record.change ?? {};
  if (!logged || form !== HEADS_FORM || typeof entries !== "number" || typeof root !== "string") return undefined;
  const [proven] = await proofsOf(db, [logged.id], checkpoint);
  return proven && { root: Buffer.from(root, "hex"), entries, logged: { ...logged, proof: proven.proof } };
}

/**
 * What the ledger holds of items' last events, under this checkpoint: what a package needs to prove that nothing is left out at the end; or
 * that the item had no event yet when the map was logged. An item of which nothing was logged that can be proved is not among them.
 */
export async function headsOf(
  db: Database | Tx,
  items: readonly string[],
  checkpoint: Pick<KeptCheckpoint, "size" | "note">,
): Promise<ReadonlyMap<string, PackagedHead>> {
  const map = await provenMap(db, checkpoint);
  if (!map) return new Map();
  const bucketOf = (item: string): number => mapKey({ kind: KIND, id: item }).readUInt16BE(0);
  const buckets = [...new Set(items.map(bucketOf))];
  const rows = Map.groupBy(await headsIn(db, buckets, map.entries), ({ id }) => bucketOf(id));
  const tileOf = await tilesAt(db, [...new Set(buckets.map((bucket) => bucket >> 8)), TOP], map.entries);
  return new Map(
    items.flatMap((item) => {
      const bucket = bucketOf(item);
      const tiles = { tile: tileOf(bucket >> 8), top: tileOf(TOP) };
      const head = headIn(item, map, { rows: rows.get(bucket) ?? [], ...tiles });
      return head ? [[item, head] as const] : [];
    }),
  );
}

interface Bucket {
  readonly rows: readonly HeadRow[];
  readonly tile: Buffer;
  readonly top: Buffer;
}
function headIn(item: string, { root, logged }: ProvenMap, { rows, tile, top }: Bucket): PackagedHead | undefined {
  const subject = { kind: KIND, id: item };
  const { hashes, other } = mapProof(mapKey(subject), { leaves: rows.map(leafOf), tile, top });
  const { record, salt, proof } = logged;
  const more = { logged: { record, salt, proof }, hashes };
  const row = rows.find(({ id }) => id === item);
  // Were they not the same, the package would say that the node had logged something else: better to say nothing.
  if (row) return isMapped(valueOf(row), hashes, root) ? { form: "map", head: valueOf(row), ...more } : undefined;
  return isUnmapped(subject, { other, hashes, root }) ? { form: "absent", other, ...more } : undefined;
}

/** Logs the last events of all items every few minutes. */
export const headsJob: Job = { name: "ledger-heads", everySeconds: EVERY_SECONDS, run: logHeads };
