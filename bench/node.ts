import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose } from "../src/compose.ts";
import { folders } from "../src/folders.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { type Config, configSchema } from "../src/kernel/config.ts";
import { migrate } from "../src/kernel/migrate.ts";
import type { Node } from "../src/kernel/node.ts";
import { ensureDatabase, startPostgres } from "../src/kernel/postgres.ts";

/** Runs `work` on a whole node of its own, on a PostgreSQL that does flush (fsync on), and clears it all away. */
export async function withNode<T>(
  work: (node: Node, config: Config) => Promise<T>,
  more: Partial<Config> = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "comity-bench-"));
  const server = await startPostgres(join(folder, "postgres"));
  try {
    await ensureDatabase(server, "bench");
    await migrate(server.url("bench"), folders.migrations);
    const config = configSchema.parse({
      code: "XA",
      name: "Aruna",
      pack: "XA",
      pack_unsigned: true,
      packs: folders.packs,
      database: server.url("bench"),
      folder: join(folder, "xa"),
      zone: "Indian/Mauritius",
      country: "MU",
      connections: 36,
      log_level: "error",
      ...more,
    });
    const { node, close } = await compose(config, systemClock);
    try {
      return await work(node, config);
    } finally {
      await close();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
