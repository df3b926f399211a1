import { expect, test } from "vitest";
import type { Facts } from "./brief.ts";
import { recommendations } from "./recommendation.ts";

const QUIET: Facts = {
  month: "2026-10",
  node: { code: "XA", name: "Aruna" },
  asOf: "2026-11-03T05:00:00Z",
  draft: false,
  threshold: 5,
  total: { now: 100, before: 98 },
  categories: [{ category: "F2", now: 50, before: 48 }],
  campaigns: [],
  warned: [],
  losses: [{ currency: "MUR", reports: 40, sum: { now: 110, before: 100 }, median: 2 }],
  answers: { owed: 90, inTime: 85, late: 5, unanswered: 0 },
  done: [],
  missing: { unopened: 0, overdue: 0, languages: [], peers: [] },
  trend: [],
  currency: "MUR",
};
const asked = (facts: Partial<Facts>): string[] => recommendations({ ...QUIET, ...facts }).map(({ rule }) => rule);
const surge = [{ category: "F2", now: 90, before: 40 }];
const missing = QUIET.missing;

test.each([
  ["a quiet month asks for nothing", {}, []],
  ["one overdue answer is asked for", { answers: { ...QUIET.answers, unanswered: 1 } }, ["unanswered"]],
  ["a tenth of answers late is borne", { answers: { owed: 100, inTime: 90, late: 10, unanswered: 0 } }, []],
  ["more is not", { answers: { owed: 100, inTime: 88, late: 12, unanswered: 0 } }, ["late"]],
  ["a category that clearly grew", { categories: surge }, ["warn"]],
  ["not where the public was warned of it", { categories: surge, warned: ["F2"] }, []],
  ["nor where it may be chance", { categories: [{ category: "F2", now: 9, before: 5 }] }, []],
  [
    "losses by a fifth",
    { losses: [{ currency: "MUR", reports: 40, sum: { now: 120, before: 100 }, median: 2 }] },
    ["losses"],
  ],
  [
    "not in another currency",
    { losses: [{ currency: "USD", reports: 40, sum: { now: 900, before: 100 }, median: 2 }] },
    [],
  ],
  [
    "nor where a sum is withheld",
    { losses: [{ currency: "MUR", reports: 40, sum: { now: null, before: 100 }, median: 2 }] },
    [],
  ],
  [
    "a language without a reader",
    { missing: { ...missing, languages: [{ language: "ta", reports: 6 }] } },
    ["readers"],
  ],
  [
    "not one that so few use that it is withheld",
    { missing: { ...missing, languages: [{ language: "ta", reports: null }] } },
    [],
  ],
  ["a silent peer", { missing: { ...missing, peers: ["Belmora"] } }, ["peers"]],
  ["reports that nobody opened", { missing: { ...missing, unopened: 3 } }, ["unopened"]],
] as const)("%s", (_, facts, rules) => {
  expect(asked(facts)).toEqual(rules);
});

test("at most four, the most pressing first", () => {
  const all = asked({
    answers: { owed: 100, inTime: 40, late: 50, unanswered: 10 },
    categories: surge,
    missing: { unopened: 4, overdue: 9, languages: [{ language: "ta", reports: 6 }], peers: ["Belmora"] },
  });
  expect(all).toEqual(["unanswered", "unopened", "late", "warn"]);
});
