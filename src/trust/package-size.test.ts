import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { thorough } from "../../test/thorough.ts";
import { example, exampleFile } from "./package-example.ts";
import { preparePackage } from "./package.ts";
import { verifyPackage } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-size-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PIECE = Buffer.alloc(1 << 20);
/** How much more memory than at the start may be in use at any moment, in bytes, whatever the length of the item. */
const MORE_MAX = 160 << 20;

/** The most memory that was in use while `work` ran, over what it was before. */
async function memoryOf(work: () => Promise<void>): Promise<number> {
  const inUse = (): number => {
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + Math.max(external, arrayBuffers);
  };
  const before = inUse();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, inUse() - before);
  }, 10);
  await work().finally(() => clearInterval(watch));
  return most;
}

test(
  "an item of any length is packed and verified in the same memory, without a copy of it",
  async () => {
    const pieces = thorough(96, 8 << 10);
    const hash = createHash("sha256");
    for (let n = 0; n < pieces; n++) hash.update(PIECE);
    const disk = {
      ...exampleFile("disk.img", ""),
      sizeBytes: pieces * 2 ** 20,
      sha256: hash.digest("hex"),
      open: () =>
        Readable.from(
          (function* () {
            for (let n = 0; n < pieces; n++) yield PIECE;
          })(),
        ),
    };
    const path = join(folder, "package.asice");
    const prepared = await preparePackage(example([{ number: "1", files: [disk], events: 3 }]).options);
    const packing = await memoryOf(async () => {
      // Zeros are left out as holes, so that the test needs no room on the disk; they are read as they were written.
      const file = await open(path, "w");
      let at = 0;
      for await (const piece of prepared.stream() as AsyncIterable<Buffer>) {
        if (piece !== PIECE && !piece.equals(PIECE)) await file.write(piece, 0, piece.length, at);
        at += piece.length;
      }
      await file.truncate(at);
      await file.close();
      expect(at).toBe(prepared.sizeBytes);
    });
    const verifying = await memoryOf(async () => {
      const report = await verifyPackage(path);
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    });
    expect(Math.max(packing, verifying)).toBeLessThan(MORE_MAX);
    console.log(
      `packing ${Math.round(packing / 2 ** 20)} MiB, verifying ${Math.round(verifying / 2 ** 20)} MiB more, of ${pieces} MiB`,
    );
  },
  thorough(60_000, 1_800_000),
);
