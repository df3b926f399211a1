import { join } from "node:path";
import type { Node } from "../kernel/node.ts";
import { lookupKey } from "../trust/seal.ts";
import type { Place } from "./build.ts";
import { pathOf, SetFiles } from "./store.ts";

/** Where a version's files lie on this machine, and their key. */
export const placeOf = ({ config, services }: Pick<Node, "config" | "services">, version: string): Place => ({
  folder: join(config.folder, "hashsets"),
  version,
  key: lookupKey(services.keys.lookup, "hash-set", version),
});
export const pathsOf = pathOf;

/** Versions whose files are open, by node folder and version. */
const open = new Map<string, Promise<SetFiles>>();
const OPEN_MAX = 64;

/** The files of a version; they stay open for the next look-up. Throws where they are not all there. */
export function filesOf(node: Pick<Node, "config" | "services">, version: string): Promise<SetFiles> {
  const place = placeOf(node, version);
  const name = join(place.folder, version);
  const known = open.get(name);
  if (known) return known;
  const opening = SetFiles.open(place).then((files) => {
    if (files.isEmpty) throw new Error(`the files of version ${version} of a hash set are not there`);
    return files;
  });
  opening.catch(() => open.delete(name));
  open.set(name, opening);
  const [oldest] = open.keys();
  if (open.size > OPEN_MAX && oldest !== undefined) closeFiles(oldest);
  return opening;
}

function closeFiles(name: string): void {
  const files = open.get(name);
  open.delete(name);
  void files?.then((each) => each.close()).catch(() => undefined);
}
/** Lets go of every version of this node but those named. */
export function keepOpen(node: Pick<Node, "config" | "services">, versions: readonly string[]): void {
  const folder = join(node.config.folder, "hashsets");
  const kept = new Set(versions.map((version) => join(folder, version)));
  for (const name of open.keys()) if (name.startsWith(folder) && !kept.has(name)) closeFiles(name);
}
