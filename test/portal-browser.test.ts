import type { FastifyInstance } from "fastify";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCountry } from "../src/access/slice.ts";
import { chrome } from "../src/chrome.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { makeServer } from "../src/kernel/server.ts";
import { registry } from "../src/kernel/slice.ts";
import { portal } from "../src/portal/slice.ts";
import { reply } from "../src/reports/acts-answer.ts";
import { codeDigest, findByCode, newCode, reports } from "../src/reports/slice.ts";
import { ui } from "../src/ui/slice.ts";
import { openBrowser } from "./browser.ts";
import { Window } from "./looking.ts";
import { type TestNode, testNode } from "./node.ts";
import { CHILD, LATER, MONEY_FIRST, Person } from "./portal-walk.ts";
import { passedNote } from "./passed.ts";

const WRONG = Array.from({ length: 6 }, () => newCode());

let at: TestNode;
let server: FastifyInstance;
let browser: Browser;
let window: Window;
let base = "";
beforeAll(async () => {
  const slices = [ui, reports, portal];
  at = await testNode(slices, {
    config: { languages: ["en", "fr", "ar"] },
    services: {
      country: loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry(slices), passedNote("XA")),
      reportFiles: { put: async (bytes) => `report:${bytes.length}` },
    },
  });
  server = await makeServer({ node: at.node, role: "portal", chrome });
  [base, browser] = await Promise.all([server.listen({ host: "127.0.0.1", port: 0 }), openBrowser()]);
  window = await Window.open(browser);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await at?.close();
});

const contexts = (language: string, script = false): Promise<BrowserContext> =>
  browser.newContext({ javaScriptEnabled: script, viewport: { width: 360, height: 640 }, locale: language });
async function person(language: string): Promise<Person> {
  const context = await contexts(language);
  return new Person(context, await context.newPage(), base);
}

/** The page is in its language and direction, shows no wider than the screen, and axe finds nothing wrong with it. */
async function looksRight({ page }: Person, language: string): Promise<void> {
  const html = await page.content();
  const dir = language === "ar" ? "rtl" : "ltr";
  expect(html).toMatch(new RegExp(`^<!DOCTYPE html><html lang="${language}" dir="${dir}"`));
  await window.show({ url: page.url(), html }, { width: 360, scheme: "light" });
  expect({ at: page.url(), faults: await window.axe(true), wider: await window.wider(360) }).toEqual({
    at: page.url(),
    faults: [],
    wider: undefined,
  });
}

/** What the office writes to the reporter who holds the code. */
async function answeredBy(code: string, body: string): Promise<void> {
  const { node } = at;
  const id = await findByCode(node.db, codeDigest(node.services.keys.receipt, code));
  if (!id) throw new Error("the code opens no report");
  await perform({ node, actor: at.officer("investigator"), act: reply, id, input: { body } });
}

describe.each([
  ["en", MONEY_FIRST, "Which bank was it?"],
  ["fr", LATER, "De quelle banque s’agit-il ?"],
  ["ar", CHILD, "هل الطفلة في أمان الآن؟"],
] as const)("in %s, on the smallest screen and without script", (language, way, words) => {
  test("somebody goes from the first page to the office's answer", async () => {
    const someone = await person(language);
    await someone.go("/");
    await looksRight(someone, language);
    await someone.go("/p");
    for (const answer of way) {
      await looksRight(someone, language);
      await someone.answer(answer);
    }
    await looksRight(someone, language);
    const code = await someone.code();
    expect(code).toMatch(/^\d{16}$/);
    await answeredBy(code, words);
    await someone.drop();

    const back = await person(language);
    await back.open(code);
    await looksRight(back, language);
    expect(await back.page.locator(".thread").innerText()).toContain(words);
    await back.write("One more thing");
    expect(await back.page.locator(".thread li").count()).toBe(2);
    for (const path of ["/c/2", "/c/3"]) {
      await back.go(path);
      await looksRight(back, language);
    }
    await back.drop();
  }, 180_000);
});

