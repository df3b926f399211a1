import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { thorough } from "../../test/thorough.ts";
import { type Example, example, exampleFile } from "./package-example.ts";
import { bytesOf } from "./verify-bytes.ts";
import { type Check, type Report, verifyPackage } from "./verify.ts";
import {
  CENTRAL_FIELDS,
  END_BYTES,
  END_FIELDS,
  LOCAL_FIELDS,
  type ZipEntry,
  centralHeader,
  dataDescriptor,
  localHeader,
} from "./verify-zip-form.ts";
import { type Zip, readEntry, readZip } from "./verify-zip.ts";
import { type HeldFile, writeZip } from "./zip.ts";

let made: Example;
let good: Buffer;
let zip: Zip;

beforeAll(async () => {
  made = example([
    { number: "XA/2026/17-A", files: [exampleFile("photo.txt", "a photo"), exampleFile("empty", "")], events: 4 },
    { number: "XA/2026/17-B", files: [exampleFile("données.bin", Buffer.alloc(5000, 7))], events: 2 },
  ]);
  good = await made.build();
  zip = await readZip(bytesOf(good));
});

const bad = (report: Report): readonly Check[] => report.checks.filter(({ ok }) => !ok);
const keys = (report: Report): readonly string[] => bad(report).map(({ key }) => key);
const changed = (position: number, mask: number): Buffer => {
  const bytes = Buffer.from(good);
  bytes[position] = (bytes[position] ?? 0) ^ mask;
  return bytes;
};

/** Where a byte belongs: to a file (its header, bytes, descriptor or row in the directory) or to the archive's end. */
function ownerOf(position: number): { readonly entry: ZipEntry | null; readonly part: string } {
  for (const entry of zip.entries) {
    const header = localHeader(entry).length;
    const end = entry.offset + header + entry.sizeBytes + dataDescriptor(entry).length;
    if (position < end) return { entry, part: position < entry.offset + header ? "header" : "content" };
  }
  let at = good.length - END_BYTES - zip.entries.reduce((sum, entry) => sum + centralHeader(entry).length, 0);
  for (const entry of zip.entries) {
    at += centralHeader(entry).length;
    if (position < at) return { entry, part: "row" };
  }
  return { entry: null, part: "end" };
}

/** The report on a package with one byte changed must fail, and name the file or the part of the archive concerned. */
async function expectNamed(position: number, mask: number): Promise<void> {
  const report = await verifyPackage(changed(position, mask));
  const { entry, part } = ownerOf(position);
  const subjects = new Set(bad(report).map(({ subject }) => subject));
  expect(report.ok).toBe(false);
  expect(report.checks[0]?.ok).toBe(false);
  if (part === "content") expect(subjects).toContain(entry?.name);
  else if (part === "end") expect(subjects).toContain("end of the ZIP archive");
  else {
    // A changed name is named as it now reads; a changed length makes the directory itself unreadable.
    const others = zip.entries.map(({ name }) => name);
    const isNamed = subjects.has(entry?.name ?? "") || subjects.has("ZIP directory");
    const isNewName = [...subjects].some((subject) => !others.includes(subject));
    expect(isNamed || isNewName, `${part} of ${entry?.name}: ${[...subjects].join(", ")}`).toBe(true);
    expect(bad(report).some(({ id }) => id === "zip")).toBe(true);
  }
}

