import { randomUUID, randomUUIDv7 } from "node:crypto";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { discard, type Made } from "./vault-blobs.ts";
import type { Hashing, Part, Vault } from "./vault.ts";
import { bytesOf } from "./vault-read.ts";

/** An upload is forgotten this long after its last byte, in hours. */
export const UPLOAD_HOURS = 24;
/** Hash states kept between two calls of one upload, at most. */
const SESSIONS_MAX = 64;

/** An upload as its owner sees it. */
export interface Upload {
  readonly id: string;
  readonly bytes: number;
  /** The last durable byte: what a client may forget. */
  readonly offset: number;
  readonly name: string;
  readonly media: string;
  /** SHA-256, hex; `null` until all bytes are there. */
  readonly digest: string | null;
  readonly expires_at: Temporal.Instant;
}
export interface Checksum {
  readonly algorithm: "sha256" | "sha1";
  /** Hex. */
  readonly digest: string;
}
/** One call that brings bytes. */
export interface Append {
  readonly id: string;
  readonly owner: string;
  readonly offset: number;
  readonly source: AsyncIterable<Uint8Array>;
  /** Ends the source at once, where a later call takes over. */
  readonly cancel: () => void;
  readonly checksum?: Checksum;
}
export type Appended =
  | { readonly outcome: "appended"; readonly upload: Upload; readonly broken: boolean }
  | { readonly outcome: "not-found" | "checksum" | "too-large" | "taken-over" }
  | { readonly outcome: "offset"; readonly upload: Upload };

/** Uploads under way: rows say what is durable, this process keeps only what saves work. */
export interface Uploads {
  readonly create: (wanted: {
    owner: string;
    key?: string;
    bytes: number;
    name: string;
    media: string;
    now: Temporal.Instant;
  }) => Promise<Upload>;
  /** Takes a whole file at once, of unknown length; `undefined` where it breaks off or is longer than `bytesMax`. */
  readonly take: (file: {
    owner: string;
    name: string;
    media: string;
    source: AsyncIterable<Uint8Array>;
    bytesMax: number;
    now: Temporal.Instant;
  }) => Promise<Upload | undefined>;
  /** How many this owner has under way. */
  readonly count: (owner: string) => Promise<number>;
  readonly find: (id: string, owner: string, now: Temporal.Instant) => Promise<Upload | undefined>;
  readonly append: (call: Append, now: Temporal.Instant) => Promise<Appended>;
  /** Forgets an upload; false where there is none of this owner. */
  readonly end: (id: string, owner: string, now: Temporal.Instant) => Promise<boolean>;
  /** Forgets all that have expired. */
  readonly expire: (now: Temporal.Instant) => Promise<void>;
}

interface Begun {
  readonly object: string;
  readonly writer: string;
  readonly dataKey: Buffer;
  readonly before: readonly Part[];
  readonly bytes: number;
}
const holderOf = (id: string): string => `upload:${id}`;

/** What an upload is called and what its digest is, as its row keeps them. */
const sealedLabel = (vault: Vault, id: string, name: string) => vault.sealWords(name, holderOf(id));
const sealedDigests = (vault: Vault, id: string, sha256: string | null): Buffer | null =>
  sha256 === null ? null : vault.sealWords(JSON.stringify({ sha256 }), holderOf(id));
/** Opens both. Rows of uploads that were under way before they were sealed have them in the plain columns. */
function told(
  vault: Vault,
  row: { id: string; label: Buffer | null; digests: Buffer | null; name: string | null; digest: string | null },
): { name: string; digest: string | null } {
  const { id, label, digests } = row;
  const { sha256 } = digests
    ? (JSON.parse(vault.openWords(digests, holderOf(id))) as { sha256: string })
    : { sha256: row.digest };
  return { name: label ? vault.openWords(label, holderOf(id)) : (row.name ?? ""), digest: sha256 };
}

