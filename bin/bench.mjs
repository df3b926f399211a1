// `npm run bench [name …]`: one JSON line per measurement, each with its baseline of the same run.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { compile, copyBeside, install, node, root } from "./prepare.mjs";

install();
compile();
const out = join(root, "node_modules/.cache/bench");
const compiled = spawnSync(
  node,
  [
    join(root, "node_modules/typescript/bin/tsc"),
    "--noCheck",
    "-p",
    "tsconfig.json",
    "--noEmit",
    "false",
    "--incremental",
    "false",
    "--outDir",
    out,
  ],
  { cwd: root, stdio: ["ignore", 2, 2] },
);
if (compiled.status !== 0) process.exit(1);
copyBeside(join(out, "src"));
const { status } = spawnSync(node, [join(out, "bench/run.js"), ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
