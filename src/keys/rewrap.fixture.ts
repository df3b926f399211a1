import { argv } from "node:process";
import { configSchema } from "../kernel/config.ts";
import { systemClock } from "../kernel/clock.ts";
import { openNode } from "../kernel/open.ts";
import { openKeyring } from "../trust/keys.ts";
import { openVault } from "../trust/vault.ts";
import { openVaultKeys } from "../trust/vault-keys-current.ts";
import { join } from "node:path";
import { rewrapAll } from "./acts-rewrap.ts";
import { keyActs } from "./acts.ts";
import { keySubject } from "./key.ts";

/** A process that wraps data keys anew until it is killed: the node's configuration as JSON. */
const config = configSchema.parse(JSON.parse(argv[2] ?? ""));
const keyring = openKeyring(join(config.folder, "keys"));
const wrapping = openVaultKeys(config, keyring, { db: () => node.db, onFault: () => undefined });
const vault = openVault(join(config.folder, "vault"), keyring, wrapping);
const { node, close } = openNode({
  config,
  slices: [{ name: "keys", subjects: [keySubject], acts: keyActs }],
  locales: "locales",
  policy: () => ({
    pack: "0".repeat(64),
    decide: () => ({ allowed: true, policies: [], pack: "0".repeat(64) }),
    filter: () => {
      throw new Error("nothing is read here");
    },
    filterParts: () => {
      throw new Error("nothing is read here");
    },
    possible: () => true,
  }),
  services: { secret: keyring.answers, keys: keyring, vault } as never,
  clock: systemClock,
});
process.stdout.write("begun\n");
await rewrapAll(node);
await vault.close();
await close();
