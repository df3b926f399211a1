import { randomUUIDv7 } from "node:crypto";
import canonicalize from "canonicalize";
import type { AnyAct, Context } from "./act.ts";
import { type Actor, actorId } from "./actor.ts";
import { type Asked, claim, keep } from "./answered.ts";
import { type Tx, sql } from "./database.ts";
import { Refusal } from "./errors.ts";
import { journal } from "./journal.ts";
import { asJson, type JsonObject } from "./json.ts";
import { after } from "./life.ts";
import type { Node } from "./node.ts";
import { post, type Told } from "./outbox.ts";
import type { Decision } from "./policy.ts";
import { recording } from "./recorded.ts";
import { openedRow, sealedUnder, type SubjectKind, textsOf } from "./subject.ts";
import { issuesOf } from "./validation.ts";

/** One call of an act. */
export interface Call {
  readonly node: Node;
  readonly actor: Actor;
  readonly act: AnyAct;
  /** Id of the thing; of the kind it is made under for a creating act that has one. */
  readonly id?: string;
  readonly input: unknown;
  readonly idempotencyKey?: string;
  /** Fixed id for the thing to be created (a peer's request keeps its id). */
  readonly newId?: string;
}
/** What came of it: what the JSON caller gets. */
export interface Performed {
  readonly id: string;
  readonly state?: string;
  readonly entry: { readonly id: string; readonly digest: string };
  readonly done: JsonObject;
  /** True where the answer is that of an earlier call under the same key. */
  readonly repeated: boolean;
  readonly status: number;
}
type Row = Record<string, unknown> & { id: string };

/** How long a proof of presence holds for acts that ask for one, in minutes. */
export const STEP_UP_MINUTES = 5;

/**
 * Performs an act: validate → load and lock → decide → apply → journal → outbox → commit. Nothing else writes.
 *
 * Throws `Refusal`; then nothing has happened. When it returns, everything has, durably.
 */
export async function perform(call: Call): Promise<Performed> {
  const input = validate(call.act, call.input);
  const { node, act, actor } = call;
  const now = node.clock();
  try {
    if (act.gather) return await gathered(act.gather, { ...call, input });
    const performed = await node.db.transaction().execute(async (tx) => {
      const asked = askedOf(call, input);
      if (asked) {
        const earlier = await claim(tx, asked, now);
        if (earlier) return { ...(earlier.answer as unknown as Performed), repeated: true };
      }
      const result = await performIn(tx, { ...call, input, now });
      if (asked) await keep(tx, asked, result.status, asJson(result));
      return result;
    });
    node.metrics.acts.inc({ act: act.name, outcome: performed.repeated ? "repeated" : "done" });
    return performed;
  } catch (error) {
    node.metrics.acts.inc({ act: act.name, outcome: error instanceof Refusal ? error.code : "failed" });
    if (actor.kind === "officer" && error instanceof Refusal && error.code === "not-allowed")
      node.log.info({ act: act.name, policies: error.policies }, "an act was refused");
    throw error;
  }
}

async function gathered(gather: NonNullable<AnyAct["gather"]>, call: Call): Promise<Performed> {
  const performed = await gather(call);
  call.node.metrics.acts.inc({ act: call.act.name, outcome: performed.repeated ? "repeated" : "done" });
  return performed;
}

function validate(act: AnyAct, input: unknown): unknown {
  const parsed = act.input.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw new Refusal("invalid", "invalid-input", { fields: issuesOf(parsed.error) });
}

function askedOf({ node, actor, act, id, idempotencyKey }: Call, input: unknown): Asked | undefined {
  if (idempotencyKey === undefined) return undefined;
  if (idempotencyKey.length === 0 || idempotencyKey.length > 255) throw new Refusal("invalid", "key-length");
  const question = `${act.name}\n${id ?? ""}\n${canonicalize(asJson({ input })) ?? ""}`;
  return { secret: node.services.secret, actor: actorId(actor), key: idempotencyKey, question };
}

/**
 * The same, inside a transaction that is already open: for clocks, receipts and acts that entail another. The input is
 * taken as valid. Locks the subject's row; throws `Refusal`, which must roll the whole transaction back.
 */
