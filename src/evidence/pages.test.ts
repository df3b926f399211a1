import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../../test/browser.ts";
import { thorough } from "../../test/thorough.ts";
import { type TestNode, testNode } from "../../test/node.ts";
import { cases, openCase } from "../cases/slice.ts";
import { chrome } from "../chrome.ts";
import type { Officer } from "../kernel/actor.ts";
import { perform } from "../kernel/pipeline.ts";
import { makeServer } from "../kernel/server.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { assetRoutes } from "../ui/asset-routes.ts";
import { evidence } from "./slice.ts";
import { uploadsOf } from "./tus.ts";
import { Sha256 } from "../ui/islands/sha256.ts";

let at: TestNode;
let vault: Vault;
let server: FastifyInstance;
let base: string;
let browser: Browser;
let officer: Officer;
let caseId: string;
const folder = mkdtempSync(join(tmpdir(), "comity-pages-"));
/** Folder for pictures of the pages on the way, for whoever changes them and wants to look; none are taken without. */
const PICTURES = process.env["COMITY_PICTURES"];
const picture = async (page: Page, name: string): Promise<void> => {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
};

beforeAll(async () => {
  at = await testNode([
    cases,
    { ...evidence, authenticate: async () => officer },
    { name: "assets", routes: assetRoutes },
  ]);
  vault = openVault(join(at.node.config.folder, "vault"), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  officer = { ...at.officer("investigator"), via: "session" };
  server = await makeServer({ node: at.node, role: "desk", chrome });
  base = await server.listen({ host: "127.0.0.1", port: 0 });
  caseId = (
    await perform({ node: at.node, actor: officer, act: openCase, input: { title: "Phishing of a port authority" } })
  ).id;
  browser = await openBrowser();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.close();
  await vault.close();
  await at.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(`${base}${path}`);
  return page;
}
function fileOf(bytes: Buffer, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Step two, the same with and without JavaScript: says what it is, and comes to the item's page. */
async function describeIt(page: Page): Promise<void> {
  await picture(page, "kind");
  await page.getByLabel("image of a disk or other medium").check();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByLabel("image of the whole device").check();
  await page.getByLabel("Computer or place that the medium comes from").fill("Rack 4");
  await page.getByLabel("Serial number of the medium").fill("S3Z9NB0K");
  await page.locator("[name='acquisition.write_blocker']").fill("Tableau T35u");
  await picture(page, "facts");
  await page.getByLabel("Description").fill("Image of the mail server's disk");
  await page.locator("[name='acquisition.place']").fill("Port Louis");
  await page.locator(".desk-body form button[type=submit]").click();
  // What this kind must say was left out: it is asked again, and nothing typed is lost.
  expect(await page.locator("[name='acquisition.device_serial']").inputValue()).toBe("S3Z9NB0K");
  await page.locator("[name='acquisition.tool']").fill("ewfacquire");
  await page.locator(".desk-body form button[type=submit]").click();
  await page.waitForURL(/\/items\/[\da-f-]{36}/);
}

test("with JavaScript the file is hashed on the device, sent in pieces, and both fingerprints agree", async () => {
  const bytes = randomBytes(9_500_000);
  const page = await open(`/cases/${caseId}/items/new`);
  await page.locator("input[type=file]").setInputFiles(fileOf(bytes, "server.dd"));
  await picture(page, "upload");
  await page.locator(".desk-body form button[type=submit]").click();
  await page.waitForURL(/upload=/, { timeout: 90_000 });
  const digest = createHash("sha256").update(bytes).digest("hex");
  for (const algorithm of ["sha256", "sha1", "md5"])
    expect(new URL(page.url()).searchParams.get(algorithm)).toBe(createHash(algorithm).update(bytes).digest("hex"));
  await picture(page, "describe");
  await describeIt(page);
  expect(await page.locator("main .facts [data-hash]").first().getAttribute("data-hash")).toBe(digest);
  await picture(page, "item");
  await page.goto(`${base}/items`);
  await picture(page, "items");
  await page.goto(`${base}/cases/${caseId}`);
  await picture(page, "case");
  await page.context().close();
}, 90_000);

/** As over a slow line, in bytes a second. */
async function slowly(page: Page, uploadThroughput: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const more = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput };
  await session.send("Network.emulateNetworkConditions", more);
}
const rowOf = (page: Page, name: string) => page.locator(".uploads > li", { hasText: name });

test("paused, closed, opened in another tab: it goes on from the durable offset, by one tab at a time", async () => {
  const bytes = randomBytes(6_000_000);
  const path = fileOf(bytes, "phone.bin");
  const page = await open(`/cases/${caseId}/items/new`);
  await slowly(page, 1_500_000);
  const choose = async (tab: Page) => {
    await tab.locator("form[data-upload] input[type=file]").setInputFiles(path);
    await tab.locator("form[data-upload] button[type=submit]").click();
  };
  await choose(page);
  const row = rowOf(page, "phone.bin");
  await expect
    .poll(async () => Number(await row.locator("[data-step=sending] progress").getAttribute("value")))
    .toBeGreaterThan(1_000_000);
  expect(await row.innerText()).toMatch(/Sent: .*%.*MB\/s.*left/);
  await row.getByRole("button", { name: "Pause" }).press("Enter");
  expect(await row.innerText()).toContain("Paused");
  await picture(page, "upload-paused");
  // A second tab of the same browser says that the first has it.
  const other = await page.context().newPage();
  await other.goto(`${base}/cases/${caseId}/items/new`);
  await expect.poll(async () => await other.locator(".uploads > li").innerText()).toMatch(/% has arrived/);
  await picture(other, "upload-unfinished");
  await choose(other);
  await expect.poll(async () => rowOf(other, "phone.bin").innerText()).toContain("Another tab of this browser");
  expect(await other.locator(".uploads > li").count()).toBe(1);
  const offset = (await uploadsOf(at.node).list(officer.account, at.node.clock()))[0]?.offset ?? 0;
  expect(offset).toBeGreaterThan(500_000);
  expect(offset).toBeLessThan(bytes.length);
  await page.close();
  await other.waitForURL(/upload=/, { timeout: 90_000 });
  expect(new URL(other.url()).searchParams.get("md5")).toBe(createHash("md5").update(bytes).digest("hex"));
  const [upload] = await uploadsOf(at.node).list(officer.account, at.node.clock());
  expect(upload).toMatchObject({ offset: bytes.length, digest: createHash("sha256").update(bytes).digest("hex") });
  await other.goto(`${base}/cases/${caseId}/items/new`);
  await rowOf(other, "phone.bin").getByRole("button", { name: "Discard" }).click();
  await expect.poll(() => other.locator(".uploads > li").count()).toBe(0);
  await other.context().close();
}, 90_000);

test("several files go one after the other, each is described, and another file is not taken for the one that was begun", async () => {
  const page = await open(`/cases/${caseId}/items/new`);
  const names = ["a.eml", "b.eml", "c.eml"];
  const files = names.map((name) => fileOf(randomBytes(50_000), name));
  await page.locator("input[type=file]").first().setInputFiles(files);
  await page.locator("form[data-upload] button[type=submit]").click();
  for (const name of names)
    await expect.poll(async () => rowOf(page, name).innerText()).toContain("the same fingerprints");
  await picture(page, "upload-several");
  const [chooser] = [
    await uploadsOf(at.node).create({
      owner: officer.account,
      bytes: 70_000,
      name: "d.eml",
      media: "message/rfc822",
      now: at.node.clock(),
    }),
  ];
  await page.reload();
  const choosing = page.waitForEvent("filechooser");
  await rowOf(page, "d.eml").getByRole("button", { name: "Go on" }).click();
  await (await choosing).setFiles(files[0] ?? "");
  expect(await rowOf(page, "d.eml").innerText()).toContain("This is another file. Choose d.eml");
  await rowOf(page, "d.eml").getByRole("button", { name: "Discard" }).click();
  await page.waitForLoadState();
  expect(await uploadsOf(at.node).find(chooser.id, officer.account, at.node.clock())).toBeUndefined();
  await rowOf(page, "b.eml").getByRole("link", { name: "Say what it is" }).click();
  expect(new URL(page.url()).searchParams.get("sha1")).toMatch(/^[\da-f]{40}$/);
  expect(await page.locator(".desk-body").innerText()).toContain("2 more files wait");
  await describeIt(page);
  for (const { id } of await uploadsOf(at.node).list(officer.account, at.node.clock()))
    await uploadsOf(at.node).end(id, officer.account, at.node.clock());
  await page.context().close();
}, 90_000);

test(
  "while a large file is hashed and sent the page answers at once",
  async () => {
    const bytes = thorough(96, 2_048) * 1024 ** 2;
    const path = join(folder, "disk.dd");
    writeFileSync(path, "");
    truncateSync(path, bytes);
    const page = await open(`/cases/${caseId}/items/new`);
    await page.locator("input[type=file]").first().setInputFiles(path);
    await page.evaluate(() => {
      const seen = { longest: 0, gap: 0, frames: 0 };
      Object.assign(window, { seen });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
      }).observe({ type: "longtask" });
      let last = performance.now();
      const tick = () => {
        const now = performance.now();
        seen.gap = Math.max(seen.gap, now - last);
        seen.frames += 1;
        last = now;
        setTimeout(tick, 5);
      };
      tick();
    });
    await page.locator("form[data-upload] button[type=submit]").click();
    await expect.poll(async () => rowOf(page, "disk.dd").innerText()).toMatch(/Fingerprints: .*%.*left/);
    await picture(page, "upload-hashing");
    // Where the machine is quick the page goes on to what the file is before anybody has looked again: what was seen until then counts.
    let seen = { longest: 0, gap: 0, frames: 0 };
    const isOver = async (): Promise<boolean> => {
      const found = await page
        .evaluate(() => ({
          seen: (window as unknown as { seen?: typeof seen }).seen,
          words: document.querySelector(".uploads > li [data-step=hashing] [data-words]")?.textContent ?? "",
        }))
        .catch(() => undefined);
      if (!found?.seen) return true;
      seen = found.seen;
      return found.words.includes("has computed");
    };
    await expect.poll(isOver, { timeout: thorough(60_000, 600_000), interval: 50 }).toBe(true);
    process.stdout.write(`page while ${bytes / 1024 ** 2} MiB are hashed: ${JSON.stringify(seen)}\n`);
    expect(seen.frames).toBeGreaterThan(20);
    expect(seen.longest).toBeLessThan(500);
    await page.context().close();
    for (const { id } of await uploadsOf(at.node).list(officer.account, at.node.clock()))
      await uploadsOf(at.node).end(id, officer.account, at.node.clock());
    rmSync(path);
  },
  thorough(120_000, 900_000),
);

