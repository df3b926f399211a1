import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { AttachedFile } from "../kernel/act.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf } from "../kernel/outbox.ts";
import { type RouteCall, route } from "../kernel/page.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { isValidAt } from "../trust/envelope-signature.ts";
import { isGetSignedBy, readGetSignature } from "../trust/http-signature.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { ageEncrypted } from "../trust/age.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";

/** The name under which the vault knows an item's bytes. */
const holderOf = ({ item }: AttachedFile): string => `item:${item}`;

/** A request's signature holds this long around its time, in hours: clocks differ, and what it fetches only its maker can read. */
const SIGNATURE_HOURS = 24;
const NONCES_MAX = 50_000;
const nonces = new WeakMap<Node, Set<string>>();
/** True for a nonce that this process has not seen. */
function isFresh(node: Node, nonce: string): boolean {
  const seen = nonces.get(node) ?? new Set<string>();
  nonces.set(node, seen);
  if (seen.has(nonce)) return false;
  if (seen.size >= NONCES_MAX) seen.clear();
  seen.add(nonce);
  return true;
}

/** Serves a file of a message to the peer that the message is for, encrypted to it, from any byte on. */
export const filesRoute = route({
  role: "gateway",
  method: "GET",
  path: "/exchange/v1/files/:envelope/:digest",
  access: "public",
  summary: "Pull a file of an envelope, age-encrypted to the puller; signed, by range.",
  handle: async (call) => {
    const wanted = await wantedFile(call);
    // Whoever may not have it learns nothing of whether it exists.
    if (!wanted)
      return {
        json: {
          type: "/problems/exchange/bad-signature",
          title: call.tools.t("exchange.problem.bad-signature.title"),
          status: 403,
          detail: call.tools.t("exchange.problem.bad-signature"),
        },
        status: 403,
      };
    const path = await prepared(call.node, wanted);
    if (path === undefined) return { text: "", status: 503, headers: { "retry-after": "2" } };
    return send(call, path);
  },
});

interface Wanted {
  readonly envelope: string;
  readonly peer: TrustedPeer;
  readonly file: AttachedFile;
  /** Its place in the message: the copy's name must not tell the digest. */
  readonly ordinal: number;
}

async function wantedFile({ node, request, params }: RouteCall): Promise<Wanted | undefined> {
  const { envelope = "", digest = "" } = params;
  if (!isUuid(envelope)) return undefined;
  const said = readGetSignature(one(request.headers["signature-input"]));
  const now = node.clock();
  if (Math.abs(said.created.since(now).total("hours")) > SIGNATURE_HOURS) return undefined;
  const row = await node.db
    .selectFrom("outbox")
    .select(["id", "peer", "words", "body", "files"])
    .where("id", "=", envelope)
    .executeTakeFirst();
  const peer = row ? await findPeer(node.db, row.peer) : undefined;
  const key = peer?.keys.find(({ fingerprint }) => fingerprint === said.keyId);
  const files = row ? messageOf(node, row).files : [];
  const ordinal = files.findIndex((each) => each.digest === digest);
  const file = files[ordinal];
  if (!peer || !file || !key || !isValidAt(key, now)) return undefined;
  const get = { authority: request.headers.host ?? "", path: request.url, range: one(request.headers["range"]) ?? "" };
  return isGetSignedBy(get, said, one(request.headers["signature"]), key.x) && isFresh(node, said.nonce)
    ? { envelope, peer, file, ordinal }
    : undefined;
}
const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? undefined : header);

const folderOf = (node: Node): string => join(node.config.folder, "exchange", "out");
const preparing = new Map<string, Promise<void>>();
/** How long a puller waits for a file to be encrypted before it is told to come again, in milliseconds. */
const PREPARE_MS = 8_000;

/** The encrypted file's path; it is made at the first request, kept for the ranges that follow. `undefined` while it is being made. */
async function prepared(node: Node, wanted: Wanted): Promise<string | undefined> {
  const path = join(folderOf(node), `${wanted.envelope}-${wanted.ordinal}.age`);
  if (await exists(path)) return path;
  const making = preparing.get(path) ?? make(node, path, wanted).finally(() => preparing.delete(path));
  preparing.set(path, making);
  const done = await Promise.race([
    making.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), PREPARE_MS)),
  ]);
  return done ? path : undefined;
}
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function make(node: Node, path: string, { peer, file }: Wanted): Promise<void> {
  const held = await heldBlob(node.db, node.services.vault, holderOf(file));
  if (!held) throw new Error("a file that was promised to a peer is not in the vault any more");
  await mkdir(folderOf(node), { recursive: true, mode: 0o700 });
  await pipeline(
    await ageEncrypted(held.read(), peer.entry.encryption.x),
    createWriteStream(`${path}.part`, { mode: 0o600 }),
  );
  await rename(`${path}.part`, path);
}

/** The header of an age file is random, so its digest tells one encryption from another. */
async function tagOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return `"${createHash("sha256").update(buffer.subarray(0, bytesRead)).digest("hex").slice(0, 32)}"`;
  } finally {
    await file.close();
  }
}

/** @source RFC 9110 §14 */
async function send({ request, reply }: RouteCall, path: string): Promise<undefined> {
  const { size } = await stat(path);
  const start = Number(/^bytes=(\d{1,15})-$/.exec(one(request.headers["range"]) ?? "bytes=0-")?.[1] ?? 0);
  reply
    .headers({ etag: await tagOf(path), "accept-ranges": "bytes", "cache-control": "no-store" })
    .type("application/octet-stream");
  if (start >= size) {
    reply.status(416).header("content-range", `bytes */${size}`).send();
    return undefined;
  }
  reply.status(start === 0 ? 200 : 206).headers({
    "content-length": size - start,
    ...(start === 0 ? {} : { "content-range": `bytes ${start}-${size - 1}/${size}` }),
  });
  reply.send(createReadStream(path, { start }));
  return undefined;
}

/** Encrypted copies are kept this long after they were made, in days; a later pull makes a new one. */
const KEPT_DAYS = 7;
/** Removes encrypted copies that nobody pulls any more. */
export async function removeCopies(node: Node): Promise<void> {
  const folder = folderOf(node);
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const { mtimeMs } = await stat(join(folder, name));
    if (node.clock().epochMilliseconds - mtimeMs > KEPT_DAYS * 86_400_000)
      await rm(join(folder, name), { force: true });
  }
}
