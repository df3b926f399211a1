import { Command } from "commander";
import type { Node } from "./kernel/node.ts";
import { importReports, MAPPINGS, openMapping } from "./reports/slice.ts";

const SAID_EVERY = 500;

/** `comity import reports FILE`: a table of reports by a mapping; run again after a break, it takes what is missing. */
export function importCommand(
  onNode: <T>(work: (node: Node) => Promise<T>) => Promise<T>,
  out: (text: string) => void,
  say: (text: string) => void,
): Command {
  const command = new Command("import").description("take in what another system has collected");
  command
    .command("reports <file>")
    .description("a CSV with a head; each row becomes a report, once")
    .requiredOption(
      "--mapping <mapping>",
      `one that comes with the program (${Object.keys(MAPPINGS).join(", ")}), or a JSON file`,
    )
    .option("--json", "print the result as JSON", false)
    .action(async (file: string, { mapping, json }: { mapping: string; json: boolean }) => {
      const imported = await onNode((node) =>
        importReports(node, file, openMapping(mapping), (rows) => rows % SAID_EVERY === 0 && say(`${rows} rows …`)),
      );
      if (json) return out(JSON.stringify(imported));
      out(
        `${imported.rows} rows: ${imported.taken} taken, ${imported.known} known from before, ${imported.refused.length} refused.`,
      );
      for (const { row, reason } of imported.refused) out(`  row ${row}: ${reason}`);
    });
  return command;
}
