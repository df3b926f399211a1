import { Readable } from "node:stream";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { linkAll } from "../campaigns/acts-linking.ts";
import { campaigns } from "../campaigns/slice.ts";
import { sql } from "../kernel/database.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Download } from "../kernel/view.ts";
import { handIn, type KeptFile, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { sniff } from "../reports/sniff.ts";
import { reportPage, type ReportFound } from "../reports/views.ts";
import { openKeyring } from "../trust/keys.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { storeBlob } from "../trust/vault-blobs.ts";
import { readFiles } from "./acts.ts";
import { defanged } from "./attachment.ts";
import { readMail } from "../room/mail.ts";
import { attachments } from "./slice.ts";
import { type FileSeen, filesOf, fileView, previewView } from "./views.ts";

let at: TestNode;
let vault: Vault;
beforeAll(async () => {
  at = await testNode([reports, attachments, campaigns]);
  vault = openVault(join(at.node.config.folder, "vault"), openKeyring(join(at.node.config.folder, "keys")));
  Object.assign(at.node.services, { vault });
});
afterAll(async () => {
  await vault.close();
  await at.close();
});

/** A report with these files, read. */
async function withFiles(files: Record<string, Buffer>, more: object = {}): Promise<{ id: string; files: FileSeen[] }> {
  const kept: KeptFile[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const held = await storeBlob(at.node.db, vault, Readable.from([bytes]), {
      kind: "report",
      bytesMax: bytes.length,
      now: at.node.clock(),
    });
    if (!held) throw new Error("not stored");
    kept.push({ name, ...(await sniff(bytes, name)), size: bytes.length, digest: held.digest, blob: held.holder });
  }
  const prepared = prepare(
    submissionSchema.parse({ description: "See the files", ...more }),
    receivingOn(at.node, "portal"),
  );
  const { id } = await handIn(at.node, { actor: PUBLIC, prepared: { ...prepared, files: kept } });
  // Gone through before its files are read, as in a worker that has both to do.
  await linkAll(at.node);
  await readFiles.run(at.node);
  return { id, files: await filesOf(reader(), id) };
}
const reader = () => readerOf(at.node, at.officer("investigator"));
const one = async (name: string, bytes: Buffer, more: object = {}) => {
  const { id, files } = await withFiles({ [name]: bytes }, more);
  const [file] = files;
  if (!file) throw new Error("the file is not there");
  return { id, file };
};
const picture = () => sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } });

/** A phishing message as a bank's customer saves it. */
const PHISHING = [
  "Return-Path: <bounce@mailer.evil-bank.top>",
  "Received: from mailer.evil-bank.top (mailer.evil-bank.top [203.0.113.9]) by mx.provider.example with ESMTPS id 7; Thu, 26 Nov 2026 10:00:10 +0400",
  "Received: from pc ([198.51.100.7]) by mailer.evil-bank.top with SMTP; Thu, 26 Nov 2026 05:59:00 +0000",
  "Authentication-Results: mx.provider.example; spf=fail smtp.mailfrom=evil-bank.top; dkim=none; dmarc=fail",
  'From: "security@aruna-bank.example" <no-reply@evil-bank.top>',
  "Reply-To: helper@elsewhere.example",
  "To: me@provider.example",
  "Subject: =?utf-8?B?Vm90cmUgY29tcHRlIGVzdCBibG9xdcOp?=",
  "Date: Thu, 26 Nov 2026 09:58:58 +0400",
  "Message-ID: <1@evil-bank.top>",
  "MIME-Version: 1.0",
  "Content-Type: multipart/mixed; boundary=b",
  "",
  "--b",
  "Content-Type: text/html; charset=utf-8",
  "",
  '<p>Go to <a href="http://login.evil-bank.top/a?x=1&amp;y=2">https://aruna-bank.example</a> or call +230 5251 4444</p><script>alert(1)</script>',
  "--b",
  'Content-Type: application/pdf; name="bill.pdf"',
  "Content-Disposition: attachment; filename=bill.pdf",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.from("%PDF-1.4 not much").toString("base64"),
  "--b--",
].join("\r\n");

