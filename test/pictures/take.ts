// Takes pictures of pages: `npm run pictures -- http://127.0.0.1:8081/design …`. Each at 360 and 1280, with and without
// script, light and dark; a page that takes `?dir=` is taken in both directions. Files go to var/pictures.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "../browser.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "var/pictures" },
    width: { type: "string", multiple: true, default: ["360", "1280"] },
    scheme: { type: "string", multiple: true, default: ["light", "dark"] },
    dir: { type: "string", multiple: true, default: ["ltr"] },
    script: { type: "string", multiple: true, default: ["on"] },
    cookie: { type: "string", multiple: true, default: [] },
  },
});

/** A file name that says what the picture shows. */
const nameOf = (url: URL, parts: readonly string[]): string =>
  [`${url.port}${url.pathname.replaceAll("/", "-")}`.replace(/-$/, "-start"), ...parts].join("_");

async function take(): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const browser = await openBrowser();
  try {
    for (const address of positionals)
      for (const width of values.width)
        for (const scheme of values.scheme)
          for (const script of values.script)
            for (const dir of values.dir) {
              const url = new URL(address);
              if (dir !== "ltr") url.searchParams.set("dir", dir);
              const context = await browser.newContext({
                viewport: { width: Number(width), height: 900 },
                colorScheme: scheme === "dark" ? "dark" : "light",
                javaScriptEnabled: script === "on",
              });
              await context.addCookies(
                values.cookie.map((pair) => ({
                  name: pair.split("=")[0] ?? "",
                  value: pair.slice(pair.indexOf("=") + 1),
                  url: url.origin,
                })),
              );
              const page = await context.newPage();
              await page.goto(url.href, { waitUntil: "networkidle" });
              const path = join(
                values.out,
                `${nameOf(url, [width, scheme, dir, ...(script === "on" ? [] : ["no-script"])])}.png`,
              );
              await page.screenshot({ path, fullPage: true });
              process.stdout.write(`${path}\n`);
              await context.close();
            }
  } finally {
    await browser.close();
  }
}

await take();
