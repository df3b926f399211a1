import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { folders } from "../src/folders.ts";
import { type Measurement, measured } from "./measurement.ts";

/** Resumed starts, of which the middle one counts. */
const STARTS = 3;
const IDLE_MS = 10_000;
const SECONDS_MAX = 5;
const MIB_MAX = 350;

/** Starts the demo world on `folder`; gives it with the seconds it took to be ready. */
async function start(folder: string): Promise<{ child: ChildProcess; seconds: number }> {
  const from = performance.now();
  const child = spawn(execPath, [join(folders.root, "build/main.js"), "demo", "--folder", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Ctrl-C stops it all")) resolve();
    });
    child.once("exit", () => reject(new Error(`the demo world ended before it was ready:\n${said}`)));
  });
  return { child, seconds: (performance.now() - from) / 1_000 };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  await ended;
}

/** Resident memory of the processes that `parent` started, in MiB, largest first. */
function memoryOf(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ");
  const nodes = children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes("serve"));
  if (nodes.length === 0) throw new Error("the demo world has no process of a node");
  return nodes
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024)
    .sort((a, b) => b - a);
}

/** How fast a demo world resumes (the middle of three starts), and what a node's process holds when idle. The limits stand as baselines. */
export async function measureStart(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "comity-start-"));
  try {
    await stop((await start(folder)).child);
    const took: number[] = [];
    let largest = 0;
    for (let n = 1; n <= STARTS; n++) {
      const { child, seconds } = await start(folder);
      took.push(seconds);
      if (n === STARTS) {
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
        [largest = 0] = memoryOf(child.pid ?? 0);
      }
      await stop(child);
    }
    const seconds = took.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
    return [
      measured("demo world ready again", seconds, "s", { name: "limit", value: SECONDS_MAX }),
      measured("largest idle process", largest, "MiB", { name: "limit", value: MIB_MAX }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
