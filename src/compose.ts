import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { folders, whoseOf } from "./folders.ts";
import { demandSigned, loadCountry } from "./access/slice.ts";
import { readTreaties } from "./law/slice.ts";
import { matchNew } from "./hashsets/slice.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Config } from "./kernel/config.ts";
import type { LogTo } from "./kernel/log.ts";
import type { Node, Services } from "./kernel/node.ts";
import { openNode } from "./kernel/open.ts";
import { registry } from "./kernel/slice.ts";
import { slices } from "./slices.ts";
import { openKeyring } from "./trust/keys.ts";
import { openVault } from "./trust/vault.ts";
import { openVaultKeys } from "./trust/vault-keys-current.ts";
import { storeBlob } from "./trust/vault-blobs.ts";
import { vaultSettings } from "./trust/vault-settings.ts";

/** Puts a node together: the one place where things are wired. */
export async function compose(
  config: Config,
  clock: Clock,
  logTo: LogTo = "output",
): Promise<{ node: Node; close: () => Promise<void> }> {
  mkdirSync(config.folder, { recursive: true, mode: 0o700 });
  const keys = openKeyring(join(config.folder, "keys"));
  const whose = whoseOf(config);
  const signedBy = demandSigned(whose.packs, whose.pack, config);
  const country = {
    ...loadCountry(whose, registry(slices), join(config.folder, "pack.passed")),
    ...(signedBy === undefined ? {} : { signedBy }),
  };
  const treaties = readTreaties(whose.packs);
  const vault = openVault(
    vaultSettings(config),
    keys,
    openVaultKeys(config, keys, {
      db: () => node.db,
      onFault: (fault) => node.log.error({ fault }, "the holder of a key does not do its part"),
    }),
  );
  const reportFiles: NonNullable<Services["reportFiles"]> = {
    put: async (bytes) => {
      const stored = await storeBlob(node.db, vault, Readable.from([bytes]), {
        kind: "report",
        bytesMax: bytes.length,
        now: clock(),
      });
      if (!stored) throw new Error("a reporter's file was not stored whole");
      return stored.holder;
    },
  };
  const itemMade: NonNullable<Services["itemMade"]> = (tx, item, now) => matchNew(tx, node, item, now);
  const services: Services = { secret: keys.answers, keys, country, treaties, vault, reportFiles, itemMade };
  const { node, close } = openNode({
    config,
    slices,
    locales: folders.locales,
    policy: () => country.policy,
    services,
    clock,
    logTo,
  });
  return {
    node,
    close: async () => {
      await close();
      await vault.close();
    },
  };
}
