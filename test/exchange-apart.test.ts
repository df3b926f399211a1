import { randomInt } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Apart, type Code, CODES, openApart } from "./apart.ts";
import { type Carrier, openCarrier } from "./apart-hi1.ts";
import { carried, killedEachTime } from "./apart-hi1-walk.ts";
import { act, ACTS, agree, blows, openCase, sent, STEPS, type Walk } from "./apart-walk.ts";
import { checkMessages, openDatabases } from "./faults-check.ts";
import { chances } from "./killer.ts";
import type { Acknowledged } from "./patient.ts";
import { thorough } from "./thorough.ts";
import { until } from "./world.ts";

// Two nodes in processes of their own, with databases, disks and clocks of their own, and lines between them that can be made bad.

/** Drawn anew each time and named by the test; the machine's own timing comes on top. */
const SEED = Number(process.env["COMITY_APART_SEED"] ?? randomInt(2 ** 31));
const WALKS = Number(process.env["COMITY_APART_WALKS"] ?? thorough(1, 12));
const STEPS_MAX = Number(process.env["COMITY_APART_STEPS"] ?? thorough(3, 24));
const CARRIED = Number(process.env["COMITY_APART_CARRIED"] ?? thorough(1, 20));
const KILLS = Number(process.env["COMITY_APART_KILLS"] ?? thorough(0, 60));

let at: Apart;
let carrier: Carrier;
let caseId: string;
/** Every act that a node said was done. */
const acknowledged: Acknowledged[] = [];
beforeAll(async () => {
  at = await openApart();
  caseId = await openCase(at);
  carrier = await openCarrier(at, acknowledged);
});
afterAll(async () => {
  await carrier?.close();
  await at?.close();
});

/** Each message has come once under its number and was applied once; each act that was acknowledged stands in its journal. */
async function nothingLost(least = 1): Promise<void> {
  const databases = await openDatabases(at, CODES);
  try {
    expect(await checkMessages(databases, CODES)).toBeGreaterThanOrEqual(least);
    for (const { node, path, entry } of acknowledged) {
      const { rows } = await databases
        .of(node)
        .query("select encode(digest, 'hex') as digest from journal where id = $1", [entry.id]);
      expect(rows, `${node} ${path}`).toEqual([{ digest: entry.digest }]);
    }
  } finally {
    await databases.close();
  }
}
/** What was endured is what these tests are for. */
const tell = (what: string) => {
  // oxlint-disable-next-line no-console -- shown where many are tried
  if (WALKS > 1 || KILLS > 10 || CARRIED > 1)
    console.log(`${what}; ${JSON.stringify({ ...blows, fullDisksMet: at.fullMet() })}`);
};

/** A command that is to do well, as JSON. */
async function does(code: Code, ...words: string[]) {
  const said = await at.comity(code, ...words, "--json");
  expect(said, said.stderr).toMatchObject({ status: 0, stderr: "" });
  return JSON.parse(said.stdout);
}
/** Where an act stands in the list of those that may be done; of two with one name the last. */
const indexOf = (name: string) => ACTS.findLastIndex((each) => each.act === name);

