import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import { custodyGround, type CustodyGround } from "../../test/custody-ground.ts";
import { bringReturn, type WantedReturn } from "../acquire/returning.ts";
import { openProgress } from "../acquire/progress.ts";
import { itemRow } from "../evidence/slice.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { add, begin, drop, take } from "./acts.ts";
import { compare, countsOf } from "./compare.ts";
import { readHashList } from "./hash-list.ts";
import { returns } from "./slice.ts";
import { returnFile } from "./views.ts";

const digests = (bytes: Buffer) => ({
  md5: createHash("md5").update(bytes).digest("hex"),
  sha1: createHash("sha1").update(bytes).digest("hex"),
  sha256: createHash("sha256").update(bytes).digest("hex"),
});
const one = digests(Buffer.from("one"));
const two = digests(Buffer.from("two"));

describe("a provider's list", () => {
  test.each([
    ["sha256sum", `${one.sha256}  a/one.txt\n${two.sha256} *two.bin\n`, "sums"],
    ["a BagIt manifest, with CRLF", `${one.sha256} data/one.txt\r\n${two.sha256} data/two.bin\r\n`, "sums"],
    ["BSD", `SHA256 (one.txt) = ${one.sha256}\nMD5 (two.bin) = ${two.md5}\n`, "bsd"],
    [
      "hashdeep",
      `%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked\n3,${one.md5},${one.sha256},/x/one.txt\n3,${two.md5},${two.sha256},/x/two, too.bin\n`,
      "hashdeep",
    ],
    ["CSV with a head", `File Name;Size;SHA-256\none.txt;3;${one.sha256}\n"two;2.bin";3;${two.sha256}\n`, "csv"],
  ])("%s", (_, text, form) => {
    const list = readHashList(text);
    expect([list?.form, list?.files.length, list?.unread]).toEqual([form, 2, []]);
    expect(list?.files[0]?.digests).toMatchObject(form === "csv" || form !== "bsd" ? { sha256: one.sha256 } : {});
  });
  test("what is none is none, and a line that can't be read is named", () => {
    expect(readHashList("Dear Sir,\nplease find enclosed\n")).toBeUndefined();
    expect(readHashList(randomBytes(5_000).toString("latin1"))).toBeUndefined();
    expect(readHashList(`${one.sha256}  one.txt\ngarbage\n`)?.unread).toEqual([2]);
    expect(readHashList(`\\${one.sha256}  a\\nb\n`)?.files[0]?.name).toBe("a\nb");
  });
});

test("each line and each file is told once: matched, renamed, different, missing, extra", () => {
  const three = digests(Buffer.from("three"));
  const came = (id: string, name: string, of: typeof one) => ({ id, name, bytes: 3, digests: of });
  const compared = compare(
    [
      { name: "x/one.txt", digests: { md5: one.md5 } },
      { name: "two.bin", digests: { sha256: two.sha256 } },
      { name: "old.name", digests: { sha256: three.sha256 } },
      { name: "gone.txt", digests: { sha256: "0".repeat(64) } },
    ],
    [
      came("1", "one.txt", one),
      came("2", "two.bin", one),
      came("3", "new.name", three),
      came("4", "surplus", digests(Buffer.from("four"))),
    ],
  );
  expect(countsOf(compared)).toEqual({ matched: 1, renamed: 1, different: 1, missing: 1, extra: 1 });
  expect(compared[0]).toMatchObject({ outcome: "different", came: { id: "2" } });
});

let ground: CustodyGround;
let server: FastifyInstance;
let desk: string;
let folder: string;
beforeAll(async () => {
  ground = await custodyGround([
    {
      ...returns,
      authenticate: async ({ request }) =>
        request.headers.authorization ? ground.at.officer("investigator") : undefined,
    },
  ]);
  const tools = { asset: () => "", actForm: () => "", problem: () => "" };
  server = await makeServer({ node: ground.at.node, role: "desk", chrome: tools });
  desk = await server.listen({ host: "127.0.0.1", port: 0 });
  folder = mkdtempSync(join(tmpdir(), "comity-returns-"));
});
afterAll(async () => {
  await server.close();
  await ground.close();
  rmSync(folder, { recursive: true, force: true });
});
const officer = () => ground.at.officer("investigator");
const found = (id: string) => readView(returnFile, readerOf(ground.at.node, officer()), { id });
const key = (error: unknown) => (error instanceof Refusal ? (error.fields[0]?.key ?? error.key) : String(error));
const items = async () =>
  Number(
    (
      await ground.at.node.db
        .selectFrom("item")
        .select((s) => s.fn.countAll().as("n"))
        .executeTakeFirstOrThrow()
    ).n,
  );

