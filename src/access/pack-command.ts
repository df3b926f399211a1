import { readdirSync } from "node:fs";
import { Command } from "commander";
import type { Registry } from "../kernel/slice.ts";
import { UnusablePack } from "./cedar.ts";
import { checkCountry } from "./country.ts";

/** What was found of one pack. */
export interface PackChecked {
  readonly code: string;
  /** SHA-256 of its policies together with the core's, hex; absent where it can't be read. */
  readonly digest?: string;
  readonly policies?: number;
  /** Sentences; empty where the pack is good. */
  readonly problems: readonly string[];
}

/** Looks at packs as the node would when it starts. */
export function checkPacks(packs: string, codes: readonly string[], registered: Registry): PackChecked[] {
  return codes.map((code) => {
    try {
      const { policy, problems } = checkCountry({ packs, pack: code, code }, registered);
      return { code, digest: policy.pack, policies: policy.notes.size, problems };
    } catch (error) {
      if (!(error instanceof UnusablePack)) throw error;
      return { code, problems: error.problems };
    }
  });
}

/** The command `comity pack check`. */
export function packCommand(
  { packs, registered }: { readonly packs: string; readonly registered: () => Registry },
  out: (text: string) => void,
): Command {
  const command = new Command("pack").description("look at country packs");
  command
    .command("check [codes...]")
    .description(
      "say in words what is wrong with packs: unknown acts, things or attributes, and rules that lists can't apply",
    )
    .option("--packs <folder>", "folder of the packs", packs)
    .option("--json", "print as JSON", false)
    .action((codes: string[], { packs: folder, json }: { packs: string; json: boolean }) => {
      const all = readdirSync(folder, { withFileTypes: true }).filter(
        (entry) => entry.isDirectory() && entry.name !== "convention",
      );
      const checked = checkPacks(folder, codes.length > 0 ? codes : all.map(({ name }) => name), registered());
      if (json) out(JSON.stringify(checked, null, 2));
      else
        for (const { code, digest, policies, problems } of checked)
          out(
            problems.length === 0
              ? `${code} is good: ${policies ?? 0} rules, ${digest ?? ""}`
              : `${code} can't be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
          );
      if (checked.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
    });
  return command;
}