test("without JavaScript the same two pages do; no file chosen is said in words", async () => {
  const page = await open(`/cases/${caseId}/items/new`, { javaScriptEnabled: false });
  await page.locator(".desk-body form button[type=submit]").click();
  expect(await page.locator(".desk-body").innerText()).toContain("Choose a file first");
  const { uploads, now } = { uploads: uploadsOf(at.node), now: at.node.clock() };
  const left = { owner: officer.account, bytes: 90_000, media: "application/octet-stream", now };
  await uploads.create({ ...left, name: "begun.dd" });
  await page.reload();
  const before = officer;
  for (const [locale, width] of [
    ["en", 1280],
    ["en", 360],
    ["ar", 1280],
    ["ar", 360],
  ] as const) {
    officer = { ...before, locale };
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${base}/cases/${caseId}/items/new`);
    await picture(page, `upload-plain-${locale}-${width}`);
  }
  officer = before;
  await page.goto(`${base}/cases/${caseId}/items/new`);
  // What was begun with JavaScript can be ended without.
  await rowOf(page, "begun.dd").getByRole("button", { name: "Discard" }).click();
  expect(await page.locator(".uploads > li").count()).toBe(0);
  await page.locator("input[type=file]").setInputFiles(fileOf(Buffer.from("subject: hello\n"), "mail.eml"));
  await page.locator(".desk-body form button[type=submit]").click();
  await page.waitForURL(/upload=/);
  await describeIt(page);
  expect(await page.locator("main").innerText()).toContain("mail.eml");
  await page.context().close();
}, 90_000);

test("the browser's own SHA-256 is SHA-256, however the bytes are cut", () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 70_001]) {
    const bytes = randomBytes(size);
    const sha256 = new Sha256();
    for (let from = 0; from < size; from += 37) sha256.update(bytes.subarray(from, from + 37));
    expect(sha256.digest()).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
