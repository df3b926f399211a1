import { createHash } from "node:crypto";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { endLedgerAlarm, raiseLedgerAlarm } from "./ledger-alarm.ts";
import { latestCheckpoint } from "./ledger.ts";
import { inclusionRanges } from "./proof.ts";
import { externalAuthority, noteAuthority, ownAuthority } from "./signers.ts";
import type { TimestampAuthority } from "./timestamp.ts";
import { type ChainLink, followChain, type Renewal, readTimestamp, renewedLeaf } from "./verify-timestamp.ts";
import { HASH_BYTES, rootOf } from "./verify-tlog.ts";

/** So many days before a token can't be verified any more it is renewed. */
const RENEW_DAYS = 90;
/** Chains that one renewal covers at most. */
const RENEWED_AT_ONCE = 4_096;

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** The chain of tokens over the checkpoint of that size, the first first; empty where it was never stamped. */
export async function chainOf(db: Database | Tx, size: number): Promise<ChainLink[]> {
  const rows = await db.selectFrom("ledger_token").selectAll().where("size", "=", size).orderBy("step").execute();
  return rows.map(({ token, root, idx, count, hashes }) => ({
    token,
    renewal:
      root === null ? null : renewalOf({ root, index: idx ?? 0, size: count ?? 0, hashes: hashes ?? Buffer.alloc(0) }),
  }));
}
const renewalOf = ({ hashes, ...more }: Omit<Renewal, "hashes"> & { readonly hashes: Buffer }): Renewal => ({
  ...more,
  hashes: Array.from({ length: hashes.length / HASH_BYTES }, (_, at) =>
    hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  ),
});

/** The latest checkpoint with a token that covers at most `size` entries; `null` where none has one. */
export async function stampedWithin(
  db: Database | Tx,
  size: number,
): Promise<{ readonly size: number; readonly note: string } | null> {
  const { rows } = await sql<{ size: number; note: string }>`select c.size, c.note from ledger_token t
    join ledger_checkpoint c on c.size = t.size where t.size <= ${size} order by t.is_built_in, t.size desc limit 1`.execute(
    db,
  );
  return rows[0] ?? null;
}

