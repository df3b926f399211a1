import { execFile, execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, openSync, rmSync, writeSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Officer } from "../src/kernel/actor.ts";
import { makeServer } from "../src/kernel/server.ts";
import { chrome } from "../src/chrome.ts";
import { type Measurement, measured } from "./measurement.ts";
import { withNode } from "./node.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** Each way is taken this often, by turns; the median counts. */
const TURNS = 3;

/** A file of 1 GiB that nothing can compress. */
function makeFile(path: string): void {
  const handle = openSync(path, "w");
  for (let written = 0; written < GIB; written += 8 * MIB) writeSync(handle, randomBytes(8 * MIB));
  closeSync(handle);
}

/** How the same is done by hand: the digest, then the copy, then the copy on the disk. Seconds. */
function byHand(file: string, folder: string): number {
  const copy = join(folder, "copy");
  const from = performance.now();
  execFileSync("sha256sum", [file]);
  execFileSync("cp", [file, copy]);
  execFileSync("sync", [copy]);
  const seconds = (performance.now() - from) / 1_000;
  rmSync(copy);
  return seconds;
}

const asked = { "tus-resumable": "1.0.0" };

/** The client is a program of its own, as it would be: it reads the file and sends it. Resolves with the answer's status. */
const CLIENT = `import { createReadStream } from "node:fs"; import { request } from "node:http"; import { pipeline } from "node:stream/promises"; import { argv } from "node:process";
const [url, file, length] = argv.slice(1);
const headers = { "tus-resumable": "1.0.0", "upload-offset": "0", "content-type": "application/offset+octet-stream", "content-length": length };
const call = request(url, { method: "PATCH", headers }, (answer) => { answer.resume(); console.log(answer.statusCode); });
await pipeline(createReadStream(file, { highWaterMark: 1048576 }), call);`;

function sendFile(url: string, file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ["--input-type=module", "-e", CLIENT, url, file, `${GIB}`],
      (error, said) => (error ? reject(error) : resolve(said.trim())),
    );
    child.stderr?.resume();
  });
}

/** Over HTTP to the node: hashed, encrypted, durable. Seconds. */
async function byNode(base: string, file: string): Promise<number> {
  const from = performance.now();
  const made = await fetch(`${base}/api/v1/uploads`, {
    method: "POST",
    headers: { ...asked, "upload-length": `${GIB}` },
  });
  const url = `${base}${String(made.headers.get("location"))}`;
  const status = await sendFile(url, file);
  if (status !== "204") throw new Error(`the node answered ${status}`);
  const seconds = (performance.now() - from) / 1_000;
  const head = await fetch(url, { method: "HEAD", headers: asked });
  const [digest] = execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ");
  if (head.headers.get("upload-sha256") !== digest) throw new Error("the node's digest is not sha256sum's");
  await fetch(url, { method: "DELETE", headers: asked });
  return seconds;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** One file of 1 GiB into the vault, against `sha256sum`, `cp` and `sync` of the same file on the same disk. */
export async function measureIngest(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "comity-ingest-"));
  try {
    const file = join(folder, "image.dd");
    makeFile(file);
    return await withNode(async (node) => {
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
      const hand: number[] = [];
      const ours: number[] = [];
      try {
        for (let turn = 0; turn < TURNS; turn += 1) {
          hand.push(byHand(file, folder));
          ours.push(await byNode(base, file));
        }
      } finally {
        await server.close();
      }
      return [
        measured("ingest of 1 GiB over HTTP, hashed, encrypted and flushed", GIB / MIB / median(ours), "MiB/s", {
          name: "sha256sum, then cp, then sync",
          value: GIB / MIB / median(hand),
        }),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
