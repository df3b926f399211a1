import { enableCompileCache } from "node:module";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";

// Each start would compile the same modules anew. The folder goes with the build that it belongs to.
enableCompileCache(fileURLToPath(new URL(".cache", import.meta.url)));

/** Commands by themselves load only what they take, so that they start the sooner: `demo` watches over others, `verify` needs no node. */
const alone = new Map<string | undefined, () => Promise<Command>>([
  ["demo", async () => (await import("./cli-demo.ts")).demoCommand()],
  [
    "verify",
    async () => (await import("./trust/package-command.ts")).verifyCommand((text) => process.stdout.write(`${text}\n`)),
  ],
]);

const program = async (): Promise<Command> => {
  const one = alone.get(argv[2]);
  if (!one) return (await import("./cli.ts")).program();
  const [{ Command: Comity }, { endingWell }] = await Promise.all([
    import("commander"),
    import("./kernel/wrong-use.ts"),
  ]);
  return endingWell(new Comity("comity").addCommand(await one()));
};

/** Ends with 0 when good, 1 when the thing checked is bad, 2 on wrong use. */
program()
  .then((comity) => comity.parseAsync(argv))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  });