const partsOf = async (db: Database | Tx, id: string): Promise<(Part & { ordinal: number })[]> =>
  db
    .selectFrom("upload_part")
    .select(["ordinal", "object", "bytes", "whole"])
    .where("upload", "=", id)
    .orderBy("ordinal")
    .execute();

async function findUpload(
  db: Database | Tx,
  vault: Vault,
  { id, owner, now }: { readonly id: string; readonly owner: string; readonly now: Temporal.Instant },
): Promise<Upload | undefined> {
  const row = await db
    .selectFrom("upload")
    .select(["id", "bytes", "label", "name", "media", "digests", "digest", "expires_at"])
    .where("id", "=", id)
    .where("owner", "=", owner)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  if (!row) return undefined;
  const { bytes, media, expires_at } = row;
  return { id, bytes, media, expires_at, ...told(vault, row), offset: bytesOf(await partsOf(db, id)) };
}

/** Takes a finished upload out: its bytes, and what it was called. `undefined` where it is not the owner's or not complete. */
export async function takeUpload(
  tx: Tx,
  vault: Vault,
  id: string,
  owner: string,
): Promise<(Made & { readonly bytes: number; readonly name: string; readonly media: string }) | undefined> {
  const row = await tx
    .selectFrom("upload")
    .selectAll()
    .where("id", "=", id)
    .where("owner", "=", owner)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return undefined;
  const { name, digest } = told(vault, row);
  if (digest === null) return undefined;
  const parts = (await partsOf(tx, id)).map(({ object, bytes, whole }) => ({ object, bytes, whole }));
  await tx.deleteFrom("upload").where("id", "=", id).execute();
  return {
    digest,
    dataKey: vault.unwrap(row.wrapped, holderOf(id)),
    parts,
    bytes: row.bytes,
    name,
    media: row.media,
  };
}

