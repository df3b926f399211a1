import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { after, afterTheirs } from "../kernel/life.ts";
import { executedState, LIFE, type State } from "./request.ts";

type Act = keyof typeof LIFE;
/** What binds data lives on after the request has ended. */
const LIVES_ON: readonly Act[] = ["arrive", "seek", "waive", "disapprove", "translate", "translated",
  "see", "call", "escalate", "enter", "claim", "owe", "notify", "delay-notice", "review", "unreviewed"]; // prettier-ignore
/** What is done here alone, or before anything was sent. */
const AT_HOME: readonly Act[] = ["serve", "record", "arrive", "inform", "defer", "disapprove", "translate", "translated", "assign", "escalate", "enter", "owe", "notify", "delay-notice", "review", "unreviewed"]; // prettier-ignore
const ACTS = Object.keys(LIFE) as Act[];
const STATES: readonly State[] = [
  "draft", "submitted", "ordered", "authorised", "denied", "sent", "delivered", "acknowledged", "clarification", "accepted", "refused",
  "postponed", "executing", "partly-executed", "executed", "closed", "withdrawn", "lapsed",
]; // prettier-ignore

/** Where each act may be done, and where it leads, written once more by hand from the law's page. */
// prettier-ignore
const LEGAL: Readonly<Record<Act, readonly [from: string, to: State | "same"]>> = {
  revise:      ["draft", "same"],
  submit:      ["draft", "submitted"],
  return:      ["submitted", "draft"],
  authorise:   ["submitted", "authorised"],
  deny:        ["submitted", "denied"],
  order:       ["submitted", "ordered"],
  validate:    ["ordered sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  void:        ["ordered sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  inform:      ["executed partly-executed lapsed closed withdrawn", "same"],
  defer:       ["executed partly-executed lapsed closed withdrawn", "same"],
  halt:        ["draft submitted ordered authorised sent delivered acknowledged clarification postponed accepted executing partly-executed executed", "same"],
  resume:      ["draft submitted ordered authorised sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  send:        ["authorised ordered", "sent"],
  serve:       ["authorised", "executing"],
  record:      ["authorised executing partly-executed", "executed"],
  disclose:    ["accepted", "same"],
  arrive:      ["sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  acknowledge: ["sent delivered", "acknowledged"],
  ask:         ["acknowledged accepted executing", "clarification"],
  answer:      ["clarification", "acknowledged"],
  accept:      ["acknowledged postponed", "accepted"],
  refuse:      ["acknowledged clarification postponed accepted", "refused"],
  postpone:    ["acknowledged accepted", "postponed"],
  execute:     ["accepted executing partly-executed", "executed"],
  deliver:     ["accepted executing partly-executed", "executed"],
  confirm:     ["acknowledged clarification postponed accepted executing partly-executed executed", "same"],
  extend:      ["executed", "same"],
  lapse:       ["executed", "lapsed"],
  withdraw:    ["sent delivered acknowledged clarification postponed accepted executing partly-executed", "withdrawn"],
  close:       ["executed partly-executed refused lapsed", "closed"],
  bind:        ["accepted executing partly-executed", "same"],
  agree:       ["acknowledged clarification postponed accepted executing partly-executed executed", "same"],
  decline:     ["acknowledged clarification postponed accepted executing partly-executed executed", "same"],
  amend:       ["sent delivered acknowledged clarification postponed accepted executing partly-executed", "same"],
  approve:     ["sent delivered acknowledged clarification postponed accepted executing partly-executed", "same"],
  disapprove:  ["sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  revoke:      ["authorised denied", "submitted"],
  attach:      ["draft", "same"],
  spread:      ["draft", "same"],
  translate:   ["draft submitted ordered authorised sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  translated:  ["draft submitted ordered authorised sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  assign:      ["delivered acknowledged clarification postponed accepted executing partly-executed", "same"],
  remind:      ["sent delivered acknowledged clarification postponed accepted executing partly-executed", "same"],
  seek:        ["acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  waive:       ["acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  see:         ["sent delivered acknowledged clarification postponed accepted executing partly-executed", "same"],
  call:        ["sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  escalate:    ["sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  enter:       ["sent delivered acknowledged clarification postponed accepted executing partly-executed", "same"],
  claim:       ["partly-executed executed lapsed closed", "same"],
  owe:         ["delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  notify:      ["delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  "delay-notice": ["delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  review:      ["sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
  unreviewed:  ["sent delivered acknowledged clarification postponed accepted executing partly-executed executed refused withdrawn lapsed closed", "same"],
};
/** What may still be said of what has ended: the wire's receipt, and the safeguards. */
const AFTERWARDS: readonly Act[] = ["arrive", "validate", "void", "inform", "defer", "resume"];
const moves = ACTS.flatMap((act) =>
  STATES.map((state) => ({ act, state, legal: LEGAL[act][0].split(" ").includes(state) })),
);

describe("a request's life", () => {
  test.each(moves.filter(({ legal }) => legal))("$act from $state", ({ act, state }) => {
    const to = LEGAL[act][1];
    expect(after(LIFE, state, act)).toBe(to === "same" ? state : to);
  });

  test.each(moves.filter(({ legal }) => !legal))("$act from $state is refused", ({ act, state }) => {
    expect(() => after(LIFE, state, act)).toThrow(expect.objectContaining({ code: "wrong-state", key: "wrong-state" }));
  });

  test("every state is reached from the draft, and only what has ended goes no further", () => {
    const reached = new Set<State>(["draft"]);
    for (let before = 0; before !== reached.size;) {
      before = reached.size;
      for (const { act, state, legal } of moves)
        if (legal && reached.has(state)) {
          reached.add(after(LIFE, state, act));
          if (act === "execute")
            for (const outcome of ["started", "partly", "done"] as const) reached.add(executedState(state, outcome));
          if (act === "arrive" && state === "sent") reached.add("delivered");
        }
    }
    expect([...STATES].filter((state) => !reached.has(state))).toEqual([]);
    const ends = STATES.filter(
      (state) =>
        !moves.some(
          ({ act, state: from, legal }) =>
            legal && from === state && !LIVES_ON.includes(act) && !AFTERWARDS.includes(act),
        ),
    );
    expect(ends).toEqual(["closed", "withdrawn"]);
  });

  test("what decides between two authorities rests on a provision", () => {
    expect(
      (["authorise", "deny", "refuse", "postpone", "extend", "lapse"] as const).filter(
        (act) => LIFE[act].source === undefined,
      ),
    ).toEqual([]);
  });
});

test.each([
  ["accepted", "started", "executing"],
  ["accepted", "partly", "partly-executed"],
  ["executing", "done", "executed"],
  ["partly-executed", "started", "partly-executed"],
  ["withdrawn", "started", "withdrawn"],
  ["withdrawn", "partly", "withdrawn"],
  ["withdrawn", "done", "executed"],
  ["closed", "done", "closed"],
] as const)("%s, and it is %s: %s", (state, outcome, expected) => {
  expect(executedState(state, outcome)).toBe(expected);
});

/** A node that holds one side of a request, and what is on its way to it, in order. */
interface Side {
  state: State;
  readonly is: "sender" | "receiver";
  readonly inbox: Told[];
}
interface Told {
  readonly act: Act;
  readonly outcome?: "started" | "partly" | "done";
}
const OUTCOMES = ["started", "partly", "done"] as const;

/** What an officer of that side may do now: with execution and delivery, which outcomes. */
const possible = ({ state, is }: Side): Told[] =>
  ACTS.filter(
    (act) => !AT_HOME.includes(act) && ["either", is].includes(LIFE[act].by ?? "") && LIFE[act].from.includes(state),
  ).flatMap((act): Told[] =>
    act === "execute"
      ? OUTCOMES.map((outcome) => ({ act, outcome }))
      : act === "deliver"
        ? [
            { act, outcome: "partly" },
            { act, outcome: "done" },
          ]
        : [{ act }],
  );
const settled = (state: State, { act, outcome }: Told, to: State): State =>
  outcome ? executedState(state, outcome) : act === "refuse" && state === "withdrawn" ? "refused" : to;

/** Does the act here and posts it; drafting stays at home. */
function perform(side: Side, other: Side, told: Told): void {
  side.state = settled(side.state, told, after(LIFE, side.state, told.act));
  other.inbox.push(told);
}
/** Takes what came first. */
function receive(side: Side): void {
  const told = side.inbox.shift();
  if (told) side.state = settled(side.state, told, afterTheirs(LIFE, side.state, told.act));
}

/** States that both nodes show while nothing is on its way. */
const shared = fc.constantFrom<State>(
  "delivered",
  "acknowledged",
  "clarification",
  "postponed",
  "accepted",
  "executing",
  "partly-executed",
  "executed",
  "refused",
  "lapsed",
);

test("any acts of two sides, crossing as they may: none is refused there, and once all have arrived both nodes show the same state", () => {
  fc.assert(
    fc.property(
      shared,
      fc.array(
        fc.record({
          who: fc.constantFrom("sender", "receiver"),
          what: fc.constantFrom("act", "act", "hear"),
          which: fc.nat(40),
        }),
        { maxLength: 40 },
      ),
      (start, steps) => {
        const sender: Side = { state: start, is: "sender", inbox: [] };
        const receiver: Side = { state: start, is: "receiver", inbox: [] };
        const visited: State[] = [];
        for (const { who, what, which } of steps) {
          const [side, other] = who === "sender" ? [sender, receiver] : [receiver, sender];
          const choices = possible(side);
          const chosen = choices[which % Math.max(1, choices.length)];
          if (what === "hear" || !chosen) receive(side);
          else perform(side, other, chosen);
          visited.push(side.state);
        }
        while (sender.inbox.length + receiver.inbox.length > 0) {
          receive(sender);
          receive(receiver);
        }
        expect(sender.state).toBe(receiver.state);
        // Nobody's act brings back what had not been sent.
        expect(visited.some((state) => ["draft", "submitted", "authorised", "denied", "sent"].includes(state))).toBe(
          false,
        );
      },
    ),
    { numRuns: 5_000 },
  );
});
