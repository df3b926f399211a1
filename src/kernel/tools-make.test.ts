import { expect, test } from "vitest";
import { currentEntry } from "./tools-make.ts";

const ENTRIES = ["/", "/reports", "/requests?box=to-decide", "/requests?box=to-send", "/requests", "/peers"];

test.each([
  ["/", "/"],
  ["/reports", "/reports"],
  ["/reports/019a", "/reports"],
  ["/reportsx", undefined],
  ["/requests", "/requests"],
  ["/requests?box=to-decide", "/requests?box=to-decide"],
  ["/requests?measure=P29&box=to-send", "/requests?box=to-send"],
  ["/requests?box=incoming", "/requests"],
  ["/requests/019a", "/requests"],
  ["/requests/019a?box=to-send", "/requests"],
  ["/powers", undefined],
])("on %s the entry %s is marked", (url, expected) => {
  expect(currentEntry(ENTRIES, url)).toBe(expected);
});
