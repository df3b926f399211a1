import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { keepPostgres } from "../src/demo-process.ts";
import type { World } from "../src/demo-world.ts";
import { placeCluster } from "./cluster.ts";
import { type Fault, openLine } from "./line.ts";
import { childrenOf } from "./processes.ts";
import { keepPassed, takePassed } from "./passed.ts";
import { type Client, clientOf, freeBlock, until } from "./world.ts";

/** The two that are set apart: a state and a provider, so that evidence goes between them too. */
export type Code = "XA" | "XP";
export const CODES: readonly Code[] = ["XA", "XP"];
const PLACES = {
  XA: { kind: "state", name: "Aruna", zone: "Indian/Mauritius", country: "MU", contact_voice: "+000 100 24 7" },
  XP: { kind: "provider", name: "Meridian", zone: "Africa/Casablanca", country: "MA", contact_voice: "+000 300 24 7" },
} as const;
const CLOCK = new URL("clock-off.mjs", import.meta.url).href;
/** What a small disk holds: a cluster twice, a node, and the 256 MiB below which it takes no upload. */
const DISK_BYTES = 600 * 1024 * 1024;
/** A node's clock follows within so long. */
const CLOCK_MS = 60;

/** What `comity …` said. */
export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Two nodes as they are in earnest: each in a process of its own, with a PostgreSQL, a disk and a clock of its own, and between them
 * lines that can be made bad. Whatever is killed is started again.
 */
export interface Apart {
  readonly folder: string;
  readonly client: (code: Code, role: string) => Client;
  /** Where a node's gateway is reached, through its line. */
  readonly gateway: (code: Code) => string;
  readonly now: () => Temporal.Instant;
  /** What the line to a node does to each call, until it is set anew. */
  readonly fault: (code: Code, of: (call: { readonly path: string; readonly n: number }) => Fault) => void;
  /** kill -9 of a node's process; resolves when it has ended. */
  readonly kill: (code: Code) => Promise<void>;
  /** kill -9 of PostgreSQL's first process. */
  readonly killDatabase: (code: Code) => Promise<void>;
  /** Ends every connection of a node's database. */
  readonly cutDatabase: (code: Code) => Promise<void>;
  /** Leaves no byte on a node's disk until the function that it gives is called; `undefined` where this user can't mount one. */
  readonly fillDisk: ((code: Code) => () => void) | undefined;
  /** How often a PostgreSQL met a full disk. */
  readonly fullMet: () => number;
  readonly clock: {
    /** Both clocks go on. */
    readonly pass: (ms: number) => Promise<void>;
    /** One clock goes so far off. */
    readonly skew: (code: Code, ms: number) => Promise<void>;
  };
  /** The node is stopped, its database copied or put back, and the node started. */
  readonly backUp: (code: Code) => Promise<void>;
  readonly putBack: (code: Code) => Promise<void>;
  /** Runs `comity …` on a node, as its operator would. */
  readonly comity: (code: Code, ...words: string[]) => Promise<Said>;
  readonly query: <Row extends pg.QueryResultRow>(code: Code, text: string, values?: unknown[]) => Promise<Row[]>;
  /** Until nothing waits to be sent or applied on either. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts them, as peers of each other. */
export async function openApart(): Promise<Apart> {
  const folder = mkdtempSync(join(tmpdir(), "comity-apart-"));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const each of ends.splice(0).toReversed()) await each();
  };
  try {
    let isMounted = true;
    for (const code of CODES) {
      const path = join(folder, code.toLowerCase());
      if (mountDisk(path)) ends.push(() => execFileSync("umount", ["--lazy", path]));
      else isMounted = false;
    }
    const faults = new Map<Code, Parameters<Apart["fault"]>[1]>();
    const seats = new Map<Code, Seat>();
    const port = await freeBlock();
    for (const code of CODES) {
      const line = await openLine({ fault: (call) => faults.get(code)?.(call) ?? "pass" });
      ends.push(() => line.close());
      const seat = await seatOf(folder, code, { line: line.url, port: port + 10 * seats.size });
      ends.push(() => seat.postgres.stop());
      line.aim(seat.config.gateway_port);
      seats.set(code, seat);
    }
    const of = (code: Code): Seat => {
      const found = seats.get(code);
      if (!found) throw new Error(`there is no ${code}`);
      return found;
    };
    for (const code of CODES) takePassed(join(folder, code.toLowerCase()), code);
    const world = makeWorld(folder);
    for (const code of CODES) keepPassed(join(folder, code.toLowerCase()), code);
    for (const code of CODES) {
      of(code).process = startProcess(of(code));
      ends.push(() => of(code).process?.stop());
    }
    await Promise.all(CODES.map((code) => ready(of(code))));
    return {
      folder,
      close,
      fault: (code, by) => void faults.set(code, by),
      ...actsOn({ of, world, faults, isMounted }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function mountDisk(path: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES},mode=755`, "tmpfs", path], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

interface Seat {
  readonly code: Code;
  readonly folder: string;
  readonly file: string;
  readonly clockFile: string;
  readonly config: {
    readonly database: string;
    readonly desk_port: number;
    readonly gateway_port: number;
    readonly gateway_url: string;
  };
  readonly postgres: Awaited<ReturnType<typeof keepPostgres>>;
  offMs: number;
  process?: Process;
}

async function seatOf(
  folder: string,
  code: Code,
  { line, port }: { readonly line: string; readonly port: number },
): Promise<Seat> {
  const own = join(folder, code.toLowerCase());
  mkdirSync(own, { recursive: true });
  await placeCluster(join(own, "postgres"));
  const postgres = await keepPostgres(join(own, "postgres"), port, () => undefined);
  const [desk_port, gateway_port] = [port + 1, port + 2];
  const config = {
    code,
    pack: code,
    pack_unsigned: true,
    ...PLACES[code],
    database: postgres.url(`comity_${code.toLowerCase()}`),
    connections: 8,
    folder: own,
    roles: ["desk", "gateway", "worker"],
    desk_port,
    gateway_port,
    portal_url: `http://127.0.0.1:${desk_port}`,
    desk_url: `http://127.0.0.1:${desk_port}`,
    gateway_url: line,
  };
  const file = join(folder, `${code.toLowerCase()}.json`);
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const clockFile = join(folder, `${code.toLowerCase()}.clock`);
  writeFileSync(clockFile, "0");
  return { code, folder: own, file, clockFile, config, postgres, offMs: 0 };
}

/** Accounts and peers, by the compiled program: as `npm start` makes them. */
function makeWorld(folder: string): World {
  const script = `const { makeWorld } = await import(${JSON.stringify(new URL("../build/demo-world.js", import.meta.url).href)});
    const { configSchema } = await import(${JSON.stringify(new URL("../build/kernel/config.js", import.meta.url).href)});
    const { readFileSync } = await import("node:fs");
    const configs = ["xa", "xp"].map((code) => configSchema.parse({ ...JSON.parse(readFileSync(${JSON.stringify(folder)} + "/" + code + ".json", "utf8")), log_level: "silent" }));
    console.log(JSON.stringify(await makeWorld(configs, undefined, () => undefined)));`;
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { maxBuffer: 16 * 1024 * 1024 }).toString(),
  ) as World;
}

