import { createHash, generateKeyPairSync, randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../src/kernel/journal.ts";
import { cosign, noteSigner } from "../src/trust/checkpoint.ts";
import { type Example, example, exampleFile, packedAt } from "../src/trust/package-example.ts";
import type { PackageOptions } from "../src/trust/package.ts";
import { signPdf } from "../src/trust/pdf-sign.ts";
import { builtInAuthority } from "../src/trust/timestamp.ts";
import { readCheckpoint } from "../src/trust/verify-checkpoint.ts";
import { NOTE_TYPE, noteOf, vkeyOf } from "../src/trust/verify-note.ts";
import { printedLines } from "../src/trust/verify-print.ts";
import { type VerifierLocale, verifyPackage, verifyPdf } from "../src/trust/verify.ts";
import { letter } from "../src/ui/letter.ts";
import { loadTranslations } from "../src/kernel/i18n.ts";
import { openBrowser } from "./browser.ts";
import { thorough } from "./thorough.ts";

// The page that verifies offline, opened from a folder in a real browser, says the same as the command.

const PAGE = resolve("build/trust/verify.html");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;
let page: Page;
let folder: string;
const asked: string[] = [];
const errors: string[] = [];

let made: Example;
let good: Buffer;

/** A checkpoint with a cosignature of either kind, an event and a file withheld: everything that a package can hold. */
function withEverything(options: PackageOptions): PackageOptions {
  const checkpoint = readCheckpoint(options.ledger.checkpoint);
  const old = noteSigner("witness.example", NOTE_TYPE.cosignature, generateKeyPairSync("ed25519").privateKey);
  const late = noteSigner("later.example", NOTE_TYPE.mlDsa44, generateKeyPairSync("ml-dsa-44").privateKey);
  const lines = [cosign(checkpoint, old, 1_795_000_000n), cosign(checkpoint, late, 1_795_000_000n)];
  const note = noteOf({ ...checkpoint.note, signatures: [...checkpoint.note.signatures, ...lines] });
  const withheld = { by: "Camille Duval", at: "2026-11-23T11:00:00Z", reason: "names an informant" };
  const items = options.items.map((item, at) => ({
    ...item,
    custody: item.custody.map((entry, event) =>
      at === 0 && event === 2 && "record" in entry
        ? { digest: digestOf(entry.salt, entry.record), withheld, proof: entry.proof }
        : entry,
    ),
    files: item.files.map(({ name, sizeBytes, sha256, ...more }) =>
      at === 1 ? { name, sizeBytes, sha256, withheld } : { name, sizeBytes, sha256, ...more },
    ) as typeof item.files,
  }));
  const ledger = { ...options.ledger, checkpoint: note, witnesses: [vkeyOf(old), vkeyOf(late)], quorum: 2 };
  return { ...options, items, ledger };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "comity-verifier-"));
  made = example([
    { number: "XA/2026/17-A", files: [exampleFile("photo.txt", "a photo"), exampleFile("صورة.png", "b")], events: 5 },
    { number: "XA/2026/17-B", files: [exampleFile("b.bin", "not given")], events: 2 },
  ]);
  good = await made.build(withEverything);
  browser = await openBrowser();
  const context = await browser.newContext({ locale: "en-GB" });
  await context.setOffline(true);
  page = await context.newPage();
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => errors.push(message.text()));
  page.setDefaultTimeout(90_000);
  await page.goto(pathToFileURL(PAGE).href);
  await page.waitForSelector("html[data-ready]");
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** What the page says of a file: the text of every line of its report, or of its one message. */
async function said(bytes: Buffer, { name = "package.asice", policy }: { name?: string; policy?: Buffer } = {}) {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  await page.setInputFiles("#file", file);
  if (policy) writeFileSync(join(folder, "policy.json"), policy);
  await page.setInputFiles("#policy", policy ? join(folder, "policy.json") : []);
  await page.click("button.main");
  await page.waitForSelector("#report .verdict");
  return page.$$eval("#report > p, #report > h2, #report li, #report .detail", (elements) =>
    elements.map((element) => {
      const own = element.cloneNode(true) as Element;
      for (const detail of own.querySelectorAll(".detail")) detail.remove();
      return own.textContent;
    }),
  );
}

/** What the command would say. */
const expected = async (bytes: Buffer, locale: VerifierLocale, policy?: Buffer, name = "package.asice") =>
  printedLines(
    name.endsWith(".pdf") ? await verifyPdf(bytes) : await verifyPackage(bytes, policy ? { policy } : {}),
    name,
    { locale, hasPolicy: policy !== undefined },
  ).map(({ text }) => text);

/** The content of a file of a package. */
function contentOf(bytes: Buffer, start: string, end: string): Buffer {
  const at = bytes.indexOf(start);
  return bytes.subarray(at, bytes.indexOf(end, at) + end.length);
}

