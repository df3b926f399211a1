import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { registry } from "../kernel/slice.ts";
import { slices } from "../slices.ts";
import { UnusablePack } from "./cedar.ts";
import { loadCountry } from "./country.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-packs-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a pack that passed is not checked again, and one that was changed is", () => {
  const packs = join(folder, "packs");
  const passed = join(folder, "pack.passed");
  cpSync("packs", packs, { recursive: true });
  const whose = { packs, pack: "XA", code: "XA" };
  const whole = registry(slices);
  loadCountry(whose, whole, passed);
  const noted = readFileSync(passed, "utf8");
  expect(noted).toMatch(/^[\da-f]{64}$/);
  loadCountry(whose, whole, passed);

  const wrong = `@id("xa.wrong") permit (principal, action == Action::"request.fly", resource);`;
  const file = join(packs, "XA", "policies.cedar");
  writeFileSync(file, `${existsSync(file) ? readFileSync(file, "utf8") : ""}\n${wrong}\n`);
  expect(() => loadCountry(whose, whole, passed)).toThrow(UnusablePack);
  expect(readFileSync(passed, "utf8")).toBe(noted);
});
