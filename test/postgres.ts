import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { ensureDatabase, startPostgres } from "../src/kernel/postgres.ts";
import { migrate } from "../src/kernel/migrate.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of a database of the test server, `%` standing for its name. */
    databaseUrl: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template that every test's own database is copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "comity-test-"));
  const server = await startPostgres(folder, { durable: false });
  await ensureDatabase(server, "template_comity");
  await migrate(server.url("template_comity"), "migrations");
  project.provide("databaseUrl", server.url("%"));
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
