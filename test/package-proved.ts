import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { env } from "node:process";
import { expect } from "vitest";

const comityVerify = (path: string) =>
  spawnSync(process.execPath, ["build/main.js", "verify", path], { encoding: "utf8" });
const has = (program: string, ...words: string[]): boolean => spawnSync(program, words).status === 0;

/** Places of the package at which a byte is changed, evenly over the whole of it. */
const PLACES = 20;

/**
 * A package is proved by the program and by public tools, with nothing but the file: `comity verify` accepts it, so do the
 * commands of its VERIFY.txt as they stand, and one byte changed anywhere in it is found and named.
 */
export async function expectProved(path: string, { inside, name }: { inside: string; name: string }): Promise<void> {
  const good = comityVerify(path);
  expect(good.status, good.stdout + good.stderr).toBe(0);
  expectToolsAccept(path);

  const bytes = readFileSync(path);
  const broken = join(dirname(path), "broken.asice");
  const verdictOn = (at: number) => {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(broken, changed);
    return comityVerify(broken);
  };
  for (let place = 0; place < PLACES; place += 1) {
    const { status, stdout } = verdictOn(Math.floor((bytes.length * place) / PLACES));
    expect(status, stdout).toBe(1);
    expect(stdout).toContain("✗ ");
  }
  const evidence = verdictOn(bytes.indexOf(inside.slice(0, 60)));
  expect([evidence.status, evidence.stdout]).toEqual([1, expect.stringMatching(new RegExp(`✗ .*${name}`))]);
}

/** Runs VERIFY.txt beside the package; openssl, unzip and sha256sum are the reader's own. */
function expectToolsAccept(path: string): void {
  if (!has("openssl", "version") || !has("unzip", "-v") || !has("sha256sum", "--version")) return;
  const cwd = dirname(path);
  const instructions = execFileSync("unzip", ["-p", basename(path), "VERIFY.txt"], { cwd });
  writeFileSync(join(cwd, "VERIFY.txt"), instructions);
  const run = spawnSync("sh", ["-e", "VERIFY.txt"], { cwd, encoding: "utf8", env: { PATH: env["PATH"] } });
  expect(run.status, run.stdout + run.stderr).toBe(0);
  expect(run.stderr).toContain("CAdES Verification successful");
  expect(run.stdout).toContain("in the ledger");
}
