import { randomUUID, randomUUIDv7 } from "node:crypto";
import { monotonic } from "../kernel/clock.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { discard, type Made } from "./vault-blobs.ts";
import { type Algorithm, ALGORITHMS, type Digests, type Hashing, type Part, type Vault } from "./vault.ts";
import { bytesOf, keyOf, keyUnder } from "./vault-read.ts";

/** An upload is forgotten this long after its last byte, in hours. */
export const UPLOAD_HOURS = 24;
/** Whoever writes or hashes an upload and says nothing for so long has died, in seconds. */
const SILENT_SECONDS = 15;
/** Told how far the reading for the digests is, at most this often, in milliseconds. */
const TELL_MS = 1_000;
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
  /** SHA-256, hex; `null` until all bytes are there and hashed. */
  readonly digest: string | null;
  readonly md5: string | null;
  readonly sha1: string | null;
  /** `partial`: to be put together with others; `final;…`, as the client wrote it: put together out of such. @source tus 1.0.0, concatenation */
  readonly concat: string | null;
  /** Its length is not known yet: `bytes` is the most that it may become. */
  readonly deferred: boolean;
  /** Where the digests are made out of the durable bytes: how many have been read. */
  readonly hashed: number;
  readonly expires_at: Temporal.Instant;
}
export interface Checksum {
  readonly algorithm: Algorithm;
  /** Hex. */
  readonly digest: string;
}
/** One call that brings bytes. */
export interface Append {
  readonly id: string;
  readonly owner: string;
  readonly offset: number;
  readonly source: AsyncIterable<Uint8Array>;
  /** Nobody else holds what the source gives. */
  readonly isSole?: boolean;
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
    /** To be put together with others: it is no file of its own, and is not hashed. */
    isPartial?: boolean;
    /** Nobody knows the length yet: `bytes` is the most that it may become. @source tus 1.0.0, creation-defer-length */
    isDeferred?: boolean;
    now: Temporal.Instant;
  }) => Promise<Upload>;
  /** Says how long a deferred upload is. False where its length is known, or more has come. */
  readonly setLength: (id: string, owner: string, bytes: number) => Promise<boolean>;
  /**
   * Puts finished partial uploads of one owner together, in this order; they are gone then. No byte is copied. The digests are
   * made out of the durable bytes, in the background. `parts`: one of them is not there, not finished, or named twice.
   */
  readonly concatenate: (wanted: {
    owner: string;
    key?: string;
    parts: readonly string[];
    /** `final;…`, as the client wrote it. */
    concat: string;
    name: string;
    media: string;
    bytesMax: number;
    now: Temporal.Instant;
  }) => Promise<Upload | "parts" | "too-large">;
  /** Takes a whole file at once, of unknown length; `undefined` where it breaks off or is longer than `bytesMax`. */
  readonly take: (file: {
    owner: string;
    name: string;
    media: string;
    source: AsyncIterable<Uint8Array>;
    bytesMax: number;
    now: Temporal.Instant;
  }) => Promise<Upload | undefined>;
  /** How many this owner has under way, and the bytes that they still need. */
  readonly count: (owner: string) => Promise<{ uploads: number; bytes: number }>;
  /** This owner's uploads that have not become items, the latest first; none that is a part of another. */
  readonly list: (owner: string, now: Temporal.Instant) => Promise<readonly Upload[]>;
  readonly find: (id: string, owner: string, now: Temporal.Instant) => Promise<Upload | undefined>;
  readonly append: (call: Append, now: Temporal.Instant) => Promise<Appended>;
  /** Forgets an upload; false where there is none of this owner. */
  readonly end: (id: string, owner: string, now: Temporal.Instant) => Promise<boolean>;
  /** Makes the digests of an upload whose bytes are all durable, unless somebody does. Resolves when they are there. */
  readonly finish: (id: string) => Promise<void>;
  /** The same for all that have waited, one after the other. */
  readonly finishAll: () => Promise<void>;
  /** Forgets all that have expired. */
  readonly expire: (now: Temporal.Instant) => Promise<void>;
}

