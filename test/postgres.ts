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
    /** Where what belongs to the countries that tests copy lies. */
    countriesFolder: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template that every test's own database is copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "comity-test-"));
  await placeCluster(folder);
  const server = await startPostgres(folder, { durable: false });
  project.provide("databaseUrl", server.url("%"));
  const countries = mkdtempSync(join(tmpdir(), "comity-countries-"));
  project.provide("countriesFolder", countries);
  return async () => {
    await server.stop();
    for (const each of [folder, countries]) rmSync(each, { recursive: true, force: true });
  };
}