test("a line that drops on any page loses nothing: the code goes on in another browser", async () => {
  let someone = await person("en");
  await someone.go("/p");
  let code = "";
  for (const answer of MONEY_FIRST) {
    await someone.answer(answer);
    if (answer.step === "danger") continue;
    if (code === "") code = await someone.code();
    await someone.drop();
    someone = await person("en");
    await someone.open(code);
    // A payment that was added leads to the next page; the way back to add another is the back link.
    if (answer.press === "more" || answer.file) await someone.go(answer.step === "payment" ? "/p/5" : "/p/13");
  }
  expect(someone.path).toBe("/c/1");
  const told = await someone.page.locator("main").innerText();
  for (const part of ["bank-safe[.]example", "+230 5251 7777", "screen.txt", "tell the banks"])
    expect(told).toContain(part);
  await someone.drop();
}, 180_000);

test("the first load is at most 14 KB on the wire, with style and script, and every further page at most 8 KB", async () => {
  const context = await contexts("en", true);
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  let bytes = 0;
  network.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  // What was loaded is told by another channel than that the page is there: it may come a little later.
  const counted = async () => {
    for (let [before, tries] = [-1, 0]; tries < 50 && (bytes === 0 || bytes !== before); tries += 1) {
      before = bytes;
      await page.waitForTimeout(100);
    }
  };
  const someone = new Person(context, page, base);
  await someone.go("/");
  await counted();
  const sizes: [path: string, bytes: number][] = [["/", bytes]];
  expect(bytes).toBeGreaterThan(2_000);
  expect(bytes).toBeLessThanOrEqual(14 * 1_024);
  const further = async (work: () => Promise<unknown>) => {
    bytes = 0;
    await work();
    await counted();
    sizes.push([someone.path, bytes]);
    expect({ at: someone.path, bytes }).toEqual({
      at: someone.path,
      bytes: expect.toSatisfy((n: number) => n > 200 && n <= 8 * 1_024),
    });
  };
  await further(() => someone.go("/p"));
  for (const answer of MONEY_FIRST) await further(() => someone.answer(answer));
  const code = await someone.code();
  await further(() => someone.go("/c"));
  await further(() => someone.open(code));
  await context.close();
  if (process.env["COMITY_SHOW"]) console.log(sizes.map(([path, size]) => `${path} ${size}`).join("\n"));
}, 180_000);

test("the key that leaves replaces the page at once, by a touch or by Escape three times", async () => {
  const context = await contexts("en", true);
  await context.route(/^https:/, (route) =>
    route.fulfill({ body: "<title>weather</title>", contentType: "text/html" }),
  );
  const page = await context.newPage();
  const someone = new Person(context, page, base);
  for (const leave of [
    () => page.locator(".leave").click(),
    async () => {
      for (let n = 0; n < 3; n += 1) await page.keyboard.press("Escape");
    },
  ]) {
    await page.goto("about:blank");
    await someone.go("/p/1");
    await Promise.all([page.waitForURL(/^https:/), leave()]);
    await page.goBack();
    expect(page.url()).toBe("about:blank");
  }
  await context.close();
}, 30_000);

test("the price of a try is worked off where there is script, and the report opens by itself", async () => {
  const someone = await person("en");
  await someone.go("/p");
  for (const answer of LATER) await someone.answer(answer);
  const code = await someone.code();
  for (let n = 0; n < 6; n += 1)
    await fetch(`${base}/api/v1/report`, { headers: { authorization: `Receipt ${WRONG[n]}` } });
  await someone.open(code);
  expect(await someone.page.locator("main").innerText()).toContain("Wait 5 seconds");
  await looksRight(someone, "en");
  const context = await contexts("en", true);
  const quick = new Person(context, await context.newPage(), base);
  await quick.open(code);
  await quick.page.waitForURL(`${base}/c/1`);
  await context.close();
  await someone.drop();
}, 180_000);