describe("a message", () => {
  test("is taken apart into headers, stations, links and files, and gives the report what points to its sender", async () => {
    const { id, file } = await one("mail.eml", Buffer.from(PHISHING));
    expect(file.kind).toBe("mail");
    const mail = file.facts?.mail;
    expect(mail).toMatchObject({
      from: "security@aruna-bank.example <no-reply@evil-bank.top>",
      replyTo: "helper@elsewhere.example",
      subject: "Votre compte est bloqué",
      hops: [
        { from: "pc", by: "mailer.evil-bank.top", ip: "198.51.100.7", at: "2026-11-26T05:59:00Z", seconds: null },
        { by: "mx.provider.example", ip: "203.0.113.9", at: "2026-11-26T06:00:10Z", seconds: 70 },
      ],
      checks: [
        { what: "SPF", result: "fail" },
        { what: "DKIM", result: "none" },
        { what: "DMARC", result: "fail" },
      ],
      links: [{ shown: "https://aruna-bank.example", target: "http://login.evil-bank.top/a?x=1&y=2" }],
      attachments: [{ name: "bill.pdf", media: "application/pdf", bytes: 17 }],
      warnings: ["reply-elsewhere", "name-is-address", "link-differs", "checks-failed"],
    });
    expect(mail?.text).not.toContain("alert(1)");
    const found = ((await readView(reportPage, reader(), { id })) as ReportFound).observables;
    expect(found.map(({ key }) => key)).toEqual(expect.arrayContaining(["domain:evil-bank.top", "phone:+23052514444"]));
    expect(found.find(({ key }) => key === "ip:198.51.100.7")?.strong).toBe(false);
  });

  test("links its report with those that speak of the same sender", async () => {
    const other = prepare(
      submissionSchema.parse({ description: "They wrote from http://late-found.top and took my money" }),
      receivingOn(at.node, "portal"),
    );
    const { id: said } = await handIn(at.node, { actor: PUBLIC, prepared: other });
    const { id: filed } = await one("mail.eml", Buffer.from(PHISHING.replaceAll("evil-bank.top", "late-found.top")));
    await linkAll(at.node);
    const { rows } = await sql<{
      campaign: string | null;
    }>`select campaign_id as campaign from report where id = any(${[said, filed]}::uuid[])`.execute(at.node.db);
    expect(rows[0]?.campaign).not.toBeNull();
    expect(rows[0]?.campaign).toBe(rows[1]?.campaign);
  });

  test.each([
    [
      "nested without end",
      Array.from({ length: 3_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(
        "",
      ),
    ],
    ["with a header of megabytes", `From: a@b.example\r\nSubject: ${"x".repeat(3_000_000)}\r\n\r\nHello`],
    ["with a hundred thousand headers", `From: a@b.example\r\n${"X-A: b\r\n".repeat(100_000)}\r\nHello`],
  ])("%s is said to be unreadable, and is not tried again", async (_, text) => {
    const { file } = await one("bad.eml", Buffer.from(`From: a@b.example\r\nSubject: s\r\n${text}`));
    expect(file.facts?.failed).toMatch(/unreadable|too-long/);
  });

  test("whose stations, links and encodings are made to slow a reader is read in bounded work", async () => {
    const anchors = `<a ${"href ".repeat(200)}`.repeat(500);
    const received = Array.from({ length: 200 }, () => `Received: from ${"a ".repeat(900)}; ${"1 ".repeat(200)}`).join(
      "\r\n",
    );
    const mail = await readMail(
      Buffer.from(`${received}\r\nFrom: a@b.example\r\nContent-Type: text/html\r\n\r\n${anchors}`),
    );
    expect(mail.hops.length).toBeLessThanOrEqual(60);
  });

  test("any bytes behind a header are read, or refused, and give storable text only", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const mail = await readMail(Buffer.concat([Buffer.from("From: a\r\nReceived: "), bytes]));
        const text = JSON.stringify(mail);
        expect(text.isWellFormed() && !text.includes(String.raw`\u0000`)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a picture", () => {
  test("is drawn anew without what was hidden in it", async () => {
    const bytes = await picture()
      .withExif({ IFD0: { Make: "Secret Camera" } })
      .jpeg()
      .toBuffer();
    expect(bytes.includes("Secret Camera")).toBe(true);
    const { id, file } = await one("photo.jpg", Buffer.concat([bytes, Buffer.from("<script>alert(1)</script>")]));
    expect(file).toMatchObject({
      kind: "picture",
      hasPreview: true,
      facts: { picture: { width: 40, height: 30, format: "jpeg", hasMetadata: true } },
    });
    const preview = (await readView(previewView, reader(), { id, file: file.id })) as Download;
    const shown = Buffer.concat(await (preview.body as Readable).toArray());
    expect(preview.type).toBe("image/png");
    expect(shown.includes("Secret Camera") || shown.includes("<script>")).toBe(false);
    expect((await sharp(shown).metadata()).width).toBe(40);
  });

  test("in a report about a child is never drawn", async () => {
    const { id, file } = await one("photo.png", await picture().png().toBuffer(), { category: "C1" });
    expect(file.hasPreview).toBe(false);
    await expect(readView(previewView, reader(), { id, file: file.id })).rejects.toThrow("not-found");
  });

  test("that unfolds to a thousand times its size is not opened", async () => {
    const side = 30_000;
    const chunk = (name: string, data: Buffer) => {
      const body = Buffer.concat([Buffer.from(name), data]);
      const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(data.length);
      sum.writeUInt32BE(crc(body));
      return Buffer.concat([length, body, sum]);
    };
    const head = Buffer.alloc(13);
    head.writeUInt32BE(side, 0);
    head.writeUInt32BE(side, 4);
    head.set([1, 0, 0, 0, 0], 8);
    const bomb = Buffer.concat([
      Buffer.from("89504e470d0a1a0a", "hex"),
      chunk("IHDR", head),
      chunk("IDAT", deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 9 })),
      chunk("IEND", Buffer.alloc(0)),
    ]);
    expect(bomb.length).toBeLessThan(300_000);
    const { file } = await one("bomb.png", bomb);
    expect(file).toMatchObject({ hasPreview: false, facts: { failed: "unreadable" } });
  });

  test.each([
    ["cut off", async () => (await picture().jpeg().toBuffer()).subarray(0, 200)],
    [
      "that is a page",
      async () => Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ],
  ])("%s is never drawn", async (_, bytes) => {
    expect((await one("photo.jpg", await bytes())).file.hasPreview).toBe(false);
  });
});

test("a document says what it could do when opened; a program under the name of a picture is marked", async () => {
  const { id, files } = await withFiles({
    "letter.pdf": Buffer.from("%PDF-1.7\n1 0 obj <</OpenAction 2 0 R /JS (app.alert(1))>>"),
    "holiday.jpg": Buffer.from("4d5a90000300000004000000ffff0000", "hex"),
  });
  const [program, letter] = files;
  expect(letter?.facts?.pdf).toEqual({ version: "1.7", active: ["script", "starts-something"] });
  expect(program).toMatchObject({ kind: "program", misnamed: true, hasPreview: false });
  expect(await readView(fileView, reader(), { id, file: letter?.id })).toMatchObject({ name: "letter.pdf" });
});

test.each([
  ["http://login.evil.top/a.b?c.d", "hxxp://login[.]evil[.]top/a.b?c.d"],
  ["https://evil.top", "hxxps://evil[.]top"],
])("the link %s is shown so that nobody follows it by mistake", (link, expected) => {
  expect(defanged(link)).toBe(expected);
});

function crc(bytes: Buffer): number {
  let sum = 0xffff_ffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb8_8320 : sum >>> 1;
  }
  return (sum ^ 0xffff_ffff) >>> 0;
}
