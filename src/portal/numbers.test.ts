import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadCountry } from "../access/slice.ts";
import { registry } from "../kernel/slice.ts";
import { numbersOf } from "./numbers.ts";

const packs = mkdtempSync(join(tmpdir(), "comity-numbers-"));
cpSync("packs", packs, { recursive: true });
afterAll(() => rmSync(packs, { recursive: true }));

const countryAt = () => loadCountry({ packs, pack: "XA", code: "XA" }, registry([]));

test("the public is given the numbers of the country's own pack, wherever it lies", () => {
  expect(numbersOf(countryAt()).police).toBe("00 110");
});

test("where the pack names none, the number that every mobile telephone reaches is given", () => {
  rmSync(join(packs, "XA", "numbers.json"));
  expect(numbersOf(countryAt()).police).toBe("112");
});
