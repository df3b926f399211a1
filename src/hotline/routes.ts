import { Readable } from "node:stream";
import type { ApiClient } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { type Route, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { isUuid, perform } from "../kernel/pipeline.ts";
import { refusalFrom } from "../kernel/problem.ts";
import { demandStorable } from "../kernel/server.ts";
import { handIn, prepare, receivingOn, submissionSchema } from "../reports/slice.ts";
import { describeFile, finishTip, openTip, retractTip } from "./acts.ts";
import { doneResponse, refusalResponse, reportResponse } from "./answers.ts";
import { checkFile, checkReport, contactIn, hashesOf, namedIn, toldOf } from "./reading.ts";
import { SCHEMA } from "./schema.ts";
import { CODE, type TipRow } from "./tip.ts";
import { fileIds, findTip, type Sent, sentOf } from "./views.ts";
import { type Element, readXml, textIn, XML_BYTES_MAX } from "./xml.ts";

const SUCCESS = { code: CODE.success, description: "Success" };

/** A call of a machine that may send here; answers in the form of the interface, refusals too. */
const hotlineRoute = (
  of: Pick<Route, "method" | "path" | "summary" | "body">,
  handle: (call: RouteCall, client: ApiClient) => Promise<RouteAnswer>,
): Route =>
  route({
    ...of,
    path: `/hotline/v1${of.path}`,
    role: "portal",
    access: "public",
    handle: async (call) => {
      try {
        const { actor } = call;
        if (actor.kind !== "client") throw new Refusal("not-signed-in", "client-key-needed");
        if (!actor.scopes.includes("hotline.submit"))
          throw new Refusal("not-allowed", "client-scope-needed", { values: { scope: "hotline.submit" } });
        return await handle(call, actor);
      } catch (error) {
        const refusal = refusalFrom(error);
        if (!refusal) throw error;
        return refusalResponse(refusal, call.tools.t);
      }
    },
  });

/** The body as a document. Reads no further than a document may be long. */
async function documentIn({ body, request }: RouteCall): Promise<{ text: string; root: Element }> {
  if (request.headers["content-encoding"] !== undefined)
    throw new Refusal("unsupported", "batch-encoding", {
      values: { encoding: request.headers["content-encoding"].slice(0, 40) },
    });
  if (!(body instanceof Readable)) throw new Refusal("unsupported", "hotline-empty");
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > XML_BYTES_MAX) throw new Refusal("too-large", "body-too-large");
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  const root = readXml(bytes);
  const text = bytes.toString("utf8");
  demandStorable(text, "");
  return { text, root };
}

/** The number of a report as a form or a document gives it, and the client's own report of that number. */
async function tipOf({ node }: RouteCall, client: ApiClient, number: string): Promise<TipRow> {
  const tip = /^\d{1,15}$/.test(number) ? await findTip(node, client, Number(number)) : undefined;
  if (!tip || tip.state === "expired") throw new Refusal("not-found", "hotline-unknown");
  if (tip.state === "retracted") throw new Refusal("conflict", "hotline-retracted");
  return tip;
}

function demandOpen(tip: TipRow): TipRow {
  if (tip.state === "finished") throw new Refusal("conflict", "hotline-finished");
  return tip;
}

/** The field `id` of a form, however the form is sent. */
async function idIn({ request, body }: RouteCall): Promise<string> {
  if (request.isMultipart()) {
    for await (const part of request.parts({ limits: { fields: 5, files: 0, fieldSize: 100 } }))
      if (part.type === "field" && part.fieldname === "id") return String(part.value);
    return "";
  }
  const id = typeof body === "object" && body !== null ? (body as Record<string, unknown>)["id"] : undefined;
  return typeof id === "string" || typeof id === "number" ? String(id) : "";
}

const status = hotlineRoute(
  { method: "GET", path: "/status", summary: "Says whether the key is good (HTTP Basic or Bearer)." },
  async (_call, { name }) => reportResponse({ code: CODE.success, description: `Remote User : ${name}` }),
);

const xsd = route({
  role: "portal",
  method: "GET",
  path: "/hotline/v1/xsd",
  access: "public",
  summary: "The schema of what /submit and /fileinfo take.",
  handle: async () => ({ text: SCHEMA, type: "text/xml; charset=utf-8" }),
});

