import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { sql } from "../src/kernel/database.ts";
import { makeServer } from "../src/kernel/server.ts";
import type { Load, Loaded } from "./load.ts";
import type { Measurement } from "./measurement.ts";
import { withNode } from "./node.ts";

const CONNECTIONS = 32;
const SECONDS = 6;
const WARM_UP_SECONDS = 3;

/** Runs one load in a thread of its own, as the clients of the real thing are elsewhere too. */
function load(what: Pick<Load, "kind" | "to">): Promise<Loaded> {
  const here = fileURLToPath(import.meta.url);
  const workerData: Load = { ...what, connections: CONNECTIONS, seconds: SECONDS, warmUpSeconds: WARM_UP_SECONDS };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./load${extname(here)}`, import.meta.url), { workerData });
    worker.once("message", resolve).once("error", reject);
  });
}

/**
 * Reports a second through the portal's API, durable, searched, sealed, linked, ranked, clocked and journalled before the
 * answer, against bare INSERTs of the same bytes over as many connections, on the same PostgreSQL, with its flushes on.
 */
export async function measureIntake(): Promise<Measurement[]> {
  return withNode(async (node, config) => {
    await sql`create table bench_raw (id uuid primary key, body jsonb not null)`.execute(node.db);
    const raw = await load({ kind: "insert", to: config.database });
    const portal = await makeServer({
      node,
      role: "portal",
      chrome: { asset: (name) => name, actForm: () => null, problem: () => null },
    });
    await portal.listen({ host: "127.0.0.1", port: 0 });
    const address = portal.server.address();
    try {
      const taken = await load({ kind: "http", to: String(typeof address === "object" ? address?.port : "") });
      if (taken.failed > 0) throw new Error(`${taken.failed} reports were refused`);
      const [value, baseline] = [taken.done / taken.seconds, raw.done / raw.seconds];
      return [
        {
          name: "reports taken in, 32 connections",
          value,
          unit: "reports/s",
          baseline: { name: "bare INSERTs of the same bytes, 32 connections", value: baseline },
          ratio: value / baseline,
        },
      ];
    } finally {
      await portal.close();
    }
  });
}
