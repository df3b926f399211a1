import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { configSchema } from "../src/kernel/config.js";
import { sql } from "../src/kernel/database.js";
import { openNode } from "../src/kernel/open.js";
import { openKeyring } from "../src/trust/keys.js";
/** A database of its own, migrated, dropped when it is closed. */
export async function testDatabase() {
    const name = `t_${randomUUID().replaceAll("-", "")}`;
    const address = (database) => inject("databaseUrl").replace("%", database);
    const admin = async (statement) => {
        const client = new pg.Client({ connectionString: address("postgres") });
        await client.connect();
        await client.query(statement);
        await client.end();
    };
    await admin(`create database ${name} template template_comity`);
    return { url: address(name), drop: () => admin(`drop database if exists ${name} with (force)`) };
}
const ROLES = {
    investigator: "police",
    "unit-head": "police",
    examiner: "police",
    prosecutor: "prosecution",
    judge: "court",
    "duty-officer": "contact-point",
    "central-authority": "central-authority",
    "data-protection-officer": "data-protection",
    statistician: "statistics",
    administrator: "administration",
    "response-officer": "provider",
    "response-head": "provider",
};
/** Allows everything: for tests of what happens after a decision. Tests of decisions use the packs. */
export const EVERYTHING = {
    pack: "0".repeat(64),
    decide: () => ({ allowed: true, policies: ["test"], pack: "0".repeat(64) }),
    filter: () => sql `true`,
    possible: () => true,
};
/** A node with the slices given, on a database of its own. Without `policy` everything is allowed. */
export async function testNode(slices, more = {}) {
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
    const services = { secret: keys.answers, keys, ...more.services };
    const { node, close } = openNode({
        config,
        slices,
        locales: "locales",
        policy: more.policy ?? (() => EVERYTHING),
        services,
        ...(more.clock ? { clock: more.clock } : {}),
    });
    const officers = new Map();
    const offices = new Map();
    const officer = (role) => {
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
//# sourceMappingURL=node.js.map