describe("verify.html", () => {
  test("is one file of bearable size that holds everything", () => {
    const html = readFileSync(PAGE, "utf8");
    expect(html.length).toBeLessThan(500_000);
    expect(html).toContain("default-src &#39;none&#39;".replaceAll("&#39;", "'"));
    expect(html).not.toMatch(/(src|href)="/);
  });

  test.each(["en", "fr", "ar"] as const)("says in %s of a good package what the command says", async (locale) => {
    await page.click(`#lang-${locale}`);
    expect(await said(good)).toEqual(await expected(good, locale));
    expect(await page.getAttribute("html", "dir")).toBe(locale === "ar" ? "rtl" : "ltr");
    expect(await page.getAttribute("#report .verdict", "class")).toBe("verdict good");
    await page.click("#lang-en");
  });

  test("finds of packages with one byte changed what the command finds", async () => {
    for (let n = 0; n < thorough(6, 200); n++) {
      const changed = Buffer.from(good);
      const at = randomInt(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << randomInt(8));
      expect([at, await said(changed)]).toEqual([at, await expected(changed, "en")]);
    }
  });

  test("finds what somebody forged who has the keys, and a file that is no package at all", async () => {
    const without = await made.build((options) => ({
      ...options,
      items: options.items.map((item) => ({ ...item, custody: item.custody.filter((_, event) => event !== 1) })),
    }));
    const lines = await said(without);
    expect(lines).toEqual(await expected(without, "en"));
    expect(lines.join("\n")).toContain("an event was removed, added or moved");
    for (const bytes of [Buffer.from("no package"), Buffer.alloc(0), good.subarray(0, 5_000)])
      expect(await said(bytes)).toEqual(await expected(bytes, "en"));
  });

  test("holds a package against a policy from elsewhere, and says where that cannot be read", async () => {
    const policy = contentOf(good, '{\n  "v": "comity.policy/1"', "\n}\n");
    expect(await said(good, { policy })).toEqual(await expected(good, "en", policy));
    const other = Buffer.from(policy.toString().replace(/"signing": "[0-9a-f]{4}/, '"signing": "0000'));
    const lines = await said(good, { policy: other });
    expect(lines).toEqual(await expected(good, "en", other));
    expect(lines[0]).toContain("cannot be relied on");
    expect(await said(good, { policy: Buffer.from("{}") })).toEqual([
      "The policy file policy.json cannot be used: policy.v: not comity.policy/1.",
    ]);
  });

  test("verifies a signed letter, and finds a change in it", async () => {
    const text = letter(
      {
        head: { language: "en", authority: "Aruna (XA)", title: "Receipt", number: "7", date: "23.11.2026" },
        seal: { fingerprint: "00".repeat(32), address: "https://xa.example" },
        at: packedAt,
      },
      { template: `#par("A line.")`, facts: {} },
      loadTranslations("locales").translate("en"),
    );
    const authority = builtInAuthority(made.stamping, () => packedAt);
    const pdf = await signPdf(text, { signing: made.signing, authority }, packedAt);
    const name = "letter.pdf";
    expect(await said(pdf, { name })).toEqual(await expected(pdf, "en", undefined, name));
    const changed = Buffer.from(pdf);
    changed[40] = (changed[40] ?? 0) ^ 1;
    const lines = await said(changed, { name });
    expect(lines).toEqual(await expected(changed, "en", undefined, name));
    expect(lines[0]).toContain("cannot be relied on");
  });

  test("says of an encrypted package what to do", async () => {
    const lines = await said(Buffer.from("age-encryption.org/v1\n-> X25519 x\n"), { name: "p.asice.age" });
    expect(lines[0]).toMatch(/^p\.asice\.age is encrypted for named people/);
  });

  test("reads a file that is longer than it would hold, and stays at hand meanwhile", async () => {
    const bytes = thorough(12, 1_500) * 2 ** 20;
    const big = await example([
      { number: "1", files: [exampleFile("disk.img", Buffer.alloc(bytes, "evidence "))], events: 2 },
    ]).build();
    writeFileSync(join(folder, "big.asice"), big);
    await page.setInputFiles("#file", join(folder, "big.asice"));
    await page.setInputFiles("#policy", []);
    // Every gap between two frames: a page that works itself would not be drawn until it is done.
    await page.evaluate(() => {
      const gaps: number[] = [];
      let before = performance.now();
      const frame = (): void => {
        gaps.push(performance.now() - before);
        before = performance.now();
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      Object.assign(globalThis, { gaps });
    });
    await page.click("button.main");
    await page.waitForSelector("#report .verdict", { timeout: 600_000 });
    expect(await page.textContent("#report .verdict")).toBe("big.asice: everything in this package is right.");
    const worst = await page.evaluate(() => Math.max(...(globalThis as unknown as { gaps: number[] }).gaps));
    expect(worst).toBeLessThan(1_000);
  });

  test("asks nobody for anything, and nothing of it is forbidden or wrong", () => {
    expect(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:"))).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("axe finds nothing wrong, in either direction", async () => {
    await page.evaluate(axe);
    for (const locale of ["en", "ar"]) {
      await page.click(`#lang-${locale}`);
      const found = (await page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id }) => id))`,
      )) as unknown;
      expect([locale, found]).toEqual([locale, []]);
      await page.setViewportSize({ width: 360, height: 800 });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    }
  });

  test("its digest is the one that a node gives beside it", async () => {
    const { verifierPage } = await import("../src/trust/verifier-routes.ts");
    expect(verifierPage().sha256).toBe(createHash("sha256").update(readFileSync(PAGE)).digest("hex"));
  });
});
