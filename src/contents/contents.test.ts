import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { custodyGround, type CustodyGround } from "../../test/custody-ground.ts";
import { makeAff4, makeEwf, makeZip } from "../../test/containers.ts";
import { thorough } from "../../test/thorough.ts";
import { listFolder } from "../acquire/folder-list.ts";
import { folderStream } from "../acquire/folder-stream.ts";
import { acquire } from "../evidence/acts-acquire.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { readAff4 } from "../room/container-aff4.ts";
import { readEwf } from "../room/container-ewf.ts";
import { type Found, sourceOf } from "../room/slice.ts";
import { browse, inspectItems } from "./acts.ts";
import { contents } from "./slice.ts";
import { type Contents, contentsView, fileOf, insideView } from "./views.ts";

let ground: CustodyGround;
let folder: string;
beforeAll(async () => {
  ground = await custodyGround([contents]);
  folder = mkdtempSync(join(tmpdir(), "comity-contents-"));
});
afterAll(async () => {
  await ground.close();
  rmSync(folder, { recursive: true, force: true });
});
const medium = (bytes = 6 * 32_768): Buffer => Buffer.concat([randomBytes(bytes / 2), Buffer.alloc(bytes / 2)]);

describe("E01", () => {
  const bytes = medium();
  const read = (files: readonly Buffer[]) => readEwf("ewf", files.map(sourceOf));

  test("the hashes that stand in it are those of the medium, packed or not, in one file or several", async () => {
    for (const segments of [1, 3]) {
      const found = await read(makeEwf(bytes, { segments }));
      expect(found).toMatchObject({ verdict: "agrees", mediaBytes: bytes.length, findings: [] });
      expect(
        found.digests.map(({ algorithm, stated, computed }) => [algorithm, stated === computed, computed]),
      ).toEqual([
        ["md5", true, createHash("md5").update(bytes).digest("hex")],
        ["sha1", true, createHash("sha1").update(bytes).digest("hex")],
      ]);
      expect(Object.fromEntries(found.facts)).toMatchObject({
        case: "C-7",
        examiner: "A. Examiner",
        acquired: "2026-11-26 09:30:00",
      });
    }
  });

  test("another medium than stated, a part only, a cut image: each is said", async () => {
    expect((await read(makeEwf(bytes, { stated: { md5: "0".repeat(31) + "1" } }))).verdict).toBe("differs");
    expect(await read(makeEwf(bytes, { segments: 2 }).slice(0, 1))).toMatchObject({
      verdict: "partial",
      findings: [{ key: "ewf-continues" }],
    });
    const [one = Buffer.alloc(0)] = makeEwf(bytes);
    expect(await read([one.subarray(0, 40_000)])).toMatchObject({
      verdict: "damaged",
      findings: [{ key: "ewf-cut-off" }],
    });
  });

  test("whatever is changed in it: never a crash, never the word that it agrees where the medium is another", async () => {
    const [image = Buffer.alloc(0)] = makeEwf(bytes);
    for (let n = 0; n < thorough(60, 20_000); n += 1) {
      const changed = Buffer.from(image);
      const at = Math.floor(Math.random() * (n % 2 === 0 ? image.length : 3_000));
      const where = n % 3 === 0 ? changed.length - 1 - (at % 900) : at % changed.length;
      changed[where] = (changed[where] ?? 0) ^ (1 << (n % 8));
      const found = await read([changed]);
      if (found.verdict === "agrees")
        expect(found.digests.every(({ computed, stated }) => computed === stated)).toBe(true);
      expect(found.mediaBytes ?? 0).toBeLessThan(2 ** 53);
    }
  });

  test.skipIf(spawnSync("ewfacquire", ["-V"]).status !== 0)("as ewfacquire makes them", async () => {
    const raw = join(folder, "raw.dd");
    writeFileSync(raw, bytes);
    for (const [format, size] of [
      ["encase6", "1GiB"],
      ["encase5", "1MiB"],
      ["smart", "1GiB"],
    ] as const) {
      const target = join(folder, `made-${format}`);
      const made = spawnSync("ewfacquire", [
        "-u",
        "-c",
        "fast",
        "-f",
        format,
        "-t",
        target,
        "-m",
        "fixed",
        "-S",
        size,
        "-d",
        "sha1",
        raw,
      ]);
      expect(made.status).toBe(0);
      const files = readdirSync(folder)
        .filter((name) => name.startsWith(`made-${format}.`))
        .sort()
        .map((name) => readFileSync(join(folder, name)));
      expect(await read(files)).toMatchObject({ verdict: "agrees", mediaBytes: bytes.length });
    }
  });
});

