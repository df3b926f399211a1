import { expect, test } from "vitest";
import { linesApart } from "./page-waiting.tsx";

test.each([
  ["one alone stands above its end", [1], [-8]],
  ["ends apart are left where they are", [1, 0.5], [-8, -8]],
  ["ends in one place stand one under the other", [1, 1, 1], [-8, 6, 20]],
  ["the higher end keeps its place, whatever the order", [0.99, 1], [-8, 3.44]],
] as const)("%s", (_name, shares, expected) => {
  expect(linesApart(shares.map((share) => ({ share }))).map(({ dy }) => Number(dy.toFixed(2)))).toEqual(expected);
});
