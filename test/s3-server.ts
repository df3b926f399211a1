import { createHash, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BucketSettings } from "../src/trust/vault-store.ts";

/** What goes wrong with one call on its way or at the store. */
export type Fault =
  | "stall" // not a byte comes, the connection stands
  | "stall-in-body" // half of the answer, then nothing
  | "truncate" // half of the answer, then the connection ends
  | "corrupt" // one byte of the body is another, in either direction
  | "lost-answer" // the work is done, its answer never comes
  | "drop" // the connection ends before anything is done
  | "busy" // 503 SlowDown
  | "error" // 500 InternalError
  | "full"; // 507
export interface Asked {
  readonly method: string;
  readonly key: string;
}

/** The other side of the wire: the few calls of S3 that the vault makes, kept in a folder, with faults to order. The real thing is Ceph, in `npm run test:s3`. */
export interface S3Server {
  readonly settings: BucketSettings;
  /** Decides for each call whether something goes wrong with it. */
  fault: (asked: Asked) => Fault | undefined;
  /** Calls so far, faulty ones too. */
  readonly calls: Asked[];
  readonly close: () => Promise<void>;
}

const BUCKET = "evidence";
const ACCESS = "comity-test";
const PAGE = 7;

const xml = (response: ServerResponse, status: number, body: string) =>
  response.writeHead(status, { "content-type": "application/xml" }).end(`<?xml version="1.0"?>${body}`);
const refuse = (response: ServerResponse, status: number, code: string) =>
  xml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
function flip(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  const middle = Math.floor(other.length / 2);
  if (other.length > 0) other[middle] = (other[middle] ?? 0) ^ 1;
  return other;
}

/** Starts it on loopback, over a folder whose contents it keeps and finds again. */
export async function startS3(folder: string, more: Partial<BucketSettings> = {}): Promise<S3Server> {
  mkdirSync(folder, { recursive: true });
  const pathOf = (key: string) => join(folder, encodeURIComponent(key));
  const calls: Asked[] = [];
  const stalled = new Set<ServerResponse>();

  async function put(key: string, request: IncomingMessage, response: ServerResponse, fault?: Fault) {
    const sent = await bodyOf(request);
    const bytes = fault === "corrupt" ? flip(sent) : sent;
    const md5 = createHash("md5").update(bytes).digest();
    const told = request.headers["content-md5"];
    if (told !== undefined && told !== md5.toString("base64")) return refuse(response, 400, "BadDigest");
    const waiting = `${pathOf(key)}~${randomUUID()}`;
    await writeFile(waiting, bytes);
    await rename(waiting, pathOf(key));
    if (fault === "lost-answer") return response.destroy();
    return response.writeHead(200, { etag: `"${md5.toString("hex")}"` }).end();
  }
  async function get(key: string, request: IncomingMessage, response: ServerResponse, fault?: Fault) {
    const all = await readFile(pathOf(key)).catch(() => undefined);
    if (!all) return refuse(response, 404, "NoSuchKey");
    const [, from = "0", to = `${all.length - 1}`] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (Number(from) >= all.length) return refuse(response, 416, "InvalidRange");
    const range = all.subarray(Number(from), Number(to) + 1);
    const bytes = fault === "corrupt" ? flip(range) : range;
    response.writeHead(206, { "content-length": bytes.length });
    if (fault !== "truncate" && fault !== "stall-in-body") return response.end(bytes);
    const half = bytes.subarray(0, bytes.length / 2);
    if (fault === "truncate") return response.write(half, () => response.destroy());
    stalled.add(response);
    return response.write(half);
  }
  async function list(query: URLSearchParams, response: ServerResponse) {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = (await readdir(folder))
      .filter((name) => !name.includes("~"))
      .map(decodeURIComponent)
      .filter((key) => key.startsWith(prefix) && key > after)
      .sort();
    const page = keys.slice(0, PAGE);
    const more = keys.length > page.length;
    const entries = await Promise.all(
      page.map(async (key) => {
        const { size, mtime } = await stat(pathOf(key));
        return `<Contents><Key>${key}</Key><Size>${size}</Size><LastModified>${mtime.toISOString()}</LastModified></Contents>`;
      }),
    );
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    xml(
      response,
      200,
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${entries.join("")}</ListBucketResult>`,
    );
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://s3");
    const [, bucket, ...rest] = pathname.split("/");
    const asked = { method: request.method ?? "", key: decodeURIComponent(rest.join("/")) };
    calls.push(asked);
    const fault = server.fault(asked);
    if (fault === "stall") return stalled.add(response);
    if (fault === "drop") return request.destroy();
    if (fault === "busy" || fault === "error" || fault === "full") {
      request.resume();
      const [status, code] = {
        busy: [503, "SlowDown"],
        error: [500, "InternalError"],
        full: [507, "InsufficientStorage"],
      }[fault] as [number, string];
      return refuse(response, status, code);
    }
    if (!request.headers.authorization?.includes(`Credential=${ACCESS}/`))
      return refuse(response, 403, "InvalidAccessKeyId");
    if (bucket !== BUCKET) return refuse(response, 404, "NoSuchBucket");
    if (asked.key === "" && searchParams.has("versioning")) return xml(response, 200, "<VersioningConfiguration/>");
    if (asked.key === "") return asked.method === "HEAD" ? response.writeHead(200).end() : list(searchParams, response);
    if (asked.method === "PUT") return put(asked.key, request, response, fault);
    if (asked.method === "GET") return get(asked.key, request, response, fault);
    if (asked.method !== "DELETE") return refuse(response, 405, "MethodNotAllowed");
    await rm(pathOf(asked.key), { force: true });
    return fault === "lost-answer" ? response.destroy() : response.writeHead(204).end();
  }

  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: S3Server = {
    settings: {
      endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      region: "us-east-1",
      bucket: BUCKET,
      prefix: "vault/",
      pathStyle: true,
      accessKey: ACCESS,
      secretKey: "not-a-secret",
      stallMs: 5_000,
      tries: 4,
      ...more,
    },
    fault: () => undefined,
    calls,
    close: async () => {
      for (const response of stalled) response.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