describe("AFF4", () => {
  const data = Buffer.concat([randomBytes(60_000), Buffer.alloc(50_000)]);
  const read = async (...given: Parameters<typeof makeAff4>): Promise<Found | undefined> =>
    readAff4(sourceOf(makeAff4(...given)));

  test.each(["deflate", "stored"] as const)(
    "linear, block, map and block map hashes are compared (%s)",
    async (method) => {
      const found = await read(data, { method });
      expect(found).toMatchObject({ verdict: "agrees", mediaBytes: data.length + 10_000 });
      expect(found?.digests.map(({ of, algorithm, stated, computed }) => [of, algorithm, stated === computed])).toEqual(
        [
          ["image", "sha256", true],
          ["image", "md5", true],
          ["block-map", "sha512", true],
          ["map-points", "sha512", true],
          ["map-index", "sha512", true],
          ["stream", "sha1", true],
          ["block-hashes-sha1", "sha512", true],
        ],
      );
      expect(found?.findings).toEqual([{ key: "aff4-blocks-agree", values: { count: 27, algorithm: "sha1" } }]);
    },
  );

  test.each([
    ["a changed byte of the data", (name: string) => name.endsWith("00000001"), "damaged"],
    ["a changed map", (name: string) => name.endsWith("/map"), "differs"],
    ["a changed index", (name: string) => name.endsWith("00000000.index"), "damaged"],
  ])("%s is found", async (_, which, verdict) => {
    const damage = (files: Map<string, Buffer>) => {
      for (const [name, bytes] of files)
        if (which(name)) files.set(name, Buffer.from(bytes.map((byte, at) => (at === 9 ? byte ^ 0x41 : byte))));
    };
    expect((await read(data, { method: "stored", damage }))?.verdict).toBe(verdict);
  });

  test("another hash than that of the data is told as another; a ZIP without a description is none", async () => {
    const damage = (files: Map<string, Buffer>) => {
      const turtle = files.get("information.turtle")?.toString() ?? "";
      files.set("information.turtle", Buffer.from(turtle.replace(/"[\da-f]{64}"/, `"${"0".repeat(64)}"`)));
    };
    expect((await read(data, { damage }))?.verdict).toBe("differs");
    expect(await readAff4(sourceOf(makeZip([["a.txt", Buffer.from("a")]])))).toBeUndefined();
  });
});

const acquired = async (bytes: Buffer, name: string): Promise<string> => {
  const upload = await ground.upload(bytes, undefined, name);
  const input = { upload, description: name, acquisition: { method: "physical-image" } };
  return (await ground.does(ground.at.officer("investigator"), acquire, ground.caseId, input)).id;
};
const inside = (id: string) =>
  readView(insideView, readerOf(ground.at.node, ground.at.officer("investigator")), { id });

