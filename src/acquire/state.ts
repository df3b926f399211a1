import { createHash, randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const listed = z.object({
  name: z.string(),
  entries: z.number(),
  bytes: z.number(),
  indexAt: z.number(),
  indexBytes: z.number(),
  archiveBytes: z.number(),
});
const stateSchema = z.object({
  version: z.literal(1),
  /** What the source was like when it began. */
  mark: z.string(),
  /** Makes one upload and one item out of however many runs. */
  key: z.string(),
  upload: z.string().optional(),
  listed: listed.optional(),
  /** When it began: what the record says as the time of acquisition. */
  began: z.string(),
  /** Key of the item, once its digests were compared. */
  item: z.string().optional(),
});
/** What an acquisition must remember to be gone on with after its end by force. Holds no token, and no bytes of the source. */
export type State = z.output<typeof stateSchema>;

/** The folder of one acquisition: same desk, same target, same source. */
export interface StateFolder {
  readonly path: string;
  readonly list: string;
  readonly results: string;
  /** What an earlier run left; `undefined` where there was none, or nothing that can be read. */
  readonly read: () => State | undefined;
  /** Writes it so that it is whole after a loss of power. */
  readonly write: (state: State) => void;
  readonly forget: () => void;
}

export function openState(folder: string, of: readonly string[]): StateFolder {
  const path = join(folder, createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, 32));
  const file = join(path, "state.json");
  return {
    path,
    list: join(path, "list.jsonl"),
    results: join(path, "results.txt"),
    read: () => {
      try {
        return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
      } catch {
        return undefined;
      }
    },
    write: (state) => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const fresh = `${file}.new`;
      const handle = openSync(fresh, "w", 0o600);
      writeSync(handle, JSON.stringify(state, null, 2));
      fsyncSync(handle);
      closeSync(handle);
      renameSync(fresh, file);
    },
    forget: () => rmSync(path, { recursive: true, force: true }),
  };
}

export const newState = (mark: string, began: string): State => ({ version: 1, mark, key: randomUUID(), began });
