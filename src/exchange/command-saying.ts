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

const FILE_FAULTS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no ${path}.`,
  ENOTDIR: (path) => `There is no ${path}.`,
  EISDIR: (path) => `${path} is a folder; name a file.`,
  EACCES: (path) => `${path} may not be read or written by this user.`,
  EROFS: (path) => `${path} is on a disk that can't be written.`,
  ENOSPC: (path) => `There is no room left for ${path}.`,
};
const DATABASE_FAULTS: readonly string[] = ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "57P03", "3D000", "28P01"];
/** What the system said, in a sentence; `undefined` where it is neither a file nor the database. */
function systemSentence(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (DATABASE_FAULTS.includes(String(error.code)))
    return "The database does not answer. `comity doctor` says what is wrong.";
  return FILE_FAULTS[String(error.code)]?.("path" in error ? String(error.path) : "it");
}

/** Says a refusal in English: the command has no reader's language. */
export async function saying<T>(node: Node, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const sentence = systemSentence(error);
    if (sentence !== undefined) throw new Error(sentence, { cause: error });
    if (!(error instanceof Refusal)) throw error;
    const t = node.translations.translate("en");
    const fields = error.fields.map(({ path, key, values }) => `${path}: ${t(`refusal.${key}`, values)}`);
    throw new Error(fields.length > 0 ? fields.join("\n") : t(`refusal.${error.key}`, error.values), { cause: error });
  }
}
