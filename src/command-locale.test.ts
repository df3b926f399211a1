import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localeCommand } from "./command-locale.ts";
import { loadTranslations } from "./kernel/i18n.ts";

let folder: string;
let said: string[];

/** Writes a file of the folder of languages. */
const write = (name: string, content: unknown): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify(content));
};
/** Runs the command and gives what it says; throws where it ends with an error. */
function run(...words: string[]): string {
  said = [];
  const command = localeCommand(folder, (text) => said.push(text));
  for (const each of [command, ...command.commands])
    each
      .exitOverride((error) => {
        throw error;
      })
      .configureOutput({ writeErr: () => undefined });
  command.parse(words, { from: "user" });
  return said.join("\n");
}
interface Printed {
  readonly source: { readonly texts: number };
  readonly languages: readonly {
    readonly language: string;
    readonly missing: string[];
    readonly unread: string[];
    readonly changed: string[];
  }[];
}
const status = (language: string) =>
  (JSON.parse(run("status", "--json")) as Printed).languages.find((each) => each.language === language);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "comity-locales-"));
  write("public.json", ["portal.*"]);
  write("en/portal.json", { "portal.yes": "Yes", "portal.no": "No", "portal.next": "Continue" });
  write("en/cases.json", { "cases.title": "Cases" });
  write("fr/portal.json", { "portal.yes": "Oui", "portal.no": "Non", "portal.next": "Continuer" });
  write("fil/portal.json", { "portal.yes": "Oo", "portal.no": "Hindi" });
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a whole language is measured by every text, another by what the public reads", () => {
  expect(status("fr")).toMatchObject({ scope: "whole", wanted: 4, missing: ["cases.title"] });
  expect(status("fil")).toMatchObject({
    scope: "public",
    wanted: 3,
    missing: ["portal.next"],
    unread: ["portal.yes", "portal.no"],
    changed: [],
  });
  expect(run("status", "--keys")).toContain("missing: portal.next");
});

test("what was read is no longer unread, and the language no longer waits", () => {
  expect(loadTranslations(folder).awaitsReader("fil")).toBe(true);
  run("read", "fil", "--reader", "Ligaya Santos", "--key", "portal.yes");
  expect(status("fil")?.unread).toEqual(["portal.no"]);
  run("read", "fil", "--reader", "Ligaya Santos");
  expect(status("fil")).toMatchObject({ unread: [], changed: [] });
  expect(loadTranslations(folder).awaitsReader("fil")).toBe(false);
  expect(readFileSync(join(folder, "fil/status.json"), "utf8")).toContain("Ligaya Santos");
});

test("a text is unread again once its English or itself is another", () => {
  run("read", "fil", "--reader", "Ligaya Santos", "--key", "portal.*");
  write("en/portal.json", { "portal.yes": "Yes, please", "portal.no": "No", "portal.next": "Continue" });
  expect(status("fil")?.changed).toEqual(["portal.yes"]);
  write("fil/portal.json", { "portal.yes": "Oo", "portal.no": "Hindi po" });
  expect(status("fil")?.changed).toEqual(["portal.yes", "portal.no"]);
  expect(loadTranslations(folder).awaitsReader("fil")).toBe(true);
});

test.each([["en"], ["xx"], ["../fil"]])("nobody can have read %s", (language) => {
  expect(() => run("read", language, "--reader", "A")).toThrow(/There is no language/);
});

test("a key that is not there is named, and nothing is written", () => {
  expect(() => run("read", "fil", "--reader", "A", "--key", "portal.yes", "portal.maybe")).toThrow(/portal\.maybe/);
  expect(status("fil")?.unread).toEqual(["portal.yes", "portal.no"]);
});