// By the program's own code in `courier.test.ts`; the commands take a process each.
test.runIf(thorough(0, 1) === 1)(
  "with the cable cut for a month, files that the commands make and take bring a request with its evidence to its end",
  async () => {
    for (const code of CODES) at.fault(code, () => "down");
    const bag = (n: number) => join(at.folder, `month-${n}`);
    const week = () => at.clock.pass(7 * 86_400_000);
    const [asXa, asXp] = [
      ["--as", "duty-officer.xa"],
      ["--as", "response-officer.xp"],
    ] as const;
    const walk = await sent(at, { caseId, measure: "O18b", acknowledged });
    const given = await does("XA", "courier", "export", bag(1), "--to", "XP", ...asXa, "--carrier", "Patrol boat");
    expect(given).toEqual({ to: "XP", messages: 1, files: [bag(1)] });
    await week();
    const first = await does("XP", "courier", "import", bag(1), ...asXp);
    expect(first).toMatchObject({ from: "XA", envelopes: 1, fresh: 1, problem: null, answer: [`${bag(1)}.answer`] });
    for (const name of ["acknowledge", "accept", "deliver"]) await act(walk, indexOf(name));
    expect(walk.told).toEqual(["XP acknowledge", "XP accept", "XP deliver"]);
    const parts = (await does("XP", "courier", "export", bag(2), "--to", "XA", ...asXp, "--max-size", "256K")) as {
      files: string[];
    };
    await week();
    const second = await does("XA", "courier", "import", ...parts.files, ...asXa, "--answer", bag(3));
    expect(second).toMatchObject({ envelopes: 3, fresh: 3, files: 1, problem: null, answer: [bag(3)] });
    await act(walk, indexOf("close"));
    await does("XA", "courier", "export", bag(4), "--to", "XP", ...asXa);
    await week();
    await does("XP", "courier", "import", bag(4), ...asXp);
    await week();
    expect(walk.told.at(-1)).toBe("XA close");
    await agree(walk);
    // The receipts that went nowhere come by the line.
    await at.settle();
    await agree(walk);
  },
  300_000,
);

const NOISE = "noise";
test.each(
  [
    [
      "a peer that is not known",
      ["courier", "export", "bag", "--to", "XQ", "--as", "duty-officer.xa"],
      1,
      "to: There is no trusted peer XQ.",
    ],
    [
      "a file that is not there",
      ["courier", "import", "/nowhere/bag", "--as", "duty-officer.xa"],
      1,
      "There is no /nowhere/bag.",
    ],
    [
      "a kind of key that there is not",
      ["keys", "roll", "both", "--as", "administrator.xa"],
      2,
      "Allowed choices are signing, encryption.",
    ],
    [
      "noise for a courier's file",
      ["courier", "import", NOISE, "--as", "duty-officer.xa"],
      1,
      "This is no courier’s file that can be taken",
    ],
    [
      "a folder that is not there",
      ["courier", "export", "/nowhere/bag", "--to", "XP", "--as", "duty-officer.xa"],
      1,
      "There is no /nowhere.",
    ],
    [
      "a size that is none",
      ["courier", "export", "bag", "--to", "XP", "--as", "duty-officer.xa", "--max-size", "5"],
      2,
      "5 is no size. Give at least 64K, for example 700M or 4G.",
    ],
    [
      "nobody that it is for",
      ["courier", "export", "bag", "--as", "duty-officer.xa"],
      2,
      "required option '--to <code>' not specified",
    ],
    [
      "an account that is not there",
      ["courier", "export", "bag", "--to", "XP", "--as", "nobody"],
      1,
      "There is no active account nobody.",
    ],
    [
      "who may not",
      ["courier", "export", "bag", "--to", "XP", "--as", "investigator.xa"],
      1,
      "No rule allows your role to do this here",
    ],
    [
      "who may not roll keys",
      ["keys", "roll", "signing", "--as", "investigator.xa"],
      1,
      "No rule allows your role to do this here",
    ],
    [
      "a key that is not there to be ended",
      ["keys", "retire", "encryption", "--as", "administrator.xa"],
      1,
      "There is no former encryption key.",
    ],
    ["a command that there is not", ["courier", "carry"], 2, "unknown command 'carry'"],
  ].slice(0, thorough(3, 12)) as [string, string[], number, string][],
)("the command names what is wrong: %s", async (_, words, status, sentence) => {
  writeFileSync(join(at.folder, NOISE), "This is a letter.");
  const said = await at.comity(
    "XA",
    ...words.map((each) => (each === NOISE || each === "bag" ? join(at.folder, each) : each)),
  );
  expect(said.stderr.replaceAll(/\s+/g, " ")).toContain(sentence);
  expect({ status: said.status, stdout: said.stdout }).toEqual({ status, stdout: "" });
  // One sentence or two, nothing of the program's own insides.
  expect(said.stderr).not.toMatch(/node:internal|at .*\.js:/);
  expect(existsSync(join(at.folder, "bag"))).toBe(false);
});

