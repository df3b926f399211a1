import { randomUUIDv7 } from "node:crypto";
import { sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { type EndpointRow, type Event, eventOf } from "./endpoint.ts";

/** Entries of the journal that one run of a transaction reads. */
const ENTRIES_AT_ONCE = 2_000;
/** Most deliveries that one replay sets going. */
const REPLAY_MAX = 100_000;

/** Channel on which the sender hears that something waits. */
export const DELIVERY_CHANNEL = "comity_delivery";

/** What all are told of: a warning that was published, changed or called off. */
const FOR_ALL = sql.raw("(j.subject_kind = 'alert' and j.act in ('alert.publish', 'alert.update', 'alert.cancel'))");

interface Told {
  readonly entry: string;
  readonly leaf: number;
  readonly act: string;
  readonly at: Temporal.Instant;
  readonly subject_id: string;
  /** The client whose report it is; `null` for what all are told. */
  readonly client_id: string | null;
  readonly reference: string;
  readonly from: string | null;
  readonly to: string | null;
}

const columns = sql.raw(`j.id as entry, j.leaf, j.act, j.at, j.subject_id, r.client_id,
  coalesce(r.reference, j.record->'change'->>'identifier', '') as reference, j.record->'state'->>'from' as from, j.record->'state'->>'to' as to`);

const eventIn = ({ act, from, to }: Told): Event | undefined => eventOf(act, to === null ? undefined : { from, to });

/**
 * Reads the journal in the order of the ledger and makes of each act that a client is to be told of one delivery for each of
 * its addresses. The journal is the source and the place of reading moves in the same transaction: no act can be missed, and
 * none be told that did not happen. Gives how many entries were read.
 */
export const feed = (node: Node): Promise<number> =>
  node.db.transaction().execute(async (tx) => {
    const now = node.clock();
    await sql`insert into webhook_cursor (id, leaf) values (1, -1) on conflict do nothing`.execute(tx);
    const { leaf } = await tx.selectFrom("webhook_cursor").select("leaf").forUpdate().executeTakeFirstOrThrow();
    const { rows: ends } = await sql<{
      last: number | null;
      n: number;
    }>`select max(leaf) as last, count(*)::int as n from
      (select leaf from journal where leaf > ${leaf} order by leaf limit ${sql.lit(ENTRIES_AT_ONCE)}) as next`.execute(
      tx,
    );
    const { last = null, n = 0 } = ends[0] ?? {};
    if (last === null) return 0;
    const { rows } =
      await sql<Told>`select ${columns} from journal j left join report r on j.subject_kind = 'report' and r.id = j.subject_id
      where j.leaf > ${leaf} and j.leaf <= ${last} and (r.client_id is not null or ${FOR_ALL}) order by j.leaf`.execute(
        tx,
      );
    if (rows.length > 0 && (await deliver(tx, rows, now)) > 0)
      await sql`select pg_notify(${DELIVERY_CHANNEL}, '')`.execute(tx);
    await tx.updateTable("webhook_cursor").set({ leaf: last }).execute();
    return n;
  });

async function deliver(tx: Tx, told: readonly Told[], now: Temporal.Instant): Promise<number> {
  const clients = [...new Set(told.flatMap(({ client_id: client }) => (client === null ? [] : [client])))];
  const isForAll = told.some(({ client_id: client }) => client === null);
  const { rows: endpoints } = await sql<EndpointRow>`select * from endpoint where state <> 'closed'
    and (client_id = any(${clients}::uuid[]) or ${isForAll})`.execute(tx);
  const made = told.flatMap((each) => {
    const event = eventIn(each);
    return event === undefined
      ? []
      : endpoints
          .filter(
            ({ client_id: client, events, created_at: since }) =>
              (each.client_id === null || client === each.client_id) &&
              events.includes(event) &&
              Temporal.Instant.compare(each.at, since) >= 0,
          )
          .map(({ id: endpoint }) => ({ ...each, endpoint, event }));
  });
  await write(tx, made, now);
  return made.length;
}

type Made = Told & { readonly endpoint: string; readonly event: Event };

async function write(tx: Tx, made: readonly Made[], now: Temporal.Instant): Promise<number> {
  if (made.length === 0) return 0;
  const column = <T>(of: (each: Made) => T): T[] => made.map(of);
  const { numAffectedRows = 0n } =
    await sql`insert into delivery (id, endpoint_id, entry, leaf, event, subject_id, reference, at, state, queued_at, next_at)
    select t.*, 'waiting', ${now}::timestamptz, ${now}::timestamptz from unnest(${column(() => randomUUIDv7())}::uuid[], ${column((m) => m.endpoint)}::uuid[], ${column((m) => m.entry)}::uuid[],
      ${column((m) => m.leaf)}::bigint[], ${column((m) => m.event)}::text[], ${column((m) => m.subject_id)}::uuid[], ${column((m) => m.reference)}::text[],
      ${column((m) => m.at.toString())}::timestamptz[]) as t
    on conflict (endpoint_id, entry) do update set state = 'waiting', attempts = 0, queued_at = excluded.queued_at, next_at = excluded.next_at, problem = null, status = null, delivered_at = null`.execute(
      tx,
    );
  return Number(numAffectedRows);
}

/** Where a replay begins: at a moment, or with the entry that a delivery told of. */
export type ReplayStart = { readonly at: Temporal.Instant } | { readonly entry: string };

/**
 * Sets everything going again that an address is told of from `start` on, from the journal: also what came before the address
 * was registered, for reports of its client. Gives how many deliveries; `undefined` where the entry is not one of the client's.
 */
export async function replayFrom(
  tx: Tx,
  endpoint: EndpointRow,
  start: ReplayStart,
  now: Temporal.Instant,
): Promise<number | undefined> {
  // Never beyond the place of reading: what comes after it is yet to be made, once.
  const { rows: ends } = await sql<{ leaf: number }>`select leaf from webhook_cursor`.execute(tx);
  const { leaf: last } = ends[0] ?? { leaf: -1 };
  let first = sql`true`;
  if ("entry" in start) {
    const { rows: found } = await sql<{
      leaf: number;
    }>`select j.leaf from journal j join report r on r.id = j.subject_id and j.subject_kind = 'report'
      where j.id = ${start.entry} and r.client_id = ${endpoint.client_id} and j.leaf is not null`.execute(tx);
    if (!found[0]) return undefined;
    first = sql`j.leaf >= ${found[0].leaf}`;
  } else first = sql`j.at >= ${start.at}`;
  const { rows } =
    await sql<Told>`select ${columns} from report r join journal j on j.subject_kind = 'report' and j.subject_id = r.id
      where r.client_id = ${endpoint.client_id} and j.leaf <= ${last} and ${first}
    union all select ${columns} from journal j left join report r on false where ${FOR_ALL} and j.leaf <= ${last} and ${first}
    order by leaf limit ${sql.lit(REPLAY_MAX)}`.execute(tx);
  const made = rows.flatMap((each): Made[] => {
    const event = eventIn(each);
    return event !== undefined && endpoint.events.includes(event) ? [{ ...each, event, endpoint: endpoint.id }] : [];
  });
  await write(tx, made, now);
  await sql`select pg_notify(${DELIVERY_CHANNEL}, '')`.execute(tx);
  return made.length;
}

/** Follows the journal. */
export const feeding: Job = {
  name: "webhook-feed",
  everySeconds: 2,
  run: async (node) => {
    while ((await feed(node)) >= ENTRIES_AT_ONCE);
  },
};
