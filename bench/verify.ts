import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { example, exampleFile } from "../src/trust/package-example.ts";
import { verifyPackage } from "../src/trust/verify.ts";
import { type Measurement, measured } from "./measurement.ts";

const EVIDENCE_MIB = 256;
const EVENTS = 1000;
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

/**
 * How fast a package is verified: one with a large item, against one plain hash of the same bytes by openssl; and one with
 * a long custody, against nothing but hashing its file.
 */
export async function measureVerify(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "comity-bench-verify-"));
  try {
    const lines: Measurement[] = [];
    const large = Buffer.alloc(EVIDENCE_MIB * 1024 * 1024, "evidence of some kind ");
    const packages = [
      { name: "verify.package", items: [{ number: "1", files: [exampleFile("disk.img", large)], events: 10 }] },
      { name: "verify.custody", items: [{ number: "1", files: [exampleFile("a", "a")], events: EVENTS }] },
    ];
    for (const { name, items } of packages) {
      const file = join(folder, `${name}.asice`);
      const bytes = await example(items).build();
      writeFileSync(file, bytes);
      const own = await best(async () => {
        if (!(await verifyPackage(file)).ok) throw new Error("the bench's own package is not good");
      });
      const plain = await best(() => execFileSync("openssl", ["dgst", "-sha256", file]));
      if (name === "verify.package") {
        const size = bytes.length / 1024 / 1024;
        lines.push(measured(name, size / own, "MiB/s", { name: "openssl dgst -sha256", value: size / plain }));
      } else
        lines.push(
          measured(name, EVENTS / own, "events/s", { name: "openssl dgst -sha256 of the file", value: EVENTS / plain }),
        );
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
