import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { stamp } from "../kernel/clock.ts";
import type { Node } from "../kernel/node.ts";
import { ageIdentity } from "../trust/age.ts";
import { AgeBroken, ageKey, agePlainFrom, ageSplit, ageStart } from "../trust/age-stream.ts";
import type { EnvelopeFile, Payload } from "../trust/envelope.ts";
import { signGet } from "../trust/http-signature.ts";
import type { Upload } from "../trust/vault-upload-rows.ts";
import { openUploads, type Uploads } from "../trust/vault-uploads.ts";
import { openGet } from "./fetch.ts";
import { openersOf, signerOf } from "./identity.ts";
import { raise } from "./messages-alarm.ts";
import type { TrustedPeer } from "./messages-peer.ts";

const made = new WeakMap<Node, Uploads>();
/** What is being pulled lies in the vault from its first byte on, as an upload whose owner is the message. */
export function incomingOf(node: Node): Uploads {
  const uploads = made.get(node) ?? openUploads(node.db, node.services.vault);
  made.set(node, uploads);
  return uploads;
}

/** Which file of the message has these bytes. */
export const ordinalOf = ({ files }: Payload, digest: string): number =>
  files.findIndex((file) => file.digest === digest);

const folderOf = (node: Node, envelope: string): string => join(node.config.folder, "exchange", "in", envelope);

/** One file of a message, from one of the peer's gateways. */
interface Pulling {
  readonly url: string;
  readonly file: EnvelopeFile;
  readonly upload: Upload;
  /** Where the beginning of the encrypted file is kept, without which no later part of it opens. */
  readonly place: string;
}

/**
 * Pulls one file to its end, from where an earlier try broke off, decrypted into the vault as it comes. Gives the finished upload, its digest
 * that which was promised; `undefined` where it must be tried again.
 */
export async function pullFile(
  node: Node,
  { peer, payload, file }: { readonly peer: TrustedPeer; readonly payload: Payload; readonly file: EnvelopeFile },
): Promise<Upload | undefined> {
  const uploads = incomingOf(node);
  const folder = folderOf(node, payload.id);
  const ordinal = ordinalOf(payload, file.digest);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const gateway of peer.entry.gateways) {
    const url = `${gateway.replace(/\/+$/, "")}/exchange/v1/files/${payload.id}/${file.digest}`;
    const { name, media, size: bytes } = file;
    const wanted = { owner: payload.id, key: `${ordinal}`, name, media, bytes, now: node.clock() };
    const pulling: Pulling = {
      url,
      file,
      upload: await uploads.create(wanted),
      place: join(folder, `${ordinal}.head`),
    };
    const came = await bring(node, payload.id, pulling);
    if (typeof came === "object") return came;
    if (came === "again") continue;
    // Whole and yet not what was promised: nothing of it can be kept.
    await forget(node, payload.id, pulling);
    await raise(node.db, {
      peer: peer.code,
      kind: "files",
      detail: { seq: payload.seq, since: stamp(node.clock()) },
      now: node.clock(),
    });
  }
  return undefined;
}

/** Removes what was kept for pulling a message's files. */
export async function endPulling(node: Node, envelope: string): Promise<void> {
  const uploads = incomingOf(node);
  for (const { id } of await uploads.list(envelope, node.clock())) await uploads.end(id, envelope, node.clock());
  await rm(folderOf(node, envelope), { recursive: true, force: true });
}

async function forget(node: Node, owner: string, { upload, place }: Pulling): Promise<void> {
  await incomingOf(node).end(upload.id, owner, node.clock());
  await rm(place, { force: true });
}

/** A gateway that sends nothing for so long is given up, in milliseconds. */
const STALL_MS = 30_000;

