import { type Tx, sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type TellingRow, toldIn } from "../reports/slice.ts";
import { lookupKey } from "../trust/seal.ts";
import {
  ALIKE_MIN,
  bandsOf,
  type Hashing,
  HASHES,
  hashingOf,
  likeness,
  type Signature,
  signatureBytes,
  signatureFrom,
  signatureOf,
  wordingOf,
} from "./wording.ts";

/** Wordings looked at under one band: a band of more is a hub, and its wordings are found by their other bands. */
const BAND_MAX = 40;
/** Reports of one wording that are looked at, the oldest and the newest: the others are where these are. */
const SAMPLE = 100;
const DIGEST_BYTES = 16;

/** The wording of a report, as its row holds it. */
export interface Wording {
  readonly id: number;
  /** Long enough to be known again. */
  readonly telling: boolean;
}

const hashings = new WeakMap<Buffer, Hashing>();
/** The hash functions of this node. */
export function hashingAt({ services }: Node): Hashing {
  const key = services.keys.lookup;
  const known = hashings.get(key) ?? hashingOf(lookupKey(key, "wording"));
  hashings.set(key, known);
  return known;
}

/** Notes the wordings of reports, those met before and new ones, which are compared with all others at once. By the report's id. */
export async function noteWordings(tx: Tx, node: Node, rows: readonly TellingRow[]): Promise<Map<string, Wording>> {
  const hashing = hashingAt(node);
  const texts = rows
    .map((row) => ({ report: row.id, wording: wordingOf(toldIn(node, row).description) }))
    .filter(({ wording }) => wording !== "");
  const digests = new Map(
    texts.map(({ wording }) => [
      wording,
      lookupKey(node.services.keys.lookup, "wording", wording).subarray(0, DIGEST_BYTES),
    ]),
  );
  const known = await knownBy(tx, [...digests.values()]);
  const fresh = [...digests].filter(([, digest]) => !known.has(digest.toString("hex")));
  const signed = fresh.map(([wording, digest]) => ({ digest, signature: signatureOf(wording, hashing) }));
  await sql`insert into wording (digest, signature) select * from unnest(${signed.map((each) => each.digest)}::bytea[],
    ${signed.map(({ signature }) => (signature ? signatureBytes(signature) : null))}::bytea[]) on conflict do nothing`.execute(
    tx,
  );
  const ids = await knownBy(tx, [...digests.values()]);
  const added = signed.flatMap(({ digest, signature }) => {
    const id = ids.get(digest.toString("hex"))?.id;
    return signature && id !== undefined ? [{ id, signature }] : [];
  });
  await compare(tx, added);
  return new Map(
    texts.flatMap(({ report, wording }) => {
      const found = ids.get(digests.get(wording)?.toString("hex") ?? "");
      return found ? [[report, found] as const] : [];
    }),
  );
}

async function knownBy(tx: Tx, digests: readonly Buffer[]): Promise<Map<string, Wording>> {
  const { rows } = await sql<
    Wording & { digest: Buffer }
  >`select id, digest, signature is not null as telling from wording where digest = any(${digests}::bytea[])`.execute(
    tx,
  );
  return new Map(rows.map(({ digest, ...wording }) => [digest.toString("hex"), wording]));
}

/** Finds the wordings that are like new ones, and notes it on both sides. */
async function compare(
  tx: Tx,
  added: readonly { readonly id: number; readonly signature: Signature }[],
): Promise<void> {
  if (added.length === 0) return;
  const bands = added.flatMap(({ id, signature }) => bandsOf(signature).map((band) => ({ id, band: band.toString() })));
  const columns = sql`unnest(${bands.map((each) => each.band)}::bigint[], ${bands.map((each) => each.id)}::bigint[])`;
  await sql`insert into wording_band (band, wording_id) select * from ${columns} on conflict do nothing`.execute(tx);
  const { rows: pairs } = await sql<{
    a: number;
    b: number;
  }>`select distinct n.id as a, m.wording_id as b from ${columns} as n(band, id)
    cross join lateral (select w.wording_id from wording_band w where w.band = n.band order by w.wording_id limit ${sql.lit(BAND_MAX)}) as m where m.wording_id <> n.id`.execute(
    tx,
  );
  const signatures = await signaturesOf(tx, [...new Set(pairs.flatMap(({ a, b }) => [a, b]))]);
  const near = pairs.flatMap(({ a, b }) => {
    const [left, right] = [signatures.get(a), signatures.get(b)];
    const alike = left && right ? likeness(left, right) : 0;
    return alike >= ALIKE_MIN ? [{ a, b, equal: Math.round(alike * HASHES) }] : [];
  });
  await sql`insert into wording_near (wording_id, other_id, equal)
    select a, b, n from unnest(${near.flatMap(({ a, b }) => [a, b])}::bigint[], ${near.flatMap(({ a, b }) => [b, a])}::bigint[], ${near.flatMap(({ equal }) => [equal, equal])}::smallint[]) as t(a, b, n)
    on conflict do nothing`.execute(tx);
}

