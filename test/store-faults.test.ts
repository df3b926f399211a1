import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases } from "../src/cases/slice.ts";
import { uploadsOf } from "../src/evidence/tus.ts";
import { checkItems as checkRows, evidence } from "../src/evidence/slice.ts";
import { StoreFailure } from "../src/kernel/errors.ts";
import { ledgerCheck } from "../src/trust/ledger-check.ts";
import { ledgerIdentity } from "../src/trust/ledger-identity.ts";
import { openVault, type Vault } from "../src/trust/vault.ts";
import { heldBlob } from "../src/trust/vault-blobs.ts";
import { openStore } from "../src/trust/vault-open.ts";
import { checkBlobs } from "../src/trust/vault-rows.ts";
import type { StoreSettings } from "../src/trust/vault-store.ts";
import type { Upload } from "../src/trust/vault-upload-rows.ts";
import { openUploads } from "../src/trust/vault-uploads.ts";
import { vault as vaultSlice } from "../src/vault/slice.ts";
import { scrub } from "../src/vault/acts-scrub.ts";
import { openOffice } from "./custody-ground.ts";
import { chances } from "./killer.ts";
import { type TestNode, testNode } from "./node.ts";
import { type Fault, type S3Server, startS3 } from "./s3-server.ts";
import { fileOf, type Told } from "./store-faults.fixture.ts";
import { BACKENDS, openStoreFor, type TestStore } from "./stores.ts";
import { thorough } from "./thorough.ts";

const SEED = Number(process.env["COMITY_FAULTS_SEED"] ?? randomInt(2 ** 31));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
async function gather(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
const folder = mkdtempSync(join(tmpdir(), "comity-faults-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a bucket behind a bad line", () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await startS3(join(folder, "s3"), { stallMs: 250, tries: 5 });
  });
  afterAll(() => s3.close());

  /** Writes an object and reads it back while `fault` says what goes wrong. */
  async function roundTrip(fault: S3Server["fault"]): Promise<void> {
    const store = openStore(s3.settings);
    const bytes = randomBytes(300_000);
    const name = randomUUID();
    s3.fault = fault;
    try {
      const sink = store.create(name);
      await sink.write(bytes);
      await sink.close();
      const object = await store.open(name);
      // What is altered on the way is left to the seal of each chunk.
      const read = await object.read(0, bytes.length);
      expect(read.equals(bytes)).toBe(true);
      await store.remove(name);
      await expect(object.read(0, 1)).rejects.toThrow("lost an object");
    } finally {
      s3.fault = () => undefined;
      store.end();
    }
  }

  const faults: Fault[] = ["stall-in-body", "truncate", "lost-answer", "busy", "stall", "drop", "error"];
  test.each(faults.slice(0, thorough(4, faults.length)))(
    "%s, at the first try of each call: tried again, nothing lost, nothing doubled",
    async (fault) => {
      const seen = new Set<string>();
      await roundTrip(({ method, key }) => {
        const first = !seen.has(`${method} ${key}`);
        seen.add(`${method} ${key}`);
        return first ? fault : undefined;
      });
    },
  );

  test("bytes that are altered on their way in are refused by the store and sent again", async () => {
    let count = 0;
    await roundTrip(({ method }) => (method === "PUT" && count++ === 0 ? "corrupt" : undefined));
    expect(count).toBeGreaterThanOrEqual(2);
  });

  test("bytes that are altered on their way out fail their seal and are fetched again; altered where they lie, they are refused", async () => {
    const vault = openVault(s3.settings, { vault: randomBytes(32), address: randomBytes(32) });
    const dataKey = vault.newDataKey();
    const bytes = randomBytes(300_000);
    const { part } = await vault.write(one(bytes), { object: vault.newObject(), dataKey, hashings: [], bytesMax: 1e9 });
    let count = 0;
    s3.fault = ({ method }) => (method === "GET" && count++ % 2 === 0 ? "corrupt" : undefined);
    expect((await gather(vault.read(dataKey, [part]))).equals(bytes)).toBe(true);
    s3.fault = ({ method }) => (method === "GET" ? "corrupt" : undefined);
    await expect(gather(vault.read(dataKey, [part]))).rejects.toThrow();
    s3.fault = () => undefined;
    await vault.close();
  });

  test.each([
    ["stall", "away"],
    ["busy", "away"],
    ["full", "full"],
  ] as const)("%s for good: given up in time, as %s", async (fault, expected) => {
    const store = openStore({ ...s3.settings, tries: 2 });
    s3.fault = () => fault;
    const sink = store.create(randomUUID());
    await sink.write(randomBytes(1_000));
    const failure = await sink.close().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreFailure);
    expect((failure as StoreFailure).fault).toBe(expected);
    // And once failed it stays so, whatever the line does then.
    s3.fault = () => undefined;
    await expect(sink.flush()).rejects.toThrow(StoreFailure);
    store.end();
  });
});

