import { sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { measureOf } from "../law/slice.ts";
import type { RequestRow } from "../requests/slice.ts";
import type { Answering } from "./answers.ts";
import type { BlobOf } from "./delivery.ts";
import { Hi1Error } from "./message.ts";
import { authorisationId } from "./order.ts";

/** What is being taken in: by whom it was signed, and the bytes of the message. */
export interface Taking {
  readonly node: Node;
  readonly peer: string;
  readonly name: string;
  /** SHA-256 of the message as it came, hex: entries of what it says name it. */
  readonly digest: string;
  readonly now: Temporal.Instant;
  /** True where they were asked how things stand: what they have said before is no news then. */
  readonly isAsked?: boolean;
  /** Where the vault has what deliveries of this message bear, by their identifiers. */
  readonly blobs: ReadonlyMap<string, BlobOf>;
}

/** A request as far as an answer needs it. */
export type Row = Pick<RequestRow, "id" | "number" | "measure" | "state" | "authority" | "received_at">;

/** One of our requests to that provider; locked, as it stands within this transaction. */
async function requestOf(tx: Tx, { peer }: Taking, id: string): Promise<Row | undefined> {
  const { rows } = await sql<Row>`select id, number, measure, state, authority, received_at from request
    where id = ${id} and peer = ${peer} and side = 'sender' and sent_at is not null for update`.execute(tx);
  return rows[0];
}

/** The request that a reference of a task names. */
export async function requestNamed(tx: Tx, taking: Taking, ldid: string | undefined): Promise<Row | undefined> {
  const number = /^[A-Z]{2}-[^-]+-(.+)$/.exec(ldid ?? "")?.[1];
  if (number === undefined) return undefined;
  const found = await tx
    .selectFrom("request")
    .select("id")
    .where("number", "=", number)
    .where("peer", "=", taking.peer)
    .where("side", "=", "sender")
    .executeTakeFirst();
  return found && requestOf(tx, taking, found.id);
}

/** The request whose authorisation, document or task bears that identifier. */
export async function requestBy(
  tx: Tx,
  taking: Taking,
  object: string,
): Promise<{ row: Row; kind: Answering } | undefined> {
  const asTask = await requestOf(tx, taking, object);
  if (asTask) return { row: asTask, kind: measureOf(asTask.measure).yields === "preservation" ? "LPTask" : "LDTask" };
  const { rows } = await sql<{ request_id: string }>`select request_id from hi1_object
    where peer = ${taking.peer} and id = ${object}`.execute(tx);
  const row = rows[0] && (await requestOf(tx, taking, rows[0].request_id));
  return row && authorisationId(row.id) === object ? { row, kind: "Authorisation" } : undefined;
}

/** Notes an object that comes once; false where the same has come already. Refuses another one under its identifier. */
export async function isFirst(
  tx: Tx,
  { peer, now }: Taking,
  of: {
    readonly id: string;
    readonly request: string;
    readonly digest: Buffer;
    readonly part?: { readonly delivery: string | null; readonly sequence: number | null; readonly last: boolean };
  },
): Promise<boolean> {
  const { delivery = null, sequence = null, last = null } = of.part ?? {};
  const { rows } = await sql<{ id: string }>`
    insert into hi1_object (peer, id, request_id, delivery, sequence, last, digest, at)
    values (${peer}, ${of.id}, ${of.request}, ${delivery}, ${sequence}, ${last}, ${of.digest}, ${now})
    on conflict do nothing returning id`.execute(tx);
  if (rows.length > 0) return true;
  const { rows: known } = await sql<{ digest: Buffer | null }>`
    select digest from hi1_object where peer = ${peer} and id = ${of.id}`.execute(tx);
  if (known[0]?.digest?.equals(of.digest)) return false;
  throw new Hi1Error("ObjectAlreadyExists", `another object ${of.id} is known here`);
}

/**
 * Whether the same part of the same delivery has come already, under whatever identifier: who was not answered may hand it over anew. Refuses
 * other data in its place.
 */
export async function isPartKnown(
  tx: Tx,
  { peer }: Taking,
  of: { readonly request: string; readonly delivery: string; readonly sequence: number; readonly digest: Buffer },
): Promise<boolean> {
  const { rows } = await sql<{ digest: Buffer | null }>`select digest from hi1_object
    where peer = ${peer} and request_id = ${of.request} and delivery = ${of.delivery} and sequence = ${of.sequence}`.execute(
    tx,
  );
  if (!rows[0]) return false;
  if (rows[0].digest?.equals(of.digest)) return true;
  throw new Hi1Error(
    "ObjectAlreadyExists",
    `part ${of.sequence} of delivery ${of.delivery} is known here with other data`,
  );
}

/** Whether deliveries have come, and nothing of them is missing: of one in numbered parts, none before the last, and that one too. */
export async function deliveredOf(tx: Tx, { peer }: Taking, request: string): Promise<"none" | "some" | "gaps"> {
  const { rows } = await sql<{ parts: number; least: number | null; most: number | null; ended: boolean }>`
    select count(*)::int as parts, min(sequence) as least, max(sequence) as most, bool_or(last) as ended from hi1_object
    where peer = ${peer} and request_id = ${request} and last is not null group by delivery`.execute(tx);
  if (rows.length === 0) return "none";
  const whole = rows.every(
    ({ parts, least, most, ended }) =>
      most === null || (ended && least !== null && least <= 1 && most - least + 1 === parts),
  );
  return whole ? "some" : "gaps";
}
