import { expect, test } from "vitest";
import { stretchOf } from "./custody-stretch.ts";

test.each<[string, number, number | undefined, [number, number]]>([
  ["no event", 0, undefined, [0, 0]],
  ["few are all shown", 7, undefined, [0, 7]],
  ["few are all shown, whichever is wanted", 7, 5, [0, 7]],
  ["of many the last, as nobody wants another", 250, undefined, [150, 250]],
  ["from the wanted one on", 250, 31, [30, 130]],
  ["the first", 250, 1, [0, 100]],
  ["the last is at the end of a whole stretch", 250, 250, [150, 250]],
  ["one that is not there yet", 250, 999, [150, 250]],
])("%s: of %i, wanted %s", (_, count, event, [from, to]) => {
  const lines = Array.from({ length: count }, (__, index) => ({ seq: index + 1 }));
  expect(stretchOf(lines, event)).toEqual({ from, to });
});

test("an event that a filter leaves out is where the next one is", () => {
  const lines = Array.from({ length: 300 }, (_, index) => ({ seq: 2 * index + 1 }));
  expect(stretchOf(lines, 20)).toEqual({ from: 10, to: 110 });
});
