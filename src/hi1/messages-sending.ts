import { createHash, randomInt } from "node:crypto";
import { stamp } from "../kernel/clock.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf } from "../kernel/outbox.ts";
import { type Answer, ask, backoffMs } from "../exchange/slice.ts";
import type { RequestRow } from "../requests/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { answerPlace, namesOf, ownNames, type Problem, textPlace } from "./endpoint.ts";
import { Hi1Error, MESSAGE_BYTES_MAX, requestOf } from "./message.ts";
import { ownKey, trustedEndpoints, type TrustedEndpoint } from "./messages-endpoint.ts";
import { type Outcome, outcomeOf } from "./messages-answer.ts";
import type { Taking } from "./messages-objects.ts";
import { takeObject } from "./messages-taking.ts";
import { carry, wordsOf } from "./messages-writing.ts";
import { authorisationId } from "./order.ts";
import { signMessage } from "./signature.ts";

interface Waiting {
  readonly id: string;
  readonly peer: string;
  readonly act: string;
  readonly subject_id: string;
  readonly entry: string;
  readonly words: Buffer | null;
  readonly body: unknown;
  readonly files: unknown;
}
const AT_ONCE = 20;

/** Writes what waits in the outbox for providers that speak the standard, and delivers it, in order; one that is away holds up no other. */
export async function sendDue(node: Node): Promise<void> {
  await Promise.all((await trustedEndpoints(node.db)).map((endpoint) => sendTo(node, endpoint)));
}

async function sendTo(node: Node, endpoint: TrustedEndpoint): Promise<void> {
  try {
    await writeDue(node, endpoint);
    while ((await deliverNext(node, endpoint)) === "next");
  } catch (error) {
    node.log.error({ err: error, peer: endpoint.peer }, "sending by TS 103 120 broke off");
  }
}

async function writeDue(node: Node, endpoint: TrustedEndpoint): Promise<void> {
  const { rows } =
    await sql<Waiting>`select o.id, o.peer, o.act, o.subject_id, o.entry, o.words, o.body, o.files from outbox o
    where o.peer = ${endpoint.peer} and o.delivered_at is null and o.subject_kind = 'request'
      and not exists (select 1 from letter l where l.id = o.id) and not exists (select 1 from hi1_message m where m.id = o.id)
      and not exists (select 1 from peer p where p.code = o.peer and p.state = 'trusted')
    order by o.seq limit ${sql.lit(AT_ONCE)}`.execute(node.db);
  for (const row of rows) await write(node, endpoint, row);
}

/** Writes one message: signed once, and the same bytes at every try. */
async function write(node: Node, endpoint: TrustedEndpoint, row: Waiting): Promise<void> {
  const { rows } = await sql<RequestRow & { kept_until: Temporal.Instant | null; is_here: boolean }>`select r.*,
      (select due_at from deadline d where d.subject_kind = 'request' and d.subject_id = r.id and d.rule = 'request.preservation' and d.ended_at is null order by due_at desc limit 1) as kept_until,
      exists (select 1 from hi1_message m where m.request_id = r.id and m.direction = 'out' and m.state in ('waiting', 'taken') and m.actions[1] like 'CREATE %') as is_here
    from request r where r.id = ${row.subject_id}`.execute(node.db);
  const [request] = rows;
  if (!request) return;
  const sides = { from: ownNames(node), to: namesOf(endpoint) };
  const told = {
    act: row.act,
    message: messageOf(node, row),
    request,
    keptUntil: request.kept_until,
    isHere: request.is_here,
  };
  const carried = await carry(node, endpoint, sides, told);
  const at = node.clock();
  if ("letter" in carried) return keep(node, row, { actions: [], problem: { type: carried.letter } });
  const { key, kid } = ownKey(node);
  const text = signMessage(requestOf({ ...sides, transaction: row.id, at }, carried.actions), key, kid);
  const actions = carried.actions.map(wordsOf);
  if (Buffer.byteLength(text) > MESSAGE_BYTES_MAX) return keep(node, row, { actions, problem: { type: "too-large" } });
  return keep(node, row, { actions, text });
}

