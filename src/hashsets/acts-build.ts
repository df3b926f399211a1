import { readdirSync, rmSync, statSync, createReadStream } from "node:fs";
import { join } from "node:path";
import { randomUUIDv7 } from "node:crypto";
import { system } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import type { Job } from "../kernel/slice.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { BUILDING_CHANNEL, removeFiles, settleVersion } from "./acts.ts";
import { buildSet } from "./build.ts";
import { keepOpen, placeOf } from "./files.ts";
import type { VersionRow } from "./hash-set.ts";
import { hashesIn, NoList, type Progress } from "./lists.ts";

/** Builds the lists that wait, one after the other. One that was cut off by a restart is built anew. */
export const buildLists: Job = {
  name: "hash-lists",
  everySeconds: 60,
  wokenBy: [BUILDING_CHANNEL],
  run: async (node) => {
    const { rows } =
      await sql<VersionRow>`select * from hash_version where state in ('waiting', 'building') and holder is not null order by at`.execute(
        node.db,
      );
    for (const version of rows) await build(node, version);
    await removeOld(node);
  },
};

async function build(node: Node, version: VersionRow): Promise<void> {
  const held = version.holder === null ? undefined : await heldBlob(node.db, node.services.vault, version.holder);
  if (!held) return fail(node, version, "hash-list-unknown");
  await buildVersion(node, version, held.read());
}

/** Builds one version out of its list and settles it. A list that can't be read is said to be so, and is not tried again. */
export async function buildVersion(
  node: Node,
  version: VersionRow,
  list: AsyncIterable<Uint8Array>,
  told?: (progress: Progress) => void,
): Promise<boolean> {
  const { id, perceptual, only_categories } = version;
  await node.db
    .updateTable("hash_version")
    .set({ state: "building", read_bytes: 0, lines: 0 })
    .where("id", "=", id)
    .execute();
  try {
    const onProgress = async (progress: Progress): Promise<void> => {
      const { bytes, lines, passedOver } = progress;
      told?.(progress);
      await node.db
        .updateTable("hash_version")
        .set({ read_bytes: bytes, lines, passed_over: passedOver })
        .where("id", "=", id)
        .execute();
    };
    const entries = await buildSet(
      hashesIn(list, { perceptual, ...(only_categories ? { categories: only_categories } : {}), onProgress }),
      placeOf(node, id),
    );
    if (Object.keys(entries).length === 0) throw new NoList("hash-list-empty");
    await perform({
      node,
      actor: system("hash-lists"),
      act: settleVersion,
      id: version.set_id,
      input: { version, entries },
    });
    return true;
  } catch (error) {
    if (!(error instanceof NoList)) throw error;
    await fail(node, version, error.key);
    return false;
  }
}

async function fail(node: Node, { id }: VersionRow, problem: string): Promise<void> {
  await node.db.updateTable("hash_version").set({ state: "failed", problem }).where("id", "=", id).execute();
  removeFiles(node, id);
}

/** Files of versions that nobody looks up any more, and scratch that a crash has left. */
async function removeOld(node: Node): Promise<void> {
  const live = await node.db
    .selectFrom("hash_version")
    .select(["id", "state"])
    .where("state", "in", ["current", "proposed", "waiting", "building"])
    .execute();
  const kept = new Set(live.map(({ id }) => id));
  keepOpen(
    node,
    live.filter(({ state }) => state === "current").map(({ id }) => id),
  );
  const { folder } = placeOf(node, "");
  for (const name of namesIn(folder)) {
    const version = name.replace(/^\./, "").slice(0, 36);
    if (!kept.has(version)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Reads a list from a file of this machine into a set, as `by` (an account): for lists too large for a page. */
export async function importFile(
  node: Node,
  {
    set,
    file,
    by,
    version,
    perceptual,
    categories,
  }: { set: string; file: string; by: string; version: string; perceptual: boolean; categories?: readonly number[] },
  told: (progress: Progress) => void,
): Promise<{ id: string; built: boolean }> {
  const id = randomUUIDv7();
  const row = await node.db
    .insertInto("hash_version")
    .values({
      id,
      set_id: set,
      version,
      state: "building",
      perceptual,
      only_categories: categories ? [...categories] : null,
      holder: null,
      list_bytes: statSync(file).size,
      imported_by: by,
      at: node.clock(),
    }) // prettier-ignore
    .returningAll()
    .executeTakeFirstOrThrow();
  const built = await buildVersion(node, row, createReadStream(file, { highWaterMark: 1_048_576 }), told);
  return { id, built };
}
