import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { createDemoAccounts, type DemoAccount } from "../src/access/slice.ts";
import { compose } from "../src/compose.ts";
import { configSchema } from "../src/kernel/config.ts";
import { databaseFrom, type TestDatabase } from "./node.ts";
import { keepPassed, takePassed } from "./passed.ts";

/** When every country of the tests begins. */
export const BEGINS = Temporal.Instant.from("2026-11-24T10:00:00Z");

/** A country of the demo world: what differs from one to the other. */
export interface Place {
  readonly code: "XA" | "XB" | "XP";
  readonly name: string;
  readonly kind: "state" | "provider";
  readonly zone: string;
}

/** Any number, the same for all who ask for this lock. */
const LOCK = 20_261_124;

/**
 * Puts a node with the demo's accounts into `folder` and gives its database and their secrets. It is made once in a run, by the
 * acts that make every account, and copied from then on: dozens of files begin with these three countries, and most of what
 * their making takes is to hash the passwords of thirty people.
 */
export async function placeCountry(
  place: Place,
  folder: string,
): Promise<{ readonly database: TestDatabase; readonly accounts: readonly DemoAccount[] }> {
  const name = `country_${place.code.toLowerCase()}`;
  const kept = join(inject("countriesFolder"), name);
  if (!existsSync(kept)) await inTurn(async () => existsSync(kept) || make(place, name, kept));
  cpSync(join(kept, "node"), folder, { recursive: true });
  takePassed(folder, place.code);
  return {
    database: await databaseFrom(name),
    accounts: JSON.parse(readFileSync(join(kept, "accounts.json"), "utf8")) as DemoAccount[],
  };
}

/** What is at work here no other process of this run works at. */
async function inTurn(work: () => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: inject("databaseUrl").replace("%", "postgres") });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await work();
  } finally {
    // The lock ends with its connection.
    await client.end();
  }
}

/** The folder stands in its place only when the database is whole. */
async function make(place: Place, name: string, kept: string): Promise<void> {
  const beside = `${kept}.new`;
  rmSync(beside, { recursive: true, force: true });
  const folder = join(beside, "node");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  takePassed(folder, place.code);
  const database = await databaseFrom(undefined, name);
  const config = {
    ...place,
    pack: place.code,
    database: database.url,
    folder,
    log_level: "silent",
    pack_unsigned: true,
  };
  const { node, close } = await compose(configSchema.parse(config), () => BEGINS);
  try {
    writeFileSync(join(beside, "accounts.json"), JSON.stringify(await createDemoAccounts(node)));
  } catch (error) {
    await database.drop();
    throw error;
  } finally {
    await close();
  }
  keepPassed(folder, place.code);
  renameSync(beside, kept);
}