async function keep(
  node: Node,
  row: Waiting,
  { actions, text, problem }: { readonly actions: string[]; readonly text?: string; readonly problem?: Problem },
): Promise<void> {
  const now = node.clock();
  await node.db.transaction().execute(async (tx) => {
    await tx
      .insertInto("hi1_message")
      .values({
        id: row.id,
        peer: row.peer,
        direction: "out",
        state: text === undefined ? "letter" : "waiting",
        transaction: row.id,
        request_id: row.subject_id,
        actions,
        digest: text === undefined ? null : createHash("sha256").update(text).digest(),
        words: text === undefined ? null : seal(node.services.keys.seal, text, textPlace(row.id)),
        at: now,
        settled_at: text === undefined ? now : null,
        next_at: now,
        problem: problem === undefined ? null : JSON.stringify(problem),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    // By its identifier the provider will speak of it.
    if (text !== undefined)
      await sql`insert into hi1_object (peer, id, request_id, at) values (${row.peer}, ${authorisationId(row.subject_id)}, ${row.subject_id}, ${now})
        on conflict do nothing`.execute(tx);
  });
}

interface Ready extends Waiting {
  readonly text: Buffer;
  readonly attempts: number;
  readonly next_at: Temporal.Instant;
}

/** Delivers the first message that waits. `stop` where none is due, or it must be tried again. */
async function deliverNext(node: Node, endpoint: TrustedEndpoint): Promise<"next" | "stop"> {
  const { rows } =
    await sql<Ready>`select m.id, m.peer, o.act, o.subject_id, o.entry, m.words as text, m.attempts, m.next_at
    from hi1_message m join outbox o on o.id = m.id where m.peer = ${endpoint.peer} and m.state = 'waiting' and o.delivered_at is null
    order by o.seq limit 1`.execute(node.db);
  const [row] = rows;
  if (!row || Temporal.Instant.compare(row.next_at, node.clock()) > 0) return "stop";
  const text = unseal(node.services.keys.seal, row.text, textPlace(row.id)).toString();
  let answer: Answer;
  try {
    answer = await ask(endpoint.url, {
      method: "POST",
      body: text,
      type: "application/json",
      bytesMax: MESSAGE_BYTES_MAX,
    });
  } catch {
    return failed(node, row, { type: "unreachable" });
  }
  if (answer.status !== 200) return failed(node, row, { type: "unexpected", code: answer.status });
  const outcome = outcomeOf(answer.text, { text, endpoint, own: ownNames(node), transaction: row.id });
  if ("again" in outcome) return failed(node, row, outcome.again);
  await settle(node, endpoint, { row, answer: answer.text, outcome });
  return "next";
}

async function failed(node: Node, row: Ready, problem: Problem): Promise<"stop"> {
  const now = node.clock();
  const attempts = row.attempts + 1;
  const next = now.add({ milliseconds: backoffMs(attempts, randomInt(1_000) / 1_000) });
  const noted = { stage: "delivery", at: stamp(now), type: problem.type === "transient" ? "too-many" : problem.type };
  await node.db.transaction().execute(async (tx) => {
    await tx
      .updateTable("hi1_message")
      .set({ attempts, next_at: next, problem: JSON.stringify(problem) })
      .where("id", "=", row.id)
      .where("state", "=", "waiting")
      .execute();
    await tx
      .updateTable("outbox")
      .set({ attempts, problem: JSON.stringify(noted) })
      .where("id", "=", row.id)
      .where("delivered_at", "is", null)
      .execute();
  });
  return "stop";
}

/** Notes the answer, and what follows from it: the receipt of the wire, or why the provider does not take it. */
async function settle(
  node: Node,
  endpoint: TrustedEndpoint,
  {
    row,
    answer,
    outcome,
  }: { readonly row: Ready; readonly answer: string; readonly outcome: Exclude<Outcome, { again: Problem }> },
): Promise<void> {
  const now = node.clock();
  const problem = "refused" in outcome ? outcome.refused : null;
  const refusal = problem && {
    stage: "application",
    at: stamp(now),
    code: "conflict",
    key: "hi1-refused",
    values: { code: problem.code ?? 0, words: (problem.words ?? "").slice(0, 200) },
  };
  await node.db.transaction().execute(async (tx) => {
    const settled = await tx
      .updateTable("hi1_message")
      .set({
        state: problem ? "refused" : "taken",
        settled_at: now,
        answer: seal(node.services.keys.seal, answer, answerPlace(row.id)),
        problem: problem && JSON.stringify(problem),
      })
      .where("id", "=", row.id)
      .where("state", "=", "waiting")
      .returning("id")
      .executeTakeFirst();
    if (!settled) return;
    await tx
      .updateTable("outbox")
      .set({ delivered_at: now, problem: refusal && JSON.stringify(refusal) })
      .where("id", "=", row.id)
      .execute();
    if ("refused" in outcome) return;
    await tellSlices(tx, node, row, now);
    const digest = createHash("sha256").update(answer).digest("hex");
    const taking: Taking = { node, peer: endpoint.peer, name: endpoint.name, digest, now, blobs: new Map() };
    for (const object of outcome.objects) await withIn(tx, node, () => takeObject(tx, taking, object));
  });
}

/** What can't be folded any more does not undo the delivery. */
async function withIn(tx: Tx, node: Node, work: () => Promise<void>): Promise<void> {
  await sql`savepoint hi1`.execute(tx);
  try {
    await work();
    await sql`release savepoint hi1`.execute(tx);
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof Hi1Error)) throw error;
    await sql`rollback to savepoint hi1`.execute(tx);
    node.log.warn({ err: error }, "an answer by TS 103 120 was not folded");
  }
}

/** The answer is the receipt of the wire: the same is told as of a node's. */
async function tellSlices(tx: Tx, node: Node, row: Ready, now: Temporal.Instant): Promise<void> {
  const delivered = {
    subjectKind: "request",
    subjectId: row.subject_id,
    act: row.act,
    peer: row.peer,
    receivedAt: now,
    entry: row.entry,
  };
  for (const { onReceipt } of node.registry.slices)
    if (onReceipt) await withIn(tx, node, () => onReceipt(tx, delivered, node, now));
}
