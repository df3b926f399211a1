import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import type { Officer } from "../src/kernel/actor.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { configSchema } from "../src/kernel/config.ts";
import type { Database } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { waitingFor } from "../src/kernel/tools-make.ts";
import type { Reader } from "../src/kernel/view.ts";
import { fillRequests, officer, SMALL_OFFICE } from "./filled-requests.ts";
import { testDatabase } from "./node.ts";
import { takePassed } from "./passed.ts";

const REQUESTS = 12_000;
/** Rows that one statement may read of whatever there is: some pages' worth, and far less than there are requests. */
const READ_MAX = 4_000;

let node: Node;
let done: () => Promise<void>;
beforeAll(async () => {
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), "comity-lists-"));
  const config = configSchema.parse({
    code: "XA",
    name: "Aruna",
    pack: "XA",
    pack_unsigned: true,
    database: database.url,
    folder,
    zone: "Indian/Mauritius",
    country: "MU",
    log_level: "error",
  });
  takePassed(folder, "XA");
  const composed = await compose(config, systemClock);
  node = composed.node;
  done = async () => {
    await composed.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  await fillRequests(node, { from: 0, total: REQUESTS, clocks: 2 });
});
afterAll(() => done());

const WHO = {
  investigator: officer("investigator", "police"),
  "investigator of a small office": officer("investigator", "police", SMALL_OFFICE),
  judge: officer("judge", "court"),
  "duty officer": officer("duty-officer", "contact-point"),
  overseer: officer("overseer", "oversight"),
};

interface Plan {
  readonly Plans?: readonly Plan[];
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
}
/** Rows that a plan has taken from tables and indexes, whatever became of them. */
const readIn = (plan: Plan): number =>
  plan["Actual Loops"] *
    ((plan.Plans ? 0 : plan["Actual Rows"]) +
      (plan["Rows Removed by Filter"] ?? 0) +
      (plan["Rows Removed by Index Recheck"] ?? 0)) +
  (plan.Plans ?? []).reduce((sum, each) => sum + readIn(each), 0);

/** Does `work`, and gives the most rows that one of its statements has read, with that statement. */
async function mostRead(who: Officer, work: (reader: Reader) => Promise<unknown>): Promise<[number, string]> {
  const asked: { sql: string; parameters: readonly unknown[] }[] = [];
  const db: Database = new Kysely({
    dialect: new PostgresDialect({ pool: node.pool }),
    log: ({ query }) => void asked.push(query),
  });
  await work({ ...readerOf(node, who), db });
  expect(asked.length).toBeGreaterThan(0);
  let most: [number, string] = [0, ""];
  for (const { sql, parameters } of asked) {
    const { rows } = await node.pool.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
      `explain (analyze, format json) ${sql}`,
      parameters as unknown[],
    );
    const read = readIn(rows[0]?.["QUERY PLAN"][0].Plan as Plan);
    if (read > most[0]) most = [read, sql];
  }
  return most;
}
const viewed =
  (name: string, input: object = {}) =>
  async (reader: Reader): Promise<unknown> => {
    const found = node.registry.views.get(name);
    if (!found) throw new Error(`there is no view ${name}`);
    return readView(found, reader, input);
  };

const LISTS: Record<string, (reader: Reader) => Promise<unknown>> = Object.fromEntries([
  ...[
    {},
    ...["outgoing", "incoming", "to-decide", "to-send", "to-carry-out", "to-answer"].map((box) => ({ box })),
    ...["draft", "submitted", "executing", "denied"].map((state) => ({ state })),
    { measure: "M31" },
    { measure: "EU2" },
    { peer: "XB" },
    { peer: "XQ" },
    { category: "content" },
    { urgency: "emergency" },
    ...["mine", "assigned", "translating", "conditions"].map((aside) => ({ [aside]: "true" })),
  ].map((filter) => [`requests ${JSON.stringify(filter)}`, viewed("request.list", filter)]),
  ["clocks of the desk", viewed("clock.desk")],
  ["emergencies", viewed("request.emergencies")],
  ["emergencies to review", viewed("request.emergencies", { review: "open" })],
  ["counts beside the lists", (reader: Reader) => waitingFor(node, reader)],
]);

test.each(Object.entries(WHO))("no list of the %s reads on with the number of requests", async (_, who) => {
  const found: Record<string, number> = {};
  for (const [name, work] of Object.entries(LISTS)) [found[name]] = await mostRead(who, work);
  expect(Object.entries(found).filter(([, read]) => read > READ_MAX)).toEqual([]);
});

test("nor does any box of oversight", async () => {
  const boxes = [
    {},
    ...["intrusive", "emergency", "ordered", "late", "untold", "delayed", "halted"].map((box) => ({ box })),
  ];
  for (const box of boxes) {
    const [read, statement] = await mostRead(WHO.overseer, viewed("oversight.list", box));
    expect(read, statement).toBeLessThan(READ_MAX);
  }
});
