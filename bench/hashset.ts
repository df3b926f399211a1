import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSet } from "../src/hashsets/build.ts";
import type { Hash } from "../src/hashsets/lists.ts";
import { SetFiles } from "../src/hashsets/store.ts";
import { sql } from "../src/kernel/database.ts";
import { type Measurement, measured, p95 } from "./measurement.ts";
import { withNode } from "./node.ts";

/** Entries of the set: as many as a large list of a hotline or a national library has. `COMITY_BENCH_HASHES` gives another number. */
const ENTRIES = Number(process.env["COMITY_BENCH_HASHES"] ?? 50_000_000);
const LOOKED_UP = 4_000;

/** The n-th hash: SHA-256 costs little beside building, and can be told again. */
const hashOf = (n: number): Buffer => createHash("sha1").update(`${n}`).digest();
async function* all(): AsyncGenerator<Hash> {
  for (let n = 0; n < ENTRIES; n += 1) yield { kind: "sha1", bytes: hashOf(n) };
}

/** Makes the kernel forget what it holds of files, where this user may. */
function forget(): boolean {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "3");
    return true;
  } catch {
    return false;
  }
}

/** How long one look-up takes among very many hashes on disk, against the same in an indexed table of PostgreSQL, half of them there. */
export const measureHashset = (): Promise<Measurement[]> =>
  withNode(async (node, config) => {
    const place = { folder: join(config.folder, "hashsets"), version: "bench", key: randomBytes(32) };
    mkdirSync(place.folder, { recursive: true });
    const began = performance.now();
    const { sha1 } = await buildSet(all(), place);
    const built = ENTRIES / ((performance.now() - began) / 1_000);
    if (sha1 !== ENTRIES) throw new Error(`${sha1} of ${ENTRIES} hashes are there`);
    const filled = performance.now();
    await sql`create unlogged table bench_hash as select substring(sha256(n::text::bytea) for 20) as hash from generate_series(0, ${sql.lit(ENTRIES - 1)}::int) n`.execute(
      node.db,
    );
    await sql`create unique index on bench_hash (hash)`.execute(node.db);
    const inserted = ENTRIES / ((performance.now() - filled) / 1_000);
    const files = await SetFiles.open(place);
    const isCold = forget();
    const any = (): number => Math.floor(Math.random() * ENTRIES * 2);
    const ours = await p95(async () => {
      const n = any();
      if ((await files.has("sha1", hashOf(n).toString("hex"))) !== n < ENTRIES)
        throw new Error(`hash ${n} is told wrongly`);
    }, LOOKED_UP);
    forget();
    const theirs = await p95(async () => {
      const hash = createHash("sha256").update(String(any())).digest().subarray(0, 20);
      await sql`select 1 from bench_hash where hash = ${hash}`.execute(node.db);
    }, LOOKED_UP);
    const size = statSync(join(place.folder, "bench.sha1")).size;
    await files.close();
    rmSync(place.folder, { recursive: true, force: true });
    const disk = isCold ? "from disk" : "from the page cache";
    return [
      measured(`hashset.look-up among ${ENTRIES}, ${disk}, p95`, ours, "ms", {
        name: "the same in PostgreSQL by a unique index, p95",
        value: theirs,
      }),
      measured("hashset.build", built, "hashes/s", {
        name: "the same into an unlogged table and its index",
        value: inserted,
      }),
      measured("hashset.size", size / ENTRIES, "bytes/hash", { name: "the hash itself", value: 20 }),
    ];
  });
