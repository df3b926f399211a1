import { existsSync, globSync, readFileSync } from "node:fs";
import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { isNamed, readTexts } from "../src/kernel/reading.ts";
import { describe, expect, test } from "vitest";
import { isWhole, languagesIn, WHOLE_LANGUAGES } from "../src/kernel/i18n.ts";

const read = (locale: string) => readTexts(`locales/${locale}`);
const english = read("en");
/** The languages beside English in which every text is written. */
const others = WHOLE_LANGUAGES.filter((each) => each !== "en").map((locale) => ({ locale, texts: read(locale) }));
/** Languages that only the public is offered, as far as they go. */
const partial = languagesIn("locales")
  .filter((each) => !isWhole(each))
  .map((locale) => ({ locale, texts: read(locale) }));
const sources = globSync("src/**/*.{ts,tsx}", {
  exclude: ["**/*.test.*", "src/ui/islands/**", "src/trust/verify*"],
}).map((file) => ({ file, text: readFileSync(file, "utf8").replaceAll(/\/\*\*[^]*?\*\//g, "") }));

/** Names of the arguments of a message, plural branches and all. */
function names(elements: readonly MessageFormatElement[]): Set<string> {
  const found = new Set<string>();
  for (const element of elements) {
    if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
    found.add(element.value);
    if (element.type === TYPE.select || element.type === TYPE.plural)
      for (const option of Object.values(element.options)) for (const name of names(option.value)) found.add(name);
    if (element.type === TYPE.tag) for (const name of names(element.children)) found.add(name);
  }
  return found;
}
/** The branches of each plural in a message. */
const pluralsOf = (elements: readonly MessageFormatElement[]): Record<string, unknown>[] =>
  elements.flatMap((element) => {
    if (element.type === TYPE.tag) return pluralsOf(element.children);
    if (element.type !== TYPE.plural && element.type !== TYPE.select) return [];
    const within = Object.values(element.options).flatMap(({ value }) => pluralsOf(value));
    return element.type === TYPE.plural ? [element.options, ...within] : within;
  });
const argumentsOf = (text: string) => [...names(parse(text, { ignoreTag: true }))].sort();

/** Every text literal of the code, and every template literal as a pattern. */
const literals = new Set<string>();
const patterns: RegExp[] = [];
for (const { text } of sources) {
  for (const [, double] of text.matchAll(/"([^"\\\n]+)"/g)) if (double) literals.add(double);
  for (const [, template] of text.matchAll(/`([^`\n]*\$\{[^`\n]*)`/g))
    if (template && /^[\w.-]*[\w-]\.|\.\$\{/.test(template))
      patterns.push(
        new RegExp(
          `^${template
            .split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/)
            .map((part) => RegExp.escape(part))
            .join("[\\w.:/?-]+")}$`,
        ),
      );
}
const isUsed = (key: string): boolean =>
  literals.has(key) ||
  (key.startsWith("refusal.") && literals.has(key.slice("refusal.".length))) ||
  patterns.some((pattern) => pattern.test(key));

describe("messages", () => {
  test.each(others)("$locale has what English has, and nothing else", ({ locale, texts }) => {
    const form = existsSync(`locales/${locale}/portal.json`)
      ? {}
      : (JSON.parse(readFileSync("locales/en/portal.json", "utf8")) as object);
    expect({
      missing: [...english.keys()].filter((key) => !texts.has(key) && !(key in form)),
      extra: [...texts.keys()].filter((key) => !english.has(key)),
    }).toEqual({ missing: [], extra: [] });
  });

  test.each(partial)("$locale, which is not whole, has nothing that English has not", ({ texts }) => {
    expect([...texts.keys()].filter((key) => !english.has(key))).toEqual([]);
  });

  test("what the public meets is named by keys that are there", () => {
    const names = JSON.parse(readFileSync("locales/public.json", "utf8")) as string[];
    expect(names.filter((name) => ![...english.keys()].some((key) => isNamed(key, [name])))).toEqual([]);
  });

  test.each([...others, ...partial])("each parses, and takes the same values in $locale as in English", ({ texts }) => {
    const differing = [...english].filter(
      ([key, text]) => texts.has(key) && argumentsOf(text).join() !== argumentsOf(texts.get(key) ?? "").join(),
    );
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  test.each([{ locale: "en", texts: english }, ...others, ...partial])(
    "plurals in $locale have every form that the language has",
    ({ locale, texts }) => {
      const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
      // Forms that only fractions or millions take: our numbers are counts.
      const wanted = pluralCategories.filter((each) => locale === "ar" || each !== "many");
      const faults = [...texts].flatMap(([key, text]) =>
        pluralsOf(parse(text, { ignoreTag: true })).flatMap((options) =>
          wanted
            .filter((each) => !(each in options) && !(each === "zero" && "=0" in options))
            .map((each) => `${key}: ${each}`),
        ),
      );
      expect(faults).toEqual([]);
    },
  );

  test("every message that the code names is there", () => {
    const named = sources.flatMap(({ file, text }) => [
      ...[...text.matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => ({ file, key: key ?? "" })),
      ...[...text.matchAll(/new Refusal\(\s*"[a-z-]+",\s*"([^"]+)"/g)].map(([, key]) => ({
        file,
        key: `refusal.${key}`,
      })),
      ...[...text.matchAll(/\binvalid\(\s*(?:"[^"]*"|`[^`]*`|\w+),\s*"([^"]+)"/g)].map(([, key]) => ({
        file,
        key: `refusal.${key}`,
      })),
    ]);
    expect(named.filter(({ key }) => !english.has(key))).toEqual([]);
  });

  test("no message is left over", () => {
    expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([]);
  });

  test("no sentence shouts or says oops", () => {
    expect(
      [...english, ...[...others, ...partial].flatMap(({ texts }) => [...texts])]
        .filter(([, text]) => /oops|(?<!\s)!(?!\s*=)|！/i.test(text))
        .map(([key]) => key),
    ).toEqual([]);
  });
});
