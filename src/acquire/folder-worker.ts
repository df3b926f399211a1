import { existsSync, renameSync, statSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { Differs, folderStream } from "./folder-stream.ts";
import { listFolder, type Listed } from "./folder-list.ts";

/** What the thread is told: the folder, where its list and results lie, and the list's sums where it was made before. */
export interface FolderOrder {
  readonly folder: string;
  readonly list: string;
  readonly results: string;
}
export type ToFolder =
  | { readonly say: "list" }
  | { readonly say: "stream"; readonly listed: Listed; readonly resumedAt: number }
  /** A block was taken: one more may be made. */
  | { readonly say: "more" };
export type FromFolder =
  | { readonly say: "listing"; readonly entries: number }
  | { readonly say: "listed"; readonly listed: Listed }
  | { readonly say: "block"; readonly block: Uint8Array }
  | { readonly say: "trouble"; readonly path: string; readonly why: string }
  | { readonly say: "end" }
  | { readonly say: "differs"; readonly path: string }
  | { readonly say: "failed"; readonly why: string };

/** Blocks that may be on their way at once: what bounds this thread's lead. */
const AHEAD = 32;

const port = parentPort;
if (!port) throw new Error("the reader of a folder runs only as a thread");
const { folder, list, results } = workerData as FolderOrder;
const tell = (message: FromFolder, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
let credits = AHEAD;
let wake: (() => void) | undefined;

/** What a run that was cut off had read is what this one compares with. */
function keepEarlier(): void {
  const fresh = `${results}.new`;
  if (!existsSync(fresh)) return;
  if (!existsSync(results) || statSync(fresh).size > statSync(results).size) renameSync(fresh, results);
}

async function stream(listed: Listed, resumedAt: number): Promise<void> {
  keepEarlier();
  const onTrouble = ({ path }: { path: string }, why: string) => tell({ say: "trouble", path, why });
  for await (const block of folderStream({ folder, list, results, listed, resumedAt, onTrouble })) {
    while (credits === 0) await new Promise<void>((resolve) => (wake = resolve));
    credits -= 1;
    // Each block has memory of its own, which goes over with it.
    tell({ say: "block", block: new Uint8Array(block.buffer, 0, block.length) }, [block.buffer as ArrayBuffer]);
  }
  tell({ say: "end" });
}

port.on("message", (message: ToFolder) => {
  try {
    switch (message.say) {
      case "list":
        return tell({
          say: "listed",
          listed: listFolder(folder, list, (entries) => tell({ say: "listing", entries })),
        });
      case "stream":
        stream(message.listed, message.resumedAt).catch((error: unknown) =>
          tell(
            error instanceof Differs
              ? { say: "differs", path: error.path }
              : { say: "failed", why: error instanceof Error ? error.message : String(error) },
          ),
        );
        return undefined;
      case "more":
        credits += 1;
        wake?.();
        return undefined;
    }
  } catch (error) {
    return tell({ say: "failed", why: error instanceof Error ? error.message : String(error) });
  }
});
