import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import type { Readable } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import { buffer, text } from "node:stream/consumers";
import { thorough } from "../../test/thorough.ts";
import { VERSION } from "../kernel/version.ts";
import { makeServer } from "../kernel/server.ts";
import { systemClock } from "../kernel/clock.ts";
import { perform } from "../kernel/pipeline.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { vaultSettings } from "../trust/vault-settings.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { testNode, type TestNode } from "../../test/node.ts";
import { cases } from "../cases/slice.ts";
import { open as openCase } from "../cases/acts.ts";
import { evidence } from "../evidence/slice.ts";
import { holderOf, type ItemRow } from "../evidence/item.ts";
import { type Kept, openedItem } from "../evidence/words.ts";
import type { Officer } from "../kernel/actor.ts";
import { type Acquired, acquire, type Wanted } from "./acquiring.ts";
import { listFolder } from "./folder-list.ts";
import { folderStream } from "./folder-stream.ts";
import { openProgress } from "./progress.ts";
import { openFile } from "./sources.ts";

let at: TestNode;
let vault: Vault;
let server: FastifyInstance;
let desk: string;
let officer: Officer;
let folder: string;
let caseNumber: string;
const said: string[] = [];
const progress = openProgress({ write: (text) => said.push(text), isTerminal: false, isJson: false });

beforeAll(async () => {
  at = await testNode([
    cases,
    {
      ...evidence,
      authenticate: async ({ request }) => (request.headers.authorization === "Bearer right" ? officer : undefined),
    },
  ]);
  vault = openVault(vaultSettings(at.node.config), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  officer = at.officer("investigator");
  const tools = { asset: () => "", actForm: () => "", problem: () => "" };
  server = await makeServer({ node: at.node, role: "desk", chrome: tools });
  desk = await server.listen({ host: "127.0.0.1", port: 0 });
  folder = mkdtempSync(join(tmpdir(), "comity-acquire-"));
  const made = await perform({ node: at.node, actor: officer, act: openCase, input: { title: "Harbour" } as never });
  caseNumber = String(made.done["number"]);
});
afterAll(async () => {
  await server.close();
  await vault.close();
  await at.close();
  rmSync(folder, { recursive: true, force: true });
});

async function* none() {}
const wanted = (source: string, more: Partial<Wanted> = {}): Wanted => ({
  source,
  desk,
  token: "right",
  case: caseNumber,
  description: "What was found",
  facts: { method: "logical-copy" },
  state: join(folder, "state"),
  anew: false,
  input: none(),
  openBucket: () => Promise.reject(new Error("no bucket")),
  ...more,
});
const run = (source: string, more: Partial<Wanted> = {}) => acquire(wanted(source, more), systemClock, progress);
const digest = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest("hex");
async function contentOf(item: string): Promise<Buffer> {
  const held = await heldBlob(at.node.db, vault, holderOf(item));
  return held ? buffer(held.read()) : Buffer.alloc(0);
}

describe("comity acquire", () => {
  test("a file becomes an exhibit of the case, and both sides have the same digests", async () => {
    const bytes = randomBytes(9_000_001);
    const file = join(folder, "disk.dd");
    writeFileSync(file, bytes);
    const acquired = await run(file);
    expect(acquired).toMatchObject({
      number: `${caseNumber}/E1`,
      bytes: bytes.length,
      md5: digest("md5", bytes),
      sha1: digest("sha1", bytes),
      sha256: digest("sha256", bytes),
    });
    expect((await contentOf(acquired.id)).equals(bytes)).toBe(true);
    const row = openedItem<ItemRow>(
      at.node,
      (await at.node.db
        .selectFrom("item")
        .selectAll()
        .where("id", "=", acquired.id)
        .executeTakeFirstOrThrow()) as Kept<ItemRow>,
    );
    expect(row).toMatchObject({ md5: acquired.md5, sha1: acquired.sha1 });
    expect(row.acquisition).toMatchObject({
      tool: "comity acquire",
      tool_version: VERSION,
      source: expect.stringContaining(file),
      method: "logical-copy",
    });
  });

  test("standard input of unknown length", async () => {
    async function* input() {
      for (let n = 0; n < 5; n += 1) yield Buffer.alloc(700_000, n);
    }
    const all = Buffer.concat(Array.from({ length: 5 }, (_, n) => Buffer.alloc(700_000, n)));
    const acquired = await run("-", { input: input(), name: "sdb.dd" });
    expect(acquired).toMatchObject({ bytes: all.length, sha256: digest("sha256", all) });
  });

  test(
    "killed at any moment, the same command makes one exhibit with the right digest",
    async () => {
      const bytes = randomBytes(thorough(64, 400) * 1_048_576);
      const file = join(folder, "killed.dd");
      writeFileSync(file, bytes);
      const end = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once("exit", resolve));
      let kills = 0;
      let runs = 0;
      for (let code: number | null = null; code !== 0; runs += 1) {
        const child = start(["acquire", file, "--case", caseNumber, "--description", "Killed", "--json"]);
        const said_ = text(child.stdout);
        // After so many it is let go its way, however slow the machine is.
        const timer =
          runs < thorough(1, 40) ? setTimeout(() => child.kill("SIGKILL"), 300 + Math.random() * 300) : undefined;
        code = await end(child);
        clearTimeout(timer);
        if (code === null) kills += 1;
        else expect([code, JSON.parse(await said_)]).toMatchObject([0, { sha256: digest("sha256", bytes) }]);
      }
      expect(kills).toBeGreaterThan(0);
      const rows = await at.node.db.selectFrom("item").select("id").where("bytes", "=", bytes.length).execute();
      expect(rows.length).toBe(1);
      expect((await contentOf(rows[0]?.id ?? "")).equals(bytes)).toBe(true);
    },
    thorough(300_000, 1_200_000),
  );

  test("what has no length makes no exhibit of nothing: a sentence says how its bytes are passed", async () => {
    const before = await at.node.db.selectFrom("item").select("id").execute();
    const pipe = join(folder, "a pipe");
    spawnSync("mkfifo", [pipe]);
    for (const source of [pipe, "/dev/zero", "/proc/version"])
      await expect(run(source), source).rejects.toThrow("standard input");
    await expect(run(join(folder, "bad-\ufffd"))).rejects.toThrow("is no UTF-8");
    expect(await at.node.db.selectFrom("item").select("id").execute()).toEqual(before);
  });

  test("a file whose name goes while it is read is acquired whole; one that is written to is not", async () => {
    const bytes = randomBytes(3_000_000);
    const file = join(folder, "going.bin");
    /** Reads a source to its end, and does something when its first bytes have come. */
    const through = async (then: () => void) => {
      writeFileSync(file, bytes);
      const source = openFile(file);
      const pieces: Uint8Array[] = [];
      for await (const piece of source.read(0)) if (pieces.push(piece) === 1) then();
      await source.end();
      return Buffer.concat(pieces);
    };
    const whole = await through(() => renameSync(file, `${file}.old`));
    expect(whole.equals(bytes)).toBe(true);
    await expect(through(() => appendFileSync(file, "x"))).rejects.toThrow("holds more than the 3000000 bytes");
    await expect(through(() => truncateSync(file, 10))).rejects.toThrow("became shorter");
    await expect(through(() => writeFileSync(file, randomBytes(bytes.length)))).rejects.toThrow(
      "was changed while it was read",
    );
  });

  test.each([
    ["no desk", ["acquire", "x"], {}, 2, "--desk"],
    [
      "a token that the desk does not know",
      ["acquire", "/etc/hostname", "--description", "x"],
      { COMITY_TOKEN: "wrong" },
      1,
      "token",
    ],
    ["no such source", ["acquire", "/no/such", "--description", "x"], {}, 2, "can't be read"],
    ["an option that there is not", ["acquire", "x", "--nonsense"], {}, 2, "unknown option"],
  ])("%s: exit code and a sentence, never the token", async (name, parameters, more, code, words) => {
    const child = start(parameters, { ...more, ...(name === "no desk" ? { COMITY_DESK: "" } : {}) });
    const told = text(child.stderr);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(code);
    expect(await told).toContain(words);
    expect(await told).not.toMatch(/right|wrong(?! use)/);
  });
});

