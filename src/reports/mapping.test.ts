import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { environment } from "../kernel/config.ts";
import { MAPPINGS, mapRow, mappingSchema, openMapping } from "./mapping.ts";

const mapping = openMapping("sms-philippines");
const row = {
  id: "7",
  number: "9050832469",
  network: "Globe or TM",
  type: "lotto",
  proof: "",
  name: "luckyphil.com/login",
  indicator: "905",
};

test("a citizen's row becomes a report with number and link", () => {
  const mapped = mapRow(row, mapping);
  expect(mapped).toMatchObject({ external: "7", category: "F7", description: "luckyphil.com/login", receivedAt: null });
  expect("observables" in mapped && mapped.observables.map(({ key }) => key)).toEqual([
    "phone:+639050832469",
    "domain:luckyphil.com",
  ]);
});
test.each([
  ["nothing in it", { ...row, number: "", name: "False" }, "import-row-empty"],
  ["a broken character", { ...row, name: "\ud800" }, "import-row-broken"],
  ["a NUL", { ...row, name: "a\0b" }, "import-row-broken"],
  ["far too much text", { ...row, name: "x".repeat(20_001) }, "import-row-too-long"],
])("a row with %s is refused with its reason", (_, bad, refused) => {
  expect(mapRow(bad, mapping)).toEqual({ refused });
});
test("a date that is none is refused, one with a blank is read", () => {
  const dated = mappingSchema.parse({ ...mapping, received: "when" });
  expect(mapRow({ ...row, when: "soon" }, dated)).toEqual({ refused: "import-row-date" });
  expect(mapRow({ ...row, when: "2022-11-12 14:02:10" }, dated)).toMatchObject({
    receivedAt: Temporal.Instant.from("2022-11-12T14:02:10Z"),
  });
});
test("no row makes it throw", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(fc.record({ id: text, number: text, type: text, name: text, proof: text }), (each) => {
      mapRow(each, mapping);
    }),
  );
});
test("a mapping that does not exist is named, with what exists", () => {
  expect(() => openMapping("nowhere")).toThrow(Object.keys(MAPPINGS)[0]);
});

const file = join(
  environment()["COMITY_TEST_DATA"] ?? "../shared/data",
  "reports/sms-philippines/crowd_reports_select.csv",
);
describe.skipIf(!existsSync(file))("on 4,883 reports by citizens", () => {
  test("nearly every row becomes a report, and most numbers are read", () => {
    const rows = parse<Record<string, string>>(readFileSync(file), {
      columns: true,
      relax_quotes: true,
      relax_column_count: true,
    });
    const mapped = rows.map((each) => mapRow(each, mapping));
    expect(rows.length).toBeGreaterThanOrEqual(4_883);
    expect(mapped.filter((each) => !("refused" in each)).length).toBeGreaterThanOrEqual(4_880);
    expect(
      mapped.filter((each) => "observables" in each && each.observables.some(({ type }) => type === "phone")).length,
    ).toBeGreaterThan(4_600);
  });
});
