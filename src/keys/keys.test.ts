import { spawn } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { thorough } from "../../test/thorough.ts";
import { theToken, tokenLacks } from "../../test/token.ts";
import { startTransit, type TransitServer } from "../../test/transit-server.ts";
import { loadCountry } from "../access/slice.ts";
import type { Config } from "../kernel/config.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { openKeyring } from "../trust/keys.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { heldBlob, letGoBlob, shareBlob, storeBlob } from "../trust/vault-blobs.ts";
import { openVaultKeys } from "../trust/vault-keys-current.ts";
import { openUploads } from "../trust/vault-uploads.ts";
import { destroy, make } from "./acts.ts";
import { rewrapAll } from "./acts-rewrap.ts";
import { checkKeys } from "./check.ts";
import { keysCommand } from "./command.ts";
import { slices } from "../slices.ts";
import { keyLines } from "./views.ts";
import { passedNote } from "../../test/passed.ts";

let service: TransitServer;
let token: ReturnType<typeof theToken> | undefined;
let at: TestNode;
let vault: Vault;

beforeAll(async () => {
  service = await startTransit();
  if (tokenLacks === null) token = theToken();
  const services: { vault?: Vault } = {};
  // The real rules: what an officer's act entails must be allowed as well.
  at = await testNode(slices, {
    services,
    config: { log_level: "silent" },
    policy: (registered) =>
      loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registered, passedNote("XA")).policy,
  });
  vault = vaultAt("file");
  Object.assign(at.node.services, { vault });
});
afterAll(async () => {
  await vault.close();
  await at.close();
  await service.close();
});

const configAt = (kind: Config["keys"]): Config => ({
  ...at.node.config,
  keys: kind,
  transit_url: service.url,
  transit_token: service.token,
  ...(token ? { pkcs11_module: token.module, pkcs11_token: token.token, pkcs11_pin: token.pin } : {}),
});
/** `knownMs`: how long it goes on with the key that was the current one. */
function vaultAt(kind: Config["keys"], knownMs = 0): Vault {
  const config = configAt(kind);
  const keyring = openKeyring(join(config.folder, "keys"));
  const wrapping = openVaultKeys(config, keyring, { db: () => at.node.db, onFault: () => undefined, knownMs });
  return openVault(join(config.folder, "vault"), keyring, wrapping);
}
/** The same node with another setting, as after a start. */
const nodeAt = (kind: Config["keys"], knownMs = 0) => {
  const own = vaultAt(kind, knownMs);
  return { node: { ...at.node, services: { ...at.node.services, vault: own } }, vault: own };
};
const rotate = async (node = at.node) => {
  const actor = at.officer("administrator");
  const { done, id } = await perform({ node, actor, act: make, input: { reason: "it is time" } });
  return { id, key: String(done["key"]), former: String(done["replaces"]) };
};
const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Refusal ? (error.fields[0]?.key ?? error.key) : String(error)),
  );

const kept = new Map<string, Buffer>();
async function store(bytes = randomBytes(200), by = vault): Promise<string> {
  const stored = await storeBlob(at.node.db, by, Readable.from([bytes]), {
    kind: "t",
    bytesMax: 1e6,
    now: at.node.clock(),
  });
  if (!stored) throw new Error("not stored");
  kept.set(stored.holder, bytes);
  return stored.holder;
}
const read = async (holder: string, by = vault): Promise<Buffer | undefined> => {
  const held = await heldBlob(at.node.db, by, holder);
  return held && (await buffer(Readable.from(held.read())));
};
async function expectAllRead(by = vault): Promise<void> {
  for (const [holder, bytes] of kept) expect(await read(holder, by), holder).toEqual(bytes);
}
const linesOf = async () =>
  Object.fromEntries((await keyLines(at.node.db)).map(({ name, state, wraps }) => [name, { state, wraps }]));

beforeEach(() => {
  service.fault = undefined;
});

