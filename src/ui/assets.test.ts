import { gunzipSync, brotliDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { assets } from "./assets.ts";

const file = (name: string) => {
  const found = assets.find(assets.url(name));
  if (!found) throw new Error(`${name} is not served`);
  return found;
};

test("an address names its content, and both compressed forms hold the same bytes", () => {
  for (const name of ["portal.css", "desk.css", "worklist.js", "hash.js"]) {
    const { bytes, br, gzip } = file(name);
    expect(assets.url(name)).toMatch(/^\/assets\/[\w-]+\.[0-9a-f]{12}\.(css|js)$/);
    expect(br && brotliDecompressSync(br).equals(bytes)).toBe(true);
    expect(gzip && gunzipSync(gzip).equals(bytes)).toBe(true);
  }
});

test("the public's style sheet and key leave 10 KB of the first 14 KB to the page", () => {
  expect((file("portal.css").gzip?.length ?? 0) + (file("leave.js").gzip?.length ?? 0)).toBeLessThan(4 * 1024);
});

test("style sheets hold nothing from elsewhere, no physical direction, and every custom property they use is defined", () => {
  for (const name of ["portal.css", "desk.css"]) {
    const css = file(name).bytes.toString();
    expect(css.match(/url\((?!\/assets\/)[^)]*\)|@import/g)).toBeNull();
    expect(
      css.match(
        /[;{](margin|padding|border)-(left|right|top|bottom)\b|[;{](left|right|top|bottom|width|height|min-width|max-width|min-height|max-height):|text-align:(left|right)/g,
      ),
    ).toBeNull();
    const used = new Set([...css.matchAll(/var\((--[\w-]+)\)/g)].map(([, property]) => property));
    expect([...used].filter((property) => !css.includes(`${property}:`))).toEqual([]);
  }
});

test("what is no asset has no address and is not found", () => {
  expect(() => assets.url("nothing.css")).toThrow("no asset nothing.css");
  expect(assets.find("/assets/../package.json")).toBeUndefined();
});
