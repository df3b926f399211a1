import { enableCompileCache } from "node:module";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";

// Each start would compile the same modules anew. The folder goes with the build that it belongs to.
enableCompileCache(fileURLToPath(new URL(".cache", import.meta.url)));

/** `comity demo` watches over others and loads only what that takes, so that they start the sooner. */
const program = async () =>
  argv[2] === "demo"
    ? new (await import("commander")).Command("comity").addCommand((await import("./cli-demo.ts")).demoCommand())
    : (await import("./cli.ts")).program();

/** Ends with 0 when good, 1 when the thing checked is bad, 2 on wrong use. */
program()
  .then((comity) => comity.parseAsync(argv))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  });