describe("a new key takes over", () => {
  test("nothing that is kept is written anew, everything is read throughout, and the old key goes by a second step", async () => {
    for (let n = 0; n < 30; n += 1) await store();
    const uploads = openUploads(at.node.db, vault);
    const owner = at.officer("investigator").account;
    const upload = await uploads.create({ owner, bytes: 6, name: "n", media: "m/m", now: at.node.clock() });
    const objects = (await sql<{ parts: unknown }>`select parts from blob order by id`.execute(at.node.db)).rows;
    const { key, former } = await rotate();
    expect(former).toBe("file:vault");
    expect((await linesOf())[former]).toEqual({ state: "former", wraps: 31 });
    await expectAllRead();
    const late = await store();
    const moved: number[] = [];
    expect(await rewrapAll(at.node, (count) => moved.push(count))).toBe(31);
    expect(moved.at(-1)).toBe(31);
    expect(await linesOf()).toMatchObject({
      [former]: { state: "idle", wraps: 0 },
      [key]: { state: "current", wraps: 32 },
    });
    await expectAllRead();
    expect(
      (await sql<{ parts: unknown }>`select parts from blob order by id`.execute(at.node.db)).rows.slice(0, 30),
    ).toEqual(objects);
    const appended = await uploads.append(
      { id: upload.id, owner, offset: 0, source: Readable.from([Buffer.from("abcdef")]), cancel: () => undefined },
      at.node.clock(),
    );
    expect(appended).toMatchObject({
      outcome: "appended",
      upload: { digest: createHash("sha256").update("abcdef").digest("hex") },
    });

    // Destroying: by its name, only what is empty, with presence.
    const [old] = (await keyLines(at.node.db)).filter(({ name }) => name === former);
    const [current] = (await keyLines(at.node.db)).filter(({ name }) => name === key);
    const actor = at.officer("administrator");
    const does = (id: string | undefined, confirm: string) =>
      code(perform({ node: at.node, actor, act: destroy, id: id ?? "", input: { confirm, reason: "not needed" } }));
    expect(await does(old?.id, key)).toBe("key-name-differs");
    expect(await does(current?.id, key)).toBe("wrong-state");
    expect(
      await code(
        perform({
          node: at.node,
          actor: { ...actor, via: "session" },
          act: destroy,
          id: old?.id ?? "",
          input: { confirm: former, reason: "r" },
        }),
      ),
    ).toBe("step-up");
    expect(await does(old?.id, former)).toBe("done");
    expect(existsSync(join(at.node.config.folder, "keys", "vault.key"))).toBe(true);
    await rewrapAll(at.node);
    expect(existsSync(join(at.node.config.folder, "keys", "vault.key"))).toBe(false);
    const { rows } = await sql<{
      shredded: boolean;
    }>`select shredded_at is not null as shredded from vault_key where name = ${former}`.execute(at.node.db);
    expect(rows).toEqual([{ shredded: true }]);
    expect(await read(late)).toEqual(kept.get(late));
    const acts = await at.node.db
      .selectFrom("journal")
      .select("act")
      .where("subject_kind", "=", "vault-key")
      .orderBy("ord")
      .execute();
    expect(acts.map(({ act }) => act)).toEqual([
      "vault-key.replace",
      "vault-key.make",
      "vault-key.empty",
      "vault-key.destroy",
      "vault-key.shred",
    ]);
  }, 120_000);

  test("the database refuses to give up a key in use, and to use one that was given up", async () => {
    const holder = await store();
    const { former } = await rotate();
    await expect(sql`update vault_key set usable = null where name = ${former}`.execute(at.node.db)).rejects.toThrow(
      "foreign key",
    );
    await rewrapAll(at.node);
    const { rows } = await sql<{ wrapped: Buffer }>`select wrapped from blob_wrap where holder = ${holder}`.execute(
      at.node.db,
    );
    const gone = Buffer.concat([Buffer.of(1, "file:vault".length), Buffer.from("file:vault"), randomBytes(60)]);
    await expect(
      sql`update blob_wrap set wrapped = ${gone} where holder = ${holder}`.execute(at.node.db),
    ).rejects.toThrow("foreign key");
    expect(rows).toHaveLength(1);
  }, 60_000);

  test("equal bytes are still kept once, and what is let go is gone", async () => {
    const bytes = randomBytes(500);
    const before = await store(bytes);
    await rotate();
    const after = await store(bytes);
    const blobs = () =>
      sql<{ blob: string }>`select distinct blob from blob_wrap where holder = any(${[before, after]}::text[])`.execute(
        at.node.db,
      );
    expect((await blobs()).rows).toHaveLength(1);
    await rewrapAll(at.node);
    expect((await blobs()).rows).toHaveLength(1);
    await at.node.db.transaction().execute((tx) => shareBlob(tx, vault, before, "t:shared"));
    await at.node.db.transaction().execute(async (tx) => {
      await letGoBlob(tx, before, at.node.clock());
      await letGoBlob(tx, after, at.node.clock());
    });
    kept.delete(before);
    kept.delete(after);
    expect(await read(before)).toBeUndefined();
    expect(await read("t:shared")).toEqual(bytes);
    await at.node.db.transaction().execute((tx) => letGoBlob(tx, "t:shared", at.node.clock()));
    expect((await sql`select 1 from blob_wrap where holder like 't:shared'`.execute(at.node.db)).rows).toEqual([]);
    await expectAllRead();
  }, 60_000);
});

