import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { env } from "node:process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportItem, open } from "../../src/evidence/acts.ts";
import { lodge } from "../../src/evidence/acts-acquire.ts";
import { packageOfItems } from "../../src/evidence/slice.ts";
import { uploadsOf } from "../../src/evidence/tus.ts";
import { itemRow } from "../../src/evidence/views.ts";
import { readerOf } from "../../src/kernel/reader.ts";
import { authorise, draftRequest, submit } from "../../src/requests/acts-draft.ts";
import { logHeads } from "../../src/trust/heads.ts";
import { sequenceNext } from "../../src/trust/ledger-guard.ts";
import { encryptedPackage } from "../../src/trust/package.ts";
import { type Countries, openCountries } from "../countries.ts";

// A package of Aruna's, checked on what a court would have: Debian's own programs, and Go's reader of transparency logs. Nothing of the
// product is on the path of any of them. Run by `npm run test:oracles`, which sees to the programs.

const GOPATH = env["COMITY_ORACLES"];
const FIRST = Buffer.from("The first exhibit.\n".repeat(5_000));
const SECOND = Buffer.from("The second exhibit, not given.\n");

let at: Countries;
let folder: string;
let go: string;

async function lodged(name: string, content: Buffer): Promise<string> {
  const request = await at.does("XA", "investigator", draftRequest, {
    id: await at.openCase(),
    input: {
      measure: "P29",
      to: "XB",
      offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
      facts: "On 3 November a caller had the victim read out a code; 41,300 rupees left her account.",
      necessity: "Only the provider holds the log-in records of this mailbox.",
      proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
      custodian: "Meridian",
      data: [{ category: "traffic", description: "Log-ins", identifiers: ["sunrise@meridian.example"] }],
      urgency: "urgent",
      particulars: { assistance: "A request for assistance will follow." },
    },
  });
  await at.does("XA", "investigator", submit, { id: request });
  await at.does("XA", "prosecutor", authorise, {
    id: request,
    input: { reasons: "Necessary, narrow and in proportion.", until: "2027-01-31" },
  });
  const owner = await at.officer("XA", "investigator");
  const upload = await uploadsOf(at.node("XA")).take({
    owner: owner.account,
    name,
    media: "text/plain",
    source: Readable.from([content]),
    bytesMax: 1e9,
    now: at.now(),
  });
  return at.does("XA", "investigator", lodge, {
    input: {
      upload: upload?.id ?? "",
      request,
      description: name,
      acquisition: { method: "export-by-holder", place: "Port Louis" },
    },
  });
}

/** A package of two items: one whole but for an event, the other without its file. */
async function packed(isWhole: boolean) {
  const node = at.node("XA");
  const reader = readerOf(node, await at.officer("XA", "investigator"));
  const rows = [];
  for (const id of items) {
    const row = await itemRow(reader, id);
    if (row) rows.push(row);
  }
  const decision = { by: "Camille Duval", at: "2026-11-24T10:00:00Z", reason: "not relevant" };
  const [, second = ""] = items;
  const events = new Map([[2, decision]]);
  const withheld = new Map(isWhole ? [] : [[second, { bytes: decision, events }]]);
  return packageOfItems(reader, rows, { name: "XA-exhibits", withheld });
}
let items: string[];

/** The package unpacked by VERIFY.txt itself, in a shell that has the system's programs and nothing else. */
function followed(name: string, bytes: Buffer) {
  const place = join(folder, name);
  mkdirSync(place);
  const file = join(place, "XA-exhibits.asice");
  writeFileSync(file, bytes);
  writeFileSync(join(place, "VERIFY.txt"), execFileSync("/usr/bin/unzip", ["-p", file, "VERIFY.txt"]));
  const run = spawnSync("/bin/sh", ["-e", "VERIFY.txt"], {
    cwd: place,
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
  });
  return { ...run, unpacked: join(place, "XA-exhibits") };
}
const readByGo = (unpacked: string) => spawnSync(go, [unpacked], { encoding: "utf8", env: {} });

