import { expect, test } from "vitest";
import { answerOf, type Done, isUnconfirmed, outcomeOf, staysOf } from "./facts.ts";

const at = (hour: number) => Temporal.Instant.from("2026-11-24T00:00:00Z").add({ hours: hour });
const done = (...acts: readonly (readonly [hour: number, act: string, to?: string])[]): Done[] =>
  acts.map(([hour, act, to]) => ({ act, at: at(hour).toString(), ...(to ? { to } : {}) }));
const SENT = done(
  [0, "draft", "draft"],
  [1, "submit", "submitted"],
  [3, "authorise", "authorised"],
  [4, "send", "sent"],
);
const NOW = at(100);
const stays = (acts: Done[], receivedAt: Temporal.Instant | null = at(5)) =>
  staysOf({ done: acts, receivedAt }, NOW).map(
    ({ step, milliseconds, ended }) => `${step} ${milliseconds / 3_600_000}${ended ? "" : "+"}`,
  );
const BEFORE = ["draft 1", "submitted 2", "authorised 1"];

test.each([
  ["on its way", SENT, null, [...BEFORE, "sent 96+"]],
  [
    "ordered ahead: it waits to be sent, as what was authorised does",
    done([0, "draft", "draft"], [1, "submit", "submitted"], [3, "order", "ordered"], [4, "send", "sent"]),
    null,
    [...BEFORE, "sent 96+"],
  ],
  [
    "reminded of, called about and halted: it stays where it was",
    [
      ...SENT,
      ...done(
        [6, "remind", "delivered"],
        [7, "acknowledge", "acknowledged"],
        [8, "remind", "delivered"],
        [9, "halt", "acknowledged"],
      ),
    ],
    at(5),
    [...BEFORE, "sent 1", "delivered 2", "acknowledged 93+"],
  ],
  [
    "withdrawn, and acknowledged before that was known there: nobody waits",
    [...SENT, ...done([6, "withdraw", "withdrawn"], [7, "acknowledge", "acknowledged"])],
    at(5),
    [...BEFORE, "sent 1", "delivered 1+"],
  ],
  ["received, and not seen yet", SENT, at(5), [...BEFORE, "sent 1", "delivered 95+"]],
  [
    "asked about, answered, carried out",
    [
      ...SENT,
      ...done(
        [6, "acknowledge", "acknowledged"],
        [8, "ask", "clarification"],
        [20, "answer", "acknowledged"],
        [21, "accept", "accepted"],
        [30, "execute", "executed"],
        [31, "close", "closed"],
      ),
    ],
    at(5),
    [...BEFORE, "sent 1", "delivered 1", "acknowledged 2", "clarification 12", "acknowledged 1", "accepted 9"],
  ],
  [
    "taken back while it waited: it would have waited longer",
    [...SENT, ...done([50, "withdraw", "withdrawn"])],
    at(5),
    [...BEFORE, "sent 1", "delivered 45+"],
  ],
  [
    "received, by a clock that is behind, before it was sent: no time",
    [...SENT, ...done([6, "acknowledge", "acknowledged"])],
    at(3),
    [...BEFORE, "sent 0", "delivered 2", "acknowledged 94+"],
  ],
  [
    "what changes no state is no step",
    [...SENT, ...done([7, "extend"])],
    at(5),
    [...BEFORE, "sent 1", "delivered 95+"],
  ],
] as const)("steps: %s", (_, acts, receivedAt, expected) => {
  expect(stays([...acts], receivedAt)).toEqual(expected);
});

test.each([
  ["executed", [...SENT, ...done([30, "execute", "executed"])], "executed", 26, true],
  [
    "closed after it was executed",
    [...SENT, ...done([30, "execute", "executed"], [40, "close", "closed"])],
    "executed",
    26,
    true,
  ],
  ["refused", [...SENT, ...done([10, "refuse", "refused"], [11, "close", "closed"])], "refused", 6, true],
  ["withdrawn", [...SENT, ...done([10, "withdraw", "withdrawn"])], "withdrawn", 6, false],
  [
    "closed when a part had come",
    [...SENT, ...done([9, "deliver", "partly-executed"], [14, "close", "closed"])],
    "withdrawn",
    10,
    false,
  ],
  ["open", [...SENT], "open", 96, false],
])("answer: %s", (_, acts, outcome, hours, ended) => {
  expect(outcomeOf({ done: acts })).toBe(outcome);
  expect(answerOf({ done: acts }, NOW)).toEqual({ milliseconds: hours * 3_600_000, ended });
});

test("what was never sent has no answer to wait for", () => {
  expect(answerOf({ done: done([0, "draft", "draft"]) }, NOW)).toBeNull();
});

const ORDERED = done([0, "draft", "draft"], [1, "submit", "submitted"], [2, "order", "ordered"], [4, "send", "sent"]);
test.each([
  ["nobody stood behind it", [], true],
  ["confirmed formally", [[20, "confirm"]], false],
  ["validated", [[20, "validate"]], false],
  ["ordered ahead, and never validated", [[20, "void"]], true],
] as const)("an emergency: %s", (_, more, unconfirmed) => {
  expect(isUnconfirmed({ isEmergency: true, done: [...ORDERED, ...done(...more)] })).toBe(unconfirmed);
  expect(isUnconfirmed({ isEmergency: false, done: ORDERED })).toBe(false);
});

test("an emergency that was authorised before it was sent needs nobody behind it afterwards", () => {
  expect(isUnconfirmed({ isEmergency: true, done: SENT })).toBe(false);
});
