import { randomInt } from "node:crypto";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReceiveContext } from "../kernel/act.ts";
import { stamp } from "../kernel/clock.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type EnvelopeFile, type Payload, readSigned } from "../trust/envelope.ts";
import { signGet } from "../trust/http-signature.ts";
import { letGoBlob, letGoStrays, type Stored, storeBlob } from "../trust/vault-blobs.ts";
import { ageDecrypted } from "../trust/age.ts";
import { openGet } from "./fetch.ts";
import { openersOf, signerOf } from "./identity.ts";
import { end, raise } from "./messages-alarm.ts";
import { apply, envelopeText } from "./messages-incoming.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";
import { backoffMs } from "./peer.ts";

/** Pulls the files of messages that wait for them, and applies those messages in the order of their numbers. */
export async function pullDue(node: Node): Promise<void> {
  const { rows } = await sql<{
    peer: string;
    next_at: Temporal.Instant;
  }>`select distinct on (peer) peer, next_at from inbox where settled_at is null order by peer, seq`.execute(node.db);
  const now = node.clock();
  const due = rows.filter(({ next_at }) => Temporal.Instant.compare(next_at, now) <= 0);
  await Promise.all(
    due.map(({ peer }) =>
      pullFrom(node, peer).catch((error: unknown) => node.log.error({ err: error, peer }, "pulling broke off")),
    ),
  );
}

async function pullFrom(node: Node, code: string): Promise<void> {
  while (await settleNext(node, code));
}

/** A file that is in the vault. */
interface Pulled {
  /** Which file of the message it is: the first of those with the same digest. */
  readonly ordinal: number;
  readonly blob: string;
  /** {md5, sha1} as JSON, computed as the bytes came; sealed to the blob, base64. */
  readonly digests?: string;
}
/** Which file of the message has these bytes. */
const ordinalOf = ({ files }: Payload, digest: string): number => files.findIndex((file) => file.digest === digest);
/** What was pulled so far. Rows from before files were kept by their place name them by digest. */
const pulledOf = (payload: Payload, files: unknown): Pulled[] =>
  (files as (Pulled | { digest: string; blob: string })[]).map((each) =>
    "digest" in each ? { ordinal: ordinalOf(payload, each.digest), blob: each.blob } : each,
  );

/** MD5 and SHA-1 of a pulled file. */
const olderDigests = ({ services }: Node, { blob, digests }: Pulled): Partial<Pick<Stored, "md5" | "sha1">> =>
  digests === undefined
    ? {}
    : (JSON.parse(services.vault.openWords(Buffer.from(digests, "base64"), blob)) as Pick<Stored, "md5" | "sha1">);

/** Applies what waits while all its files are here: what a courier has brought. */
export async function settlePulled(node: Node, code: string): Promise<void> {
  while (await settleNext(node, code, false));
}

/** Settles the first waiting message of a peer. True where the next may follow. Without `asks` nothing is pulled. */
async function settleNext(node: Node, code: string, asks = true): Promise<boolean> {
  const row = await node.db
    .selectFrom("inbox")
    .select(["id", "words", "envelope", "files", "attempts", "received_at", "seq"])
    .where("peer", "=", code)
    .where("settled_at", "is", null)
    .orderBy("seq")
    .limit(1)
    .executeTakeFirst();
  const peer = await findPeer(node.db, code);
  if (!row || !peer) return false;
  const read = readSigned(envelopeText(node, row));
  if ("problem" in read) throw new Error("an envelope that was taken is of another version");
  const { payload } = read;
  const pulled = pulledOf(payload, row.files);
  for (const file of payload.files) {
    const ordinal = ordinalOf(payload, file.digest);
    if (pulled.some((each) => each.ordinal === ordinal)) continue;
    if (!asks) return false;
    const stored = await pull(node, { peer, payload, file }).catch(() => undefined);
    if (stored === undefined) return failed(node, { ...row, peer: code });
    pulled.push(await notePulled(node, row.id, { ordinal, stored }));
  }
  await settle(node, { payload, peer, pulled });
  return true;
}

