import { defineConfig } from "vitest/config";

/** What needs the compiler of JSX and is no test: `npm run pictures`. */
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { root: new URL("../..", import.meta.url).pathname, include: ["test/pictures/docs.ts"], hookTimeout: 120_000 },
});