interface Begun {
  readonly object: string;
  readonly writer: string;
  readonly dataKey: Buffer;
  readonly before: readonly Part[];
  readonly bytes: number;
  readonly isPartial: boolean;
}
const holderOf = (id: string): string => `upload:${id}`;

/** What an upload is called and what its digests are, as its row keeps them. */
const sealedLabel = (vault: Vault, id: string, name: string) => vault.sealWords(name, holderOf(id));
const sealedDigests = (vault: Vault, id: string, digests: Digests | null): Buffer | null =>
  digests === null ? null : vault.sealWords(JSON.stringify(digests), holderOf(id));
/** Opens both. Rows of uploads that were under way before they were sealed have them in the plain columns; those know no other digest. */
function told(
  vault: Vault,
  row: { id: string; label: Buffer | null; digests: Buffer | null; name: string | null; digest: string | null },
): Pick<Upload, "name" | "digest" | "md5" | "sha1"> {
  const { id, label, digests } = row;
  const opened: Partial<Digests> = digests ? JSON.parse(vault.openWords(digests, holderOf(id))) : {};
  return {
    name: label ? vault.openWords(label, holderOf(id)) : (row.name ?? ""),
    digest: opened.sha256 ?? row.digest,
    md5: opened.md5 ?? null,
    sha1: opened.sha1 ?? null,
  };
}

async function partsOf(db: Database | Tx, id: string): Promise<(Part & { ordinal: number })[]> {
  const rows = await db
    .selectFrom("upload_part")
    .select(["ordinal", "object", "bytes", "whole", "key"])
    .where("upload", "=", id)
    .orderBy("ordinal")
    .execute();
  return rows.map(({ key, ...part }) => ({ ...part, ...(key ? { key: key.toString("base64") } : {}) }));
}

const uploadsWhere = (db: Database | Tx, owner: string, now: Temporal.Instant) =>
  db
    .selectFrom("upload")
    .select([
      "id",
      "bytes",
      "label",
      "name",
      "media",
      "digests",
      "digest",
      "concat",
      "deferred",
      "hashed",
      "expires_at",
    ])
    .select(
      sql<number>`(select coalesce(sum(p.bytes), 0)::bigint from upload_part p where p.upload = upload.id)`.as(
        "offset",
      ),
    )
    .where("owner", "=", owner)
    .where("expires_at", ">", now);

function seen(
  vault: Vault,
  row: Parameters<typeof told>[1] & Omit<Upload, "name" | "digest" | "md5" | "sha1">,
): Upload {
  const { id, bytes, offset, media, concat, deferred, hashed, expires_at } = row;
  return { id, bytes, offset: Number(offset), media, concat, deferred, hashed, expires_at, ...told(vault, row) };
}

async function findUpload(
  db: Database | Tx,
  vault: Vault,
  { id, owner, now }: { readonly id: string; readonly owner: string; readonly now: Temporal.Instant },
): Promise<Upload | undefined> {
  const row = await uploadsWhere(db, owner, now).where("id", "=", id).executeTakeFirst();
  return row && seen(vault, row);
}

/** A finished upload that becomes something else. */
export interface Taken extends Made {
  /** `null` where it was finished before all three were computed. */
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly bytes: number;
  readonly name: string;
  readonly media: string;
}

/** Takes a finished upload out: its bytes, and what it was called. `undefined` where it is not the owner's or not complete. */
export async function takeUpload(tx: Tx, vault: Vault, id: string, owner: string): Promise<Taken | undefined> {
  const row = await tx
    .selectFrom("upload")
    .selectAll()
    .where("id", "=", id)
    .where("owner", "=", owner)
    .forUpdate()
    .executeTakeFirst();
  if (!row || row.concat === "partial") return undefined;
  const { name, digest, md5, sha1 } = told(vault, row);
  if (digest === null) return undefined;
  const parts = (await partsOf(tx, id)).map(({ ordinal: _, ...part }) => part);
  await tx.deleteFrom("upload").where("id", "=", id).execute();
  return {
    digest,
    md5,
    sha1,
    dataKey: await vault.unwrap(row.wrapped, holderOf(id)),
    parts,
    bytes: row.bytes,
    name,
    media: row.media,
  };
}

