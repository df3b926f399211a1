import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { Refusal } from "../kernel/errors.ts";
import { type Route, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import { readerOf } from "../kernel/reader.ts";
import { Download } from "../kernel/view.ts";
import { demandReporter, FOLLOW_PATH } from "../reports/slice.ts";
import { signPdf } from "../trust/pdf-sign.ts";
import { signersOf } from "../trust/signers.ts";
import { writeZip, zipSizeBytes } from "../trust/zip.ts";
import { disclose } from "./acts-disclose.ts";
import { ask } from "./acts-request.ts";
import { exportLetter } from "./export-document.ts";
import { OwnDataPage } from "./page-own.tsx";
import { OWN_DATA, OWN_EXPORT } from "./address.ts";
import { exportOf } from "./views-export.ts";
import { ownRequests } from "./views.ts";

/** Everything held about the caller: a signed letter, the same as data, and their files; journalled as an act before it is given. */
async function exported(call: RouteCall): Promise<Download> {
  const { node, reader } = call;
  const actor = demandReporter(call);
  await perform({ node, actor, act: disclose, id: actor.report, input: {} });
  const found = await exportOf(node, actor.report, reader.locale);
  if (!found) throw new Refusal("not-found", "not-found");
  const letter = await signPdf(exportLetter(node, found, reader.locale), signersOf(node), node.clock());
  const files = [
    { name: "document.pdf", content: letter },
    { name: "data.json", content: Buffer.from(JSON.stringify(found.data, null, 2)) },
    ...found.files,
  ];
  return new Download(Readable.from(writeZip(files), { objectMode: false }), {
    type: "application/zip",
    filename: "document.zip",
    size: zipSizeBytes(files),
  });
}

const api = route({
  role: "portal",
  method: "GET",
  path: "/api/v1/report/export",
  access: "public",
  summary:
    "Everything held about the holder of the code, as a ZIP of letter, data and files; Authorization: Receipt <code>.",
  handle: exported,
});
const download = route({ role: "portal", method: "GET", path: OWN_EXPORT, access: "public", handle: exported });

async function ownPage(call: RouteCall, more: { typed?: string; refusal?: Refusal } = {}): Promise<RouteAnswer> {
  const { node, actor, reader } = call;
  if (actor.kind !== "reporter") return { redirect: FOLLOW_PATH };
  const requests = await ownRequests(readerOf(node, actor, reader.locale), actor.report);
  const { typed = "", refusal } = more;
  return {
    page: <OwnDataPage requests={requests} idempotencyKey={randomUUID()} typed={typed} refusal={refusal} />,
    headers: { "cache-control": "no-store" },
    ...(refusal ? { status: statusOf(refusal) } : {}),
  };
}
const own = route({ role: "portal", method: "GET", path: OWN_DATA, access: "public", handle: (call) => ownPage(call) });

const asked = route({
  role: "portal",
  method: "POST",
  path: OWN_DATA,
  access: "public",
  handle: async (call) => {
    const { node, actor } = call;
    if (actor.kind !== "reporter") return { redirect: FOLLOW_PATH };
    const body = typeof call.body === "object" && call.body !== null ? (call.body as Record<string, unknown>) : {};
    const key = typeof body["_key"] === "string" && isUuid(body["_key"]) ? body["_key"] : randomUUID();
    const words = typeof body["words"] === "string" ? body["words"] : "";
    try {
      const input = { kind: body["kind"], ...(words.trim() === "" ? {} : { words }) };
      await perform({ node, actor, act: ask, id: actor.report, input, idempotencyKey: key });
      return { redirect: OWN_DATA };
    } catch (error) {
      const refusal = refusalFrom(error);
      if (!refusal) throw error;
      return ownPage(call, { typed: words, refusal });
    }
  },
});

export const privacyRoutes: readonly Route[] = [api, download, own, asked];