/** Goes on with a file. `wrong` where it is another one than was promised, `again` where the line broke or it must be begun anew. */
async function bring(node: Node, owner: string, pulling: Pulling): Promise<Upload | "again" | "wrong"> {
  const { upload, file, place } = pulling;
  if (upload.offset === upload.bytes) return whole(node, owner, pulling);
  const known = upload.offset > 0 ? await readHead(place) : undefined;
  // What is here can't be gone on with.
  const anew = async () => {
    await forget(node, owner, pulling);
    return "again" as const;
  };
  if (upload.offset > 0 && !known) return anew();
  const start = known ? ageStart(known, upload.offset) : 0;
  const stalled = new AbortController();
  const watch = watching(() => stalled.abort());
  try {
    const answer = await openGet(pulling.url, { headers: asking(node, pulling.url, start), signal: stalled.signal });
    const { statusCode: status = 0 } = answer;
    const tag = answer.headers.etag ?? "";
    const isOn = start === 0 ? status === 200 || status === 206 : status === 206 && tag === known?.tag;
    if (!isOn) {
      // What is not read is let go: the connection is not kept for it.
      answer.destroy();
      // It was encrypted anew: what is here does not continue there.
      return start > 0 && (status === 200 || status === 206 || status === 416) ? anew() : "again";
    }
    const length = Number(answer.headers["content-length"] ?? -1);
    const state = { isWrong: false };
    const plain = opened(node, { known, place, tag, offset: upload.offset, state }, toEnd(answer, length, watch.tick));
    const cancel = () => answer.destroy();
    const done = await incomingOf(node).append(
      { id: upload.id, owner, offset: upload.offset, source: plain, isSole: true, cancel },
      node.clock(),
    );
    if (state.isWrong || done.outcome === "too-large") return "wrong";
    if (done.outcome !== "appended" || done.broken) return "again";
    return done.upload.offset === file.size ? whole(node, owner, { ...pulling, upload: done.upload }) : "wrong";
  } finally {
    watch.end();
  }
}

/** The upload with its digest, where that is the promised one. Whoever was killed before it was made has it made out of the durable bytes. */
async function whole(node: Node, owner: string, { upload, file }: Pulling): Promise<Upload | "again" | "wrong"> {
  const uploads = incomingOf(node);
  if (upload.digest === null) await uploads.finish(upload.id);
  const found = upload.digest === null ? await uploads.find(upload.id, owner, node.clock()) : upload;
  if (!found || found.digest === null) return "again";
  return found.digest === file.digest ? found : "wrong";
}

function watching(onStall: () => void) {
  let timer = setTimeout(onStall, STALL_MS);
  const end = () => clearTimeout(timer);
  const tick = () => {
    end();
    timer = setTimeout(onStall, STALL_MS);
  };
  return { tick, end };
}

function asking(node: Node, url: string, start: number) {
  const { host, pathname } = new URL(url);
  return signGet({ authority: host, path: pathname, range: `bytes=${start}-` }, signerOf(node).key, node.clock());
}

/** What comes, to the length that was said; a line that broke breaks it. */
async function* toEnd(answer: AsyncIterable<Buffer>, length: number, tick: () => void): AsyncGenerator<Buffer> {
  let came = 0;
  for await (const chunk of answer) {
    tick();
    came += chunk.length;
    yield chunk;
  }
  if (came !== length) throw new Error("the line broke");
}

/** The plaintext of what comes. Notes where it is no file for this node, or was changed. */
async function* opened(
  node: Node,
  of: {
    readonly known: Head | undefined;
    readonly place: string;
    readonly tag: string;
    readonly offset: number;
    readonly state: { isWrong: boolean };
  },
  cipher: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  try {
    const { head, rest } = of.known ? { head: of.known.head, rest: cipher } : await ageSplit(cipher);
    const key = await ageKey(
      head,
      openersOf(node).map(({ key: each }) => ageIdentity(each)),
    ).catch(() => {
      throw new AgeBroken("age: for none of this node's keys");
    });
    if (!of.known) await writeHead(of.place, { tag: of.tag, head });
    yield* agePlainFrom(key, rest, of.offset);
  } catch (error) {
    of.state.isWrong = error instanceof AgeBroken;
    throw error;
  }
}

/** The beginning of an encrypted file, and the tag of the copy that it is of. */
interface Head {
  readonly tag: string;
  readonly head: Buffer;
}
const kept = z.object({ tag: z.string(), head: z.base64() });

const writeHead = (place: string, { tag, head }: Head): Promise<void> =>
  writeFile(place, JSON.stringify({ tag, head: head.toString("base64") }), { mode: 0o600 });

async function readHead(place: string): Promise<Head | undefined> {
  const text = await readFile(place, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { tag, head } = kept.parse(JSON.parse(text));
    return { tag, head: Buffer.from(head, "base64") };
  } catch {
    return undefined;
  }
}
