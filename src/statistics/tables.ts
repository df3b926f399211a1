import { AGE_BANDS, CODES, FOR_WHOM } from "../reports/slice.ts";
import type { Edge } from "./disclosure.ts";

/** Where nobody said. */
export const UNKNOWN = "unknown";

/** What a release counts reports by, and the dimensions of each table in their order. */
export const TABLES = {
  month: [],
  category: ["category"],
  district: ["district"],
  age: ["age_band"],
  whom: ["for_whom"],
  "category-district": ["category", "district"],
  "category-age": ["category", "age_band"],
  loss: ["currency"],
} as const;
export type TableName = keyof typeof TABLES;

/** Reports of one month that are alike in all that is counted. */
export interface Group {
  readonly category: string;
  readonly district: string | null;
  readonly age_band: string | null;
  readonly for_whom: string | null;
  readonly reports: number;
}

/** One number of a release. */
export interface Cell {
  readonly indicator: TableName;
  readonly measure: "reports" | "sum" | "median";
  readonly keys: readonly string[];
  /** `null` where it is withheld. */
  readonly value: number | null;
}

/** A count as an edge of the network, and as the cell that it will be. */
export interface Count extends Edge {
  readonly indicator: TableName;
  readonly keys: readonly string[];
}

/** What a figure is worth to its readers against an inner cell: totals that many tables share are given up last. */
const WORTH: Readonly<Record<TableName, number>> = {
  month: 10_000,
  category: 60,
  district: 30,
  age: 30,
  whom: 1,
  "category-district": 1,
  "category-age": 1,
  loss: 1,
};

/** All values that a dimension has in a country, in the order in which tables show them. */
export const valuesOf = (districts: readonly string[]) => ({
  category: CODES as readonly string[],
  district: [...districts, UNKNOWN],
  age_band: [...AGE_BANDS, UNKNOWN] as readonly string[],
  for_whom: [...FOR_WHOM, UNKNOWN] as readonly string[],
});

/** Every count of a month, zeros too, with the places of the network that it joins. */
export function countsOf(groups: readonly Group[], districts: readonly string[]): Count[] {
  const all = valuesOf(districts);
  const known = (name: keyof typeof all, value: string | null): string =>
    value !== null && all[name].includes(value) ? value : UNKNOWN;
  const sums = new Map<string, number>();
  const add = (indicator: TableName, keys: readonly string[], reports: number) => {
    const key = [indicator, ...keys].join("\n");
    sums.set(key, (sums.get(key) ?? 0) + reports);
  };
  for (const group of groups) {
    const category = all.category.includes(group.category) ? group.category : "X9";
    const district = known("district", group.district);
    const age = known("age_band", group.age_band);
    add("month", [], group.reports);
    add("category", [category], group.reports);
    add("district", [district], group.reports);
    add("age", [age], group.reports);
    add("whom", [known("for_whom", group.for_whom)], group.reports);
    add("category-district", [category, district], group.reports);
    add("category-age", [category, age], group.reports);
  }
  const count = (indicator: TableName, keys: readonly string[], from: string, to: string): Count => ({
    indicator,
    keys,
    from,
    to,
    value: sums.get([indicator, ...keys].join("\n")) ?? 0,
    worth: WORTH[indicator],
  });
  return [
    count("month", [], "all", "asked"),
    ...all.for_whom.map((whom) => count("whom", [whom], "asked", "begin")),
    ...all.district.map((district) => count("district", [district], "begin", `district ${district}`)),
    ...all.category.flatMap((category) => [
      count("category", [category], `category ${category}`, `aged ${category}`),
      ...all.district.map((district) =>
        count("category-district", [category, district], `district ${district}`, `category ${category}`),
      ),
      ...all.age_band.map((age) => count("category-age", [category, age], `aged ${category}`, `age ${age}`)),
    ]),
    ...all.age_band.map((age) => count("age", [age], `age ${age}`, "all")),
  ];
}
