import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { PUBLIC as NOBODY } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Download } from "../kernel/view.ts";
import { draftDue, lastOver, publish } from "./acts-release.ts";
import { attack, type Seen } from "./attacker.fixture.ts";
import { receivedOn, type Told } from "./received.fixture.ts";
import { publicFile, publicList } from "./views-public.ts";
import { releaseList } from "./views-releases.ts";

let at: Countries;

const received = (day: string, times: number, told: Told) => receivedOn(at.node("XA"), day, times, told);

type File = { rows: Record<string, string | number | null>[]; as_of: string; columns: { name: string }[] };
const publicReader = () => readerOf(at.node("XA"), NOBODY, "en");
const file = async (id: string): Promise<File> =>
  (await readView(publicFile, publicReader(), { file: `${id}.json` })) as File;
const releases = async () =>
  (
    (await readView(releaseList, readerOf(at.node("XA"), await at.officer("XA", "statistician")), {})) as {
      items: { id: string; month: string; state: string }[];
    }
  ).items;
const releaseOf = async (month: string): Promise<string> =>
  (await releases()).find((each) => each.month === month)?.id ?? "";

/** Everything that the public files say of a month, as an attacker puts it together. */
async function seenOf(month: string): Promise<Seen[]> {
  const tables = {
    "reports-by-month": ["month"],
    "reports-by-category": ["category", "category"],
    "reports-by-district": ["district", "district"],
    "reports-by-age": ["age", "age_band"],
    "reports-by-whom": ["whom", "for_whom"],
    "category-by-district": ["category-district", "category", "district"],
    "category-by-age": ["category-age", "category", "age_band"],
  };
  const seen: Seen[] = [];
  for (const [id, [indicator = "", ...dimensions]] of Object.entries(tables))
    for (const row of (await file(id)).rows.filter((each) => each["month"] === month))
      seen.push({
        indicator,
        keys: dimensions.map((name) => String(row[name])),
        value: row["reports"] === null ? null : Number(row["reports"]),
      });
  return seen;
}

// October: 60 reports in a common pattern, two of a rare kind, one in quarantine. The countries open on 24 November.
beforeAll(async () => {
  at = await openCountries();
  for (const district of ["north", "harbour", "plateau"]) {
    await received("2026-10-05", 12, { category: "F2", district, age_band: "25-34", loss: 50_000 });
    await received("2026-10-06", 8, { category: "F1", district, age_band: "35-44" });
  }
  await received("2026-10-07", 2, { category: "C2", district: "islands", age_band: "13-17" });
  await received("2026-10-08", 1, { category: "F4", district: "south", loss: 900_000_000, quarantine: "copies" });
  await received("2026-11-03", 9, { category: "F2", district: "north", age_band: "25-34" });
  await draftDue(at.node("XA"));
});
afterAll(() => at.close());

test.each([
  ["2026-12-01", "2026-11"],
  // The first of November 2026 is a Sunday, and the second a holiday of Aruna.
  ["2026-11-02", "2026-09"],
  ["2026-11-03", "2026-10"],
])("on %s the last month that can be counted is %s", (today, month) => {
  const { workingDays, holidays } = at.node("XA").services.country.pack.calendar;
  const isWorked = (day: Temporal.PlainDate) =>
    workingDays.includes(day.dayOfWeek) && !holidays.some(({ date }) => date === day.toString());
  expect(lastOver(Temporal.PlainDate.from(today), isWorked).toString()).toBe(month);
});

test("the node drafts the month that is over, once, and its journal says so", async () => {
  await draftDue(at.node("XA"));
  expect((await releases()).map(({ month, state }) => [month, state])).toEqual([["2026-10", "draft"]]);
  const { rows } = await sql<{ act: string; actor: unknown; change: { month: string; withheld: number } }>`
    select act, record->'actor' as actor, record->'change' as change from journal where subject_kind = 'release'`.execute(
    at.node("XA").db,
  );
  expect(rows).toMatchObject([{ act: "release.draft", change: { month: "2026-10" } }]);
  expect(rows[0]?.change.withheld).toBeGreaterThan(3);
});

