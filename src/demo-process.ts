import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { monotonic } from "./kernel/clock.ts";
import type { Config } from "./kernel/config.ts";
import { type EmbeddedPostgres, startPostgres } from "./kernel/postgres.ts";

const RESTART_MS = 500;
/** On a machine that does much else, a start that takes 10 s took a minute. */
const READY_MS_MAX = 180_000;
const READY_POLL_MS = 200;

/** A node's process, started again when it ends without having been told to. */
export class NodeProcess {
  readonly config: Config;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #log: string;
  readonly #onStart: () => void;
  #child: ChildProcess | undefined;
  #stopping = false;
  constructor(config: Config, more: { environment: NodeJS.ProcessEnv; log: string; onStart: () => void }) {
    this.config = config;
    this.#environment = more.environment;
    this.#log = more.log;
    this.#onStart = more.onStart;
  }
  /** Its number, while it runs. */
  get pid(): number | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }
  start(): void {
    const log = openSync(this.#log, "a");
    const child = fork(fileURLToPath(new URL("main.js", import.meta.url)), ["serve"], {
      env: this.#environment,
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#child = child;
    child.once("exit", () => {
      if (!this.#stopping) setTimeout(() => !this.#stopping && this.start(), RESTART_MS);
    });
    this.#onStart();
  }
  async ready(): Promise<void> {
    const { portal_port: portal, gateway_port: gateway, name } = this.config;
    for (const from = monotonic(); monotonic() - from < READY_MS_MAX;) {
      const answers = await Promise.all([portal, gateway].map((port) => isReady(port)));
      if (!answers.includes(false)) return;
      await pause(READY_POLL_MS);
    }
    throw new Error(`${name} did not become ready within ${READY_MS_MAX / 1_000} s. Its log is ${this.#log}`);
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

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health/ready`).then(
    (answer) => answer.ok,
    () => false,
  );

/** What processes of an earlier server still hold is free again within moments. */
const START_TRIES = 6;

async function startAfterOthers(folder: string, port: number): Promise<EmbeddedPostgres> {
  for (let tried = 1; ; tried++) {
    try {
      return await startPostgres(folder, { port });
    } catch (error) {
      if (tried === START_TRIES) throw error;
      await pause(RESTART_MS);
    }
  }
}

/** A PostgreSQL that is started again when it ends without having been told to. */
export interface KeptPostgres {
  readonly url: EmbeddedPostgres["url"];
  readonly stop: () => Promise<void>;
}

/**
 * Starts PostgreSQL on `folder` and `port` and keeps it there: the nodes know it by that port. Where it can't start again at
 * once (what its predecessor left behind is still ending), it is tried again, and `say` is told.
 */
export async function keepPostgres(folder: string, port: number, say: (text: string) => void): Promise<KeptPostgres> {
  let server = await startAfterOthers(folder, port);
  let isStopping = false;
  const stopping = Promise.withResolvers<void>();
  const keeping = (async () => {
    for (;;) {
      await Promise.race([server.ended, stopping.promise]);
      if (isStopping) return server.stop();
      say("PostgreSQL ended; starting it again …");
      for (let started = false; !started && !isStopping;) {
        await pause(RESTART_MS);
        try {
          server = await startPostgres(folder, { port });
          started = true;
        } catch (error) {
          say(error instanceof Error ? error.message : String(error));
        }
      }
    }
  })();
  return {
    url: server.url,
    stop: () => {
      isStopping = true;
      stopping.resolve();
      return keeping;
    },
  };
}
