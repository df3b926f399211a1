import { existsSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { Config } from "../kernel/config.ts";
import { HolderFault } from "../trust/key-holder.ts";
import { keyOpeners } from "../trust/key-settings.ts";
import { openKeyring } from "../trust/keys.ts";
import { vaultKeys } from "../trust/vault-keys.ts";

/** What was found of the keys, for the doctor. */
export interface KeysFound {
  readonly ok: boolean;
  readonly words: string;
}

/** Proves every key that may be in use, and opens one data key under each. Says in words what is wrong. */
export async function checkKeys(config: Config, client: pg.Client): Promise<KeysFound[]> {
  const folder = join(config.folder, "keys");
  if (!existsSync(folder)) return [{ ok: true, words: "will be made at the first start." }];
  const { rows } = await client.query<{ name: string; state: string; holder: string | null; wrapped: Buffer | null }>(
    `select k.name, k.state, w.holder, w.wrapped from vault_key k
     left join lateral (select holder, wrapped from blob_wrap where key = k.name limit 1) w on true where k.usable is not null order by k.made_at`,
  );
  const current = rows.find(({ state }) => state === "current")?.name ?? "";
  const keys = vaultKeys(keyOpeners(config, openKeyring(folder)), config.keys, async () => current);
  const found: KeysFound[] = [];
  try {
    for (const { name, holder, wrapped } of rows) {
      const words = await fault(async () => {
        await keys.prove(name);
        if (holder !== null && wrapped !== null) await keys.unwrap(wrapped, holder);
      });
      if (words !== null) found.push({ ok: false, words: `${name}: ${words}` });
    }
  } finally {
    await keys.close();
  }
  if (found.length > 0) return found;
  if (!current.startsWith(`${config.keys}:`))
    return [
      {
        ok: false,
        words: `The current key is ${current}, and COMITY_KEYS is ${config.keys}. Run: comity keys rotate --as <username>`,
      },
    ];
  return [
    { ok: true, words: `${rows.length === 1 ? "one" : rows.length}, each proved; the current one is ${current}.` },
  ];
}

/** What went wrong, in words; `null` where nothing did. */
async function fault(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof HolderFault) return error.message;
    return "it does not open what is wrapped under it: it is not the key that it was";
  }
}