const environmentOf = (seat: Seat): NodeJS.ProcessEnv => ({
  ...process.env,
  COMITY_CONFIG: seat.file,
  CLOCK_OFF_FILE: seat.clockFile,
});

/** A node's process that is started again whenever it ends without having been told to. */
interface Process {
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
function startProcess(seat: Seat): Process {
  let child: ChildProcess;
  let isStopping = false;
  let ended: Promise<void> = Promise.resolve();
  const start = () => {
    const log = openSync(join(seat.folder, "..", `${seat.code.toLowerCase()}.log`), "a");
    child = spawn(process.execPath, ["--import", CLOCK, "build/main.js", "serve"], {
      env: environmentOf(seat),
      // It ends with whoever started it.
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    ended = new Promise((resolve) => {
      child.once("exit", () => {
        if (!isStopping) start();
        resolve();
      });
    });
  };
  start();
  const kill = async () => {
    const falling = ended;
    child.kill("SIGKILL");
    await falling;
  };
  return {
    kill,
    stop: () => {
      isStopping = true;
      return kill();
    },
  };
}

const ready = ({ config }: Seat) =>
  until(
    () =>
      fetch(`http://127.0.0.1:${config.gateway_port}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (isReady) => isReady,
    60,
    40,
  );

function actsOn({
  of,
  world,
  faults,
  isMounted,
}: {
  readonly of: (code: Code) => Seat;
  readonly world: World;
  readonly faults: Map<Code, Parameters<Apart["fault"]>[1]>;
  readonly isMounted: boolean;
}): Omit<Apart, "folder" | "close" | "fault"> {
  const setClock = async (code: Code, ms: number) => {
    const seat = of(code);
    seat.offMs = ms;
    writeFileSync(`${seat.clockFile}.new`, `${ms}`);
    renameSync(`${seat.clockFile}.new`, seat.clockFile);
  };
  const skews = new Map<Code, number>();
  let passedMs = 0;
  const setClocks = async () => {
    for (const code of CODES) await setClock(code, passedMs + (skews.get(code) ?? 0));
    await new Promise((resolve) => setTimeout(resolve, CLOCK_MS));
  };
  const name = (code: Code) => `comity_${code.toLowerCase()}`;
  const query: Apart["query"] = (code, text, values) => asked(of(code).config.database, text, values);
  const onServer = async (code: Code, ...statements: readonly string[]) => {
    for (const statement of statements) await asked(of(code).postgres.url("postgres"), statement);
  };
  const cutOff = (code: Code) =>
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name(code)}' and pid <> pg_backend_pid()`;
  const stopped = async (code: Code, ...statements: readonly string[]) => {
    const seat = of(code);
    await seat.process?.stop();
    await onServer(code, `alter database ${name(code)} allow_connections false`, cutOff(code));
    await until(
      () =>
        asked<{ n: number }>(
          seat.postgres.url("postgres"),
          `select count(*)::int as n from pg_stat_activity where datname = '${name(code)}'`,
        ),
      ([row]) => row?.n === 0,
      20,
      20,
    );
    await onServer(code, ...statements, `alter database ${name(code)} allow_connections true`);
    seat.process = startProcess(seat);
    await ready(seat);
  };
  const node = (code: Code) => {
    const found = world.nodes.find((each) => each.code === code);
    if (!found) throw new Error(`the world has no ${code}`);
    return found;
  };
  return {
    client: (code, role) => clientOf(node(code), role),
    gateway: (code) => of(code).config.gateway_url,
    now: () => Temporal.Now.instant().add({ milliseconds: passedMs }),
    kill: async (code) => of(code).process?.kill(),
    killDatabase: async (code) => {
      const cluster = join(of(code).folder, "postgres", "cluster");
      const found = childrenOf(process.pid).find(
        ({ command }) => command.includes(cluster) && !command.includes("setpriv"),
      );
      if (found) process.kill(found.pid, "SIGKILL");
    },
    cutDatabase: (code) => onServer(code, cutOff(code)).catch(() => undefined),
    fillDisk: isMounted ? (code) => fill(of(code).folder) : undefined,
    fullMet: () =>
      CODES.map((code) => readFileSync(join(of(code).folder, "postgres", "postgres.log"), "utf8"))
        .join("")
        .split("No space left on device").length - 1,
    clock: {
      pass: async (ms) => {
        passedMs += ms;
        await setClocks();
      },
      skew: async (code, ms) => {
        skews.set(code, ms);
        await setClocks();
      },
    },
    backUp: (code) =>
      stopped(
        code,
        `drop database if exists ${name(code)}_backup`,
        `create database ${name(code)}_backup template ${name(code)}`,
      ),
    putBack: (code) =>
      stopped(
        code,
        `drop database ${name(code)} with (force)`,
        `create database ${name(code)} template ${name(code)}_backup`,
      ),
    comity: (code, ...words) => run(of(code), words),
    query,
    settle: async () => {
      faults.clear();
      skews.clear();
      await setClocks();
      await Promise.all(CODES.map((code) => ready(of(code))));
      let tries = 0;
      await until(
        async () => {
          // Waiting for the next try would take a quarter of an hour; the jobs look every second or two.
          if (++tries % 12 === 0) {
            passedMs += 16 * 60_000;
            await setClocks();
          }
          return Promise.all(CODES.map((code) => query(code, WAITING).catch(() => ["no answer"])));
        },
        (waiting) => waiting.every(({ length }) => length === 0),
        120,
      );
    },
  };
}

const WAITING = `select 'out ' || seq || ' ' || act as waiting, problem, attempts, next_at from outbox where delivered_at is null
  union all select 'in ' || seq || ' ' || act, problem, attempts, next_at from inbox where settled_at is null`;

/** One statement on a connection of its own: others may have been cut. */
async function asked<Row extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Writes until nothing more fits; never on another disk than the small one that was made for it. */
function fill(disk: string): () => void {
  const path = join(disk, "ballast");
  const { blocks, bsize: size } = statfsSync(disk);
  if (blocks * size > DISK_BYTES) throw new Error(`${disk} is not the small disk that was to be filled`);
  for (let left = 1; left > 0;) {
    const { bavail, bsize } = statfsSync(disk);
    left = bavail * bsize;
    try {
      writeFileSync(path, Buffer.alloc(Math.min(left, 64 * 1024 * 1024)), { flag: "a" });
    } catch {
      break;
    }
  }
  return () => rmSync(path, { force: true });
}

const run = (seat: Seat, words: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    const options = { env: environmentOf(seat), maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, ["--import", CLOCK, "build/main.js", ...words], options, (error, stdout, stderr) =>
      resolve({ status: error ? (typeof error.code === "number" ? error.code : 1) : 0, stdout, stderr }),
    );
  });
