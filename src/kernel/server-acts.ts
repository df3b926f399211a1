import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AnyAct } from "./act.ts";
import { Refusal } from "./errors.ts";
import { fieldsOf, fromForm } from "./fields.ts";
import { type FormValues, nest, withoutEmpty } from "./form.ts";
import { actPath } from "./openapi.ts";
import type { ActForm, ActPage } from "./page.ts";
import { isUuid, type Performed, perform } from "./pipeline.ts";
import { refusalFrom, statusOf } from "./problem.ts";
import { htmlOf } from "./render.tsx";
import { type Caller, callerOf, nonceOf, type Serving } from "./caller.ts";
import { type SubjectKind } from "./subject.ts";
import { isPossible, makeTools } from "./tools-make.ts";
import { sql } from "./database.ts";

type Id = { readonly id?: string };

/** From each act its JSON route, its form page and its form post. */
export function addActRoutes(app: FastifyInstance, serving: Serving): void {
  for (const act of serving.node.registry.acts.values()) {
    if ((act.audience ?? "desk") !== serving.role) continue;
    const config = { act: act.name };
    app.post<{ Params: Id }>(actPath(act), { config }, (request, reply) => answerJson(serving, act, request, reply));
    if (serving.role !== "desk") continue;
    app.get<{ Params: Id }>(formPath(act), { config }, (request, reply) => showForm(serving, act, request, reply));
    app.post<{ Params: Id }>(formPath(act), { config }, (request, reply) => answerForm(serving, act, request, reply));
  }
}

/** Path of an act's form, with `:id`. */
export function formPath(act: AnyAct): string {
  if (!act.creates) return `/${act.subject.plural}/:id/${act.verb}`;
  return act.creates.under
    ? `/${act.creates.under.plural}/:id/${act.subject.plural}/new`
    : `/${act.subject.plural}/new`;
}

async function answerJson(
  serving: Serving,
  act: AnyAct,
  request: FastifyRequest<{ Params: Id }>,
  reply: FastifyReply,
): Promise<unknown> {
  const { actor } = await callerOf(serving, request, reply);
  if (actor.kind === "public" && serving.role === "desk") throw new Refusal("not-signed-in", "not-signed-in");
  const key = request.headers["idempotency-key"];
  const performed = await perform({
    node: serving.node,
    actor,
    act,
    input: request.body,
    ...(request.params.id === undefined ? {} : { id: request.params.id }),
    ...(typeof key === "string" ? { idempotencyKey: key } : {}),
  });
  if (act.creates) reply.header("location", `/api/v1/${act.subject.plural}/${performed.id}`);
  return reply.status(performed.status).send(answerOf(performed));
}

/** What the JSON caller gets: the thing's id and state, the journal entry, and what the act says. */
export const answerOf = ({ id, state, entry, done }: Performed): Record<string, unknown> => ({
  id,
  ...(state === undefined ? {} : { state }),
  entry,
  ...done,
});

/** Controls of the form itself, never part of an act's input. */
const OWN_FIELDS = new Set(["_key", "_proof"]);

async function answerForm(
  serving: Serving,
  act: AnyAct,
  request: FastifyRequest<{ Params: Id }>,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = await officerOf(serving, request, reply);
  const body = formBody(request.body);
  const values = Object.fromEntries(Object.entries(body).filter(([name]) => !OWN_FIELDS.has(name))) as FormValues;
  const key = typeof body["_key"] === "string" && isUuid(body["_key"]) ? body["_key"] : randomUUID();
  try {
    const actor = await steppedUp(serving, act, caller, body["_proof"]);
    const performed = await perform({
      node: serving.node,
      actor,
      act,
      input: fromForm(fieldsOf(act.input), withoutEmpty(values)),
      idempotencyKey: key,
      ...(request.params.id === undefined ? {} : { id: request.params.id }),
    });
    return await reply.redirect(then(serving, act, performed), 303);
  } catch (error) {
    const refusal = refusalFrom(error);
    if (!refusal || refusal.code === "not-found" || refusal.code === "not-signed-in") throw error;
    // A key whose transaction rolled back is free again; a conflict over the key itself needs a new one.
    return renderForm(serving, act, {
      caller,
      request,
      reply,
      values,
      refusal,
      key: refusal.key === "key-reused" ? randomUUID() : key,
    });
  }
}

const formBody = (body: unknown): Record<string, unknown> =>
  typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};

