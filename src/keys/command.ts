import { Command } from "commander";
import { officerNamed } from "../access/slice.ts";
import type { Officer } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { destroy, make } from "./acts.ts";
import { rewrapAll } from "./acts-rewrap.ts";
import { type KeyLine, keyLines } from "./views.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;
type Out = (text: string) => void;

/** The commands `comity keys status | rotate | destroy`. */
export function keysCommand(onNode: OnNode, out: Out): Command {
  const command = new Command("keys").description(
    "the keys under which evidence is kept: where they lie, moving to a new one, destroying old ones",
  );
  command
    .command("status")
    .description("list the keys, what lies under each, and how far moving has come")
    .option("--json", "print as JSON", false)
    .action(({ json }: { json: boolean }) =>
      onNode(async (node) => {
        const lines = await keyLines(node.db);
        if (json) return out(JSON.stringify({ holder: node.services.vault.keys.kind, keys: lines }, null, 2));
        return report(node, lines, out);
      }),
    );
  command
    .command("rotate")
    .description(
      "make a new key where COMITY_KEYS says and wrap every data key under it; nothing that is kept is written anew. Broken off, it goes on by itself",
    )
    .requiredOption("--as <username>", "account that does so, for the journal")
    .option("--reason <words>", "why, for the journal", "Rotated from the command line")
    .option("--no-wait", "leave the wrapping to the worker")
    .action(({ as, reason, wait }: { as: string; reason: string; wait: boolean }) =>
      onNode((node) =>
        saying(node, async () => {
          const { done } = await perform({ node, actor: await officer(node, as), act: make, input: { reason } });
          out(`${String(done["key"])} is the current key; it replaces ${String(done["replaces"])}.`);
          if (!wait) return out("The worker wraps the data keys anew. `comity keys status` shows how far it has come.");
          const moved = await rewrapAll(node, (count) => out(`${count} data keys wrapped anew …`));
          return out(
            `${moved} data keys were wrapped anew. Nothing is destroyed before you say so:\n  comity keys destroy ${String(done["replaces"])} --as <username> --confirm ${String(done["replaces"])}`,
          );
        }),
      ),
    );
  command
    .command("destroy <key>")
    .description("destroy for ever a key under which nothing is wrapped any more")
    .requiredOption("--as <username>", "account that does so, for the journal")
    .requiredOption("--confirm <key>", "the name of the key once more")
    .option("--reason <words>", "why, for the journal", "Destroyed from the command line")
    .action((name: string, { as, confirm, reason }: { as: string; confirm: string; reason: string }) =>
      onNode((node) =>
        saying(node, async () => {
          const found = (await keyLines(node.db)).find((key) => key.name === name);
          if (!found) throw new Error(`There is no key ${name}. \`comity keys status\` shows them.`);
          await perform({
            node,
            actor: await officer(node, as),
            act: destroy,
            id: found.id,
            input: { confirm, reason },
          });
          await rewrapAll(node);
          out(`${name} is destroyed.`);
        }),
      ),
    );
  return command;
}

function report(node: Node, lines: readonly KeyLine[], out: Out): void {
  const width = Math.max(...lines.map(({ name }) => name.length));
  for (const { name, state, wraps, made_at, shredded_at } of lines)
    out(
      [
        name.padEnd(width),
        (state === "destroyed" && shredded_at === null ? "destroying" : state).padEnd(10),
        `${wraps}`.padStart(9),
        made_at.toString({ smallestUnit: "second" }),
      ].join("  "),
    );
  const left = lines.filter(({ state }) => state !== "current").reduce((sum, { wraps }) => sum + wraps, 0);
  const all = lines.reduce((sum, { wraps }) => sum + wraps, 0);
  out(
    left === 0
      ? `All ${all} data keys are wrapped under the current key.`
      : `${left} of ${all} data keys are still to be wrapped anew.`,
  );
  const { kind } = node.services.vault.keys;
  const current = lines.find(({ state }) => state === "current");
  if (current && current.holder !== kind)
    out(`The current key lies in ${current.holder}, and COMITY_KEYS is ${kind}: run comity keys rotate.`);
}

/** The account, as present: whoever may run the command could read the keys' files as well. */
async function officer(node: Node, username: string): Promise<Officer> {
  const found = await officerNamed(node.db, username.toLowerCase());
  if (!found) throw new Error(`There is no active account ${username}. \`comity account list\` shows them.`);
  return { ...found, steppedUpAt: node.clock() };
}

/** Says a refusal in English: the command has no reader's language. */
async function saying<T>(node: Node, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const t = node.translations.translate("en");
    const fields = error.fields.map(({ path, key, values }) => `${path}: ${t(`refusal.${key}`, values)}`);
    throw new Error(fields.length > 0 ? fields.join("\n") : t(`refusal.${error.key}`, error.values), { cause: error });
  }
}
