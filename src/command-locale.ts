import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { isWhole, languagesIn } from "./kernel/i18n.ts";
import {
  digestOfText,
  isNamed,
  type LanguageStatus,
  publicKeys,
  readReadings,
  readTexts,
  STATUS_FILE,
  statusOf,
} from "./kernel/reading.ts";

/** How one language of the folder stands. */
interface LocaleStatus extends LanguageStatus {
  readonly language: string;
  /** Every text, or what the public meets. */
  readonly scope: "whole" | "public";
}

/** `comity locale status` and `read`: what is missing in each language, and what nobody whose language it is has read. */
export function localeCommand(folder: string, out: (text: string) => void): Command {
  const command = new Command("locale").description("languages: what is missing, and what nobody has read yet");
  command
    .command("status")
    .description("for each language: texts in all, missing, unread, changed since they were read")
    .option("--json", "print it as JSON, with the keys", false)
    .option("--keys", "list the keys", false)
    .action(({ json, keys }: { json: boolean; keys: boolean }) => {
      const found = languagesIn(folder)
        .filter((language) => language !== "en")
        .map((language) => localeStatus(folder, language));
      const english = readTexts(join(folder, "en")).size;
      if (json) return out(JSON.stringify({ source: { language: "en", texts: english }, languages: found }));
      out(`en   ${english} texts, the source of all others`);
      for (const each of found) out(line(each, keys));
    });
  command
    .command("read <language>")
    .description("note that somebody whose language it is has read its texts beside the English, and found them right")
    .requiredOption("--reader <name>", "who has read them")
    .option("--key <key...>", "only these keys; with a * at the end, all that begin so")
    .action((language: string, { reader, key }: { reader: string; key?: string[] }) => {
      const { problem, count } = markRead(folder, language, { reader, names: key ?? ["*"] });
      if (problem === undefined) return out(`${count} texts in ${language} are marked as read by ${reader}.`);
      command.error(problem, { exitCode: 2 });
    });
  return command;
}

function localeStatus(folder: string, language: string): LocaleStatus {
  const english = readTexts(join(folder, "en"));
  const own = join(folder, language);
  const isPublic = publicKeys(folder);
  const scope = isWhole(language) ? "whole" : "public";
  return {
    language,
    scope,
    ...statusOf(
      { english, texts: readTexts(own), readings: readReadings(own) },
      (key) => scope === "whole" || isPublic(key),
    ),
  };
}

function line({ language, scope, wanted, missing, unread, changed }: LocaleStatus, keys: boolean): string {
  const of = scope === "whole" ? "of all texts" : "of what the public reads";
  const head = `${language.padEnd(4)} ${wanted - missing.length} ${of} (${wanted}); ${missing.length} missing, ${unread.length} unread, ${changed.length} changed since they were read`;
  if (!keys) return head;
  const lists = Object.entries({ missing, unread, changed });
  return [head, ...lists.flatMap(([what, list]) => list.map((key) => `  ${what}: ${key}`))].join("\n");
}

/** Notes a reading. Gives how many texts it covers, or in a sentence what is wrong with what was asked. */
function markRead(
  folder: string,
  language: string,
  { reader, names }: { readonly reader: string; readonly names: readonly string[] },
): { readonly count: number; readonly problem?: string } {
  const own = join(folder, language);
  if (language === "en" || !/^[a-z]{2,3}$/.test(language) || !existsSync(own))
    return {
      count: 0,
      problem: `There is no language ${language} to be read. There are: ${languagesIn(folder).join(", ")}.`,
    };
  const english = readTexts(join(folder, "en"));
  const texts = readTexts(own);
  const strange = names.filter((name) => ![...texts.keys()].some((key) => isNamed(key, [name])));
  if (strange.length > 0) return { count: 0, problem: `Nothing in ${language} has the key ${strange.join(", ")}.` };
  const { read } = readReadings(own);
  const covered = [...texts].filter(([key]) => english.has(key) && isNamed(key, names));
  for (const [key, text] of covered) read[key] = { reader, digest: digestOfText(english.get(key) ?? "", text) };
  const sorted = Object.fromEntries(Object.entries(read).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(own, STATUS_FILE), `${JSON.stringify({ read: sorted }, null, 2)}\n`);
  return { count: covered.length };
}
