import { expect, test } from "vitest";
import { likelyFirst } from "./likely.ts";

const running = (rule: string) => [{ rule, state: "running" as const }];
test.each([
  [
    "what is done beside its way comes last",
    ["translate", "remind", "call", "amend"],
    null,
    [],
    "amend call remind translate",
  ],
  [
    "an answer to conditions is awaited",
    ["amend", "call", "agree", "decline"],
    "proposed",
    [],
    "agree decline amend call",
  ],
  ["conditions that are agreed await nothing", ["amend", "agree"], "agreed", [], "amend agree"],
  ["a confirmation that nobody asked for", ["confirm", "amend"], null, [], "amend confirm"],
  ["a confirmation that was asked for", ["amend", "confirm"], null, running("request.confirm"), "confirm amend"],
] as const)("%s", (_name, verbs, terms_state, clocks, expected) => {
  const offered = verbs.map((verb) => ({ act: { verb } }));
  expect(
    likelyFirst(offered, { terms_state, clocks })
      .map(({ act }) => act.verb)
      .join(" "),
  ).toBe(expected);
});