describe("moving from one place to another is the same", () => {
  test.each(["transit", "pkcs11", "file"] as const)(
    "to %s and on",
    async (kind) => {
      if (kind === "pkcs11" && tokenLacks !== null) return;
      const other = nodeAt(kind);
      const { key } = await rotate(other.node);
      expect(key.startsWith(`${kind}:`)).toBe(true);
      await expectAllRead();
      await rewrapAll(other.node);
      expect((await linesOf())[key]?.wraps).toBeGreaterThanOrEqual(kept.size);
      await expectAllRead(other.vault);
      await expectAllRead();
      await other.vault.close();
    },
    60_000,
  );

  test("within the service a data key does not leave it, and its versions go in their order", async () => {
    const other = nodeAt("transit");
    const one = await rotate(other.node);
    await rewrapAll(other.node);
    const [decrypts, rewraps] = [service.calls.get("decrypt") ?? 0, service.calls.get("rewrap") ?? 0];
    const two = await rotate(other.node);
    const proving = (service.calls.get("decrypt") ?? 0) - decrypts;
    await rewrapAll(other.node);
    expect((service.calls.get("decrypt") ?? 0) - decrypts).toBe(proving);
    expect((service.calls.get("rewrap") ?? 0) - rewraps).toBe((await linesOf())[two.key]?.wraps);
    const lines = await keyLines(at.node.db);
    const give = (name: string) =>
      code(
        perform({
          node: other.node,
          actor: at.officer("administrator"),
          act: destroy,
          id: lines.find((line) => line.name === name)?.id ?? "",
          input: { confirm: name, reason: "old" },
        }),
      );
    expect(await give(one.key)).toBe("key-older-first");
    for (const line of lines.filter(({ name, state }) => name.startsWith("transit:") && state === "idle").toReversed())
      expect(await give(line.name)).toBe("done");
    await rewrapAll(other.node);
    await expectAllRead(other.vault);
    await other.vault.close();
  }, 60_000);

  test("a service that is away is said so, nothing is lost, and it goes on", async () => {
    const other = nodeAt("transit");
    const [holder] = kept.keys();
    service.fault = 503;
    expect(await code(read(holder ?? "", other.vault))).toBe("keys-away");
    expect(
      await code(perform({ node: other.node, actor: at.officer("administrator"), act: make, input: { reason: "r" } })),
    ).toBe("key-holder");
    service.fault = undefined;
    await expectAllRead(other.vault);
    await other.vault.close();
  }, 60_000);
});

