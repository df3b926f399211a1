import { Readable } from "node:stream";
import type { Officer } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { type Route, route, type RouteAnswer, type RouteCall } from "../kernel/page.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { type Algorithm, ALGORITHMS } from "../trust/vault.ts";
import type { Checksum, Upload } from "../trust/vault-upload-rows.ts";
import { openUploads, type Uploads } from "../trust/vault-uploads.ts";
import { itemSubject } from "./item.ts";

/** The version of tus that is spoken. @source tus 1.0.0 */
export const TUS_VERSION = "1.0.0";
const EXTENSIONS = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation";
const DIGEST_BYTES: Readonly<Record<Algorithm, number>> = { sha256: 32, sha1: 20, md5: 16 };
const CONTENT_TYPE = "application/offset+octet-stream";
/** Uploads that one officer may have under way. */
const UNDER_WAY_MAX = 200;
/** Room that must stay free on the vault's disk, in bytes. */
const SPARE_BYTES = 256 * 1024 ** 2;

const made = new WeakMap<Node, Uploads>();
/** The uploads of this node in this process. */
export function uploadsOf(node: Node): Uploads {
  const uploads = made.get(node) ?? openUploads(node.db, node.services.vault);
  made.set(node, uploads);
  return uploads;
}
export const bytesMax = (node: Node): number => node.config.upload_max_gib * 1024 ** 3;

/** Whether this officer's role acquires evidence at all. */
export function demandUploader(node: Node, officer: Officer): void {
  // Lists of known files come by the same way.
  const sets = node.registry.subjects.get("hash-set");
  const now = node.clock();
  if (sets && node.policy.possible({ actor: officer, action: "hash-set.import", subject: sets, now })) return;
  const row = {
    id: officer.account,
    office: officer.office.id,
    acquired_by: officer.account,
    held: false,
    state: "kept",
  };
  const decisions = ["item.acquire", "item.lodge"].map((action) =>
    node.policy.decide({ actor: officer, action, subject: itemSubject, id: row.id, row, now: node.clock() }),
  );
  const [first] = decisions;
  if (!decisions.some(({ allowed }) => allowed))
    throw new Refusal("not-allowed", first?.reason ?? "not-permitted", {
      policies: first?.policies ?? [],
      values: { act: "item.acquire" },
    });
}

/** Refuses an upload for which there is no room, before its first byte. `promised`: what the same officer's other uploads still need. */
export async function demandRoom(node: Node, bytes: number, promised = 0): Promise<void> {
  if (bytes > bytesMax(node))
    throw new Refusal("too-large", "upload-too-large", { values: { gib: node.config.upload_max_gib } });
  const room = await node.services.vault.store.room();
  if (room !== undefined && room < bytes + promised + SPARE_BYTES) throw new Refusal("unavailable", "upload-no-room");
}

const common = { "tus-resumable": TUS_VERSION, "cache-control": "no-store" };
const stateOf = ({ offset, bytes, expires_at, concat, digest, ...more }: Upload): Record<string, string> => ({
  ...common,
  "upload-offset": `${offset}`,
  "upload-expires": httpDate(expires_at),
  ...(concat === null ? {} : { "upload-concat": concat }),
  ...(digest === null ? {} : { "upload-sha256": digest }),
  ...(more.sha1 === null ? {} : { "upload-sha1": more.sha1 }),
  ...(more.md5 === null ? {} : { "upload-md5": more.md5 }),
  // All bytes are there, and are being read again for the digests.
  ...(digest === null && offset === bytes && concat !== "partial" ? { "upload-hashed": `${more.hashed}` } : {}),
});

/** `Sun, 06 Nov 1994 08:49:37 GMT`. @source RFC 9110 §5.6.7 */
function httpDate(at: Temporal.Instant): string {
  const { dayOfWeek, day, month, year, hour, minute, second } = at.toZonedDateTimeISO("UTC");
  const two = (n: number) => `${n}`.padStart(2, "0");
  const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  return `${names[dayOfWeek - 1] ?? ""}, ${two(day)} ${months[month - 1] ?? ""} ${year} ${two(hour)}:${two(minute)}:${two(second)} GMT`;
}

