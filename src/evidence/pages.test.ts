import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../../test/browser.ts";
import { type TestNode, testNode } from "../../test/node.ts";
import { cases, openCase } from "../cases/slice.ts";
import { chrome } from "../chrome.ts";
import type { Officer } from "../kernel/actor.ts";
import { perform } from "../kernel/pipeline.ts";
import { makeServer } from "../kernel/server.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { assetRoutes } from "../ui/asset-routes.ts";
import { evidence } from "./slice.ts";
import { Sha256 } from "../ui/islands/sha256.ts";

let at: TestNode;
let vault: Vault;
let server: FastifyInstance;
let base: string;
let browser: Browser;
let officer: Officer;
let caseId: string;
const folder = mkdtempSync(join(tmpdir(), "comity-pages-"));
const PICTURES = "node_modules/.cache/pictures";

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
  await page.getByLabel("Description").fill("Image of the mail server's disk");
  await page.getByLabel("Place").fill("Port Louis");
  await page.getByLabel("Tool", { exact: false }).first().fill("ewfacquire");
  await page.locator(".desk-body form button[type=submit]").click();
  await page.waitForURL(/\/items\/[\da-f-]{36}/);
}

test("with JavaScript the file is hashed on the device, sent in pieces, and both fingerprints agree", async () => {
  const bytes = randomBytes(9_500_000);
  const page = await open(`/cases/${caseId}/items/new`);
  await page.locator("input[type=file]").setInputFiles(fileOf(bytes, "server.dd"));
  await page.screenshot({ path: `${PICTURES}/upload.png`, fullPage: true });
  await page.locator(".desk-body form button[type=submit]").click();
  await page.waitForURL(/upload=/, { timeout: 40_000 });
  const digest = createHash("sha256").update(bytes).digest("hex");
  expect(new URL(page.url()).searchParams.get("sha256")).toBe(digest);
  await page.screenshot({ path: `${PICTURES}/describe.png`, fullPage: true });
  await describeIt(page);
  expect(await page.locator("[data-hash]").first().getAttribute("data-hash")).toBe(digest);
  await page.screenshot({ path: `${PICTURES}/item.png`, fullPage: true });
  await page.goto(`${base}/items`);
  await page.screenshot({ path: `${PICTURES}/items.png`, fullPage: true });
  await page.goto(`${base}/cases/${caseId}`);
  await page.screenshot({ path: `${PICTURES}/case.png`, fullPage: true });
  await page.context().close();
}, 90_000);

test("without JavaScript the same two pages do; no file chosen is said in words", async () => {
  const page = await open(`/cases/${caseId}/items/new`, { javaScriptEnabled: false });
  await page.locator(".desk-body form button[type=submit]").click();
  expect(await page.locator(".desk-body").innerText()).toContain("Choose a file first");
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
