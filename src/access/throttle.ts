import { randomUUIDv7 } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { Database } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { lookupKey } from "../trust/seal.ts";

/** Tries count for this long, in minutes. */
const WINDOW_MINUTES = 15;

/** How many wrong tries each kind of bucket allows within the window. */
const TRIES_MAX = {
  /** One person's name from one network. */
  pair: 8,
  /** One name from networks and browsers that never signed in with it: many machines guessing together. */
  name: 60,
  /** One network, whatever the names: a whole office or country may stand behind one address. */
  network: 300,
  /** A browser that has signed in with this name before: guessing elsewhere can't lock it out. */
  device: 12,
  /** Second step: the password was right, the code is guessed. */
  code: 12,
} as const;
type Bucket = keyof typeof TRIES_MAX;

/** One thing whose tries are counted. */
export interface Counted {
  readonly bucket: Bucket;
  readonly what: string;
}

/** The network that an address belongs to: /24, or /56 in IPv6, where one subscriber holds many addresses. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  const bytes = parsed.toByteArray();
  return parsed.kind() === "ipv4" ? bytes.slice(0, 3).join(".") : bytes.slice(0, 7).join(":");
}

/** Tries that were counted; taken back where the try was right. */
export interface Try {
  readonly ids: readonly string[];
}

/**
 * Counts a try in every bucket before it is looked at, so that tries sent at once can't slip past together. Throws
 * `too-many` where a bucket is full.
 *
 * Buckets are keyed hashes: the table tells neither names nor addresses.
 */
export async function countTry(
  db: Database,
  key: Buffer,
  counted: readonly Counted[],
  now: Temporal.Instant,
): Promise<Try> {
  const since = now.subtract({ minutes: WINDOW_MINUTES });
  const rows = counted.map(({ bucket, what }) => ({
    id: randomUUIDv7(),
    bucket: lookupKey(key, "attempt", bucket, what),
    at: now,
  }));
  await db.insertInto("attempt").values(rows).execute();
  for (const [index, { bucket }] of counted.entries()) {
    const hash = rows[index]?.bucket;
    if (!hash) continue;
    const { tries } = await db
      .selectFrom("attempt")
      .select(({ fn }) => fn.countAll<number>().as("tries"))
      .where("bucket", "=", hash)
      .where("at", ">", since)
      .executeTakeFirstOrThrow();
    if (tries > TRIES_MAX[bucket]) {
      // The refused try doesn't count: knocking on a shut door must not keep it shut.
      await takeBack(db, { ids: rows.map(({ id }) => id) });
      throw new Refusal("too-many", "sign-in-too-many", { values: { minutes: WINDOW_MINUTES } });
    }
  }
  return { ids: rows.map(({ id }) => id) };
}

/** Forgets a try that was right. */
export const takeBack = (db: Database, { ids }: Try) => db.deleteFrom("attempt").where("id", "in", ids).execute();

/** Deletes tries that no longer count. */
export const forgetTries = (db: Database, now: Temporal.Instant) =>
  db
    .deleteFrom("attempt")
    .where("at", "<", now.subtract({ minutes: WINDOW_MINUTES }))
    .execute();
