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
import { requestList } from "../requests/views.ts";
import { whenOf } from "./command.ts";
import { clocksView, type RaisedClock, type RunningClock, warningsView } from "./views.ts";
import { type Foreseen, forecastView, foreseen } from "./views-forecast.ts";

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

const reads = async <Found>(
  view: Parameters<typeof readView>[0],
  role: Parameters<Countries["officer"]>[1],
  input: object = {},
) => (await readView(view, readerOf(at.node("XA"), await at.officer("XA", role)), input)) as Found;
const warned = async (role: Parameters<Countries["officer"]>[1]) =>
  (await reads<{ items: RaisedClock[] }>(warningsView, role)).items.map(({ rule, ahead_minutes, escalates }) => [
    rule,
    ahead_minutes / 1_440,
    escalates,
  ]);
const listed = async (input: object) =>
  (await reads<{ items: { warned_minutes: number | null }[] }>(requestList, "investigator", input)).items.map(
    ({ warned_minutes }) => warned_minutes,
  );

test("a clock warns ahead as the country's pack says, once, and comes before the head of the office when it is near", async () => {
  await at.handOver();
  expect([await warned("investigator"), await listed({ warned: "true" })]).toEqual([[], []]);
  // Four days are left of sixty; the node was down while fourteen and seven were.
  await at.pass({ days: 56 });
  expect([await warned("investigator"), await warned("unit-head"), await warned("statistician")]).toEqual([
    [["request.preservation", 7, false]],
    [],
    [],
  ]);
  await at.pass({ days: 3 });
  await at.pass({ hours: 1 });
  expect([await warned("investigator"), await warned("unit-head")]).toEqual([
    [["request.preservation", 2, true]],
    [["request.preservation", 2, true]],
  ]);
  expect([await listed({ warned: "true" }), await listed({ late: "true" })]).toEqual([[2_880], []]);
  const { warnings } = await at.sees("XA", "investigator", id);
  expect(warnings.map(({ aheadMinutes }) => aheadMinutes / 1_440)).toEqual([7, 2]);
});

test("what is to come is foreseen, with rule, source and the other side's zone; the command sees it by number and by office", async () => {
  const until = at.now().add({ hours: 24 * 5 });
  const { items } = await reads<Foreseen>(forecastView, "investigator", { until: until.toString().slice(0, 10) });
  expect(items.map(({ what, clock }) => [what, clock.number, clock.rule, clock.source, clock.peerZone])).toEqual([
    ["runs-out", "XA-2026-000001", "request.preservation", "CETS 185 Art. 29(7)", "Asia/Manila"],
  ]);
  const node = at.node("XA");
  const found = async (more: object) =>
    (await foreseen(node, { until, ...more })).items.map(({ clock: { number } }) => number);
  const { office } = await at.officer("XA", "investigator");
  expect([
    await found({ request: "XA-2026-000001" }),
    await found({ request: "XA-2026-000002" }),
    await found({ office: office.name }),
    await found({ office: "No such office" }),
  ]).toEqual([["XA-2026-000001"], [], ["XA-2026-000001"], []]);
});

test("when it runs out the request lapses on both sides, and nothing warns any more; a second time has no second effect", async () => {
  await at.pass({ days: 2 });
  await at.handOver();
  expect([(await at.sees("XA", "investigator", id)).state, (await at.sees("XB", "duty-officer", id)).state]).toEqual([
    "lapsed",
    "lapsed",
  ]);
  expect(await warned("investigator")).toEqual([]);
  // XB's database is put back to before: its clock runs out again, and it says so again.
  const { db } = at.node("XB");
  await db.updateTable("request").set({ state: "executed" }).where("id", "=", id).execute();
  await db
    .updateTable("deadline")
    .set({ fired_at: null, ended_at: null })
    .where("subject_id", "=", id)
    .where("rule", "=", RULES.preservation)
    .execute();
  await at.pass({ minutes: 1 });
  expect(await at.handOver()).toEqual([]);
  expect([(await at.sees("XA", "investigator", id)).state, (await at.sees("XB", "duty-officer", id)).state]).toEqual([
    "lapsed",
    "lapsed",
  ]);
});

test.each([
  ["a day, to its end here", "2026-12-31", "2026-12-31T20:00:00Z"],
  ["an hour here", "2026-12-31T16:00", "2026-12-31T12:00:00Z"],
  ["a moment with its offset", "2026-12-31T16:00:00+08:00", "2026-12-31T08:00:00Z"],
  ["a length of time", "P60D", "2027-01-23T10:00:00Z"],
  ["hours", "PT48H", "2026-11-26T10:00:00Z"],
  ["words", "tomorrow", undefined],
  ["a day that no calendar has", "2026-02-30", undefined],
])("when is %s", (_, text, moment) => {
  const now = Temporal.Instant.from("2026-11-24T10:00:00Z");
  expect(whenOf(text, { now, zone: "Indian/Mauritius" })?.toString()).toBe(moment);
});