async function officerOf(serving: Serving, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
  const caller = await callerOf(serving, request, reply);
  if (caller.actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
  return caller;
}

/** Takes the proof of presence that came with the form, so that nothing typed is lost to a page in between. */
async function steppedUp({ node }: Serving, act: AnyAct, { actor }: Caller, proof: unknown) {
  if (!act.stepUp || actor.kind !== "officer" || typeof proof !== "string" || proof === "") return actor;
  for (const { stepUp } of node.registry.slices)
    if (stepUp && (await stepUp(node, actor, proof))) return { ...actor, steppedUpAt: node.clock() };
  throw new Refusal("step-up", "step-up-wrong", { fields: [{ path: "_proof", key: "step-up-wrong" }] });
}

function then({ node }: Serving, act: AnyAct, performed: Performed): string {
  const own = node.registry.actPages.get(act.name)?.then?.(answerOf(performed));
  return own ?? `/${act.subject.plural}/${performed.id}?done=${act.verb}`;
}

async function showForm(
  serving: Serving,
  act: AnyAct,
  request: FastifyRequest<{ Params: Id }>,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = await officerOf(serving, request, reply);
  const { lang: _, ...prefill } = request.query as Record<string, string>;
  return renderForm(serving, act, { caller, request, reply, values: nest(Object.entries(prefill)), key: randomUUID() });
}

interface Showing {
  readonly caller: Caller;
  readonly request: FastifyRequest<{ Params: Id }>;
  readonly reply: FastifyReply;
  readonly values: FormValues;
  readonly key: string;
  readonly refusal?: Refusal;
}

async function renderForm(
  serving: Serving,
  act: AnyAct,
  { caller, request, reply, values, key, refusal }: Showing,
): Promise<unknown> {
  const { node, chrome } = serving;
  const { reader, actor } = caller;
  const row = await visibleRow(caller, act, request.params.id);
  if (!refusal && act.creates && !isPossible(node, reader, act))
    throw new Refusal("not-allowed", "not-permitted", { values: { act: act.name } });
  if (!refusal && row) demandPossible(serving, act, caller, row);
  const form: ActForm = {
    act,
    row,
    action: request.url.split("?")[0] ?? request.url,
    values,
    reader,
    idempotencyKey: key,
    errors: refusal?.fields ?? [],
    ...(refusal ? { refusal: { key: refusal.key, values: refusal.values } } : {}),
  };
  const tools = await makeTools({ node, actor, reader, request, role: "desk", chrome, nonce: nonceOf(request) });
  const own: ActPage | undefined = node.registry.actPages.get(act.name);
  const prepared = await own?.prepare?.(form as ActForm<never>);
  const content = own ? own.render(form as ActForm<never>, tools, prepared as never) : chrome.actForm(form, tools);
  return reply
    .status(refusal ? statusOf(refusal) : 200)
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(htmlOf(content, tools));
}

/** The row that the form is about, if this reader may see it. */
async function visibleRow(
  { reader }: Caller,
  act: AnyAct,
  id: string | undefined,
): Promise<(Record<string, unknown> & { id: string }) | undefined> {
  const kind: SubjectKind | undefined = act.creates ? act.creates.under : act.subject;
  if (!kind) return undefined;
  if (id === undefined || !isUuid(id)) throw new Refusal("not-found", "not-found");
  const { rows } = await sql<
    Record<string, unknown> & { id: string }
  >`select * from ${sql.table(kind.table)} where id = ${id} and ${reader.visible(kind)}`.execute(reader.db);
  if (!rows[0]) throw new Refusal("not-found", "not-found");
  return rows[0];
}

/** Says before a form is filled that the act is not possible, rather than after. */
function demandPossible(
  { node }: Serving,
  act: AnyAct,
  { actor, reader }: Caller,
  row: Record<string, unknown> & { id: string },
): void {
  if (act.creates) return;
  const decision = node.policy.decide({
    actor,
    action: act.name,
    subject: act.subject,
    id: row.id,
    row,
    now: reader.now,
  });
  if (!decision.allowed)
    throw new Refusal("not-allowed", decision.reason ?? "not-permitted", {
      policies: decision.policies,
      values: { act: act.name },
    });
  if (act.step && !act.step.from.includes(String(row["state"])))
    throw new Refusal("wrong-state", "wrong-state", { values: { act: act.name, state: String(row["state"]) } });
}