function start(
  parameters: readonly string[],
  more: Record<string, string> = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const program = new URL("acquire.fixture.ts", import.meta.url).pathname;
  return spawn(process.execPath, [program, ...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      COMITY_DESK: desk,
      COMITY_TOKEN: "right",
      XDG_STATE_HOME: join(folder, "xdg"),
      ...more,
    },
  });
}

/** A folder with all that is awkward in folders. */
function awkward(name: string): string {
  const at_ = join(folder, name);
  mkdirSync(join(at_, "a", "b"), { recursive: true });
  mkdirSync(join(at_, "empty"));
  writeFileSync(join(at_, "a", "one.txt"), "one\n");
  writeFileSync(join(at_, "a", "b", `${"long-".repeat(40)}.bin`), randomBytes(100_000));
  writeFileSync(join(at_, "naïve ملف.txt"), "two\n");
  writeFileSync(Buffer.concat([Buffer.from(`${at_}/bad-`), Buffer.from([0xff, 0xfe])]), "three\n");
  writeFileSync(join(at_, "line\u2028end\nfeed"), "four\n");
  writeFileSync(join(at_, "nothing"), "");
  symlinkSync("a/one.txt", join(at_, "link"));
  symlinkSync("/no/where", join(at_, "dangling"));
  spawnSync("mkfifo", [join(at_, "pipe")]);
  return at_;
}