/** SHA-256 of nothing. */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Opens the uploads of one process. */
export function openUploads(db: Database, vault: Vault): Uploads {
  const live = new Map<string, { readonly stop: () => void; readonly done: Promise<unknown> }>();
  const sessions = new Map<string, { readonly hashing: Hashing; readonly offset: number }>();

  const forget = (id: string): void => {
    sessions.get(id)?.hashing.drop();
    sessions.delete(id);
  };
  const remember = (id: string, hashing: Hashing, offset: number): void => {
    forget(id);
    const [eldest] = sessions.keys();
    if (sessions.size >= SESSIONS_MAX && eldest !== undefined) forget(eldest);
    sessions.set(id, { hashing, offset });
  };
  /** The digest so far: as this process left it, or out of the durable bytes, read again. */
  const hashingAt = async (id: string, { dataKey, before }: Begun): Promise<Hashing> => {
    const kept = sessions.get(id);
    sessions.delete(id);
    if (kept?.offset === bytesOf(before)) return kept.hashing;
    kept?.hashing.drop();
    return vault.hashing("sha256", { dataKey, parts: before });
  };

  const append = async (call: Append, now: Temporal.Instant): Promise<Appended> => {
    const { id, owner } = call;
    const earlier = live.get(id);
    earlier?.stop();
    await earlier?.done.catch(() => undefined);
    const begun = await begin(db, vault, call, now);
    if ("outcome" in begun) return begun;
    let stopped = false;
    const stop = () => {
      stopped = true;
      call.cancel();
    };
    const work = write(call, begun);
    live.set(id, { stop, done: work });
    try {
      const { part, hashing, refused, broken } = await work;
      if (stopped || refused !== undefined) {
        hashing.drop();
        // Where a later call takes over, what is noted as durable stays; where the bytes were wrong, nothing of them does.
        if (!stopped) await db.transaction().execute((tx) => drop(tx, id, begun, now));
        return { outcome: stopped ? "taken-over" : (refused ?? "taken-over") };
      }
      const offset = bytesOf(begun.before) + part.bytes;
      const digest = offset === begun.bytes ? await hashing.digest() : null;
      const committed = await commit(db, vault, { id, begun, part, digest, now });
      if (!committed) {
        hashing.drop();
        return { outcome: "taken-over" };
      }
      if (digest === null) remember(id, hashing, offset);
      else hashing.drop();
      const upload = await findUpload(db, vault, { id, owner, now });
      return upload ? { outcome: "appended", upload, broken } : { outcome: "not-found" };
    } finally {
      if (live.get(id)?.done === work) live.delete(id);
    }
  };

  const write = async ({ id, source, checksum }: Append, begun: Begun) => {
    const hashing = await hashingAt(id, begun);
    const own = checksum && (await vault.hashing(checksum.algorithm));
    const written = await vault.write(source, {
      object: begun.object,
      dataKey: begun.dataKey,
      hashings: own ? [hashing, own] : [hashing],
      bytesMax: begun.bytes - bytesOf(begun.before),
      // Bytes under a checksum count only once it was compared.
      ...(checksum ? {} : { onDurable: (bytes: number) => note(db, id, begun, bytes) }),
    });
    const told = await own?.digest();
    own?.drop();
    const isWrong = checksum !== undefined && (written.broken || told !== checksum.digest);
    const refused: "too-large" | "checksum" | undefined = written.overflown
      ? "too-large"
      : isWrong
        ? "checksum"
        : undefined;
    return { part: written.part, broken: written.broken, hashing, refused };
  };

  return {
    create: async ({ owner, key, bytes, name, media, now }) => {
      const id = randomUUIDv7();
      const digest = bytes === 0 ? EMPTY : null;
      const values = {
        id,
        owner,
        key: key ?? null,
        bytes,
        label: sealedLabel(vault, id, name),
        media,
        wrapped: vault.wrap(vault.newDataKey(), holderOf(id)),
        digests: sealedDigests(vault, id, digest),
        created_at: now,
        expires_at: now.add({ hours: UPLOAD_HOURS }),
      };
      await db
        .insertInto("upload")
        .values(values)
        .onConflict((conflict) => conflict.columns(["owner", "key"]).doNothing())
        .execute();
      const by = db.selectFrom("upload").select("id").where("owner", "=", owner);
      const made = await (
        key === undefined ? by.where("id", "=", id) : by.where("key", "=", key)
      ).executeTakeFirstOrThrow();
      const upload = await findUpload(db, vault, { id: made.id, owner, now });
      return upload ?? { id, bytes, offset: 0, name, media, digest, expires_at: values.expires_at };
    },
    take: async ({ owner, name, media, source, bytesMax, now }) => {
      const id = randomUUIDv7();
      const dataKey = vault.newDataKey();
      const hashing = await vault.hashing("sha256");
      const { part, broken, overflown } = await vault.write(source, {
        object: vault.newObject(),
        dataKey,
        hashings: [hashing],
        bytesMax,
      });
      const digest = await hashing.digest();
      hashing.drop();
      if (broken || overflown) {
        await vault.remove(part.object);
        return undefined;
      }
      const row = {
        id,
        owner,
        bytes: part.bytes,
        label: sealedLabel(vault, id, name),
        media,
        wrapped: vault.wrap(dataKey, holderOf(id)),
        digests: sealedDigests(vault, id, digest),
        created_at: now,
        expires_at: now.add({ hours: UPLOAD_HOURS }),
      };
      await db.transaction().execute(async (tx) => {
        await tx.insertInto("upload").values(row).execute();
        await tx
          .insertInto("upload_part")
          .values({ upload: id, ordinal: 1, object: part.object, bytes: part.bytes, whole: true })
          .execute();
      });
      return { id, bytes: part.bytes, offset: part.bytes, name, media, digest, expires_at: row.expires_at };
    },
    count: async (owner) =>
      Number(
        (
          await db
            .selectFrom("upload")
            .select((select) => select.fn.countAll().as("n"))
            .where("owner", "=", owner)
            .executeTakeFirstOrThrow()
        ).n,
      ),
    find: (id, owner, now) => findUpload(db, vault, { id, owner, now }),
    append,
    end: async (id, owner, now) => {
      live.get(id)?.stop();
      await live.get(id)?.done.catch(() => undefined);
      forget(id);
      return db.transaction().execute((tx) => remove(tx, id, owner, now));
    },
    expire: async (now) => {
      const expired = await db
        .selectFrom("upload")
        .select(["id", "owner"])
        .where("expires_at", "<=", now)
        .limit(500)
        .execute();
      for (const { id, owner } of expired) {
        forget(id);
        await db.transaction().execute((tx) => remove(tx, id, owner, now));
      }
    },
  };
}

