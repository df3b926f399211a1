// `npm run test:oracles`: packages checked by programs that share nothing with this one. Debian's packages are installed where this may
// be done; else it is said what is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { compile, install, node, root } from "./prepare.mjs";

const GOPATH = "/usr/share/gocode";
const NEEDED = [
  ["unzip", () => has("unzip", "-v")],
  ["openssl", () => has("openssl", "version")],
  ["coreutils", () => has("sha256sum", "--version")],
  ["golang-go", () => has("go", "version")],
  ["golang-golang-x-mod-dev", () => existsSync(join(GOPATH, "src/golang.org/x/mod/sumdb/note"))],
  ["age", () => has("age", "--version")],
  ["hashdeep", () => has("hashdeep", "-V")],
];
const has = (program, ...words) => spawnSync(program, words).status === 0;
const missing = () => NEEDED.filter(([, isThere]) => !isThere()).map(([name]) => name);

install();
compile();
if (missing().length > 0 && process.getuid?.() === 0 && has("apt-get", "--version")) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-q"], { stdio: ["ignore", 2, 2], env });
  spawnSync("apt-get", ["install", "-qy", "--no-install-recommends", ...missing()], { stdio: ["ignore", 2, 2], env });
}
const left = missing();
if (left.length > 0) {
  console.error(`These programs are missing: ${left.join(", ")}. On Debian: apt-get install ${left.join(" ")}`);
  process.exit(1);
}
const { status } = spawnSync(node, [join(root, "node_modules/vitest/vitest.mjs"), "run", "test/oracles"], {
  cwd: root,
  stdio: ["ignore", 1, 2],
  env: {
    ...process.env,
    PATH: `${join(root, "node_modules/node/bin")}:${join(root, "node_modules/.bin")}:${process.env.PATH}`,
    NODE_ENV: "test",
    FORCE_COLOR: "0",
    COMITY_ORACLES: GOPATH,
  },
});
process.exit(status ?? 1);