const submit = hotlineRoute(
  {
    method: "POST",
    path: "/submit",
    body: "stream",
    summary:
      "Opens a report of harm to a child: one XML document <report>. Answers its reportId; it counts once it is finished.",
  },
  async (call, actor) => {
    const { node } = call;
    const { text, root } = await documentIn(call);
    const { category } = checkReport(root, node.clock());
    const { done } = await perform({ node, actor, act: openTip, input: { xml: text, category } });
    return reportResponse(SUCCESS, [["reportId", Number(done["number"])]]);
  },
);

const upload = hotlineRoute(
  {
    method: "POST",
    path: "/upload",
    body: "stream",
    summary: "Refused always: no file is taken here. Send its digests to /fileinfo.",
  },
  async ({ request }) => {
    // The bytes are let go by as they come, looked at by nobody.
    request.raw.resume();
    throw new Refusal("unsupported", "hotline-no-files");
  },
);

const fileinfo = hotlineRoute(
  {
    method: "POST",
    path: "/fileinfo",
    body: "stream",
    summary:
      "Says of a file its digests (MD5, SHA-1, SHA-256, PDQ), names and flags: one XML document <fileDetails>. Answers a fileId.",
  },
  async (call, actor) => {
    const { node } = call;
    const { text, root } = await documentIn(call);
    const { hashes } = checkFile(root);
    const tip = demandOpen(await tipOf(call, actor, textIn(root, "reportId")));
    const given = textIn(root, "fileId").toLowerCase();
    const file = given === "" ? undefined : given.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    if (file !== undefined && !isUuid(file)) throw new Refusal("not-found", "hotline-no-such-file");
    const input = { xml: text, hashes: hashes.length, ...(file === undefined ? {} : { file }) };
    const { done } = await perform({ node, actor, act: describeFile, id: tip.id, input });
    return reportResponse(SUCCESS, [
      ["reportId", tip.number],
      ["fileId", short(String(done["file"]))],
    ]);
  },
);

const short = (uuid: string): string => uuid.replaceAll("-", "");

const finish = hotlineRoute(
  { method: "POST", path: "/finish", summary: "Finishes a report (form field id): it is with the office from now on." },
  async (call, actor) => {
    const { node } = call;
    const tip = demandOpen(await tipOf(call, actor, await idIn(call)));
    const sent = await sentOf(node, tip);
    if (!sent) throw new Refusal("not-found", "hotline-unknown");
    const { id, done } = await handIn(node, {
      actor,
      prepared: preparedOf(call, tip, sent),
      key: `hotline/${tip.number}`,
      sent: { number: tip.number },
    });
    const reference = String(done["reference"]);
    await perform({ node, actor, act: finishTip, id: tip.id, input: { report: id, reference } });
    const files = await fileIds(node, tip.id);
    return doneResponse(tip.number, files.map(short), { "comity-reference": reference });
  },
);

/** The report as intake takes it: of a child, so the first of all; with every digest among what it is linked by. */
function preparedOf({ node }: RouteCall, tip: TipRow, { report, files }: Sent) {
  const said = files.map((file) => file.said);
  const now = node.clock();
  const { category, at } = checkReport(report, now);
  const t = node.translations.translate(node.config.languages[0] ?? "en");
  const submission = submissionSchema.parse({
    category,
    description: toldOf(report, said, t).slice(0, 20_000).toWellFormed(),
    minor: true,
    observables: namedIn(report, said),
    contact: contactIn(report),
  });
  const prepared = prepare(submission, receivingOn(node, "hotline"));
  const found = new Map([...hashesOf(said), ...prepared.observables].map((each) => [each.key, each]));
  return {
    ...prepared,
    observables: [...found.values()],
    facts: { ...prepared.facts, hotline: { number: tip.number, at: at.toString(), report, files: said } },
  };
}

const retract = hotlineRoute(
  { method: "POST", path: "/retract", summary: "Takes back a report that is not finished (form field id)." },
  async (call, actor) => {
    const tip = demandOpen(await tipOf(call, actor, await idIn(call)));
    await perform({ node: call.node, actor, act: retractTip, id: tip.id, input: {} });
    return reportResponse(SUCCESS, [["reportId", tip.number]]);
  },
);

export const hotlineRoutes: readonly Route[] = [status, xsd, submit, upload, fileinfo, finish, retract];
