import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  checkBothSides,
  checkCounts,
  checkJournal,
  checkMessages,
  checkReports,
  type Databases,
  openDatabases,
  settled,
} from "./faults-check.ts";
import { fillForm } from "./faults-form.ts";
import { type Driven, STEPS, walk } from "./faults-road.ts";
import { Killer, planOf, type Victim } from "./killer.ts";
import { json, persistently } from "./patient.ts";
import { descendantsOf, isRunning } from "./processes.ts";
import { comity, content, good, sendRequest, standing } from "./road.ts";
import { thorough } from "./thorough.ts";
import { type RunningWorld, startWorld, until } from "./world.ts";

/** What is drawn by it: who is killed at which step and how long after; the machine's own timing comes on top. */
const SEED = Number(process.env["COMITY_FAULTS_SEED"] ?? randomInt(2 ** 31));
/** Each once; by `npm run test:thorough` more often. One more of XP falls in the middle of the upload. */
const VICTIMS: readonly Victim[] = [
  ...(["XA", "XB", "XP", "postgres", "supervisor"] as const),
  ...(["XA", "XA", "XB", "postgres"] as const).slice(0, thorough(0, 4)),
];
/** Who is killed while reports are written, and how many write. */
const WHILE_WRITTEN: readonly Victim[] = (["XA", "postgres", "XA", "XA"] as const).slice(0, thorough(2, 4));
const REPORTERS = thorough(4, 10);

let at: RunningWorld & { port: number };
/** The same world once more, from a copy of its folder, at other ports. */
let other: RunningWorld & { port: number };
beforeAll(async () => {
  at = await startWorld();
});
afterAll(async () => {
  for (const each of [at, other]) {
    await each?.stop();
    if (process.env["COMITY_FAULTS_KEEP"] === undefined) each?.remove();
  }
});

test(`nothing is lost and nothing doubled by kills of every part (COMITY_FAULTS_SEED=${SEED})`, async () => {
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

test(`reporters whose node is killed while they write lose no page and no report, and none is there twice (COMITY_FAULTS_SEED=${SEED})`, async () => {
  const killer = new Killer(at, planOf(SEED + 1, WHILE_WRITTEN, REPORTERS * 12));
  const { portal } = at.node("XA");
  const coded = await Promise.all(
    Array.from({ length: REPORTERS }, (_, n) =>
      fillForm(portal, `Written under fire by number ${n}, of seed ${SEED}`, () => killer.step()),
    ),
  );
  await killer.finished();
  at = killer.world;
  expect(killer.done).toHaveLength(WHILE_WRITTEN.length);
  expect(new Set(coded.map(({ code }) => code)).size).toBe(REPORTERS);
  for (const { code, words } of coded) {
    // The last blow may have fallen just now: whoever asks then asks again.
    const own = await persistently(
      (signal) => fetch(`${portal}/api/v1/report`, { headers: { authorization: `Receipt ${code}` }, signal }),
      json,
    );
    expect(own.body).toMatchObject({ description: words });
  }
  const databases = await openDatabases(at);
  const { rows } = await databases.of("XA").query("select 1 from report where channel = 'portal' and category = 'F8'");
  await databases.close();
  expect(rows).toHaveLength(REPORTERS);
}, 240_000);

test("Ctrl-C leaves nothing running, and the next start goes on where it was", async () => {
  const before = await facts(at);
  const started = descendantsOf(at.process.pid ?? 0);
  expect(started.length).toBeGreaterThan(8);
  await at.stop();
  expect(at.process.exitCode).toBe(0);
  expect(started.filter(isRunning)).toEqual([]);
  const copy = join(at.folder, "..", `${at.folder.split("/").at(-1)}-copy`);
  // With owners kept, as PostgreSQL's files are another user's where root runs it.
  execFileSync("cp", ["-a", at.folder, copy]);
  [at, other] = await Promise.all([startWorld({ folder: at.folder, port: at.port }), startWorld({ folder: copy })]);
  expect(await facts(at)).toEqual(before);
}, 300_000);

test("two worlds side by side: each its own messages; kill -9 of all of one is no matter to the other, nor to its next start", async () => {
  // A connection that was idle for a while ends by itself, and its server process with it.
  const mine = descendantsOf(at.process.pid ?? 0).filter(({ command }) => !command.startsWith("postgres: "));
  expect(mine.length).toBeGreaterThan(3);
  const there = await openDatabases(at);
  const messages = await received(there);
  await exchangeOne(other);
  const before = await facts(other);
  const started = descendantsOf(other.process.pid ?? 0);
  for (const { pid } of [{ pid: other.process.pid ?? 0 }, ...started]) kill(pid);
  await until(
    async () => started.filter(isRunning),
    (left) => left.length === 0,
  );
  expect(existsSync(join(other.folder, "postgres", "cluster", "postmaster.pid"))).toBe(true);
  expect(mine.filter((each) => !isRunning(each))).toEqual([]);
  expect(await received(there)).toEqual(messages);
  await there.close();
  other = await startWorld({ folder: other.folder, port: other.port });
  expect(await facts(other)).toEqual(before);
  await expect(startWorld({ folder: other.folder, port: other.port })).rejects.toThrow("is running already");
  expect(await facts(other)).toEqual(before);
}, 300_000);

/** What an account may be expected to find again: itself, the cases, the reports. */
async function facts(world: RunningWorld): Promise<unknown> {
  const investigator = world.client("XA", "investigator");
  const { items: cases } = good(await investigator.get("/cases")) as { items: { id: string }[] };
  const { items: reports } = good(await investigator.get("/reports")) as { items: { id: string }[] };
  return {
    accounts: world.world.nodes.map(({ accounts }) => accounts),
    cases: cases.map(({ id }) => id),
    reports: reports.map(({ id }) => id),
  };
}

/** A request that arrives: the nodes find each other. */
async function exchangeOne(world: RunningWorld): Promise<void> {
  const [drafter, authoriser, sender] = [
    world.client("XA", "investigator"),
    world.client("XA", "prosecutor"),
    world.client("XA", "duty-officer"),
  ];
  const { id } = good(await drafter.post("/cases", { title: "Two worlds" }), 201) as { id: string };
  const path = `/cases/${id}/requests`;
  const request = await sendRequest({ drafter, authoriser, sender, path, body: content("P29", "XB") });
  await standing(world.client("XB", "duty-officer"), request, "delivered");
}

/** How many messages each node of a world has received. */
const received = (databases: Databases): Promise<number[]> =>
  Promise.all(
    ["XA", "XB", "XP"].map(async (code) =>
      Number((await databases.of(code).query<{ n: string }>("select count(*) as n from inbox")).rows[0]?.n),
    ),
  );

/** Ends a process of a world that this file started; it may have ended with another. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with the one that had started it.
  }
}
