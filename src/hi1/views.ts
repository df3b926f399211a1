import { z } from "zod";
import { sql } from "../kernel/database.ts";
import { Download, type Listed, type Reader, view } from "../kernel/view.ts";
import { correspondentSubject } from "../correspondents/slice.ts";
import { peerNames } from "../exchange/slice.ts";
import { requestSubject } from "../requests/slice.ts";
import { unseal } from "../trust/seal.ts";
import { saidIn } from "./said.ts";
import { answerPlace, dispatch, type DispatchRow, endpoint, type EndpointRow, textPlace } from "./endpoint.ts";

/** An endpoint with the names of the two people, and the correspondent that it is of. */
export interface EndpointFound extends EndpointRow {
  readonly name: string;
  readonly proposer: string | null;
  readonly confirmer: string | null;
  readonly messages: readonly DispatchShown[];
}
/** A message with the number of its request, where the reader may see that. */
export interface DispatchShown extends DispatchRow {
  readonly number: string | null;
}

/** An endpoint as lists show it. */
export type EndpointLine = Omit<EndpointFound, "messages">;

const SHOWN = 100;
const LISTED = 500;
const COLUMNS = sql`m.id, m.peer, m.direction, m.state, m.transaction, m.request_id, m.actions, encode(m.digest, 'hex') as digest, m.at, m.settled_at, m.attempts, m.problem`;

/** Messages, the newest first: of one provider, about one request, or one; those about requests that the reader may not see stay away. */
async function dispatches(
  { db, visible }: Reader,
  of: { readonly peer: string } | { readonly request: string } | { readonly id: string },
): Promise<DispatchShown[]> {
  const which =
    "peer" in of
      ? sql`m.peer = ${of.peer}`
      : "request" in of
        ? sql`m.request_id = ${of.request}`
        : sql`m.id = ${of.id}`;
  const { rows } = await sql<DispatchShown>`select ${COLUMNS}, r.number from hi1_message m
    left join request r on r.id = m.request_id and ${visible(requestSubject, { alias: "r" })}
    where ${which} and (m.request_id is null or r.id is not null) and ${visible(dispatch, { alias: "m" })}
    order by m.at desc, m.id desc limit ${sql.lit(SHOWN)}`.execute(db);
  return rows;
}

const found = ({ db, visible }: Reader, which: ReturnType<typeof sql<boolean>>) =>
  sql<
    Omit<EndpointFound, "messages">
  >`select e.*, c.name, (select name from account where id = e.proposed_by) as proposer,
      (select name from account where id = e.confirmed_by) as confirmer from hi1_endpoint e
    join correspondent c on c.id = e.correspondent_id and ${visible(correspondentSubject, { alias: "c" })}
    where ${which} and ${visible(endpoint, { alias: "e" })} order by (e.state = 'revoked'), c.name, e.proposed_at desc limit ${sql.lit(LISTED)}`.execute(
    db,
  );

/** One endpoint: how it is named, its key, who bound it, and what went and came. */
export const endpointView = view({
  name: "hi1-endpoint.read",
  path: "/hi1-endpoints/:id",
  subject: endpoint,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<EndpointFound | undefined> => {
    const { rows } = await found(reader, sql<boolean>`e.id = ${id}`);
    const [row] = rows;
    return row && { ...row, messages: await dispatches(reader, { peer: row.peer }) };
  },
});

/** Every endpoint, the ones in force first. */
export const endpointList = view({
  name: "hi1-endpoint.list",
  path: "/hi1-endpoints",
  subject: endpoint,
  input: z.object({ q: z.string().trim().max(100).default("") }),
  read: async (reader, { q }): Promise<Listed<EndpointLine>> => {
    const like = `%${q.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`;
    const { rows } = await found(
      reader,
      sql<boolean>`(c.name ilike ${like} or e.peer ilike ${like} or e.url ilike ${like} or e.identifier ilike ${like})`,
    );
    return { items: rows };
  },
});

/** The endpoints of a correspondent, the one in force first. */
export const endpointsOf = async (reader: Reader, correspondent: string) =>
  (await found(reader, sql<boolean>`e.correspondent_id = ${correspondent}`)).rows;

/** Messages to and from a provider, the newest first. */
export const dispatchesWith = (reader: Reader, peer: string): Promise<DispatchShown[]> => dispatches(reader, { peer });

/** Messages about a request, for its page. */
export const dispatchesOf = (reader: Reader, request: string): Promise<DispatchShown[]> =>
  dispatches(reader, { request });

/** One message, with what it says in words. */
export interface DispatchFound extends DispatchShown {
  readonly peer_name: string;
  readonly said: readonly string[];
}

/** One message: what became of it. */
export const dispatchView = view({
  name: "dispatch.read",
  path: "/dispatches/:id",
  subject: dispatch,
  input: z.object({ id: z.uuid() }),
  read: async (reader, { id }): Promise<DispatchFound | undefined> => {
    const [shown] = await dispatches(reader, { id });
    if (!shown) return undefined;
    const names = await peerNames(reader.db);
    const said = saidIn((await textOf(reader, id, "message"))?.toString() ?? "{}");
    return { ...shown, peer_name: names.get(shown.peer) ?? shown.peer, said };
  },
});

/** The text of a message, or the answer to it; `undefined` where there is none. */
async function textOf({ db, node }: Reader, id: string, part: "message" | "answer"): Promise<Buffer | undefined> {
  const { rows } = await sql<{
    words: Buffer | null;
    answer: Buffer | null;
  }>`select words, answer from hi1_message where id = ${id}`.execute(db);
  const sealed = part === "message" ? rows[0]?.words : rows[0]?.answer;
  const place = part === "message" ? textPlace(id) : answerPlace(id);
  return sealed ? unseal(node.services.keys.seal, sealed, place) : undefined;
}

/** The text of a message, or the answer to it, exactly as it went or came. */
export const dispatchText = view({
  name: "dispatch.text",
  path: "/dispatches/:id/:part",
  subject: dispatch,
  input: z.object({ id: z.uuid(), part: z.enum(["message", "answer"]) }),
  read: async (reader, { id, part }) => {
    const [shown] = await dispatches(reader, { id });
    if (!shown) return undefined;
    const body = await textOf(reader, id, part);
    if (!body) return undefined;
    return new Download(body, { type: "application/json", filename: `${shown.transaction}-${part}.json` });
  },
});
