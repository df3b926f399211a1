import { type Finding, found } from "./verify-report.ts";
import { isSafeName } from "./verify-zip.ts";

/** The files of a bag, wherever they lie. Names are relative to its base folder, with `/` between. */
export interface BagFiles {
  readonly names: readonly string[];
  readonly sizeBytes: (name: string) => number;
  /** The whole of a tag file. */
  readonly read: (name: string) => Promise<Buffer>;
  /** Digest of a file, hex in lower case. */
  readonly digest: (name: string, algorithm: BagAlgorithm) => Promise<string>;
}

/** Hash functions of manifests that are checked. */
export type BagAlgorithm = "sha256" | "sha512";

const DECLARATION = /^BagIt-Version: 1\.0(\r\n|\r|\n)Tag-File-Character-Encoding: UTF-8(\r\n|\r|\n)?$/;
const MANIFEST = /^(tag)?manifest-(.+)\.txt$/;
const HEX_LENGTH: Readonly<Record<BagAlgorithm, number>> = { sha256: 64, sha512: 128 };

const isAlgorithm = (name: string): name is BagAlgorithm => Object.hasOwn(HEX_LENGTH, name);
const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/).filter((line) => line !== "");
const decodeName = (written: string): string =>
  written.replaceAll(/%(0a|0d|25)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));

/** A name as a manifest writes it. @source RFC 8493 §2.1.3 */
export const manifestName = (name: string): string =>
  name.replaceAll("%", "%25").replaceAll("\n", "%0A").replaceAll("\r", "%0D");

/** The lines of a manifest, name to digest, and what is wrong with them. */
function readManifest(manifest: string, text: string, algorithm: BagAlgorithm) {
  const digests = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [index, line] of linesOf(text).entries()) {
    const [, digest = "", written = ""] = /^([0-9a-fA-F]+)[ \t]+\*?(.+)$/.exec(line) ?? [];
    const name = decodeName(written);
    if (digest.length !== HEX_LENGTH[algorithm] || !isSafeName(name)) {
      findings.push(found("bag", manifest, "bag.line", { line: index + 1 }));
    } else if (digests.has(name)) findings.push(found("bag", name, "bag.twice", { manifest }));
    else digests.set(name, digest.toLowerCase());
  }
  return { digests, findings };
}

async function manifestFindings(files: BagFiles, manifest: string, isTag: boolean, algorithm: BagAlgorithm) {
  const { digests, findings } = readManifest(manifest, (await files.read(manifest)).toString("utf8"), algorithm);
  const there = new Set(files.names);
  for (const [name, digest] of digests) {
    const belongs = isTag ? !name.startsWith("data/") && !name.startsWith("tagmanifest-") : name.startsWith("data/");
    if (!belongs) findings.push(found("bag", name, "bag.misplaced", { manifest }));
    else if (!there.has(name)) findings.push(found("bag", name, "bag.missing", { manifest }));
    else if ((await files.digest(name, algorithm)) !== digest)
      findings.push(found("bag", name, "bag.digest", { manifest }));
  }
  if (isTag) return findings;
  for (const name of files.names) {
    if (name.startsWith("data/") && !digests.has(name)) findings.push(found("bag", name, "bag.unlisted", { manifest }));
  }
  return findings;
}

/** `Payload-Oxum`, where the bag gives one, must be the bytes and the number of payload files. @source RFC 8493 §2.2.2 */
async function oxumFindings(files: BagFiles): Promise<readonly Finding[]> {
  if (!files.names.includes("bag-info.txt")) return [];
  const text = (await files.read("bag-info.txt")).toString("utf8");
  const told = linesOf(text)
    .find((line) => line.startsWith("Payload-Oxum:"))
    ?.slice("Payload-Oxum:".length)
    .trim();
  const payload = files.names.filter((name) => name.startsWith("data/"));
  const counted = `${payload.reduce((sum, name) => sum + files.sizeBytes(name), 0)}.${payload.length}`;
  return told === undefined || told === counted ? [] : [found("bag", "bag-info.txt", "bag.oxum", { told, counted })];
}

/**
 * What is wrong with a bag; empty for one that is complete and valid. Bags of version 1.0 in UTF-8 with SHA-256 or
 * SHA-512 are checked; a bag that leaves files to be fetched is not complete.
 *
 * @source RFC 8493 §3
 */
export async function bagFindings(files: BagFiles): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const declared = files.names.includes("bagit.txt") ? (await files.read("bagit.txt")).toString("utf8") : "";
  if (!DECLARATION.test(declared)) findings.push(found("bag", "bagit.txt", "bag.declaration"));
  if (files.names.includes("fetch.txt")) findings.push(found("bag", "fetch.txt", "bag.fetch"));
  let payloadManifests = 0;
  for (const manifest of files.names.filter((name) => MANIFEST.test(name))) {
    const [, tag, algorithm = ""] = MANIFEST.exec(manifest) ?? [];
    if (!isAlgorithm(algorithm)) findings.push(found("bag", manifest, "bag.algorithm"));
    else findings.push(...(await manifestFindings(files, manifest, tag !== undefined, algorithm)));
    if (tag === undefined) payloadManifests++;
  }
  if (payloadManifests === 0) findings.push(found("bag", "manifest-sha256.txt", "bag.no-manifest"));
  return [...findings, ...(await oxumFindings(files))];
}