/** A tus error: the status that tus names for it, in the form of every other error here. */
function problem(
  { tools, request, reply }: RouteCall,
  status: number,
  key: string,
  headers: Record<string, string> = {},
): RouteAnswer {
  // What is left of the body is not read: the connection ends with the answer.
  if (request.method === "PATCH" || request.method === "POST") reply.header("connection", "close");
  const all = { ...common, ...headers, "content-type": "application/problem+json" };
  if (request.method === "HEAD") return { text: "", status, type: "application/problem+json", headers: all };
  return {
    text: JSON.stringify({
      type: `/problems/${key}`,
      title: tools.t(`refusal.${key}`),
      status,
      detail: tools.t(`refusal.${key}`),
    }),
    status,
    type: "application/problem+json",
    headers: all,
  };
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Officer and version: what every call but OPTIONS must bring. */
function checked(
  handle: (call: RouteCall, officer: Officer) => Promise<RouteAnswer>,
): (call: RouteCall) => Promise<RouteAnswer> {
  return async (call) => {
    const { actor, request, reply } = call;
    reply.header("tus-resumable", TUS_VERSION);
    if (actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
    if (single(request.headers["tus-resumable"]) !== TUS_VERSION)
      return problem(call, 412, "tus-version", { "tus-version": TUS_VERSION });
    return handle(call, actor);
  };
}

/** `filename d29ybGQ=,filetype …`: names in plain, values in base64. `undefined` where it is not of that form. */
function readMetadata(text: string | undefined): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  if (text === undefined || text.trim() === "") return found;
  if (text.length > 8_192) return undefined;
  for (const pair of text.split(",")) {
    const [name = "", value = "", more] = pair.trim().split(" ");
    if (name === "" || more !== undefined || found.has(name) || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return undefined;
    found.set(name, Buffer.from(value, "base64").toString("utf8"));
  }
  return found;
}

const NAME_MAX = 255;
/** The last part of a name from outside; never a path, never empty, no character that a database or a page can't hold. */
export const fileName = (given: string | undefined): string =>
  ((given ?? "").split(/[/\\]/).at(-1) ?? "")
    .replaceAll(/[\p{Cc}\p{Cs}\ufffd]/gu, "")
    .trim()
    .slice(-NAME_MAX)
    .toWellFormed() || "file";
export const mediaType = (given: string | undefined): string => {
  const plain = (given ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(plain) ? plain : "application/octet-stream";
};

function readChecksum(text: string | undefined): Checksum | undefined | "unknown" {
  if (text === undefined) return undefined;
  const [name, value = ""] = text.split(" ");
  const digest = Buffer.from(value, "base64");
  const algorithm = ALGORITHMS.find((each) => each === name);
  if (!algorithm || digest.length !== DIGEST_BYTES[algorithm]) return "unknown";
  return { algorithm, digest: digest.toString("hex") };
}

const PARTS_PATH = /^(?:https?:\/\/[^/\s]+)?\/api\/v1\/uploads\/([\da-f-]{36})$/i;
/** `partial`, or `final;` and the addresses of its parts, with blanks between. `unknown` where it is of neither form. */
function readConcat(text: string | undefined): "partial" | readonly string[] | undefined | "unknown" {
  if (text === undefined || text === "partial") return text;
  const [, list] = /^final; ?(.+)$/.exec(text) ?? [];
  const parts = list
    ?.trim()
    .split(/ +/)
    .map((address) => PARTS_PATH.exec(address)?.[1]?.toLowerCase() ?? "");
  return parts?.every(isUuid) ? parts : "unknown";
}

async function bring(
  call: RouteCall,
  owner: string,
  id: string,
  offset: number,
): Promise<RouteAnswer | { upload: Upload }> {
  const { node, body, request } = call;
  const checksum = readChecksum(single(request.headers["upload-checksum"]));
  if (checksum === "unknown") return problem(call, 400, "tus-checksum-form");
  const source = body instanceof Readable ? body : Readable.from([]);
  const appended = await uploadsOf(node).append(
    { id, owner, offset, source, isSole: true, cancel: () => source.destroy(), ...(checksum ? { checksum } : {}) },
    node.clock(),
  );
  switch (appended.outcome) {
    case "appended":
      return { upload: appended.upload };
    case "offset":
      return problem(call, 409, "tus-offset", { "upload-offset": `${appended.upload.offset}` });
    case "not-found":
      return problem(call, 404, "tus-not-found");
    case "checksum":
      return problem(call, 460, "tus-checksum");
    case "too-large":
      return problem(call, 413, "tus-too-large");
    case "taken-over":
      return problem(call, 423, "tus-taken-over");
  }
}

/** What a creating call says of the file. */
interface Wanted {
  readonly owner: string;
  readonly key?: string;
  readonly name: string;
  readonly media: string;
  readonly now: Temporal.Instant;
}

const begunAt = (upload: Upload): RouteAnswer => ({
  text: "",
  status: 201,
  headers: { ...stateOf(upload), location: `/api/v1/uploads/${upload.id}` },
});

const create = checked(async (call, officer) => {
  const { node, request } = call;
  const concat = readConcat(single(request.headers["upload-concat"]));
  if (concat === "unknown") return problem(call, 400, "tus-concat-form");
  const metadata = readMetadata(single(request.headers["upload-metadata"]));
  if (!metadata) return problem(call, 400, "tus-metadata");
  const key = single(request.headers["idempotency-key"]);
  if (key !== undefined && (key.length === 0 || key.length > 200)) throw new Refusal("invalid", "key-length");
  demandUploader(node, officer);
  const wanted: Wanted = {
    owner: officer.account,
    ...(key === undefined ? {} : { key }),
    name: fileName(metadata.get("filename") ?? metadata.get("name")),
    media: mediaType(metadata.get("filetype") ?? metadata.get("type")),
    now: node.clock(),
  };
  return typeof concat === "object"
    ? joined(call, { ...wanted, concat: single(request.headers["upload-concat"]) ?? "" }, concat)
    : begun(call, wanted, concat === "partial");
});

async function begun(call: RouteCall, wanted: Wanted, isPartial: boolean): Promise<RouteAnswer> {
  const { node, request } = call;
  const length = wholeNumber(single(request.headers["upload-length"]));
  const isDeferred = length === undefined && single(request.headers["upload-defer-length"]) === "1" && !isPartial;
  if (length === undefined && !isDeferred) return problem(call, 400, "tus-length");
  const bytes = length ?? bytesMax(node);
  if (bytes > bytesMax(node)) return problem(call, 413, "tus-too-large", { "tus-max-size": `${bytesMax(node)}` });
  const uploads = uploadsOf(node);
  const underWay = await uploads.count(wanted.owner);
  await demandRoom(node, length ?? 0, underWay.bytes);
  if (underWay.uploads >= UNDER_WAY_MAX)
    throw new Refusal("too-many", "upload-too-many", { values: { maximum: UNDER_WAY_MAX } });
  const upload = await uploads.create({ ...wanted, bytes, isPartial, isDeferred });
  if (upload.bytes !== bytes) throw new Refusal("conflict", "key-reused");
  if (single(request.headers["content-type"]) !== CONTENT_TYPE) return begunAt(upload);
  const filled = await bring(call, wanted.owner, upload.id, 0);
  return filled && "upload" in filled ? begunAt(filled.upload) : filled;
}

/** Puts finished parts together. @source tus 1.0.0, concatenation */
async function joined(
  call: RouteCall,
  wanted: Wanted & { readonly concat: string },
  parts: readonly string[],
): Promise<RouteAnswer> {
  if (call.request.headers["upload-length"] !== undefined) return problem(call, 400, "tus-concat-length");
  const upload = await uploadsOf(call.node).concatenate({ ...wanted, parts, bytesMax: bytesMax(call.node) });
  if (upload === "parts") return problem(call, 400, "tus-concat-parts");
  if (upload === "too-large") return problem(call, 413, "tus-too-large", { "tus-max-size": `${bytesMax(call.node)}` });
  return begunAt(upload);
}

const patch = checked(async (call, officer) => {
  const { request, params } = call;
  if (single(request.headers["content-type"]) !== CONTENT_TYPE) return problem(call, 415, "tus-content-type");
  const offset = wholeNumber(single(request.headers["upload-offset"]));
  if (offset === undefined) return problem(call, 400, "tus-offset-form");
  const id = params["id"] ?? "";
  const found = isUuid(id) ? await uploadsOf(call.node).find(id, officer.account, call.node.clock()) : undefined;
  if (!found) return problem(call, 404, "tus-not-found");
  if (found.concat?.startsWith("final")) return problem(call, 403, "tus-final");
  const length = wholeNumber(single(request.headers["upload-length"]));
  // Said again, it must be what was said before.
  if (
    length !== undefined &&
    !(await uploadsOf(call.node).setLength(id, officer.account, length)) &&
    length !== found.bytes
  )
    return problem(call, 400, "tus-length");
  const brought = await bring(call, officer.account, id, offset);
  return brought && "upload" in brought ? { text: "", status: 204, headers: stateOf(brought.upload) } : brought;
});

const head = checked(async (call, officer) => {
  const id = call.params["id"] ?? "";
  const upload = isUuid(id) ? await uploadsOf(call.node).find(id, officer.account, call.node.clock()) : undefined;
  if (!upload) return problem(call, 404, "tus-not-found");
  // Whole and without digests: whoever was to make them may have died.
  if (upload.digest === null && upload.offset === upload.bytes && upload.concat !== "partial")
    uploadsOf(call.node)
      .finish(upload.id)
      .catch((error: unknown) => call.node.log.error({ err: error }, "the digests of an upload could not be made"));
  const names = `filename ${Buffer.from(upload.name).toString("base64")},filetype ${Buffer.from(upload.media).toString("base64")}`;
  return {
    text: "",
    status: 200,
    headers: {
      ...stateOf(upload),
      ...(upload.deferred ? { "upload-defer-length": "1" } : { "upload-length": `${upload.bytes}` }),
      "upload-metadata": names,
    },
  };
});

/** What this officer has under way, for whoever goes on with it: not of tus, which knows one upload at a time. */
async function list({ node, actor }: RouteCall): Promise<RouteAnswer> {
  if (actor.kind !== "officer") throw new Refusal("not-signed-in", "not-signed-in");
  const uploads = await uploadsOf(node).list(actor.account, node.clock());
  return {
    json: {
      uploads: uploads.map(({ digest, expires_at, concat: _, ...upload }) => ({
        ...upload,
        sha256: digest,
        expires_at: expires_at.toString(),
      })),
    },
    headers: { "cache-control": "no-store" },
  };
}

const terminate = checked(async (call, officer) => {
  const id = call.params["id"] ?? "";
  const ended = isUuid(id) && (await uploadsOf(call.node).end(id, officer.account, call.node.clock()));
  return ended ? { text: "", status: 204, headers: common } : problem(call, 404, "tus-not-found");
});

const options = async ({ node }: RouteCall): Promise<RouteAnswer> => ({
  text: "",
  status: 204,
  headers: {
    ...common,
    "tus-version": TUS_VERSION,
    "tus-extension": EXTENSIONS,
    "tus-checksum-algorithm": Object.keys(DIGEST_BYTES).join(","),
    "tus-max-size": `${bytesMax(node)}`,
  },
});

const METHODS = { PATCH: patch, HEAD: head, DELETE: terminate } as const;
/** For clients whose line lets only GET and POST through. @source tus 1.0.0 “X-HTTP-Method-Override” */
async function overridden(call: RouteCall): Promise<RouteAnswer> {
  const wanted = single(call.request.headers["x-http-method-override"]);
  const method = (["PATCH", "HEAD", "DELETE"] as const).find((each) => each === wanted);
  return method ? METHODS[method](call) : problem(call, 400, "tus-method");
}

const at = { role: "desk", body: "stream" } as const;
export const tusRoutes: readonly Route[] = [
  route({
    ...at,
    method: "OPTIONS",
    path: "/api/v1/uploads",
    access: "public",
    summary: "What this server can do, and the largest file. tus 1.0.0.",
    handle: options,
  }),
  route({ ...at, method: "OPTIONS", path: "/api/v1/uploads/:id", access: "public", handle: options }),
  route({
    ...at,
    method: "POST",
    path: "/api/v1/uploads",
    access: "signed-in",
    summary:
      "Begins an upload (tus creation): Upload-Length, Upload-Metadata with filename and filetype. Upload-Concat: partial begins a part; final;/api/v1/uploads/… puts finished parts together.",
    handle: create,
  }),
  route({
    role: "desk",
    method: "GET",
    path: "/api/v1/uploads",
    access: "signed-in",
    summary: "This officer's uploads that have not become items, the latest first; parts of others are left out.",
    handle: list,
  }),
  route({
    ...at,
    method: "HEAD",
    path: "/api/v1/uploads/:id",
    access: "signed-in",
    summary:
      "The last durable byte (Upload-Offset); Upload-Sha256, Upload-Sha1 and Upload-Md5 once all bytes are there and hashed; until then Upload-Hashed.",
    handle: head,
  }),
  route({
    ...at,
    method: "PATCH",
    path: "/api/v1/uploads/:id",
    access: "signed-in",
    summary: "Brings bytes from Upload-Offset on; Upload-Checksum sha256, sha1 or md5.",
    handle: patch,
  }),
  route({
    ...at,
    method: "POST",
    path: "/api/v1/uploads/:id",
    access: "signed-in",
    summary:
      "The same as the method that X-HTTP-Method-Override names, PATCH, HEAD or DELETE, for clients that have POST alone.",
    handle: overridden,
  }),
  route({
    ...at,
    method: "DELETE",
    path: "/api/v1/uploads/:id",
    access: "signed-in",
    summary: "Ends an upload and forgets its bytes.",
    handle: terminate,
  }),
];
