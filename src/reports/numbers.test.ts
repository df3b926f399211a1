import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { numbersOf } from "./numbers.ts";

const folder = mkdtempSync(join(tmpdir(), "comity-numbers-"));
const open: TestNode[] = [];
afterAll(async () => {
  await Promise.all(open.map((at) => at.close()));
  rmSync(folder, { recursive: true });
});

/** A node of a country whose pack has these numbers; `undefined`: none. */
async function nodeWith(numbers: object | undefined) {
  mkdirSync(join(folder, "XC"), { recursive: true });
  if (numbers) writeFileSync(join(folder, "XC", "numbers.json"), JSON.stringify(numbers));
  const at = await testNode([], numbers ? { config: { packs: folder, pack: "XC" } } : {});
  open.push(at);
  return at.node;
}

test("the public is given the numbers of the country's own pack, wherever it lies", async () => {
  expect(numbersOf(await nodeWith({ police: "999", source: "Cadora Gazette 12/2021" }))).toMatchObject({
    police: "999",
  });
});

test("where no pack names one, the number that every mobile telephone reaches is given", async () => {
  expect(numbersOf(await nodeWith(undefined)).police).toBe("112");
});
