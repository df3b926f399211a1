import { argv, exit } from "node:process";
import { program } from "./cli.ts";

/** Ends with 0 when good, 1 when the thing checked is bad, 2 on wrong use. */
program()
  .parseAsync(argv)
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  });
