import type { FastifyInstance } from "fastify";
import { systemClock } from "./kernel/clock.ts";
import type { Config } from "./kernel/config.ts";
import { startWork, type Work } from "./kernel/jobs.ts";
import { sweep } from "./kernel/sweep.ts";
import { migrate } from "./kernel/migrate.ts";
import type { Node } from "./kernel/node.ts";
import type { Role } from "./kernel/caller.ts";
import { makeServer } from "./kernel/server.ts";
import { keepLaw } from "./access/slice.ts";
import { chrome } from "./chrome.ts";
import { compose } from "./compose.ts";
import { folders } from "./folders.ts";

/** A node at work in this process. */
export interface Serving {
  readonly node: Node;
  /** Addresses by role. */
  readonly addresses: Readonly<Partial<Record<Role, string>>>;
  readonly stop: () => Promise<void>;
}

/** A node and its database are often started together, and the database is not always first. */
const DATABASE_MS_MAX = 30_000;

/** Brings a node up: migrates, listens in each configured role, works. Throws where a port is taken or a pack is wrong. */
export async function serve(config: Config): Promise<Serving> {
  await migrate(config.database, folders.migrations, DATABASE_MS_MAX);
  const { node, close } = await compose(config, systemClock);
  await keepLaw(node);
  const ports = { portal: config.portal_port, desk: config.desk_port, gateway: config.gateway_port } as const;
  const servers: FastifyInstance[] = [];
  const addresses: Partial<Record<Role, string>> = {};
  let work: Work | undefined;
  try {
    for (const role of ["portal", "desk", "gateway"] as const) {
      if (!config.roles.includes(role)) continue;
      const server = await makeServer({ node, role, chrome });
      servers.push(server);
      addresses[role] = await server.listen({ host: config.host, port: ports[role] });
    }
    if (config.roles.includes("worker"))
      work = startWork(node, config.database, [sweep, ...node.registry.slices.flatMap((slice) => slice.jobs ?? [])]);
  } catch (error) {
    await Promise.allSettled(servers.map((server) => server.close()));
    await close();
    throw error;
  }
  node.log.info({ addresses }, "the node serves");
  return {
    node,
    addresses,
    stop: async () => {
      await Promise.allSettled(servers.map((server) => server.close()));
      await work?.stop();
      await close();
    },
  };
}