test.runIf(thorough(0, 1) === 1)("help says what each command takes", async () => {
  const told = await at.comity("XA", "courier", "import", "--help");
  expect(told).toMatchObject({ status: 0, stderr: "" });
  for (const word of ["<file...>", "--as <username>", "--answer <file>", "--max-size <size>", "--json"])
    expect(told.stdout).toContain(word);
});

test("a provider by TS 103 120, and the node killed between accepting and committing, between sending and noting: each thing once", async () => {
  await killedEachTime(carrier, caseId, thorough(0, 1) === 1);
  await nothingLost(0);
}, 300_000);

test(`a provider by TS 103 120 while lines and the node fail: asked once, answered once, each file once (COMITY_APART_SEED=${SEED})`, async () => {
  const chance = chances(SEED);
  let blowsFell = 0;
  for (let n = 0; n < CARRIED; n += 1) blowsFell += await carried(carrier, caseId, { chance, kills: CARRIED > 1 });
  await nothingLost(0);
  tell(`${CARRIED} requests by TS 103 120, ${blowsFell} blows`);
}, 3_600_000);

test("a disk that is full, of either side: nothing is taken that can't be kept, nothing is lost, and all goes on once there is room", async ({
  skip,
}) => {
  const { fillDisk } = at;
  if (!fillDisk) return skip("a small disk can be mounted by root only");
  const free = fillDisk("XP");
  const walk = await sent(at, { caseId, measure: "O18b", acknowledged });
  await until(
    async () => at.fullMet(),
    (times) => times > 0,
    60,
  );
  free();
  await at.settle();
  for (const first of [0, 1]) await act(walk, first);
  const freed = fillDisk("XA");
  await act(walk, indexOf("deliver"));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const states = await at
    .query<{ state: string }>("XA", "select state from request where id = $1", [walk.id])
    .catch(() => []);
  expect(states).not.toEqual([{ state: "executed" }]);
  freed();
  await at.settle();
  expect(walk.told).toEqual(["XP acknowledge", "XP accept", "XP deliver"]);
  await agree(walk);
  await nothingLost();
}, 300_000);

test(`whatever falls between any two steps: both histories agree, nothing acknowledged is lost, nothing is there twice (COMITY_APART_SEED=${SEED})`, async () => {
  let steps = 0;
  const walks = fc.asyncProperty(
    fc.constantFrom("O18b", "P16"),
    fc.commands([...STEPS], { maxCommands: STEPS_MAX, size: "max" }),
    async (measure, drawn) => {
      const walk = await sent(at, { caseId, measure, acknowledged });
      await fc.asyncModelRun(() => ({ model: {}, real: walk }), drawn);
      await at.settle();
      await agree(walk);
      steps += [...drawn].length;
    },
  );
  await fc.assert(walks, { numRuns: WALKS, seed: SEED, endOnFailure: true });
  tell(`${WALKS} walks of ${steps} steps, ${acknowledged.length} acts acknowledged`);
  await nothingLost();
}, 3_600_000);

test(`kill after kill, of a node or its database, while acts and evidence go both ways (COMITY_APART_SEED=${SEED})`, async () => {
  const chance = chances(SEED);
  const drawn = (most: number) => Math.floor(chance() * most);
  const walks: Walk[] = [];
  for (let kills = 0; kills < KILLS;) {
    const walk = await sent(at, { caseId, measure: drawn(3) === 0 ? "P16" : "O18b", acknowledged });
    walks.push(walk);
    for (let isOpen = true; isOpen && kills < KILLS; kills += 1) {
      const code = CODES[drawn(2)] ?? "XA";
      const ofDatabase = drawn(4) === 0;
      const falling = new Promise((resolve) => setTimeout(resolve, drawn(500))).then(() =>
        ofDatabase ? at.killDatabase(code) : at.kill(code),
      );
      blows[ofDatabase ? "database" : "process"] += 1;
      [isOpen] = await Promise.all([act(walk, drawn(ACTS.length - 4)), falling]);
    }
  }
  await at.settle();
  for (const walk of walks) await agree(walk);
  tell(`${KILLS} kills over ${walks.length} requests, ${acknowledged.length} acts acknowledged`);
  await nothingLost();
}, 3_600_000);
