import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PUBLIC } from "./actor.ts";
import { Refusal } from "./errors.ts";
import type { AnyPage, Route, RouteAnswer } from "./page.ts";
import { allowedOnNode, readView } from "./reader.ts";
import { htmlOf } from "./render.tsx";
import { type Caller, callerOf, localeOf, languagesFor, LOCALE_COOKIE, nonceOf, type Serving } from "./caller.ts";
import { makeTools } from "./tools-make.ts";
import { sendAgain, sendSame, sendWired } from "./wire.ts";
import { type AnyView, Download } from "./view.ts";
import type { Readable } from "node:stream";

const YEAR_SECONDS = 31_536_000;

/** From each view its JSON route, from each page its HTML route, and the hand-written routes. */
export function addReadRoutes(app: FastifyInstance, serving: Serving): void {
  const { node, role } = serving;
  for (const view of node.registry.views.values())
    if (view.path && (view.role ?? "desk") === role)
      app.get(`/api/v1${view.path}`, { config: { view: view.name } }, (request, reply) =>
        answerView(serving, view, request, reply),
      );
  for (const page of node.registry.slices.flatMap((slice): readonly AnyPage[] => slice.pages ?? []))
    if ((page.role ?? "desk") === role)
      app.get(page.path, { config: { view: page.view.name } }, (request, reply) =>
        answerPage(serving, page, request, reply),
      );
  const routes = node.registry.slices
    .flatMap((slice): readonly Route[] => slice.routes ?? [])
    .filter((route) => route.role === role);
  for (const route of routes.filter((each) => each.body !== "stream")) addRoute(app, serving, route);
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      (_request: FastifyRequest, payload: Readable, done: (error: Error | null, body?: unknown) => void) =>
        done(null, payload),
    );
    for (const route of routes.filter((each) => each.body === "stream")) addRoute(scope, serving, route);
  });
}

function addRoute(app: FastifyInstance, serving: Serving, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    config: { access: route.access },
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    ...(route.method === "GET" ? { exposeHeadRoute: route.body !== "stream" } : {}),
    handler: (request, reply) => answerRoute(serving, route, request, reply),
  });
}

const inputOf = (request: FastifyRequest): Record<string, unknown> => {
  const { lang: _lang, done: _done, ...query } = request.query as Record<string, unknown>;
  const filled = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
  return { ...filled, ...(request.params as Record<string, unknown>) };
};

async function answerView(
  serving: Serving,
  view: AnyView,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = await callerOf(serving, request, reply);
  demandOfficer(serving, caller);
  const found = await readView(view, caller.reader, inputOf(request));
  if (found instanceof Download) return sendDownload(reply, found);
  return reply.header("cache-control", "no-store").send(found);
}

function demandOfficer({ role }: Serving, { actor }: Caller): void {
  if (role === "desk" && actor.kind === "public") throw new Refusal("not-signed-in", "not-signed-in");
}

async function answerPage(
  serving: Serving,
  page: AnyPage,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = await callerOf(serving, request, reply);
  demandOfficer(serving, caller);
  rememberLanguage(serving, request, reply);
  const found = await readView(page.view, caller.reader, inputOf(request));
  const tools = await toolsOf(serving, caller, request);
  const html = htmlOf(page.render(found, tools), tools);
  return serving.role === "portal" ? sendWired(request, reply, html, 200) : sendPage(reply, html, 200);
}

const toolsOf = ({ node, role, chrome }: Serving, { actor, reader }: Caller, request: FastifyRequest) =>
  makeTools({
    node,
    actor,
    reader,
    request,
    role: role === "portal" ? "portal" : "desk",
    chrome,
    nonce: nonceOf(request),
  });

/** A language chosen by `?lang=` is kept for the next page. */
function rememberLanguage({ node, role }: Serving, request: FastifyRequest, reply: FastifyReply): void {
  const { lang } = request.query as { lang?: unknown };
  if (typeof lang === "string" && languagesFor(node, role).includes(lang))
    reply.setCookie(LOCALE_COOKIE, lang, { path: "/", maxAge: YEAR_SECONDS, sameSite: "lax", httpOnly: true });
}

const sendPage = (reply: FastifyReply, html: string, status: number) =>
  reply.status(status).type("text/html; charset=utf-8").header("cache-control", "no-store").send(html);

/** Sends bytes as they are; a name from outside is put into the header so that it cannot break out of it. */
export function sendDownload(reply: FastifyReply, { body, type, filename, inline, size }: Download): unknown {
  const plain = filename.replaceAll(/[^\w.-]/g, "_");
  reply
    .type(type)
    .header(
      "content-disposition",
      `${inline ? "inline" : "attachment"}; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(filename)}`,
    );
  if (size !== undefined) reply.header("content-length", size);
  return reply.header("cache-control", "no-store").send(body);
}

async function answerRoute(
  serving: Serving,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { node, role } = serving;
  if (role === "portal" && route.method === "GET" && route.access === "public") {
    const again = sendAgain({ node, request, reply }, localeOf(serving, request, PUBLIC));
    if (again) return again;
  }
  const caller = await callerOf(serving, request, reply);
  if (route.access !== "public") {
    if (caller.actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
    if (route.access !== "signed-in" && !allowedOnNode(node, caller.actor, route.access))
      throw new Refusal("not-allowed", "not-permitted", { values: { act: route.access } });
  }
  rememberLanguage(serving, request, reply);
  const tools = await toolsOf(serving, caller, request);
  const answer = await route.handle({
    node,
    actor: caller.actor,
    reader: caller.reader,
    tools,
    request,
    reply,
    body: request.body,
    params: request.params as Record<string, string>,
    query: request.query as Record<string, string>,
  });
  if (answer !== undefined && role === "portal" && "page" in answer) {
    const { page, headers = {}, status = 200, same } = answer;
    const render = () => htmlOf(page, tools);
    if (same !== undefined && status === 200)
      return sendSame({ node, request, reply }, { name: same, locale: tools.locale }, render);
    return sendWired(request, reply.headers(headers), render(), status);
  }
  return sendAnswer(reply, answer, tools);
}

function sendAnswer(reply: FastifyReply, answer: RouteAnswer, tools: Parameters<typeof htmlOf>[1]): unknown {
  if (answer === undefined) return reply;
  if (answer instanceof Download) return sendDownload(reply, answer);
  if ("redirect" in answer) return reply.redirect(answer.redirect, 303);
  if (answer.headers) reply.headers(answer.headers);
  if ("page" in answer) return sendPage(reply, htmlOf(answer.page, tools), answer.status ?? 200);
  if ("json" in answer) return reply.status(answer.status ?? 200).send(answer.json);
  return reply
    .status(answer.status ?? 200)
    .type(answer.type ?? "text/plain; charset=utf-8")
    .send(answer.text);
}