describe("every byte counts", () => {
  test("the package as it was made is good", async () => {
    const report = await verifyPackage(good);
    expect(bad(report)).toEqual([]);
    expect(report.items.map(({ number, events, files }) => [number, events, files])).toEqual([
      ["XA/2026/17-A", 4, 2],
      ["XA/2026/17-B", 2, 1],
    ]);
  });

  test("one byte changed anywhere is found and named", async () => {
    await fc.assert(fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), expectNamed), {
      numRuns: thorough(40, 1_000),
    });
  });

  test("one byte changed in any header field is found and named", async () => {
    const directory =
      good.length - END_BYTES - zip.entries.reduce((sum, entry) => sum + centralHeader(entry).length, 0);
    let row = directory;
    for (const [index, entry] of zip.entries.entries()) {
      // The first, one that is held, and the last, which is streamed: the three shapes that headers have.
      if (index === 0 || index === 6 || index === zip.entries.length - 1) {
        for (const [, from] of LOCAL_FIELDS) await expectNamed(entry.offset + from, 0x01);
        for (const [, from] of CENTRAL_FIELDS) await expectNamed(row + from, 0x01);
        const descriptor = entry.offset + localHeader(entry).length + entry.sizeBytes;
        for (let at = 0; at < dataDescriptor(entry).length; at++) await expectNamed(descriptor + at, 0x80);
      }
      row += centralHeader(entry).length;
    }
    for (const [, from] of END_FIELDS) await expectNamed(good.length - END_BYTES + from, 0x01);
  });

  test("each byte of signature, time-stamp and keys alone would be found, even under a right check-sum", async () => {
    for (const name of [
      "META-INF/signature001.p7s",
      "META-INF/ASiCManifest001.xml",
      "policy.json",
      "ledger/checkpoint",
    ]) {
      const content = await contentOf(name);
      for (let at = 0; at < content.length; at += 29) {
        const other = Buffer.from(content);
        other[at] = (other[at] ?? 0) ^ 0x01;
        const report = await verifyPackage(await rewritten({ [name]: other }));
        expect(
          bad(report).map(({ subject }) => subject),
          `${name} byte ${at}`,
        ).toContain(name);
      }
    }
  });

  test("one byte changed in any of the package's own files is found under a right check-sum too, whatever it breaks", async () => {
    const own = zip.entries.filter(({ name }) => !name.startsWith("data/") && name !== "META-INF/timestamp001.tst");
    const place = fc.record({
      file: fc.nat(own.length - 1),
      at: fc.nat(1 << 16),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(place, async ({ file, at, mask }) => {
        const name = own[file]?.name ?? "";
        const content = Buffer.from(await contentOf(name));
        content[at % content.length] = (content[at % content.length] ?? 0) ^ mask;
        const report = await verifyPackage(await rewritten({ [name]: content }));
        expect(bad(report).map(({ subject }) => subject)).toContain(name);
      }),
      { numRuns: 200 },
    );
  });

  test("anything added before or after, and any end cut off, is found", async () => {
    const lengths = fc.integer({ min: 0, max: good.length - 1 });
    expect((await verifyPackage(Buffer.concat([good, Buffer.of(0)]))).ok).toBe(false);
    expect((await verifyPackage(Buffer.concat([Buffer.of(0), good]))).ok).toBe(false);
    expect((await verifyPackage(Buffer.concat([good, good]))).ok).toBe(false);
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        expect((await verifyPackage(good.subarray(0, length))).ok).toBe(false);
      }),
    );
  });

  test("arbitrary bytes give a report, never an exception", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect((await verifyPackage(bytes)).ok).toBe(false);
      }),
    );
  });
});

async function contentOf(name: string): Promise<Buffer> {
  const entry = zip.entries.find((each) => each.name === name);
  const content = entry ? await readEntry(zip, entry, good.length) : null;
  if (content === null) throw new Error(`${name} is not in the example`);
  return content;
}

/** The good package written anew with other contents; `null` leaves a file out. Its structure and check-sums are right. */
async function rewritten(
  contents: Readonly<Record<string, Buffer | null>>,
  added: readonly HeldFile[] = [],
): Promise<Buffer> {
  const files: HeldFile[] = [];
  for (const { name } of zip.entries) {
    const content = name in contents ? contents[name] : await contentOf(name);
    if (content) files.push({ name, content });
  }
  return buffer(Readable.from(writeZip([...files, ...added]), { objectMode: false }));
}

describe("a package changed by somebody without the keys", () => {
  test("a file added is named", async () => {
    const report = await verifyPackage(
      await rewritten({}, [{ name: "data/XA-2026-17-A/planted.txt", content: Buffer.from("x") }]),
    );
    expect(bad(report).map(({ subject }) => subject)).toContain("data/XA-2026-17-A/planted.txt");
    expect(keys(report)).toEqual(expect.arrayContaining(["manifest.uncovered", "bag.unlisted", "item.unowned"]));
  });

  test("a file replaced is named", async () => {
    const report = await verifyPackage(await rewritten({ "data/XA-2026-17-A/photo.txt": Buffer.from("b photo") }));
    expect(keys(report)).toEqual(expect.arrayContaining(["manifest.digest", "bag.digest", "item.file"]));
  });

  test("a missing proof is named", async () => {
    const report = await verifyPackage(await rewritten({ "items/XA-2026-17-A/proofs/000002.tlog-proof": null }));
    expect(keys(report)).toContain("proof.missing");
    expect(bad(report).map(({ subject }) => subject)).toContain("items/XA-2026-17-A/proofs/000002.tlog-proof");
  });

  test.each([
    "../outside.txt",
    "/etc/cron.d/x",
    "a/../../b",
    "C:\\x",
    "data/./x",
    "data//x",
    "data/\u202egnp.exe",
    "data/",
  ])("the name %j is refused", async (name) => {
    const report = await verifyPackage(await rewritten({}, [{ name, content: Buffer.from("x") }]));
    expect(keys(report)).toContain("zip.name");
  });

  test("a name that stands twice, or is both a file and a folder, is refused", async () => {
    const twice = await verifyPackage(await rewritten({}, [{ name: "POLICY.json", content: Buffer.from("{}") }]));
    expect(keys(twice)).toContain("zip.twice");
    const both = await verifyPackage(await rewritten({}, [{ name: "policy.json/x", content: Buffer.from("{}") }]));
    expect(keys(both)).toContain("zip.twice");
  });

  test("a stranger in META-INF is refused", async () => {
    const report = await verifyPackage(
      await rewritten({}, [{ name: "META-INF/signature002.p7s", content: Buffer.from("x") }]),
    );
    expect(keys(report)).toContain("manifest.stranger");
  });
});