/** The digests of nothing. */
const EMPTY: Digests = {
  md5: "d41d8cd98f00b204e9800998ecf8427e",
  sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};
/** How an upload tells them. */
const digestsIn = (digests: Digests | null): Pick<Upload, "digest" | "md5" | "sha1"> => ({
  digest: digests?.sha256 ?? null,
  md5: digests?.md5 ?? null,
  sha1: digests?.sha1 ?? null,
});

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
    return vault.hashing(ALGORITHMS, { dataKey, parts: before });
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
        hashing?.drop();
        // Where a later call takes over, what is noted as durable stays; where the bytes were wrong, nothing of them does.
        if (!stopped) await db.transaction().execute((tx) => drop(tx, id, begun, now));
        return { outcome: stopped ? "taken-over" : (refused ?? "taken-over") };
      }
      const offset = bytesOf(begun.before) + part.bytes;
      const digests = (offset === begun.bytes && (await hashing?.digest())) || null;
      const committed = await commit(db, vault, { id, begun, part, digests, now });
      if (committed && hashing && digests === null) remember(id, hashing, offset);
      else hashing?.drop();
      if (!committed) return { outcome: "taken-over" };
      const upload = await findUpload(db, vault, { id, owner, now });
      return upload ? { outcome: "appended", upload, broken } : { outcome: "not-found" };
    } finally {
      if (live.get(id)?.done === work) live.delete(id);
    }
  };

  const write = async ({ id, source, checksum, isSole = false }: Append, begun: Begun) => {
    const hashing = begun.isPartial ? undefined : await hashingAt(id, begun);
    const own = checksum && (await vault.hashing([checksum.algorithm]));
    const written = await vault.write(source, {
      object: begun.object,
      dataKey: begun.dataKey,
      isSole,
      hashings: [...(hashing ? [hashing] : []), ...(own ? [own] : [])],
      bytesMax: begun.bytes - bytesOf(begun.before),
      // Bytes under a checksum count only once it was compared.
      ...(checksum ? {} : { onDurable: (bytes: number) => note(db, id, begun, bytes) }),
    });
    const told = await own?.digest();
    own?.drop();
    const isWrong = checksum !== undefined && (written.broken || told?.[checksum.algorithm] !== checksum.digest);
    const refused: "too-large" | "checksum" | undefined = written.overflown
      ? "too-large"
      : isWrong
        ? "checksum"
        : undefined;
    return { part: written.part, broken: written.broken, hashing, refused };
  };

  const hashingNow = new Map<string, Promise<void>>();
  const finish = (id: string): Promise<void> => {
    const work = hashingNow.get(id) ?? digestsOf(db, vault, id).finally(() => hashingNow.delete(id));
    hashingNow.set(id, work);
    return work;
  };

  return {
    create: async ({ owner, key, bytes, name, media, isPartial = false, isDeferred = false, now }) => {
      const id = randomUUIDv7();
      const digests = bytes === 0 && !isPartial ? EMPTY : null;
      const values = {
        id,
        owner,
        key: key ?? null,
        bytes,
        label: sealedLabel(vault, id, name),
        media,
        wrapped: await vault.wrap(vault.newDataKey(), holderOf(id)),
        digests: sealedDigests(vault, id, digests),
        concat: isPartial ? "partial" : null,
        deferred: isDeferred,
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
      return upload ?? { ...values, name, ...digestsIn(digests), offset: 0, hashed: 0 };
    },
    concatenate: async (wanted) => {
      const made = await db.transaction().execute((tx) => concatenate(tx, vault, wanted));
      // What fails here is tried again when the upload is asked for, and by the job.
      if (typeof made === "object" && made.digest === null) finish(made.id).catch(() => undefined);
      return made;
    },
    take: async ({ owner, name, media, source, bytesMax, now }) => {
      const id = randomUUIDv7();
      const dataKey = vault.newDataKey();
      const hashing = await vault.hashing(ALGORITHMS);
      const { part, broken, overflown } = await vault.write(source, {
        object: vault.newObject(),
        dataKey,
        hashings: [hashing],
        bytesMax,
      });
      const digests = await hashing.digest();
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
        wrapped: await vault.wrap(dataKey, holderOf(id)),
        digests: sealedDigests(vault, id, digests),
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
      return { ...row, name, ...digestsIn(digests), offset: part.bytes, concat: null, deferred: false, hashed: 0 };
    },
    count: async (owner) => {
      const { rows } = await sql<{ uploads: number; bytes: number }>`select count(*)::int as uploads,
          coalesce(sum(u.bytes - (select coalesce(sum(p.bytes), 0) from upload_part p where p.upload = u.id))
            filter (where not u.deferred), 0)::bigint as bytes
        from upload u where u.owner = ${owner}`.execute(db);
      return { uploads: rows[0]?.uploads ?? 0, bytes: Number(rows[0]?.bytes ?? 0) };
    },
    list: async (owner, now) => {
      const rows = await uploadsWhere(db, owner, now)
        .where((where) => where.or([where("concat", "is", null), where("concat", "!=", "partial")]))
        .orderBy("id", "desc")
        .execute();
      return rows.map((row) => seen(vault, row));
    },
    setLength: async (id, owner, bytes) => {
      const { numUpdatedRows } = await db
        .updateTable("upload")
        .set({ bytes, deferred: false })
        .where("id", "=", id)
        .where("owner", "=", owner)
        .where("deferred", "=", true)
        .where("bytes", ">=", bytes)
        .where(
          sql<boolean>`${bytes} >= (select coalesce(sum(p.bytes), 0) from upload_part p where p.upload = upload.id)`,
        )
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    find: (id, owner, now) => findUpload(db, vault, { id, owner, now }),
    append,
    finish,
    finishAll: async () => {
      for (const id of await waiting(db)) await finish(id);
    },
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
    if (upload.offset !== offset || upload.digest !== null || upload.concat?.startsWith("final"))
      return { outcome: "offset", upload } as const;
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
      .set({ writer, expires_at: now.add({ hours: UPLOAD_HOURS }), alive_at: sql`clock_timestamp()` })
      .where("id", "=", id)
      .returning("wrapped")
      .executeTakeFirstOrThrow();
    const dataKey = await vault.unwrap(wrapped, holderOf(id));
    return { object, writer, dataKey, before, bytes: upload.bytes, isPartial: upload.concat === "partial" };
  });
}

