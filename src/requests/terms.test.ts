import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONDITION_CODES, conditionsSchema } from "../law/slice.ts";
import { answeredTerms, inForce, isSought, markTerms, setTerms, type Terms } from "./terms.ts";

const NONE: Terms = { terms: [], terms_version: 0, terms_state: null };
const CONFIDENTIAL = { condition: "confidential" } as const;
const PURPOSE = { condition: "purpose" } as const;

describe("conditions on what will be given", () => {
  test("CETS 185 Art. 28(3): what is proposed waits for an answer, and dropping what was declined is to give it nevertheless", () => {
    const proposed = setTerms(NONE, [CONFIDENTIAL], false);
    expect(proposed).toMatchObject({ terms: [CONFIDENTIAL], terms_version: 1, terms_state: "proposed" });
    const declined = answeredTerms(proposed, 1, "declined");
    expect(declined.terms_state).toBe("declined");
    expect(setTerms(declined, [], false)).toMatchObject({ terms: [], terms_state: null });
  });

  test("an answer to older conditions does not bind to newer ones", () => {
    const newer = setTerms(setTerms(NONE, [PURPOSE], false), [CONFIDENTIAL], false);
    expect(answeredTerms(newer, 1, "agreed").terms_state).toBe("proposed");
    expect(answeredTerms(newer, 2, "agreed").terms_state).toBe("agreed");
  });

  test("once data is given under them, only a waiver ends what it is bound by", () => {
    const agreed = answeredTerms(setTerms(NONE, [PURPOSE], false), 1, "agreed");
    expect(inForce(setTerms(agreed, [], true).terms)).toEqual([PURPOSE]);
    expect(setTerms(agreed, [], true).terms_state).toBe("agreed");
    expect(setTerms(agreed, [CONFIDENTIAL], true)).toMatchObject({
      terms: [PURPOSE, CONFIDENTIAL],
      terms_state: "proposed",
    });
    const waived = {
      ...agreed,
      terms: markTerms(agreed.terms, "purpose", { waived: { at: "", by: "", reasons: "" } }),
    };
    expect(inForce(waived.terms)).toEqual([]);
    expect(isSought(markTerms(agreed.terms, "purpose", { sought: { at: "", by: "", text: "" } }))).toBe(true);
  });

  test("whatever is set, answered and crosses, both sides show the same once all has arrived", () => {
    const condition = fc.record({ condition: fc.constantFrom(...CONDITION_CODES) });
    const step = fc.oneof(
      fc.record({ set: fc.uniqueArray(condition, { maxLength: 3, selector: (each) => each.condition }) }),
      fc.record({ answer: fc.constantFrom("agreed" as const, "declined" as const) }),
      fc.record({ hear: fc.constantFrom("sender", "receiver") }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let [sender, receiver] = [NONE, NONE];
        const toSender: Terms[] = [];
        const toReceiver: { version: number; answer: "agreed" | "declined" }[] = [];
        const hear = (who: string): void => {
          if (who === "sender") sender = toSender.shift() ?? sender;
          else {
            const told = toReceiver.shift();
            if (told) receiver = answeredTerms(receiver, told.version, told.answer);
          }
        };
        for (const each of steps)
          if ("set" in each) {
            receiver = setTerms(receiver, each.set, false);
            toSender.push(receiver);
          } else if ("answer" in each) {
            if (sender.terms_state !== "proposed") continue;
            toReceiver.push({ version: sender.terms_version, answer: each.answer });
            sender = answeredTerms(sender, sender.terms_version, each.answer);
          } else hear(each.hear);
        while (toSender.length + toReceiver.length > 0) {
          hear("sender");
          hear("receiver");
        }
        expect(sender).toEqual(receiver);
      }),
    );
  });
});

test.each([
  [[{ condition: "erase-by" }], "condition-day-missing"],
  [[{ condition: "other", words: "x" }], "condition-words-missing"],
  [[PURPOSE, PURPOSE], "condition-twice"],
])("conditions that say too little are not set: %j", (given, key) => {
  expect(conditionsSchema.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([key]);
});