/** Notes beside what was noted meanwhile: a courier may bring what is just being pulled; then the first one stays. */
async function notePulled(
  node: Node,
  id: string,
  { ordinal, stored }: { readonly ordinal: number; readonly stored: Stored },
): Promise<Pulled> {
  const { holder: blob, md5, sha1 } = stored;
  const digests = node.services.vault.sealWords(JSON.stringify({ md5, sha1 }), blob).toString("base64");
  const pulled: Pulled = { ordinal, blob, digests };
  return node.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      files: Pulled[];
      settled_at: Temporal.Instant | null;
    }>`select files, settled_at from inbox
      where id = ${id} for update`.execute(tx);
    const before = rows[0]?.files ?? [];
    const same = before.find((each) => each.ordinal === ordinal);
    if (same || rows[0]?.settled_at !== null) {
      await letGoBlob(tx, blob, node.clock());
      return same ?? pulled;
    }
    await tx
      .updateTable("inbox")
      .set({ files: JSON.stringify([...before, pulled]) })
      .where("id", "=", id)
      .execute();
    return pulled;
  });
}

/** Keeps a file that a courier brought for a message that waits for it, checked against its digest. True where it was wanted. */
export async function keepCouriered(
  node: Node,
  peer: TrustedPeer,
  came: {
    readonly seq: number;
    readonly ordinal: number;
    readonly size: number;
    readonly body: AsyncIterable<Uint8Array>;
  },
): Promise<boolean> {
  const row = await node.db
    .selectFrom("inbox")
    .select(["id", "words", "envelope", "files"])
    .where("peer", "=", peer.code)
    .where("seq", "=", came.seq)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  const read = row && readSigned(envelopeText(node, row));
  if (!row || !read || "problem" in read) return false;
  const file = read.payload.files[came.ordinal];
  if (!file || file.size !== came.size) return false;
  const ordinal = ordinalOf(read.payload, file.digest);
  if (pulledOf(read.payload, row.files).some((each) => each.ordinal === ordinal)) return false;
  const { vault } = node.services;
  const more = { kind: "pulled", bytesMax: file.size, sha256: file.digest, now: node.clock() };
  const stored = await storeBlob(node.db, vault, came.body, more);
  if (!stored) return false;
  await notePulled(node, row.id, { ordinal, stored });
  return true;
}

async function settle(
  node: Node,
  { payload, peer, pulled }: { payload: Payload; peer: TrustedPeer; pulled: readonly Pulled[] },
): Promise<void> {
  const files: ReceiveContext["files"] = payload.files.map((file) => {
    const found = pulled.find(({ ordinal }) => ordinal === ordinalOf(payload, file.digest));
    return { ...file, blob: found?.blob ?? "", ...(found ? olderDigests(node, found) : {}) };
  });
  await node.db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom("inbox")
      .select(["received_at", "settled_at"])
      .where("id", "=", payload.id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (row.settled_at !== null) return;
    await apply(tx, node, { payload, peer, files, receivedAt: row.received_at });
    // Whoever applied the act has a share of its own by now: disposing of that must leave nothing behind.
    for (const { blob } of pulled) await letGoBlob(tx, blob, node.clock());
    await end(tx, { peer: peer.code, kinds: ["files"], now: node.clock() });
  });
  await rm(folderOf(node, payload.id), { recursive: true, force: true });
}

/** Lets go what was pulled and never noted, as the process ended between the two: it was pulled again. */
export async function letGoUnnoted(node: Node): Promise<void> {
  const named = sql<boolean>`exists (select 1 from inbox i where i.settled_at is null and i.files @> jsonb_build_array(jsonb_build_object('blob', w.holder)))`;
  await letGoStrays(node.db, { kind: "pulled", named, now: node.clock() });
}

async function failed(
  node: Node,
  row: { id: string; seq: number; peer: string; attempts: number; received_at: Temporal.Instant },
): Promise<false> {
  const now = node.clock();
  const attempts = row.attempts + 1;
  await node.db
    .updateTable("inbox")
    .set({ attempts, next_at: now.add({ milliseconds: backoffMs(attempts, randomInt(1_000) / 1_000) }) })
    .where("id", "=", row.id)
    .execute();
  if (now.since(row.received_at).total("minutes") >= node.config.patience_minutes)
    await raise(node.db, {
      peer: row.peer,
      kind: "files",
      detail: { seq: row.seq, since: stamp(row.received_at) },
      now,
    });
  return false;
}

