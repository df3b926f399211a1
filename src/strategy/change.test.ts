import { expect, test } from "vitest";
import { changeOf, largestChanges } from "./change.ts";

test.each([
  ["3 after 6 may be chance", 3, 6, "perhaps-fewer"],
  ["6 after 3 may be chance", 6, 3, "perhaps-more"],
  ["20 after 5 is hardly chance", 20, 5, "clearly-more"],
  ["600 after 300 is none", 600, 300, "clearly-more"],
  ["305 after 300 is no change", 305, 300, "same"],
  ["0 after 0 is no change", 0, 0, "same"],
  ["5 after none may be said clearly", 5, 0, "clearly-more"],
  ["what is withheld cannot be compared", null, 12, "unknown"],
  ["nor with what is withheld", 12, null, "unknown"],
] as const)("%s", (_, now, before, change) => {
  expect(changeOf({ now, before })).toBe(change);
});

test("the largest changes come first, upwards and downwards, and what is not known is left out", () => {
  const pairs = [
    { name: "much less", now: 10, before: 90 },
    { name: "a little", now: 101, before: 100 },
    { name: "not known", now: null, before: 500 },
    { name: "more", now: 60, before: 30 },
    { name: "nothing", now: 0, before: 0 },
  ];
  expect(largestChanges(pairs, 2).map(({ name }) => name)).toEqual(["much less", "more"]);
});
