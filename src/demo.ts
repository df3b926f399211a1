import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folders } from "./compose.ts";
import { makeWorld, type World } from "./demo-world.ts";
import { type Config, configSchema, environment } from "./kernel/config.ts";
import { monotonic } from "./kernel/clock.ts";
import { type EmbeddedPostgres, ensureDatabase, startPostgres } from "./kernel/postgres.ts";

/** A node of the demo world: what differs from one to the other. */
export interface DemoNode {
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly zone: string;
  readonly country: string;
  /** Telephone of its contact point: of no network, as the country is. */
  readonly voice: string;
  /** Offset of its ports from the first. */
  readonly offset: number;
}
export const DEMO_NODES: readonly DemoNode[] = [
  {
    code: "XA",
    name: "Aruna",
    kind: "state",
    zone: "Indian/Mauritius",
    country: "MU",
    voice: "+000 100 24 7",
    offset: 0,
  },
  {
    code: "XB",
    name: "Belmora",
    kind: "state",
    zone: "Asia/Manila",
    country: "PH",
    voice: "+000 200 24 7",
    offset: 10,
  },
  {
    code: "XP",
    name: "Meridian",
    kind: "provider",
    zone: "Africa/Casablanca",
    country: "MA",
    voice: "+000 300 24 7",
    offset: 20,
  },
];

const FIRST_PORT = 4100;
const BLOCKS = 3;
const BLOCK_PORTS = 30;
const POSTGRES_OFFSET = 29;
const RESTART_MS = 500;
const READY_MS_MAX = 60_000;

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

/** The first block of ports between 4100 and 4199 in which nobody listens; the one used before, if it is free. */
async function choosePorts(before: number | undefined, asked: number | undefined): Promise<number> {
  const blocks =
    asked === undefined
      ? [
          ...(before === undefined ? [] : [before]),
          ...Array.from({ length: BLOCKS }, (_, n) => FIRST_PORT + n * BLOCK_PORTS),
        ]
      : [asked];
  for (const first of blocks) {
    const ports = [
      ...DEMO_NODES.flatMap(({ offset }) => [0, 1, 2].map((role) => first + offset + role)),
      first + POSTGRES_OFFSET,
    ];
    const taken = await Promise.all(ports.map(isTaken));
    if (!taken.includes(true)) return first;
  }
  throw new Error(
    `The ports ${blocks.map((first) => `${first} to ${first + POSTGRES_OFFSET}`).join(", ")} are taken, perhaps by another demo world that is still running. End it, and start again.`,
  );
}

/** Configuration of one demo node. */
export function demoConfig(node: DemoNode, first: number, folder: string, database: string): Config {
  const port = (role: number) => first + node.offset + role;
  return configSchema.parse({
    code: node.code,
    name: node.name,
    kind: node.kind,
    pack: node.code,
    packs: folders.packs,
    database,
    folder: join(folder, node.code.toLowerCase()),
    zone: node.zone,
    country: node.country,
    contact_voice: node.voice,
    contact_hours: `Around the clock, ${node.zone}`,
    contact_escalation:
      node.kind === "state" ? `Central authority of ${node.name}` : `Head of the response desk of ${node.name}`,
    connections: 12,
    portal_port: port(0),
    desk_port: port(1),
    gateway_port: port(2),
    portal_url: `http://127.0.0.1:${port(0)}`,
    desk_url: `http://127.0.0.1:${port(1)}`,
    gateway_url: `http://127.0.0.1:${port(2)}`,
  });
}

