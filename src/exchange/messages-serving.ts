import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { AttachedFile } from "../kernel/act.ts";
import type { Node } from "../kernel/node.ts";
import { messageOf } from "../kernel/outbox.ts";
import { type RouteCall, route } from "../kernel/page.ts";
import { isUuid } from "../kernel/pipeline.ts";
import { isValidAt, type SigningKey } from "../trust/envelope-signature.ts";
import { isGetSignedBy, readGetSignature } from "../trust/http-signature.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { ageRecipient } from "../trust/age.ts";
import { ageFrom, type AgeHead, ageHead, agePlainStart, ageSize } from "../trust/age-stream.ts";
import { seal, unseal } from "../trust/seal.ts";
import { noteTurnedAway } from "./messages-turned-away.ts";
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
    if (!wanted) {
      noteTurnedAway(call.node, "bad-signature");
      return {
        json: {
          type: "/problems/exchange/bad-signature",
          title: call.tools.t("exchange.problem.bad-signature.title"),
          status: 403,
          detail: call.tools.t("exchange.problem.bad-signature"),
        },
        status: 403,
      };
    }
    return send(call, wanted);
  },
});

interface Wanted {
  readonly envelope: string;
  readonly peer: TrustedPeer;
  readonly file: AttachedFile;
  /** Its place in the message: names in the folder must not tell the digest. */
  readonly ordinal: number;
}

async function wantedFile({ node, request, params }: RouteCall): Promise<Wanted | undefined> {
  const { envelope = "", digest = "" } = params;
  if (!isUuid(envelope)) return undefined;
  const row = await node.db
    .selectFrom("outbox")
    .select(["id", "peer", "words", "body", "files"])
    .where("id", "=", envelope)
    .executeTakeFirst();
  const peer = row ? await findPeer(node.db, row.peer) : undefined;
  const files = row ? messageOf(node, row).files : [];
  const ordinal = files.findIndex((each) => each.digest === digest);
  const file = files[ordinal];
  const asked = signedBy(node, request, peer ? [peer] : []);
  return asked && file ? { envelope, peer: asked, file, ordinal } : undefined;
}

/** Which of these peers has signed this GET, now and for the first time; throws `Malformed` where nobody did. */
export function signedBy(
  node: Node,
  request: RouteCall["request"],
  peers: readonly TrustedPeer[],
): TrustedPeer | undefined {
  const said = readGetSignature(one(request.headers["signature-input"]));
  const now = node.clock();
  if (Math.abs(now.since(said.created).total("hours")) > SIGNATURE_HOURS) return undefined;
  const counts = (key: SigningKey) =>
    key.fingerprint === said.keyId && key.alg === undefined && key.distrusted === undefined && isValidAt(key, now);
  const peer = peers.find(({ keys }) => keys.some(counts));
  const key = peer?.keys.find(counts);
  if (!peer || !key) return undefined;
  const get = { authority: request.headers.host ?? "", path: request.url, range: one(request.headers["range"]) ?? "" };
  return isGetSignedBy(get, said, one(request.headers["signature"]), key.x) && isFresh(node, said.nonce)
    ? peer
    : undefined;
}
const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? undefined : header);

const folderOf = (node: Node): string => join(node.config.folder, "exchange", "out");

/**
 * How the file is encrypted to its peer: drawn at the first request and kept, sealed, for the ranges that follow. From it any part of
 * the encrypted file is made again while it is sent; a copy of a hundred gigabytes is never written.
 */
async function headOf(node: Node, { envelope, ordinal, peer }: Wanted): Promise<AgeHead> {
  const { x, fingerprint } = peer.entry.encryption;
  const name = `${envelope}-${ordinal}.head`;
  const path = join(folderOf(node), name);
  const place = `exchange:${name}:${fingerprint}`;
  const read = async (): Promise<AgeHead | undefined> => {
    const sealed = await readFile(path).catch(() => undefined);
    if (!sealed) return undefined;
    try {
      const plain = unseal(node.services.keys.seal, sealed, place);
      return { key: plain.subarray(0, KEY_BYTES), head: plain.subarray(KEY_BYTES) };
    } catch {
      // The peer has another key by now.
      return undefined;
    }
  };
  const known = await read();
  if (known) return known;
  const made = await ageHead([ageRecipient(x)]);
  await mkdir(folderOf(node), { recursive: true, mode: 0o700 });
  const part = `${path}.${randomUUID()}`;
  await writeFile(part, seal(node.services.keys.seal, Buffer.concat([made.key, made.head]), place), { mode: 0o600 });
  await rename(part, path);
  // Of two that begin at once the last one's stays, for both.
  return (await read()) ?? made;
}
const KEY_BYTES = 32;

/** The header of an age file is random, so its digest tells one encryption from another. */
const tagOf = ({ head }: AgeHead): string => `"${createHash("sha256").update(head).digest("hex").slice(0, 32)}"`;

/** @source RFC 9110 §14 */
async function send({ node, request, reply }: RouteCall, wanted: Wanted): Promise<undefined> {
  const held = await heldBlob(node.db, node.services.vault, holderOf(wanted.file));
  if (!held) throw new Error("a file that was promised to a peer is not in the vault any more");
  const head = await headOf(node, wanted);
  const size = ageSize(head, held.bytes);
  const start = Number(/^bytes=(\d{1,15})-$/.exec(one(request.headers["range"]) ?? "bytes=0-")?.[1] ?? 0);
  reply
    .headers({ etag: tagOf(head), "accept-ranges": "bytes", "cache-control": "no-store" })
    .type("application/octet-stream");
  if (start >= size) {
    reply.status(416).header("content-range", `bytes */${size}`).send();
    return undefined;
  }
  reply.status(start === 0 ? 200 : 206).headers({
    "content-length": size - start,
    ...(start === 0 ? {} : { "content-range": `bytes ${start}-${size - 1}/${size}` }),
  });
  const plain = held.read({ from: Math.min(agePlainStart(head, start), held.bytes), to: held.bytes });
  reply.send(Readable.from(ageFrom(head, plain, start), { objectMode: false, highWaterMark: READY_BYTES }));
  return undefined;
}
/** Bytes made ready ahead of the line. */
const READY_BYTES = 262_144;

/** How a file was encrypted is kept this long, in days; a later pull begins anew. */
const KEPT_DAYS = 7;
/** Forgets how files were encrypted that nobody pulls any more. */
export async function removeCopies(node: Node): Promise<void> {
  const folder = folderOf(node);
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const { mtimeMs } = await stat(join(folder, name));
    if (node.clock().epochMilliseconds - mtimeMs > KEPT_DAYS * 86_400_000)
      await rm(join(folder, name), { force: true });
  }
}