async function* one(bytes: Buffer) {
  yield bytes;
}

/** A node with evidence and its vault in a store. */
async function nodeOver(store: StoreSettings): Promise<{ at: TestNode; vault: Vault; close: () => Promise<void> }> {
  const at = await testNode([cases, evidence, vaultSlice], { config: { log_level: "silent" } });
  const vault = openVault(store, at.node.services.keys);
  Object.assign(at.node.services, { vault });
  return {
    at,
    vault,
    close: async () => {
      await vault.close();
      await at.close();
    },
  };
}

describe("a disk that fails", () => {
  const PIECE = 65_536;
  const pieceOf = (seed: string, n: number) =>
    Buffer.alloc(PIECE, createHash("sha256").update(`${seed} ${n}`).digest());
  const digestOf = (seed: string, bytes: number) => {
    const hash = createHash("sha256");
    for (let n = 0; n < bytes / PIECE; n += 1) hash.update(pieceOf(seed, n));
    return hash.digest("hex");
  };
  async function* from(seed: string, offset: number, bytes: number) {
    for (let n = offset / PIECE; n < bytes / PIECE; n += 1) yield pieceOf(seed, n);
  }
  const owner = randomUUID();
  let ground: Awaited<ReturnType<typeof nodeOver>>;
  let at: TestNode;
  beforeAll(async () => {
    ground = await nodeOver(join(folder, "disk"));
    at = ground.at;
  });
  afterAll(() => ground.close());
  const upload = (vault: Vault, bytes: number) =>
    openUploads(at.node.db, vault).create({
      owner,
      bytes,
      name: "x.dd",
      media: "application/octet-stream",
      now: at.node.clock(),
    });
  const offsetOf = async (vault: Vault, { id }: Upload) =>
    (await openUploads(at.node.db, vault).find(id, owner, at.node.clock()))?.offset ?? -1;
  const partsOf = ({ id }: Upload) =>
    at.node.db
      .selectFrom("upload_part")
      .select(["object", "bytes", "whole"])
      .where("upload", "=", id)
      .orderBy("ordinal")
      .execute();
  async function resume(vault: Vault, { id, bytes }: Upload, seed: string, offset: number) {
    const uploads = openUploads(at.node.db, vault);
    const appended = await uploads.append(
      { id, owner, offset, source: from(seed, offset, bytes), cancel: () => undefined },
      at.node.clock(),
    );
    expect(appended).toMatchObject({ outcome: "appended", upload: { offset: bytes } });
    await uploads.finish(id);
    expect((await uploads.find(id, owner, at.node.clock()))?.digest).toBe(digestOf(seed, bytes));
  }

  const STRACE = "/usr/bin/strace";
  // The one that fails is the second of its kind in its thread, and every one after it does: what Linux would tell must not be needed.
  const calls = [
    ["fdatasync", "EIO", "2", true],
    ["pwrite64", "EIO", "9+", false],
    ["pwrite64", "ENOSPC", "9+", false],
    ["fsync", "EIO", "1", false],
  ] as const;
  test.each(calls.slice(0, thorough(1, calls.length)))(
    "%s fails with %s (strace): what was not flushed before does not count, is written again, and the digest is right",
    async (call, error, when, hasBefore) => {
      if (!existsSync(STRACE))
        return console.log("skipped: strace is not installed, so no system call can be made to fail");
      const { vault } = ground;
      const bytes = 40 * 1024 ** 2;
      const seed = randomUUID();
      const made = await upload(vault, bytes);
      const { config, services } = at.node;
      const fixture = new URL("../src/trust/vault-uploads.fixture.ts", import.meta.url).pathname;
      const { vault: vaultKey, address } = services.keys;
      const child = spawn(
        STRACE,
        [
          "-f",
          "-qq",
          "--seccomp-bpf",
          "-o",
          "/dev/null",
          "-e",
          `trace=${call}`,
          "-e",
          `inject=${call}:error=${error}:when=${when}`,
          process.execPath,
          fixture,
          config.database,
          join(folder, "disk"),
          vaultKey.toString("hex"),
          address.toString("hex"),
          made.id,
          owner,
          seed,
          "45",
        ],
        { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, UV_THREADPOOL_SIZE: "1" } },
      );
      let said = "";
      child.stderr.on("data", (text: Buffer) => (said += text.toString()));
      const code = await new Promise((resolve) => child.once("exit", resolve));
      expect(code, said).not.toBe(0);
      expect(said).toContain(error);
      const before = await partsOf(made);
      const offset = await offsetOf(vault, made);
      expect(before.every(({ whole }) => !whole)).toBe(true);
      if (hasBefore) expect(offset).toBeGreaterThan(0);
      expect(offset).toBeLessThan(bytes);
      await resume(vault, made, seed, offset);
      const after = await partsOf(made);
      // What the failed call had written behind its last good flush is in an object of the next call, not taken from the old.
      expect(after.map((part) => part.bytes)).toEqual(offset > 0 ? [offset, bytes - offset] : [bytes]);
      expect(after.at(-1)?.object).not.toBe(before[0]?.object);
    },
    60_000,
  );

  test("a full disk: what was confirmed stays, and the upload goes on when there is room", async () => {
    const full = join(folder, "full");
    mkdirSync(full);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", full]).status === 0;
    if (!mounted) return console.log("skipped: a small disk can't be mounted here (root only)");
    const vault = openVault(full, at.node.services.keys);
    try {
      const seed = randomUUID();
      const bytes = 32 * 1024 ** 2;
      const made = await upload(vault, bytes);
      const uploads = openUploads(at.node.db, vault);
      const half = 8 * 1024 ** 2;
      const bring = (offset: number, to: number) =>
        uploads.append(
          { id: made.id, owner, offset, source: from(seed, offset, to), cancel: () => undefined },
          at.node.clock(),
        );
      expect(await bring(0, half)).toMatchObject({ outcome: "appended", upload: { offset: half } });
      const failure = await bring(half, bytes).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreFailure);
      expect((failure as StoreFailure).fault).toBe("full");
      const offset = await offsetOf(vault, made);
      expect(offset).toBeGreaterThanOrEqual(half);
      execFileSync("mount", ["-o", "remount,size=96m", full]);
      await resume(vault, made, seed, offset);
    } finally {
      await vault.close();
      execFileSync("umount", [full]);
    }
  }, 60_000);
});

