import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bytes, bytesOf } from "./verify-bytes.ts";
import { type ZipEntry, centralHeader, dataDescriptor, endRecords, localHeader } from "./verify-zip-form.ts";
import { readEntry, readZip } from "./verify-zip.ts";
import { writeZip, zipSizeBytes } from "./zip.ts";

const GIB = 1024 ** 3;

/** Pieces of an archive that is never held: those given are real, all else reads as zero. */
function sparse(parts: readonly { readonly at: number; readonly bytes: Buffer }[], sizeBytes: number): Bytes {
  return {
    sizeBytes,
    close: async () => {},
    read: async (offset, length) => {
      const window = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - offset)));
      for (const { at, bytes } of parts) {
        const from = Math.max(at, offset);
        const to = Math.min(at + bytes.length, offset + window.length);
        if (from < to) bytes.copy(window, from - offset, from - at, to - at);
      }
      return window;
    },
  };
}

/** An archive whose structures are right and whose files are zeros. */
function laidOut(sizes: readonly number[]): Bytes {
  const parts: { at: number; bytes: Buffer }[] = [];
  const rows: Buffer[] = [];
  let at = 0;
  const put = (bytes: Buffer): void => {
    parts.push({ at, bytes });
    at += bytes.length;
  };
  for (const [index, sizeBytes] of sizes.entries()) {
    const entry: ZipEntry = { name: `data/${index}`, sizeBytes, crc32: 0, offset: at, described: true };
    put(localHeader(entry));
    at += sizeBytes;
    put(dataDescriptor(entry));
    rows.push(centralHeader(entry));
  }
  const directory = Buffer.concat(rows);
  const offset = at;
  put(directory);
  put(endRecords({ count: sizes.length, offset, sizeBytes: directory.length }));
  return sparse(parts, at);
}

const findings = async (bytes: Bytes): Promise<readonly string[]> =>
  (await readZip(bytes)).findings.map(({ key }) => key);

describe("ZIP64", () => {
  test.each([
    ["a file of more than 4 GiB", [5 * GIB]],
    ["a file that starts after 4 GiB", [3 * GIB, 2 * GIB, 10]],
    ["a file of exactly 4 GiB - 1", [4 * GIB - 1, 0]],
    ["a file of 4 GiB - 2, the largest that fits without", [4 * GIB - 2]],
  ])("%s reads back", async (_, sizes) => {
    const zip = await readZip(laidOut(sizes));
    expect(zip.findings).toEqual([]);
    expect(zip.entries.map(({ sizeBytes }) => sizeBytes)).toEqual(sizes);
  });
});

test("ZIP64: more files than 65,535 read back", async () => {
  const files = Array.from({ length: 66_000 }, (_, index) => ({ name: `f/${index}`, content: Buffer.of(1) }));
  const zip = await readZip(bytesOf(await buffer(Readable.from(writeZip(files), { objectMode: false }))));
  expect(zip.findings).toEqual([]);
  expect(zip.entries).toHaveLength(66_000);
});

describe("an archive", () => {
  test("of any files reads back as written, and is as long as foreseen", async () => {
    const content = fc.uint8Array({ maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 12 }), async (contents) => {
        const files = contents.map((bytes, index) => ({ name: `f/${index}`, content: Buffer.from(bytes) }));
        const bytes = await buffer(Readable.from(writeZip(files), { objectMode: false }));
        expect(bytes.length).toBe(zipSizeBytes(files));
        const zip = await readZip(bytesOf(bytes));
        expect(zip.findings).toEqual([]);
        const read = await Promise.all(zip.entries.map((entry) => readEntry(zip, entry, 1000)));
        expect(read.map((each) => each?.toString("hex"))).toEqual(
          contents.map((each) => Buffer.from(each).toString("hex")),
        );
      }),
    );
  });

  const entry = (name: string, content: string, offset: number): ZipEntry => ({
    name,
    sizeBytes: content.length,
    crc32: crc32(content),
    offset,
    described: false,
  });

  test("whose files overlap is refused", async () => {
    const outer = entry("outer", "0123456789", 0);
    const inner = entry("inner", "4567", 5);
    const body = Buffer.concat([localHeader(outer), Buffer.from("0123456789")]);
    const directory = Buffer.concat([centralHeader(outer), centralHeader(inner)]);
    const end = endRecords({ count: 2, offset: body.length, sizeBytes: directory.length });
    expect(await findings(bytesOf(Buffer.concat([body, directory, end])))).toEqual(["zip.gap"]);
  });

  test("that hides bytes between its files is refused", async () => {
    const first = entry("first", "1", 0);
    const hidden = Buffer.from("hidden");
    const one = Buffer.concat([localHeader(first), Buffer.from("1"), hidden]);
    const second = entry("second", "2", one.length);
    const body = Buffer.concat([one, localHeader(second), Buffer.from("2")]);
    const directory = Buffer.concat([centralHeader(first), centralHeader(second)]);
    const end = endRecords({ count: 2, offset: body.length, sizeBytes: directory.length });
    expect(await findings(bytesOf(Buffer.concat([body, directory, end])))).toEqual(["zip.gap"]);
  });

  test("whose directory is in another order than its files is refused", async () => {
    const first = entry("first", "1", 0);
    const second = entry("second", "2", localHeader(first).length + 1);
    const body = Buffer.concat([localHeader(first), Buffer.from("1"), localHeader(second), Buffer.from("2")]);
    const directory = Buffer.concat([centralHeader(second), centralHeader(first)]);
    const end = endRecords({ count: 2, offset: body.length, sizeBytes: directory.length });
    expect(await findings(bytesOf(Buffer.concat([body, directory, end])))).toEqual(["zip.order"]);
  });

  test("that says it holds a file of 9 EiB, or a million files too many, is refused without being read", async () => {
    const huge = endRecords({ count: 2_000_000, offset: 10, sizeBytes: 2 ** 40 });
    expect(await findings(bytesOf(huge))).toEqual(["zip.limits"]);
    const long = entry("long", "x", 0);
    const row = centralHeader({ ...long, sizeBytes: 2 ** 53 - 1 });
    const body = Buffer.concat([localHeader(long), Buffer.from("x")]);
    const end = endRecords({ count: 1, offset: body.length, sizeBytes: row.length });
    expect(await findings(bytesOf(Buffer.concat([body, row, end])))).toContain("zip.overrun");
  });

  test("whose names lead through more folders than anybody has is refused, without taking for ever", async () => {
    const deep = Array.from({ length: 500 }, (_, n) => ({
      name: `d${n}/${"a/".repeat(30_000)}x`,
      content: Buffer.alloc(0),
    }));
    const archive = await buffer(Readable.from(writeZip(deep)));
    const found = await findings(bytesOf(archive));
    expect([found.length, new Set(found)]).toEqual([500, new Set(["zip.name"])]);
  }, 20_000);

  test("that is compressed is refused", async () => {
    const file = entry("a", "x", 0);
    const [local, row] = [localHeader(file), centralHeader(file)];
    local.writeUInt16LE(8, 8);
    row.writeUInt16LE(8, 10);
    const end = endRecords({ count: 1, offset: local.length + 1, sizeBytes: row.length });
    expect(await findings(bytesOf(Buffer.concat([local, Buffer.from("x"), row, end])))).toEqual([
      "zip.row-field",
      "zip.header-field",
    ]);
  });
});
