import { unpackBrowser } from "./browser.ts";

/** The browser lies ready before any test begins: two files that open one at once would wait for each other's unpacking. */
export default async function setup(): Promise<void> {
  await unpackBrowser();
}
