import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { type Reader, view } from "../kernel/view.ts";
import { type ClientRow, clientSubject, keySubject } from "./client.ts";
import { KEY_SHOWN_MINUTES, keySecret } from "./key.ts";
import { type Allowance, allowanceOf, dayOf, type Meter } from "./meter.ts";

const CLIENTS_MAX = 500;
/** Days of use that a client's page shows. */
const USE_DAYS = 30;

/** A client in the list. */
export interface ClientListed extends Pick<ClientRow, "id" | "name" | "organisation" | "state" | "scopes" | "used_at"> {
  readonly today: number;
  readonly keys: number;
  /** Addresses that deliveries have been paused to. */
  readonly paused: number;
}

export const clientList = view({
  name: "client.list",
  path: "/clients",
  subject: clientSubject,
  input: z.object({}),
  read: async (reader) => {
    const { rows } = await sql<ClientListed>`select c.id, c.name, c.organisation, c.state, c.scopes, c.used_at,
        coalesce((select sum(u.taken)::int from client_use u where u.client_id = c.id and u.day = ${dayOf(reader.now)}), 0) as today,
        (select count(*)::int from client_key k where k.client_id = c.id and k.ended_at is null and k.expires_at > ${reader.now}) as keys,
        (select count(*)::int from endpoint e where e.client_id = c.id and e.state = 'paused') as paused
      from client c where ${reader.visible(clientSubject, { alias: "c" })} order by c.state = 'closed', c.name limit ${sql.lit(CLIENTS_MAX)}`.execute(
      reader.db,
    );
    return { items: rows };
  },
});

/** How many addresses have been given up for the time being: somebody should look. */
export async function pausedCount(reader: Reader): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from endpoint e join client c on c.id = e.client_id
    where e.state = 'paused' and ${reader.visible(clientSubject, { alias: "c" })}`.execute(reader.db);
  return rows[0]?.n ?? 0;
}

/** A key as lists show it: never the key itself. */
export interface KeyListed {
  readonly id: string;
  readonly name: string;
  readonly created_at: Temporal.Instant;
  readonly expires_at: Temporal.Instant;
  readonly ended_at: Temporal.Instant | null;
  readonly used_at: Temporal.Instant | null;
  readonly successor: string | null;
}
/** An address as the client's page lists it. */
export interface EndpointListed {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  readonly events: readonly string[];
  readonly failing_since: Temporal.Instant | null;
  readonly waiting: number;
}
/** Reports of one day, by door. */
export interface DayOfUse {
  readonly day: string;
  readonly channel: string;
  readonly taken: number;
  readonly refused: number;
}

async function meterOf({ db }: Reader, client: string): Promise<Meter | undefined> {
  const { rows } =
    await sql<Meter>`select day, day_taken, minute, minute_taken from client_meter where client_id = ${client}`.execute(
      db,
    );
  return rows[0];
}

export const clientView = view({
  name: "client.read",
  path: "/clients/:id",
  subject: clientSubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { db, now } = reader;
    const { rows } =
      await sql<ClientRow>`select * from client c where c.id = ${id} and ${reader.visible(clientSubject, { alias: "c" })}`.execute(
        db,
      );
    const [row] = rows;
    if (!row) return undefined;
    const since = dayOf(now).subtract({ days: USE_DAYS - 1 });
    const [keys, endpoints, use, meter] = await Promise.all([
      sql<KeyListed>`select id, name, created_at, expires_at, ended_at, used_at, successor from client_key k
        where k.client_id = ${id} and ${reader.visible(keySubject, { alias: "k" })} order by created_at desc limit 100`.execute(
        db,
      ),
      sql<EndpointListed>`select e.id, e.url, e.state, e.events, e.failing_since,
          (select count(*)::int from delivery d where d.endpoint_id = e.id and d.state = 'waiting') as waiting
        from endpoint e where e.client_id = ${id} order by e.state = 'closed', e.created_at limit 100`.execute(db),
      sql<DayOfUse>`select to_char(day, 'YYYY-MM-DD') as day, channel, taken, refused from client_use
        where client_id = ${id} and day >= ${since} order by day, channel`.execute(db),
      meterOf(reader, id),
    ]);
    const allowance: Allowance = allowanceOf(row, meter, now);
    return { ...row, keys: keys.rows, endpoints: endpoints.rows, use: use.rows, allowance, since: since.toString() };
  },
});
export type ClientFound = NonNullable<Awaited<ReturnType<typeof clientView.read>>>;

/** One key; the key itself while it is new. */
export const keyView = view({
  name: "client-key.read",
  path: "/client-keys/:id",
  subject: keySubject,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }) => {
    const { rows } = await sql<
      KeyListed & { client_id: string; client: string }
    >`select k.id, k.name, k.created_at, k.expires_at,
        k.ended_at, k.used_at, k.successor, k.client_id, c.name as client
      from client_key k join client c on c.id = k.client_id where k.id = ${id} and ${reader.visible(keySubject, { alias: "k" })}`.execute(
      reader.db,
    );
    const [row] = rows;
    if (!row) return undefined;
    const isNew = !row.ended_at && reader.now.since(row.created_at).total("minutes") < KEY_SHOWN_MINUTES;
    return { ...row, ...(isNew ? { secret: keySecret(reader.node, id) } : {}) };
  },
});
export type KeyFound = NonNullable<Awaited<ReturnType<typeof keyView.read>>>;

/** What a machine may know of itself: its scopes, its quotas and what is left of them, until when its key is good. */
export const ownClient = view({
  name: "client.own",
  path: "/client",
  role: "portal",
  input: z.object({}),
  read: async (reader) => {
    const { actor, db, now } = reader;
    if (actor.kind !== "client") throw new Refusal("not-signed-in", "client-key-needed");
    const row = await db.selectFrom("client").selectAll().where("id", "=", actor.client).executeTakeFirstOrThrow();
    const key = await db
      .selectFrom("client_key")
      .select(["name", "expires_at"])
      .where("id", "=", actor.key)
      .executeTakeFirstOrThrow();
    const { day, minute } = allowanceOf(row, await meterOf(reader, actor.client), now);
    return {
      name: row.name,
      organisation: row.organisation,
      scopes: row.scopes,
      categories: row.categories,
      quotas: { day: { quota: row.day_quota, ...day }, minute: { quota: row.minute_quota, ...minute } },
      key,
    };
  },
});
