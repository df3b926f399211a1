import { availableParallelism, loadavg } from "node:os";
import { system } from "../kernel/actor.ts";
import { monotonic } from "../kernel/clock.ts";
import { isDuplicate, sql } from "../kernel/database.ts";
import { isMalformed, Refusal, StoreFailure } from "../kernel/errors.ts";
import { monotonicLag } from "./load.ts";
import type { Node } from "../kernel/node.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import type { Part } from "../trust/vault.ts";
import { partsSchema } from "../trust/vault-blobs.ts";
import { isLost } from "../trust/vault-store.ts";
import { finishRound, type Found, mendFinding, raiseFinding, STANDS, startRound } from "./acts.ts";
import { takeInventory } from "./acts-inventory.ts";
import type { Kind, RoundRow } from "./finding.ts";
import { allowanceOf, BLOB_COST_BYTES, type Load, nextOf, pauseOf } from "./pace.ts";

const SCRUB = system("vault-scrub");
/** Read and noted at once, in bytes: what a restart reads twice. */
const STRETCH_BYTES = 8_388_608;
/** A turn ends after so long, in milliseconds, so that a node that is told to stop stops. */
const TURN_MS = 6_000;
const LISTED_HOURS = 24;

/** What one turn did. */
export interface Turn {
  readonly blobs: number;
  readonly bytes: number;
  readonly paused?: string;
}

export const loadOf = (node: Node): Load => ({
  lagMs: monotonicLag(),
  perCore: (loadavg()[0] ?? 0) / availableParallelism(),
  writing: node.services.vault.writing(),
});

const running = async (node: Node): Promise<RoundRow | undefined> =>
  (await sql<RoundRow>`select * from vault_round where state = 'running'`.execute(node.db)).rows[0];

