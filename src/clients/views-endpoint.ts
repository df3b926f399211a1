import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { cursorOf, type Reader, readCursor, view } from "../kernel/view.ts";
import { type DeliveryRow, type EndpointRow, endpointSubject, SECRET_SHOWN_MINUTES } from "./endpoint.ts";
import { webhookSecret } from "./webhook.ts";

const PAGE_MAX = 200;

/** A delivery as the log shows it. */
export type DeliveryListed = Pick<
  DeliveryRow,
  | "event"
  | "reference"
  | "at"
  | "state"
  | "attempts"
  | "next_at"
  | "status"
  | "took_ms"
  | "problem"
  | "tried_at"
  | "delivered_at"
> & {
  /** The `webhook-id` that it is sent under. */
  readonly id: string;
};

interface LogAsked {
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly state?: string | undefined;
}

async function logOf({ db }: Reader, endpoint: string, { cursor, limit, state }: LogAsked) {
  const [before] = readCursor(cursor, 1) ?? [];
  const { rows } = await sql<
    DeliveryListed & { leaf: number }
  >`select 'evt_' || entry as id, event, reference, at, state, attempts, next_at, status, took_ms,
      problem, tried_at, delivered_at, leaf from delivery where endpoint_id = ${endpoint}
      and ${typeof before === "number" && Number.isSafeInteger(before) ? sql`leaf < ${before}` : sql`true`} and ${state === undefined ? sql`true` : sql`state = ${state}`}
    order by leaf desc limit ${sql.lit(limit + 1)}`.execute(db);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(({ leaf: _, ...row }): DeliveryListed => row),
    ...(rows.length > limit && last ? { next: cursorOf(last.leaf) } : {}),
  };
}

const logInput = z.object({
  id: z.uuid(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
  state: z.enum(["waiting", "delivered", "given-up"]).optional(),
});

async function visibleEndpoint(reader: Reader, id: string) {
  const { rows } = await sql<
    EndpointRow & { client: string }
  >`select e.*, c.name as client from endpoint e join client c on c.id = e.client_id
    where e.id = ${id} and ${reader.visible(endpointSubject, { alias: "e" })}`.execute(reader.db);
  return rows[0];
}

const withSecret = (reader: Reader, row: EndpointRow) => {
  const isNew = row.state !== "closed" && reader.now.since(row.secret_at).total("minutes") < SECRET_SHOWN_MINUTES;
  return isNew ? { secret: webhookSecret(reader.node, row.id, row.secret_number) } : {};
};

/** One address with its log; its secret while that is new. */
export const endpointView = view({
  name: "endpoint.read",
  path: "/endpoints/:id",
  subject: endpointSubject,
  input: logInput,
  read: async (reader, { id, ...asked }) => {
    const row = await visibleEndpoint(reader, id);
    if (!row) return undefined;
    const { secret_number: _, ...shown } = row;
    const waiting = await sql<{
      n: number;
    }>`select count(*)::int as n from delivery where endpoint_id = ${id} and state = 'waiting'`.execute(reader.db);
    return {
      ...shown,
      ...withSecret(reader, row),
      waiting: waiting.rows[0]?.n ?? 0,
      deliveries: await logOf(reader, id, asked),
      filter: asked.state,
    };
  },
});
export type EndpointFound = NonNullable<Awaited<ReturnType<typeof endpointView.read>>>;

/** A client's own addresses. */
export const ownEndpoints = view({
  name: "client.endpoints",
  path: "/client/endpoints",
  role: "portal",
  subject: endpointSubject,
  input: z.object({}),
  read: async (reader) => {
    demandClient(reader);
    const { rows } = await sql<
      Pick<EndpointRow, "id" | "state" | "url" | "events" | "created_at" | "former_until" | "failing_since">
    >`
      select id, state, url, events, created_at, former_until, failing_since from endpoint e
      where state <> 'closed' and ${reader.visible(endpointSubject, { alias: "e" })} order by created_at limit 100`.execute(
      reader.db,
    );
    return { items: rows };
  },
});

/** What was sent to one of a client's own addresses. */
export const ownDeliveries = view({
  name: "client.deliveries",
  path: "/client/endpoints/:id/deliveries",
  role: "portal",
  subject: endpointSubject,
  input: logInput,
  read: async (reader, { id, ...asked }) => {
    demandClient(reader);
    return (await visibleEndpoint(reader, id)) && logOf(reader, id, asked);
  },
});

function demandClient({ actor }: Reader): void {
  if (actor.kind !== "client") throw new Refusal("not-signed-in", "client-key-needed");
}
