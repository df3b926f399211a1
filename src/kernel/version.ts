import { readFileSync } from "node:fs";

/** The version of the program, as its package says: what `comity --version` prints, and what an exhibit says it was acquired with. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;
