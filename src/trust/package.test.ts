import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { followInstructions, hasTools } from "../../test/package-proved.ts";
import { example, exampleFile } from "./package-example.ts";
import { caseGraph } from "./case-jsonld.ts";
import { nameInPackage } from "./package-names.ts";
import { preparePackage } from "./package.ts";
import { bytesOf } from "./verify-bytes.ts";
import { isSafeName, readEntry, readZip } from "./verify-zip.ts";
import { verifyFile, verifyPackage } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-package-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = [
  "photo.txt",
  "фото 1.jpg",
  "صورة.png",
  "写真.heic",
  "e\u0301te\u0301.txt",
  "",
  "..",
  "../../etc/passwd",
  "con.txt",
  "a%0Ab\n.txt",
  "-rf",
  "x".repeat(400) + ".bin",
  "PHOTO.TXT",
];
const awkward = () => names.map((name, index) => exampleFile(name, `content ${index}`));

async function fileIn(bytes: Buffer, name: string): Promise<string> {
  const zip = await readZip(bytesOf(bytes));
  const entry = zip.entries.find((each) => each.name === name);
  return entry ? ((await readEntry(zip, entry, 1 << 24))?.toString("utf8") ?? "") : "";
}

describe("a package", () => {
  test.each([
    ["an empty file only", [{ number: "1", files: [exampleFile("empty", "")], events: 1 }]],
    ["names that no system would unpack", [{ number: "../1", files: awkward(), events: 1 }]],
    [
      "items whose numbers differ only in signs",
      ["A/1", "A:1", "A 1"].map((number) => ({ number, files: [exampleFile("a", number)], events: 2 })),
    ],
    [
      "a file of several chunks",
      [{ number: "2", files: [exampleFile("big.bin", Buffer.alloc(3_500_000, "ab"))], events: 1 }],
    ],
    ["a thousand events", [{ number: "3", files: [exampleFile("a", "a")], events: 1000 }]],
  ])("with %s is good, and as long as it was said to be", async (_, items) => {
    const { options } = example(items);
    const prepared = await preparePackage(options);
    const bytes = await buffer(prepared.stream());
    expect(bytes.length).toBe(prepared.sizeBytes);
    const report = await verifyPackage(bytes);
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  test("keeps the original names in the item's facts", async () => {
    const item = JSON.parse(
      await fileIn(await example([{ number: "1", files: awkward(), events: 1 }]).build(), "items/1/item.json"),
    );
    expect(item.files.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test("is not given out when the bytes in store are not those recorded", async () => {
    const file = { ...exampleFile("a", "recorded"), open: () => Readable.from([Buffer.from("rewrittn")]) };
    await expect(example([{ number: "1", files: [file], events: 1 }]).build()).rejects.toThrow(
      "are not those that were recorded",
    );
    const long = { ...exampleFile("a", "recorded"), open: () => Readable.from([Buffer.from("recorded and more")]) };
    await expect(example([{ number: "1", files: [long], events: 1 }]).build()).rejects.toThrow(
      "are not those that were recorded",
    );
  });

  test("opens a file only when its turn has come, and holds none whole", async () => {
    const opened: string[] = [];
    const file = (name: string) => {
      const plain = exampleFile(name, Buffer.alloc(2_000_000, name));
      return { ...plain, open: () => (opened.push(name), plain.open()) };
    };
    const stream = (
      await preparePackage(example([{ number: "1", files: [file("a"), file("b")], events: 1 }]).options)
    ).stream();
    expect(opened).toEqual([]);
    let seen = 0;
    for await (const piece of stream) {
      seen += Buffer.byteLength(piece);
      if (seen < 2_000_000) expect(opened).not.toContain("b");
    }
    expect(opened).toEqual(["a", "b"]);
  });

  test("any text becomes a name that is safe and its own", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 8 }), (originals) => {
        const taken = new Set<string>();
        const safe = originals.map((original) => nameInPackage(original, taken));
        expect(safe.every((name) => isSafeName(name) && !name.includes("/") && Buffer.byteLength(name) <= 180)).toBe(
          true,
        );
        expect(new Set(safe.map((name) => name.toLowerCase())).size).toBe(originals.length);
      }),
    );
  });
});

describe("VERIFY.txt", () => {
  const items = [
    { number: "XA/2026/17-A", files: awkward(), events: 12 },
    { number: "XA/2026/17-B", files: [exampleFile("b.bin", Buffer.alloc(70_000, 1))], events: 2 },
  ];
  const run = (name: string, bytes: Buffer, instructions: string) => {
    const place = join(folder, name);
    execFileSync("mkdir", [place]);
    writeFileSync(join(place, "XA-2026-000123.asice"), bytes);
    writeFileSync(join(place, "VERIFY.txt"), instructions);
    return followInstructions(place);
  };

  test.skipIf(!hasTools)("its commands, run as they stand, accept the package", async () => {
    const bytes = await example(items).build();
    const { status, stdout, stderr } = run("good", bytes, await fileIn(bytes, "VERIFY.txt"));
    expect(stderr).toContain("CAdES Verification successful");
    expect(stdout.match(/Verification: OK/g)).toHaveLength(2);
    expect(stdout).toContain("Signature Verified Successfully");
    expect(stdout.match(/^[0-9a-f]{64} OK$/gm)).toHaveLength(14);
    expect(stdout.match(/in the ledger/g)).toHaveLength(2);
    expect(status).toBe(0);
  });

  test.skipIf(!hasTools)("its commands refuse a package without one of its events", async () => {
    const { build } = example(items);
    const bytes = await build((options) => ({
      ...options,
      items: options.items.map((item) => ({ ...item, custody: item.custody.filter((_, index) => index !== 1) })),
    }));
    const { status, stdout } = run("shorter", bytes, await fileIn(bytes, "VERIFY.txt"));
    expect(stdout).toContain("BROKEN");
    expect(status).not.toBe(0);
  });

  test.skipIf(!hasTools)("its commands refuse a package with other evidence", async () => {
    const bytes = await example(items).build();
    const at = bytes.indexOf("content 3");
    bytes[at] = 0x43;
    expect(run("changed", bytes, await fileIn(bytes, "VERIFY.txt")).status).not.toBe(0);
  });
});