describe.each(BACKENDS)(`kill -9 of a node at work, vault in %s (COMITY_FAULTS_SEED=${SEED})`, (backend) => {
  const KILLS = thorough(1, 100);
  const BYTES_MAX = 400_000;
  let behind: TestStore;
  let ground: Awaited<ReturnType<typeof nodeOver>>;
  beforeAll(async () => {
    behind = await openStoreFor(backend);
    ground = await nodeOver(behind.settings);
  });
  afterAll(async () => {
    await ground.close();
    await behind.close();
  });

  test(`${KILLS} kills amid upload, transfer, sequencing and disposal: nothing acknowledged is lost, no half item appears`, async () => {
    const { at, vault } = ground;
    const officers = [at.officer("examiner"), at.officer("prosecutor")] as const;
    for (const each of officers) await openOffice(at, each);
    const chance = chances(SEED);
    const items = new Map<string, string>();
    const disposed = new Set<string>();
    /** The office that each item was last acknowledged to be in. */
    const offices = new Map<string, string>();
    const offsets = new Map<number, number>();
    let [under, first, ledger]: [string | undefined, number, number] = [undefined, 1, -1];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const told: Told = {
        config: at.node.config,
        store: behind.settings,
        officers,
        seed: `${SEED}`,
        first,
        upload: under,
        bytesMax: BYTES_MAX,
      };
      // The first falls late enough for something to have been acknowledged.
      const after = kill === 0 ? ACKNOWLEDGED_LINES : 1 + Math.floor(chance() * 2 * ACKNOWLEDGED_LINES);
      const lines = await underway(told, after, Math.floor(chance() * 60));
      for (const [what, n = "", id = "", digest = ""] of lines) {
        if (what === "upload") [under, first] = [id, Number(n)];
        if (what === "offset") offsets.set(Number(n), Math.max(offsets.get(Number(n)) ?? 0, Number(id)));
        if (what === "item") items.set(id, digest);
        if (what === "disposed") disposed.add(id);
        if (what === "received") offices.set(n, id);
        if (what === "ledger") ledger = Math.max(ledger, Number(n));
      }
      // The upload under way may have become an item of which nobody was told.
      const found = under && (await uploadsOf(at.node).find(under, officers[0].account, at.node.clock()));
      if (found) expect(found.offset, "offset after a kill").toBeGreaterThanOrEqual(offsets.get(first) ?? 0);
      else [under, first] = [undefined, first + 1];
      await checkItems(at, vault, { items, disposed, seed: `${SEED}` });
      await checkOffices(at, offices);
    }
    expect(items.size).toBeGreaterThan(0);
    const { rows } = await at.node.pool.query<{ size: string | null }>("select max(leaf) as size from journal");
    expect(Number(rows[0]?.size ?? -1)).toBeGreaterThanOrEqual(ledger);
    const report = await ledgerCheck(at.node.db, ledgerIdentity(at.node), at.node.services.keys);
    expect(report.findings).toEqual([]);
    expect(await checkRows(at.node)).toEqual([]);
    expect(await checkBlobs(at.node.db, vault)).toEqual([]);
    // Every byte of all that is left, read again, and the store's own list beside it.
    for (let turn = 0; turn < 500; turn += 1) {
      await scrub(at.node, () => ({ lagMs: 0, perCore: 0, writing: 0 }));
      const state = await at.node.db.selectFrom("vault_round").select("state").executeTakeFirst();
      if (state?.state === "done") break;
      await at.node.pool.query("update vault_round set debt = 0, worked_at = worked_at - interval '1 minute'");
    }
    const findings = await at.node.db.selectFrom("vault_finding").select(["kind", "blob", "object"]).execute();
    expect(findings).toEqual([]);
    const unread = await at.node.db.selectFrom("blob").select("id").where("verified_at", "is", null).execute();
    expect(unread).toEqual([]);
  }, 900_000);
});

