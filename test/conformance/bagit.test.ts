import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { env } from "node:process";
import { afterAll, describe, expect, test } from "vitest";
import { type BagFiles, bagFindings } from "../../src/trust/verify-bag.ts";

/** Bags of others: LibraryOfCongress/bagit-conformance-suite, CC0. */
const suite = join(env["COMITY_TEST_DATA"] ?? "../shared/data", "bagit/v1.0");

/** A bag that lies in a folder. */
function bagIn(folder: string): BagFiles {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return {
    names,
    sizeBytes: (name) => statSync(join(folder, name)).size,
    read: async (name) => readFileSync(join(folder, name)),
    digest: async (name, algorithm) =>
      createHash(algorithm)
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
  };
}

const bags = (kind: "valid" | "invalid"): string[] => (existsSync(suite) ? readdirSync(join(suite, kind)) : []);
const keysOf = async (folder: string) => (await bagFindings(bagIn(folder))).map(({ key }) => key);

describe.skipIf(!existsSync(suite))("the BagIt conformance suite, version 1.0", () => {
  test.each(bags("valid"))("the valid bag %s is complete", async (name) => {
    expect(await keysOf(join(suite, "valid", name))).toEqual([]);
  });

  test.each(bags("invalid"))("the invalid bag %s is refused", async (name) => {
    expect(await keysOf(join(suite, "invalid", name))).not.toEqual([]);
  });

  test.each([
    ["bagit-with-invalid-whitespace", "bag.declaration"],
    ["notAllManifestsListAllFiles", "bag.unlisted"],
    ["same-filename-listed-twice-with-different-hashes", "bag.twice"],
    ["same-filename-listed-twice-with-the-same-hash", "bag.twice"],
  ])("and for what is wrong with it: %s", async (name, key) => {
    expect(await keysOf(join(suite, "invalid", name))).toContain(key);
  });
});

const folder = mkdtempSync(join(tmpdir(), "comity-bag-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const declared = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/** A bag of these files, each with its text. */
function bagOf(name: string, files: Readonly<Record<string, string>>): string {
  const base = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  }
  return base;
}

describe("RFC 8493", () => {
  const whole = { "bagit.txt": declared, "data/a": "a", "manifest-sha256.txt": `${sha256("a")}  data/a\n` };

  test.each([
    ["a bag as it should be", whole, []],
    [
      "lines that end in CR LF, digests in capitals",
      { ...whole, "manifest-sha256.txt": `${sha256("a").toUpperCase()} *data/a\r\n` },
      [],
    ],
    [
      "§2.1.3: a name with a percent-encoded line end",
      { "bagit.txt": declared, "data/a\nb%": "a", "manifest-sha256.txt": `${sha256("a")}  data/a%0Ab%25\n` },
      ["bag.line", "bag.unlisted"],
    ],
    ["§2.2.3: files still to be fetched", { ...whole, "fetch.txt": "https://x.example/b 1 data/b\n" }, ["bag.fetch"]],
    ["§2.2.2: a wrong Payload-Oxum", { ...whole, "bag-info.txt": "Payload-Oxum: 2.1\n" }, ["bag.oxum"]],
    ["a payload file that is listed nowhere", { ...whole, "data/b": "b" }, ["bag.unlisted"]],
    [
      "a payload file that is not there",
      { ...whole, "manifest-sha256.txt": `${sha256("a")}  data/a\n${sha256("b")}  data/b\n` },
      ["bag.missing"],
    ],
    ["a payload file that was changed", { ...whole, "data/a": "b" }, ["bag.digest"]],
    [
      "a tag file that was changed",
      { ...whole, "tagmanifest-sha256.txt": `${sha256("x")}  bagit.txt\n` },
      ["bag.digest"],
    ],
    [
      "a manifest that leads out of the bag",
      { ...whole, "tagmanifest-sha256.txt": `${sha256("x")}  ../../etc/passwd\n` },
      ["bag.line"],
    ],
    [
      "a tag manifest that lists itself",
      { ...whole, "tagmanifest-sha256.txt": `${sha256("x")}  tagmanifest-sha256.txt\n` },
      ["bag.misplaced"],
    ],
    ["a digest that is not checked", { ...whole, "manifest-md5.txt": "" }, ["bag.algorithm"]],
    ["no manifest", { "bagit.txt": declared, "data/a": "a" }, ["bag.no-manifest"]],
    ["no declaration", { "data/a": "a", "manifest-sha256.txt": `${sha256("a")}  data/a\n` }, ["bag.declaration"]],
  ])("%s", async (name, files, expected) => {
    expect(await keysOf(bagOf(name.replaceAll(/\W+/g, "-"), files))).toEqual(expected);
  });
});
