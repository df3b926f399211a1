import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOTP } from "otpauth";
import type { World, WorldNode } from "../src/demo-world.ts";
import { freePort } from "../src/kernel/postgres.ts";
import { placeCluster } from "./cluster.ts";
import { keepPassed, takePassed } from "./passed.ts";

/** What a node answered. */
export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read answers by name
  readonly body: any;
}
/** One account's way to its node's API. */
export interface Client {
  readonly account: WorldNode["accounts"][number];
  /** Address of its desk. */
  readonly base: string;
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  readonly raw: (path: string, init?: RequestInit) => Promise<Response>;
}
/** A demo world of its own, in processes of its own, as `npm start` makes it. */
export interface RunningWorld {
  readonly world: World;
  readonly folder: string;
  readonly process: ChildProcess;
  readonly node: (code: string) => WorldNode;
  readonly client: (code: string, role: string) => Client;
  /** Ends it as Ctrl-C does, and waits until nothing of it runs. */
  readonly stop: () => Promise<void>;
  /** Removes its folder. */
  readonly remove: () => void;
}

const BLOCK = 30;
/**
 * Below 32,768, from where the system takes the ports of outgoing connections: one of those on a port that was free when it
 * was looked at would keep a node from it for as long as it lasts.
 */
const BLOCKS = { first: 20_000, count: 400 } as const;
const WORKERS = 4;

/** A block of ports that is free now, outside of the demo's own range and of those that other workers of this run look at. */
export async function freeBlock(): Promise<number> {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % WORKERS;
  for (;;) {
    const first = BLOCKS.first + (Math.floor((Math.random() * BLOCKS.count) / WORKERS) * WORKERS + worker) * BLOCK;
    const ports = await Promise.all(
      Array.from({ length: BLOCK }, async (_, n) => (await freePort(first + n)) === first + n),
    );
    if (!ports.includes(false)) return first;
  }
}

const NODES = ["xa", "xb", "xp"];

/** The last lines of each node's log. */
const endsOfLogs = (folder: string): string =>
  NODES.map((code) => join(folder, `${code}.log`))
    .filter((log) => existsSync(log))
    .map((log) => `\n${log}:\n${readFileSync(log, "utf8").split("\n").slice(-20).join("\n")}`)
    .join("");

/** Starts the compiled program on a folder; a new one where none is given. */
export async function startWorld(given?: {
  folder?: string;
  port?: number;
  /** Least severity that its nodes log. */
  log?: string;
  /** Makes its databases and checks its packs itself, as the first start of all does. */
  anew?: boolean;
}): Promise<RunningWorld & { port: number }> {
  const folder = given?.folder ?? mkdtempSync(join(tmpdir(), "comity-world-"));
  const port = given?.port ?? (await freeBlock());
  if (!given?.folder && !given?.anew) {
    for (const code of NODES) takePassed(join(folder, code), code);
    await placeCluster(join(folder, "postgres"));
  }
  const child = spawn(process.execPath, ["build/main.js", "demo", "--folder", folder, "--port", `${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(given?.log === undefined ? {} : { COMITY_LOG_LEVEL: given.log }) },
  });
  let said = "";
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Ctrl-C stops it all")) resolve();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once("exit", () =>
      reject(new Error(`the demo world ended before it was ready:\n${said}${endsOfLogs(folder)}`)),
    );
  });
  await ready;
  if (!given?.folder) for (const code of NODES) keepPassed(join(folder, code), code);
  const world = JSON.parse(readFileSync(join(folder, "world.json"), "utf8")) as World;
  const node = (code: string): WorldNode => {
    const found = world.nodes.find((each) => each.code === code);
    if (!found) throw new Error(`the world has no ${code}`);
    return found;
  };
  return {
    world,
    folder,
    port,
    process: child,
    node,
    client: (code, role) => clientOf(node(code), role),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The API as one account sees it. */
export function clientOf(node: WorldNode, role: string): Client {
  const account = node.accounts.find((each) => each.role === role);
  if (!account) throw new Error(`${node.code} has no ${role}`);
  const raw = (path: string, init: RequestInit = {}) =>
    fetch(`${node.desk}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${account.token}`, ...(init.headers as Record<string, string>) },
    });
  const answer = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? undefined : text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text,
    };
  };
  return {
    account,
    base: node.desk,
    raw,
    get: async (path) => answer(await raw(`/api/v1${path}`)),
    post: async (path, body = {}, headers = {}) =>
      answer(
        await raw(`/api/v1${path}`, {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", ...headers },
        }),
      ),
  };
}

/** Asks again until the answer is right, for what crosses nodes; fails with the last answer. */
export async function until<T>(
  ask: () => Promise<T>,
  right: (answer: T) => boolean,
  seconds = 30,
  everyMs = 100,
): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (performance.now() > end)
      throw new Error(`not within ${seconds} s; the last answer was ${JSON.stringify(answer)?.slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** The one-time code of an account, now. */
export const oneTimeCode = (secret: string): string => new TOTP({ secret }).generate();
