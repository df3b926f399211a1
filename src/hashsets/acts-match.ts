import { z } from "zod";
import { holderOf, itemOpened, type ItemRow, itemSubject, officerOf, openItem } from "../evidence/slice.ts";
import { actsOn } from "../kernel/act.ts";
import { system } from "../kernel/actor.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { readApart } from "../room/slice.ts";
import { seal, unseal } from "../trust/seal.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { fields } from "../evidence/slice.ts";
import { MATCHING_CHANNEL, takesTwo } from "./acts.ts";
import { filesOf } from "./files.ts";
import type { Kind } from "./hash-set.ts";

/** The digests of an item; `null` where it has none of that kind. */
export interface Digests {
  readonly id: string;
  readonly sha256: string | null;
  readonly sha1: string | null;
  readonly md5: string | null;
}
interface Live {
  readonly id: string;
  readonly category: string;
  readonly distance: number;
  readonly current: string;
}

const liveSets = async (db: Tx | Node["db"]): Promise<Live[]> =>
  (
    await sql<Live>`select id, category, distance, current from hash_set where current is not null order by id`.execute(
      db,
    )
  ).rows;

interface Match {
  readonly set: Live;
  readonly kind: Kind;
  readonly distance?: number;
}

/** As `matchItem`, for an item in the making. Where a set's files are not on this machine, the worker's turn comes later; evidence never waits. */
export const matchNew = async (tx: Tx, node: Node, item: Digests, now: Temporal.Instant): Promise<void> => {
  const sets = await liveSets(tx);
  const ready = await Promise.all(sets.map(({ current }) => filesOf(node, current))).then(
    () => true,
    () => false,
  );
  if (ready) await matchItem(tx, node, item, now);
  else
    node.log.warn(
      { sets: sets.length },
      "files of a hash set are not on this machine; new items are matched by the worker",
    );
};

/** Holds an item against every set by its digests. An item that shows the abuse of a child is locked before anybody can open it. */
export async function matchItem(tx: Tx, node: Node, item: Digests, now: Temporal.Instant): Promise<void> {
  const generation = await generationNow(tx);
  const matches: Match[] = [];
  for (const set of await liveSets(tx)) {
    const files = await filesOf(node, set.current);
    for (const kind of ["md5", "sha1", "sha256"] as const) {
      const digest = item[kind];
      if (digest !== null && (await files.has(kind, digest))) matches.push({ set, kind });
    }
  }
  await keep(tx, node, { item: item.id, matches, now });
  await sql`insert into hash_check (item, generation) values (${item.id}, ${generation})
    on conflict (item) do update set generation = excluded.generation`.execute(tx);
  await sql`select pg_notify(${MATCHING_CHANNEL}, '')`.execute(tx);
}

async function keep(
  tx: Tx,
  node: Node,
  { item, matches, now }: { item: string; matches: readonly Match[]; now: Temporal.Instant },
): Promise<void> {
  for (const { set, kind, distance } of matches)
    await sql`insert into hash_match (item, set_id, version, kind, distance, at) values (${item}, ${set.id}, ${set.current}, ${kind}, ${distance ?? null}, ${now})
      on conflict (item, set_id, kind) do update set version = excluded.version, distance = excluded.distance`.execute(
      tx,
    );
  const locking = matches.filter(({ set }) => takesTwo(set.category)).map(({ set, kind }) => `${set.id} ${kind}`);
  if (locking.length === 0) return;
  const { rows } = await sql<{
    made: boolean;
  }>`select exists (select 1 from journal where subject_kind = 'item' and subject_id = ${item}) as made
    from item where id = ${item} and viewing_office is null and not ${locking}::text[] <@ coalesce(cleared, '{}')`.execute(
    tx,
  );
  const [open] = rows;
  // An item in the making is locked by the act that makes it; its custody says so at the worker's next turn.
  if (open?.made) await performIn(tx, { node, actor: system("hash-matching"), act: lock, id: item, input: {}, now });
  else if (open)
    await sql`update item set viewing_office = ${await viewingOffice(tx, node)} where id = ${item}`.execute(tx);
}

/** Nobody's office: what it alone may see, nobody sees. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** The office that the country's pack makes competent for the abuse of children. */
async function viewingOffice(tx: Tx, node: Node): Promise<string> {
  const route = node.services.country.pack.reporting.routes.find(({ categories }) => categories?.includes("C1"));
  if (!route) return NOBODY;
  const office = await tx.selectFrom("office").select("id").where("code", "=", route.office).executeTakeFirst();
  return office?.id ?? NOBODY;
}

const generationNow = async (db: Tx | Node["db"]): Promise<number> =>
  Number(
    (await sql<{ generation: number }>`select generation from hash_generation`.execute(db)).rows[0]?.generation ?? 0,
  );

const act = actsOn<ItemRow>(itemSubject);

/** Locks an item for its named viewers, and says in its custody that it is locked; of what matched, nothing. Performed by the node itself. */
export const lock = act("lock", {
  audience: "internal",
  input: z.strictObject({}),
  apply: async (tx, row, _input, { node, now }) => {
    const office = row.viewing_office ?? (await viewingOffice(tx, node));
    await sql`update item set viewing_office = ${office}, locked_at = ${now} where id = ${row.id}`.execute(tx);
    return {};
  },
});

