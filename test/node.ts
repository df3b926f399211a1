import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import type { Officer, OfficeKind, Role } from "../src/kernel/actor.ts";
import type { Clock } from "../src/kernel/clock.ts";
import { type Config, configSchema } from "../src/kernel/config.ts";
import { sql } from "../src/kernel/database.ts";
import type { Node, Services } from "../src/kernel/node.ts";
import { openNode } from "../src/kernel/open.ts";
import type { Policy } from "../src/kernel/policy.ts";
import type { Slice } from "../src/kernel/slice.ts";
import { openKeyring } from "../src/trust/keys.ts";
import { TEMPLATE } from "./cluster.ts";

/** A database of a test. */
export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A database of its own, migrated, dropped when it is closed. */
export const testDatabase = (): Promise<TestDatabase> => databaseFrom();

/** A copy of the database `template`, under a name of its own where none is given. */
export async function databaseFrom(
  template = TEMPLATE,
  name = `t_${randomUUID().replaceAll("-", "")}`,
): Promise<TestDatabase> {
  const address = (database: string) => inject("databaseUrl").replace("%", database);
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: address("postgres") });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  const drop = () => admin(`drop database if exists ${name} with (force)`);
  await admin(`create database ${name} template ${template}`);
  return { url: address(name), drop };
}

const ROLES: Readonly<Record<Role, OfficeKind>> = {
  investigator: "police",
  "unit-head": "police",
  examiner: "police",
  prosecutor: "prosecution",
  judge: "court",
  "duty-officer": "contact-point",
  "central-authority": "central-authority",
  "data-protection-officer": "data-protection",
  overseer: "oversight",
  statistician: "statistics",
  administrator: "administration",
  "response-officer": "provider",
  "response-head": "provider",
};

/** Allows everything: for tests of what happens after a decision. Tests of decisions use the packs. */
export const EVERYTHING: Policy = {
  pack: "0".repeat(64),
  decide: () => ({ allowed: true, policies: ["test"], pack: "0".repeat(64) }),
  filter: () => sql<boolean>`true`,
  filterParts: () => [sql<boolean>`true`],
  possible: () => true,
};

export interface TestNode {
  readonly node: Node;
  /** An officer with that role, the same one each time; offices by kind. */
  readonly officer: (role: Role) => Officer;
  readonly close: () => Promise<void>;
}

/** A node with the slices given, on a database of its own. Without `policy` everything is allowed. */
export async function testNode(
  slices: readonly Slice[],
  more: {
    config?: Partial<Config>;
    policy?: (registered: Node["registry"]) => Policy;
    services?: Partial<Services>;
    clock?: Clock;
  } = {},
): Promise<TestNode> {
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), "comity-node-"));
  const config = configSchema.parse({
    code: "XA",
    name: "Aruna",
    pack: "XA",
    database: database.url,
    folder,
    zone: "Indian/Mauritius",
    country: "MU",
    log_level: "error",
    ...more.config,
  });
  const keys = openKeyring(join(folder, "keys"));
  const services = { secret: keys.answers, keys, ...more.services } as Services;
  const { node, close } = openNode({
    config,
    slices,
    locales: "locales",
    policy: more.policy ?? (() => EVERYTHING),
    services,
    ...(more.clock ? { clock: more.clock } : {}),
  });
  const officers = new Map<Role, Officer>();
  const offices = new Map<OfficeKind, string>();
  const officer = (role: Role): Officer => {
    const kind = ROLES[role];
    const office = offices.get(kind) ?? randomUUID();
    offices.set(kind, office);
    const made = officers.get(role) ?? {
      kind: "officer",
      account: randomUUID(),
      name: `${role} of ${config.code}`,
      role,
      locale: "en",
      via: "token",
      credential: randomUUID(),
      steppedUpAt: null,
      office: { id: office, name: `${kind} of ${config.code}`, kind, zone: config.zone },
    };
    officers.set(role, made);
    return made;
  };
  return {
    node,
    officer,
    close: async () => {
      await close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
