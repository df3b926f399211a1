import { Command } from "commander";
import { type VerifierLocale, verifyFile } from "./verify.ts";

/** The reader's language: the one asked for, else the one of the terminal; English where it is neither. */
const localeOf = (asked: string | undefined): VerifierLocale =>
  (asked ?? Intl.DateTimeFormat().resolvedOptions().locale).startsWith("fr") ? "fr" : "en";

/** `comity verify FILE`: offline, without a node or a database. `out` prints. */
export const verifyCommand = (out: (text: string) => void): Command =>
  new Command("verify")
    .description(
      "check an evidence package (.asice) or a signed PDF whole: nothing else is needed, no node, no network",
    )
    .argument("<file>", "the package or the document")
    .option("--json", "print the report as JSON", false)
    .option("--locale <code>", "en or fr")
    .option("--policy <file>", "a policy.json that you trust, to hold the package against")
    .action(async (file: string, options: { json: boolean; locale?: string; policy?: string }) => {
      const { json, locale, policy } = options;
      const verdict = await verifyFile(file, {
        json,
        locale: localeOf(locale),
        ...(policy === undefined ? {} : { policy }),
      });
      out(verdict.output);
      process.exitCode = verdict.exitCode;
    });
