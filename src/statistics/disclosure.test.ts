import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAPPINGS, mapRow } from "../reports/mapping.ts";
import { attack, type Seen } from "./attacker.fixture.ts";
import { type Edge, intervalOf, withhold } from "./disclosure.ts";
import { countsOf, type Group, UNKNOWN, valuesOf } from "./tables.ts";

const DISTRICTS = ["north", "harbour", "south"];

/** What is published of a month, and what the withheld counts truly are. */
function released(groups: readonly Group[], threshold = 5, districts = DISTRICTS) {
  const counts = countsOf(groups, districts);
  const withheld = withhold(counts, { threshold });
  const seen: Seen[] = counts.map(({ indicator, keys, value }, at) => ({
    indicator,
    keys,
    value: withheld.has(at) ? null : value,
  }));
  const truth = new Map(counts.map(({ indicator, keys, value }) => [[indicator, ...keys].join("|"), value]));
  return {
    counts,
    withheld,
    seen,
    trueOf: ({ indicator, keys }: Seen) => truth.get([indicator, ...keys].join("|")) ?? 0,
  };
}

/** Counts that the attacker reads more closely than the rule allows. */
async function undone(groups: readonly Group[], threshold = 5, districts = DISTRICTS): Promise<string[]> {
  const { seen, trueOf } = released(groups, threshold, districts);
  return (await attack(seen)).flatMap(({ cell, least, most }) => {
    const value = trueOf(cell);
    const isSmall = value > 0 && value < threshold;
    const isSafe = isSmall ? least < 1e-6 && most > threshold - 1 - 1e-6 : most - least > threshold - 1 - 1e-6;
    return isSafe ? [] : [`${cell.indicator} ${cell.keys.join(" ")} is ${value}, read as ${least} to ${most}`];
  });
}

const group = (category: string, reports: number, more: Partial<Group> = {}): Group => ({
  category,
  district: "north",
  age_band: "25-34",
  for_whom: "me",
  ...more,
  reports,
});

describe("small counts are withheld so that nobody reads them from the others", () => {
  test("one small cell in a full table takes others with it, and the totals stay", async () => {
    const groups = DISTRICTS.flatMap((district, d) =>
      ["F1", "F2", "A1"].map((category, c) => group(category, d === 1 && c === 1 ? 2 : 20 + 3 * d + c, { district })),
    );
    const { seen } = released(groups);
    const hidden = seen
      .filter(({ value }) => value === null)
      .map(({ indicator, keys }) => `${indicator} ${keys.join(" ")}`);
    expect(hidden).toContain("category-district F2 harbour");
    expect(hidden).toHaveLength(4);
    expect(hidden.every((name) => name.startsWith("category-district"))).toBe(true);
    expect(await undone(groups)).toEqual([]);
  });

  test("a small category shared by two tables is hidden in both", async () => {
    const groups = [group("F1", 40), group("F2", 30, { age_band: "35-44" }), group("C2", 2, { age_band: "13-17" })];
    const { seen } = released(groups);
    const valueOf = (name: string) =>
      seen.find(({ indicator, keys }) => [indicator, ...keys].join(" ") === name)?.value;
    expect(valueOf("category C2")).toBeNull();
    expect(valueOf("category-age C2 13-17")).toBeNull();
    expect(valueOf("month")).toBe(72);
    expect(await undone(groups)).toEqual([]);
  });

  test.each([
    ["nothing at all", []],
    ["one report", [group("F1", 1)]],
    ["four alike", [group("F1", 4)]],
    ["five alike", [group("F1", 5)]],
    ["one beside many", [group("F1", 500), group("C3", 1)]],
    ["one of another kind for another person", [group("F1", 500, { for_whom: "child" }), group("F1", 1)]],
    ["one in a place of its own", [group("F1", 100), group("F1", 1, { district: "south" })]],
    ["where nobody said anything", [group("X9", 7, { district: null, age_band: null, for_whom: null })]],
  ] as const)("%s", async (_, groups) => {
    expect(await undone(groups)).toEqual([]);
  });

  test("without what only hides others, the attacker reads the small ones: he is no straw man", async () => {
    const counts = countsOf(
      [group("F1", 40), group("F2", 30), group("F2", 2, { district: "south" }), group("A1", 9, { district: "south" })],
      DISTRICTS,
    );
    const seen = counts.map(({ indicator, keys, value }) => ({
      indicator,
      keys,
      value: value > 0 && value < 5 ? null : value,
    }));
    const read = await attack(seen);
    expect(read.map(({ cell, least, most }) => [cell.keys.join(" "), Math.round(least), Math.round(most)])).toEqual([
      ["F2 south", 2, 2],
    ]);
  });
});