test("before it is published the public sees nothing of it", async () => {
  expect((await file("reports-by-month")).rows).toEqual([]);
  expect(((await readView(publicList, publicReader(), {})) as { releases: unknown[] }).releases).toEqual([]);
});

test("it is published by the statistician or the head of the unit, and by nobody else", async () => {
  const id = await releaseOf("2026-10");
  for (const role of ["investigator", "judge", "administrator"] as const)
    expect(await at.tries("XA", role, publish, { id })).toBe("not-found");
  expect(await at.tries("XA", "data-protection-officer", publish, { id })).toBe("not-permitted");
  expect(await at.tries("XA", "statistician", publish, { id })).toBe("done");
  expect(await at.tries("XA", "unit-head", publish, { id })).toBe("wrong-state");
});

test("what is published is frozen, even for who writes to the database", async () => {
  const { db } = at.node("XA");
  const frozen = "a published release does not change";
  await expect(db.updateTable("statistics_cell").set({ value: 7 }).execute()).rejects.toThrow(frozen);
  await expect(db.deleteFrom("statistics_cell").execute()).rejects.toThrow(frozen);
  await expect(db.updateTable("statistics_release").set({ withheld: 0 }).execute()).rejects.toThrow(frozen);
});

test("the files: counts, what is withheld, and a dictionary of every column", async () => {
  const month = await file("reports-by-month");
  expect(month.rows).toEqual([{ month: "2026-10", reports: 62, suppressed: "" }]);
  const category = await file("reports-by-category");
  const of = (code: string) => category.rows.find((row) => row["category"] === code);
  expect(of("C2")).toEqual({ month: "2026-10", category: "C2", reports: null, suppressed: "reports" });
  expect(of("I1")?.["reports"]).toBe(0);
  const csv = (await readView(publicFile, publicReader(), { file: "losses.csv" })) as Download;
  expect(String(csv.body)).toBe("month,currency,reports,sum,median,suppressed\r\n2026-10,MUR,36,18000.00,500.00,\r\n");
  const dictionary = (await readView(publicFile, publicReader(), { file: "dictionary.json" })) as {
    items: Record<string, string>[];
  };
  const explained = new Map(dictionary.items.map((each) => [each["name"], each]));
  for (const { name } of [...month.columns, ...category.columns, ...(await file("losses")).columns]) {
    const entry = explained.get(name);
    for (const part of ["title", "definition", "unit", "source", "suppression", "period", "zone"])
      expect(entry?.[part], `${name}: ${part}`).toMatch(/\S/);
    expect(entry?.["definition"]).not.toContain("statistics.public");
  }
});

test("what comes out of quarantine too late is counted in the next month, and what was published stays as it was", async () => {
  const before = await file("category-by-district");
  await sql`update report set quarantine = null`.execute(at.node("XA").db);
  await at.pass({ days: 8 });
  await draftDue(at.node("XA"));
  await at.does("XA", "unit-head", publish, { id: await releaseOf("2026-11") });
  expect((await file("category-by-district")).rows.filter(({ month }) => month === "2026-10")).toEqual(before.rows);
  expect((await file("reports-by-month")).rows).toEqual([
    { month: "2026-10", reports: 62, suppressed: "" },
    { month: "2026-11", reports: 10, suppressed: "" },
  ]);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from statistics_counted`.execute(
    at.node("XA").db,
  );
  expect(rows[0]?.count).toBe(72);
});

test("with every file of both months and a solver, nobody reads a withheld count", async () => {
  const truth = new Map([
    ["2026-10 category C2", 2],
    ["2026-11 category F4", 1],
  ]);
  for (const month of ["2026-10", "2026-11"]) {
    const read = await attack(await seenOf(month));
    expect(read.length).toBeGreaterThan(3);
    for (const { cell, least, most } of read) {
      const value = truth.get(`${month} ${cell.indicator} ${cell.keys.join(" ")}`);
      if (value !== undefined) expect([least, most >= 4]).toEqual([0, true]);
      expect(most - least, `${month} ${cell.indicator} ${cell.keys.join(" ")}`).toBeGreaterThanOrEqual(4 - 1e-6);
    }
  }
});
