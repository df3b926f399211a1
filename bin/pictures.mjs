// `npm run pictures`: takes the pictures of docs/pictures anew. `npm run pictures -- ADDRESS…`: takes pictures of pages that are served already.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { compile, install, node, root } from "./prepare.mjs";

install();
compile();
const addresses = process.argv.slice(2);
const parameters =
  addresses.length > 0
    ? [join(root, "test/pictures/take.ts"), ...addresses]
    : [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", join(root, "test/pictures/vitest.config.ts")];
const { status } = spawnSync(node, parameters, { cwd: root, stdio: ["ignore", 1, 2], env: process.env });
process.exit(status ?? 1);
