import { randomUUIDv7 } from "node:crypto";
import { z } from "zod";
import type { RawBuilder } from "kysely";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import { isMalformed } from "../kernel/errors.ts";
import { type Algorithm, ALGORITHMS, type Part, type Vault } from "./vault.ts";
import { isLost } from "./vault-store.ts";
import { bytesOf } from "./vault-read.ts";

/** The parts of a blob, as its row keeps them. */
export const partsSchema = z.array(
  z.object({ object: z.string(), bytes: z.number(), whole: z.boolean(), key: z.string().exactOptional() }),
);

/** Bytes that were written and are to be kept under a holder's name. */
export interface Made {
  /** SHA-256, hex. */
  readonly digest: string;
  readonly dataKey: Buffer;
  readonly parts: readonly Part[];
}
/** What a holder holds. */
export interface Held {
  readonly bytes: number;
  /** Plaintext, verified; the whole of it by default. */
  readonly read: (range?: { readonly from: number; readonly to: number }) => AsyncGenerator<Buffer>;
}

/**
 * Keeps what was written for `holder` (`item:<id>`). Where the vault holds the same bytes already, the holder gets a key to
 * those and the new objects are let go. Nobody can tell which it was: the same statements are made either way.
 */
export async function keepBlob(
  tx: Tx,
  vault: Vault,
  { digest, dataKey, parts }: Made,
  holder: string,
  now: Temporal.Instant,
): Promise<void> {
  const address = vault.addressOf(digest);
  const own = randomUUIDv7();
  await tx
    .insertInto("blob")
    .values({ id: own, address, bytes: bytesOf(parts), parts: JSON.stringify(parts), at: now })
    .onConflict((conflict) => conflict.column("address").doNothing())
    .execute();
  const { id: blob } = await tx
    .selectFrom("blob")
    .select("id")
    .where("address", "=", address)
    .forUpdate()
    .executeTakeFirstOrThrow();
  // A blob that was there has a holder; one that was made just now has none yet.
  const known = await tx
    .selectFrom("blob_wrap")
    .select(["holder", "wrapped"])
    .where("blob", "=", blob)
    .limit(1)
    .executeTakeFirst();
  if (!known && blob !== own) throw new Error("a blob of the vault has lost its keys");
  const spare = known ? parts.map(({ object }) => object) : [];
  await sql`insert into vault_garbage (object, at) select object, ${now} from unnest(${spare}::uuid[]) object
    on conflict do nothing`.execute(tx);
  const wrapped = await vault.wrap(known ? await vault.unwrap(known.wrapped, known.holder) : dataKey, holder);
  // A device that holds the wrapping key takes its time for either: the other way opens its own wrap.
  if (!known) await vault.unwrap(wrapped, holder);
  await tx.insertInto("blob_wrap").values({ holder, blob, wrapped }).execute();
}

const wrapFor = async (
  tx: Tx,
  vault: Vault,
  { blob, dataKey, holder }: { blob: string; dataKey: Buffer; holder: string },
): Promise<void> => {
  await tx
    .insertInto("blob_wrap")
    .values({ holder, blob, wrapped: await vault.wrap(dataKey, holder) })
    .execute();
};

/** Gives `to` what `from` holds. Throws where `from` holds nothing. */
export async function shareBlob(tx: Tx, vault: Vault, from: string, to: string): Promise<void> {
  const { blob, wrapped } = await tx
    .selectFrom("blob_wrap")
    .select(["blob", "wrapped"])
    .where("holder", "=", from)
    .executeTakeFirstOrThrow();
  await wrapFor(tx, vault, { blob, dataKey: await vault.unwrap(wrapped, from), holder: to });
}

/**
 * Destroys the holder's key. When it was the last to those bytes, nothing can read them any more, and their objects go too.
 *
 * @source NIST SP 800-88 §2.5
 */
export async function letGoBlob(tx: Tx, holder: string, now: Temporal.Instant): Promise<void> {
  const mine = await tx.selectFrom("blob_wrap").select("blob").where("holder", "=", holder).executeTakeFirst();
  if (!mine) return;
  const blob = await tx
    .selectFrom("blob")
    .select(["id", "parts"])
    .where("id", "=", mine.blob)
    .forUpdate()
    .executeTakeFirstOrThrow();
  await tx.deleteFrom("blob_wrap").where("holder", "=", holder).execute();
  const others = await tx
    .selectFrom("blob_wrap")
    .select("holder")
    .where("blob", "=", blob.id)
    .limit(1)
    .executeTakeFirst();
  if (others) return;
  await discard(tx, partsSchema.parse(blob.parts), now);
  await tx.deleteFrom("blob").where("id", "=", blob.id).execute();
}

/** What `holder` holds; `undefined` where nothing, or nothing any more. */
export async function heldBlob(db: Database | Tx, vault: Vault, holder: string): Promise<Held | undefined> {
  const found = await db
    .selectFrom("blob_wrap as w")
    .innerJoin("blob as b", "b.id", "w.blob")
    .select(["w.wrapped", "b.parts", "b.bytes"])
    .where("w.holder", "=", holder)
    .executeTakeFirst();
  if (!found) return undefined;
  const parts = partsSchema.parse(found.parts);
  // Opened here and once: what is read slowly must not need a key that is destroyed meanwhile.
  const dataKey = await vault.unwrap(found.wrapped, holder);
  return { bytes: found.bytes, read: (range) => vault.read(dataKey, parts, range) };
}

