import { randomInt } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReceiveContext } from "../kernel/act.ts";
import { stamp } from "../kernel/clock.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type EnvelopeFile, type Payload, readSigned } from "../trust/envelope.ts";
import { signGet } from "../trust/http-signature.ts";
import { letGoBlob, type Stored, storeBlob } from "../trust/vault-blobs.ts";
import { ageDecrypted, fromWeb } from "../trust/age.ts";
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

/** Settles the first waiting message of a peer. True where the next may follow. */
async function settleNext(node: Node, code: string): Promise<boolean> {
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
    const stored = await pull(node, { peer, payload, file }).catch(() => undefined);
    if (stored === undefined) return failed(node, { ...row, peer: code });
    const { holder: blob, md5, sha1 } = stored;
    const digests = node.services.vault.sealWords(JSON.stringify({ md5, sha1 }), blob).toString("base64");
    pulled.push({ ordinal, blob, digests });
    await node.db
      .updateTable("inbox")
      .set({ files: JSON.stringify(pulled) })
      .where("id", "=", row.id)
      .execute();
  }
  await settle(node, { payload, peer, pulled });
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
    if (!(await download(node, `${gateway.replace(/\/+$/, "")}/exchange/v1/files/${payload.id}/${file.digest}`, part)))
      continue;
    const plain = await ageDecrypted(
      createReadStream(part),
      openersOf(node).map(({ key }) => key),
    ).catch(() => undefined);
    const stored = plain
      ? await storeBlob(node.db, node.services.vault, plain, {
          kind: "pulled",
          bytesMax: file.size,
          sha256: file.digest,
          now: node.clock(),
        })
      : undefined;
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

/** A gateway that sends nothing for so long is given up, in milliseconds. */
const STALL_MS = 30_000;

/** Brings the encrypted file to its end. True when it is whole. */
async function download(node: Node, url: string, part: string): Promise<boolean> {
  const start = await sizeOf(part);
  const range = `bytes=${start}-`;
  const { host, pathname } = new URL(url);
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  try {
    const headers = signGet({ authority: host, path: pathname, range }, signerOf(node).key, node.clock());
    const answer = await fetch(url, { headers, redirect: "error", signal: stalled.signal });
    const tag = answer.headers.get("etag") ?? "";
    if (answer.status === 416) return start > 0 && (await isSame(part, tag));
    if ((answer.status !== 200 && answer.status !== 206) || !answer.body) return false;
    if (start > 0 && (answer.status !== 206 || !(await isSame(part, tag)))) {
      // It was encrypted anew: what is here does not continue there.
      await answer.body.cancel();
      await rm(part, { force: true });
      return false;
    }
    await writeFile(`${part}.tag`, tag);
    const alive = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), STALL_MS);
        done(null, chunk);
      },
    });
    await pipeline(fromWeb(answer.body), alive, createWriteStream(part, { flags: "a", mode: 0o600 }));
    return (await sizeOf(part)) === start + Number(answer.headers.get("content-length") ?? -1);
  } finally {
    clearTimeout(timer);
  }
}
const isSame = async (part: string, tag: string): Promise<boolean> =>
  (await readFile(`${part}.tag`, "utf8").catch(() => "")) === tag;
