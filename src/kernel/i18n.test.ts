import { describe, expect, test } from "vitest";
import { h } from "preact";
import { direction, isWhole, loadTranslations, negotiate, WHOLE_LANGUAGES } from "./i18n.ts";
import { htmlOf, inEnglish } from "./render.tsx";
import { type Tools, useTools } from "./tools.ts";

const HAVE = ["en", "fr", "ar", "fil", "si", "ta"];

test.each([
  ["fil-PH,fil;q=0.9,en;q=0.5", "fil"],
  ["tl-PH, en;q=0.8", "fil"],
  ["ar-MA,fr;q=0.8", "ar"],
  ["SI-LK", "si"],
  ["de, ta;q=0.3", "ta"],
  ["fr;q=0.2, ar;q=0.9", "ar"],
  ["ar;q=0, fr", "fr"],
  ["de, it", "en"],
  ["*", "en"],
  ["__, ;;q=, fr", "fr"],
  ["", "en"],
  [undefined, "en"],
])("of %s the reader gets %s", (header, expected) => {
  expect(negotiate(header, HAVE, "en")).toBe(expected);
});

test.each([
  ["ar", "rtl"],
  ["ar-MA", "rtl"],
  ["ur", "rtl"],
  ["en", "ltr"],
  ["fil", "ltr"],
  ["ta", "ltr"],
  ["ary", "rtl"],
])("%s is written %s", (locale, expected) => {
  expect(direction(locale)).toBe(expected);
});

test("numbers and dates in Arabic have the digits that the public of the Maghreb reads", () => {
  expect(new Intl.NumberFormat("ar").format(41_300.5)).toBe("41,300.5");
  expect(Temporal.PlainDate.from("2026-11-24").toLocaleString("ar", { dateStyle: "long" })).toContain("24");
});

describe("the catalogues", () => {
  const translations = loadTranslations("locales");

  test("hold every language by its tag, of three letters too, and nothing that is no language", () => {
    expect(translations.locales).toEqual(HAVE.toSorted());
  });

  test("no whole language waits for a reader; one that nobody has read does", () => {
    expect(WHOLE_LANGUAGES.filter(translations.awaitsReader)).toEqual([]);
    expect(["fil", "si", "ta"].filter((each) => !isWhole(each) && !translations.awaitsReader(each))).toEqual([]);
  });

  test("what a language lacks is said in English, and what none has by its key", () => {
    const t = translations.translate("fil");
    expect(t("portal.next")).toBe("Magpatuloy");
    expect(t("nav.cases")).toBe("Cases");
    expect(t("no.such.key")).toBe("no.such.key");
  });
});

describe("English on a page of another language", () => {
  const page = (...children: Parameters<typeof h>[2][]) => htmlOf(h("main", null, ...children), {} as Tools);

  test("is named as English where it is read aloud", () => {
    expect(page(h("p", null, "Oo. ", inEnglish("Your <code> & more")))).toBe(
      '<!DOCTYPE html><main><p>Oo. <span lang="en">Your &lt;code> &amp; more</span></p></main>',
    );
  });

  test("is marked by the page, and given bare to whatever else asks", () => {
    const t = loadTranslations("locales").translate("fil");
    const tools = { t, lacks: (key: string) => key === "nav.cases" } as unknown as Tools;
    const Words = () => h("p", null, useTools().t("portal.next"), " ", useTools().t("nav.cases"));
    expect(htmlOf(h(Words, null), tools)).toContain('<p>Magpatuloy <span lang="en">Cases</span></p>');
    expect(tools.t("nav.cases")).toBe("Cases");
  });

  test("stands bare where no element can stand", () => {
    const html = page(
      h("a", { title: inEnglish('Five > four, "so"'), href: "/" }, "x"),
      h("option", null, inEnglish("One")),
      h("title", null, inEnglish("Two")),
    );
    expect(html).not.toMatch(/[\u{E000}\u{E001}]|span/u);
    expect(html).toContain("Five > four");
  });

  test("within English is English once, and what somebody typed opens nothing", () => {
    expect(page(inEnglish(`One ${inEnglish("two")}`))).not.toMatch(/[\u{E000}\u{E001}]/u);
    expect(page("\u{E001}typed\u{E000}")).toBe("<!DOCTYPE html><main>typed</main>");
  });
});
