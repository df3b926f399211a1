// Writes src/kernel/tables.ts from the migrations. Runs on the project's own Node (see bin/start.mjs).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDatabase, startPostgres } from "../src/kernel/postgres.ts";
import { migrate } from "../src/kernel/migrate.ts";
import { generateTables } from "../src/kernel/tables-generate.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-tables-"));
const server = await startPostgres(folder, { durable: false });
try {
  await ensureDatabase(server, "tables");
  await migrate(server.url("tables"), "migrations");
  writeFileSync("src/kernel/tables.ts", await generateTables(server.url("tables")));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
