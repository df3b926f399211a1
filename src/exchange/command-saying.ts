import { officerNamed } from "../access/slice.ts";
import type { Officer } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import type { Node } from "../kernel/node.ts";

/** The active account of that name; throws a sentence where there is none. */
export async function officer(node: Node, username: string): Promise<Officer> {
  const found = await officerNamed(node.db, username.toLowerCase());
  if (!found) throw new Error(`There is no active account ${username}. \`comity account list\` shows them.`);
  return found;
}
/** The same, as present: whoever may run the command could read the keys' files as well. */
export const presentOfficer = async (node: Node, username: string): Promise<Officer> => ({
  ...(await officer(node, username)),
  steppedUpAt: node.clock(),
});

/** Says a refusal in English: the command has no reader's language. */
export async function saying<T>(node: Node, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const t = node.translations.translate("en");
    const fields = error.fields.map(({ path, key, values }) => `${path}: ${t(`refusal.${key}`, values)}`);
    throw new Error(fields.length > 0 ? fields.join("\n") : t(`refusal.${error.key}`, error.values), { cause: error });
  }
}
