import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Download } from "../kernel/view.ts";
import { replyDrill, startDrill } from "../contact/acts-drill.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { accept, acknowledge, ask, execute, refuse } from "../requests/acts-receiver.ts";
import { answer, confirm, extend, send, withdraw } from "../requests/acts-sender.ts";
import { type Evaluation, evaluationFile, evaluationView } from "./views.ts";

let at: Countries;
const ids: string[] = [];
const WORDS = {
  offence: "Computer-related fraud, s. 11",
  article: "8",
  facts:
    "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  data: [{ category: "subscriber", description: "Subscriber information", identifiers: ["sunrise@meridian.example"] }],
  custodian: "Meridian",
  particulars: { assistance: "A request for assistance will follow." },
};
/** What an emergency must say. */
const DANGER = {
  risk: "life",
  endangered: "The caller's daughter, who is nine years old.",
  emergency: "A man holds her and says on the telephone that he will kill her this evening.",
  imminence: "hours",
};
async function sent(urgency: string): Promise<string> {
  const particulars = { ...WORDS.particulars, ...(urgency === "emergency" ? DANGER : {}) };
  const input = { measure: "P29", to: "XB", urgency, ...WORDS, particulars };
  const id = await at.does("XA", "investigator", draftRequest, { id: await at.openCase(), input });
  await at.does("XA", "investigator", submit, { id });
  await at.pass({ hours: 3 });
  await at.does("XA", "judge", authorise, { id, input: { reasons: "Necessary and narrow.", until: "2027-01-31" } });
  await at.does("XA", "duty-officer", send, { id });
  await at.pass({ minutes: 5 });
  await at.handOver();
  ids.push(id);
  return id;
}
const inXb = (act: Parameters<Countries["does"]>[2], id: string, input: unknown = {}) =>
  at.does("XB", "duty-officer", act, { id, input });
const seen = async (code: "XA" | "XB", asked: object = {}) =>
  (await readView(evaluationView, readerOf(at.node(code), await at.officer(code, "statistician")), {
    from: "2026-01-01",
    until: "2027-12-31",
    ...asked,
  })) as Evaluation;

beforeAll(async () => {
  at = await openCountries({ codes: ["XA", "XB"] });
  const reasons = "For reasons that are given at length.";
  // One is asked about, answered and carried out, and extended; one refused; one taken back; two wait, one of them an emergency.
  const first = await sent("routine");
  await at.pass({ hours: 5 });
  await inXb(acknowledge, first, { confirmation: true });
  await inXb(ask, first, { about: ["identifiers"], text: "Which of the two mailboxes?" });
  await at.handOver();
  await at.pass({ hours: 30 });
  await at.does("XA", "investigator", answer, { id: first, input: { text: "The first." } });
  await at.handOver();
  await inXb(accept, first);
  await at.pass({ hours: 7 });
  await inXb(execute, first, { outcome: "done" });
  await at.handOver();
  await at.does("XA", "investigator", extend, { id: first, input: { reasons } });
  await at.handOver();
  const second = await sent("routine");
  await inXb(acknowledge, second);
  await at.pass({ hours: 2 });
  await inXb(refuse, second, { ground: "data-not-held", reasons });
  const third = await sent("emergency");
  await at.does("XA", "investigator", withdraw, { id: third, input: { reasons } });
  const fourth = await sent("emergency");
  await inXb(acknowledge, fourth, { confirmation: true });
  await at.handOver();
  await at.does("XA", "duty-officer", confirm, {
    id: fourth,
    input: { reference: "Note verbale 114/2026, by courier" },
  });
  await sent("routine");
  await at.handOver();
  // Two drills: one answered after six minutes, one too late for its ten.
  for (const minutes of [6, 25]) {
    const input = { to: "XB", minutes: 10, text: "Is anybody there?" };
    const id = await at.does("XA", "duty-officer", startDrill, { input });
    await at.handOver("XA");
    await at.pass({ minutes });
    await inXb(replyDrill, id, { text: "Yes, we are." });
    await at.pass({ minutes: 3 });
    await at.handOver("XB");
  }
  await at.pass({ hours: 50 });
});
afterAll(() => at.close());

