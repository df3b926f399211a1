// `npm run bench [name …]`: one JSON line per measurement, each with its baseline of the same run.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { compile, install, node, root } from "./prepare.mjs";

install();
compile();
const { status } = spawnSync(node, ["--disable-warning=ExperimentalWarning", join(root, "bench/run.ts"), ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