describe("comity verify", () => {
  test("says what it found in English, French and Arabic, and ends with 0, 1 or 2", async () => {
    const file = join(folder, "package.asice");
    const bytes = await example([{ number: "1", files: [exampleFile("a", "a")], events: 1 }]).build();
    writeFileSync(file, bytes);
    const good = await verifyFile(file, { locale: "fr", json: false });
    expect(good.exitCode).toBe(0);
    expect(good.output.split("\n")[0]).toBe("package.asice : tout est en ordre dans ce paquet.");
    expect(good.output).toContain("Ce qui n’est pas prouvé");
    expect(good.output).toContain("fichier de confiance reçu d’elle par une autre voie");
    const arabic = await verifyFile(file, { locale: "ar", json: false });
    expect(arabic.output.split("\n").filter((line) => line !== "" && !line.startsWith("\u200f"))).toEqual([]);
    const position = bytes.indexOf("BagIt-Version");
    bytes[position] = 0x62;
    writeFileSync(file, bytes);
    const bad = await verifyFile(file, { locale: "en", json: false });
    expect(bad.exitCode).toBe(1);
    expect(bad.output.split("\n")[3]).toBe(
      "  ✗ bagit.txt: its bytes are changed: the archive's check-sum for it does not match.",
    );
    const json = JSON.parse((await verifyFile(file, { locale: "en", json: true })).output);
    expect(json.ok).toBe(false);
    expect(json.explanation.wrong[0].means.sentence).toContain("not those that were put into the package");
    expect(json.checks[0]).toMatchObject({ id: "file", ok: false, subject: "bagit.txt", key: "file.crc" });
    expect((await verifyFile(join(folder, "nowhere"), { locale: "en", json: false })).exitCode).toBe(2);
    expect((await verifyFile(folder, { locale: "en", json: true })).exitCode).toBe(2);
    expect((await verifyFile(file, { locale: "en", json: false, policy: file })).exitCode).toBe(2);
  });
});

test("comity/verify stands alone: its own files and Node are enough", async () => {
  const alone = mkdtempSync(join(folder, "alone-"));
  const own = readdirSync("src/trust").filter((name) => /^verify[^.]*\.ts$/.test(name));
  for (const name of own) writeFileSync(join(alone, name), readFileSync(`src/trust/${name}`));
  writeFileSync(join(alone, "package.json"), JSON.stringify({ type: "module" }));
  const file = join(alone, "package.asice");
  writeFileSync(file, await example([{ number: "1", files: [exampleFile("a", "a")], events: 1 }]).build());
  const script = `const { verifyPackage } = await import("./verify.ts"); console.log((await verifyPackage(${JSON.stringify(file)})).ok);`;
  const run = spawnSync(execPath, ["--input-type=module", "-e", script], { cwd: alone, encoding: "utf8" });
  expect(run.stdout.trim(), run.stderr).toBe("true");
});

const ontology = join(env["COMITY_TEST_DATA"] ?? "../shared/data", "case/ontology");
const turtles = (() => {
  try {
    const all = readdirSync(ontology, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ttl"));
    return all.map((name) => readFileSync(join(ontology, name), "utf8")).join("\n");
  } catch {
    return "";
  }
})();

test.skipIf(turtles === "")("CASE 1.4: every class and property of the graph is one of the ontology", () => {
  const { options } = example([{ number: "1", files: [exampleFile("a", "a")], events: 2 }]);
  const laid = {
    v: "comity.item/1",
    number: "1",
    subject: { kind: "item", id: "x" },
    description: "",
    facts: {},
    files: [{ path: "data/a", name: "a", sizeBytes: 1, sha256: "00".repeat(32), mediaType: "text/plain" }],
  } as const;
  const graph = JSON.stringify(
    caseGraph({
      node: options.node,
      at: options.at,
      records: options.items.map(({ custody }) =>
        custody.flatMap((entry) => ("record" in entry ? [entry.record] : [])),
      ),
      laid: [laid],
    }),
  );
  const terms = new Set(
    [...graph.matchAll(/"(case-investigation|uco-[a-z]+):([A-Za-z]+)"/g)].map(
      ([, prefix = "", term = ""]) => `${prefix.replace(/^(case|uco)-/, "")}:${term}`,
    ),
  );
  expect(terms.size).toBeGreaterThan(15);
  expect([...terms].filter((term) => !turtles.includes(`\n${term}\n`))).toEqual([]);
});