test("both nodes count the same, from their own journals", async () => {
  for (const asked of [
    { by: "measure" },
    { by: "provider" },
    { by: "article" },
    { by: "category" },
    { by: "office" },
    { by: "measure", step: "delivered" },
  ]) {
    const [ours, theirs] = [await seen("XA", asked), await seen("XB", asked)];
    expect(ours.requests).toBe(5);
    expect({ volumes: theirs.volumes, steps: theirs.steps, grounds: theirs.grounds, waiting: theirs.waiting }).toEqual({
      volumes: ours.volumes,
      steps: ours.steps,
      grounds: ours.grounds,
      waiting: ours.waiting,
    });
  }
  const [ours, theirs] = [
    await seen("XA", { by: "peer", peer: "XB", direction: "outgoing" }),
    await seen("XB", { by: "peer", peer: "XA", direction: "incoming" }),
  ];
  expect(theirs.volumes.map(({ group: _, ...row }) => row)).toEqual(ours.volumes.map(({ group: _, ...row }) => row));
  expect(ours.volumes).toHaveLength(1);
});

test("drills are counted apart, and the same on both sides", async () => {
  const [ours] = (await seen("XA")).drills;
  const [theirs] = (await seen("XB")).drills;
  expect(ours).toEqual({
    group: "XB",
    direction: "outgoing",
    drills: 2,
    answered: 1,
    missed: 1,
    open: 0,
    receipt_median: expect.any(Number),
    answer_median: 6,
  });
  expect(theirs).toEqual({ ...ours, group: "XA", direction: "incoming" });
  expect((await seen("XA", { peer: "XC" })).drills).toEqual([]);
  expect((await seen("XA", { for: "public" })).drills).toEqual([]);
});

test("what became of them", async () => {
  expect((await seen("XA")).volumes).toEqual([
    {
      group: "P29",
      requests: 5,
      executed: 1,
      refused: 1,
      withdrawn: 1,
      open: 2,
      clarifications: 1,
      clarified: 1,
      renewals: 1,
      lapses: 0,
      emergencies: 2,
      emergencies_executed: 0,
      emergencies_refused: 0,
      emergencies_unconfirmed: 0,
      ordered: 0,
      ordered_unvalidated: 0,
    },
  ]);
});

test("filters leave out what does not fit; what was never sent is not counted", async () => {
  await at.does("XA", "investigator", draftRequest, {
    id: await at.openCase(),
    input: { measure: "P29", to: "XB", ...WORDS },
  });
  expect((await seen("XA")).requests).toBe(5);
  expect((await seen("XA", { measure: "M31" })).requests).toBe(0);
  expect((await seen("XA", { direction: "incoming" })).requests).toBe(0);
  expect((await seen("XA", { from: "2027-06-01" })).requests).toBe(0);
  expect((await seen("XA", { article: "8", peer: "XB", category: "subscriber" })).requests).toBe(5);
});

test("a table as CSV, with a column for each figure, and the definitions", async () => {
  const reader = readerOf(at.node("XB"), await at.officer("XB", "statistician"));
  const read = async (file: string, more: object = {}) =>
    (
      (await readView(evaluationFile, reader, { file, from: "2026-01-01", until: "2027-12-31", ...more })) as Download
    ).body
      .toString()
      .split("\r\n");
  const [head, row] = await read("volumes.csv");
  expect(head).toBe(
    "group,requests,executed,refused,withdrawn,open,clarifications,clarified,renewals,lapses,emergencies,emergencies_executed,emergencies_refused,emergencies_unconfirmed,ordered,ordered_unvalidated",
  );
  expect(row).toBe("P29,5,1,1,1,2,1,1,1,0,2,0,0,0,0,0");
  expect((await read("volumes.csv", { for: "public" }))[1]).toBe("P29,5,,,,,,,,0,,0,0,0,0,0");
  expect(
    (await read("steps.csv", { for: "public" }))
      .filter((line) => line.startsWith("P29,"))
      .every((line) => Number(line.split(",")[2]) >= 5),
  ).toBe(true);
  expect((await read("definitions.csv"))[0]).toBe("table,column,unit,formula,source");
  await expect(read("nothing.csv")).rejects.toMatchObject({ code: "not-found" });
});

test("whoever may not read statistics reads none of it", async () => {
  const reader = readerOf(at.node("XA"), await at.officer("XA", "investigator"));
  await expect(readView(evaluationView, reader, {})).rejects.toMatchObject({ code: "not-allowed" });
});