const folderOf = (node: Node, envelope: string): string => join(node.config.folder, "exchange", "in", envelope);
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Pulls one file to its end, from where an earlier try broke off, and hands it to the vault, which checks its digest. Gives
 * what it is stored as; throws or gives `undefined` where it must be tried again.
 */
async function pull(
  node: Node,
  { peer, payload, file }: { peer: TrustedPeer; payload: Payload; file: EnvelopeFile },
): Promise<Stored | undefined> {
  const folder = folderOf(node, payload.id);
  const part = join(folder, `${ordinalOf(payload, file.digest)}.age`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const gateway of peer.entry.gateways) {
    const url = `${gateway.replace(/\/+$/, "")}/exchange/v1/files/${payload.id}/${file.digest}`;
    const came = await download(node, { url, part, file });
    if (came === undefined) continue;
    const stored = came === "whole" ? await storeCipher(node, createReadStream(part), file) : came.stored;
    if (stored?.bytes === file.size) return stored;
    // Whole and yet not what was promised: nothing of it can be kept.
    await rm(part, { force: true });
    await raise(node.db, {
      peer: peer.code,
      kind: "files",
      detail: { seq: payload.seq, since: stamp(node.clock()) },
      now: node.clock(),
    });
  }
  return undefined;
}

/** Decrypts into the vault, which checks the digest; `undefined` where it is not what was promised. */
async function storeCipher(
  node: Node,
  cipher: AsyncIterable<Uint8Array>,
  { size, digest }: EnvelopeFile,
): Promise<Stored | undefined> {
  const keys = openersOf(node).map(({ key }) => key);
  const plain = await ageDecrypted(cipher, keys).catch(() => undefined);
  const more = { kind: "pulled", bytesMax: size, sha256: digest, now: node.clock() };
  return plain && storeBlob(node.db, node.services.vault, plain, more);
}

/** A gateway that sends nothing for so long is given up, in milliseconds. */
const STALL_MS = 30_000;

/**
 * Brings the encrypted file to its end: `whole` where it went on from an earlier try. What comes in one go is decrypted into the vault
 * as it comes, and kept beside it only in case it breaks off. `undefined` where it did, or must be begun again.
 */
async function download(
  node: Node,
  { url, part, file }: { readonly url: string; readonly part: string; readonly file: EnvelopeFile },
): Promise<"whole" | { readonly stored: Stored | undefined } | undefined> {
  const start = await sizeOf(part);
  const range = `bytes=${start}-`;
  const { host, pathname } = new URL(url);
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  try {
    const headers = signGet({ authority: host, path: pathname, range }, signerOf(node).key, node.clock());
    const answer = await openGet(url, { headers, signal: stalled.signal });
    const { statusCode: status = 0 } = answer;
    const tag = answer.headers.etag ?? "";
    // What is not read is let go: the connection is not kept for it.
    if (status !== 200 && status !== 206) answer.destroy();
    if (status === 416) return start > 0 && (await isSame(part, tag)) ? "whole" : undefined;
    if (status !== 200 && status !== 206) return undefined;
    if (start > 0 && (status !== 206 || !(await isSame(part, tag)))) {
      // It was encrypted anew: what is here does not continue there.
      answer.destroy();
      await rm(part, { force: true });
      return undefined;
    }
    await writeFile(`${part}.tag`, tag);
    const length = start + Number(answer.headers["content-length"] ?? -1);
    const beside = createWriteStream(part, { flags: "a", mode: 0o600 });
    let written = start;
    // A disk that is full ends the download, not the process.
    beside.on("error", (error) => answer.destroy(error));
    const coming = (async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), STALL_MS);
        if (!beside.write(chunk)) await once(beside, "drain");
        written += chunk.length;
        yield chunk;
      }
      if (written !== length) throw new Error("the line broke");
    })();
    let stored: Stored | undefined;
    try {
      if (start === 0) stored = await storeCipher(node, coming, file);
      // What the vault would not take is read to its end all the same: then it is whole and known to be wrong.
      for await (const _ of coming);
    } finally {
      beside.end();
      await finished(beside).catch(() => undefined);
    }
    if (written !== length) return undefined;
    return start === 0 ? { stored } : "whole";
  } finally {
    clearTimeout(timer);
  }
}
const isSame = async (part: string, tag: string): Promise<boolean> =>
  (await readFile(`${part}.tag`, "utf8").catch(() => "")) === tag;