describe("on the node", () => {
  test("images are recognised by their bytes, read in a room of their own, and what was found stands in the custody", async () => {
    const bytes = medium();
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = makeEwf(bytes, { segments: 2 });
    const plain = await acquired(randomBytes(5_000), "noise.E01");
    const image = await acquired(first, "stick.E01");
    const aff4 = await acquired(makeAff4(randomBytes(20_000)), "memory.bin");
    await inspectItems.run(ground.at.node);
    expect(await inside(plain).catch(() => undefined)).toBeUndefined();
    expect(await inside(aff4)).toMatchObject({ form: "aff4", verdict: "agrees" });
    expect(await inside(image)).toMatchObject({ form: "ewf", verdict: "partial" });
    // The rest of it comes: the whole is looked into again.
    await acquired(second, "stick.E02");
    await inspectItems.run(ground.at.node);
    await inspectItems.run(ground.at.node);
    expect(await inside(image)).toMatchObject({ form: "ewf", verdict: "agrees", mediaBytes: bytes.length });
    const events = await ground.events(image);
    expect(events.map(({ type }) => type)).toEqual(["acquire", "verify", "verify"]);
    expect(events.at(-1)?.facts).toMatchObject({
      verdict: "agrees",
      files_read: 2,
      inner_digests: [{ algorithm: "md5", stated: createHash("md5").update(bytes).digest("hex") }, {}],
    });
  });

  test("a folder's list is proved, read page by page after an act, searched, and gives single files", async () => {
    const of = join(folder, "shared");
    for (let n = 0; n < 250; n += 1) {
      mkdirSync(join(of, `d${n % 5}`), { recursive: true });
      writeFileSync(join(of, `d${n % 5}`, `file-${n}.txt`), `contents ${n}`);
    }
    const listed = listFolder(of, join(folder, "list"), () => undefined);
    const blocks: Buffer[] = [];
    for await (const block of folderStream({
      folder: of,
      list: join(folder, "list"),
      results: join(folder, "results"),
      listed,
      resumedAt: 0,
      onTrouble: () => undefined,
    }))
      blocks.push(block);
    const archive = Buffer.concat(blocks);
    const id = await acquired(archive, "shared.tar");
    const other = Buffer.from(archive);
    const at = other.indexOf("contents 77");
    other[at] = 0x43;
    const wrong = await acquired(other, "wrong.tar");
    await inspectItems.run(ground.at.node);
    expect(await inside(id)).toMatchObject({
      form: "folder",
      verdict: "agrees",
      findings: [{ key: "folder-agrees", values: { count: 250 } }],
    });
    expect(await inside(wrong)).toMatchObject({ verdict: "differs", digests: [{ of: "d2/file-77.txt" }] });
    const officer = ground.at.officer("investigator");
    const reader = readerOf(ground.at.node, officer);
    const { done } = await ground.does(officer, browse, id, { purpose: "To find the ledger" });
    const opening = String(done["contents"]).split("/").at(-1) ?? "";
    const page = (more: object) => readView(contentsView, reader, { id, opening, ...more }) as Promise<Contents>;
    const paths: string[] = [];
    for (let cursor: number | undefined; ;) {
      const { lines, next, files } = await page({ limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      expect(files).toBe(250);
      paths.push(...lines.map(({ path }) => path));
      if (next === undefined) break;
      cursor = next;
    }
    expect(paths.length).toBe(256);
    expect(new Set(paths).size).toBe(256);
    const { lines } = await page({ q: "FILE-77" });
    expect(lines.map(({ path }) => path)).toEqual(["d2/file-77.txt"]);
    const sha256 = createHash("sha256").update("contents 77").digest("hex");
    expect((await page({ q: sha256 })).lines.map(({ path }) => path)).toEqual(["d2/file-77.txt"]);
    expect((await page({ only: "troubled" })).lines).toEqual([]);
    const file = await fileOf(reader, { id, opening, line: lines[0]?.line ?? 0 });
    const pieces: Buffer[] = [];
    for await (const piece of file?.read() ?? []) pieces.push(piece);
    expect([file?.name, Buffer.concat(pieces).toString()]).toEqual(["file-77.txt", "contents 77"]);
    const stranger = readerOf(ground.at.node, ground.another("examiner"));
    expect(await readView(contentsView, stranger, { id, opening }).catch(() => undefined)).toBeUndefined();
  });
});
