import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { monotonic } from "./clock.ts";
import { isAway, unreachable } from "./database.ts";

const LOCK = 4_185_2001;

/** One numbered file of `migrations/`. */
export interface Migration {
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, hex: an applied file may never change. */
  readonly digest: string;
}

/** The migrations in order. */
export const readMigrations = (folder: string): Migration[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return { name, text, digest: createHash("sha256").update(text).digest("hex") };
    });

/**
 * Brings the database up to the last migration: forward only, each in its own transaction, one process at a time. Gives
 * the names of those applied. A database that is not up yet is waited for, `patienceMs` at most. Throws where an applied
 * file has changed since.
 */
export async function migrate(url: string, folder: string, patienceMs = 0): Promise<string[]> {
  const client = await connected(url, patienceMs);
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await client.query(
      "create table if not exists migration (name text primary key, digest text not null, at timestamptz not null default now())",
    );
    const { rows } = await client.query<{ name: string; digest: string }>("select name, digest from migration");
    const applied = new Map(rows.map((row) => [row.name, row.digest]));
    const made: string[] = [];
    for (const { name, text, digest } of readMigrations(folder)) {
      const before = applied.get(name);
      if (before === digest) continue;
      if (before !== undefined)
        throw new Error(`${name} was applied with another text; migrations are forward only, add a new one`);
      await client.query("begin");
      await client.query(text);
      await client.query("insert into migration (name, digest) values ($1, $2)", [name, digest]);
      await client.query("commit");
      made.push(name);
    }
    return made;
  } finally {
    await client.end();
  }
}

const POLL_MS = 100;

async function connected(url: string, patienceMs: number): Promise<pg.Client> {
  for (const from = monotonic(); ;) {
    const client = new pg.Client({ connectionString: url, application_name: "comity migrate" });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!isAway(error)) throw error;
      if (monotonic() - from > patienceMs) throw new Error(unreachable(error), { cause: error });
      await pause(POLL_MS);
    }
  }
}
