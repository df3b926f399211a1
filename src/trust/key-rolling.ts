import { createPrivateKey, type KeyObject } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, renameSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** Keys that are rolled over while messages under the old one are in flight. */
export const ROLLED = ["signing", "signing-ml-dsa", "encryption"] as const;
export type RolledName = (typeof ROLLED)[number];

const presentFile = (folder: string, name: RolledName): string => join(folder, `${name}.pem`);
/** Where the key before the present one lies, while it counts. */
export const formerFile = (folder: string, name: RolledName): string => join(folder, `${name}.former.pem`);

/** What tells one state of a file from another; `undefined` where there is none. */
function stateOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** The present and the former keys of a folder, as its files are at each call. `made` gives a present one where there is none yet. */
export function openRolledKeys(folder: string, made: (name: RolledName) => KeyObject) {
  const read = new Map<string, { readonly state: string; readonly key: KeyObject }>();
  const at = (file: string): KeyObject | undefined => {
    const state = stateOf(file);
    if (state === undefined) return undefined;
    const known = read.get(file);
    if (known?.state === state) return known.key;
    const key = createPrivateKey(readFileSync(file));
    read.set(file, { state, key });
    return key;
  };
  const keys = {
    present: (name: RolledName): KeyObject => at(presentFile(folder, name)) ?? made(name),
    former: (name: RolledName): KeyObject | undefined => at(formerFile(folder, name)),
  };
  for (const name of ROLLED) keys.present(name);
  return keys;
}

/**
 * Puts a new key in the place of the present one, which becomes the former. At every moment there is a present one, whole; broken off,
 * it may be done again. `text` is the new key as PEM, written by `keep` under the path that it is given.
 */
export function rollKey(
  folder: string,
  name: RolledName,
  text: string,
  keep: (file: string, text: string) => void,
): void {
  const next = join(folder, `${name}.next.pem`);
  if (existsSync(next)) unlinkSync(next);
  keep(next, text);
  const former = formerFile(folder, name);
  const copy = `${former}.part`;
  copyFileSync(presentFile(folder, name), copy);
  renameSync(copy, former);
  renameSync(next, presentFile(folder, name));
}
