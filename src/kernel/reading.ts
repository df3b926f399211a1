import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Beside the messages of a language: who has read which of them. Holds no message itself. */
export const STATUS_FILE = "status.json";
/** Which texts the public meets: keys, or beginnings of keys with a `*`. What a language that is not whole is to hold. */
const PUBLIC_FILE = "public.json";
const DIGEST_LENGTH = 16;

const readingsSchema = z.strictObject({
  read: z.record(z.string(), z.strictObject({ reader: z.string().min(1), digest: z.string() })),
});
/** Who has read which text, and what it and its English said then. */
export type Readings = z.output<typeof readingsSchema>;

/** Texts by key. */
export type Texts = ReadonlyMap<string, string>;

/** How a language stands beside English. Lists of keys, in the order of English. */
export interface LanguageStatus {
  /** How many texts it is to hold. */
  readonly wanted: number;
  readonly written: number;
  /** Wanted and not written: English is shown. */
  readonly missing: readonly string[];
  /** Written and never read by anybody whose language it is. */
  readonly unread: readonly string[];
  /** Read, and its English or itself has changed since. */
  readonly changed: readonly string[];
}

/** Changes with the English as with the translation: a reader answers for the one as the other's. */
export const digestOfText = (english: string, text: string): string =>
  createHash("sha256").update(`${english}\0${text}`).digest("hex").slice(0, DIGEST_LENGTH);

/** Reads the messages of a language. Throws where a file is no JSON or two files share a key. */
export function readTexts(folder: string): Map<string, string> {
  const messages = new Map<string, string>();
  for (const file of globSync("*.json", { cwd: folder, exclude: [STATUS_FILE] }).sort()) {
    const entries = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, string>;
    for (const [key, text] of Object.entries(entries)) {
      if (messages.has(key)) throw new Error(`${join(folder, file)}: "${key}" stands in two files`);
      messages.set(key, text);
    }
  }
  return messages;
}

/** Who has read the texts of a language; nobody where nothing says so. Throws where the file is not what it should be. */
export function readReadings(folder: string): Readings {
  const file = join(folder, STATUS_FILE);
  return existsSync(file) ? readingsSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : { read: {} };
}

/** Whether a key is one of those that are named, or begins as one of them does. */
export const isNamed = (key: string, names: readonly string[]): boolean =>
  names.some((name) => (name.endsWith("*") ? key.startsWith(name.slice(0, -1)) : key === name));

/** Which keys the public meets, of the folder of all languages. */
export function publicKeys(folder: string): (key: string) => boolean {
  const file = join(folder, PUBLIC_FILE);
  const names = existsSync(file) ? z.array(z.string()).parse(JSON.parse(readFileSync(file, "utf8"))) : [];
  return (key) => isNamed(key, names);
}

/** Compares a language with English. `wants` says which texts it is to hold. */
export function statusOf(
  { english, texts, readings }: { readonly english: Texts; readonly texts: Texts; readonly readings: Readings },
  wants: (key: string) => boolean,
): LanguageStatus {
  const wanted = [...english.keys()].filter(wants);
  const written = [...english].filter(([key]) => texts.has(key));
  const isCurrent = (key: string, source: string) =>
    readings.read[key]?.digest === digestOfText(source, texts.get(key) ?? "");
  return {
    wanted: wanted.length,
    written: written.length,
    missing: wanted.filter((key) => !texts.has(key)),
    unread: written.map(([key]) => key).filter((key) => !(key in readings.read)),
    changed: written.filter(([key, source]) => key in readings.read && !isCurrent(key, source)).map(([key]) => key),
  };
}
