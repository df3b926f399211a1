import { sql } from "../kernel/database.ts";
import { isMalformed } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { CHUNK_BYTES, HEADER_BYTES, TAG_BYTES } from "../trust/chunked.ts";
import { type Found, STANDS } from "./acts.ts";

/** An object younger than this may belong to what is not noted yet, in hours. */
const YOUNG_HOURS = 24;
/** Raised by one inventory at most, of each kind: where a whole store is gone a hundred say it too, and the next day's list goes on. */
const RAISED_MAX = 100;
const LISTED_AT_ONCE = 1_000;

/** Lists the store and compares: objects that nothing refers to, objects that are gone, and such as have another length than was written. */
export async function takeInventory(node: Node, round: string, raise: (found: Found) => Promise<void>): Promise<void> {
  const started = node.clock();
  const objects = await list(node);
  for (const found of [...(await lost(node, started)), ...(await otherLength(node, started))]) await raise(found);
  for (const found of await orphans(node, started)) if (await isThere(node, found.object)) await raise(found);
  await sql`update vault_round set listed_at = ${started}, objects = ${objects} where id = ${round}`.execute(node.db);
}

async function list({ db, services: { vault } }: Node): Promise<number> {
  await sql`truncate vault_listed`.execute(db);
  let objects = 0;
  let page: { object: string; bytes: number; at: Temporal.Instant }[] = [];
  const keep = async () => {
    if (page.length > 0)
      await db
        .insertInto("vault_listed")
        .values(page)
        .onConflict((conflict) => conflict.column("object").doNothing())
        .execute();
    objects += page.length;
    page = [];
  };
  for await (const { name, bytes, at } of vault.store.list()) {
    page.push({ object: name, bytes, at });
    if (page.length >= LISTED_AT_ONCE) await keep();
  }
  await keep();
  return objects;
}

const PARTS = sql`(select b.id, b.bytes, (p->>'object')::uuid as object, (p->>'bytes')::bigint as held, (p->>'whole')::boolean as whole, b.at
  from blob b, jsonb_array_elements(b.parts) p)`;
const KNOWN = (kind: "lost" | "altered") =>
  sql`exists (select 1 from vault_finding where vault_finding.blob = p.id and vault_finding.kind = ${kind} and ${STANDS})`;

async function lost({ db }: Node, started: Temporal.Instant): Promise<Found[]> {
  const { rows } = await sql<{ id: string; bytes: number }>`select distinct p.id, p.bytes from ${PARTS} p
    where p.at < ${started} and not exists (select 1 from vault_listed l where l.object = p.object) and not ${KNOWN("lost")}
    limit ${sql.lit(RAISED_MAX)}`.execute(db);
  return rows.map(({ id, bytes }) => ({ kind: "lost", blob: id, object: null, good: null, bytes }));
}

/** A whole part has the length of its ciphertext, to the byte. */
async function otherLength({ db }: Node, started: Temporal.Instant): Promise<Found[]> {
  const { rows } = await sql<{ id: string; bytes: number }>`select distinct p.id, p.bytes from ${PARTS} p
    join vault_listed l on l.object = p.object
    where p.at < ${started} and p.whole and l.bytes <> ${sql.lit(HEADER_BYTES)} + p.held + (p.held / ${sql.lit(CHUNK_BYTES)} + 1) * ${sql.lit(TAG_BYTES)}
      and not ${KNOWN("altered")} limit ${sql.lit(RAISED_MAX)}`.execute(db);
  return rows.map(({ id, bytes }) => ({ kind: "altered", blob: id, object: null, good: null, bytes }));
}

async function orphans({ db }: Node, started: Temporal.Instant): Promise<(Found & { object: string })[]> {
  const { rows } = await sql<{ object: string; bytes: number }>`select l.object, l.bytes from vault_listed l
    where l.at < ${started.subtract({ hours: YOUNG_HOURS })}
      and not exists (select 1 from vault_garbage g where g.object = l.object)
      and not exists (select 1 from upload_part u where u.object = l.object)
      and not exists (select 1 from ${PARTS} p where p.object = l.object)
      and not exists (select 1 from vault_finding where vault_finding.object = l.object and ${STANDS})
    limit ${sql.lit(RAISED_MAX)}`.execute(db);
  return rows.map(({ object, bytes }) => ({ kind: "orphan", blob: null, object, good: null, bytes }));
}

/** What was on its way out while the store was listed is no orphan. */
async function isThere({ services: { vault } }: Node, object: string): Promise<boolean> {
  const opened = await vault.store.open(object).catch((error: unknown) => {
    if (!isMalformed(error)) throw error;
  });
  try {
    return opened !== undefined && (await opened.read(0, 1)).length > 0;
  } catch (error) {
    if (isMalformed(error)) return false;
    throw error;
  } finally {
    await opened?.close();
  }
}
