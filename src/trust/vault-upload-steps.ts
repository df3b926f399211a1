import { randomUUID, randomUUIDv7 } from "node:crypto";
import { monotonic } from "../kernel/clock.ts";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { discard } from "./vault-blobs.ts";
import { ALGORITHMS, type Digests, type Part, type Vault } from "./vault.ts";
import { bytesOf, keyOf, keyUnder } from "./vault-read.ts";
import {
  type Append,
  type Appended,
  type Begun,
  type Concatenation,
  EMPTY,
  type Upload,
  findUpload,
  holderOf,
  partsOf,
  sealedDigests,
  sealedLabel,
  seen,
  uploadsWhere,
} from "./vault-upload-rows.ts";

/** An upload is forgotten this long after its last byte, in hours. */
const UPLOAD_HOURS = 24;
/** Whoever writes or hashes an upload and says nothing for so long has died, in seconds. */
const SILENT_SECONDS = 15;
/** Told how far the reading for the digests is, at most this often, in milliseconds. */
const TELL_MS = 1_000;

/** Takes the upload over for one call: notes the object that it will write before a byte is written. */
export function begin(
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
export async function note(db: Database, id: string, { object, writer }: Begun, bytes: number): Promise<void> {
  await sql`with alive as (update upload set alive_at = clock_timestamp() where id = ${id} and writer = ${writer} returning id)
    update upload_part set bytes = ${bytes} where upload in (select id from alive) and object = ${object}`.execute(db);
}

export function commit(
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

export async function drop(tx: Tx, id: string, { object }: Begun, now: Temporal.Instant): Promise<void> {
  await tx.deleteFrom("upload_part").where("upload", "=", id).where("object", "=", object).execute();
  await discard(tx, [{ object }], now);
}

export async function remove(tx: Tx, id: string, owner: string, now: Temporal.Instant): Promise<boolean> {
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

export async function concatenate(
  tx: Tx,
  vault: Vault,
  { owner, key, parts: ids, concat, name, media, bytesMax, now }: Concatenation,
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

export async function waiting(db: Database): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from upload where ${READY} order by id limit 20`.execute(db);
  return rows.map(({ id }) => id);
}

/** Makes the digests out of the durable bytes, read again and verified. */
export async function digestsOf(db: Database, vault: Vault, id: string): Promise<void> {
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
