import { Readable } from "node:stream";
import { Refusal } from "../kernel/errors.ts";
import { route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { Download } from "../kernel/view.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { exportItem } from "./acts.ts";
import { holderOf, itemSubject, openingActOf } from "./item.ts";
import { itemRow, openingOf } from "./views.ts";
import { packageOf } from "./views-package.ts";

/** One range of a `Range` header; `undefined` where it asks for none that we serve, `null` where none of it is there. @source RFC 9110 §14.1.2 */
export function readRange(
  header: string | undefined,
  bytes: number,
): { readonly from: number; readonly to: number } | null | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const from = first === "" ? Math.max(bytes - Number(last), 0) : Number(first);
  const to = first === "" || last === "" ? bytes : Math.min(Number(last) + 1, bytes);
  return from < to ? { from, to } : null;
}

/** Streams an opened item's bytes, verified as they are read. Part of them by `Range`. */
async function answer({ node, reader, request, reply, params }: RouteCall): Promise<RouteAnswer> {
  const row = await openingOf(reader, params["id"] ?? "", params["opening"] ?? "", "bytes");
  if (!row) throw new Refusal("not-found", "not-found");
  // What was sealed after the opening is not read on.
  const decision = node.policy.decide({
    actor: reader.actor,
    action: openingActOf(row, "item.open"),
    subject: itemSubject,
    id: row.id,
    row: { ...row },
    now: reader.now,
  });
  if (!decision.allowed || row.state !== "kept")
    throw new Refusal("not-allowed", decision.reason ?? "item-no-longer-open", {
      policies: decision.policies,
      values: { act: "item.open" },
    });
  const held = await heldBlob(node.db, node.services.vault, holderOf(row.id));
  if (!held) throw new Refusal("not-found", "not-found");
  const range = readRange(request.headers.range, held.bytes);
  reply
    .header("accept-ranges", "bytes")
    .header("repr-digest", `sha-256=:${Buffer.from(row.digest, "hex").toString("base64")}:`);
  if (range === null) return { text: "", status: 416, headers: { "content-range": `bytes */${held.bytes}` } };
  const part = range ?? { from: 0, to: held.bytes };
  if (range) reply.status(206).header("content-range", `bytes ${part.from}-${part.to - 1}/${held.bytes}`);
  return new Download(Readable.from(held.read(part), { objectMode: false }), {
    type: row.media,
    filename: row.name,
    size: part.to - part.from,
  });
}

export const contentRoute = route({
  role: "desk",
  method: "GET",
  path: "/api/v1/items/:id/content/:opening",
  access: "signed-in",
  summary: "The bytes of an item that this officer has opened (POST /items/{id}/open); Range is served.",
  handle: answer,
});

/** Gives the package. That it left, to whom and what for, is an act and stands in the package itself. */
export const packageRoute = route({
  role: "desk",
  method: "GET",
  path: "/api/v1/items/:id/package",
  access: "signed-in",
  summary:
    "The item with its custody and proofs as an .asice, which anybody can verify offline. Performs item.export: ?purpose= and ?recipient= are journalled.",
  handle: async ({ node, actor, reader, params, query }) => {
    const row = await itemRow(reader, params["id"] ?? "");
    if (!row) throw new Refusal("not-found", "not-found");
    const { purpose, recipient } = query;
    await perform({
      node,
      actor,
      act: exportItem,
      id: row.id,
      input: { ...(purpose ? { purpose } : {}), ...(recipient ? { recipient } : {}) },
    });
    const made = await packageOf(reader, row);
    return new Download(made.stream(), { type: made.mediaType, filename: made.name, size: made.sizeBytes });
  },
});