/** Takes the upload over for one call: notes the object that it will write before a byte is written. */
function begin(
  db: Database,
  vault: Vault,
  { id, owner, offset }: Append,
  now: Temporal.Instant,
): Promise<Begun | Exclude<Appended, { outcome: "appended" }>> {
  return db.transaction().execute(async (tx) => {
    await tx.selectFrom("upload").select("id").where("id", "=", id).forUpdate().execute();
    const upload = await findUpload(tx, vault, { id, owner, now });
    if (!upload) return { outcome: "not-found" } as const;
    if (upload.offset !== offset || upload.digest !== null) return { outcome: "offset", upload } as const;
    const all = await partsOf(tx, id);
    const empty = all.filter(({ bytes }) => bytes === 0);
    await discard(tx, empty, now);
    if (empty.length > 0) await tx.deleteFrom("upload_part").where("upload", "=", id).where("bytes", "=", 0).execute();
    const before = all.filter(({ bytes }) => bytes > 0);
    const object = vault.newObject();
    const writer = randomUUID();
    await tx
      .insertInto("upload_part")
      .values({ upload: id, ordinal: (before.at(-1)?.ordinal ?? 0) + 1, object, bytes: 0, whole: false })
      .execute();
    const { wrapped } = await tx
      .updateTable("upload")
      .set({ writer, expires_at: now.add({ hours: UPLOAD_HOURS }) })
      .where("id", "=", id)
      .returning("wrapped")
      .executeTakeFirstOrThrow();
    return { object, writer, dataKey: vault.unwrap(wrapped, holderOf(id)), before, bytes: upload.bytes };
  });
}

/** Notes durable bytes of a part that is still being written, unless another call has taken over. */
async function note(db: Database, id: string, { object, writer }: Begun, bytes: number): Promise<void> {
  await sql`update upload_part set bytes = ${bytes} where upload = ${id} and object = ${object}
    and exists (select 1 from upload where id = ${id} and writer = ${writer})`.execute(db);
}

function commit(
  db: Database,
  vault: Vault,
  {
    id,
    begun,
    part,
    digest,
    now,
  }: { id: string; begun: Begun; part: Part; digest: string | null; now: Temporal.Instant },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom("upload").select("writer").where("id", "=", id).forUpdate().executeTakeFirst();
    if (row?.writer !== begun.writer) {
      if (!row) await discard(tx, [begun], now);
      return false;
    }
    if (part.bytes === 0) await drop(tx, id, begun, now);
    else
      await tx
        .updateTable("upload_part")
        .set({ bytes: part.bytes, whole: true })
        .where("upload", "=", id)
        .where("object", "=", begun.object)
        .execute();
    await tx
      .updateTable("upload")
      .set({ writer: null, digests: sealedDigests(vault, id, digest) })
      .where("id", "=", id)
      .execute();
    return true;
  });
}

async function drop(tx: Tx, id: string, { object }: Begun, now: Temporal.Instant): Promise<void> {
  await tx.deleteFrom("upload_part").where("upload", "=", id).where("object", "=", object).execute();
  await discard(tx, [{ object }], now);
}

async function remove(tx: Tx, id: string, owner: string, now: Temporal.Instant): Promise<boolean> {
  const row = await tx
    .selectFrom("upload")
    .select("id")
    .where("id", "=", id)
    .where("owner", "=", owner)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return false;
  await discard(tx, await partsOf(tx, id), now);
  await tx.deleteFrom("upload").where("id", "=", id).execute();
  return true;
}
