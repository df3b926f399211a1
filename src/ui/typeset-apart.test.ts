import { expect, test } from "vitest";
import { typeset } from "./typeset.ts";
import { typesetApart } from "./typeset-apart.ts";

const at = Temporal.Instant.from("2026-11-26T12:00:00Z");

test("a document set apart is the same as one set here, and meanwhile this thread goes on", async () => {
  const template = "#for line in data.lines [#line \\ ]";
  const facts = { lang: "en", lines: Array.from({ length: 2_000 }, (_, n) => `line ${n} \u202e`) };
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 1);
  const [apart, again] = await Promise.all([typesetApart(template, facts, at), typesetApart(template, facts, at)]);
  clearInterval(turning);
  expect(turns).toBeGreaterThan(2);
  expect(again.equals(apart)).toBe(true);
  expect(typeset(template, facts, at).equals(apart)).toBe(true);
  // What one document does wrong is its own.
  await expect(typesetApart("#nonsense", facts, at)).rejects.toThrow();
  expect((await typesetApart("fine", {}, at)).subarray(0, 5).toString()).toBe("%PDF-");
});
