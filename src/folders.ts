import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Whose } from "./access/slice.ts";
import type { Config } from "./kernel/config.ts";

/** The project's folder: the nearest above this file that holds the migrations, compiled or not. */
function rootOf(folder: string): string {
  if (existsSync(join(folder, "migrations")) && existsSync(join(folder, "package.json"))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error("the product's own files are not beside its program");
  return rootOf(above);
}
const root = rootOf(dirname(fileURLToPath(import.meta.url)));

/** Where the product's own files are, whether it runs compiled or from its sources. */
export const folders = {
  root,
  migrations: join(root, "migrations"),
  locales: join(root, "locales"),
  packs: join(root, "packs"),
};

/** A node's pack and where it lies. A folder that is named and not there stays so: another country's law is no substitute. */
export const whoseOf = ({ packs = folders.packs, pack, code }: Config): Whose => ({ packs, pack, code });
