import { expect, test } from "vitest";
import { stateAfter } from "./folding.ts";

test.each([
  ["the first line", undefined, "draft", "draft", "draft"],
  ["a step of its way", "delivered", "acknowledge", "acknowledged", "acknowledged"],
  ["a reminder of a node that had not heard of the answer", "acknowledged", "remind", "delivered", "acknowledged"],
  ["a halt", "accepted", "halt", "accepted", "accepted"],
  ["an acknowledgement that crossed the withdrawal", "withdrawn", "acknowledge", "acknowledged", "withdrawn"],
  ["a refusal that crossed it", "withdrawn", "refuse", "refused", "refused"],
  ["data that crossed it", "withdrawn", "deliver", "executed", "executed"],
  ["a part that crossed it", "withdrawn", "deliver", "partly-executed", "withdrawn"],
  ["what comes after the end", "closed", "deliver", "executed", "closed"],
  ["an order that is confirmed unsent", "ordered", "validate", "authorised", "authorised"],
  ["one that is confirmed on its way", "acknowledged", "validate", "sent", "acknowledged"],
  ["one that is withdrawn unvalidated", "accepted", "void", "withdrawn", "withdrawn"],
  ["an answer that was typed in", "sent", "enter", "clarification", "clarification"],
] as const)("%s", (_name, before, act, to, expected) => {
  expect(stateAfter(before, { act, to })).toBe(expected);
});