/** Lines in which a node at work acknowledges all that it does with one file. */
const ACKNOWLEDGED_LINES = 12;

/** Lets a node work, kills it `ms` after its line number `after`, and gives what it had said. */
async function underway(told: Told, after: number, ms: number): Promise<string[][]> {
  const fixture = new URL("./store-faults.fixture.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [fixture, JSON.stringify(told)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[][] = [];
  const ended = new Promise((resolve) => child.once("close", resolve));
  let isReady = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") isReady = true;
    else if (lines.push(line.split(" ")) === after) setTimeout(() => child.kill("SIGKILL"), ms);
  });
  await ended;
  expect(isReady, "the node at work started").toBe(true);
  expect(child.signalCode, "it was killed, and did not fail").toBe("SIGKILL");
  return lines;
}

/** A hand-over that was acknowledged stands: the item is in that office, or went on from it by an event that its custody tells of. */
async function checkOffices({ node }: TestNode, offices: ReadonlyMap<string, string>): Promise<void> {
  for (const [id, office] of offices) {
    const { rows } = await node.pool.query<{ office: string; taken: string[] }>(
      "select office, array(select record->'actor'->>'office' from journal where subject_id = i.id and act = 'item.receive' order by seq) as taken from item i where id = $1",
      [id],
    );
    const [row] = rows;
    expect(row?.taken, "receptions acknowledged").toContain(office);
    expect(row?.office, "the office of the row is that of the last reception").toBe(row?.taken.at(-1));
  }
}

const whole = new Set<string>();
/** What was acknowledged is there, and every item that is there is whole: its bytes are those of a file that was sent. */
async function checkItems(
  { node }: TestNode,
  vault: Vault,
  { items, disposed, seed }: { items: ReadonlyMap<string, string>; disposed: ReadonlySet<string>; seed: string },
): Promise<void> {
  const rows = await node.db.selectFrom("item").select(["id", "state", "bytes"]).execute();
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  expect(
    [...items.keys()].filter((id) => !states.has(id)),
    "acknowledged items that are gone",
  ).toEqual([]);
  expect(
    [...disposed].filter((id) => states.get(id) !== "disposed"),
    "disposals undone",
  ).toEqual([]);
  for (const { id, state, bytes } of rows) {
    const held = await heldBlob(node.db, vault, `item:${id}`);
    expect(held === undefined, `${id} is ${state}`).toBe(state === "disposed");
    if (!held || whole.has(id)) continue;
    const read = await gather(held.read());
    expect(read.length).toBe(bytes);
    const digest = items.get(id);
    if (digest === undefined) {
      const sent = Array.from({ length: 400 }, (_, n) => n).some(
        (n) => sha256(fileOf(seed, n, 400_000)) === sha256(read),
      );
      expect(sent, "an item of which nobody was told holds a whole file").toBe(true);
    } else expect(sha256(read)).toBe(digest);
    whole.add(id);
  }
  const { rows: stray } = await node.pool.query<{ holder: string }>(
    "select holder from blob_wrap where holder like 'item:%' and not exists (select 1 from item where 'item:' || id = holder)",
  );
  expect(stray, "keys of items that are not there").toEqual([]);
}
