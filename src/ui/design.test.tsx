import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../../test/browser.ts";
import { direction, loadTranslations } from "../kernel/i18n.ts";
import { htmlOf } from "../kernel/render.tsx";
import type { Tools } from "../kernel/tools.ts";
import { assets } from "./assets.ts";
import { designPage, designPortalPage } from "./design-routes.tsx";

const translations = loadTranslations("locales");

/** Tools of a reader who is not signed in; the design page brings its own moment and navigation. */
function toolsFor(locale: string, missing: string[]): Tools {
  const t = translations.translate(locale);
  return {
    t: (key, values) => {
      if (!translations.has(locale, key)) missing.push(key);
      return t(key, values);
    },
    has: (key) => translations.has(locale, key),
    locale,
    locales: ["en", "fr"],
    dir: direction(locale),
    lacks: () => false,
    awaitsReader: false,
    zone: "Indian/Mauritius",
    now: Temporal.Instant.from("2026-12-01T10:20:00Z"),
    url: "/design",
    path: "/design",
    role: "desk",
    node: { code: "XA", name: "Aruna", kind: "state" },
    actor: null,
    nonce: "n0nce",
    asset: assets.url,
    decide: () => ({ allowed: false, policies: [], pack: "" }),
    may: () => false,
    acts: () => [],
    navigation: [],
  };
}

const PAGES = { "/design": designPage, "/design/portal": designPortalPage } as const;
const rendered = (path: keyof typeof PAGES, locale: string, look: Record<string, string>, missing: string[] = []) => {
  const tools = toolsFor(locale, missing);
  return htmlOf(PAGES[path](tools, look), tools);
};

test.each(["en", "fr"])(
  "every word of the design pages is there in %s, and no style or script stands in the page",
  (locale) => {
    const missing: string[] = [];
    for (const path of ["/design", "/design/portal"] as const) {
      const html = rendered(path, locale, {}, missing);
      expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
      expect(html).not.toMatch(/undefined|\[object|NaN/);
    }
    expect([...new Set(missing)]).toEqual([]);
  },
);

let server: Server;
let browser: Browser;
let base = "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://design.test");
    const asset = assets.find(pathname);
    if (asset) return response.writeHead(200, { "content-type": asset.type }).end(asset.bytes);
    const html = rendered(
      pathname === "/design/portal" ? pathname : "/design",
      searchParams.get("lang") ?? "en",
      Object.fromEntries(searchParams),
    );
    return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the test's server has no address");
  base = `http://127.0.0.1:${address.port}`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** The script that runs axe; the portal's text must reach the enhanced contrast of 7:1. */
const runAxe = (enhanced: boolean): string => `axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: { "color-contrast-enhanced": { enabled: ${enhanced} } },
}).then(({ violations }) => violations.map(({ id, nodes }) =>
  id + ": " + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 160) + " " + failureSummary.slice(0, 200)).join(" | ")))`;

const WAYS = (["/design", "/design/portal"] as const).flatMap((path) =>
  ["en", "fr"].flatMap((lang) =>
    (["ltr", "rtl"] as const).flatMap((dir) =>
      (["light", "dark"] as const).map((scheme) => ({ path, lang, dir, scheme })),
    ),
  ),
);

test.each(WAYS)("axe finds nothing wrong with $path in $lang, $dir, $scheme", async ({ path, lang, dir, scheme }) => {
  const page = await browser.newPage({
    viewport: { width: dir === "ltr" ? 1280 : 360, height: 900 },
    colorScheme: scheme,
    bypassCSP: true,
  });
  try {
    await page.goto(`${base}${path}?lang=${lang}&dir=${dir}`);
    for (const details of await page.locator("details").all())
      await details.evaluate((element) => element.setAttribute("open", ""));
    await page.evaluate(axe);
    const found = await page.evaluate(runAxe(path === "/design/portal"));
    expect(found).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
      true,
    );
  } finally {
    await page.close();
  }
});
