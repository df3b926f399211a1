import { createServer, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE = "/axe.min.js";
/** What axe is asked: everything; what differs by language and direction; what differs by colours; what is of the page as a whole. */
export type Asked = "all" | "language" | "colours" | "structure";
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
  // What no element has by itself: its place among the others, names that two may not share.
  structure: () => ({
    runOnly: [
      "aria-valid-attr-value",
      "button-name",
      "link-name",
      "list",
      "listitem",
      "td-headers-attr",
      "bypass",
      "document-title",
      "duplicate-id-aria",
      "heading-order",
      "label",
      "landmark-no-duplicate-banner",
      "landmark-no-duplicate-contentinfo",
      "landmark-no-duplicate-main",
      "landmark-one-main",
      "landmark-unique",
      "page-has-heading-one",
      "region",
      "select-name",
    ],
  }),
};
/** Runs axe; the portal's text must reach the enhanced contrast of 7:1. Details are opened first: what they hold counts too. */
const runAxe = (asked: Asked, enhanced: boolean): string => `
for (const each of document.querySelectorAll("details")) each.open = true;
axe.run(document, {
  ...${JSON.stringify(RULES[asked](enhanced))},
  resultTypes: ["violations"],
  selectors: false,
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

/** Puts a page's source in place of what is shown; `false` where its style sheets are others. */
const PUT_IN_PLACE = `(html) => {
  const other = new DOMParser().parseFromString(html, "text/html");
  const sheets = (each) =>
    [...each.querySelectorAll("link[rel=stylesheet], style")].map((style) => style.getAttribute("href") ?? style.textContent).join();
  if (sheets(other) !== sheets(document)) return false;
  for (const { name, value } of other.documentElement.attributes) document.documentElement.setAttribute(name, value);
  document.body.replaceWith(document.adoptNode(other.body));
  for (const each of document.querySelectorAll("details")) each.open = true;
  return true;
}`;

/** How a page is looked at. */
export interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** A window in which pages are shown as somebody else got them. */
export class Window {
  readonly #page: Page;
  readonly #base: string;
  #html = "";
  /** Origin of the page that is shown: its style sheets and scripts come from there. */
  #origin = "";
  readonly #assets = new Map<string, Promise<{ body: Buffer; contentType: string }>>();

  private constructor(page: Page, server: Server) {
    this.#page = page;
    this.#base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /**
   * A window of the browser, with a server of its own that answers with the page as it was got. Pages are not put in the way
   * of the browser's own loading, as it then keeps nothing: style sheets, fonts and axe would be read anew for each of them.
   */
  static async open(browser: Browser): Promise<Window> {
    const server = createServer((request, response) => {
      // What a script of the page asks for is not there: it was got from somebody else.
      const isPage = request.headers["sec-fetch-dest"] === "document";
      void window.#answer(request.url ?? "/", isPage, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    const page = await browser.newPage();
    page.once("close", () => {
      server.close();
      server.closeAllConnections();
    });
    const window = new Window(page, server);
    return window;
  }

  async #answer(address: string, isPage: boolean, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(address, this.#base);
    const send = (body: Buffer | string, contentType: string, kept: boolean) =>
      response
        .writeHead(200, { "content-type": contentType, "cache-control": kept ? "max-age=3600" : "no-store" })
        .end(body);
    if (pathname === AXE) return void send(axe, "text/javascript; charset=utf-8", true);
    if (isPage) return void send(this.#html, "text/html; charset=utf-8", false);
    if (!pathname.startsWith("/assets/")) return void response.destroy();
    const url = `${this.#origin}${address}`;
    const asset = this.#assets.get(url) ?? fetchAsset(url);
    this.#assets.set(url, asset);
    try {
      const { body, contentType } = await asset;
      send(body, contentType, true);
    } catch {
      response.writeHead(404).end();
    }
  }

  /** Shows a page. */
  async show({ url, html }: { url: string; html: string }, { width, scheme }: Look): Promise<void> {
    const { origin, pathname, search } = new URL(url);
    this.#html = html;
    this.#origin = origin;
    await this.#page.setViewportSize({ width, height: 900 });
    await this.#page.emulateMedia({ colorScheme: scheme });
    await this.#page.goto(`${this.#base}${pathname}${search}`, { waitUntil: "load" });
  }

  /**
   * Puts another page in place of one of the same style sheets that is shown: its words and their direction, without scripts,
   * its details opened.
   * Where the style sheets are others it is shown anew.
   */
  async exchange(page: { url: string; html: string }, look: Look): Promise<void> {
    if (!(await this.#page.evaluate(`(${PUT_IN_PLACE})(${JSON.stringify(page.html)})`))) return this.show(page, look);
    await this.#page.setViewportSize({ width: look.width, height: 900 });
    await this.#page.emulateMedia({ colorScheme: look.scheme });
  }

  /** What axe finds wrong. */
  async axe(enhanced: boolean, asked: Asked = "all"): Promise<string[]> {
    if (!(await this.#page.evaluate(`"axe" in window`))) await this.#page.addScriptTag({ url: AXE });
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
