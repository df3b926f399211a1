import { Readable } from "node:stream";
import { z } from "zod";
import { Refusal } from "../kernel/errors.ts";
import { type Route, route, type RouteCall } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { writeMessage } from "./acts.ts";
import { takeBatch } from "./batch.ts";
import { takeFile } from "./files.ts";

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
    "Reports as NDJSON, one a line as in POST /reports; answers one line each: {line, reference, code} or {line, error}. Idempotent by Idempotency-Key.",
  handle: async (call) => {
    const { node, actor, body, reply, reader } = call;
    if (!(body instanceof Readable)) throw new Refusal("unsupported", "batch-empty");
    const key = idempotencyKey(call);
    await reply
      .header("content-type", "application/x-ndjson")
      .header("cache-control", "no-store")
      .send(Readable.from(takeBatch(body, { node, actor, locale: reader.locale, key })));
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

export const apiRoutes: readonly Route[] = [batch, messages, files];
