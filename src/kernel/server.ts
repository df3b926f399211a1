import cookie from "@fastify/cookie";
import multipart from "@fastify/multipart";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { PUBLIC } from "./actor.ts";
import { callerOf, type Kept, localeOf, nonceOf, type Role, type Serving } from "./caller.ts";
import { addActRoutes } from "./server-acts.ts";
import { addOperations } from "./server-operations.ts";
import { takeNumbers } from "./server-numbers.ts";
import { addReadRoutes } from "./server-views.ts";
import { isAway } from "./database.ts";
import { Refusal, StoreFailure } from "./errors.ts";
import { type FormValues, nest, unnest } from "./form.ts";
import { monotonic } from "./clock.ts";
import { problemOf, refusalFrom, statusOf } from "./problem.ts";
import { readerOf } from "./reader.ts";
import { htmlOf } from "./render.tsx";
import { makeTools } from "./tools-make.ts";

const BODY_BYTES_MAX = 1_048_576;
/** Makes the HTTP server of one role, not yet listening. Throws where a route names neither an act, nor a view, nor `public`. */
export async function makeServer(serving: Serving): Promise<FastifyInstance> {
  const { node, role } = serving;
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: node.config.trust_proxy,
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: true,
    requestTimeout: 0,
    return503OnClosing: true,
  });
  app.addHook("onRoute", (route) => {
    const names = route.config;
    if (!names?.act && !names?.view && !names?.access)
      throw new Error(`${String(route.method)} ${route.url} names neither an act, nor a view, nor who may call it`);
  });
  await app.register(cookie);
  await app.register(multipart, { limits: { fileSize: 64 * 1024 * 1024, files: 20, fields: 200, fieldSize: 262_144 } });
  addParsers(app);
  app.addHook("onRequest", async (request, reply) => {
    started.set(request, monotonic());
    guardHeaders(request, reply, role);
  });
  app.addHook("onResponse", async (request, reply) => {
    node.metrics.requests.observe(
      { role, method: request.method, route: request.routeOptions.url ?? "none", status: `${reply.statusCode}` },
      (monotonic() - (started.get(request) ?? monotonic())) / 1_000,
    );
  });
  app.setErrorHandler((error, request, reply) => answerError(serving, error, request, reply));
  app.setNotFoundHandler({}, (request, reply) =>
    answerError(serving, new Refusal("not-found", "no-such-address"), request, reply),
  );
  addOperations(app, serving);
  takeNumbers(app, serving);
  if (role !== "gateway") {
    addActRoutes(app, serving);
    addReadRoutes(app, serving);
  } else addReadRoutes(app, serving);
  return app;
}

const started = new WeakMap<FastifyRequest, number>();
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

/** Answers for programs show nothing; pages may load what is ours. */
function contentPolicy(request: FastifyRequest): string {
  if (isForPrograms(request)) return "default-src 'none'; frame-ancestors 'none'";
  return `default-src 'none'; style-src 'self' 'nonce-${nonceOf(request)}'; script-src 'self'; worker-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
}

function guardHeaders(request: FastifyRequest, reply: FastifyReply, role: Role): void {
  reply.headers({
    "content-security-policy": contentPolicy(request),
    "x-content-type-options": "nosniff",
    // Same-origin, not no-referrer: with the latter a browser sends `Origin: null` and the origin check could not hold.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": role === "portal" ? "cross-origin" : "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
  });
}

const isForPrograms = ({ url }: FastifyRequest): boolean => url.startsWith("/api/") || url.startsWith("/exchange/");

/** Wants a page rather than JSON: a browser outside of the API. */
export const wantsPage = (request: FastifyRequest): boolean =>
  !isForPrograms(request) && (request.headers.accept ?? "").includes("text/html");

/** Answers an error: a page for browsers, a problem document for programs; a bug is logged and told as such, without its inside. */
export async function answerError(
  serving: Serving,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { node, role, chrome } = serving;
  const refusal = refusalFrom(error) ?? (isAway(error) ? new Refusal("unavailable", "database-away") : undefined);
  if (!refusal) node.log.error({ err: error, route: request.routeOptions.url, method: request.method }, "a bug");
  else if (refusal.key === "database-away") {
    node.log.warn({ route: request.routeOptions.url, method: request.method }, "the database is away");
    reply.header("retry-after", "1");
  } else if (error instanceof StoreFailure) {
    node.log.error({ err: error, route: request.routeOptions.url }, "the vault's store fails");
    reply.header("retry-after", "10");
  }
  const known = refusal ?? new Refusal("unavailable", "our-fault");
  const { seconds } = known.values;
  if (known.code === "too-many" && typeof seconds === "number") reply.header("retry-after", `${seconds}`);
  const locale = localeOf(serving, request, PUBLIC);
  const problem = {
    ...problemOf(known, node.translations.translate(locale)),
    status: refusal ? statusOf(refusal) : 500,
  };
  if (role === "gateway" || !wantsPage(request))
    return reply.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  if (known.code === "not-signed-in" && request.method === "GET")
    return reply.redirect(`/sign-in?to=${encodeURIComponent(request.url)}`, 303);
  const caller = await callerOf(serving, request, reply).catch(() => ({
    actor: PUBLIC,
    reader: readerOf(node, PUBLIC, locale),
  }));
  const tools = await makeTools({ ...caller, node, request, role, chrome, nonce: nonceOf(request) });
  return reply
    .status(problem.status)
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(htmlOf(chrome.problem(problem, tools, keptOf(known, request)), tools));
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

/**
 * What was typed into a form whose session had ended before it was sent: it is given back, to be sent again. A form of another site never gets
 * here; a code that proved presence is not kept.
 */
function keptOf({ code }: Refusal, request: FastifyRequest): Kept | undefined {
  const isForm = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  if (code !== "not-signed-in" || !isForm || request.headers.origin === undefined) return undefined;
  const pairs = unnest(request.body as FormValues).filter(([name]) => name !== "_proof");
  return { action: request.url, pairs };
}
