import { z } from "zod";
import { endDeadline } from "../kernel/deadline.ts";
import { RULES } from "./clocks.ts";
import { EMERGENCY_RULES } from "./emergency.ts";
import { amendedSchema, takeAmendment } from "./messages-amend.ts";
import { answerMessages } from "./messages-answers.ts";
import { endClocks } from "./messages-clocks.ts";
import {
  soughtSchema,
  takeAnswer,
  takeSought,
  takeTerms,
  takeWaiver,
  termsSchema,
  versionSchema,
} from "./messages-conditions.ts";
import { disclosed } from "./messages-files.ts";
import { extendPreservation, releasePreservation, resumeAnswered, waitedFor } from "./messages-movement.ts";
import { clock, on } from "./messages-on.ts";
import { safeguardMessages } from "./messages-safeguards.ts";
import { received } from "./messages-send.ts";
import { answeredSchema } from "./questions.ts";
import { LIFE } from "./request.ts";

const words = (max: number) => z.string().max(max);
const reasons = words(4_000);

const answered = on("answer", answeredSchema, async (tx, row, _body, { at }) => {
  await resumeAnswered(tx, row, at);
  return {};
});
const withdrawn = on("withdraw", z.strictObject({ reasons }), async (tx, row, _body, { at }) => {
  // What was answered before the withdrawal came stays answered: its clocks run on.
  if (LIFE.withdraw.late?.includes(row.state)) return {};
  await endClocks(tx, row.id, at);
  await releasePreservation(tx, waitedFor(row), at);
  return {};
});
const confirmed = on(
  "confirm",
  z.strictObject({ reference: words(300), remark: words(4_000).optional() }),
  async (tx, row, _body, { at }) => {
    await endDeadline(tx, clock(row, RULES.confirm, at));
    return {};
  },
);
const extended = on("extend", z.strictObject({ reasons }), async (tx, row) => {
  const dueAt = await extendPreservation(tx, row);
  return dueAt ? { keptUntil: dueAt.toString() } : {};
});
const closed = on(
  "close",
  z.strictObject({ outcome: words(40), remark: words(2_000).optional() }),
  async (tx, row, _body, { at }) => {
    await endClocks(tx, row.id, at);
    return {};
  },
);
const accepted = on("accept", termsSchema.partial(), async (tx, row, { conditions, version, terms_state = null }) => {
  if (conditions !== undefined && version !== undefined) await takeTerms(tx, row, { conditions, version, terms_state });
  return {};
});
const bound = on("bind", termsSchema, async (tx, row, body) => {
  await takeTerms(tx, row, body);
  return {};
});
const agreed = on("agree", versionSchema, takeAnswer("agreed"));
const declined = on("decline", versionSchema, takeAnswer("declined"));
const sought = on("seek", soughtSchema, takeSought);
const changed = (verb: "amend" | "approve") => on(verb, amendedSchema, takeAmendment);
const reminded = on("remind", z.strictObject({ text: words(2_000) }), async () => ({}));
const waived = on("waive", soughtSchema, takeWaiver);
/** An officer there has read it. That is no answer: no clock ends. */
const wasSeen = on("see", z.strictObject({}), async () => ({}));
/** They telephoned. Whoever is spoken to needs not be telephoned again. */
const called = on(
  "call",
  z.strictObject({
    outcome: words(40),
    person: words(300).optional(),
    telephone: words(60),
    text: words(4_000).optional(),
  }),
  async (tx, row, { outcome }, { at }) => {
    if (outcome === "reached") await endDeadline(tx, clock(row, EMERGENCY_RULES.voice, at));
    return {};
  },
);

/** What the answer has cost, as they say. */
const claimed = on("claim", z.strictObject({ amount: words(60), text: words(2_000) }), async () => ({}));

export const requestMessages = [
  received,
  answered,
  withdrawn,
  confirmed,
  extended,
  closed,
  accepted,
  disclosed,
  bound,
  agreed,
  declined,
  sought,
  waived,
  changed("amend"),
  changed("approve"),
  reminded,
  wasSeen,
  called,
  claimed,
  ...answerMessages,
  ...safeguardMessages,
];
