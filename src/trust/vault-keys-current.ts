import { Refusal } from "../kernel/errors.ts";
import { monotonic } from "../kernel/clock.ts";
import type { Config } from "../kernel/config.ts";
import type { Database } from "../kernel/database.ts";
import { HolderFault } from "./key-holder.ts";
import { keyOpeners } from "./key-settings.ts";
import type { Keyring } from "./keys.ts";
import { type VaultKeys, vaultKeys } from "./vault-keys.ts";

/** How long a process may go on with the key that was the current one, in milliseconds. What it wraps meanwhile is wrapped anew like all else. */
const KNOWN_MS = 2_000;

/** The node's vault keys: which of them is current stands in the database. A holder that does not answer is told to `onFault`, and refused as a thing that is away. */
export function openVaultKeys(
  config: Config,
  keys: Keyring,
  {
    db,
    onFault,
    knownMs = KNOWN_MS,
  }: {
    readonly db: () => Database;
    readonly onFault: (words: string) => void;
    readonly knownMs?: number;
  },
): VaultKeys {
  let known: { readonly name: string; readonly at: number } | undefined;
  const current = async (): Promise<string> => {
    if (known && monotonic() - known.at < knownMs) return known.name;
    const { name } = await db()
      .selectFrom("vault_key")
      .select("name")
      .where("state", "=", "current")
      .executeTakeFirstOrThrow();
    known = { name, at: monotonic() };
    return name;
  };
  const all = vaultKeys(keyOpeners(config, keys), config.keys, current);
  const telling =
    <Given extends unknown[], T>(work: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      try {
        return await work(...given);
      } catch (error) {
        if (!(error instanceof HolderFault)) throw error;
        onFault(error.message);
        throw new Refusal("unavailable", "keys-away");
      }
    };
  return { ...all, wrap: telling(all.wrap), unwrap: telling(all.unwrap), rewrap: telling(all.rewrap) };
}
