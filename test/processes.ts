import { readdirSync, readFileSync } from "node:fs";

/** A process, told apart from a later one under the same number by when it started (clock ticks since boot). */
export interface Process {
  readonly pid: number;
  readonly started: string;
  readonly command: string;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Field 22 of `/proc/<pid>/stat`, behind the name in brackets, and whether it still runs: one that has ended and waits for its parent does not. */
function startOf(pid: number): string | undefined {
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/** The process under that number, if it runs. */
export function processAt(pid: number): Process | undefined {
  const started = startOf(pid);
  return started === undefined
    ? undefined
    : { pid, started, command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ") };
}

/** True as long as exactly that process runs. */
export const isRunning = ({ pid, started }: Process): boolean => startOf(pid) === started;

/** What a process started and has not ended yet. */
export function childrenOf(pid: number): Process[] {
  let threads: string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).trim().split(" "))
    .filter((each) => each !== "")
    .flatMap((each) => processAt(Number(each)) ?? []);
}

/** Those, and what they started. */
export const descendantsOf = (pid: number): Process[] =>
  childrenOf(pid).flatMap((each) => [each, ...descendantsOf(each.pid)]);

/** What a process was started with under that name. */
export const environmentOf = (pid: number, name: string): string | undefined =>
  read(`/proc/${pid}/environ`)
    .split("\0")
    .find((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1);
