import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { writeAtomically } from "./demo-file.ts";

const processSchema = z.object({ pid: z.int().min(2), started: z.string() });
const runningSchema = z.object({ supervisor: processSchema, children: z.array(processSchema) });
/** A process and when it started: a later one under the same number is another. */
type Process = z.infer<typeof processSchema>;

/** Longest that what an ended supervisor left behind is waited for, before it is killed, in milliseconds. */
const LEFT_BEHIND_MS = 12_000;
const POLL_MS = 50;

/** Start of a process in clock ticks (`/proc`); empty where the system does not say, `undefined` where it does not run. */
function startOf(pid: number): string | undefined {
  if (existsSync("/proc/self/stat")) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    process.kill(pid, 0);
    return "";
  } catch {
    return undefined;
  }
}
const isRunning = ({ pid, started }: Process): boolean => startOf(pid) === started;

/** The note in a world's folder that says who runs it. */
export interface Running {
  /** Notes the processes that this one has started and that run now. */
  readonly note: (pids: readonly number[]) => void;
  /** Takes the note away: nothing runs any more. */
  readonly end: () => void;
}

/**
 * Makes this process the only one that runs the world in `folder`. What a supervisor that was killed left behind is waited
 * for, and ended where it does not end by itself. Throws where the world is running.
 */
export async function claim(folder: string): Promise<Running> {
  const file = join(folder, "running.json");
  const own: Process = { pid: process.pid, started: startOf(process.pid) ?? "" };
  const first = JSON.stringify({ supervisor: own, children: [] });
  for (;;) {
    try {
      writeFileSync(file, first, { flag: "wx", mode: 0o600 });
      break;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const before = read(file);
    if (before && before.supervisor.pid !== own.pid && isRunning(before.supervisor))
      throw new Error(
        `The demo world in ${folder} is running already, as process ${before.supervisor.pid}. End that one with Ctrl-C, or give another world a folder of its own with --folder.`,
      );
    for (const each of before?.children ?? []) await ended(each);
    rmSync(file, { force: true });
  }
  return {
    note: (pids) => {
      const children = pids.flatMap((pid) => {
        const started = startOf(pid);
        return started === undefined ? [] : [{ pid, started }];
      });
      writeAtomically(file, JSON.stringify({ supervisor: own, children }), 0o600);
    },
    end: () => rmSync(file, { force: true }),
  };
}

function read(file: string): z.infer<typeof runningSchema> | undefined {
  try {
    return runningSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Cut off while it was written: whoever wrote it had started nothing yet.
    return undefined;
  }
}

async function ended(left: Process): Promise<void> {
  for (let waited = 0; isRunning(left) && waited < LEFT_BEHIND_MS; waited += POLL_MS) await pause(POLL_MS);
  if (!isRunning(left)) return;
  process.kill(left.pid, "SIGKILL");
  while (isRunning(left)) await pause(POLL_MS);
}
