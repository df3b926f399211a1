import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Command, Option } from "commander";
import { AgeError, openAge, readIdentities } from "./age-seek.ts";
import { unusable, type Verdict, type VerdictOptions, verifyFile } from "./verify.ts";
import { VERIFIER_LOCALES, type VerifierLocale, verifierLocale } from "./verify-words.ts";

interface Asked {
  readonly json: boolean;
  readonly lang?: string;
  readonly locale?: string;
  readonly policy?: string;
  readonly identity?: string;
  readonly allDigests: boolean;
}

/** The reader's language: the one asked for, else the one of the terminal; English where it is none that the verifier speaks. */
const localeOf = ({ lang, locale }: Asked): VerifierLocale =>
  verifierLocale(lang ?? locale ?? Intl.DateTimeFormat().resolvedOptions().locale);

/** Verifies a file that may be encrypted for the holder of the keys in `identity`. */
async function verdictOn(file: string, options: VerdictOptions, identity: string | undefined): Promise<Verdict> {
  if (identity === undefined) return verifyFile(file, options);
  try {
    const keys = readIdentities(readFileSync(identity, "utf8"));
    return await verifyFile(file, { ...options, plaintext: (sealed) => openAge(sealed, keys) });
  } catch (error) {
    const isUnreadable = error instanceof Error && "syscall" in error;
    if (!(error instanceof AgeError) && !isUnreadable) throw error;
    const problem = error instanceof AgeError ? error.problem : "no-identity";
    return unusable(options, `usage.${problem}`, { name: basename(file), identity });
  }
}

/** `comity verify FILE`: offline, without a node or a database. `out` prints. */
export const verifyCommand = (out: (text: string) => void): Command =>
  new Command("verify")
    .description(
      "check an evidence package (.asice) or a signed PDF whole and say what is proved, by whom, as of when, and what is not: nothing else is needed, no node, no network",
    )
    .argument("<file>", "the package or the document")
    .option("--json", "print the report as JSON", false)
    .addOption(new Option("--lang <code>", "language of the report; else that of LANG").choices(VERIFIER_LOCALES))
    .addOption(new Option("--locale <code>", "the same").hideHelp())
    .option("--policy <file>", "a policy.json that you trust, to hold the package against")
    .option("--identity <file>", "your key, for a package that is encrypted for you (.asice.age)")
    .option("--all-digests", "compute MD5 and SHA-1 again too, where they are recorded; slower", false)
    .action(async (file: string, asked: Asked) => {
      const { json, policy, identity, allDigests } = asked;
      const options = { json, locale: localeOf(asked), allDigests, ...(policy === undefined ? {} : { policy }) };
      const verdict = await verdictOn(file, options, identity);
      out(verdict.output);
      process.exitCode = verdict.exitCode;
    });
