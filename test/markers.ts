import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An item that can be told from all others by any part of it. */
export interface Marked {
  readonly content: Buffer;
  readonly name: string;
  readonly description: string;
  readonly seal: string;
}

const token = (): string => `mark${randomBytes(12).toString("hex")}`;

/** Makes one; `rows` are what it holds beside its marks. */
export const marked = (rows = ""): Marked => ({
  content: Buffer.from(
    `account,registered,address\n${`${token()},2026-10-29T06:11:04Z,198.51.100.77\n`.repeat(40)}${rows}`,
  ),
  name: `${token()}.csv`,
  description: `Subscriber information ${token()} as held`,
  seal: token(),
});

const ALGORITHMS = ["sha256", "sha1", "md5"] as const;
/** Bytes of a raw digest that are looked for: grep takes no line end and no zero in what it looks for. */
const RAW_BYTES = 8;

function rawPart(digest: Buffer): Buffer | undefined {
  for (let at = 0; at + RAW_BYTES <= digest.length; at += 1) {
    const part = digest.subarray(at, at + RAW_BYTES);
    if (!part.includes(0) && !part.includes(10)) return part;
  }
  return undefined;
}

/** Everything by which such an item could be known, by what it is called in a failure. */
function tracesOf({ content, name, description, seal }: Marked): [string, Buffer][] {
  const texts = [
    name,
    /mark[\da-f]{24}/.exec(description)?.[0] ?? "",
    /mark[\da-f]{24}/.exec(content.toString())?.[0] ?? "",
    seal,
  ];
  const words = ["name", "description", "content", "seal number"].flatMap((what, n): [string, Buffer][] => {
    const text = texts[n] ?? "";
    return [
      [what, Buffer.from(text)],
      [`${what} in base64`, Buffer.from(Buffer.from(text).toString("base64").slice(0, 30))],
    ];
  });
  const digests = ALGORITHMS.flatMap((algorithm): [string, Buffer][] => {
    const digest = createHash(algorithm).update(content).digest();
    const raw = rawPart(digest);
    return [
      [`${algorithm} in hex`, Buffer.from(digest.toString("hex"))],
      [`${algorithm} in capitals`, Buffer.from(digest.toString("hex").toUpperCase())],
      [`${algorithm} in base64`, Buffer.from(digest.toString("base64").replaceAll("=", ""))],
      [`${algorithm} in base64url`, Buffer.from(digest.toString("base64url"))],
      ...(raw ? ([[`${algorithm} in raw bytes`, raw]] as [string, Buffer][]) : []),
    ];
  });
  return [...words, ...digests];
}

/** Where below a folder anything of these items can be read: `what: file`, sorted. */
export function tracesIn(folder: string, items: readonly Marked[]): string[] {
  const traces = items.flatMap(tracesOf);
  const apart = mkdtempSync(join(tmpdir(), "comity-traces-"));
  try {
    const patterns = join(apart, "patterns");
    writeFileSync(patterns, Buffer.concat(traces.flatMap(([, bytes]) => [bytes, Buffer.from("\n")])));
    // One pass of grep over all; what exactly it was that it found is looked up in the few files that it names.
    const found = spawnSync("grep", ["-rlaF", "-f", patterns, folder], {
      env: { LC_ALL: "C", PATH: process.env["PATH"] },
      encoding: "utf8",
    });
    if (found.status !== 0 && found.status !== 1) throw new Error(`grep: ${found.stderr}`);
    const files = found.stdout.split("\n").filter((file) => file !== "");
    const said = files.flatMap((file) => {
      const held = readFileSync(file);
      const hits = traces.filter(([, bytes]) => held.includes(bytes));
      return hits.map(([what]) => `${what}: ${file.slice(folder.length + 1)}`);
    });
    return [...new Set(said)].sort();
  } finally {
    rmSync(apart, { recursive: true, force: true });
  }
}

/** Writes everything of these items below a folder, so that a test can see that it would be found. */
export function plantTraces(folder: string, items: readonly Marked[]): string[] {
  return items.flatMap(tracesOf).map(([what, bytes], n) => {
    const name = `planted-${n}`;
    writeFileSync(join(folder, name), Buffer.concat([randomBytes(100), bytes, randomBytes(100)]));
    return `${what}: ${name}`;
  });
}
