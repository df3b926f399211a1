import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { example, exampleFile } from "../src/trust/package-example.ts";
import { verifyPackage } from "../src/trust/verify.ts";
import { type Measurement, measured } from "./measurement.ts";

const EVIDENCE_MIB = 256;
const EVENTS = 100;
const TIMES = 3;

/** The best of a few runs, in seconds: the least disturbed by whatever else the machine does. */
async function best(work: () => unknown): Promise<number> {
  const readings: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const from = performance.now();
    await work();
    readings.push((performance.now() - from) / 1_000);
  }
  return Math.min(...readings);
}

/** How fast a package with a large item and a long custody is verified, against one plain hash of the same bytes by openssl. */
export async function measureVerify(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "comity-bench-verify-"));
  try {
    const large = Buffer.alloc(EVIDENCE_MIB * 1024 * 1024, "evidence of some kind ");
    const file = join(folder, "package.asice");
    const bytes = await example([{ number: "1", files: [exampleFile("disk.img", large)], events: EVENTS }]).build();
    writeFileSync(file, bytes);
    const own = await best(async () => {
      if (!(await verifyPackage(file)).ok) throw new Error("the bench's own package is not good");
    });
    const plain = await best(() => execFileSync("openssl", ["dgst", "-sha256", file]));
    const size = bytes.length / 1024 / 1024;
    return [measured("verify.package", size / own, "MiB/s", { name: "openssl dgst -sha256", value: size / plain })];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
