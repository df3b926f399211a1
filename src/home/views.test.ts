import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { setDeadline, suspendDeadline } from "../kernel/deadline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { acknowledge, execute, accept } from "../requests/acts-receiver.ts";
import { send } from "../requests/acts-sender.ts";
import { FIRST_RESPONSE } from "../reports/report.ts";
import { RULES } from "../requests/clocks.ts";
import { clocksView, type RunningClock } from "./views.ts";

let at: Countries;
let id: string;
beforeAll(async () => {
  at = await openCountries();
  id = await at.does("XA", "investigator", draftRequest, {
    id: await at.openCase(),
    input: {
      measure: "P29",
      to: "XB",
      offence: "Computer-related fraud, s. 11",
      facts:
        "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
      necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
      proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
      data: [
        { category: "subscriber", description: "Subscriber information", identifiers: ["sunrise@meridian.example"] },
      ],
      custodian: "Meridian",
      particulars: { assistance: "A request for assistance will follow." },
    },
  });
  await at.does("XA", "investigator", submit, { id });
  await at.does("XA", "judge", authorise, { id, input: { reasons: "Necessary and narrow.", until: "2027-01-31" } });
  await at.does("XA", "duty-officer", send, { id });
  await at.handOver();
});
afterAll(() => at.close());

const clocks = async (code: "XA" | "XB", role: Parameters<Countries["officer"]>[1]): Promise<readonly RunningClock[]> =>
  ((await readView(clocksView, readerOf(at.node(code), await at.officer(code, role)), {})) as { items: RunningClock[] })
    .items;
const rules = async (...of: Parameters<typeof clocks>) => (await clocks(...of)).map(({ rule }) => rule);

test("a clock shows on both desks, of those who may see the thing, and of nobody else", async () => {
  expect(await clocks("XB", "duty-officer")).toMatchObject([
    { kind: "request", plural: "requests", id, number: "XA-2026-000001", rule: "request.acknowledge" },
  ]);
  expect(await rules("XA", "investigator")).toEqual(["request.acknowledge"]);
  expect([
    await rules("XA", "administrator"),
    await rules("XA", "statistician"),
    await rules("XB", "investigator"),
    await rules("XB", "examiner"),
  ]).toEqual([[], [], [], []]);
});

test("what has ended is gone, what stands still says since when, and the nearest comes first", async () => {
  await at.does("XB", "duty-officer", acknowledge, { id });
  expect(await rules("XB", "duty-officer")).toEqual(["request.execute"]);
  await at.does("XB", "duty-officer", accept, { id });
  await at.does("XB", "duty-officer", execute, { id, input: { outcome: "done" } });
  const { db } = at.node("XB");
  const now = at.now();
  await db.transaction().execute(async (tx) => {
    await setDeadline(tx, {
      kind: "request",
      id,
      rule: "request.execute",
      startsAt: now,
      dueAt: now.add({ hours: 1 }),
    });
    await suspendDeadline(tx, { kind: "request", id, rule: "request.execute", now });
    // Of a thing that is not there: no desk shows it, and none breaks.
    await setDeadline(tx, { kind: "request", id: randomUUID(), rule: "request.execute", startsAt: now, dueAt: now });
  });
  expect(
    (await clocks("XB", "duty-officer")).map(({ rule, suspended_at }) => [rule, suspended_at?.toString() ?? null]),
  ).toEqual([
    ["request.execute", now.toString()],
    ["request.preservation", null],
  ]);
});

test.each([...Object.values(RULES), FIRST_RESPONSE])("the clock %s has its words in both languages", (rule) => {
  const { translations } = at.node("XA");
  expect(["en", "fr"].filter((language) => !translations.has(language, `clock.${rule}`))).toEqual([]);
});