describe("whatever happens meanwhile", () => {
  test("any storing, sharing, letting go and moving, in any order: what is kept is read, what is let go is not", async () => {
    const held = new Map<string, Buffer>();
    const pool = Array.from({ length: 4 }, () => randomBytes(randomInt(1, 400)));
    const places = ["file", "transit", ...(tokenLacks === null ? (["pkcs11"] as const) : [])] as const;
    const others = places.map((place) => nodeAt(place));
    const actor = at.officer("administrator");
    for (let step = 0; step < thorough(20, 1_500); step += 1) {
      const { node, vault: by } = others[randomInt(others.length)] ?? (at.node.services.vault as never);
      const [some] = [...held.keys()].slice(randomInt(Math.max(held.size, 1)));
      const choice = randomInt(10);
      if (choice < 4) {
        const bytes = pool[randomInt(pool.length)] ?? randomBytes(1);
        const stored = await storeBlob(node.db, by, Readable.from([bytes]), {
          kind: "p",
          bytesMax: 1e6,
          now: node.clock(),
        });
        held.set(stored?.holder ?? "", bytes);
      } else if (choice < 5 && some !== undefined) {
        await node.db.transaction().execute((tx) => shareBlob(tx, by, some, `p:shared-${step}`));
        held.set(`p:shared-${step}`, held.get(some) ?? Buffer.alloc(0));
      } else if (choice < 7 && some !== undefined) {
        await node.db.transaction().execute((tx) => letGoBlob(tx, some, node.clock()));
        held.delete(some);
        expect(await read(some, by)).toBeUndefined();
      } else if (choice < 8) await perform({ node, actor, act: make, input: { reason: "by chance" } });
      else if (choice < 9) await rewrapAll(node);
      else
        for (const { id, name } of (await keyLines(node.db)).filter(({ state }) => state === "idle"))
          await code(perform({ node, actor, act: destroy, id, input: { confirm: name, reason: "by chance" } }));
      if (some !== undefined && held.has(some)) expect(await read(some, by)).toEqual(held.get(some));
    }
    for (const [holder, bytes] of held) expect(await read(holder)).toEqual(bytes);
    await expectAllRead();
    for (const [holder] of held) await at.node.db.transaction().execute((tx) => letGoBlob(tx, holder, at.node.clock()));
    await Promise.all(others.map((each) => each.vault.close()));
  }, 600_000);

  test("two of the same node do it at once while others store: each data key is moved once, and none is left", async () => {
    const others = [nodeAt("file"), nodeAt("file")];
    // One that goes on with the key that was the current one: what it wraps is moved like all else.
    const late = nodeAt("file", 1_000);
    await store(randomBytes(9), late.vault);
    await rotate();
    const storing = Promise.all(
      Array.from({ length: 20 }, (_, n) => store(randomBytes(30), n % 2 ? late.vault : vault)),
    );
    await Promise.all(others.map(({ node }) => rewrapAll(node)));
    await storing;
    await rewrapAll(at.node);
    await late.vault.close();
    const lines = await keyLines(at.node.db);
    expect(lines.filter(({ state, wraps }) => state !== "current" && wraps > 0)).toEqual([]);
    await expectAllRead();
    await Promise.all(others.map((each) => each.vault.close()));
  }, 60_000);

  test("killed in the middle it goes on from there", async () => {
    const wrapsBefore = Number(
      (await sql<{ n: number }>`select count(*)::int as n from blob_wrap`.execute(at.node.db)).rows[0]?.n,
    );
    const [any] = kept.keys();
    await at.node.db.transaction().execute(async (tx) => {
      for (let n = 0; n < 450; n += 1) await shareBlob(tx, vault, any ?? "", `k:${n}`);
    });
    const { config } = at.node;
    for (let kill = 0; kill < thorough(1, 25); kill += 1) {
      const { former } = await rotate();
      const child = spawn(
        process.execPath,
        ["src/keys/rewrap.fixture.ts", JSON.stringify({ ...config, keys: "file" })],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await pause(randomInt(1, 120));
      child.kill("SIGKILL");
      await ended;
      await expectAllRead();
      await rewrapAll(at.node);
      expect((await linesOf())[former]).toEqual({ state: "idle", wraps: 0 });
      expect(await read("k:449")).toEqual(kept.get(any ?? ""));
    }
    await at.node.db.transaction().execute(async (tx) => {
      for (let n = 0; n < 450; n += 1) await letGoBlob(tx, `k:${n}`, at.node.clock());
    });
    expect(
      Number((await sql<{ n: number }>`select count(*)::int as n from blob_wrap`.execute(at.node.db)).rows[0]?.n),
    ).toBe(wrapsBefore);
  }, 600_000);
});

describe("for whoever runs the node", () => {
  const checked = async (config: Config) => {
    const client = new pg.Client({ connectionString: config.database });
    await client.connect();
    try {
      return await checkKeys(config, client);
    } finally {
      await client.end();
    }
  };

  test("the doctor proves each key, and says in words what is wrong", async () => {
    expect(await checked(configAt("file"))).toMatchObject([
      { ok: true, words: expect.stringContaining("each proved") },
    ]);
    expect(await checked(configAt("transit"))).toMatchObject([
      { ok: false, words: expect.stringContaining("Run: comity keys rotate") },
    ]);
    const other = nodeAt("transit");
    await rotate(other.node);
    await rewrapAll(other.node);
    await other.vault.close();
    const words = (await checked({ ...configAt("transit"), transit_token: "hvs.another" }))
      .map((found) => found.words)
      .join("\n");
    expect(words).toContain("COMITY_TRANSIT_TOKEN_FILE");
    expect(words).not.toContain("hvs.another");
  }, 60_000);

  test("comity keys status says what lies where and what is left", async () => {
    const said: string[] = [];
    const run = (...words: string[]) =>
      keysCommand(
        (work) => work(at.node),
        (text) => said.push(text),
      ).parseAsync(["node", "keys", ...words]);
    await run("status");
    expect(said.join("\n")).toContain("wrapped under the current key");
    said.length = 0;
    await run("status", "--json");
    expect(JSON.parse(said[0] ?? "")).toMatchObject({
      holder: "file",
      keys: expect.arrayContaining([expect.objectContaining({ state: "current" })]),
    });
    await expect(run("destroy", "file:no-such", "--as", "nobody", "--confirm", "x")).rejects.toThrow("There is no key");
    await expect(run("rotate", "--as", "nobody")).rejects.toThrow("no active account");
    for (const role of ["investigator", "unit-head", "central-authority"] as const)
      expect(
        await code(perform({ node: at.node, actor: at.officer(role), act: make, input: { reason: "mine" } })),
        role,
      ).toBe("not-permitted");
  });
});
