import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { sql } from "./database.ts";
import { startWork } from "./jobs.ts";
import type { Job } from "./slice.ts";

let at: TestNode;
beforeAll(async () => {
  at = await testNode([], { config: { connections: 3 } });
});
afterAll(() => at.close());

const runs = new Map<string, number>();
const job = (name: string, seconds = 3_600): Job => ({
  name,
  everySeconds: seconds,
  run: async (node) => {
    await sql`select pg_sleep(0.05)`.execute(node.db);
    runs.set(name, (runs.get(name) ?? 0) + 1);
  },
});

test("more jobs than connections all run, and the node still reads", async () => {
  const jobs = Array.from({ length: 12 }, (_, n) => job(`many-${n}`));
  const work = startWork(at.node, at.node.config.database, jobs);
  try {
    for (let tries = 0; runs.size < jobs.length && tries < 200; tries += 1) await pause(50);
    expect(runs.size).toBe(jobs.length);
    expect((await sql`select 1 as one`.execute(at.node.db)).rows).toHaveLength(1);
  } finally {
    await work.stop();
  }
});

test("a job runs once at a time, whoever asks, in this process and in another", async () => {
  let [now, most] = [0, 0];
  const alone: Job = {
    name: "alone",
    everySeconds: 3_600,
    run: async () => {
      now += 1;
      most = Math.max(most, now);
      await pause(100);
      now -= 1;
    },
  };
  const works = [1, 2].map(() => startWork(at.node, at.node.config.database, [alone]));
  await Promise.all(works.flatMap((work) => [work.runNow("alone"), work.runNow("alone")]));
  await Promise.all(works.map((work) => work.stop()));
  expect(most).toBe(1);
});