async function keep(
  db: Database | Tx,
  of: { readonly size: number; readonly step: number; readonly note: string; readonly link: ChainLink },
): Promise<void> {
  const { size, step, note, link } = of;
  const chain = followChain([...(await chainOf(db, size)), link], Buffer.from(note));
  if ("fault" in chain) throw new Error(`the token of the time-stamp authority does not hold: ${chain.fault}`);
  const { at, isBuiltIn } = readTimestamp(link.token);
  const { renewal } = link;
  await db
    .insertInto("ledger_token")
    .values({
      size,
      step,
      token: Buffer.from(link.token),
      is_built_in: isBuiltIn,
      at,
      until: chain.until,
      root: renewal?.root ?? null,
      idx: renewal?.index ?? null,
      count: renewal?.size ?? null,
      hashes: renewal ? Buffer.concat(renewal.hashes) : null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Stamps the latest checkpoint, where the last stamp is older than the operator wants it and the ledger has grown since. */
async function stampLatest(node: Node): Promise<void> {
  const latest = await latestCheckpoint(node.db);
  if (!latest || latest.size === 0) return;
  const now = node.clock();
  const before = now.subtract({ minutes: node.config.timestamp_minutes });
  const { rows } = await sql<{
    size: number;
    at: Temporal.Instant;
    own: Temporal.Instant | null;
    external: Temporal.Instant | null;
  }>`
    select max(size) as size, max(at) as at, max(at) filter (where is_built_in) as own, max(at) filter (where not is_built_in) as external
    from ledger_token where step = 1`.execute(node.db);
  const [last] = rows;
  if (last && latest.size <= (last.size ?? 0)) return;
  const isDue = (at: Temporal.Instant | null | undefined) => !at || Temporal.Instant.compare(at, before) <= 0;
  const external = externalAuthority(node);
  const { size, note } = latest;
  const stamp = async (authority: TimestampAuthority) =>
    keep(node.db, {
      size,
      step: 1,
      note,
      link: { token: await authority.stamp(sha256(Buffer.from(note))), renewal: null },
    });
  if (!external) {
    if (isDue(last?.at)) await stamp(ownAuthority(node));
    return;
  }
  if (!isDue(last?.external)) return;
  try {
    await stamp(external);
    await noteAuthority(node, null);
  } catch (error) {
    // Asked again in a minute; meanwhile the node's own word is better than none, and says whose it is.
    await noteAuthority(node, error);
    if (isDue(last?.own)) await stamp(ownAuthority(node));
  }
}

interface Ending {
  readonly size: number;
  readonly step: number;
  readonly note: string;
  readonly until: Temporal.Instant;
}

/** The chains whose last token ends soon, the soonest first. */
async function ending(db: Database, until: Temporal.Instant): Promise<Ending[]> {
  const { rows } = await sql<Ending>`select t.size, t.step, c.note, t.until from ledger_token t
    join ledger_checkpoint c on c.size = t.size
    where t.until < ${until} and not exists (select 1 from ledger_token l where l.size = t.size and l.step > t.step)
    order by t.until, t.size limit ${sql.lit(RENEWED_AT_ONCE)}`.execute(db);
  return rows;
}

/** An authority that could not renew is asked again after so many minutes: there are months yet. */
const RETRY_MINUTES = 60;
const failedAt = new WeakMap<Node, Temporal.Instant>();

/**
 * Renews tokens before their authority's certificate ends: one new token over all of them, so that however many there are one question
 * is asked. Those that have ended are renewed no more: nobody could tell any longer what they prove.
 *
 * @source RFC 4998 §5.2
 */
async function renew(node: Node): Promise<void> {
  const now = node.clock();
  const failed = failedAt.get(node);
  if (failed && Temporal.Instant.compare(now, failed.add({ minutes: RETRY_MINUTES })) < 0) return;
  const external = externalAuthority(node);
  const authority = external ?? ownAuthority(node);
  const about = node.config.tsa_url ?? node.name;
  const due = (await ending(node.db, now.add({ hours: 24 * RENEW_DAYS }))).filter(
    ({ until }) => Temporal.Instant.compare(until, now) > 0,
  );
  const [soonest] = due;
  if (!soonest) return endLedgerAlarm(node.db, { kinds: ["renewal"], about, now });
  try {
    const chains = await Promise.all(due.map(({ size }) => chainOf(node.db, size)));
    const leaves = due.map(({ note }, at) =>
      renewedLeaf(
        Buffer.from(note),
        (chains[at] ?? []).map(({ token }) => token),
      ),
    );
    const root = rootOf(leaves);
    const token = await authority.stamp(sha256(root));
    await node.db.transaction().execute(async (tx) => {
      for (const [index, { size, step, note, until }] of due.entries()) {
        const hashes = inclusionRanges(index, leaves.length).map(({ start, end }) => rootOf(leaves.slice(start, end)));
        const link = { token, renewal: { root, index, size: leaves.length, hashes } };
        const after = followChain([...(chains[index] ?? []), link], Buffer.from(note));
        if ("fault" in after || Temporal.Instant.compare(after.until, until) <= 0)
          throw new Error("the authority's certificate holds no longer than the one before");
        await keep(tx, { size, step: step + 1, note, link });
      }
    });
    await endLedgerAlarm(node.db, { kinds: ["renewal"], about, now });
  } catch (error) {
    failedAt.set(node, now);
    node.log.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      "time-stamps could not be renewed",
    );
    const detail = { count: due.length, until: soonest.until.toString().slice(0, 10) };
    await raiseLedgerAlarm(node.db, { kind: "renewal", about, detail, now });
  }
}

/** Stamps checkpoints as often as the operator wants, and renews what ends soon. Nothing waits for it. */
export const timestampsJob: Job = {
  name: "ledger-timestamps",
  everySeconds: 60,
  run: async (node) => {
    await stampLatest(node);
    await renew(node);
  },
};
