import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("docs/errors.md lists every refusal, and no other", () => {
  const union = /export type RefusalCode =([^;]+);/.exec(readFileSync("src/kernel/errors.ts", "utf8"))?.[1] ?? "";
  const codes = [...union.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
  const documented = [...readFileSync("docs/errors.md", "utf8").matchAll(/^\| `([a-z-]+)` \|/gm)].map(
    ([, code]) => code,
  );
  expect(codes.length).toBeGreaterThan(5);
  expect(new Set(documented)).toEqual(new Set(codes));
});
