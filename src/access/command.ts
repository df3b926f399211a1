import { Command } from "commander";
import { system } from "../kernel/actor.ts";
import { systemClock } from "../kernel/clock.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { OFFICE_OF, isRole } from "./account.ts";
import { createAccount, disableAccount, openOffice } from "./acts.ts";
import { codeAt } from "./one-time-code.ts";

type OnNode = <T>(work: (node: Node) => Promise<T>) => Promise<T>;
const COMMAND = system("command");

/** Sentences of a refusal, in English: the command has no reader's language. */
function wordsOf(node: Node, refusal: Refusal): string {
  const t = node.translations.translate("en");
  const fields = refusal.fields.map(({ path, key, values }) => `${path}: ${t(`refusal.${key}`, values)}`);
  return fields.length > 0 ? fields.join("\n") : t(`refusal.${refusal.key}`, refusal.values);
}

/** Runs an act from the command line; a refusal is said in words. */
async function saying<T>(node: Node, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw new Error(wordsOf(node, error));
    throw error;
  }
}

/** The commands `comity account add | list | disable | code`. */
export function accountCommand(onNode: OnNode, out: (text: string) => void): Command {
  const command = new Command("account").description("add, list and disable officers' accounts; give a one-time code");
  command
    .command("add")
    .description("make an account and print the invitation by which its holder takes it up")
    .requiredOption("--username <username>", "name to sign in with")
    .requiredOption("--name <name>", "the person's name")
    .requiredOption("--role <role>", `one of ${Object.keys(OFFICE_OF).join(", ")}`)
    .option("--office <name>", "name of the office; made where there is none by that name")
    .option("--language <language>", "language of its pages", "en")
    .option("--json", "print as JSON", false)
    .action((options: AddOptions) => onNode((node) => saying(node, () => add(node, options, out))));
  command
    .command("code <secret>")
    .description(
      "the one-time code of this half minute, for a secret such as the demo's; elsewhere a telephone gives it",
    )
    .action((secret: string) => out(codeAt(secret, systemClock())));
  command
    .command("list")
    .description("list the accounts")
    .option("--json", "print as JSON", false)
    .action(({ json }: { json: boolean }) =>
      onNode(async (node) => {
        const rows = await accountsOf(node);
        out(
          json
            ? JSON.stringify(rows, null, 2)
            : rows
                .map((row) => [row.state.padEnd(9), row.username.padEnd(32), row.role.padEnd(24), row.office].join(" "))
                .join("\n"),
        );
      }),
    );
  command
    .command("disable <username>")
    .description("disable an account; its sessions and tokens end")
    .option("--reason <reason>", "why, for the journal", "Disabled from the command line")
    .action((username: string, { reason }: { reason: string }) =>
      onNode((node) =>
        saying(node, async () => {
          const found = await node.db
            .selectFrom("account")
            .select("id")
            .where("username", "=", username.toLowerCase())
            .executeTakeFirst();
          if (!found) throw new Error(`There is no account ${username}. \`comity account list\` shows them.`);
          await perform({ node, actor: COMMAND, act: disableAccount, id: found.id, input: { reason } });
          out(`${username.toLowerCase()} is disabled.`);
        }),
      ),
    );
  return command;
}

interface AddOptions {
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly office?: string;
  readonly language: string;
  readonly json: boolean;
}

async function add(
  node: Node,
  { username, name, role, office, language, json }: AddOptions,
  out: (text: string) => void,
): Promise<void> {
  if (!isRole(role))
    throw new Error(`--role: ${role} is not a role. Choose one of ${Object.keys(OFFICE_OF).join(", ")}.`);
  const at = await officeFor(node, OFFICE_OF[role], office);
  const { id, done } = await perform({
    node,
    actor: COMMAND,
    act: createAccount,
    input: { username, name, role, office: at, language },
  });
  const address = `${node.config.desk_url ?? `http://${node.config.host}:${node.config.desk_port}`}/invitation`;
  if (json) return out(JSON.stringify({ id, username: done["username"], invitation: done["invitation"], address }));
  out(
    `${username} is invited. Give them this code in person or by telephone; it opens once, within three days:\n  ${String(done["invitation"])}\nThey take up the account at ${address}`,
  );
}

/** The office by name, or the first of its kind, opened where there is none. */
async function officeFor(
  node: Node,
  kind: (typeof OFFICE_OF)[keyof typeof OFFICE_OF],
  name: string | undefined,
): Promise<string> {
  let query = node.db.selectFrom("office").select("id").orderBy("created_at");
  query = name === undefined ? query.where("kind", "=", kind) : query.where("name", "=", name);
  const found = await query.executeTakeFirst();
  if (found) return found.id;
  const input = { name: name ?? `${kind} of ${node.name}`, kind, zone: node.config.zone, language: "en" };
  return (await perform({ node, actor: COMMAND, act: openOffice, input })).id;
}

const accountsOf = (node: Node) =>
  node.db
    .selectFrom("account")
    .innerJoin("office", "office.id", "account.office")
    .select([
      "account.id",
      "account.username",
      "account.name",
      "account.state",
      "account.role",
      "office.name as office",
    ])
    .orderBy("account.username")
    .execute();