describe("a folder", () => {
  test("becomes one exhibit that tar unpacks, with a list of everything in it", async () => {
    const of = awkward("evidence");
    const acquired = await run(of);
    expect(acquired.troubled).toBe(0);
    const bytes = await contentOf(acquired.id);
    expect(digest("sha256", bytes)).toBe(acquired.sha256);
    const unpacked = join(folder, "unpacked");
    mkdirSync(unpacked);
    const tar = spawnSync("tar", ["-xf", "-", "-C", unpacked], { input: bytes });
    expect([tar.status, tar.stderr.toString().replaceAll(/.*hdrcharset.*\n/g, "")]).toEqual([0, ""]);
    expect(
      spawnSync("diff", ["-r", "--no-dereference", "-x", "pipe", of, join(unpacked, "data")]).stdout.toString(),
    ).toBe("");
    const list = readFileSync(join(unpacked, "index.jsonl"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const by = new Map(list.map((line) => [line["path"], line]));
    expect(by.get("a/one.txt")).toMatchObject({
      type: "file",
      size: 4,
      read: "whole",
      md5: digest("md5", Buffer.from("one\n")),
      sha256: digest("sha256", Buffer.from("one\n")),
    });
    expect(by.get("link")).toMatchObject({ type: "link", to: "a/one.txt" });
    expect(by.get("pipe")).toMatchObject({ type: "other" });
    expect(by.get("bad-\ufffd\ufffd")).toMatchObject({
      raw: Buffer.concat([Buffer.from("bad-"), Buffer.from([0xff, 0xfe])]).toString("base64"),
      read: "whole",
    });
    expect(by.get("line\u2028end\nfeed")).toMatchObject({ read: "whole", size: 5 });
    expect(list.at(-1)).toMatchObject({ summary: true, files: 6, folders: 4, links: 2, others: 1, troubled: 0 });
    const one = by.get("a/one.txt") as { at: number; stored: number };
    expect(bytes.subarray(one.at, one.at + one.stored).toString()).toBe("one\n");
  });

  test("what changes while it is read, or can't be read, is in the list and told; never left out", async () => {
    const of = join(folder, "moving");
    mkdirSync(of);
    for (const name of ["gone", "grown", "shrunk", "steady"]) writeFileSync(join(of, name), "0123456789");
    const list = join(folder, "moving.list");
    const listed = listFolder(of, list, () => undefined);
    unlinkSync(join(of, "gone"));
    writeFileSync(join(of, "grown"), "0123456789abc");
    writeFileSync(join(of, "shrunk"), "01234");
    const told: string[] = [];
    const onTrouble = ({ path }: { path: string }, why: string) => told.push(`${path} ${why}`);
    const blocks: Buffer[] = [];
    for await (const block of folderStream({
      folder: of,
      list,
      results: join(folder, "moving.results"),
      listed,
      resumedAt: 0,
      onTrouble,
    }))
      blocks.push(block);
    const archive = Buffer.concat(blocks);
    expect(archive.length).toBe(listed.archiveBytes);
    expect(told).toEqual(["gone ENOENT", "grown grown", "shrunk short"]);
    const lines = archive
      .subarray(listed.indexAt, listed.indexAt + listed.indexBytes)
      .toString()
      .split("\n");
    expect(
      lines.filter((line) => line.includes('"read"')).map((line) => (JSON.parse(line) as { read: string }).read),
    ).toEqual(["error", "grown", "short", "whole"]);
    // A file that the desk has already, and that is other now, ends it: no exhibit is made out of two states.
    renameSync(join(folder, "moving.results.new"), join(folder, "moving.results"));
    writeFileSync(join(of, "steady"), "9876543210");
    const again = folderStream({
      folder: of,
      list,
      results: join(folder, "moving.results"),
      listed,
      resumedAt: listed.archiveBytes,
      onTrouble,
    });
    await expect(
      (async () => {
        for await (const _ of again);
      })(),
    ).rejects.toThrow("steady");
  });

  test("of many files: memory does not grow with them", async () => {
    const files = thorough(2_000, 1_000_000);
    const of = join(folder, "many");
    for (let n = 0; n < files; n += 1) {
      if (n % 1_000 === 0) mkdirSync(join(of, `${n / 1_000}`), { recursive: true });
      writeFileSync(join(of, `${Math.floor(n / 1_000)}`, `file-${n}.txt`), `file ${n}`);
    }
    const began = performance.now();
    const child = start(["acquire", of, "--case", caseNumber, "--description", "Many", "--json"], {
      COMITY_TOKEN: "right",
    });
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(
          peak,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0),
        );
      } catch {
        // It has ended.
      }
    }, 20);
    const said_ = text(child.stdout);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
    clearInterval(watch);
    const made = JSON.parse(await said_) as Acquired;
    if (files > 100_000)
      console.log(
        `${files} files: ${Math.round((performance.now() - began) / 1_000)} s, ${made.bytes} bytes, peak ${Math.round(peak / 1_024)} MiB`,
      );
    expect(peak).toBeLessThan(600 * 1_024);
    expect(made.troubled).toBe(0);
  }, 3_600_000);
});
