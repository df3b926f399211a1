import { randomBytes } from "node:crypto";
import cookie from "@fastify/cookie";
import multipart from "@fastify/multipart";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { ComponentChildren } from "preact";
import { type Actor, PUBLIC } from "./actor.ts";
import { addActRoutes } from "./server-acts.ts";
import { addOperations } from "./server-operations.ts";
import { addReadRoutes } from "./server-views.ts";
import { Refusal } from "./errors.ts";
import { nest } from "./form.ts";
import { negotiate } from "./i18n.ts";
import { monotonic } from "./clock.ts";
import type { Node } from "./node.ts";
import type { ActForm } from "./page.ts";
import { type Problem, problemOf, refusalFrom, statusOf } from "./problem.ts";
import { readerOf } from "./reader.ts";
import { htmlOf } from "./render.tsx";
import { makeTools } from "./tools-make.ts";
import type { Tools } from "./tools.ts";
import type { Reader } from "./view.ts";

export type Role = "portal" | "desk" | "gateway";

/** What the design system gives the kernel, which knows no component. */
export interface Chrome {
  readonly asset: (name: string) => string;
  /** The form page of an act that has no page of its own, and of every act while something is wrong. */
  readonly actForm: (form: ActForm, tools: Tools) => ComponentChildren;
  readonly problem: (problem: Problem, tools: Tools) => ComponentChildren;
}

/** Who calls, as found before the route's handler runs. */
export interface Caller {
  readonly actor: Actor;
  readonly reader: Reader;
  readonly nonce: string;
}

const BODY_BYTES_MAX = 1_048_576;
export const LOCALE_COOKIE = "locale";

/** What a server is made of. */
export interface Serving {
  readonly node: Node;
  readonly role: Role;
  readonly chrome: Chrome;
}

/** Makes the HTTP server of one role, not yet listening. Throws where a route names neither an act, nor a view, nor `public`. */
export async function makeServer(serving: Serving): Promise<FastifyInstance> {
  const { node, role } = serving;
  const app = Fastify({ logger: false, bodyLimit: BODY_BYTES_MAX, trustProxy: node.config.trust_proxy, routerOptions: { maxParamLength: 500 }, forceCloseConnections: true, requestTimeout: 0, return503OnClosing: true });
  app.addHook("onRoute", (route) => {
    const names = route.config;
    if (!names?.act && !names?.view && !names?.access) throw new Error(`${String(route.method)} ${route.url} names neither an act, nor a view, nor who may call it`);
  });
  await app.register(cookie);
  await app.register(multipart, { limits: { fileSize: 64 * 1024 * 1024, files: 20, fields: 200, fieldSize: 262_144 } });
  addParsers(app);
  app.addHook("onRequest", async (request, reply) => {
    started.set(request, monotonic());
    guardHeaders(reply, role, nonceOf(request));
  });
  app.addHook("onResponse", async (request, reply) => {
    node.metrics.requests.observe(
      { role, method: request.method, route: request.routeOptions.url ?? "none", status: `${reply.statusCode}` },
      (monotonic() - (started.get(request) ?? monotonic())) / 1_000,
    );
  });
  app.setErrorHandler((error, request, reply) => answerError(serving, error, request, reply));
  app.setNotFoundHandler({}, (request, reply) => answerError(serving, new Refusal("not-found", "no-such-address"), request, reply));
  addOperations(app, serving);
  if (role !== "gateway") {
    addActRoutes(app, serving);
    addReadRoutes(app, serving);
  } else addReadRoutes(app, serving);
  return app;
}

const started = new WeakMap<FastifyRequest, number>();
const nonces = new WeakMap<FastifyRequest, string>();

/** The one nonce of this answer. */
export function nonceOf(request: FastifyRequest): string {
  const nonce = nonces.get(request) ?? randomBytes(16).toString("base64");
  nonces.set(request, nonce);
  return nonce;
}

/** Forms and JSON are read here; every text in them must be storable, so that no route has to think of it. */
function addParsers(app: FastifyInstance): void {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "buffer" }, (_request, body, done) => {
    const pairs = [...new URLSearchParams(body.toString("utf8"))];
    done(null, nest(pairs.map(([name, value]) => [name, value.replaceAll("\r\n", "\n")] as const)));
  });
  app.addHook("preValidation", async (request) => {
    const isStream = typeof request.body === "object" && request.body !== null && "pipe" in request.body;
    if (!isStream) demandStorable(request.body, "");
    demandStorable(request.query, "");
    demandStorable(request.params, "");
  });
}

