import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { keyDigest } from "./key.ts";
import type { Meter, Quota } from "./meter.ts";

/** A key that is good now, with its client. */
export interface FoundKey extends Quota {
  readonly key: string;
  readonly client: string;
  readonly name: string;
  readonly state: string;
  readonly scopes: readonly string[];
  readonly categories: readonly string[];
  readonly used_at: Temporal.Instant | null;
  readonly meter: Meter | undefined;
}

/** `used_at` is written at most this often: a report must not mean two more writes. */
const MARK_SECONDS = 60;

/** The key that a call shows, where it is good. */
export async function findKey(node: Node, secret: string): Promise<FoundKey | undefined> {
  const { rows } = await sql<
    Omit<FoundKey, "meter"> & { readonly [Name in keyof Meter]: Meter[Name] | null }
  >`select k.id as key, k.used_at, c.id as client, c.name, c.state, c.scopes, c.categories, c.day_quota, c.minute_quota,
      m.day, m.day_taken, m.minute, m.minute_taken
    from client_key k join client c on c.id = k.client_id left join client_meter m on m.client_id = c.id
    where k.digest = ${keyDigest(node, secret)} and k.ended_at is null and k.expires_at > ${node.clock()}`.execute(
    node.db,
  );
  const [row] = rows;
  if (!row) return undefined;
  const { day, day_taken, minute, minute_taken, ...found } = row;
  return {
    ...found,
    meter: day && minute ? { day, day_taken: day_taken ?? 0, minute, minute_taken: minute_taken ?? 0 } : undefined,
  };
}

/** Notes that the key is in use. */
export async function markUsed(
  node: Node,
  { key, client, used_at: last }: FoundKey,
  now: Temporal.Instant,
): Promise<void> {
  if (last && now.epochMilliseconds - last.epochMilliseconds < MARK_SECONDS * 1_000) return;
  await sql`update client_key set used_at = ${now} where id = ${key}`.execute(node.db);
  await sql`update client set used_at = ${now} where id = ${client}`.execute(node.db);
}
