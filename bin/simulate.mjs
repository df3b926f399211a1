// `npm run simulate [-- --nodes 100 --days 365 --requests 10 --seed 1]`: a network of nodes in one process, a year in virtual time.
// Prints one JSON line; ends with 1 where the histories of any request differ between its two nodes.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { compile, copyBeside, install, node, root } from "./prepare.mjs";

install();
compile();
const out = join(root, "node_modules/.cache/bench");
const tsc = join(root, "node_modules/typescript/bin/tsc");
const options = ["-p", "tsconfig.json", "--noEmit", "false", "--incremental", "false", "--outDir", out];
const compiled = spawnSync(node, [tsc, ...options], { cwd: root, stdio: ["ignore", 2, 2] });
if (compiled.status !== 0) process.exit(1);
copyBeside(join(out, "src"));
const { status } = spawnSync(node, [join(out, "bench/simulate.js"), ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
