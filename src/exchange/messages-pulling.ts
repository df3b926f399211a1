import { randomInt, randomUUIDv7 } from "node:crypto";
import type { ReceiveContext } from "../kernel/act.ts";
import { stamp } from "../kernel/clock.ts";
import { sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { type Payload, readSigned } from "../trust/envelope.ts";
import { keepBlob, letGoBlob, letGoStrays, type Stored, storeBlob } from "../trust/vault-blobs.ts";
import { takeUpload, type Upload } from "../trust/vault-upload-rows.ts";
import { end, raise } from "./messages-alarm.ts";
import { endPulling, ordinalOf, pullFile } from "./messages-files.ts";
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
    const upload = await pullFile(node, { peer, payload, file }).catch(() => undefined);
    if (upload === undefined) return failed(node, { ...row, peer: code });
    pulled.push(await notePulled(node, row.id, { ordinal, keep: (tx) => keepUpload(tx, node, row.id, upload.id) }));
  }
  await settle(node, { payload, peer, pulled });
  return true;
}

/** Keeps a file that was pulled, under a holder of its own. */
async function keepUpload(tx: Tx, node: Node, envelope: string, upload: string): Promise<Kept> {
  const { vault } = node.services;
  const taken = await takeUpload(tx, vault, upload, envelope);
  if (!taken) throw new Error("what was pulled is not there any more");
  const holder = `pulled:${randomUUIDv7()}`;
  await keepBlob(tx, vault, taken, holder, node.clock());
  return { holder, md5: taken.md5, sha1: taken.sha1 };
}
type Kept = Pick<Stored, "holder"> & Pick<Upload, "md5" | "sha1">;

/** Notes beside what was noted meanwhile: a courier may bring what is just being pulled; then the first one stays. */
async function notePulled(
  node: Node,
  id: string,
  { ordinal, keep }: { readonly ordinal: number; readonly keep: (tx: Tx) => Promise<Kept> },
): Promise<Pulled> {
  return node.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      files: Pulled[];
      settled_at: Temporal.Instant | null;
    }>`select files, settled_at from inbox
      where id = ${id} for update`.execute(tx);
    const before = rows[0]?.files ?? [];
    const { holder: blob, md5, sha1 } = await keep(tx);
    const digests = node.services.vault.sealWords(JSON.stringify({ md5, sha1 }), blob).toString("base64");
    const pulled: Pulled = { ordinal, blob, digests };
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
  await notePulled(node, row.id, { ordinal, keep: async () => stored });
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
  if (payload.files.length > 0) await endPulling(node, payload.id);
}

/** Lets go what a courier brought and was never noted, as the process ended between the two: it is brought again. */
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
