import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Machines, type Registered, startMachines } from "../../test/machines.ts";
import { sql } from "../kernel/database.ts";
import { freePort } from "../kernel/postgres.ts";

let world: Machines;
beforeAll(async () => {
  world = await startMachines();
});
afterAll(() => world.close());

type Answer = { line: number; reference?: string; code?: string; error?: string };
const NDJSON = { "content-type": "application/x-ndjson" };
const answersIn = (body: string) => body.trim().split("\n").filter((each) => each !== "").map((each) => JSON.parse(each) as Answer); // prettier-ignore
const line = (n: number, more: object = {}) =>
  JSON.stringify({ category: "F2", description: `transaction ${n}`, ...more });
const send = (
  by: Registered | undefined,
  payload: string | Buffer,
  key?: string,
  more: { from?: number; headers?: object } = {},
) =>
  world.portal.inject({
    method: "POST",
    url: `/api/v1/reports/batch${more.from === undefined ? "" : `?from=${more.from}`}`,
    payload,
    headers: { ...NDJSON, ...by?.bearer, ...(key === undefined ? {} : { "idempotency-key": key }), ...more.headers },
  });
const get = (by: Registered | undefined, path: string) =>
  world.portal.inject({ url: `/api/v1/reports/batch/${path}`, ...(by ? { headers: by.bearer } : {}) });
const countOf = async (by: Registered) =>
  (await sql<{ n: number }>`select count(*)::int as n from report where client_id = ${by.id}`.execute(world.at.node.db))
    .rows[0]?.n;

describe("a batch that breaks off", () => {
  test("is asked how far it came, gives its answers again, and goes on where it was", async () => {
    const bank = await world.register("Resuming Bank");
    const lines = Array.from({ length: 300 }, (_, n) => (n === 6 ? "no json" : line(n + 1)));
    const first = answersIn((await send(bank, lines.slice(0, 200).join("\n"), "night/1")).body);
    expect((await get(bank, encodeURIComponent("night/1"))).json()).toMatchObject({
      answered: 200,
      refused: 1,
      next: 201,
    });
    const again = answersIn((await get(bank, `${encodeURIComponent("night/1")}/answers`)).body);
    expect(again).toEqual(first);
    expect(answersIn((await get(bank, `${encodeURIComponent("night/1")}/answers?from=198`)).body)).toEqual(
      first.slice(197),
    );
    const rest = answersIn((await send(bank, lines.slice(200).join("\n"), "night/1", { from: 201 })).body);
    expect(rest.map((each) => each.line)).toEqual(Array.from({ length: 100 }, (_, n) => 201 + n));
    expect(await countOf(bank)).toBe(299);
    expect(answersIn((await send(bank, lines.join("\n"), "night/1")).body)).toEqual([...first, ...rest]);
    expect(await countOf(bank)).toBe(299);
    expect((await get(bank, encodeURIComponent("night/1"))).json()).toMatchObject({ answered: 300, next: 301 });
  });
  test("does not go on over lines that never came, nor from a number that is none", async () => {
    const bank = await world.register("Gap Bank");
    await send(bank, line(1), "gap");
    const over = await send(bank, line(9), "gap", { from: 9 });
    expect([over.statusCode, over.json<{ detail: string }>().detail]).toEqual([409, expect.stringContaining("line 2")]);
    for (const from of ["0", "-1", "x", "1e3", "100001"])
      expect((await world.portal.inject({ method: "POST", url: `/api/v1/reports/batch?from=${from}`, payload: line(1), headers: { ...NDJSON, ...bank.bearer } })).statusCode).toBe(422); // prettier-ignore
  });
  test("is nobody else's to ask about: the answers hold codes", async () => {
    const [bank, other] = [await world.register("Private batch"), await world.register("Other batch")];
    await send(bank, line(1), "key-1");
    await send(undefined, line(1), "key-1");
    expect((await get(other, "key-1")).statusCode).toBe(404);
    expect((await get(other, "key-1/answers")).statusCode).toBe(404);
    expect((await get(undefined, "key-1/answers")).statusCode).toBe(401);
  });
  test("takes a line that the quota refused when the quota allows it again", async () => {
    const bank = await world.register("Poor Bank", { day_quota: 2, minute_quota: 1 });
    const lines = [1, 2, 3].map((n) => line(n)).join("\n");
    const first = answersIn((await send(bank, lines, "poor")).body);
    expect(first.map(({ error }) => error === undefined)).toEqual([true, true, false]);
    expect(first[2]?.error).toMatch(/quota of 2 reports a day/);
    world.pass({ hours: 24 });
    const again = answersIn((await send(bank, lines, "poor")).body);
    expect(again.map(({ reference }) => typeof reference)).toEqual(["string", "string", "string"]);
    expect(again.slice(0, 2)).toEqual(first.slice(0, 2));
    expect((await get(bank, "poor")).json()).toMatchObject({ answered: 3, refused: 0 });
    expect(answersIn((await get(bank, "poor/answers")).body)).toEqual(again);
  });
});

