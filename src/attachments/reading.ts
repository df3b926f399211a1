import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileKind } from "../reports/slice.ts";
import type { Seen } from "./room.ts";

/** What came of reading a file: what was seen, or why nothing was. */
export type Read = { readonly seen: Seen } | { readonly failed: "too-long" | "unreadable" };

const SECONDS_MAX = 20;
const HEAP_MIB = 512;
const ANSWER_BYTES_MAX = 24 * 1_024 ** 2;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const room = fileURLToPath(new URL(`./room${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

let apart: boolean | undefined;
/** Whether this machine lets a process have a network of its own, with nothing in it. */
function isApart(): boolean {
  apart ??= spawnSync("unshare", ["-rn", "true"], { stdio: "ignore" }).status === 0;
  return apart;
}

/**
 * Reads a file that a stranger sent in a process that ends with it: it may read the program's own files and nothing else, write nothing,
 * start nothing and reach no network; its time and memory are bounded. What it gives back is treated as a stranger's words, too.
 */
export async function readFile(bytes: Buffer, kind: FileKind): Promise<Read> {
  if (kind !== "mail" && kind !== "picture" && kind !== "pdf") return { seen: {} };
  const program = [
    process.execPath,
    "--permission",
    "--allow-addons",
    `--allow-fs-read=${join(root, "node_modules")}`,
    `--allow-fs-read=${dirname(room)}`,
    `--allow-fs-read=${join(root, "package.json")}`,
    `--max-old-space-size=${HEAP_MIB}`,
    "--disable-warning=SecurityWarning",
    room,
    kind,
  ];
  const bounded = ["-c", `ulimit -t ${SECONDS_MAX}; exec "$@"`, "sh", ...program];
  const [command, parameters] = isApart() ? ["unshare", ["-rn", "sh", ...bounded]] : ["sh", bounded];
  const child = spawn(String(command), parameters as string[], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {},
    cwd: root,
  });
  const late = setTimeout(() => child.kill("SIGKILL"), (SECONDS_MAX + 5) * 1_000);
  try {
    return await outcomeOf(child, bytes);
  } finally {
    clearTimeout(late);
  }
}

function outcomeOf(child: ChildProcess, bytes: Buffer): Promise<Read> {
  return new Promise((resolve) => {
    const said: Buffer[] = [];
    let length = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > ANSWER_BYTES_MAX) child.kill("SIGKILL");
      else said.push(chunk);
    });
    child.once("error", () => resolve({ failed: "unreadable" }));
    child.once("close", (code, signal) => {
      if (code !== 0) return resolve({ failed: signal === null && code !== 152 ? "unreadable" : "too-long" });
      try {
        resolve({ seen: JSON.parse(Buffer.concat(said).toString()) as Seen });
      } catch {
        resolve({ failed: "unreadable" });
      }
    });
    // A room that gave up early no longer listens.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(bytes);
  });
}
