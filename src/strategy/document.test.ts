import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textOfPdf } from "../../test/pdf-text.ts";
import { testNode, type TestNode } from "../../test/node.ts";
import { BRIEF_LANGUAGES, type Facts } from "./brief.ts";
import { briefDocument } from "./document.ts";

let at: TestNode;
beforeAll(async () => {
  at = await testNode([]);
});
afterAll(() => at.close());

const none = { now: 0, before: 0 };
const EMPTY: Facts = {
  month: "2026-10",
  node: { code: "XA", name: "Aruna" },
  asOf: "2026-11-03T05:00:00Z",
  draft: false,
  threshold: 5,
  total: { now: 0, before: null },
  categories: [],
  campaigns: [],
  warned: [],
  losses: [],
  answers: { owed: 0, inTime: 0, late: 0, unanswered: 0 },
  done: [],
  missing: { unopened: 0, overdue: 0, languages: [], peers: [] },
  trend: [],
  currency: "MUR",
};
const LONG = "The campaign whose name an officer wrote to be as long as any";
/** The most of everything that a brief holds, with the longest words and numbers. */
const FULL: Facts = {
  ...EMPTY,
  total: { now: 1_234_567, before: 987_654 },
  categories: ["F2", "H1", "A6", "C2", "F3"].map((category, n) => ({
    category,
    now: 100_000 * (n + 1),
    before: 3_000,
  })),
  campaigns: [1, 2, 3].map((n) => ({
    number: `K-2026-00000${n}`,
    name: LONG,
    category: "F2",
    now: 40_000,
    before: 9_000,
  })),
  losses: ["MUR", "USD", "EUR"].map((currency) => ({
    currency,
    reports: 123_456,
    sum: { now: 987_654_321_000, before: 123_456_789_000 },
    median: 12_345_000,
  })),
  answers: { owed: 1_200_000, inTime: 700_000, late: 250_000, unanswered: 123_456 },
  done: ["cases", "charged", "holds", "alerts", "requests", "executed"].map((what) => ({
    what,
    now: 12_345,
    before: 9_876,
  })),
  missing: {
    unopened: 12_345,
    overdue: 23_456,
    languages: ["fil", "si", "ta", "mfe"].map((language) => ({ language, reports: 1_234 })),
    peers: [1, 2, 3].map((n) => `Ministry of Justice and Home Affairs of Country ${n}`),
  },
  trend: Array.from({ length: 12 }, (_, n) => ({
    month: Temporal.PlainYearMonth.from("2025-11").add({ months: n }).toString(),
    reports: n === 4 ? null : 90_000 * (n + 1),
    loss: 80_000_000_000 * (n + 1),
  })),
};
const pagesOf = (pdf: Buffer): number => pdf.toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length ?? 0;
const plain = (text: string): string => text.replaceAll(/\s+/g, "");

describe.each(BRIEF_LANGUAGES)("in %s", (language) => {
  test.each([
    ["an empty world", EMPTY],
    ["the most that a brief can hold", FULL],
    [
      "a draft of a month with too few reports to say how many",
      { ...FULL, draft: true, total: { now: null, before: 7 } },
    ],
  ] as const)("%s is two pages, and the same bytes again", (_, facts) => {
    const pdf = briefDocument(at.node, facts, language);
    expect(pagesOf(pdf)).toBe(2);
    expect(briefDocument(at.node, facts, language).equals(pdf)).toBe(true);
  });
});

test("it says what the figures say, in words that fit small numbers", () => {
  const facts: Facts = {
    ...FULL,
    total: { now: 312, before: 305 },
    categories: [
      { category: "F2", now: 90, before: 40 },
      { category: "A1", now: 9, before: 6 },
      { category: "H3", now: 5, before: 7 },
    ],
  };
  const text = plain(textOfPdf(briefDocument(at.node, facts, "en")));
  for (const said of [
    "312 reports came from the public in October 2026, against 305 in September 2026: about the same.",
    "Money left my account, card or mobile wallet4090clearly more",
    "Someone got into my account69more; may be chance",
    "Consider a public alert on “Money left my account, card or mobile wallet”: 90 reports after 40.",
    "Answer the 123456 reporters who still wait",
  ])
    expect(text.replaceAll(",", "")).toContain(plain(said).replaceAll(",", ""));
});

test("with nothing wrong nothing is asked for", () => {
  const text = plain(textOfPdf(briefDocument(at.node, { ...EMPTY, done: [{ what: "cases", ...none }] }, "en")));
  expect(text).toContain(plain("No rule calls for a decision this month."));
  expect(text).toContain(plain("Nobody reported an amount."));
});
