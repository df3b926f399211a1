import { Command } from "commander";
import { sql } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { whyText } from "./why.ts";
import { entryNamed, type Why, whyOf } from "./why-views.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;

/** The entries that a name stands for: one by its id or digest, or all of a request by its number. */
async function entriesOf(node: Node, name: string) {
  const one = await entryNamed(node, name.toLowerCase());
  if (one) return [one];
  const { rows } = await sql<NonNullable<typeof one>>`select j.id, j.seq, j.record, j.digest from journal j
    join request r on j.subject_kind = 'request' and j.subject_id = r.id where r.number = ${name} order by j.ord`.execute(
    node.db,
  );
  return rows;
}

/** `comity why ENTRY|REQUEST-NUMBER`: exit 0 where every decision comes out the same, 1 where one does not, or nothing has that name. */
export const whyCommand = (onNode: OnNode, out: (text: string) => void): Command =>
  new Command("why")
    .description("say why acts were allowed, by which text of the law and from which facts, and decide again")
    .argument("<name>", "id or digest of a journal entry, or number of a request")
    .option("--json", "print as JSON", false)
    .option("--language <tag>", "language of the words", "en")
    .action(async (name: string, { json, language }: { json: boolean; language: string }) => {
      const found = await onNode(async (node) => {
        const whys: Why[] = [];
        for (const entry of await entriesOf(node, name)) whys.push(await whyOf(node, entry));
        const t = node.translations.translate(language);
        const has = (key: string) => node.translations.has("en", key);
        return {
          whys,
          texts: whys.map((why) => whyText(why, { t, has, locale: language }).join("\n")),
          none: t("why.nothing", { name }),
        };
      });
      if (json) out(JSON.stringify(found.whys, null, 2));
      else out(found.texts.length === 0 ? found.none : found.texts.join("\n\n"));
      if (found.whys.length === 0 || found.whys.some(({ replayed }) => replayed.outcome === "other"))
        process.exitCode = 1;
    });