/** What came of reading a holder's bytes again, from first to last. */
export interface Rehashed {
  /** Hex by algorithm; none where they could not be read. */
  readonly digests: Readonly<Partial<Record<Algorithm, string>>>;
  readonly bytes: number;
  /** Why they could not be read: the store does not hold what was written. */
  readonly problem?: string;
}

/**
 * Reads and hashes all that `holder` holds, in the vault's own thread. `undefined` where it holds nothing. Bytes that were changed in the
 * store are a finding; a store that does not answer throws.
 */
export async function hashBlob(
  db: Database | Tx,
  vault: Vault,
  holder: string,
  algorithms: readonly Algorithm[],
): Promise<Rehashed | undefined> {
  const found = await db
    .selectFrom("blob_wrap as w")
    .innerJoin("blob as b", "b.id", "w.blob")
    .select(["w.wrapped", "b.parts", "b.bytes"])
    .where("w.holder", "=", holder)
    .executeTakeFirst();
  if (!found) return undefined;
  const source = { dataKey: await vault.unwrap(found.wrapped, holder), parts: partsSchema.parse(found.parts) };
  try {
    const hashing = await vault.hashing(algorithms, source);
    const digests = await hashing.digest();
    hashing.drop();
    return { digests, bytes: found.bytes };
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return { digests: {}, bytes: found.bytes, problem: isLost(error) ? "missing" : "altered" };
  }
}

/** Bytes that were stored, under the name by which they are held. */
export interface Stored {
  readonly holder: string;
  /** SHA-256, hex. */
  readonly digest: string;
  readonly md5: string;
  readonly sha1: string;
  readonly bytes: number;
}

/**
 * Stores a source whole for a holder of its own (`pulled:<uuid>`). `undefined` where it broke off, is longer than `bytesMax`,
 * or has another digest than the one expected: then nothing is kept.
 */
export async function storeBlob(
  db: Database,
  vault: Vault,
  source: AsyncIterable<Uint8Array>,
  more: { readonly kind: string; readonly bytesMax: number; readonly sha256?: string; readonly now: Temporal.Instant },
): Promise<Stored | undefined> {
  const dataKey = vault.newDataKey();
  const hashing = await vault.hashing(ALGORITHMS);
  try {
    const object = vault.newObject();
    const writing = { object, dataKey, hashings: [hashing], bytesMax: more.bytesMax };
    const { part, broken, overflown } = await vault.write(source, writing).catch(async (error: unknown) => {
      // Nothing refers to it yet. Where it can't be removed either, the vault's inventory will tell of it.
      await vault.remove(object).catch(() => undefined);
      throw error;
    });
    const { sha256: digest, md5, sha1 } = await hashing.digest();
    if (broken || overflown || (more.sha256 !== undefined && more.sha256 !== digest)) {
      await vault.remove(part.object);
      return undefined;
    }
    const holder = `${more.kind}:${randomUUIDv7()}`;
    await db.transaction().execute((tx) => keepBlob(tx, vault, { digest, dataKey, parts: [part] }, holder, more.now));
    return { holder, digest, md5, sha1, bytes: part.bytes };
  } finally {
    hashing.drop();
  }
}

const STRAYS_AT_ONCE = 100;
/**
 * Lets go what was stored for a message that was then never applied, because the process ended between the two: holders of that kind, stored
 * an hour ago and longer, that nothing has `named`. Their names bear the machine's own time. Gives how many.
 */
export async function letGoStrays(
  db: Database,
  { kind, named, now }: { readonly kind: string; readonly named: RawBuilder<boolean>; readonly now: Temporal.Instant },
): Promise<number> {
  const { rows } = await sql<{ holder: string }>`select w.holder from blob_wrap w
    where w.holder like ${`${kind}:%`} and uuid_extract_timestamp(split_part(w.holder, ':', 2)::uuid) < clock_timestamp() - interval '1 hour'
      and not ${named} limit ${sql.lit(STRAYS_AT_ONCE)}`.execute(db);
  for (const { holder } of rows) await db.transaction().execute((tx) => letGoBlob(tx, holder, now));
  return rows.length;
}

/** Notes objects that nothing refers to any more. */
export async function discard(
  tx: Tx,
  parts: readonly { readonly object: string }[],
  now: Temporal.Instant,
): Promise<void> {
  if (parts.length > 0)
    await tx
      .insertInto("vault_garbage")
      .values(parts.map(({ object }) => ({ object, at: now })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

const GARBAGE_AT_ONCE = 500;
/** Removes objects that were discarded. Those under way are not touched: they are noted only once their transaction is over. */
export async function removeGarbage(db: Database, vault: Vault): Promise<number> {
  const { rows } = await sql<{
    object: string;
  }>`select object from vault_garbage order by at limit ${GARBAGE_AT_ONCE}`.execute(db);
  for (const { object } of rows) {
    await vault.remove(object);
    await db.deleteFrom("vault_garbage").where("object", "=", object).execute();
  }
  return rows.length;
}

declare module "../kernel/node.ts" {
  interface Services {
    readonly vault: Vault;
  }
}