describe.skipIf(GOPATH === undefined)("a package of Aruna's, by other people's programs", () => {
  let whole: Buffer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "comity-oracles-"));
    go = join(folder, "reader");
    execFileSync("go", ["build", "-o", go, resolve("test/oracles/reader.go")], {
      cwd: folder,
      env: { PATH: env["PATH"], HOME: folder, GOPATH, GO111MODULE: "off", GOCACHE: join(folder, "cache"), GOFLAGS: "" },
    });
    at = await openCountries();
    items = [await lodged("first.txt", FIRST), await lodged("second.txt", SECOND)];
    for (const id of items) {
      await at.does("XA", "investigator", open, { id, input: { purpose: "to look" } });
      await at.does("XA", "investigator", exportItem, { id, input: { purpose: "trial" } });
    }
    // As the worker does every few minutes: the ledger takes the events in, maps the last ones, and takes the map's root in.
    await sequenceNext(at.node("XA"));
    await logHeads(at.node("XA"));
    await sequenceNext(at.node("XA"));
    whole = await buffer((await packed(true)).stream());
  });
  afterAll(async () => {
    await at.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("unzip, sha256sum, openssl cms and openssl ts accept it, as VERIFY.txt says; Go reads its ledger", () => {
    const { status, stdout, stderr, unpacked } = followed("whole", whole);
    expect(stderr).toContain("CAdES Verification successful");
    expect(stdout.match(/Verification: OK/g)).toHaveLength(2);
    expect(stdout.match(/in the ledger/g)).toHaveLength(2);
    expect(status, stdout + stderr).toBe(0);
    const read = readByGo(unpacked);
    expect(read.stdout + read.stderr).toMatch(/each in the log\n.*each in the log\nall good\n$/);
    expect(read.stdout).not.toContain("no map of last events");
  });

  test("hashdeep finds the evidence as it is listed", () => {
    const { unpacked } = followed("hashdeep", whole);
    const run = spawnSync("hashdeep", ["-r", "-l", "-a", "-k", "hashdeep.txt", "data"], {
      cwd: unpacked,
      encoding: "utf8",
    });
    expect([run.status, run.stdout + run.stderr]).toEqual([0, expect.stringContaining("Audit passed")]);
    writeFileSync(join(unpacked, "data", "planted.txt"), "x");
    expect(spawnSync("hashdeep", ["-r", "-l", "-a", "-k", "hashdeep.txt", "data"], { cwd: unpacked }).status).not.toBe(
      0,
    );
  });

  test("a partial package is accepted by all of them too", async () => {
    const { status, stdout, stderr, unpacked } = followed("partial", await buffer((await packed(false)).stream()));
    expect(status, stdout + stderr).toBe(0);
    expect(readByGo(unpacked).stdout).toMatch(/all good\n$/);
  });

  test("the age program opens what was encrypted for its key", async () => {
    const key = join(folder, "key.txt");
    execFileSync("age-keygen", ["-o", key], { stdio: "ignore" });
    const recipient = execFileSync("age-keygen", ["-y", key], { encoding: "utf8" }).trim();
    const sealed = await encryptedPackage(await packed(true), [recipient]);
    const file = join(folder, "sealed.asice.age");
    writeFileSync(file, await buffer(sealed.stream()));
    const plain = execFileSync("age", ["-d", "-i", key, file], { maxBuffer: 1e9 });
    expect(followed("opened", plain).status).toBe(0);
  });

  test.each([
    ["a record", (place: string) => change(join(place, "custody.json"), '"act":"item.lodge"', '"act":"item.lodgd"')],
    ["a salt", (place: string) => change(join(place, "custody.json"), '{"salt":"', '{"salt":"', 1)],
    [
      "a proof",
      (place: string) => copyFileSync(join(place, "proofs/000001.tlog-proof"), join(place, "proofs/000002.tlog-proof")),
    ],
    ["the map of last events", (place: string) => change(join(place, "head.json"), '"seq": ', '"seq": 1')],
  ])("Go refuses what was changed: %s", (what, tamper) => {
    const { unpacked } = followed(`changed-${what.replaceAll(" ", "-")}`, whole);
    const first = execFileSync("ls", [join(unpacked, "items")], { encoding: "utf8" }).split("\n")[0] ?? "";
    tamper(join(unpacked, "items", first));
    const read = readByGo(unpacked);
    expect([read.status, read.stdout]).toEqual([1, expect.stringContaining("BROKEN")]);
  });

  test("Go refuses a checkpoint that the log did not sign", () => {
    const { unpacked } = followed("changed-checkpoint", whole);
    const place = join(unpacked, "ledger/checkpoint");
    writeFileSync(
      place,
      readFileSync(place, "utf8").replace(/\n(\d+)\n/, (_, size: string) => `\n${Number(size) + 1}\n`),
    );
    expect([readByGo(unpacked).status, readByGo(unpacked).stdout]).toEqual([1, expect.stringContaining("BROKEN")]);
  });
});

/** Changes a text in a file; or the character that stands `behind` it. */
function change(file: string, from: string, to: string, behind = 0): void {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  const at = text.indexOf(from) + from.length;
  const other = text[at] === "A" ? "B" : "A";
  writeFileSync(file, behind === 0 ? text.replace(from, to) : text.slice(0, at) + other + text.slice(at + 1));
}
