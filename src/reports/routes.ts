import { Readable } from "node:stream";
import { z } from "zod";
import type { ApiClient } from "../kernel/actor.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import { type Route, route, type RouteCall } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { writeMessage } from "./acts.ts";
import { batchOf, openBatch } from "./acts-batch.ts";
import { LINES_MAX, takeBatch } from "./batch.ts";
import { takeFile } from "./files.ts";
import { answersAgain, batchProgress } from "./views-batch.ts";

/** The call's reporter; refuses where it carries no code. */
export function demandReporter({ actor }: RouteCall): Extract<RouteCall["actor"], { kind: "reporter" }> {
  if (actor.kind !== "reporter") throw new Refusal("not-signed-in", "receipt-needed");
  return actor;
}

export const idempotencyKey = ({ request }: Pick<RouteCall, "request">): string | undefined => {
  const key = request.headers["idempotency-key"];
  if (typeof key === "string" && (key.length === 0 || key.length > 200)) throw new Refusal("invalid", "key-length");
  return typeof key === "string" ? key : undefined;
};

const batch = route({
  role: "portal",
  method: "POST",
  path: "/api/v1/reports/batch",
  access: "public",
  body: "stream",
  bodyLimit: 4 * 1024 ** 3,
  summary:
    "Reports as NDJSON, one a line as in POST /reports; answers one line each: {line, reference, code} or {line, error}. Idempotent by Idempotency-Key; ?from=<line> goes on with a batch that broke off.",
  handle: async (call) => {
    const { node, actor, body, reply, reader } = call;
    if (!(body instanceof Readable)) throw new Refusal("unsupported", "batch-empty");
    const key = idempotencyKey(call);
    // Unpacking is left out: a few kilobytes could stand for gigabytes, and a line costs little on the wire.
    const encoding = call.request.headers["content-encoding"];
    if (encoding !== undefined && encoding.toLowerCase() !== "identity")
      throw new Refusal("unsupported", "batch-encoding", { values: { encoding: encoding.slice(0, 40) } });
    const from = lineNumber(call.query["from"] ?? "1");
    if (actor.kind === "client") {
      demandScope(actor, "report.batch");
      if (key !== undefined) await openBatch(node, batchOf(node, actor, key), from);
    }
    await reply
      .header("content-type", "application/x-ndjson")
      .header("cache-control", "no-store")
      .send(Readable.from(takeBatch(body, { node, actor, locale: reader.locale, key, from })));
    return undefined;
  },
});

/** The number of a line in a query. */
function lineNumber(text: string): number {
  const line = Number(text);
  if (/^[1-9]\d{0,6}$/.test(text) && line <= LINES_MAX) return line;
  throw invalid("from", "batch-from", { maximum: LINES_MAX });
}

function demandScope({ scopes }: ApiClient, scope: string): void {
  if (!scopes.includes(scope)) throw new Refusal("not-allowed", "client-scope-needed", { values: { scope } });
}

/** The machine whose batch is asked about. Answers hold codes, so nobody else can ask, whatever key they guess. */
function batchClient({ actor }: RouteCall): ApiClient {
  if (actor.kind !== "client") throw new Refusal("not-signed-in", "client-key-needed");
  demandScope(actor, "report.batch");
  return actor;
}

const progress = route({
  role: "portal",
  method: "GET",
  path: "/api/v1/reports/batch/:key",
  access: "public",
  summary:
    "How far the batch of this Idempotency-Key has come: {answered, refused, next}. For the client that sent it.",
  handle: async (call) => ({
    json: await batchProgress(call.node, batchClient(call), call.params["key"] ?? ""),
    headers: { "cache-control": "no-store" },
  }),
});

const answers = route({
  role: "portal",
  method: "GET",
  path: "/api/v1/reports/batch/:key/answers",
  access: "public",
  summary: "The answers of that batch once more as NDJSON, from line ?from=. For the client that sent it.",
  handle: async (call) => {
    const { node, params, query, reply } = call;
    const client = batchClient(call);
    const key = params["key"] ?? "";
    const from = lineNumber(query["from"] ?? "1");
    const { answered } = await batchProgress(node, client, key);
    await reply
      .header("content-type", "application/x-ndjson")
      .header("cache-control", "no-store")
      .send(Readable.from(answersAgain(node, client, key, { from, to: answered })));
    return undefined;
  },
});

const messages = route({
  role: "portal",
  method: "POST",
  path: "/api/v1/report/messages",
  access: "public",
  summary: "Writes {body} to the office that has the report; Authorization: Receipt <code>.",
  handle: async (call) => {
    const actor = demandReporter(call);
    const key = idempotencyKey(call);
    const sent = z.object({ text: z.string() }).safeParse(call.body);
    const { id, done, entry, status } = await perform({
      node: call.node,
      actor,
      act: writeMessage,
      id: actor.report,
      input: sent.success ? { body: sent.data.text } : call.body,
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    return { json: { report: id, entry, ...done }, status: status === 200 ? 201 : status };
  },
});

const files = route({
  role: "portal",
  method: "POST",
  path: "/api/v1/report/files",
  access: "public",
  bodyLimit: 64 * 1024 ** 2,
  summary: "Adds a file (multipart/form-data, at most 25 MB); Authorization: Receipt <code>.",
  handle: async (call) => {
    const actor = demandReporter(call);
    return { json: await takeFile(call, actor), status: 201 };
  },
});

export const apiRoutes: readonly Route[] = [batch, progress, answers, messages, files];
