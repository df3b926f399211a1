// `npm run pictures`: takes the pictures of docs/pictures anew, from a world of its own that is filled by the doors people use.
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { test } from "vitest";
import { AtDesk } from "../at-desk.ts";
import { openBrowser } from "../browser.ts";
import { fillWorld } from "../pages-world.ts";
import { good } from "../road.ts";
import { startWorld } from "../world.ts";

const FOLDER = "docs/pictures";

const WINDOW = { javaScriptEnabled: true, viewport: { width: 1280, height: 900 } };

async function take(page: Page, url: string, name: string): Promise<void> {
  // A page that is told of news keeps its line open: the network is never idle.
  await page.goto(url, { waitUntil: "load" });
  await page.evaluate("document.fonts.ready");
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
}

test("the pictures of the documentation are taken", async () => {
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
    const { page: desk } = await AtDesk.signIn(browser, investigator, WINDOW);
    await take(desk, `${investigator.base}/requests/${preserved.id}`, "request");
    await take(desk, `${investigator.base}/reports`, "worklist");
    await take(desk, `${investigator.base}/cases/${whole?.id}`, "case");
    const { page: statistician } = await AtDesk.signIn(browser, at.client("XA", "statistician"), WINDOW);
    await take(statistician, `${investigator.base}/statistics`, "statistics");
    const phone = await browser.newPage({ viewport: { width: 390, height: 780 } });
    await take(phone, at.node("XA").portal, "portal");
  } finally {
    await browser.close();
    await at.stop();
    at.remove();
  }
}, 600_000);