/** The round that runs; a new one where it is time for it. */
async function roundNow(node: Node): Promise<RoundRow | undefined> {
  const current = await running(node);
  if (current) return current;
  const last = await node.db
    .selectFrom("vault_round")
    .select("started_at")
    .orderBy("started_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (last && Temporal.Instant.compare(nextOf(last.started_at, node.config.scrub_days), node.clock()) > 0)
    return undefined;
  await perform({ node, actor: SCRUB, act: startRound, input: {} });
  return running(node);
}

/** One turn of the scrub: reads as much as the pace allows, or stands aside. The caller sees to it that there is one at a time. */
export async function scrub(node: Node, load: () => Load = () => loadOf(node)): Promise<Turn> {
  await readAsked(node);
  const round = await roundNow(node);
  if (!round) return { blobs: 0, bytes: 0 };
  const now = node.clock();
  const paused = pauseOf(load(), round, now);
  if (paused !== undefined) return rest(node, round, paused);
  const isListed = round.listed_at && now.since(round.listed_at).total("hours") < LISTED_HOURS;
  if (!isListed) await takeInventory(node, round.id, (found) => raise(node, found));
  const allowance = allowanceOf(round, now);
  const until = monotonic() + TURN_MS;
  let [blobs, bytes, spent] = [0, 0, 0];
  let stopped: string | undefined;
  while (spent < allowance && monotonic() < until && stopped === undefined) {
    const next = await nextBlob(node, round.started_at);
    if (!next) {
      await note(node, round, { blobs, bytes, debt: 0, paused: null });
      await perform({ node, actor: SCRUB, act: finishRound, id: round.id, input: {} });
      return { blobs, bytes };
    }
    const read = await stretch(node, next);
    if (read === "away") stopped = "away";
    else {
      bytes += read.bytes;
      blobs += read.done ? 1 : 0;
      spent += read.bytes + (next.read === null ? BLOB_COST_BYTES : 0);
      node.metrics.vaultRead.inc(read.bytes);
    }
    stopped ??= pauseOf(load(), round, node.clock());
  }
  const debt = stopped === undefined ? Math.max(Math.round(spent - Math.max(allowance, 0)), 0) : 0;
  await note(node, round, {
    blobs,
    bytes,
    debt: spent === 0 && allowance < 0 ? Math.round(-allowance) : debt,
    paused: stopped ?? null,
  });
  return { blobs, bytes, ...(stopped === undefined ? {} : { paused: stopped }) };
}

async function rest(node: Node, round: RoundRow, paused: string): Promise<Turn> {
  await note(node, round, { blobs: 0, bytes: 0, debt: 0, paused });
  return { blobs: 0, bytes: 0, paused };
}

const note = (
  node: Node,
  { id }: RoundRow,
  { blobs, bytes, debt, paused }: { blobs: number; bytes: number; debt: number; paused: string | null },
) =>
  sql`update vault_round set blobs_done = blobs_done + ${blobs}, bytes_done = bytes_done + ${bytes}, debt = ${debt},
    paused = ${paused}, worked_at = ${node.clock()} where id = ${id} and state = 'running'`.execute(node.db);

interface Next {
  readonly id: string;
  readonly address: Buffer;
  readonly bytes: number;
  readonly parts: readonly Part[];
  readonly holder: string | null;
  readonly wrapped: Buffer | null;
  readonly read: number | null;
  readonly mark: Buffer | null;
}

const COLUMNS = sql`b.id, b.address, b.bytes, b.parts, w.holder, w.wrapped, r.read, r.mark`;
const FROM = sql`blob b left join vault_reading r on r.blob = b.id
  left join lateral (select holder, wrapped from blob_wrap where blob = b.id order by holder limit 1) w on true`;

/** The blob that is half read, or the one that was looked at longest ago. */
async function nextBlob(node: Node, before: Temporal.Instant): Promise<Next | undefined> {
  const half = await sql<Next>`select ${COLUMNS} from ${FROM} where r.blob is not null limit 1`.execute(node.db);
  const { rows } =
    half.rows.length > 0
      ? half
      : await sql<Next>`select ${COLUMNS} from ${FROM} where coalesce(b.looked_at, b.at) < ${before}
        order by coalesce(b.looked_at, b.at), b.id limit 1`.execute(node.db);
  return rows[0] && { ...rows[0], parts: partsSchema.parse(rows[0].parts) };
}

/** Reads those that somebody asked for, whole and at once. */
async function readAsked(node: Node): Promise<void> {
  const until = monotonic() + TURN_MS;
  while (monotonic() < until) {
    const { rows } =
      await sql<Next>`select ${COLUMNS} from ${FROM} where b.asked_at is not null order by b.asked_at limit 1`.execute(
        node.db,
      );
    const [next] = rows;
    if (!next) return;
    const read = await stretch(node, { ...next, parts: partsSchema.parse(next.parts) });
    if (read === "away") return;
  }
}

/** Reads one stretch of a blob and notes what came of it. */
async function stretch(node: Node, next: Next): Promise<{ bytes: number; done: boolean } | "away"> {
  const { vault } = node.services;
  const from = next.read ?? 0;
  const to = Math.min(from + STRETCH_BYTES, next.bytes);
  const found = (kind: Kind, digest?: string): Found => ({
    ...(digest === undefined ? {} : { digest }),
    kind,
    blob: next.id,
    object: null,
    good: from,
    bytes: next.bytes,
  });
  const settle = async (kind: Kind, digest?: string) => {
    await raise(node, found(kind, digest));
    await looked(node, next.id, false);
    return { bytes: to - from, done: true };
  };
  if (next.wrapped === null || next.holder === null) return settle("keyless");
  try {
    const dataKey = await vault.unwrap(next.wrapped, next.holder);
    const { mark, digest } = await vault.verify(dataKey, next.parts, {
      from,
      to,
      ...(next.mark ? { mark: next.mark } : {}),
    });
    if (to < next.bytes) {
      await sql`insert into vault_reading (blob, read, mark) select id, ${to}, ${mark} from blob where id = ${next.id}
        on conflict (blob) do update set read = excluded.read, mark = excluded.mark`.execute(node.db);
      return { bytes: to - from, done: false };
    }
    if (!vault.addressOf(digest).equals(next.address)) return await settle("digest", digest);
    await mend(node, next.id, digest);
    await looked(node, next.id, true);
    return { bytes: to - from, done: true };
  } catch (error) {
    // The place where the keys lie does not answer: that says nothing of what the vault holds.
    if (error instanceof Refusal && error.code === "unavailable") return "away";
    if (isMalformed(error)) return settle(isLost(error) ? "lost" : "altered");
    if (!(error instanceof StoreFailure)) throw error;
    if (error.fault === "away") {
      node.log.warn({ err: error }, "the vault's store does not answer; the scrub goes on later");
      return "away";
    }
    return settle("unreadable");
  }
}

const looked = (node: Node, blob: string, isRight: boolean) =>
  node.db.transaction().execute(async (tx) => {
    const now = node.clock();
    await sql`update blob set looked_at = ${now}, asked_at = null, verified_at = case when ${isRight} then ${now} else verified_at end where id = ${blob}`.execute(
      tx,
    );
    await sql`delete from vault_reading where blob = ${blob}`.execute(tx);
  });

/** Raises a finding, once: where it stands already, it was only seen again. A blob that was let go meanwhile is none. */
async function raise(node: Node, found: Found): Promise<void> {
  const now = node.clock();
  await node.db
    .transaction()
    .execute(async (tx) => {
      if (found.blob !== null) {
        const there = await tx
          .selectFrom("blob")
          .select("id")
          .where("id", "=", found.blob)
          .forUpdate()
          .executeTakeFirst();
        if (!there) return;
      }
      const { numAffectedRows } = await sql`update vault_finding set seen_at = ${now}
        where coalesce(blob, object) = ${found.blob ?? found.object} and kind = ${found.kind} and ${STANDS}`.execute(
        tx,
      );
      if (numAffectedRows === 0n) {
        await performIn(tx, { node, actor: SCRUB, act: raiseFinding, input: found, now });
        node.log.error({ kind: found.kind, blob: found.blob, object: found.object }, "the vault's scrub found damage");
      }
    })
    .catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
}

/** Ends what stood against a blob that was read and is right. */
async function mend(node: Node, blob: string, digest: string): Promise<void> {
  const open = await node.db
    .selectFrom("vault_finding")
    .select("id")
    .where("blob", "=", blob)
    .where("state", "=", "open")
    .execute();
  for (const { id } of open) await perform({ node, actor: SCRUB, act: mendFinding, id, input: { digest } });
}

/** Measures: how many stand, by kind, and how long ago the last verification of the one that waits longest was. */
export async function gauge(node: Node): Promise<void> {
  const { rows } = await sql<{
    kind: string;
    n: number;
  }>`select kind, count(*)::int as n from vault_finding where state = 'open' group by kind`.execute(node.db);
  node.metrics.vaultFindings.reset();
  for (const { kind, n } of rows) node.metrics.vaultFindings.set({ kind }, n);
  const eldest = await sql<{
    at: Temporal.Instant | null;
  }>`select min(coalesce(verified_at, at)) as at from blob`.execute(node.db);
  const at = eldest.rows[0]?.at;
  node.metrics.vaultEldest.set(at ? node.clock().since(at).total("seconds") : 0);
}
