import { request } from "node:http";
import { Readable } from "node:stream";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { sql } from "../src/kernel/database.ts";
import { makeServer } from "../src/kernel/server.ts";
import { report } from "./load.ts";
import { type Measurement, measured } from "./measurement.ts";
import { withNode } from "./node.ts";

const LINES = 100_000;
const BASELINE_SECONDS = 5;
const MIB = 1_024 ** 2;

/** Sends the lines in one call and reads an answer for each. Gives how many were taken. */
function sendBatch(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        port,
        method: "POST",
        path: "/api/v1/reports/batch",
        headers: { "content-type": "application/x-ndjson", "idempotency-key": randomUUID() },
      },
      (response) => {
        let taken = 0;
        let held = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const lines = (held + chunk).split("\n");
          held = lines.pop() ?? "";
          taken += lines.filter((line) => line.includes('"code"')).length;
        });
        response.once("end", () => resolve(taken));
        response.once("error", reject);
      },
    );
    call.once("error", reject);
    Readable.from(
      (function* () {
        for (let n = 0; n < LINES; n += 1) yield `${report(n)}\n`;
      })(),
    ).pipe(call);
  });
}

/** Bare INSERTs of the same lines, one after the other. */
async function bare(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("create table bench_lines (id uuid primary key, body jsonb not null)");
  const end = performance.now() + BASELINE_SECONDS * 1_000;
  let done = 0;
  for (; performance.now() < end; done += 1)
    await client.query({
      name: "line",
      text: "insert into bench_lines (id, body) values ($1, $2)",
      values: [randomUUID(), report(done)],
    });
  await client.end();
  return done / BASELINE_SECONDS;
}

/** A batch of 100,000 lines in one call: lines a second, durable and answered each, and how much the process grew meanwhile. */
export async function measureBatch(): Promise<Measurement[]> {
  return withNode(async (node, config) => {
    const baseline = await bare(config.database);
    const portal = await makeServer({
      node,
      role: "portal",
      chrome: { asset: (name) => name, actForm: () => null, problem: () => null },
    });
    await portal.listen({ host: "127.0.0.1", port: 0 });
    const address = portal.server.address();
    const before = process.memoryUsage().rss;
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 200);
    try {
      const from = performance.now();
      const taken = await sendBatch(typeof address === "object" ? (address?.port ?? 0) : 0);
      const seconds = (performance.now() - from) / 1_000;
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from report`.execute(node.db);
      if (taken !== LINES || rows[0]?.n !== LINES)
        throw new Error(`${taken} lines were taken, ${rows[0]?.n} reports are there`);
      const bytes = Buffer.byteLength(report(0)) * LINES;
      return [
        measured("a batch of 100,000 reports in one call", LINES / seconds, "lines/s", {
          name: "bare INSERTs of the same lines, one after the other",
          value: baseline,
        }),
        measured("memory that the process grew by meanwhile, callers included", (most - before) / MIB, "MiB", {
          name: "the batch itself",
          value: bytes / MIB,
        }),
      ];
    } finally {
      clearInterval(watching);
      await portal.close();
    }
  });
}
