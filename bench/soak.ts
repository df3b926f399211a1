import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { parseHTML } from "linkedom";
import pg from "pg";
import { folders } from "../src/folders.ts";
import { configSchema } from "../src/kernel/config.ts";
import { ensureDatabase, freePort, startPostgres } from "../src/kernel/postgres.ts";
import { addressOf } from "../src/portal/address.ts";
import type { StepName } from "../src/portal/draft.ts";
import { Visitor } from "../test/visitor.ts";
import { type Measurement, measured } from "./measurement.ts";

/** How long reporters keep coming; the full measurement is ten minutes. */
const SECONDS = Number(env["COMITY_SOAK_SECONDS"] ?? 600);
const SUBMISSIONS_PER_SECOND = 20;
const SLOW_CLIENTS = 200;
const SLOW_BYTES_PER_SECOND = 2_048;
/** A submission that takes longer is counted as not answered. */
const PATIENCE_MS = 60_000;

/** A node of its own in a process of its own, on a PostgreSQL that does flush. */
async function startNode(folder: string): Promise<{ portal: string; database: string; stop: () => Promise<void> }> {
  const server = await startPostgres(join(folder, "postgres"));
  await ensureDatabase(server, "soak");
  const port = await freePort();
  const config = configSchema.parse({
    code: "XA",
    name: "Aruna",
    pack: "XA",
    pack_unsigned: true,
    packs: folders.packs,
    database: server.url("soak"),
    folder: join(folder, "xa"),
    country: "MU",
    roles: ["portal", "worker"],
    portal_port: port,
    log_level: "error",
  });
  const file = join(folder, "xa.json");
  writeFileSync(file, JSON.stringify(config));
  const child: ChildProcess = spawn(execPath, [join(folders.root, "build/main.js"), "serve"], {
    env: { ...env, COMITY_CONFIG: file },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const portal = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    const ready = await fetch(`${portal}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    if (tries > 600) throw new Error("the node did not become ready");
    await pause(100);
  }
  return {
    portal,
    database: server.url("soak"),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      await server.stop();
    },
  };
}

/** Every page of the form, as somebody in no danger who lost no money fills it. */
const ANSWERS = (n: number): readonly (readonly [StepName, Record<string, string>])[] => [
  ["danger", { danger: "no" }],
  ["child", { child: "no" }],
  ["money", { money: "no" }],
  ["what", { tile: "message" }],
  ["kind", { category: "F8" }],
  ["whom", { whom: "me", age: "35-44", district: "north" }],
  [
    "words",
    {
      description: `They wrote from +230 52${String(n % 1_000_000).padStart(6, "0")} and asked for my code. This is what happened to person number ${n}, at ${n % 24} o'clock.`,
    },
  ],
  ["found", { keep: "" }],
  ["payments", {}],
  ["files", {}],
  ["who", { choice: "anonymous" }],
];

/** Fills the form and sends it. Gives the code; throws where a page did not lead on. */
async function submission(portal: string, n: number): Promise<string> {
  const reporter = new Visitor(`reporter ${n}`, portal);
  await reporter.get("/p");
  for (const [step, form] of ANSWERS(n)) {
    const { status, url } = await reporter.post(addressOf(step), form);
    if (status !== 200) throw new Error(`${step}: ${status} at ${url}`);
  }
  const { html } = await reporter.post(addressOf("check"), {});
  const code = parseHTML(html).document.querySelector(".code")?.textContent ?? "";
  if (!/^[\d\s\u00a0]{16,}$/.test(code)) throw new Error(`no code: ${html.slice(0, 200)}`);
  return code;
}

/** Somebody on a bad line, or who means to hold connections: sends a body two kilobytes a second, without end. */
function slowClient(port: number, signal: AbortSignal): void {
  if (signal.aborted) return;
  const socket: Socket = createConnection({ host: "127.0.0.1", port });
  const length = 900_000;
  socket.write(
    `POST ${addressOf("words")} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${length}\r\n\r\ndescription=`,
  );
  const drip = setInterval(() => socket.write("a".repeat(SLOW_BYTES_PER_SECOND)), 1_000);
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  socket.on("error", () => undefined);
  socket.on("data", () => undefined);
  socket.once("close", () => {
    clearInterval(drip);
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) setTimeout(() => slowClient(port, signal), 500);
  });
}

interface Outcome {
  readonly codes: string[];
  readonly failures: string[];
  readonly took: number[];
}

/** Reporters come at a steady rate, whether or not those before them are done. */
async function offer(portal: string): Promise<Outcome> {
  const outcome: Outcome = { codes: [], failures: [], took: [] };
  const under = new Set<Promise<void>>();
  const from = performance.now();
  for (let n = 0; n < SECONDS * SUBMISSIONS_PER_SECOND; n += 1) {
    await pause(Math.max(0, from + (n * 1_000) / SUBMISSIONS_PER_SECOND - performance.now()));
    const began = performance.now();
    const one = Promise.race([
      submission(portal, n),
      pause(PATIENCE_MS).then(() => Promise.reject(new Error("no answer"))),
    ])
      .then((code) => {
        outcome.codes.push(code);
        outcome.took.push(performance.now() - began);
      })
      .catch((error: unknown) => {
        outcome.failures.push(error instanceof Error ? error.message : "failed");
      })
      .finally(() => under.delete(one));
    under.add(one);
  }
  await Promise.all(under);
  return outcome;
}

const LOOKED_UP = 200;

/**
 * Full submissions of the form, twenty a second, while two hundred slow clients hold connections: how many are answered by a code, none
 * of them lost, each code opening its report.
 */
export async function measureSoak(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "comity-soak-"));
  const node = await startNode(folder);
  const slow = new AbortController();
  try {
    for (let n = 0; n < SLOW_CLIENTS; n += 1) slowClient(Number(new URL(node.portal).port), slow.signal);
    const { codes, failures, took } = await offer(node.portal);
    slow.abort();
    const client = new pg.Client({ connectionString: node.database });
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from report where channel = 'portal'",
    );
    await client.end();
    const kept = rows[0]?.n ?? 0;
    if (kept < codes.length || new Set(codes).size !== codes.length)
      throw new Error(`${codes.length} were answered, ${kept} are there`);
    for (const code of codes.filter((_, n) => n % Math.ceil(codes.length / LOOKED_UP) === 0)) {
      const followed = await new Visitor("later", node.portal).post("/c", { code });
      if (!new URL(followed.url).pathname.startsWith("/c/"))
        throw new Error(`a code does not open its report: ${followed.status}`);
    }
    const p95 = took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] ?? 0;
    if (failures.length > 0)
      process.stderr.write(`${failures.length} were not answered: ${failures.slice(0, 3).join("; ")}\n`);
    return [
      measured(
        `full submissions of the form over ${SECONDS} s beside ${SLOW_CLIENTS} slow clients, answered and kept`,
        codes.length,
        "reports",
        {
          name: `offered, ${SUBMISSIONS_PER_SECOND} a second`,
          value: SECONDS * SUBMISSIONS_PER_SECOND,
        },
      ),
      measured("one such submission of twelve questions, 95th percentile", p95, "ms", {
        name: "the middle one",
        value: took.toSorted((a, b) => a - b)[took.length >> 1] ?? 0,
      }),
    ];
  } finally {
    slow.abort();
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
