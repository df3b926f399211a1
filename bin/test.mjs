// `npm test`: installs, then checks types, lint and import rules, format and dead code, then runs every test.
// `npm run check`: all of it but the tests that need a browser or take long.
// `npm run test:thorough`: tests of chance are tried many times more often; takes long.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compile, install, node, root } from "./prepare.mjs";

install();
compile();
const check = process.argv.includes("--check");
const thorough = process.argv.includes("--thorough");
const only = process.argv.slice(2).filter((argument) => argument !== "--check" && argument !== "--thorough");
const tool = (name, ...parameters) => ({ name, parameters: [join(root, "node_modules", name), ...parameters] });
/** Two rows beside each other, each on one thread: several threads would each work out anew what they share, at twice the cost. */
const rows = [
  [
    ["types", tool("typescript/bin/tsc", "--noEmit", "-p", ".", "--singleThreaded")],
    ["dead code", tool("knip/bin/knip.js")],
  ],
  [
    ["format", tool("oxfmt/bin/oxfmt", "--check", "src", "test", "bench", "bin")],
    [
      "lint and import rules",
      tool("oxlint/bin/oxlint", "--type-aware", "--quiet", "--threads=1", "src", "test", "bench"),
    ],
  ],
];

const environment = {
  ...process.env,
  PATH: `${join(root, "node_modules/node/bin")}:${join(root, "node_modules/.bin")}:${process.env.PATH}`,
  NODE_ENV: "test",
  // Programs that tests start: dozens of them, each of which would compile the same thousand files.
  NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compiled"),
  FORCE_COLOR: "0",
  ...(thorough ? { COMITY_THOROUGH: "1" } : {}),
};
let failed = false;
if (only.length === 0)
  await Promise.all(
    rows.map(async (row) => {
      for (const [what, { parameters }] of row) {
        const from = Date.now();
        const { status, said } = await run(parameters);
        process.stdout.write(said);
        console.log(`${status === 0 ? "good " : "WRONG"} ${what} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
        failed ||= status !== 0;
      }
    }),
  );

/** Runs a tool; what it says is shown when it has ended, so that what two of them say does not mingle. */
function run(parameters) {
  return new Promise((resolve, reject) => {
    const env = { ...environment, GOMAXPROCS: "1" };
    const child = spawn(node, parameters, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(chunk));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, said: Buffer.concat(said).toString() }));
  });
}

const report = join(root, "node_modules/.cache/tests.json");
mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
rmSync(report, { force: true });
const excluded = check ? ["--exclude", "test/**"] : [];
const { status } = spawnSync(
  node,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    ...(only.length === 0 ? [`--reporter=${join(root, "bin/slowest.mjs")}`] : []),
    `--outputFile.json=${report}`,
    ...excluded,
    ...only,
  ],
  { cwd: root, stdio: ["ignore", 1, 2], env: environment },
);
failed ||= status !== 0;
const {
  numPassedTests = 0,
  numFailedTests = 0,
  numPendingTests = 0,
} = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : {};
if (numPassedTests + numFailedTests === 0) failed = true;
console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
process.exit(failed ? 1 : 0);