async function signaturesOf(tx: Tx, ids: readonly number[]): Promise<Map<number, Signature>> {
  const { rows } = await sql<{
    id: number;
    signature: Buffer;
  }>`select id, signature from wording where id = any(${ids}::bigint[]) and signature is not null`.execute(tx);
  return new Map(rows.map(({ id, signature }) => [id, signatureFrom(signature)]));
}

/** What shares a wording with these reports, or has one like it. `nodeOf` gives a report's campaign, or itself where it has none. */
export async function wordingBonds(
  tx: Tx,
  wordings: ReadonlyMap<string, Wording>,
  nodeOf: (report: string) => string,
): Promise<string[][]> {
  const telling = new Map<number, string[]>();
  for (const [report, { id, telling: isTelling }] of wordings)
    if (isTelling) telling.set(id, [...(telling.get(id) ?? []), nodeOf(report)]);
  const ids = [...telling.keys()];
  if (ids.length === 0) return [];
  const { rows: near } = await sql<{
    a: number;
    b: number;
  }>`select wording_id as a, other_id as b from wording_near where wording_id = any(${ids}::bigint[]) order by equal desc, 1, 2`.execute(
    tx,
  );
  const { rows } = await sql<{
    wording: number;
    node: string;
  }>`select w.id as wording, m.node from unnest(${[...new Set([...ids, ...near.map(({ b }) => b)])]}::bigint[]) as w(id)
    cross join lateral (select distinct coalesce(r.campaign_id, r.id) as node from (
      (select s.report_id from report_signature s where s.wording_id = w.id order by s.report_id limit ${sql.lit(SAMPLE)})
      union (select s.report_id from report_signature s where s.wording_id = w.id order by s.report_id desc limit ${sql.lit(SAMPLE)})
    ) as s join report r on r.id = s.report_id) as m order by 1, 2`.execute(tx);
  const nodes = new Map<number, string[]>();
  for (const { wording, node } of rows) nodes.set(wording, [...(nodes.get(wording) ?? []), node]);
  const of = (wording: number): string[] => [...(nodes.get(wording) ?? []), ...(telling.get(wording) ?? [])];
  return [...ids.toSorted((a, b) => a - b).map(of), ...near.map(({ a, b }) => [...of(a), ...of(b)])]
    .map((bond) => [...new Set(bond)])
    .filter((bond) => bond.length > 1);
}

/** Forgets those of these wordings that no report has any more. */
export async function forgetWordings(tx: Tx, wordings: readonly number[]): Promise<void> {
  const { rows } = await sql<{
    id: number;
    signature: Buffer | null;
  }>`delete from wording w where w.id = any(${wordings}::bigint[])
    and not exists (select 1 from report_signature s where s.wording_id = w.id) returning w.id, w.signature`.execute(
    tx,
  );
  const bands = rows.flatMap(({ id, signature }) =>
    signature ? bandsOf(signatureFrom(signature)).map((band) => ({ id, band: band.toString() })) : [],
  );
  await sql`delete from wording_band where (band, wording_id) in (select * from unnest(${bands.map((each) => each.band)}::bigint[], ${bands.map((each) => each.id)}::bigint[]))`.execute(
    tx,
  );
  // Each likeness is noted on both sides, so that either is found by its key.
  const ids = rows.map(({ id }) => id);
  await sql`delete from wording_near n using wording_near m where m.wording_id = any(${ids}::bigint[]) and n.wording_id = m.other_id and n.other_id = m.wording_id`.execute(
    tx,
  );
  await sql`delete from wording_near where wording_id = any(${ids}::bigint[])`.execute(tx);
}
