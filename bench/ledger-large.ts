import { randomInt, randomUUID } from "node:crypto";
import { sql } from "../src/kernel/database.ts";
import { type Entry, makeEntry, writeEntries } from "../src/kernel/journal.ts";
import type { Node } from "../src/kernel/node.ts";
import { signCheckpoint } from "../src/trust/checkpoint.ts";
import { headsOf, logHeads } from "../src/trust/heads.ts";
import { sequencer } from "../src/trust/ledger-guard.ts";
import { ledgerSigner } from "../src/trust/ledger-key.ts";
import { type KeptCheckpoint, latestCheckpoint, proofsOf } from "../src/trust/ledger.ts";
import { bundleOf, Edge, ENTRIES, type Grown, TILE_WIDTH } from "../src/trust/tiles.ts";
import { isProven, readTlogProof } from "../src/trust/verify-checkpoint.ts";
import { HASH_BYTES, leafHash } from "../src/trust/verify-tlog.ts";
import { type Measurement, measured, p95 } from "./measurement.ts";
import { withNode } from "./node.ts";

/** Items, each with a chain of ten events: ten million entries. */
const ITEMS = 1_000_000;
const EVENTS = 10;
const READ_AT_ONCE = 1_024 * TILE_WIDTH;
const READINGS = 2_000;
/** What comes on top of the ten million, in the ordinary way. */
const MORE = 60_000;
const CHANGED = 1_000;
/** The longest that the proof of any entry may take, in milliseconds. */
const PROOF_MS_MAX = 5;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Rows of real form, every chain whole and every digest that of its record: one event of all items after the other. */
async function fill(node: Node): Promise<void> {
  await sql`alter table journal drop constraint journal_subject_kind_subject_id_seq_key`.execute(node.db);
  await sql`drop index journal_leaf, journal_act`.execute(node.db);
  for (const name of ["bench_last", "bench_next"])
    await sql`create unlogged table ${sql.table(name)} (n bigint, subject uuid, digest bytea)`.execute(node.db);
  await sql`insert into bench_last select n, md5(n::text)::uuid, null from generate_series(0, ${ITEMS - 1}) as n`.execute(
    node.db,
  );
  for (let seq = 1; seq <= EVENTS; seq += 1) {
    // What RFC 8785 makes of such a record: members in order, no blanks.
    await sql`with named as (select n, subject, digest, uuidv7() as id, sha256(uuid_send(gen_random_uuid())) as salt from bench_last),
      said as (select n, subject, digest, id, salt,
        '{"act":"item.note","actor":{"id":"system:bench"},"at":"2026-11-23T12:00:00.000Z","basis":["CETS 185 Art. 19"],"change":{"text":"what an officer wrote about it, in a sentence or two, as they do"},"decision":{"pack":"' || repeat('0', 64) || '","policies":["bench"]},"id":"' || id || '","node":"XA","prev":' || coalesce('"' || encode(digest, 'hex') || '"', 'null') || ',"seq":' || ${String(seq)}::text || ',"subject":{"id":"' || subject || '","kind":"item"},"v":"comity.journal/1"}' as jcs
        from named),
      made as (insert into journal (id, at, act, subject_kind, subject_id, seq, prev, record, salt, digest, leaf)
        select id, '2026-11-23T12:00:00Z', 'item.note', 'item', subject, ${seq}::int, digest, jcs::jsonb, salt, sha256(salt || convert_to(jcs, 'UTF8')), ${(seq - 1) * ITEMS}::bigint + n
        from said returning leaf, subject_id, digest)
      insert into bench_next select leaf - ${(seq - 1) * ITEMS}::bigint, subject_id, digest from made`.execute(node.db);
    await sql`truncate bench_last`.execute(node.db);
    await sql`alter table bench_last rename to bench_spare`.execute(node.db);
    await sql`alter table bench_next rename to bench_last`.execute(node.db);
    await sql`alter table bench_spare rename to bench_next`.execute(node.db);
    say(`${seq} of ${EVENTS} million entries`);
  }
  await sql`drop table bench_last, bench_next`.execute(node.db);
  await sql`create unique index journal_leaf on journal (leaf) where leaf is not null`.execute(node.db);
  await sql`alter table journal add constraint journal_subject_kind_subject_id_seq_key unique (subject_kind, subject_id, seq)`.execute(
    node.db,
  );
  await sql`create index journal_act on journal (act, at)`.execute(node.db);
  await sql`vacuum analyze journal`.execute(node.db);
}

/** The tiles over all of it, and the checkpoint, as the sequencer would have left them. */
async function grow(node: Node): Promise<void> {
  const edge = new Edge();
  for (let first = 0; first < ITEMS * EVENTS; first += READ_AT_ONCE) {
    const { rows } = await sql<{
      digests: Buffer;
    }>`select string_agg(digest, ''::bytea order by leaf) as digests from journal
      where leaf >= ${first} and leaf < ${first + READ_AT_ONCE}`.execute(node.db);
    const all = rows[0]?.digests ?? Buffer.alloc(0);
    const digests = Array.from({ length: all.length / HASH_BYTES }, (_, at) =>
      all.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
    );
    for (const digest of digests) edge.push(leafHash(digest));
    const bundles: Grown[] = [];
    for (let at = 0; at < digests.length; at += TILE_WIDTH) {
      const own = digests.slice(at, at + TILE_WIDTH);
      bundles.push({ level: ENTRIES, index: (first + at) / TILE_WIDTH, width: own.length, bytes: bundleOf(own) });
    }
    await keep(node, [...edge.grown(), ...bundles]);
  }
  const root = edge.root();
  const signer = ledgerSigner(node);
  if (!root) throw new Error("the bench's tree is empty");
  const note = signCheckpoint({ origin: signer.name, size: BigInt(edge.size), root }, signer);
  await node.db.insertInto("ledger_checkpoint").values({ size: edge.size, root, note, at: node.clock() }).execute();
}