export async function performIn(tx: Tx, call: Call & { now: Temporal.Instant }): Promise<Performed> {
  const { node, actor, act, now } = call;
  const kind = act.subject;
  const row = act.creates ? await loadUnder(tx, call) : openedRow(node, kind, await load(tx, kind, call.id));
  const id = act.creates ? (call.newId ?? randomUUIDv7()) : (row as Row).id;
  const facts = act.creates ? createdFacts(call, row, id) : (row as Row);
  const decision = decide(node, { actor, action: act.name, subject: kind, id, row: facts, now });
  if (act.stepUp) demandPresence(actor, now);
  const from = act.creates ? null : typeof facts["state"] === "string" ? facts["state"] : undefined;
  let to = nextState(act, from);
  const told: Told[] = [];
  let answer: JsonObject = {};
  const context: Context = {
    node,
    actor,
    now,
    id,
    tell: (message) => told.push(message),
    answer: (more) => {
      answer = { ...answer, ...more };
    },
    settle: (state) => {
      to = state;
    },
  };
  const before = await recording.begin(tx, kind, act.creates ? undefined : (row as Row));
  const done = asJson(await act.apply(tx, row as never, call.input as never, context));
  if (to !== undefined && from !== undefined && to !== from) await setState(tx, kind, id, to);
  const basis = [...(act.step?.source ? [act.step.source] : []), ...(act.basis ?? [])];
  const entry = await journal(tx, {
    node: node.code,
    now,
    act: act.name,
    subject: { kind: kind.name, id },
    actor,
    basis,
    decision,
    ...(to !== undefined && from !== undefined ? { state: { from, to } } : {}),
    change: { ...done, ...(await recording.end(tx, node, kind, { id, before })) },
    ...sealedUnder(node, kind),
  });
  await post(tx, node, { entry, messages: told, now });
  return {
    id,
    ...(to === undefined ? {} : { state: to }),
    entry: { id: entry.record.id, digest: entry.digest.toString("hex") },
    done: { ...done, ...answer },
    repeated: false,
    status: act.creates ? 201 : 200,
  };
}

/** What a thing is made under. Whoever may not see that makes nothing under it: for them it does not exist. */
async function loadUnder(tx: Tx, { node, actor, act, id, now }: Call & Pick<Context, "now">): Promise<Row | undefined> {
  const kind = act.creates?.under;
  if (!kind) return undefined;
  const row = openedRow(node, kind, await load(tx, kind, id));
  const question = { actor, action: `${kind.name}.read`, subject: kind, id: row.id, row, now };
  if (actor.kind === "officer" && !node.policy.decide(question).allowed) throw new Refusal("not-found", "not-found");
  return row;
}

/** Loads and locks one row. What does not exist and what is no id at all are the same refusal. */
export async function load(tx: Tx, kind: SubjectKind, id: string | undefined): Promise<Row> {
  const found =
    id !== undefined && isUuid(id)
      ? (await sql<Row>`select * from ${sql.table(kind.table)} where id = ${id} for update`.execute(tx)).rows[0]
      : undefined;
  if (!found) throw new Refusal("not-found", "not-found");
  return found;
}

export const isUuid = (text: string): boolean =>
  /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text);

function createdFacts({ act, actor, node, input }: Call, under: Row | undefined, id: string): Row {
  const attributes = act.creates?.attributes(input as never, { actor, node, under: under as never }) ?? {};
  return { ...(act.creates?.state ? { state: act.creates.state } : {}), ...attributes, id };
}

function decide(node: Node, question: Parameters<Node["policy"]["decide"]>[0]): Decision {
  // The node's own clocks and receipts carry out what an allowed act has set going; no officer chooses them.
  if (question.actor.kind === "system")
    return { allowed: true, policies: [`system:${question.actor.job}`], pack: node.policy.pack };
  const decision = node.policy.decide(question);
  if (decision.allowed) return decision;
  throw refusedBy(decision, node, question);
}

/** A refusal by policy. Where the reader may not even see the thing, it does not exist for them. */
function refusedBy(decision: Decision, node: Node, question: Parameters<Node["policy"]["decide"]>[0]): Refusal {
  const read = `${question.subject.name}.read`;
  const seen =
    question.actor.kind !== "officer" ||
    question.action === read ||
    node.policy.decide({ ...question, action: read }).allowed;
  if (!seen && !node.registry.acts.get(question.action)?.creates) return new Refusal("not-found", "not-found");
  return new Refusal("not-allowed", decision.reason ?? "not-permitted", {
    policies: decision.policies,
    // A sentence may name what the decision turned on: who set a condition, which measure it is.
    values: { ...textsOf(question.subject, question.row), act: question.action },
  });
}

function demandPresence(actor: Actor, now: Temporal.Instant): void {
  if (actor.kind !== "officer" || actor.via === "token") return;
  const fresh = actor.steppedUpAt && now.since(actor.steppedUpAt).total("minutes") <= STEP_UP_MINUTES;
  if (!fresh) throw new Refusal("step-up", "step-up");
}

function nextState(act: AnyAct, from: string | null | undefined): string | undefined {
  if (act.creates) return act.creates.state;
  if (!act.step || from === undefined || from === null || !act.subject.life) return undefined;
  return after(act.subject.life, from, act.verb, act.name);
}

const setState = (tx: Tx, kind: SubjectKind, id: string, state: string) =>
  sql`update ${sql.table(kind.table)} set state = ${state} where id = ${id} and state is distinct from ${state}`.execute(
    tx,
  );