describe("a return", () => {
  test("is compared before anything is made, and taken in as a whole or not at all", async () => {
    const { node } = ground.at;
    const [a, b] = [randomBytes(2_000), randomBytes(3_000)];
    const list = `${digests(a).sha256}  a.mbox\n${digests(b).sha256}  b.mbox\n`;
    const started = await perform({
      node,
      actor: officer(),
      act: begin,
      input: { provider: "Meridian", case: ground.caseId, list },
    });
    const put = async (bytes: Buffer, name: string, as = "file") =>
      ground.does(officer(), add, started.id, { upload: await ground.upload(bytes, undefined, name), as });
    await put(a, "a.mbox");
    const before = await items();
    expect(await found(started.id)).toMatchObject({ counts: { matched: 1, missing: 1 }, whole: false });
    expect(await ground.does(officer(), take, started.id, {}).catch(key)).toBe("return-despite");
    expect(await items()).toBe(before);
    await put(b, "b.mbox");
    await put(Buffer.from("%PDF-1.7 certificate"), "certificate.pdf", "certificate");
    expect(await found(started.id)).toMatchObject({
      counts: { matched: 2, missing: 0 },
      whole: true,
      certificates: [{ name: "certificate.pdf" }],
    });
    const taken = await ground.does(officer(), take, started.id, {});
    expect(taken.done).toMatchObject({ exhibits: 3, matched: 2 });
    const shown = await found(started.id);
    expect(shown).toMatchObject({ state: "taken" });
    const item = await itemRow(
      readerOf(node, officer()),
      (shown as { lines: { item: string }[] }).lines[0]?.item ?? "",
    );
    expect(item).toMatchObject({
      case_id: ground.caseId,
      acquisition: {
        kind: "provider-return",
        source: "Meridian",
        listed: "matched",
        certificate: expect.stringMatching(/E\d+$/),
        digest_before: item?.digest,
      },
    });
    expect((await ground.events(item?.id ?? "")).map(({ type }) => type)).toEqual(["acquire"]);
  });

  test("given up, it leaves nothing", async () => {
    const started = await perform({
      node: ground.at.node,
      actor: officer(),
      act: begin,
      input: { provider: "Meridian" },
    });
    await ground.does(officer(), add, started.id, { upload: await ground.upload(Buffer.from("x"), undefined, "x") });
    expect(await ground.does(officer(), take, started.id, {}).catch(key)).toBe("return-no-certificate");
    await ground.does(officer(), drop, started.id, { reason: "sent to us by mistake" });
    expect(await found(started.id)).toMatchObject({ state: "dropped", files: 0 });
  });

  test("from the command line: run again after a break it makes one of each, and what is not as listed is told first", async () => {
    const of = join(folder, "return");
    mkdirSync(join(of, "mail"), { recursive: true });
    const bytes = [randomBytes(40_000), randomBytes(50_000)];
    writeFileSync(join(of, "mail", "one.mbox"), bytes[0] ?? "");
    writeFileSync(join(of, "two.csv"), bytes[1] ?? "");
    const list = join(folder, "list.sha256");
    writeFileSync(list, `${digests(bytes[0] ?? Buffer.alloc(0)).sha256}  mail/one.mbox\n${"0".repeat(64)}  two.csv\n`);
    const wanted: WantedReturn = {
      folder: of,
      desk,
      token: "right",
      provider: "Meridian",
      case: ground.caseId,
      list,
      state: join(folder, "state"),
      anew: false,
      confirm: true,
    };
    const progress = openProgress({ write: () => undefined, isTerminal: false, isJson: false });
    const first = await bringReturn(wanted, progress);
    expect(first).toMatchObject({
      whole: false,
      exhibits: 0,
      counts: { matched: 1, different: 1, extra: 0 },
      wrong: [{ outcome: "different", name: "two.csv" }],
    });
    writeFileSync(
      list,
      bytes.map((each, n) => `${digests(each).sha256}  ${n === 0 ? "mail/one.mbox" : "two.csv"}\n`).join(""),
    );
    const before = await items();
    const second = await bringReturn(wanted, progress);
    expect(second).toMatchObject({ id: first.id, whole: true, exhibits: 2, counts: { matched: 2, extra: 0 } });
    expect(await items()).toBe(before + 2);
  });
});
