import type { FastifyInstance } from "fastify";
import type { Serving } from "./caller.ts";
import { sql } from "./database.ts";
import { isUuid } from "./pipeline.ts";

const SEGMENT = /^(?:\/api\/v1)?\/([^/]+)\/:id(?:\/|$)/;

/**
 * Lets an address name a thing by the number that people know it by: `/requests/XA-2026-000001` as well as `/requests/{uuid}`, for
 * pages, views and acts alike. A number that is not here, or is borne by two things (those of two peers), stays as it is and finds
 * nothing; whether the reader may see what is found is asked afterwards, as for an id.
 */
export function takeNumbers(app: FastifyInstance, { node }: Serving): void {
  const kinds = [...node.registry.subjects.values()].filter(({ number }) => number !== undefined);
  const numbered = new Map(kinds.map((kind) => [kind.plural, kind]));
  app.addHook("preHandler", async (request) => {
    const params = request.params as { id?: string };
    const kind = numbered.get(SEGMENT.exec(request.routeOptions.url ?? "")?.[1] ?? "");
    if (!kind?.number || params.id === undefined || isUuid(params.id)) return;
    const { rows } = await sql<{ id: string }>`
      select id from ${sql.table(kind.table)} where ${sql.ref(kind.number)} = ${params.id.toUpperCase()} limit 2`.execute(
      node.db,
    );
    if (rows.length === 1) params.id = rows[0]?.id ?? params.id;
  });
}