/** A node's process, started again when it ends without having been told to. */
class NodeProcess {
  readonly config: Config;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #stopping = false;
  constructor(config: Config, environmentOfIt: NodeJS.ProcessEnv, log: string) {
    this.config = config;
    this.#environment = environmentOfIt;
    this.#log = log;
  }
  start(): void {
    const log = openSync(this.#log, "a");
    const child = fork(fileURLToPath(new URL("main.js", import.meta.url)), ["serve"], {
      env: this.#environment,
      stdio: ["ignore", log, log, "ipc"],
    });
    this.#child = child;
    child.once("exit", () => {
      if (!this.#stopping) setTimeout(() => !this.#stopping && this.start(), RESTART_MS);
    });
  }
  async ready(): Promise<void> {
    const url = `http://127.0.0.1:${this.config.portal_port}/health/ready`;
    const gateway = `http://127.0.0.1:${this.config.gateway_port}/health/ready`;
    for (const from = monotonic(); monotonic() - from < READY_MS_MAX;) {
      const answers = await Promise.all(
        [url, gateway].map((each) =>
          fetch(each).then(
            (answer) => answer.ok,
            () => false,
          ),
        ),
      );
      if (!answers.includes(false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(
      `${this.config.name} did not become ready within ${READY_MS_MAX / 1_000} s. Its log is ${this.#log}`,
    );
  }
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const patience = setTimeout(() => child.kill("SIGKILL"), (this.config.drain_seconds + 4) * 1_000);
    await ended;
    clearTimeout(patience);
  }
}

/** The demo world, running. */
export interface Demo {
  readonly world: World;
  readonly stop: () => Promise<void>;
}

/** Starts or resumes the demo world in `folder`, telling each step through `say`. */
export async function startDemo(
  folder: string,
  more: { fresh: boolean; port?: number; say: (text: string) => void },
): Promise<Demo> {
  const { fresh, say } = more;
  const worldFile = join(folder, "world.json");
  const stateFile = join(folder, "state.json");
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const state = existsSync(stateFile)
    ? (JSON.parse(readFileSync(stateFile, "utf8")) as { first: number; made: boolean })
    : undefined;
  const first = await choosePorts(state?.first, more.port);
  // Whoever waits for the world must not take an earlier run's for this one.
  const earlier = existsSync(worldFile) ? (JSON.parse(readFileSync(worldFile, "utf8")) as World) : undefined;
  say("Starting PostgreSQL …");
  let stopping = false;
  let server: EmbeddedPostgres = await startPostgres(join(folder, "postgres"), { port: first + POSTGRES_OFFSET });
  const { port } = server;
  const watch = (): void => {
    void server.ended.then(async () => {
      if (stopping) return;
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      if (stopping) return;
      server = await startPostgres(join(folder, "postgres"), { port });
      watch();
    });
  };
  watch();
  const processes: NodeProcess[] = [];
  const stop = async () => {
    stopping = true;
    await Promise.all(processes.map((each) => each.stop()));
    await server.stop();
  };
  try {
    const configs = DEMO_NODES.map((node) =>
      demoConfig(node, first, folder, server.url(`comity_${node.code.toLowerCase()}`)),
    );
    for (const config of configs) await ensureDatabase(server, `comity_${config.code.toLowerCase()}`);
    for (const config of configs) {
      say(`Starting ${config.name} …`);
      const file = join(folder, `${config.code.toLowerCase()}.json`);
      writeAtomically(file, JSON.stringify(config, null, 2), 0o600);
      const each = new NodeProcess(
        config,
        { ...environment(), COMITY_CONFIG: file },
        join(folder, `${config.code.toLowerCase()}.log`),
      );
      processes.push(each);
      each.start();
    }
    await Promise.all(processes.map((each) => each.ready()));
    const world = state?.made && earlier && state.first === first ? earlier : await makeWorld(configs, earlier, say);
    writeAtomically(worldFile, `${JSON.stringify(world, null, 2)}\n`, 0o600);
    writeAtomically(stateFile, JSON.stringify({ first, made: true }), 0o600);
    return { world, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeAtomically(file: string, text: string, mode: number): void {
  const beside = `${file}.${randomUUID()}`;
  writeFileSync(beside, text, { mode });
  renameSync(beside, file);
}
