import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FRAME, frame, Frames } from "./frames.ts";
import { type Asked, PIECE_BYTES_MAX, type Source } from "./source.ts";

/** Why nothing was seen: it took too long, it asked for more room than there is, or it is broken (or made to break whoever reads it). */
export type Failure = "too-long" | "too-large" | "unreadable";
/** What came of a reading. */
export type Outcome = { readonly answer: unknown; readonly picture?: Buffer } | { readonly failed: Failure };

const SECONDS_MAX = 20;
const HEAP_MIB = 512;
/** Private memory in all, native code and its threads included. */
const DATA_KIB = 2_000_000;
const FILES_MAX = 64;
const ANSWER_BYTES_MAX = 24 * 1_024 ** 2;
/** Bytes of the file that a reading is given in all. */
const GIVEN_BYTES_MAX = 160 * 1_024 ** 2;
/** Rooms open at once in this process; the others wait. */
const AT_ONCE = 2;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = fileURLToPath(new URL(`./program${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/** Ways to shut a process in, the strictest first: a network, mounts and processes of its own; a network of its own; none. */
const WALLS: readonly (readonly string[])[] = [["-rnmpf", "--mount-proc", "--kill-child"], ["-rn"]];
let walls: readonly string[] | undefined;
/** The strictest that this machine lets us use. */
function wallsHere(): readonly string[] {
  walls ??= WALLS.find((each) => spawnSync("unshare", [...each, "true"], { stdio: "ignore" }).status === 0) ?? [];
  return walls;
}
/** How far a reading is shut in on this machine: `apart` has nothing of the machine but the program's own files. */
export const isolation = (): "apart" | "without-network" | "permissions-only" =>
  wallsHere() === WALLS[0] ? "apart" : wallsHere() === WALLS[1] ? "without-network" : "permissions-only";

function commandOf(hidden: readonly string[], seconds: number, isLong: boolean): [string, string[]] {
  const node = [
    process.execPath,
    "--permission",
    "--allow-addons",
    `--allow-fs-read=${join(root, "node_modules")}`,
    `--allow-fs-read=${dirname(program)}`,
    `--allow-fs-read=${join(root, "package.json")}`,
    // The verifier and the form of folders are formats of the trust layer; a package's large files are hashed by threads.
    ...(isLong ? [`--allow-fs-read=${join(dirname(dirname(program)), "trust")}`, "--allow-worker"] : []),
    `--max-old-space-size=${HEAP_MIB}`,
    "--disable-warning=SecurityWarning",
    program,
  ];
  // Under the node's folder lies nothing, should native code be made to read files; without mounts of its own it can't be hidden.
  const hide =
    isolation() === "apart" ? hidden.map((_, index) => `mount -t tmpfs none "$${index + 1}" || exit 70; `) : [];
  const limits = `ulimit -c 0; ulimit -t ${seconds}; ulimit -n ${FILES_MAX}; ulimit -d ${DATA_KIB}; `;
  // The shell stays: whoever is first among processes of its own is spared the signals of its limits.
  const script = `${hide.join("")}${hide.length > 0 ? `shift ${hide.length}; ` : ""}${limits}"$@"; exit $?`;
  const shell = ["-c", script, "sh", ...(hide.length > 0 ? hidden : []), ...node];
  return wallsHere().length > 0 ? ["unshare", [...wallsHere(), "sh", ...shell]] : ["sh", shell];
}

/** A file to be read apart. */
export type Reading = Omit<Asked, "bytes"> & {
  readonly source: Source;
  /** Folders that the room must not even be able to open: keys and vault. */
  readonly hidden?: readonly string[];
  /** Processor time that it may take; the usual by default. */
  readonly seconds?: number;
  /** Read to its end, however long that takes: such a reading has a room of its own, so that no preview waits for it. */
  readonly isLong?: boolean;
};

/** How often a long reading may read the file over, and what it may read of a small one; and how long it may wait for the store. */
const LONG_READS = 6;
const LONG_WAIT = 8;

const waiting: (() => void)[] = [];
let open = 0;

/**
 * Reads bytes that nobody trusts in a process that ends with it: it may read the program's own files and nothing else, write nothing,
 * start nothing and reach no network; time, memory, open files, what it is given and what it gives back are bounded. What it
 * says is treated as a stranger's words, too.
 */
export async function readApart(reading: Reading): Promise<Outcome> {
  if (reading.isLong) return inRoom(reading);
  if (open >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else open += 1;
  try {
    return await inRoom(reading);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else open -= 1;
  }
}

async function inRoom({
  source,
  hidden = [],
  seconds = SECONDS_MAX,
  isLong = false,
  ...asked
}: Reading): Promise<Outcome> {
  const [command, parameters] = commandOf(hidden, seconds, isLong);
  const child = spawn(command, parameters, { stdio: ["pipe", "pipe", "ignore"], env: {}, cwd: root });
  let late = false;
  const timer = setTimeout(
    () => {
      late = true;
      child.kill("SIGKILL");
    },
    (isLong ? seconds * LONG_WAIT : seconds + 5) * 1_000,
  );
  try {
    const ended = ending(child);
    // A room that gave up early no longer listens.
    child.stdin?.on("error", () => undefined);
    child.stdin?.write(frame(FRAME.data, Buffer.from(JSON.stringify({ ...asked, bytes: source.bytes }))));
    const said = await serve(child, source, GIVEN_BYTES_MAX + (isLong ? source.bytes * LONG_READS : 0));
    const { code, signal } = await ended;
    if ("failed" in said) return said;
    if (late) return { failed: "too-long" };
    return code === 0 && said.answer !== undefined ? said : { failed: failureOf(code, signal) };
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

/** 128 and the number of the signal, as a shell gives it: XCPU after too long; ABRT, TRAP and SEGV when memory has run out. */
function failureOf(code: number | null, signal: NodeJS.Signals | null): Failure {
  if (code === 152 || code === 137 || signal === "SIGXCPU" || signal === "SIGKILL") return "too-long";
  return code === 134 || code === 133 || code === 139 || signal !== null ? "too-large" : "unreadable";
}

const ending = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("error", () => resolve({ code: 1, signal: null }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });

/** Gives the room what it asks for until it has answered, or asks for what it may not have. */
async function serve(
  child: ChildProcess,
  source: Source,
  givenMax: number,
): Promise<{ answer: unknown; picture?: Buffer } | { failed: Failure }> {
  const frames = new Frames(ANSWER_BYTES_MAX);
  let answer: unknown;
  let picture: Buffer | undefined;
  let given = 0;
  let said = 0;
  try {
    for await (const piece of child.stdout ?? []) {
      said += (piece as Buffer).length;
      if (said > 2 * ANSWER_BYTES_MAX) return { failed: "too-large" };
      frames.add(piece as Buffer);
      for (let next = frames.next(); next; next = frames.next()) {
        if (next.kind === FRAME.answer) answer = JSON.parse(next.body.toString());
        else if (next.kind === FRAME.picture) picture = next.body;
        else {
          const { from, to } = rangeOf(next.body, source.bytes);
          given += to - from;
          if (given > givenMax) return { failed: "too-large" };
          child.stdin?.write(frame(FRAME.data, await source.read(from, to)));
        }
      }
    }
  } catch (error) {
    // What the room says may be anything; what our own store says is ours to tell.
    if (error instanceof SyntaxError || error instanceof RangeError) return { failed: "unreadable" };
    throw error;
  }
  return { answer, ...(picture ? { picture } : {}) };
}

function rangeOf(body: Buffer, bytes: number): { from: number; to: number } {
  const { from, to } = JSON.parse(body.toString()) as { from: unknown; to: unknown };
  const isRange =
    Number.isSafeInteger(from) &&
    Number.isSafeInteger(to) &&
    Number(from) >= 0 &&
    Number(from) < Number(to) &&
    Number(to) <= bytes &&
    Number(to) - Number(from) <= PIECE_BYTES_MAX;
  if (!isRange) throw new RangeError("no range of this file");
  return { from: Number(from), to: Number(to) };
}

/** Bytes that are in memory as something to read from. */
export const sourceOf = (bytes: Buffer): Source => ({
  bytes: bytes.length,
  read: async (from, to) => bytes.subarray(from, to),
});
