import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { MEASURE_CODES, measureOf, type MeasureCode, REACHES } from "./measures.ts";
import { type Asking, type Basis, basesFor, firstBasis, wantsTreaty } from "./treaties-bases.ts";
import { readTreaties, type Treaties } from "./treaties.ts";

const shipped = readTreaties("packs");
const folder = mkdtempSync(join(tmpdir(), "comity-treaties-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asking = (measure: MeasureCode, route: string, more: Partial<Asking> = {}): Asking => {
  const [from = "", to = ""] = route.split(" → ");
  const category = measureOf(measure).categories?.[0] ?? "subscriber";
  return { measure, from, to, category, on: Temporal.PlainDate.from("2026-11-24"), ...more };
};
const said = ({ code, applies, because }: Basis) =>
  `${code} ${applies ? "applies" : because.map(({ key }) => key).join(" ")}`;
const day = (text: string) => ({ on: Temporal.PlainDate.from(text) });

test.each([
  [
    "P29",
    "XA → XB",
    {},
    ["cets-185 applies", "cets-189 applies", "courtesy applies", "un-2024 signed-only signed-only"],
  ],
  [
    "P29",
    "MU → PH",
    {},
    ["cets-185 applies", "courtesy applies", "cets-189 no-party no-party", "un-2024 no-party no-party"],
  ],
  [
    "P29",
    "MU → PH",
    day("2018-06-30"),
    ["courtesy applies", "cets-185 not-yet", "cets-189 no-party no-party needs-other", "un-2024 no-party no-party"],
  ],
  [
    "M31",
    "MU → ZA",
    {},
    [
      "courtesy applies",
      "cets-185 signed-only",
      "cets-189 no-party signed-only needs-other",
      "un-2024 no-party no-party",
    ],
  ],
  [
    "M31",
    "MU → KE",
    {},
    ["courtesy applies", "cets-185 no-party", "cets-189 no-party no-party needs-other", "un-2024 no-party no-party"],
  ],
  [
    "D30",
    "XA → XB",
    { category: "content" },
    ["cets-185 category", "cets-189 category", "un-2024 signed-only signed-only category"],
  ],
  ["X7", "XA → XP", {}, ["cets-224 applies"]],
  ["X7", "XA → JP", {}, ["cets-224 signed-only not-applied"]],
  ["X7", "XA → XA", {}, ["cets-224 not-abroad"]],
  ["X8", "XA → XB", day("2024-06-30"), ["cets-224 not-yet not-yet"]],
  ["EU1", "XA → XP", {}, ["eu-2023-1543 applies"]],
  ["EU1", "FR → DE", day("2026-08-17"), ["eu-2023-1543 not-yet not-yet"]],
  ["EU1", "FR → DK", {}, ["eu-2023-1543 no-party"]],
  ["P16", "XA → XP", {}, []],
] as const)("%s, %s: which bases apply, and why others do not", (measure, route, more, expected) => {
  expect(basesFor(shipped, asking(measure, route, more)).map(said)).toEqual(expected);
});

test("CETS 185 Art. 29(4): who has reserved it wants an offence at both ends; nobody else does", () => {
  const dual = (route: string) => firstBasis(shipped, asking("P29", route))?.needs?.dualCriminality;
  expect([dual("XA → XB"), dual("XB → XA")]).toEqual(["required", "never"]);
});

test("languages, formal confirmation, and whom it goes to are those of the one asked", () => {
  const needs = firstBasis(shipped, asking("M31", "XA → XB"))?.needs;
  expect(needs).toMatchObject({
    languages: ["en"],
    confirmation: true,
    channel: "central-authority",
    urgentChannel: "contact-point",
    authority: "Belmora Department of Justice, Office of International Affairs",
  });
  expect(firstBasis(shipped, asking("M31", "XB → XA"))?.needs).toMatchObject({
    languages: ["en", "fr"],
    confirmation: false,
  });
});

test("CETS 224 Art. 7: an independent issuer, and who must be told, where the provider’s State has said so", () => {
  expect(firstBasis(shipped, asking("X7", "XA → XP"))?.needs).toMatchObject({
    independentIssuer: true,
    notification: "Prosecutor General, at the seat of Meridian",
    answer: { value: 30, unit: "days" },
  });
});

test("Regulation (EU) 2023/1543 Art. 8: the enforcing authority is told of traffic and content data, not of subscriber data", () => {
  const told = (category: Asking["category"]) =>
    firstBasis(shipped, asking("EU1", "XA → XP", { category }))?.needs?.notification;
  expect([told("subscriber"), told("traffic"), told("content")]).toEqual([
    null,
    "Enforcing authority at the seat of Meridian",
    "Enforcing authority at the seat of Meridian",
  ]);
});

test("what is from memory is marked so", () => {
  const checked = (route: string) => firstBasis(shipped, asking("P29", route))?.checked;
  expect([checked("FR → BE"), checked("FR → MU")]).toEqual([true, false]);
});

/** A treaty between the two, and the convention of 2024 in force between them: two files, and nothing else. */
function withMore(): Treaties {
  cpSync("packs/treaties", join(folder, "treaties"), { recursive: true });
  const seen = { source: "A treaty of a test", date: "2026-01-01", checked: true };
  const party = (code: string, name: string) => ({ code, name, inForce: "2010-01-01", ...seen });
  const write = (name: string, content: object) =>
    writeFileSync(join(folder, "treaties", `${name}.json`), JSON.stringify(content));
  const given = { dualCriminality: "required", channel: "central-authority", checked: true };
  write("mla-xa-xb", {
    code: "mla-xa-xb",
    cite: "Treaty of Port Aruna",
    title: { en: "Treaty between Aruna and Belmora on mutual assistance" },
    kind: "mutual-assistance",
    rank: 20,
    measures: [{ measure: "M31", provision: "Treaty of Port Aruna Art. 4", ...given }],
    parties: [party("XA", "Aruna"), party("XB", "Belmora")],
    ...seen,
  });
  return readTreaties(folder);
}

test("another treaty is another file: it comes first, and the Convention’s own procedure gives way to it", () => {
  const more = withMore();
  const found = basesFor(more, asking("M31", "XA → XB"));
  expect(found.map(said).slice(0, 2)).toEqual(["mla-xa-xb applies", "cets-185 applies"]);
  expect(found.map(({ needs }) => needs?.procedure ?? null).slice(0, 2)).toEqual([null, "Treaty of Port Aruna"]);
  expect(firstBasis(shipped, asking("M31", "XA → XB"))?.needs?.procedure).toBe("CETS 185 Art. 27(2)");
  expect(basesFor(more, asking("M31", "XA → MU")).map(said)).toContain("mla-xa-xb no-party");
});

test("a mistake in a table is said in words, with file and place", () => {
  const wrong = mkdtempSync(join(tmpdir(), "comity-treaties-"));
  mkdirSync(join(wrong, "treaties"));
  writeFileSync(join(wrong, "treaties/odd.json"), '{"code":"odd","measures":[{"measure":"Z99"}]}');
  writeFileSync(join(wrong, "treaties/no.json"), "{");
  expect(() => readTreaties(wrong)).toThrow(/no\.json can't be read[^]*odd\.json: .*measures\.0\.measure/);
  rmSync(wrong, { recursive: true });
  expect(readTreaties("no/such/folder")).toEqual([]);
});

const codes = [
  ...new Set(shipped.flatMap(({ parties }) => (parties === "any" ? [] : parties.map(({ code }) => code)))),
  "KE",
];
const question = fc.record({
  measure: fc.constantFrom(...MEASURE_CODES),
  from: fc.constantFrom(...codes),
  to: fc.constantFrom(...codes),
  category: fc.constantFrom(...REACHES),
  on: fc.integer({ min: 0, max: 12_000 }).map((days) => Temporal.PlainDate.from("2000-01-01").add({ days })),
});

test("whatever is asked: it applies or says why not; needs stand exactly where it applies; who is not bound is offered nothing", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const found = basesFor(shipped, asked);
      expect(found.length > 0).toBe(wantsTreaty(shipped, asked.measure));
      for (const { code, applies, because, needs } of found) {
        expect(because.length).toBeGreaterThan(0);
        expect(needs !== null).toBe(applies);
        const { parties } = shipped.find((each) => each.code === code) ?? { parties: [] };
        if (applies && parties !== "any")
          for (const state of [asked.from, asked.to])
            expect((parties.find((each) => each.code === state)?.inForce ?? "9999") <= asked.on.toString()).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("a Party that steps out is offered nothing from that day on, and nothing else changes", () => {
  const left = shipped.map((each) =>
    each.code === "cets-185" && each.parties !== "any"
      ? { ...each, parties: each.parties.map((one) => (one.code === "PH" ? { ...one, until: "2026-06-30" } : one)) }
      : each,
  );
  const applies = (treaties: Treaties, on: string) =>
    basesFor(treaties, asking("P29", "MU → PH", day(on))).find(({ code }) => code === "cets-185")?.applies;
  expect([applies(left, "2026-06-30"), applies(left, "2026-07-01"), applies(shipped, "2026-07-01")]).toEqual([
    true,
    false,
    true,
  ]);
});