const any = valuesOf(DISTRICTS);
const groups = fc.array(
  fc.record({
    category: fc.constantFrom("F1", "F2", "A1", "C2", "X9"),
    district: fc.option(fc.constantFrom(...DISTRICTS)),
    age_band: fc.option(fc.constantFrom(...any.age_band.filter((age) => age !== UNKNOWN).slice(0, 4))),
    for_whom: fc.option(fc.constantFrom("me", "child")),
    reports: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 400 })),
  }),
  { maxLength: 24 },
);

test("whatever was reported, the attacker reads no withheld count more closely than the rule allows", async () => {
  await fc.assert(
    fc.asyncProperty(groups, fc.constantFrom(3, 5, 10), async (reported, threshold) => {
      expect(await undone(reported, threshold)).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("the network's own reckoning and the solver's agree", async () => {
  await fc.assert(
    fc.asyncProperty(groups, async (reported) => {
      const { counts, withheld, seen } = released(reported);
      const limit = 1_000_000;
      const edgeOf = new Map(counts.map(({ indicator, keys }, at) => [[indicator, ...keys].join("|"), at]));
      for (const { cell, least, most } of await attack(seen)) {
        const own = intervalOf(
          counts satisfies readonly Edge[],
          withheld,
          edgeOf.get([cell.indicator, ...cell.keys].join("|")) ?? -1,
          limit,
        );
        expect([own.least, Math.min(own.most, limit)]).toEqual([Math.round(least), Math.min(Math.round(most), limit)]);
      }
    }),
    { numRuns: 8 },
  );
}, 60_000);

const DATA = process.env["COMITY_TEST_DATA"] ?? "../shared/data";
/**
 * Real reports of a year: category by the product's own mapping, district by the first digits of the number that was reported.
 * They name no age and no day: those are dealt out by the digest of each row, the same every time.
 */
function realMonths(): Group[][] {
  const mapping = MAPPINGS["sms-philippines"];
  const text = readFileSync(join(DATA, "reports/sms-philippines/crowd_reports_select.csv"), "utf8");
  const rows: Record<string, string>[] = parse(text, { columns: true, relax_quotes: true, bom: true });
  const ages = any.age_band.slice(2);
  return Object.values(
    Object.groupBy(
      rows.flatMap((row, at) => {
        const mapped = mapping ? mapRow(row, mapping) : undefined;
        if (!mapped || "refused" in mapped) return [];
        const [dealt = 0, also = 0] = createHash("sha256")
          .update(`${row["number"] ?? ""}`)
          .digest();
        return {
          month: Math.floor((at * 12) / rows.length),
          category: mapped.category,
          district: `region-${Number((row["indicator"] ?? "").slice(0, 3)) % 17}`,
          age_band: ages[dealt % ages.length] ?? null,
          for_whom: also < 200 ? "me" : also < 252 ? "other" : "child",
          reports: 1,
        };
      }),
      ({ month }) => month,
    ),
  ).map((month = []) => month);
}
const REGIONS = Array.from({ length: 17 }, (_, at) => `region-${at}`);

test("a year of real reports: twelve releases, none of them undone, most of what was reported still shown", async () => {
  const months = realMonths();
  expect(months).toHaveLength(12);
  expect(months.flat().length).toBeGreaterThan(4_500);
  for (const month of months) expect(await undone(month, 5, REGIONS)).toEqual([]);
  const shown = months.map((month) => {
    const { counts, withheld } = released(month, 5, REGIONS);
    const inner = counts
      .map((count, at) => ({ ...count, at }))
      .filter(({ indicator }) => indicator === "category-district");
    const all = inner.reduce((sum, { value }) => sum + value, 0);
    expect(withheld.has(0)).toBe(false);
    return inner.reduce((sum, { value, at }) => sum + (withheld.has(at) ? 0 : value), 0) / all;
  });
  expect(Math.min(...shown)).toBeGreaterThan(0.5);
}, 60_000);
