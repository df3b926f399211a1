import { execFile, execFileSync, spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Officer } from "../src/kernel/actor.ts";
import { makeServer } from "../src/kernel/server.ts";
import type { Node } from "../src/kernel/node.ts";
import { chrome } from "../src/chrome.ts";
import { ALGORITHMS } from "../src/trust/vault.ts";
import { takeUpload } from "../src/trust/vault-upload-rows.ts";
import { type Measurement, measured } from "./measurement.ts";
import { withNode } from "./node.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const FILE_GIB = 4;
/** Each way is taken this often, by turns; the median counts. */
const TURNS = 3;
/** What goes through for the memory, in GiB. */
const MEMORY_GIB = [1, 8, 32];
/** One call of those; what it has written is taken away before the next, so that 32 GiB need not lie on the disk. */
const CALL_BYTES = 4 * GIB;
const SAMPLE_MS = 50;

const tell = (words: string): void => void process.stderr.write(`${words}\n`);
const load = (): string =>
  `load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")} on ${cpus().length} cores`;

/** A file that nothing can compress. */
function makeFile(path: string, bytes: number): void {
  const handle = openSync(path, "w");
  for (let written = 0; written < bytes; written += 8 * MIB) writeSync(handle, randomBytes(8 * MIB));
  closeSync(handle);
}

function demandHashdeep(): void {
  if (spawnSync("hashdeep", ["-V"]).error)
    throw new Error("hashdeep is not installed, and there is nothing to measure against: apt-get install hashdeep");
}

const seconds = (work: () => void): number => {
  const from = performance.now();
  work();
  return (performance.now() - from) / 1_000;
};

/** How the same is done by hand: the three digests, then the copy, then the copy on the disk. Seconds, and the digests. */
function byHand(file: string, folder: string): { readonly seconds: number; readonly digests: readonly string[] } {
  const copy = join(folder, "copy");
  let said = "";
  const took = seconds(() => {
    said = execFileSync("hashdeep", ["-c", "md5,sha1,sha256", file], { encoding: "utf8" });
    execFileSync("cp", [file, copy]);
    execFileSync("sync", [copy]);
  });
  rmSync(copy);
  const line = said.split("\n").find((each) => /^\d/.test(each)) ?? "";
  return { seconds: took, digests: line.split(",").slice(1, 4) };
}

const asked = { "tus-resumable": "1.0.0" };

/** The client is a program of its own, as it would be: it sends a file, or as many bytes that it makes. Prints the answer's status. */
const CLIENT = `import { openSync, readSync } from "node:fs"; import { request } from "node:http"; import { argv } from "node:process"; import { randomFillSync } from "node:crypto";
const [url, file, length, offset] = argv.slice(1);
const headers = { "tus-resumable": "1.0.0", "upload-offset": offset, "content-type": "application/offset+octet-stream", "content-length": length };
const call = request(url, { method: "PATCH", headers }, (answer) => { answer.resume(); console.log(answer.statusCode); });
const handle = file === "" ? undefined : openSync(file, "r");
const blocks = Array.from({ length: 4 }, () => randomFillSync(Buffer.alloc(1048576)));
const free = [...blocks]; let wake;
for (let left = Number(length); left > 0;) {
  while (free.length === 0) await new Promise((resolve) => (wake = resolve));
  const block = free.pop();
  const bytes = handle === undefined ? Math.min(block.length, left) : readSync(handle, block, 0, Math.min(block.length, left), null);
  left -= bytes;
  call.write(block.subarray(0, bytes), () => { free.push(block); wake?.(); });
}
call.end();`;

function send(
  url: string,
  { file = "", bytes, offset = 0 }: { file?: string; bytes: number; offset?: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ["--input-type=module", "-e", CLIENT, url, file, `${bytes}`, `${offset}`],
      (error, said) => (error ? reject(error) : resolve(said.trim())),
    );
    child.stderr?.resume();
  });
}

async function create(base: string, bytes: number): Promise<string> {
  const headers = { ...asked, "upload-length": `${bytes}` };
  const made = await fetch(`${base}/api/v1/uploads`, { method: "POST", headers });
  const location = made.headers.get("location");
  if (!location) throw new Error(`the node answered ${made.status}`);
  return `${base}${location}`;
}
const end = (url: string) => fetch(url, { method: "DELETE", headers: asked });

/** Over HTTP to the node: hashed, encrypted, durable. Seconds; the upload stays. */
async function byNode(
  base: string,
  file: string,
  expected: readonly string[],
): Promise<{ seconds: number; url: string }> {
  const from = performance.now();
  const url = await create(base, FILE_GIB * GIB);
  const status = await send(url, { file, bytes: FILE_GIB * GIB });
  if (status !== "204") throw new Error(`the node answered ${status}`);
  const took = (performance.now() - from) / 1_000;
  const head = await fetch(url, { method: "HEAD", headers: asked });
  const told = ALGORITHMS.map((algorithm) => head.headers.get(`upload-${algorithm}`));
  if (told.join() !== expected.join()) throw new Error("the node's digests are not hashdeep's");
  return { seconds: took, url };
}

const idOf = (url: string): string => url.split("/").at(-1) ?? "";

