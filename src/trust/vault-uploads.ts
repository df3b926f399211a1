import { randomUUIDv7 } from "node:crypto";
import { type Database, sql } from "../kernel/database.ts";
import { ALGORITHMS, type Hashing, type Vault } from "./vault.ts";
import { bytesOf } from "./vault-read.ts";
import {
  type Append,
  type Appended,
  type Begun,
  type Concatenation,
  EMPTY,
  type Upload,
  findUpload,
  holderOf,
  sealedDigests,
  sealedLabel,
  seen,
  digestsIn,
  uploadsWhere,
} from "./vault-upload-rows.ts";
import { begin, commit, concatenate, digestsOf, drop, note, remove, waiting } from "./vault-upload-steps.ts";

/** An upload is forgotten this long after its last byte, in hours. */
export const UPLOAD_HOURS = 24;
/** Hash states kept between two calls of one upload, at most. */
const SESSIONS_MAX = 64;

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
  readonly concatenate: (wanted: Concatenation) => Promise<Upload | "parts" | "too-large">;
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
        // Asked for again it is wanted still.
        .onConflict((conflict) => conflict.columns(["owner", "key"]).doUpdateSet({ expires_at: values.expires_at }))
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
