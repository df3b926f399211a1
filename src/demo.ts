import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "./demo-file.ts";
import { choosePorts, POSTGRES_OFFSET } from "./demo-ports.ts";
import { keepPostgres, NodeProcess } from "./demo-process.ts";
import { claim } from "./demo-running.ts";
import type { World } from "./demo-world.ts";
import { type Config, configSchema, environment } from "./kernel/config.ts";
import { ensureDatabase } from "./kernel/postgres.ts";
import { folders } from "./folders.ts";

/** A node of the demo world: what differs from one to the other. */
export interface DemoNode {
  readonly code: string;
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly zone: string;
  readonly country: string;
  /** Telephone of its contact point: of no network, as the country is. */
  readonly voice: string;
  /** What its public is offered, its own language first of all after English. */
  readonly languages: readonly string[];
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
    languages: ["en", "fr", "ar"],
    offset: 0,
  },
  {
    code: "XB",
    name: "Belmora",
    kind: "state",
    zone: "Asia/Manila",
    country: "PH",
    voice: "+000 200 24 7",
    languages: ["en", "fil", "ar"],
    offset: 10,
  },
  {
    code: "XP",
    name: "Meridian",
    kind: "provider",
    zone: "Africa/Casablanca",
    country: "MA",
    voice: "+000 300 24 7",
    languages: ["en", "fr", "ar"],
    offset: 20,
  },
];

/** Configuration of one demo node. */
export function demoConfig(node: DemoNode, first: number, folder: string, database: string): Config {
  const port = (role: number) => first + node.offset + role;
  return configSchema.parse({
    code: node.code,
    name: node.name,
    kind: node.kind,
    pack: node.code,
    packs: folders.packs,
    pack_unsigned: true,
    database,
    folder: join(folder, node.code.toLowerCase()),
    zone: node.zone,
    country: node.country,
    languages: node.languages,
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
    webhook_loopback: true,
  });
}

/** Offsets of the ports that a world listens on. */
const USED = [...DEMO_NODES.flatMap(({ offset }) => [0, 1, 2].map((role) => offset + role)), POSTGRES_OFFSET];

/** The demo world, running. */
export interface Demo {
  readonly world: World;
  readonly stop: () => Promise<void>;
}
/** How a world is started. */
export interface Starting {
  /** Throws the earlier world away first. */
  readonly fresh: boolean;
  readonly port?: number;
  /** Is told each step. */
  readonly say: (text: string) => void;
  /** Resolves when the world is to end; before it is ready, too. */
  readonly told: Promise<void>;
}

/** Starts or resumes the demo world in `folder`; `undefined` where it was told to end before it was ready. */
export async function startDemo(folder: string, starting: Starting): Promise<Demo | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const running = await claim(folder);
  const parts: (() => Promise<void>)[] = [];
  const stop = async () => {
    // Nodes first, as they write to PostgreSQL until they have ended.
    for (const each of parts.toReversed()) await each();
    running.end();
  };
  const starts = bringUp(folder, { ...starting, parts, note: running.note });
  try {
    const world = await Promise.race([starts, starting.told.then(() => undefined)]);
    if (world) return { world, stop };
  } catch (error) {
    await stop();
    throw error;
  }
  starts.catch(() => undefined);
  await stop();
  return undefined;
}

/** Throws away all of the world but the note of who runs it. */
function discard(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each !== "running.json"))
    rmSync(join(folder, name), { recursive: true, force: true });
}

interface Rising extends Starting {
  /** Ends of what has been started, in its order. */
  readonly parts: (() => Promise<void>)[];
  readonly note: (pids: readonly number[]) => void;
}

async function bringUp(folder: string, { fresh, port, say, parts, note }: Rising): Promise<World> {
  const worldFile = join(folder, "world.json");
  const stateFile = join(folder, "state.json");
  if (fresh) discard(folder);
  const state = existsSync(stateFile)
    ? (JSON.parse(readFileSync(stateFile, "utf8")) as { first: number; made: boolean })
    : undefined;
  const first = await choosePorts({ used: USED, before: state?.first, asked: port });
  const earlier = existsSync(worldFile) ? (JSON.parse(readFileSync(worldFile, "utf8")) as World) : undefined;
  say("Starting PostgreSQL …");
  const postgres = keepPostgres(join(folder, "postgres"), first + POSTGRES_OFFSET, say);
  parts.push(async () => (await postgres.catch(() => undefined))?.stop());
  const server = await postgres;
  const configs = DEMO_NODES.map((node) =>
    demoConfig(node, first, folder, server.url(`comity_${node.code.toLowerCase()}`)),
  );
  for (const { code } of configs) await ensureDatabase(server, `comity_${code.toLowerCase()}`);
  const processes: NodeProcess[] = [];
  parts.push(async () => {
    await Promise.all(processes.map((each) => each.stop()));
  });
  for (const config of configs) {
    say(`Starting ${config.name} …`);
    const file = join(folder, `${config.code.toLowerCase()}.json`);
    writeAtomically(file, JSON.stringify(config, null, 2), 0o600);
    const each = new NodeProcess(config, {
      environment: { ...environment(), COMITY_CONFIG: file },
      log: join(folder, `${config.code.toLowerCase()}.log`),
      onStart: () => note(processes.flatMap(({ pid }) => pid ?? [])),
    });
    processes.push(each);
    each.start();
  }
  await Promise.all(processes.map((each) => each.ready()));
  const world = state?.made && earlier && state.first === first ? earlier : await made(configs, earlier, say);
  writeAtomically(worldFile, `${JSON.stringify(world, null, 2)}\n`, 0o600);
  writeAtomically(stateFile, JSON.stringify({ first, made: true }), 0o600);
  return world;
}

/** Makes the world's accounts and peers. What does that is loaded only where there is something to make. */
const made = async (configs: readonly Config[], earlier: World | undefined, say: (text: string) => void) =>
  (await import("./demo-world.ts")).makeWorld(configs, earlier, say);
