import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What axe is asked: everything; what differs by language and direction; what differs by colours. */
export type Asked = "all" | "language" | "colours";
const COLOURS = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"];
const RULES: Readonly<Record<Asked, (enhanced: boolean) => object>> = {
  all: (enhanced) => ({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast-enhanced": { enabled: enhanced } },
  }),
  // Colours are the same in every language.
  language: () => ({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: Object.fromEntries(COLOURS.map((rule) => [rule, { enabled: false }])),
  }),
  colours: (enhanced) => ({
    runOnly: enhanced ? COLOURS : COLOURS.filter((rule) => rule !== "color-contrast-enhanced"),
  }),
};
/** Runs axe; the portal's text must reach the enhanced contrast of 7:1. Details are opened first: what they hold counts too. */
const runAxe = (asked: Asked, enhanced: boolean): string => `
for (const each of document.querySelectorAll("details")) each.open = true;
axe.run(document, {
  ...${JSON.stringify(RULES[asked](enhanced))},
  resultTypes: ["violations"],
  preload: false,
}).then(({ violations }) => violations.map(({ id, nodes }) =>
  id + ": " + nodes.slice(0, 2).map(({ html, failureSummary }) => html.slice(0, 160) + " " + failureSummary.replaceAll("\\n", " ").slice(0, 200)).join(" | ")))`;

/** What stands out at the end edge, if the page is wider than its window. */
const WIDER = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return null;
  const out = [...document.querySelectorAll("body *")].filter((each) => {
    for (let box = each.parentElement; box && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible") return false;
    const { left, right, width } = each.getBoundingClientRect();
    return width > 0 && (right > clientWidth + 1 || left < -1);
  });
  return scrollWidth + " px wide in " + clientWidth + ": " + out.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)).join(" | ");
})()`;

/** How a page is looked at. */
export interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** A window in which pages are shown as somebody else got them. */
export class Window {
  readonly #page: Page;
  #html = "";

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(browser: Browser): Promise<Window> {
    const page = await browser.newPage({ bypassCSP: true });
    const window = new Window(page);
    const assets = new Map<string, { body: Buffer; contentType: string }>();
    await page.route("**/*", async (route) => {
      const request = route.request();
      if (request.resourceType() === "document")
        return route.fulfill({ body: window.#html, contentType: "text/html; charset=utf-8" });
      const { pathname } = new URL(request.url());
      if (!pathname.startsWith("/assets/")) return route.abort();
      const known = assets.get(request.url()) ?? (await fetchAsset(request.url()));
      assets.set(request.url(), known);
      return route.fulfill(known);
    });
    return window;
  }

  /** Shows a page. */
  async show({ url, html }: { url: string; html: string }, { width, scheme }: Look): Promise<void> {
    this.#html = html;
    await this.#page.setViewportSize({ width, height: 900 });
    await this.#page.emulateMedia({ colorScheme: scheme });
    await this.#page.goto(url, { waitUntil: "load" });
  }

  /** What axe finds wrong. */
  async axe(enhanced: boolean, asked: Asked = "all"): Promise<string[]> {
    if (!(await this.#page.evaluate(`"axe" in window`))) await this.#page.evaluate(axe);
    return this.#page.evaluate(runAxe(asked, enhanced));
  }

  /** What makes the page wider than a window of that width; `undefined` where nothing does. */
  async wider(width: number): Promise<string | undefined> {
    await this.#page.setViewportSize({ width, height: 900 });
    return ((await this.#page.evaluate(WIDER)) as string | null) ?? undefined;
  }

  evaluate = (script: string): Promise<unknown> => this.#page.evaluate(script);
  picture = (path: string): Promise<Buffer> => this.#page.screenshot({ path, fullPage: true });
}

async function fetchAsset(url: string): Promise<{ body: Buffer; contentType: string }> {
  const answer = await fetch(url);
  return {
    body: Buffer.from(await answer.arrayBuffer()),
    contentType: answer.headers.get("content-type") ?? "application/octet-stream",
  };
}
