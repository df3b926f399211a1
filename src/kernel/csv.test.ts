import { expect, test } from "vitest";
import { csvOf } from "./csv.ts";

test.each([
  ["a comma, a quote and an end of line are quoted", { a: 'x,"y"\nz', b: 1 }, '"x,""y""\nz",1'],
  ["what a spreadsheet would run is defused", { a: "=1+1", b: null }, "'=1+1,"],
  ["a number is none of those, below zero either", { a: "-1", b: -1 }, "'-1,-1"],
  ["a list stands with semicolons", { a: ["x", "y"], b: true }, "x; y,true"],
  ["nothing is empty, and what no column names is left out", { a: null, b: 0, c: 1 }, ",0"],
])("RFC 4180: %s", (_, row, line) => {
  expect(csvOf(["a", "b"], [row])).toBe(`a,b\r\n${line}\r\n`);
});