async function keep(node: Node, tiles: readonly Grown[]): Promise<void> {
  const column = <T>(of: (tile: Grown) => T): T[] => tiles.map(of);
  await sql`insert into ledger_tile (level, idx, width, bytes)
    select * from unnest(${column((t) => t.level)}::smallint[], ${column((t) => t.index)}::bigint[],
      ${column((t) => t.width)}::smallint[], ${column((t) => t.bytes)}::bytea[])
    on conflict (level, idx) do update set width = excluded.width, bytes = excluded.bytes`.execute(node.db);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

/** Acts on so many of the items, as the pipeline journals them. */
async function actOn(node: Node, count: number): Promise<void> {
  const { rows } = await sql<{ id: string; digest: Buffer }>`select subject_id as id, digest from journal
    where leaf >= ${(EVENTS - 1) * ITEMS} order by leaf limit ${count}`.execute(node.db);
  const entries: Entry[] = rows.map(({ id, digest }) =>
    makeEntry(
      {
        node: node.code,
        now: node.clock(),
        act: "item.note",
        subject: { kind: "item", id },
        actor: { kind: "system", job: "bench" },
        basis: [],
        decision: { policies: ["bench"], pack: "0".repeat(64) },
        change: { text: "one event more" },
      },
      { seq: EVENTS, digest },
    ),
  );
  for (let at = 0; at < entries.length; at += 5_000)
    await node.db.transaction().execute((tx) => writeEntries(tx, entries.slice(at, at + 5_000)));
}

async function checkpointOf(node: Node): Promise<KeptCheckpoint> {
  const checkpoint = await latestCheckpoint(node.db);
  if (!checkpoint) throw new Error("the bench's ledger has no checkpoint");
  return checkpoint;
}

/** A ledger of ten million entries over a million items: proofs, growth, and the map of last events. Some 15 GB and minutes. */
export const measureLargeLedger = (): Promise<Measurement[]> =>
  withNode(async (node) => {
    say(`filled in ${Math.round(await seconds(() => fill(node)))} s`);
    say(`grown in ${Math.round(await seconds(() => grow(node)))} s`);
    const checkpoint = await checkpointOf(node);
    const leaves = Array.from({ length: READINGS }, () => randomInt(ITEMS * EVENTS));
    const { rows } = await sql<{ id: string; digest: Buffer; subject: string }>`select id, digest, subject_id as subject
      from journal where leaf = any(${leaves}::bigint[])`.execute(node.db);
    let at = 0;
    const next = () => rows[(at += 1) % rows.length] ?? { id: randomUUID(), digest: Buffer.alloc(32), subject: "" };
    const proven = await p95(async () => {
      const { id, digest } = next();
      const [proof] = await proofsOf(node.db, [id], checkpoint);
      if (!proof || !isProven(readTlogProof(proof.proof), leafHash(digest))) throw new Error("an entry is not proven");
    }, READINGS);
    const looked = await p95(
      () => node.db.selectFrom("journal").select("leaf").where("id", "=", next().id).execute(),
      READINGS,
    );
    const mapped = await seconds(() => logHeads(node));
    say(`the map over ${ITEMS} items, for the first time: ${Math.round(mapped)} s`);
    await actOn(node, MORE);
    const sequenced = MORE / (await seconds(() => sequencer.run(node)));
    const many = await seconds(() => logHeads(node));
    await sequencer.run(node);
    const latest = await checkpointOf(node);
    const ends = await p95(async () => {
      const { subject } = next();
      if (!(await headsOf(node.db, [subject], latest)).has(subject))
        throw new Error("an item's last event is not proven");
    }, READINGS);
    const all = await seconds(() =>
      sql`select distinct on (subject_id) subject_id, seq, digest from journal where subject_kind = 'item' and leaf < ${latest.size} order by subject_id, seq desc limit ${CHANGED}`.execute(
        node.db,
      ),
    );
    return [
      measured("ledger-large.proof-p95", proven, "ms", { name: "the most that is allowed", value: PROOF_MS_MAX }),
      measured("ledger-large.proof-p95", proven, "ms", { name: "looking up one row by its id, p95", value: looked }),
      measured("ledger-large.sequence", sequenced, "entries/s", {
        name: "Tessera on POSIX, as published",
        value: 10_000,
      }),
      measured("ledger-large.map-of-60000-changes", many, "s", {
        name: "the map over a million items, made anew",
        value: mapped,
      }),
      measured("ledger-large.last-event-p95", ends, "ms", {
        name: "reading the last events of the first thousand items",
        value: all * 1_000,
      }),
    ];
  });
