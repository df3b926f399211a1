import { randomUUIDv7 } from "node:crypto";
import type { AttachedFile, ReceiveContext } from "./act.ts";
import type { Peer } from "./actor.ts";
import { type Tx, sql } from "./database.ts";
import { Refusal } from "./errors.ts";
import { journal } from "./journal.ts";
import { asJson, type JsonObject } from "./json.ts";
import { afterTheirs } from "./life.ts";
import type { Node } from "./node.ts";
import { post, type Told } from "./outbox.ts";
import { isUuid } from "./pipeline.ts";
import { recording } from "./recorded.ts";
import { openedRow, sealedUnder } from "./subject.ts";
import { issuesOf } from "./validation.ts";

/** A verified message, as the exchange hands it over. */
export interface Received {
  readonly from: Peer;
  readonly act: string;
  readonly subjectId: string;
  readonly body: unknown;
  readonly at: Temporal.Instant;
  readonly entry: ReceiveContext["entry"];
  readonly files: readonly (AttachedFile & { readonly blob: string })[];
}

/**
 * Applies a peer's act inside the exchange's transaction: the same pipeline as for officers, with the peer as the actor.
 * Throws `Refusal` (unknown act, not the peer's thing, wrong state, policy); the caller must roll back to its savepoint.
 */
export async function receiveIn(
  tx: Tx,
  node: Node,
  received: Received,
  now: Temporal.Instant,
): Promise<{ entry: string; digest: string }> {
  const { from: actor, subjectId: id } = received;
  const message = node.registry.messages.get(received.act);
  if (!message || !isUuid(id))
    throw new Refusal("unsupported", "unknown-message", { values: { act: received.act.slice(0, 80) } });
  const body = message.body.safeParse(received.body);
  if (!body.success) throw new Refusal("invalid", "invalid-input", { fields: issuesOf(body.error) });
  const kind = message.subject;
  const { rows } = await sql<
    Record<string, unknown> & { id: string }
  >`select * from ${sql.table(kind.table)} where id = ${id} for update`.execute(tx);
  const row = rows[0] && openedRow(node, kind, rows[0]);
  if (message.creates !== "again" && (message.creates ? row !== undefined : row === undefined))
    throw new Refusal(
      message.creates ? "conflict" : "not-found",
      message.creates ? "message-subject-exists" : "not-found",
    );
  const facts = row ?? { ...message.attributes?.(body.data), id, peer: actor.code };
  const decision = node.policy.decide({ actor, action: received.act, subject: kind, id, row: facts, now });
  if (!decision.allowed)
    throw new Refusal("not-allowed", decision.reason ?? "not-permitted", { policies: decision.policies });
  const from = typeof facts["state"] === "string" ? facts["state"] : null;
  const verb = received.act.slice(received.act.indexOf(".") + 1);
  let to = row && kind.life?.[verb] && from !== null ? afterTheirs(kind.life, from, verb, received.act) : undefined;
  const told: Told[] = [];
  const context: ReceiveContext = {
    node,
    actor,
    now,
    id,
    from: actor.code,
    entry: received.entry,
    at: received.at,
    files: received.files,
    tell: (each) => told.push(each),
    answer: () => undefined,
    settle: (state) => {
      to = state;
    },
  };
  const before = await recording.begin(tx, kind, row);
  const done: JsonObject = asJson(await message.receive(tx, row as never, body.data as never, context));
  if (row && to !== undefined && to !== from)
    await sql`update ${sql.table(kind.table)} set state = ${to} where id = ${id}`.execute(tx);
  const entry = await journal(tx, {
    node: node.code,
    now,
    act: received.act,
    subject: { kind: kind.name, id },
    actor,
    basis: [],
    decision,
    ...(to === undefined ? {} : { state: { from, to } }),
    change: {
      ...done,
      ...(await recording.end(tx, node, kind, { id, before })),
      received: { from: actor.code, entry: received.entry } as unknown as JsonObject,
    },
    ...sealedUnder(node, kind),
  });
  await post(tx, node, { entry, messages: told, now });
  return { entry: entry.record.id, digest: entry.digest.toString("hex") };
}

/** A fresh id for rows that belong to a message. */
export const newId = (): string => randomUUIDv7();
