import { Command } from "commander";
import { startDemo } from "./demo.ts";
import { describeWorld } from "./demo-table.ts";

/** Resolves at the first request to end: Ctrl-C, TERM, HUP, or the end of the process that started this one. */
export const untilTold = (): Promise<void> =>
  new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    if (process.send) process.once("disconnect", () => resolve());
  });

/** `comity demo`, by itself: what it starts needs the whole product, it does not. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("start or resume the demo world: Aruna, Belmora and the provider Meridian")
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    })
    .option("--fresh", "throw away the earlier demo world first", false)
    .option("--folder <folder>", "where it lives", "var/demo")
    .option("--port <first>", "first of its 30 ports (default: 4100, or the next free block)", (text) =>
      Number.parseInt(text, 10),
    )
    .action(async ({ fresh, folder, port }: { fresh: boolean; folder: string; port?: number }) => {
      const told = untilTold();
      const say = (text: string) => void process.stderr.write(`${text}\n`);
      const demo = await startDemo(folder, { fresh, say, told, ...(port === undefined ? {} : { port }) });
      if (demo) {
        process.stdout.write(`${describeWorld(demo.world, folder)}\n`);
        await told;
      }
      say("Stopping …");
      await demo?.stop();
      process.exit(0);
    });
}
