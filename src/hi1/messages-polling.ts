import { createHash } from "node:crypto";
import { system } from "../kernel/actor.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { performIn } from "../kernel/pipeline.ts";
import { ask } from "../exchange/slice.ts";
import { takeDispatch } from "./acts.ts";
import { namesOf, ownNames, type Problem } from "./endpoint.ts";
import { Hi1Error, MESSAGE_BYTES_MAX, newTransaction, requestOf } from "./message.ts";
import { problemOf } from "./message-problem.ts";
import { outcomeOf } from "./messages-answer.ts";
import { ownKey, trustedEndpoints, type TrustedEndpoint } from "./messages-endpoint.ts";
import type { Taking } from "./messages-objects.ts";
import { takeObject } from "./messages-taking.ts";
import { derivedId } from "./order.ts";
import { type Hi1Object, kindOf } from "./schema.ts";
import { signMessage } from "./signature.ts";

/** Tasks that are asked about in one message. */
const AT_ONCE = 50;

/** Asks providers how the tasks stand that are open with them, `atOnce` in a message: some say nothing by themselves. What they answer counts as if they had said it. */
export async function askDue(node: Node, { atOnce }: { readonly atOnce: number } = { atOnce: AT_ONCE }): Promise<void> {
  for (const endpoint of await trustedEndpoints(node.db))
    await askAbout(node, endpoint, atOnce).catch((error: unknown) =>
      node.log.warn({ err: error, peer: endpoint.peer }, "asking by TS 103 120 broke off"),
    );
}

/** Goes through all tasks that are open there, so that none is forgotten behind newer ones. */
async function askAbout(node: Node, endpoint: TrustedEndpoint, atOnce: number): Promise<void> {
  for (let last: string | null = null; ;) {
    const ids: string[] = await openTasks(node, endpoint, { last, atOnce });
    if (ids.length > 0) await askOf(node, endpoint, ids);
    if (ids.length < atOnce) return;
    last = ids.at(-1) ?? null;
  }
}

/** Ids of the next of them after `last`, in the order of their numbers. */
async function openTasks(
  node: Node,
  endpoint: TrustedEndpoint,
  { last, atOnce }: { readonly last: string | null; readonly atOnce: number },
): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select distinct r.id from hi1_message m join request r on r.id = m.request_id
    where m.peer = ${endpoint.peer} and m.direction = 'out' and m.state = 'taken' and m.actions[1] like 'CREATE %' and r.side = 'sender'
      and r.state in ('delivered', 'acknowledged', 'accepted', 'executing', 'partly-executed', 'clarification', 'postponed')
      and (${last}::uuid is null or r.id > ${last}::uuid)
    order by r.id limit ${sql.lit(atOnce)}`.execute(node.db);
  return rows.map(({ id }) => id);
}

/** How many messages about each request have been settled: what was said or told meanwhile is newer than the answer to a question. */
async function settledOf(db: Database | Tx, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: string; n: number }>`select request_id as id, count(*)::int as n from hi1_message
    where request_id = any(${ids}::uuid[]) and state <> 'waiting' group by request_id`.execute(db);
  return new Map(rows.map(({ id, n }) => [id, n]));
}

async function askOf(node: Node, endpoint: TrustedEndpoint, ids: readonly string[]): Promise<void> {
  const own = ownNames(node);
  const transaction = newTransaction();
  const { key, kid } = ownKey(node);
  const heading = { from: own, to: namesOf(endpoint), transaction, at: node.clock() };
  const question = requestOf(
    heading,
    ids.map((Identifier) => ({ GET: { Identifier } })),
  );
  const text = signMessage(question, key, kid);
  const settled = await settledOf(node.db, ids);
  const { status, text: answer } = await ask(endpoint.url, {
    method: "POST",
    body: text,
    type: "application/json",
    bytesMax: MESSAGE_BYTES_MAX,
  });
  if (status !== 200) return;
  const outcome = outcomeOf(answer, { text, endpoint, own, transaction });
  if (!("objects" in outcome)) return;
  for (const object of outcome.objects)
    if (ids.includes(object.ObjectIdentifier))
      await takeNews(node, endpoint, {
        object,
        transaction,
        text,
        answer,
        settled: settled.get(object.ObjectIdentifier) ?? 0,
      });
}

/** Takes what is said of one task, where that is something else than the last time and nothing went or came since it was asked about. */
async function takeNews(
  node: Node,
  { peer, name }: TrustedEndpoint,
  {
    object,
    transaction,
    text,
    answer,
    settled,
  }: { object: Hi1Object; transaction: string; text: string; answer: string; settled: number },
): Promise<void> {
  const digest = createHash("sha256").update(JSON.stringify(object)).digest();
  const action = `GET ${kindOf(object)}`;
  const request = object.ObjectIdentifier;
  await node.db.transaction().execute(async (tx) => {
    // Whatever else is taken in for the request waits for this, or is seen.
    await sql`select 1 from request where id = ${request} for update`.execute(tx);
    if ((await settledOf(tx, [request])).get(request) !== settled) return;
    const { rows } = await sql<{
      digest: Buffer;
    }>`select digest from hi1_message where peer = ${peer} and direction = 'in'
      and request_id = ${request} and actions = array[${action}] order by at desc, id desc limit 1`.execute(tx);
    if (rows[0]?.digest.equals(digest)) return;
    const now = node.clock();
    const taking: Taking = { node, peer, name, digest: digest.toString("hex"), now, blobs: new Map(), isAsked: true };
    let problem: Problem | null = null;
    await sql`savepoint hi1`.execute(tx);
    try {
      await takeObject(tx, taking, object);
      await sql`release savepoint hi1`.execute(tx);
    } catch (error) {
      if (!(error instanceof Hi1Error)) throw error;
      await sql`rollback to savepoint hi1`.execute(tx);
      problem = problemOf(error);
    }
    const input = {
      peer,
      transaction: derivedId(`${transaction} ${request}`, "news"),
      request,
      actions: [action],
      digest: digest.toString("hex"),
      // What they said is the message here, and what we had asked stands where an answer does.
      text: answer,
      answer: text,
      problem,
    };
    await performIn(tx, { node, actor: system("hi1"), act: takeDispatch, input, now });
  });
}
