import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  checkBothSides,
  checkCounts,
  checkJournal,
  checkMessages,
  checkReports,
  openDatabases,
  settled,
} from "./faults-check.ts";
import { type Driven, STEPS, walk } from "./faults-road.ts";
import { Killer, planOf, type Victim } from "./killer.ts";
import { comity } from "./road.ts";
import { type RunningWorld, startWorld, until } from "./world.ts";

/** What is drawn by it: who is killed at which step and how long after; the machine's own timing comes on top. */
const SEED = Number(process.env["COMITY_FAULTS_SEED"] ?? randomInt(2 ** 31));
/** One more of XP falls in the middle of the upload. */
const VICTIMS: readonly Victim[] = ["XA", "XA", "XA", "XB", "XB", "XP", "postgres", "postgres", "supervisor"];

let at: RunningWorld & { port: number };
beforeAll(async () => {
  at = await startWorld();
}, 240_000);
afterAll(async () => {
  await at.stop();
  if (process.env["COMITY_FAULTS_KEEP"] === undefined) at.remove();
});

test(`nothing is lost and nothing doubled by ten kills (COMITY_FAULTS_SEED=${SEED})`, async () => {
  const killer = new Killer(at, planOf(SEED, VICTIMS, STEPS));
  const driven = await underFire(killer);
  const databases = await openDatabases(at);
  try {
    await settled(databases);
    await checkJournal(databases, driven);
    expect(await checkMessages(databases)).toBeGreaterThan(10);
    await checkCounts(databases, driven);
  } finally {
    await databases.close();
  }
  await checkBothSides(driven);
  await checkReports(at, driven);
  const checks = await Promise.all(["XA", "XB", "XP"].map((code) => comity(at, code, "ledger", "check", "--json")));
  expect(
    checks.map(({ status }) => status),
    checks.map(({ stdout }) => stdout).join("\n"),
  ).toEqual([0, 0, 0]);
  const delivered = await until(
    () => driven.investigator.raw(`/api/v1/items/${driven.item}/package`),
    ({ status }) => status === 200,
  );
  const path = join(at.folder, "item.asice");
  writeFileSync(path, Buffer.from(await delivered.arrayBuffer()));
  expect(await comity(at, "XA", "verify", path)).toMatchObject({ status: 0 });
}, 300_000);

/** Walks the road while the killer strikes. */
async function underFire(killer: Killer): Promise<Driven> {
  try {
    const driven = await walk(at, {
      begun: () => killer.step(),
      strike: () => killer.strike({ victim: "XP", step: -1, ms: 0 }),
    });
    await killer.finished();
    expect(driven.upload.promised).toBeGreaterThan(0);
    expect(driven.upload.resumedAt, "offset after a kill").toBeGreaterThanOrEqual(driven.upload.promised);
    expect(killer.done).toHaveLength(VICTIMS.length + 1);
    return driven;
  } finally {
    at = killer.world;
  }
}
