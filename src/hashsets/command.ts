import { Command } from "commander";
import type { Node } from "../kernel/node.ts";
import { importFile } from "./acts-build.ts";
import { checkHashes, findAccount, findSet, setsOf } from "./views-command.ts";

const SAID_EVERY = 1_000_000;

/** `comity hashset`: lists of known files, read on the machine that matches. */
export function hashsetCommand(
  onNode: <T>(work: (node: Node) => Promise<T>) => Promise<T>,
  out: (text: string) => void,
  say: (text: string) => void,
): Command {
  const command = new Command("hashset").description("sets of hashes of known files");
  command
    .command("list")
    .description("the sets, their versions and how much they hold")
    .option("--json", "print as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const sets = await onNode(setsOf);
      if (json) return out(JSON.stringify(sets));
      if (sets.length === 0) out("There is no set yet; register one on the desk, at /hash-sets/new.");
      for (const { name, category, state, version, entries } of sets)
        out(
          `${name}  ${category}  ${state}  ${version ?? "no list yet"}  ${Object.entries(entries)
            .map(([kind, count]) => `${kind}: ${count}`)
            .join(", ")}`,
        );
    });
  command
    .command("import <set> <file>")
    .description(
      "read a list (plain, hashdeep, NSRL or other CSV with a head, Project VIC JSON) into a set, in place of the one before",
    )
    .requiredOption("--list-version <version>", "what the list's publisher calls it, 2026.09.1")
    .requiredOption(
      "--by <username>",
      "the officer who answers for it; a list of child abuse waits for another one to confirm it",
    )
    .option("--pdq", "hashes of 64 digits are perceptual (PDQ)", false)
    .option("--categories <numbers>", "of a Project VIC list: categories to take, 1,2")
    .action(
      async (
        set: string,
        file: string,
        options: { listVersion: string; by: string; pdq: boolean; categories?: string },
      ) => {
        const done = await onNode(async (node) => {
          const [row, account] = [await findSet(node, set), await findAccount(node, options.by)];
          if (!row) return `There is no set called “${set}”.`;
          if (!account) return `No active account is called “${options.by}”.`;
          if (row.state !== "empty" && row.state !== "current")
            return `“${set}” is ${row.state}: its list can't be replaced now.`;
          let told = 0;
          const { built } = await importFile(
            node,
            {
            set: row.id, file, by: account, version: options.listVersion, perceptual: options.pdq,
            ...(options.categories ? { categories: options.categories.split(",").map(Number) } : {}),
          }, // prettier-ignore
            ({ lines }) => {
              if (lines - told < SAID_EVERY) return;
              told = lines;
              say(`${lines} lines …`);
            },
          );
          if (!built) return `${file} can't be read as a list of hashes, or holds none.`;
          const [after] = (await setsOf(node)).filter(({ id }) => id === row.id);
          return { name: set, state: after?.state, entries: after?.entries };
        });
        if (typeof done === "string") {
          say(done);
          process.exitCode = 1;
          return;
        }
        out(
          done.state === "proposed"
            ? `“${set}” has been built and waits for a second person, at /hash-sets.`
            : `“${set}” is live: ${JSON.stringify(done.entries)}.`,
        );
      },
    );
  command
    .command("check <hash...>")
    .description("which sets know a hash; of child abuse only how many do. Exit 1 where none does")
    .option("--json", "print as JSON", false)
    .action(async (hashes: string[], { json }: { json: boolean }) => {
      const found = await onNode((node) => checkHashes(node, hashes));
      if (json) out(JSON.stringify(found));
      else
        for (const { hash, known } of found)
          out(
            `${hash}  ${known.length === 0 ? "unknown" : known.map(({ name, category }) => (name === null ? category : `${name} (${category})`)).join(", ")}`,
          );
      if (found.every(({ known }) => known.length === 0)) process.exitCode = 1;
    });
  return command;
}