/** What was ingested, read again, decrypted, and compared with its SHA-256. Seconds. */
async function readBack(node: Node, officer: Officer, url: string): Promise<number> {
  const { vault } = node.services;
  const taken = await node.db.transaction().execute((tx) => takeUpload(tx, vault, idOf(url), officer.account));
  if (!taken) throw new Error("the upload is not there");
  const from = performance.now();
  const hashing = await vault.hashing(["sha256"], taken);
  const { sha256 } = await hashing.digest();
  const took = (performance.now() - from) / 1_000;
  hashing.drop();
  if (sha256 !== taken.digest) throw new Error("what was read back is not what was written");
  for (const { object } of taken.parts) await vault.remove(object);
  return took;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Runs `work` on a node whose desk is asked by one officer, without signing in. */
function withDesk<T>(work: (desk: { node: Node; base: string; officer: Officer }) => Promise<T>): Promise<T> {
  return withNode(async (node) => {
    const officer: Officer = {
      kind: "officer",
      account: randomUUID(),
      name: "Bench",
      role: "investigator",
      locale: "en",
      via: "token",
      credential: randomUUID(),
      steppedUpAt: null,
      office: { id: randomUUID(), name: "Bench", kind: "police", zone: "UTC" },
    };
    const slices = node.registry.slices.map((slice) => ({ ...slice, authenticate: async () => officer }));
    const server = await makeServer({
      node: { ...node, registry: { ...node.registry, slices } },
      role: "desk",
      chrome,
    });
    const base = await server.listen({ host: "127.0.0.1", port: 0 });
    try {
      return await work({ node, base, officer });
    } finally {
      await server.close();
    }
  });
}

/** One file of 4 GiB into the vault and out again, against hashdeep, `cp`, `sync` and openssl on the same file and disk. */
export async function measureIngest(): Promise<Measurement[]> {
  demandHashdeep();
  const folder = mkdtempSync(join(tmpdir(), "comity-ingest-"));
  try {
    const file = join(folder, "image.dd");
    makeFile(file, FILE_GIB * GIB);
    execFileSync("sync", [file]);
    return await withDesk(async ({ node, base, officer }) => {
      const hand: number[] = [];
      const ours: number[] = [];
      const read: number[] = [];
      const openssl: number[] = [];
      for (let turn = 0; turn < TURNS; turn += 1) {
        const done = byHand(file, folder);
        hand.push(done.seconds);
        const ingested = await byNode(base, file, done.digests);
        ours.push(ingested.seconds);
        openssl.push(seconds(() => execFileSync("openssl", ["dgst", "-sha256", file])));
        read.push(await readBack(node, officer, ingested.url));
        tell(`by hand ${done.seconds.toFixed(1)} s, by the node ${ingested.seconds.toFixed(1)} s; ${load()}`);
      }
      const rate = (taken: readonly number[]) => (FILE_GIB * GIB) / MIB / median(taken);
      return [
        measured(`ingest of ${FILE_GIB} GiB over HTTP, three digests, encrypted and flushed`, rate(ours), "MiB/s", {
          name: "hashdeep -c md5,sha1,sha256, then cp, then sync",
          value: rate(hand),
        }),
        measured(`${FILE_GIB} GiB read back, decrypted and verified`, rate(read), "MiB/s", {
          name: "openssl dgst -sha256",
          value: rate(openssl),
        }),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes away what a call has written: only its digests go on. */
async function discardWritten(node: Node, id: string): Promise<void> {
  const parts = await node.db.selectFrom("upload_part").select("object").where("upload", "=", id).execute();
  for (const { object } of parts) await node.services.vault.remove(object);
}

/** The most memory that the node holds while `work` goes on, in bytes. */
async function mostMemory(work: () => Promise<void>): Promise<number> {
  let most = 0;
  const sampling = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return most;
}

/** Memory of the node's process over idle while 1, 8 and 32 GiB go through, in MiB. */
export async function measureIngestMemory(): Promise<Measurement[]> {
  return withDesk(async ({ node, base }) => {
    const ingest = async (bytes: number): Promise<void> => {
      const url = await create(base, bytes);
      for (let offset = 0; offset < bytes; offset += CALL_BYTES) {
        const status = await send(url, { bytes: Math.min(CALL_BYTES, bytes - offset), offset });
        if (status !== "204") throw new Error(`the node answered ${status}`);
        await discardWritten(node, idOf(url));
      }
      await end(url);
    };
    // Threads, code and buffers are there before it counts as idle.
    await ingest(64 * MIB);
    const idle = process.memoryUsage.rss();
    const found: Measurement[] = [];
    for (const gib of MEMORY_GIB) {
      const most = await mostMemory(() => ingest(gib * GIB));
      tell(
        `${gib} GiB: at most ${((most - idle) / MIB).toFixed(0)} MiB over ${(idle / MIB).toFixed(0)} MiB; ${load()}`,
      );
      found.push(
        measured(`memory over idle while ${gib} GiB are ingested`, (most - idle) / MIB, "MiB", {
          name: "allowed",
          value: 300,
        }),
      );
    }
    return found;
  });
}
