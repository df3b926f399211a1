// `npm run pictures`: takes the pictures of docs/pictures anew, from a world of its own that is filled by the doors people use.
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "./browser.ts";
import { fillWorld } from "./pages-world.ts";
import { good } from "./road.ts";
import { oneTimeCode, type RunningWorld, startWorld } from "./world.ts";

const FOLDER = "docs/pictures";

async function signIn(browser: Browser, at: RunningWorld, code: string, role: string): Promise<Page> {
  const { account, base } = at.client(code, role);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${base}/sign-in`);
  await page.fill("[name=username]", account.username);
  await page.fill("[name=password]", account.password);
  await page.click("main button[type=submit]");
  await page.fill("[name=code]", oneTimeCode(account.totp));
  await page.click("main button[type=submit]");
  await page.waitForURL(`${base}/`);
  return page;
}

async function take(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url, { waitUntil: "networkidle" });
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
}

const at = await startWorld();
const browser = await openBrowser();
try {
  mkdirSync(FOLDER, { recursive: true });
  await fillWorld(at);
  const investigator = at.client("XA", "investigator");
  const { items } = good(await investigator.get("/requests")) as {
    items: { id: string; measure: string; state: string }[];
  };
  const answered = items.filter(({ state }) => state === "executed");
  const preserved = answered.find(({ measure }) => measure === "P29") ?? answered[0];
  if (!preserved) throw new Error("the filled world holds no request that was carried out");
  const [whole] = (good(await investigator.get("/cases")) as { items: { id: string }[] }).items.slice(-1);
  const desk = await signIn(browser, at, "XA", "investigator");
  await take(desk, `${investigator.base}/requests/${preserved.id}`, "request");
  await take(desk, `${investigator.base}/reports`, "worklist");
  await take(desk, `${investigator.base}/cases/${whole?.id}`, "case");
  await take(desk, `${investigator.base}/`, "home");
  const statistician = await signIn(browser, at, "XA", "statistician");
  await take(statistician, `${investigator.base}/statistics`, "statistics");
  const phone = await browser.newPage({ viewport: { width: 390, height: 780 } });
  await take(phone, at.node("XA").portal, "portal");
} finally {
  await browser.close();
  await at.stop();
  at.remove();
}
