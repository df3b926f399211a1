import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { env } from "node:process";
import { expect } from "vitest";

const has = (program: string, ...words: string[]): boolean => spawnSync(program, words).status === 0;
/** True where the public tools are there that a VERIFY.txt names. */
export const hasTools: boolean =
  has("openssl", "version") && has("unzip", "-v") && has("sha256sum", "--version") && has("sh", "-c", ":");

/** Runs the VERIFY.txt in a folder as it stands, as its reader would. */
export const followInstructions = (folder: string) =>
  spawnSync("sh", ["-e", "VERIFY.txt"], { cwd: folder, encoding: "utf8", env: { PATH: env["PATH"] } });

/** Places of the package at which a byte is changed, evenly over the whole of it. */
const PLACES = 20;

/**
 * A package is proved with nothing but the file: `comity verify` accepts it; so do the commands of its VERIFY.txt, where the
 * public tools are there; and one byte changed anywhere in it is found, in the evidence with the file's name.
 */
export function expectProved(path: string, { inside, name }: { inside: string; name: string }): void {
  const verify = (file: string) => spawnSync(process.execPath, ["build/main.js", "verify", file], { encoding: "utf8" });
  const good = verify(path);
  expect(good.status, good.stdout + good.stderr).toBe(0);
  if (hasTools) expectToolsAccept(path);

  const bytes = readFileSync(path);
  const broken = join(dirname(path), "broken.asice");
  const verdictOn = (at: number) => {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(broken, changed);
    return verify(broken);
  };
  for (let place = 0; place < PLACES; place += 1) {
    const { status, stdout } = verdictOn(Math.floor((bytes.length * place) / PLACES));
    expect([status, stdout]).toEqual([1, expect.stringContaining("✗ ")]);
  }
  const evidence = verdictOn(bytes.indexOf(inside.slice(0, 60)));
  expect([evidence.status, evidence.stdout]).toEqual([1, expect.stringMatching(new RegExp(`✗ .*${name}`))]);
}

function expectToolsAccept(path: string): void {
  const folder = dirname(path);
  const instructions = execFileSync("unzip", ["-p", basename(path), "VERIFY.txt"], { cwd: folder });
  writeFileSync(join(folder, "VERIFY.txt"), instructions);
  const run = followInstructions(folder);
  expect(run.status, run.stdout + run.stderr).toBe(0);
  expect(run.stderr).toContain("CAdES Verification successful");
  expect(run.stdout).toContain("in the ledger");
}
