import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, PostgresDialect, type RawBuilder, sql, type SqlBool } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compose } from "../src/compose.ts";
import type { Officer } from "../src/kernel/actor.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { configSchema } from "../src/kernel/config.ts";
import type { Database } from "../src/kernel/database.ts";
import type { Node } from "../src/kernel/node.ts";
import { readerOf, readView } from "../src/kernel/reader.ts";
import { requestSubject } from "../src/requests/request.ts";
import { wantedOf } from "../src/requests/views-filters.ts";
import { firstOf } from "../src/requests/views-first.ts";
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
    ...["mine", "late", "standing", "assigned", "translating", "conditions"].map((aside) => ({ [aside]: "true" })),
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

test("nor does the board of the contact point", async () => {
  const [read, statement] = await mostRead(WHO["duty officer"], viewed("board.read"));
  expect(read, statement).toBeLessThan(READ_MAX);
});

const rowsOf = async (query: RawBuilder<unknown>): Promise<unknown[]> => (await query.execute(node.db)).rows;
const runs = sql`d.subject_kind = 'request' and d.subject_id = r.id and d.ended_at is null and d.suspended_at is null`;
const FITTING: Record<string, (reader: Reader) => RawBuilder<SqlBool>> = {
  late: ({ now }) => sql<SqlBool>`exists (select from deadline d where ${runs} and d.due_at < ${now})`,
  warned: () =>
    sql<SqlBool>`exists (select from deadline d where ${runs} and d.fired_at is null and d.warned_minutes is not null)`,
  standing: () =>
    sql<SqlBool>`exists (select from deadline d where d.subject_id = r.id and d.ended_at is null and d.suspended_at is not null)`,
};

test.each(Object.entries(WHO))("the %s is shown what reading all of it would find", async (_, who) => {
  const reader = readerOf(node, who);
  const seen = reader.visible(requestSubject, { alias: "r" });
  for (const [filter, fits] of Object.entries(FITTING)) {
    const all = await rowsOf(
      sql`select r.id from request r where ${seen} and ${fits(reader)} order by r.created_at desc, r.id desc limit 50`,
    );
    const { items } = (await viewed("request.list", { [filter]: "true" })(reader)) as { items: { id: string }[] };
    expect(items.map(({ id }) => ({ id }))).toEqual(all);
    const ways = [0, 20_000].flatMap((few) => [0, 20_000].map((some) => ({ few, some })));
    for (const max of ways) {
      const wanted = await wantedOf(reader, { [filter]: true }, max);
      const found = sql`select id from request r where id in (${firstOf(reader, wanted, 50)}) order by created_at desc, id desc`;
      expect(await rowsOf(found)).toEqual(all);
    }
  }
  const clocks = (which: RawBuilder<SqlBool>) =>
    rowsOf(sql`select r.id, d.rule from deadline d join request r on r.id = d.subject_id
      where d.ended_at is null and ${which} and ${seen} order by d.due_at, d.id limit 12`);
  const desk = (await viewed("clock.desk")(reader)) as Record<"clocks" | "warnings", { id: string; rule: string }[]>;
  const shown = (name: keyof typeof desk) => desk[name].map(({ id, rule }) => ({ id, rule }));
  const done = [...node.registry.onDue.keys()];
  expect(shown("clocks")).toEqual(
    await clocks(sql<SqlBool>`(d.fired_at is null or not d.rule = any(${done}::text[]))`),
  );
  expect(shown("warnings")).toEqual(
    await clocks(sql<SqlBool>`d.warned_minutes is not null and d.fired_at is null and d.suspended_at is null`),
  );
});

test("the board shows what waits, the most urgent and the nearest clock first", async () => {
  const reader = readerOf(node, WHO["duty officer"]);
  const all = await rowsOf(sql`select r.id from request r
    left join lateral (select d.due_at, d.id from deadline d where ${runs} order by d.due_at, d.id limit 1) d on true
    where ((r.side = 'receiver' and r.state in ('delivered', 'acknowledged', 'postponed', 'accepted', 'executing', 'partly-executed'))
      or (r.side = 'sender' and r.state in ('authorised', 'clarification'))) and ${reader.visible(requestSubject, { alias: "r" })}
    order by array_position('{emergency,urgent,routine}', r.urgency), d.due_at, d.id, r.id limit 50`);
  const { waiting } = (await viewed("board.read")(reader)) as { waiting: { id: string }[] };
  expect(waiting.map(({ id }) => ({ id }))).toEqual(all);
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
