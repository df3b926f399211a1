import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPkcs11 } from "../src/trust/key-pkcs11.ts";

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/lib64/softhsm/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];
const found = MODULES.find((path) => existsSync(path));

/** Why no token can be had here; `null` where one can. */
export const tokenLacks: string | null = !hasPkcs11()
  ? "pkcs11js is not built (npm run pkcs11)"
  : found === undefined || spawnSync("softhsm2-util", ["--version"]).status !== 0
    ? "softhsm2 is not installed"
    : null;

interface Token {
  readonly module: string;
  readonly token: string;
  readonly pin: string;
}
let made: Token | undefined;

/**
 * The token of SoftHSM of this process, in a folder of its own until the process ends. The library reads its settings once in a
 * process, so that all files of tests that it runs share one.
 */
export const theToken = (): Token => (made ??= makeToken());

function makeToken(): Token {
  const folder = mkdtempSync(join(tmpdir(), "comity-token-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "tokens"));
  const settings = join(folder, "softhsm2.conf");
  writeFileSync(
    settings,
    `directories.tokendir = ${join(folder, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env["SOFTHSM2_CONF"] = settings;
  const [token, pin] = ["comity-test", randomBytes(6).toString("hex")];
  const initialised = spawnSync(
    "softhsm2-util",
    ["--init-token", "--free", "--label", token, "--pin", pin, "--so-pin", pin],
    { encoding: "utf8" },
  );
  if (initialised.status !== 0) throw new Error(initialised.stdout + initialised.stderr);
  return { module: found ?? "", token, pin };
}