describe("a line that cannot be taken", () => {
  test("is answered in words and costs only itself", async () => {
    const bank = await world.register("Hostile Bank");
    const lines: (string | Buffer)[] = [
      line(1),
      Buffer.concat([Buffer.from('{"description":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      '{"description":"half a pair \\ud800"}',
      `{"description":"${"x".repeat(140_000)}"}`,
      "[".repeat(100_000),
      '{"description":"x","transfers":1}',
      '{"description":"a","__proto__":{"category":"A1"}}',
      "\u0000",
      line(9),
    ];
    const body = Buffer.concat(lines.flatMap((each) => [Buffer.from(each), Buffer.from("\n")]));
    const answers = answersIn((await send(bank, body, "hostile")).body);
    expect(answers.map((each) => each.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(answers.map(({ error }) => error === undefined)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(answers[1]?.error).toMatch(/not UTF-8/);
    expect(answers[3]?.error).toMatch(/131,072/);
    expect(answersIn((await get(bank, "hostile/answers")).body)).toEqual(answers);
  });
  test("a packed body is refused before a byte of it is unpacked", async () => {
    const bank = await world.register("Bomb Bank");
    const answer = await send(bank, gzipSync(Buffer.alloc(20_000_000, "x")), "bomb", {
      headers: { "content-encoding": "gzip" },
    });
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
      400,
      expect.stringContaining("gzip"),
    ]);
  });
});

describe("kill -9", () => {
  let child: ChildProcess | undefined;
  afterAll(() => child?.kill("SIGKILL"));
  /** The portal of the same node, as the compiled program in a process of its own. */
  async function startPortal(port: number): Promise<void> {
    const { config } = world.at.node;
    const file = join(config.folder, "portal.json");
    writeFileSync(
      file,
      JSON.stringify({ ...config, packs: "packs", pack_unsigned: true, roles: ["portal"], portal_port: port }),
    );
    // oxlint-disable-next-line node/no-process-env -- the child's environment
    child = spawn(process.execPath, ["build/main.js", "serve"], {
      env: { ...process.env, COMITY_CONFIG: file },
      stdio: "ignore",
    });
    for (let tries = 0; tries < 2_400; tries += 1) {
      const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).then(({ ok }) => ok, () => false); // prettier-ignore
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the portal did not start");
  }
  /** Streams lines from `from` on (and up to `upTo`, with the call left open), and gives each answer as it comes; ends early, without a fuss, where the line breaks. */
  function stream(
    port: number,
    by: Registered,
    lines: readonly string[],
    from: number,
    told: (answer: Answer) => void,
    upTo?: number,
  ): Promise<void> {
    return new Promise((resolve) => {
      const call = request(`http://127.0.0.1:${port}/api/v1/reports/batch?from=${from}`, {
        method: "POST",
        headers: { ...NDJSON, ...by.bearer, "idempotency-key": "killed" },
      });
      call.on("error", () => resolve());
      call.on("response", (response) => {
        response.on("error", () => resolve());
        response.on("close", () => resolve());
        const read = createInterface({ input: response });
        read.on("error", () => resolve());
        read.on("line", (text) => {
          // The last line of a broken answer may be half a line.
          if (text.endsWith("}")) told(JSON.parse(text) as Answer);
        });
      });
      for (const each of lines.slice(from - 1, upTo)) call.write(`${each}\n`);
      if (upTo === undefined) call.end();
    });
  }
  test("during a batch: what was answered is there, once; asked anew, the rest goes in", async () => {
    const bank = await world.register("Killed Bank", { day_quota: 100_000 });
    const lines = Array.from({ length: 2_000 }, (_, n) =>
      line(n + 1, { observables: [{ type: "phone", value: `+2305${randomBytes(3).readUIntBE(0, 3)}` }] }),
    );
    const told = new Map<number, Answer>();
    const port = await freePort(32_100 + Math.floor(Math.random() * 500));
    await startPortal(port);
    await stream(
      port,
      bank,
      lines,
      1,
      (answer) => {
        told.set(answer.line, answer);
        if (told.size === 500) child?.kill("SIGKILL");
      },
      1_000,
    );
    expect(told.size).toBeGreaterThanOrEqual(500);
    expect(told.size).toBeLessThan(2_000);
    await startPortal(port);
    const { answered, next } = (await (
      await fetch(`http://127.0.0.1:${port}/api/v1/reports/batch/killed`, { headers: bank.bearer })
    ).json()) as { answered: number; next: number };
    expect(answered).toBeGreaterThanOrEqual(Math.max(...told.keys()));
    const again = answersIn(
      await (
        await fetch(`http://127.0.0.1:${port}/api/v1/reports/batch/killed/answers`, { headers: bank.bearer })
      ).text(),
    );
    expect(again.map((each) => each.line)).toEqual(Array.from({ length: answered }, (_, n) => n + 1));
    for (const each of again) if (told.has(each.line)) expect(each).toEqual(told.get(each.line));
    await stream(port, bank, lines, next, (answer) => void told.set(answer.line, answer));
    for (const each of again) told.set(each.line, each);
    expect(told.size).toBe(2_000);
    expect(new Set([...told.values()].map(({ reference }) => reference)).size).toBe(2_000);
    expect(await countOf(bank)).toBe(2_000);
  }, 240_000);
});