const DEPTH_MAX = 40;
/** Refuses texts with a NUL or half a surrogate pair (PostgreSQL and JCS hold neither) and nesting without end. */
export function demandStorable(value: unknown, path: string, depth = 0): void {
  const refuse = (key: string) => new Refusal("invalid", "invalid-input", { fields: [{ path, key }] });
  if (depth > DEPTH_MAX) throw refuse("field-too-deep");
  if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) throw refuse("field-characters");
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    demandStorable(name, path, depth + 1);
    demandStorable(inner, path ? `${path}.${name}` : name, depth + 1);
  }
}

function guardHeaders(reply: FastifyReply, role: Role, nonce: string): void {
  reply.headers({
    "content-security-policy": `default-src 'none'; style-src 'self' 'nonce-${nonce}'; script-src 'self'; worker-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    // Same-origin, not no-referrer: with the latter a browser sends `Origin: null` and the origin check could not hold.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": role === "portal" ? "cross-origin" : "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
  });
}

/** Finds out who calls. The first slice that recognises the call answers; else it is the public. */
export async function callerOf({ node, role }: Serving, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
  let actor: Actor = PUBLIC;
  for (const { authenticate } of node.registry.slices) {
    const found = await authenticate?.({ node, request, reply, role });
    if (found) {
      actor = found;
      break;
    }
  }
  demandOwnOrigin(request, actor);
  const locale = localeOf(node, request, actor);
  return { actor, reader: readerOf(node, actor, locale), nonce: nonceOf(request) };
}

/** The reader's language: their own choice, then their account's, then their browser's. */
function localeOf(node: Node, request: FastifyRequest, actor: Actor): string {
  const { languages } = node.config;
  const chosen = [(request.query as Record<string, unknown> | undefined)?.["lang"], request.cookies[LOCALE_COOKIE]].find((tag) => typeof tag === "string" && languages.includes(tag));
  if (typeof chosen === "string") return chosen;
  if (actor.kind === "officer" && languages.includes(actor.locale)) return actor.locale;
  return negotiate(request.headers["accept-language"], languages, languages[0] ?? "en");
}

/** A page of another site must not act in an officer's name: browsers say where a form comes from, and it must be here. */
function demandOwnOrigin(request: FastifyRequest, actor: Actor): void {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return;
  if (actor.kind === "officer" && actor.via === "token") return;
  const { origin, host } = request.headers;
  const bySession = actor.kind === "officer";
  if (origin === undefined && !bySession) return;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === host) return;
  throw new Refusal("not-allowed", "foreign-origin");
}

/** Wants a page rather than JSON: a browser outside of the API. */
export const wantsPage = (request: FastifyRequest): boolean =>
  !request.url.startsWith("/api/") && !request.url.startsWith("/exchange/") && (request.headers.accept ?? "").includes("text/html");

/** Answers an error: a page for browsers, a problem document for programs; a bug is logged and told as such, without its inside. */
export async function answerError(serving: Serving, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { node, role, chrome } = serving;
  const refusal = refusalFrom(error);
  if (!refusal) node.log.error({ err: error, route: request.routeOptions.url, method: request.method }, "a bug");
  const known = refusal ?? new Refusal("unavailable", "our-fault");
  const locale = localeOf(node, request, PUBLIC);
  const problem = { ...problemOf(known, node.translations.translate(locale)), status: refusal ? statusOf(refusal) : 500 };
  if (role === "gateway" || !wantsPage(request)) return reply.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  if (known.code === "not-signed-in" && request.method === "GET") return reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
  const caller = await callerOf(serving, request, reply).catch(() => ({ actor: PUBLIC, reader: readerOf(node, PUBLIC, locale), nonce: nonceOf(request) }));
  const tools = await makeTools({ ...caller, node, request, role, chrome });
  return reply.status(problem.status).type("text/html; charset=utf-8").header("cache-control", "no-store").send(htmlOf(chrome.problem(problem, tools), tools));
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Name of the act that the route performs. */
    act?: string;
    /** Name of the view that it reads. */
    view?: string;
    /** Who may call a route that is neither. */
    access?: string;
  }
}
