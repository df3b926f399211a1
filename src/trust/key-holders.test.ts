import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { thorough } from "../../test/thorough.ts";
import { theToken, tokenLacks } from "../../test/token.ts";
import { startTransit, type TransitServer } from "../../test/transit-server.ts";
import { openKeyFiles } from "./key-file.ts";
import { HolderFault, type KeyHolder } from "./key-holder.ts";
import { openToken } from "./key-pkcs11.ts";
import { openTransit } from "./key-transit.ts";
import { keyNameOf, vaultKeys } from "./vault-keys.ts";

let folder: string;
let service: TransitServer;
let token: ReturnType<typeof theToken> | undefined;
const first = randomBytes(32);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "comity-keys-"));
  service = await startTransit();
  if (tokenLacks === null) token = theToken();
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = {
  file: async () => openKeyFiles(folder, first),
  transit: () => openTransit({ url: service.url, mount: "transit", key: "comity-xa", token: () => service.token }),
  pkcs11: () =>
    openToken({ module: token?.module ?? "", token: token?.token ?? "", pin: token?.pin ?? "", prefix: "comity-xa" }),
} satisfies Record<string, () => Promise<KeyHolder>>;
type Kind = keyof typeof open;
const lacks: Readonly<Record<Kind, string | null>> = { file: null, transit: null, pkcs11: tokenLacks };

describe.each(Object.keys(open) as Kind[])("keys in %s", (kind) => {
  test.skipIf(lacks[kind] !== null)(
    "wrap and unwrap, bound to their context, wherever they are opened; nothing changed opens",
    async () => {
      const [here, there] = [await open[kind](), await open[kind]()];
      const name = await here.make();
      expect(name).toMatch(/^[\w.-]{1,100}$/);
      const dataKey = randomBytes(32);
      const wrapped = await here.wrap(name, dataKey, "vault:item:1");
      expect(wrapped.includes(dataKey)).toBe(false);
      expect(await there.unwrap(name, wrapped, "vault:item:1")).toEqual(dataKey);
      expect((await there.wrap(name, dataKey, "vault:item:1")).equals(wrapped)).toBe(false);
      await expect(there.unwrap(name, wrapped, "vault:item:2")).rejects.toThrow();
      const other = await there.make();
      expect(other).not.toBe(name);
      await expect(here.unwrap(other, wrapped, "vault:item:1")).rejects.toThrow();
      for (let at = 0; at < wrapped.length; at += thorough(23, 1)) {
        const changed = Buffer.from(wrapped);
        changed[at] = (changed[at] ?? 0) ^ 1;
        // The last characters of a base64 text may say the same with other spare bits.
        const said = await here.unwrap(name, changed, "vault:item:1").catch(() => undefined);
        if (kind !== "transit") expect(said, `byte ${at}`).toBeUndefined();
        else if (said !== undefined) expect(said).toEqual(dataKey);
      }
      if (here.rewrap) {
        const moved = await here.rewrap(name, other, wrapped, "vault:item:1");
        expect(await there.unwrap(other, moved, "vault:item:1")).toEqual(dataKey);
        await expect(here.rewrap(name, other, wrapped, "vault:item:2")).rejects.toThrow();
      }
      await here.close();
      await there.close();
    },
  );

  test.skipIf(lacks[kind] !== null)("what is destroyed opens nothing any more, and twice is once", async () => {
    const holder = await open[kind]();
    const name = await holder.make();
    const wrapped = await holder.wrap(name, randomBytes(32), "c");
    const later = await holder.make();
    const kept = await holder.wrap(later, Buffer.alloc(32, 7), "c");
    await holder.destroy(name);
    await holder.destroy(name);
    await expect(holder.unwrap(name, wrapped, "c")).rejects.toThrow();
    await holder.close();
    const again = await open[kind]();
    await expect(again.unwrap(name, wrapped, "c")).rejects.toThrow();
    await expect(again.wrap(name, randomBytes(32), "c")).rejects.toThrow();
    expect(await again.unwrap(later, kept, "c")).toEqual(Buffer.alloc(32, 7));
    await again.close();
  });

  test.skipIf(lacks[kind] !== null)("many at once do not get in each other's way", async () => {
    const holder = await open[kind]();
    const name = await holder.make();
    const all = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const wrapped = await holder.wrap(name, Buffer.alloc(32, n), `item:${n}`);
        return (await holder.unwrap(name, wrapped, `item:${n}`))[0];
      }),
    );
    expect(all).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await holder.close();
  });
});
for (const [kind, why] of Object.entries(lacks))
  if (why !== null) test.skip(`keys in ${kind}: ${why}`, () => undefined);

