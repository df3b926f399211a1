import type { FastifyInstance } from "fastify";
import { sql } from "./database.ts";
import { openApi } from "./openapi.ts";
import type { Serving } from "./caller.ts";

/** Health, metrics and the API's description: on each role. */
export function addOperations(app: FastifyInstance, { node, role }: Serving): void {
  const config = { access: "public" };
  app.get("/health/live", { config }, async () => ({ status: "live" }));
  app.get("/health/ready", { config }, async (_request, reply) => {
    const ready = await sql`select 1`.execute(node.db).then(
      () => true,
      () => false,
    );
    return reply
      .status(ready ? 200 : 503)
      .send({ status: ready ? "ready" : "database unreachable", role, node: node.code });
  });
  app.get("/metrics", { config }, async (_request, reply) =>
    reply.type(node.metrics.contentType).send(await node.metrics.render()),
  );
  const description = openApi(node.registry, role);
  if (role !== "gateway") app.get("/api/v1/openapi.json", { config }, async () => description);
}
