import pg from "pg";
import type { Node } from "./node.ts";
import type { Job } from "./slice.ts";
import { monotonic } from "./clock.ts";

const LISTEN_RETRY_MS = 1_000;

/** The running jobs of one process. */
export interface Work {
  readonly stop: () => Promise<void>;
  /** Runs a job now, out of turn (tests, and commands). */
  readonly runNow: (name: string) => Promise<void>;
}

/** Starts the jobs of all slices: each by its interval, and at once when one of its channels is notified. */
export function startWork(node: Node, databaseUrl: string, jobs: readonly Job[]): Work {
  const stopping = new AbortController();
  const wakers = new Map<string, (() => void)[]>();
  const locks = new Locks(databaseUrl);
  const loops = jobs.map((job) => loop(node, job, { signal: stopping.signal, wakers, locks }));
  const listening = listen(databaseUrl, wakers, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await Promise.allSettled([...loops, listening]);
      await locks.close();
    },
    runNow: async (name) => {
      const job = jobs.find((each) => each.name === name);
      if (!job) throw new Error(`no job is called ${name}`);
      await runOnce(node, job, locks);
    },
  };
}

/**
 * The locks of this process's jobs, all held by one connection of their own. Were each held by one of the pool's, as many jobs as
 * the pool has connections would wait for each other for ever. A lock is the database's, so it ends with its holder.
 */
class Locks {
  /** One connection, for a lock is its session's; the pool of one queues statements and replaces a connection that broke. */
  readonly #session: pg.Pool;
  /** What is held here: a session may take its own lock again, so the database alone would not hold a second run off. */
  readonly #held = new Set<string>();
  constructor(url: string) {
    this.#session = new pg.Pool({
      connectionString: url,
      max: 1,
      idleTimeoutMillis: 0,
      application_name: "comity locks",
    });
    this.#session.on("error", () => undefined);
  }
  /** True where the lock is ours now; false where another run has it, or the database is away. */
  async take(name: string): Promise<boolean> {
    if (this.#held.has(name)) return false;
    this.#held.add(name);
    const mine = await this.#session
      .query<{ mine: boolean }>("select pg_try_advisory_lock(hashtext($1)) as mine", [name])
      .then(({ rows }) => rows[0]?.mine === true)
      .catch(() => false);
    if (!mine) this.#held.delete(name);
    return mine;
  }
  async release(name: string): Promise<void> {
    await this.#session.query("select pg_advisory_unlock(hashtext($1))", [name]).catch(() => undefined);
    this.#held.delete(name);
  }
  close(): Promise<void> {
    return this.#session.end();
  }
}

interface Looping {
  readonly signal: AbortSignal;
  readonly wakers: Map<string, (() => void)[]>;
  readonly locks: Locks;
}

async function loop(node: Node, job: Job, { signal, wakers, locks }: Looping): Promise<void> {
  let wake = Promise.withResolvers<void>();
  for (const channel of job.wokenBy ?? []) wakers.set(channel, [...(wakers.get(channel) ?? []), () => wake.resolve()]);
  signal.addEventListener("abort", () => wake.resolve());
  while (!signal.aborted) {
    await runOnce(node, job, locks);
    const timer = setTimeout(() => wake.resolve(), job.everySeconds * 1_000);
    if (!signal.aborted) await wake.promise;
    clearTimeout(timer);
    wake = Promise.withResolvers<void>();
  }
}

/** Runs a job unless another process of this node is running it. */
async function runOnce(node: Node, job: Job, locks: Locks): Promise<void> {
  const started = monotonic();
  const lock = `comity job ${job.name}`;
  if (!(await locks.take(lock))) return;
  let outcome = "done";
  try {
    await job.run(node);
  } catch (error) {
    outcome = "failed";
    node.log.error({ err: error, job: job.name }, "a job failed; it runs again at its next turn");
  } finally {
    await locks.release(lock);
    node.metrics.jobs.observe({ job: job.name, outcome }, (monotonic() - started) / 1_000);
  }
}

async function listen(databaseUrl: string, wakers: Map<string, (() => void)[]>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: "comity listen" });
    const ended = new Promise<void>((resolve) => {
      client.on("error", () => resolve());
      client.once("end", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await client.connect();
      client.on("notification", ({ channel }) => wakers.get(channel)?.forEach((wake) => wake()));
      for (const channel of wakers.keys()) await client.query(`listen ${client.escapeIdentifier(channel)}`);
      await ended;
    } catch {
      // The intervals still run every job; listening only makes them prompt.
    }
    await client.end().catch(() => undefined);
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, LISTEN_RETRY_MS));
  }
}