/** A named viewer opens a locked item: who is authorised by their office and the law, has proved to be present, and says what for. */
export const view = act("view", {
  stepUp: true,
  basis: ["CETS 185 Art. 9"],
  input: z.strictObject({ purpose: fields.line(500), authority: fields.line(300).optional() }),
  apply: async (tx, row, { purpose, authority }, context) => {
    officerOf(context);
    if (row.viewing_office === null) throw new Refusal("wrong-state", "item-not-locked");
    if (row.state !== "kept")
      throw new Refusal("wrong-state", "wrong-state", { values: { act: "item.view", state: row.state } });
    await openItem(tx, row, context);
    return { purpose, ...(authority === undefined ? {} : { authority }) };
  },
});

const AT_ONCE = 200;

/** Holds items against sets that have come since they were last looked at, and pictures against perceptual hashes; goes on where it was. */
export const matchItems: Job = {
  name: "hash-matching",
  everySeconds: 120,
  wokenBy: [MATCHING_CHANNEL],
  run: async (node) => {
    while (await matchSome(node));
    while (await drawSome(node));
    await sayLocked(node);
  },
};

async function matchSome(node: Node): Promise<boolean> {
  const generation = await generationNow(node.db);
  const { rows } = await sql<{ id: string }>`select i.id from item i left join hash_check c on c.item = i.id
    where (c.item is null or c.generation < ${generation}) and i.disposed_at is null order by i.id limit ${sql.lit(AT_ONCE)}`.execute(
    node.db,
  );
  for (const { id } of rows) {
    const row = await itemOpened(node, id);
    if (!row) continue;
    const pdq = await node.db.selectFrom("hash_check").select("pdq").where("item", "=", id).executeTakeFirst();
    await node.db.transaction().execute(async (tx) => {
      await matchItem(tx, node, { id, sha256: row.digest, sha1: row.sha1 ?? null, md5: row.md5 ?? null }, node.clock());
      if (pdq?.pdq)
        await matchPicture(tx, node, id, unseal(node.services.keys.seal, pdq.pdq, pdqPlace(id)).toString("hex"));
    });
  }
  return rows.length === AT_ONCE;
}

/** What the perceptual hash of an item is sealed to. */
export const pdqPlace = (item: string): string => `item:${item}:pdq`;
/** Hashes of a quality under it tell nothing. @source PDQ & TMK + PDQF (Meta, 2019), "PDQ Hashing" § 5 */
const QUALITY_MIN = 50;
const PICTURE_BYTES_MAX = 96 * 1_024 ** 2;

async function matchPicture(tx: Tx, node: Node, item: string, hash: string): Promise<void> {
  const matches: Match[] = [];
  for (const set of await liveSets(tx)) {
    const distance = (await filesOf(node, set.current)).near(hash, set.distance);
    if (distance !== undefined) matches.push({ set, kind: "pdq", distance });
  }
  await keep(tx, node, { item, matches, now: node.clock() });
}

/** Pictures are hashed apart, as everything that nobody trusts is read; only where some set has perceptual hashes. */
async function drawSome(node: Node): Promise<boolean> {
  const { rows: sets } =
    await sql`select 1 from hash_set s join hash_version v on v.id = s.current where v.entries ? 'pdq' limit 1`.execute(
      node.db,
    );
  if (sets.length === 0) return false;
  const { rows } = await sql<{
    id: string;
    media: string;
    bytes: number;
  }>`select i.id, i.media, i.bytes from item i join hash_check c on c.item = i.id
    where c.pdq_at is null and i.disposed_at is null order by i.id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
  for (const { id, bytes } of rows) {
    const hash = bytes <= PICTURE_BYTES_MAX ? await perceptualHash(node, id) : undefined;
    await node.db.transaction().execute(async (tx) => {
      const sealed = hash === undefined ? null : seal(node.services.keys.seal, Buffer.from(hash, "hex"), pdqPlace(id));
      await tx.updateTable("hash_check").set({ pdq: sealed, pdq_at: node.clock() }).where("item", "=", id).execute();
      if (hash !== undefined) await matchPicture(tx, node, id, hash);
    });
  }
  return rows.length === AT_ONCE;
}

async function perceptualHash(node: Node, id: string): Promise<string | undefined> {
  const held = await heldBlob(node.db, node.services.vault, holderOf(id));
  if (!held) return undefined;
  const read = async (from: number, to: number): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for await (const piece of held.read({ from, to })) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const head = await read(0, Math.min(held.bytes, 4_100));
  if (!looksLikePicture(head)) return undefined;
  const outcome = await readApart({ ask: "pdq", source: { bytes: held.bytes, read }, hidden: [node.config.folder] });
  if ("failed" in outcome) return undefined;
  const { hash, quality } = outcome.answer as { hash: unknown; quality: unknown };
  return typeof hash === "string" && /^[\da-f]{64}$/.test(hash) && typeof quality === "number" && quality >= QUALITY_MIN
    ? hash
    : undefined;
}

/** First bytes of the pictures that are drawn here: JPEG, PNG, GIF, TIFF, WebP, and those in ISO boxes (AVIF, HEIC). */
const looksLikePicture = (head: Buffer): boolean =>
  /^(?:ffd8ff|89504e47|47494638|49492a00|4d4d002a|424d)/.test(head.toString("hex", 0, 8)) ||
  head.toString("latin1", 8, 12) === "WEBP" ||
  /^ftyp(?:avif|avis|heic|heix|mif1|msf1)/.test(head.toString("latin1", 4, 12));

/** Custody says of each item that it was locked, once. */
async function sayLocked(node: Node): Promise<void> {
  const { rows } = await sql<{
    id: string;
  }>`select id from item where viewing_office is not null and locked_at is null order by id`.execute(node.db);
  for (const { id } of rows) await perform({ node, actor: system("hash-matching"), act: lock, id, input: {} });
}
