import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../src/kernel/postgres.ts";
import { placeCluster } from "./cluster.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of a database of the test server, `%` standing for its name. */
    databaseUrl: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template that every test's own database is copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "comity-test-"));
  await placeCluster(folder);
  const server = await startPostgres(folder, { durable: false });
  project.provide("databaseUrl", server.url("%"));
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
