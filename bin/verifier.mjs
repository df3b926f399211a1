// Makes verify.html: the verifier as one page that needs no network and no other file. The same sources as `comity verify`; what they use
// of Node is replaced by what a browser has. Plain JavaScript, run by the project's own Node.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { build } from "rolldown";

const [, , trust, target] = argv;
const at = (name) => join(trust, name);
const STANDINS = {
  "node:crypto": at("browser-crypto.ts"),
  "node:fs": at("browser-nothing.ts"),
  "node:path": at("browser-nothing.ts"),
};

/** Puts what a browser has in the place of what Node has. */
const standIns = {
  name: "stand-ins",
  resolveId(source, importer) {
    if (STANDINS[source]) return STANDINS[source];
    // The page's own hashing asks this file for its types only.
    if (/\bverify-hashing\.ts$/.test(source) && !importer?.endsWith("browser-hashing.ts"))
      return at("browser-hashing.ts");
    return source.startsWith("node:") ? this.error(`${source}: nothing stands in for it in a browser`) : null;
  },
};

const bundle = await build({
  input: at("browser-entry.ts"),
  write: false,
  platform: "browser",
  plugins: [standIns],
  transform: { target: "es2022" },
  output: { format: "iife", minify: true, codeSplitting: false },
  onLog(level, log) {
    if (level === "warn") throw new Error(log.message);
  },
});
// Nothing inside may look to the page's parser like the end of the script.
const script = bundle.output[0].code.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const style = readFileSync(at("verify-page.css"), "utf8").replaceAll(/\s*\n\s*/g, "");
const source = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${source(script)}`,
  `style-src ${source(style)}`,
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const page = readFileSync(at("verify-page.html"), "utf8")
  .replace("%POLICY%", () => policy)
  .replace(/>\s*%STYLE%;?\s*</, () => `>${style}<`)
  .replace(/>\s*%SCRIPT%;?\s*</, () => `>${script}<`);
if (/%[A-Z]+%/.test(page.replace(script, ""))) throw new Error("a part of the page was not put in");
writeFileSync(target, page);
