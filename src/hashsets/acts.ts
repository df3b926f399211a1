import { randomUUIDv7 } from "node:crypto";
import { rmSync } from "node:fs";
import { z } from "zod";
import { officerOf } from "../evidence/slice.ts";
import { actsOn, type Context, creates } from "../kernel/act.ts";
import { sql, type Tx } from "../kernel/database.ts";
import { invalid, Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { keepBlob, letGoBlob } from "../trust/vault-blobs.ts";
import { takeUpload } from "../trust/vault-upload-rows.ts";
import { type Category, KINDS, setShape, setSubject, type SetRow, type VersionRow } from "./hash-set.ts";
import { placeOf, pathsOf } from "./files.ts";

const act = actsOn<SetRow, "amend" | "import" | "confirm" | "refuse" | "retire">(setSubject);
const MATCHING = "hash_matching";
const BUILDING = "hash_building";
export const MATCHING_CHANNEL = MATCHING;
export const BUILDING_CHANNEL = BUILDING;

/** Only a list of the abuse of children takes two people: what it says shuts evidence away, and nobody may see why. */
export const takesTwo = (category: string): boolean => category === ("child-abuse" satisfies Category);

const set = (tx: Tx, { id }: SetRow, values: Partial<SetRow>) =>
  tx
    .updateTable("hash_set")
    .set(values as object)
    .where("id", "=", id)
    .execute();

async function demandFree(tx: Tx, name: string, but?: string): Promise<void> {
  const other = await tx.selectFrom("hash_set").select("id").where("name", "=", name).executeTakeFirst();
  if (other && other.id !== but) throw invalid("name", "hash-set-name-taken");
}

export const register = creates(setSubject, "register", {
  state: "empty",
  input: z.strictObject(setShape),
  attributes: ({ category }) => ({ category }),
  apply: async (tx, _under: undefined, { licence, office, ...said }, { id, now }) => {
    await demandFree(tx, said.name);
    await tx
      .insertInto("hash_set")
      .values({ id, state: "empty", ...said, licence: licence ?? null, office: office ?? null, created_at: now })
      .execute();
    return { ...said, ...(licence === undefined ? {} : { licence }), ...(office === undefined ? {} : { office }) };
  },
});

/** What a set is called and who sees it. Its category stays: matches would change their meaning. */
export const amend = act("amend", {
  input: z.strictObject({
    name: setShape.name,
    source: setShape.source,
    licence: setShape.licence,
    office: setShape.office,
    distance: setShape.distance,
  }),
  apply: async (tx, row, { licence, office, ...said }) => {
    await demandFree(tx, said.name, row.id);
    await set(tx, row, { ...said, licence: licence ?? null, office: office ?? null });
    return { ...said, ...(licence === undefined ? {} : { licence }), ...(office === undefined ? {} : { office }) };
  },
});

const categories = z
  .string()
  .trim()
  .regex(/^\d{1,2}(\s*,\s*\d{1,2}){0,20}$/, "hash-list-categories")
  .transform((text) => text.split(",").map(Number))
  .optional();
export const listShape = {
  version: z.string().trim().min(1).max(80),
  perceptual: z.union([z.boolean(), z.stringbool()]).default(false),
  only_categories: categories,
} as const;

/** Hands a list over: it is read and built in the background, and then takes the place of the one before. */
export const importList = act("import", {
  input: z.strictObject({ upload: z.uuid().meta({ control: "hidden" }), ...listShape }),
  apply: async (tx, row, { upload, version, perceptual, only_categories }, context) => {
    const { node, now } = context;
    const officer = officerOf(context);
    await demandNoneUnderWay(tx, row);
    const taken = await takeUpload(tx, node.services.vault, upload, officer.account);
    if (!taken) throw invalid("upload", "upload-not-there");
    const id = randomUUIDv7();
    await keepBlob(tx, node.services.vault, taken, `hash-list:${id}`, now);
    await tx
      .insertInto("hash_version")
      .values({
        id,
        set_id: row.id,
        version,
        state: "waiting",
        perceptual,
        only_categories: only_categories ?? null,
        holder: `hash-list:${id}`,
        list_bytes: taken.bytes,
        imported_by: officer.account,
        at: now,
      }) // prettier-ignore
      .execute();
    await sql`select pg_notify(${BUILDING}, '')`.execute(tx);
    return { version, list: taken.digest, bytes: taken.bytes };
  },
});

async function demandNoneUnderWay(tx: Tx, row: SetRow): Promise<void> {
  const other = await tx
    .selectFrom("hash_version")
    .select("id")
    .where("set_id", "=", row.id)
    .where("state", "in", ["waiting", "building"])
    .executeTakeFirst();
  if (other) throw new Refusal("conflict", "hash-list-under-way");
}

/** A list has been built: it goes live, or waits for a second person. Performed by the node itself. */
export const settleVersion = actsOn<SetRow>(setSubject)("build", {
  audience: "internal",
  input: z.custom<{ readonly version: VersionRow; readonly entries: Readonly<Record<string, number>> }>(),
  apply: async (tx, row, { version, entries }, context) => {
    await tx
      .updateTable("hash_version")
      .set({ entries: JSON.stringify(entries), holder: null, state: "current" })
      .where("id", "=", version.id)
      .execute();
    if (version.holder !== null) await letGoBlob(tx, version.holder, context.now);
    if (takesTwo(row.category)) {
      await tx.updateTable("hash_version").set({ state: "proposed" }).where("id", "=", version.id).execute();
      await tx
        .updateTable("hash_set")
        .set({ state: "proposed", proposed: version.id, proposed_by: version.imported_by })
        .where("id", "=", row.id)
        .execute();
      return { version: version.version, entries: { ...entries }, step: "proposed" };
    }
    await goLive(tx, row, version.id, context);
    await tx.updateTable("hash_set").set({ state: "current" }).where("id", "=", row.id).execute();
    return { version: version.version, entries: { ...entries }, step: "live" };
  },
});

/** From now on this version is looked up, and none before it; every item is held against it. */
async function goLive(tx: Tx, row: SetRow, version: string, { now }: Context): Promise<void> {
  await tx
    .updateTable("hash_version")
    .set({ state: "replaced" })
    .where("set_id", "=", row.id)
    .where("state", "=", "current")
    .where("id", "!=", version)
    .execute();
  await tx.updateTable("hash_version").set({ state: "current", live_at: now }).where("id", "=", version).execute();
  await tx
    .updateTable("hash_set")
    .set({ current: version, proposed: null, proposed_by: null })
    .where("id", "=", row.id)
    .execute();
  await nextGeneration(tx);
}

export async function nextGeneration(tx: Tx): Promise<void> {
  await sql`update hash_generation set generation = generation + 1`.execute(tx);
  await sql`select pg_notify(${MATCHING}, '')`.execute(tx);
}

/** The second person: the list that waits goes live. */
export const confirm = act("confirm", {
  stepUp: true,
  input: z.strictObject({}),
  apply: async (tx, row, _input, context) => {
    const officer = officerOf(context);
    if (row.proposed === null) throw new Refusal("wrong-state", "hash-list-none-waits");
    if (row.proposed_by === officer.account)
      throw new Refusal("not-allowed", "hash-list-other-person", { values: { act: "hash-set.confirm" } });
    await tx
      .updateTable("hash_version")
      .set({ confirmed_by: officer.account })
      .where("id", "=", row.proposed)
      .execute();
    await goLive(tx, row, row.proposed, context);
    return { version: row.proposed };
  },
});

export const refuse = act("refuse", {
  input: z.strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .meta({ control: "textarea" as const }),
  }),
  apply: async (tx, row, { reason }, { node, settle }) => {
    if (row.proposed === null) throw new Refusal("wrong-state", "hash-list-none-waits");
    settle(row.current === null ? "empty" : "current");
    await tx.updateTable("hash_version").set({ state: "refused" }).where("id", "=", row.proposed).execute();
    await set(tx, row, { proposed: null, proposed_by: null });
    removeFiles(node, row.proposed);
    return { version: row.proposed, reason };
  },
});

/** Nothing is looked up in it any more. What it matched stays. */
export const retire = act("retire", {
  stepUp: true,
  input: z.strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .meta({ control: "textarea" as const }),
  }),
  apply: async (tx, row, { reason }) => {
    await tx
      .updateTable("hash_version")
      .set({ state: "replaced" })
      .where("set_id", "=", row.id)
      .where("state", "in", ["current", "proposed"])
      .execute();
    await set(tx, row, { current: null, proposed: null, proposed_by: null });
    return { reason };
  },
});

/** Takes the files of a version away; a process that still reads them reads them to the end. */
export function removeFiles(node: Node, version: string): void {
  for (const kind of KINDS) rmSync(pathsOf(placeOf(node, version), kind), { force: true });
}

export const setActs = [register, amend, importList, settleVersion, confirm, refuse, retire] as const;
