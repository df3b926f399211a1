import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HolderFault, type KeyHolder } from "./key-holder.ts";
import { flushFolder, keepFile } from "./keys.ts";
import { seal, unseal } from "./seal.ts";

/** The one key from when there was but one: `vault.key` among the node's keys. */
export const FIRST_FILE_KEY = "vault";
const KEY_BYTES = 32;

/** Keys in files of a folder that only the node's user can read. `first` is the key from when there was but one. */
export function openKeyFiles(folder: string | undefined, first: Buffer): KeyHolder {
  const read = new Map<string, Buffer>([[FIRST_FILE_KEY, first]]);
  const pathOf = (name: string): string => {
    if (folder === undefined || !/^vault(-[\da-f]{16})?$/.test(name))
      throw new HolderFault(`there is no key ${name} among this node's files`);
    return join(folder, `${name}.key`);
  };
  const keyOf = (name: string): Buffer => {
    const known = read.get(name);
    if (known) return known;
    const path = pathOf(name);
    if (!existsSync(path))
      throw new HolderFault(`${path} is missing: what is wrapped under it can't be read without it`);
    const key = Buffer.from(readFileSync(path, "utf8"), "base64");
    if (key.length !== KEY_BYTES) throw new HolderFault(`${path} does not hold ${KEY_BYTES} bytes in base64`);
    read.set(name, key);
    return key;
  };
  return {
    kind: "file",
    make: async () => {
      const name = `vault-${randomBytes(8).toString("hex")}`;
      keepFile(pathOf(name), randomBytes(KEY_BYTES).toString("base64"));
      return name;
    },
    wrap: async (name, dataKey, context) => seal(keyOf(name), dataKey, context),
    unwrap: async (name, wrapped, context) => unseal(keyOf(name), wrapped, context),
    destroy: async (name) => {
      read.delete(name);
      if (folder !== undefined) shred(pathOf(name));
    },
    close: async () => undefined,
  };
}

/** Overwrites and removes: on what writes elsewhere what is overwritten (flash, snapshots, backups) more has to be done by whoever runs it. */
function shred(path: string): void {
  if (!existsSync(path)) return;
  const handle = openSync(path, "r+");
  try {
    writeSync(handle, randomBytes(statSync(path).size), 0, undefined, 0);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  unlinkSync(path);
  flushFolder(join(path, ".."));
}