/** Notes durable bytes of a part that is still being written, unless another call has taken over. */
async function note(db: Database, id: string, { object, writer }: Begun, bytes: number): Promise<void> {
  await sql`with alive as (update upload set alive_at = clock_timestamp() where id = ${id} and writer = ${writer} returning id)
    update upload_part set bytes = ${bytes} where upload in (select id from alive) and object = ${object}`.execute(db);
}

function commit(
  db: Database,
  vault: Vault,
  {
    id,
    begun,
    part,
    digests,
    now,
  }: { id: string; begun: Begun; part: Part; digests: Digests | null; now: Temporal.Instant },
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
      .set({ writer: null, alive_at: null, digests: sealedDigests(vault, id, digests) })
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

async function concatenate(
  tx: Tx,
  vault: Vault,
  { owner, key, parts: ids, concat, name, media, bytesMax, now }: Parameters<Uploads["concatenate"]>[0],
): Promise<Upload | "parts" | "too-large"> {
  const earlier =
    key === undefined ? undefined : await uploadsWhere(tx, owner, now).where("key", "=", key).executeTakeFirst();
  if (earlier) return seen(vault, earlier);
  if (ids.length === 0 || new Set(ids).size !== ids.length) return "parts";
  const rows = await tx
    .selectFrom("upload")
    .select(["id", "wrapped", "bytes"])
    .where("id", "in", ids)
    .where("owner", "=", owner)
    .where("concat", "=", "partial")
    .where("writer", "is", null)
    .where("expires_at", ">", now)
    .orderBy("id")
    .forUpdate()
    .execute();
  const id = randomUUIDv7();
  const dataKey = vault.newDataKey();
  const moved: { upload: string; ordinal: number; object: string; bytes: number; whole: boolean; key: Buffer }[] = [];
  for (const one of ids) {
    const row = rows.find((each) => each.id === one);
    const parts = await partsOf(tx, one);
    if (!row || bytesOf(parts) !== row.bytes) return "parts";
    const own = await vault.unwrap(row.wrapped, holderOf(one));
    for (const part of parts.filter(({ bytes }) => bytes > 0))
      moved.push({
        upload: id,
        ordinal: moved.length + 1,
        object: part.object,
        bytes: part.bytes,
        whole: part.whole,
        key: Buffer.from(keyUnder(dataKey, part, keyOf(part, own)), "base64"),
      });
    await discard(
      tx,
      parts.filter(({ bytes }) => bytes === 0),
      now,
    );
  }
  const bytes = bytesOf(moved.map(({ key: _, ...part }) => part));
  if (bytes > bytesMax) return "too-large";
  await tx
    .insertInto("upload")
    .values({
      id,
      owner,
      key: key ?? null,
      bytes,
      label: sealedLabel(vault, id, name),
      media,
      wrapped: await vault.wrap(dataKey, holderOf(id)),
      digests: sealedDigests(vault, id, bytes === 0 ? EMPTY : null),
      concat,
      created_at: now,
      expires_at: now.add({ hours: UPLOAD_HOURS }),
    })
    .execute();
  await tx.deleteFrom("upload").where("id", "in", ids).execute();
  if (moved.length > 0) await tx.insertInto("upload_part").values(moved).execute();
  const upload = await findUpload(tx, vault, { id, owner, now });
  if (!upload) throw new Error("an upload that was just made is not there");
  return upload;
}

/** Uploads whose bytes are all durable, that have no digests, and that nobody works on any more. */
const READY = sql`digest is null and digests is null and concat is distinct from 'partial'
  and (alive_at is null or alive_at < clock_timestamp() - make_interval(secs => ${sql.lit(SILENT_SECONDS)}))
  and bytes = (select coalesce(sum(p.bytes), 0) from upload_part p where p.upload = upload.id)`;

async function waiting(db: Database): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from upload where ${READY} order by id limit 20`.execute(db);
  return rows.map(({ id }) => id);
}

/** Makes the digests out of the durable bytes, read again and verified. */
async function digestsOf(db: Database, vault: Vault, id: string): Promise<void> {
  const { rows } = await sql<{
    wrapped: Buffer;
  }>`update upload set alive_at = clock_timestamp(), hashed = 0 where id = ${id} and ${READY} returning wrapped`.execute(
    db,
  );
  const [claimed] = rows;
  if (!claimed) return;
  let toldAt = monotonic();
  const onRead = (bytes: number): void => {
    if (monotonic() - toldAt < TELL_MS) return;
    toldAt = monotonic();
    sql`update upload set alive_at = clock_timestamp(), hashed = ${bytes} where id = ${id}`
      .execute(db)
      .catch(() => undefined);
  };
  const hashing = await vault.hashing(ALGORITHMS, {
    dataKey: await vault.unwrap(claimed.wrapped, holderOf(id)),
    parts: await partsOf(db, id),
    onRead,
  });
  try {
    const digests = sealedDigests(vault, id, await hashing.digest());
    await sql`update upload set digests = ${digests}, hashed = bytes, alive_at = null
      where id = ${id} and digests is null`.execute(db);
  } finally {
    hashing.drop();
  }
}