test("data keys move between holders as they please: each is read by what it names, whatever is current", async () => {
  const kinds = (Object.keys(open) as Kind[]).filter((kind) => lacks[kind] === null);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom(...kinds), fc.nat(5)), { minLength: 1, maxLength: thorough(8, 40) }),
      async (steps) => {
        let current = "file:vault";
        const kept = new Map<number, { dataKey: Buffer; wrapped: Buffer }>();
        const opened = kinds.map((kind) => vaultKeys(open, kind, async () => current));
        for (const step of steps)
          if (typeof step === "number") {
            const dataKey = kept.get(step)?.dataKey ?? randomBytes(32);
            const before = kept.get(step);
            const keys = opened[step % opened.length] ?? opened[0];
            const wrapped = before
              ? await keys?.rewrap(before.wrapped, `item:${step}`)
              : await keys?.wrap(dataKey, `item:${step}`);
            expect(keyNameOf(wrapped ?? Buffer.alloc(0))).toBe(current);
            kept.set(step, { dataKey, wrapped: wrapped ?? Buffer.alloc(0) });
          } else current = (await opened[kinds.indexOf(step)]?.make()) ?? current;
        for (const [n, { dataKey, wrapped }] of kept) {
          expect(await opened[0]?.unwrap(wrapped, `item:${n}`)).toEqual(dataKey);
          await expect(opened[0]?.unwrap(wrapped, `item:${n + 1}`)).rejects.toThrow();
        }
        for (const keys of opened) await keys.close();
      },
    ),
    { numRuns: thorough(6, 150) },
  );
});

test("what was wrapped when there was but one key is read as the first", async () => {
  const { seal } = await import("./seal.ts");
  const dataKey = randomBytes(32);
  const wrapped = seal(first, dataKey, "vault:item:9");
  const keys = vaultKeys(open, "file", async () => "file:vault");
  expect(keyNameOf(wrapped)).toBe("file:vault");
  expect(await keys.unwrap(wrapped, "item:9")).toEqual(dataKey);
});

describe("a holder that does not do its part says so in words, and no secret", () => {
  const says = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "nothing",
      (error: unknown) => (error instanceof HolderFault ? error.message : `no fault but ${String(error)}`),
    );

  test("files: one that is missing, one that is broken", async () => {
    const holder = await open.file();
    const name = await holder.make();
    writeFileSync(join(folder, `${name}.key`), "short");
    expect(await says((await open.file()).wrap(name, randomBytes(32), "c"))).toContain("does not hold 32 bytes");
    rmSync(join(folder, `${name}.key`));
    expect(await says((await open.file()).wrap(name, randomBytes(32), "c"))).toContain(`${name}.key is missing`);
    expect(await says(holder.wrap("../vault", randomBytes(32), "c"))).toContain("there is no key");
    expect(
      readdirSync(folder).filter((each) => readFileSync(join(folder, each), "utf8").includes("undefined")),
    ).toEqual([]);
  });

  test("the service: away, sealed, a token that is not good, a key that is not there", async () => {
    const holder = await open.transit();
    const name = await holder.make();
    service.fault = 503;
    expect(await says(holder.wrap(name, randomBytes(32), "c"))).toContain("503: Vault is sealed");
    service.fault = undefined;
    const strange = await openTransit({
      url: service.url,
      mount: "transit",
      key: "comity-xa",
      token: () => "hvs.secret-token",
    });
    const refused = await says(strange.wrap(name, randomBytes(32), "c"));
    expect(refused).toContain("COMITY_TRANSIT_TOKEN_FILE");
    expect(refused).not.toContain("hvs.secret-token");
    const nowhere = await openTransit({ url: "http://127.0.0.1:9", mount: "transit", key: "k", token: () => "t" });
    expect(await says(nowhere.wrap("1", randomBytes(32), "c"))).toContain("does not answer");
    const other = await openTransit({ url: service.url, mount: "transit", key: "other", token: () => service.token });
    expect(await says(other.wrap("1", randomBytes(32), "c"))).toContain("encryption key not found");
  });

  test.skipIf(tokenLacks !== null)("the token: no such token, no such library, no such key", async () => {
    const at = { module: token?.module ?? "", token: token?.token ?? "", pin: token?.pin ?? "", prefix: "p" };
    expect(await says(openToken({ ...at, token: "elsewhere" }))).toContain("there is no token elsewhere");
    expect(await says(openToken({ ...at, module: "/nowhere.so" }))).toContain(
      "/nowhere.so (COMITY_PKCS11_MODULE) can't be loaded",
    );
    const holder = await openToken(at);
    expect(await says(holder.wrap("no-such", randomBytes(32), "c"))).toContain("has no key no-such");
    await holder.close();
  });
});
