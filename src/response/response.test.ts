import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Listed } from "../kernel/view.ts";
import { warningsView } from "../clocks/views.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { accept, acknowledge, execute } from "../requests/acts-receiver.ts";
import { close, send } from "../requests/acts-sender.ts";
import { declareHolding, delayNotice, publishReport, tellUser } from "./acts.ts";
import { checksOf, type Legal } from "./checks.ts";
import { DIMENSIONS, figuresOf, SMALL } from "./transparency.ts";
import { mayTell, type NoticeFacts, noticeDue, noticeOutcome, owedFrom } from "./user-notice.ts";
import { oweNotices } from "./acts-owed.ts";
import { countToTell, deskOf, noticeList, publicReports } from "./views.ts";

const NOW = Temporal.Instant.from("2026-11-26T10:00:00Z");
const legal: Legal = {
  request: {
    authority: {
      node: "XA",
      country: "Aruna",
      office: "Police",
      person: "D",
      zone: "Indian/Mauritius",
      authorisedBy: "P",
      authorisedOffice: "Prosecution",
      authorisedAt: "2026-11-25T10:00:00Z",
      provision: "s. 24",
    },
    authorised_until: Temporal.PlainDate.from("2026-12-31"),
    sent_at: Temporal.Instant.from("2026-11-25T11:00:00Z"),
    urgency: "routine",
    particulars: {},
    data: [{ category: "subscriber", description: "Name", identifiers: ["a"] }],
  },
  before: [
    { act: "draft", at: "2026-11-25T09:00:00Z", by: "D, Police" },
    { act: "authorise", at: "2026-11-25T10:00:00Z", by: "P, Prosecution" },
  ],
  entry: "ab".repeat(32),
  peer: { name: "Aruna", confirmedBy: "R", digits: "12345" },
  holdings: ["subscriber"],
  now: NOW,
};
const request = (more: Partial<Legal["request"]>): Legal => ({ ...legal, request: { ...legal.request, ...more } });

describe("the legal basis as a provider can check it", () => {
  test("says of each thing whether it is proven or only stated, and by whom", () => {
    expect(checksOf(legal).map(({ name, outcome, by }) => [name, outcome, by])).toEqual([
      ["signature", "proven", "here"],
      ["peer", "proven", "two-people-here"],
      ["authority", "stated", "sender"],
      ["two-people", "stated", "sender"],
      ["in-time", "proven", "here"],
      ["provision", "stated", "sender"],
      ["held", "proven", "declared-here"],
    ]);
  });
  test.each([
    ["no signed entry is kept", { ...legal, entry: null }, "signature", "failed"],
    ["the peer is no longer trusted", { ...legal, peer: null }, "peer", "failed"],
    [
      "a decision is named that stands in no history",
      { ...legal, before: legal.before.slice(0, 1) },
      "authority",
      "failed",
    ],
    [
      "one person drafted and decided",
      { ...legal, before: legal.before.map((line) => ({ ...line, by: "D, Police" })) },
      "two-people",
      "failed",
    ],
    [
      "the authorisation has ended",
      request({ authorised_until: Temporal.PlainDate.from("2026-11-25") }),
      "in-time",
      "failed",
    ],
    [
      "it was sent before it was decided",
      request({ sent_at: Temporal.Instant.from("2026-11-25T08:00:00Z") }),
      "in-time",
      "failed",
    ],
    [
      "it holds to the end of its last day there",
      {
        ...request({ authorised_until: Temporal.PlainDate.from("2026-11-26") }),
        now: Temporal.Instant.from("2026-11-26T19:59:00Z"),
      },
      "in-time",
      "proven",
    ],
    [
      "no provision is named",
      request({ authority: { ...legal.request.authority, provision: "" } }),
      "provision",
      "absent",
    ],
    ["a kind of data is asked for that is not held", { ...legal, holdings: ["traffic"] }, "held", "failed"],
    ["nothing was declared", { ...legal, holdings: [] }, "held", "absent"],
    ["an emergency says no danger", request({ urgency: "emergency" }), "emergency", "absent"],
  ] as const)("%s", (_, given, name, outcome) => {
    expect(checksOf(given).find((check) => check.name === name)?.outcome).toBe(outcome);
  });
});

const facts = (more: Partial<NoticeFacts>): NoticeFacts => ({
  measure: "O18b",
  state: "executed",
  delayedUntil: null,
  toldAt: null,
  ...more,
});
test.each([
  ["once it was answered", facts({}), "allowed", undefined],
  ["while it is under way", facts({ state: "executing" }), "forbidden", "open"],
  ["while data is preserved in confidence", facts({ measure: "P16" }), "forbidden", "preserved"],
  ["once the preservation has lapsed", facts({ measure: "P16", state: "lapsed" }), "allowed", undefined],
  ["while traffic is collected in real time", facts({ measure: "R20" }), "forbidden", "open"],
  ["before the day that the authority named is over", facts({ confidential: "2026-11-26" }), "forbidden", "asked"],
  ["after that day", facts({ confidential: "2026-11-25" }), "allowed", undefined],
  ["while it is put off", facts({ delayedUntil: NOW.add({ minutes: 1 }) }), "forbidden", "delayed"],
  ["once it was put off until now", facts({ delayedUntil: NOW }), "allowed", undefined],
  ["a second time", facts({ toldAt: NOW }), "told", undefined],
] as const)("CETS 185 Art. 16(3): a user is told %s", (_, given, answer, why) => {
  const telling = mayTell(given, NOW, "Africa/Casablanca");
  expect([telling.answer, "why" in telling ? telling.why : undefined]).toEqual([answer, why]);
});

test.each([
  ["what was given, from when it was given", facts({}), "2026-11-20T09:00:00Z"],
  ["not before the confidence ends", facts({ confidential: "2026-11-30" }), "2026-12-01T00:00:00Z"],
  ["not before the delay ends", facts({ delayedUntil: NOW }), NOW.toString()],
  ["nothing while data is kept", facts({ measure: "P16" }), null],
  ["what was kept, once it is kept no more", facts({ measure: "P16", state: "lapsed" }), "2026-11-20T09:00:00Z"],
  ["nothing while an interception runs", facts({ measure: "I21" }), null],
  ["nothing twice", facts({ toldAt: NOW }), null],
] as const)("CETS 185 Art. 16(3): a user is owed word of %s", (_, given, from) => {
  const givenAt = Temporal.Instant.from("2026-11-20T09:00:00Z");
  expect(owedFrom(given, givenAt, "Africa/Casablanca")?.toString() ?? null).toBe(from);
});

test.each([
  ["told before it was due", { dueAt: NOW, toldAt: NOW }, "in-time"],
  ["told after it was due", { dueAt: NOW, toldAt: NOW.add({ seconds: 1 }) }, "late"],
  ["due and not told", { dueAt: NOW.subtract({ seconds: 1 }), toldAt: null }, "overdue"],
  ["its time runs", { dueAt: NOW, toldAt: null }, "not-due"],
  ["something stands against it", { dueAt: null, toldAt: null }, "not-due"],
] as const)("%s: counted once, as that", (_, of, expected) => {
  expect(noticeOutcome({ ...of, given: true }, NOW)).toBe(expected);
});

test("nothing was given: nothing is owed; the time for telling is the provider's own", () => {
  expect(noticeOutcome({ dueAt: null, toldAt: null, given: false }, NOW)).toBe("not-owed");
  const calendar = { zone: "Africa/Casablanca", workingDays: [1, 2, 3, 4, 5], holidays: [] };
  const data = { user_notice: { within: { unit: "hours", value: 72 }, source: "Terms, 5.2" } };
  expect(noticeDue(NOW, { data, calendar })).toEqual({ dueAt: NOW.add({ hours: 72 }), source: "Terms, 5.2" });
});

test("from what is published no small count follows: every value stays possible for somebody who knows the rule", () => {
  const row = fc.record({
    country: fc.constantFrom("XA", "XB", "XC", "XD"),
    measure: fc.constantFrom("P16", "O18b"),
    category: fc.constantFrom("subscriber", "traffic"),
    outcome: fc.constantFrom("answered", "refused", "pending"),
    urgency: fc.constantFrom("routine", "emergency"),
    notice: fc.constantFrom("in-time", "late", "not-owed"),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 80 }), (rows) => {
      const { total, tables } = figuresOf(rows);
      for (const by of DIMENSIONS) {
        const cells = tables[by] ?? [];
        expect(cells.every(({ count }) => count === null || count >= SMALL)).toBe(true);
        const hidden = cells.filter(({ count }) => count === null);
        if (total === null) expect(hidden).toHaveLength(cells.length);
        else if (hidden.length > 0) {
          expect(hidden.length).toBeGreaterThan(1);
          const sum = total - cells.reduce((all, { count }) => all + (count ?? 0), 0);
          const isSmall = (value: string) => rows.filter((each) => each[by] === value).length < SMALL;
          const least = hidden.reduce((all, { value }) => all + (isSmall(value) ? 1 : SMALL), 0);
          expect(sum - least).toBeGreaterThanOrEqual(SMALL - 1);
        }
      }
    }),
    { numRuns: 200 },
  );
  expect(figuresOf([])).toMatchObject({ total: 0 });
});

describe("a response desk", () => {
  let at: Countries;
  let id = "";
  beforeAll(async () => {
    at = await openCountries({ codes: ["XA", "XP"] });
    id = await at.does("XA", "investigator", draftRequest, {
      id: await at.openCase(),
      input: {
        measure: "P16",
        to: "XP",
        offence: "Computer-related fraud, s. 11",
        facts:
          "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left.",
        necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
        proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
        data: [{ category: "traffic", description: "Log-in records", identifiers: ["sunrise@meridian.example"] }],
        custodian: "Meridian",
        particulars: { confidential: "2026-12-31" },
      },
    });
    await at.does("XA", "investigator", submit, { id });
    await at.does("XA", "prosecutor", authorise, {
      id,
      input: { reasons: "Necessary and narrow.", until: "2027-01-31" },
    });
    await at.does("XA", "investigator", send, { id });
    await at.handOver("XA");
  });
  afterAll(async () => at.close());
  const reader = async (role: "response-officer" | "response-head") =>
    readerOf(at.node("XP"), await at.officer("XP", role));
  /** What the desk counts to be told, what is late, and before whom a warning stands. */
  const waits = async () => {
    const roles = ["response-officer", "response-head"] as const;
    const late = (await readView(noticeList, await reader("response-officer"), { answer: "late" })) as Listed<unknown>;
    const warned = await Promise.all(
      roles.map(
        async (role) => ((await readView(warningsView, await reader(role), {})) as Listed<unknown>).items.length > 0,
      ),
    );
    return {
      count: await countToTell(await reader("response-officer")),
      late: late.items.length,
      warned: roles.filter((_, index) => warned[index]),
    };
  };
  const desk = async () => deskOf(readerOf(at.node("XP"), await at.officer("XP", "response-officer")), id);

  test("sees what of the basis is proven, against what the head says is held", async () => {
    expect(
      await at.tries("XP", "response-officer", declareHolding, {
        input: { category: "traffic", description: "Log-ins" },
      }),
    ).not.toBe("done");
    await at.does("XP", "response-head", declareHolding, {
      input: { category: "traffic", description: "Log-in records", days: 180 },
    });
    const found = await desk();
    expect(found?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(found?.checks.find(({ name }) => name === "held")?.outcome).toBe("proven");
  });

  test("may not tell the user while confidentiality lasts, and may put it off", async () => {
    const tell = { way: "e-mail", text: "An authority has asked for your log-in records." };
    expect(await at.tries("XA", "investigator", tellUser, { id, input: tell })).not.toBe("done");
    expect(await at.tries("XP", "response-officer", tellUser, { id, input: tell })).toBe("user-not-yet-asked");
    await at.does("XP", "response-officer", acknowledge, { id });
    await at.does("XP", "response-officer", accept, { id });
    await at.does("XP", "response-officer", execute, { id, input: { outcome: "done" } });
    await at.handOver("XP");
    await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
    await at.handOver("XA");
    await oweNotices.run(at.node("XP"));
    expect((await desk())?.tellBy?.toString()).toBe("2027-01-16T00:00:00Z");
    await at.pass({ days: 40 });
    expect((await desk())?.telling).toEqual({ answer: "allowed" });
    expect(await waits()).toEqual({ count: 1, late: 0, warned: [] });
    expect(
      await at.tries("XP", "response-head", delayNotice, {
        id,
        input: { until: "2027-12-31", reasons: "They asked." },
      }),
    ).toBe("user-delay-long");
    await at.does("XP", "response-head", delayNotice, {
      id,
      input: { until: "2027-01-10", reasons: "The authority has asked for a week more." },
    });
    expect(await at.tries("XP", "response-officer", tellUser, { id, input: tell })).toBe("user-not-yet-delayed");
    expect(await waits()).toEqual({ count: 0, late: 0, warned: [] });
    await at.pass({ days: 10 });
    expect((await desk())?.tellBy?.toString()).toBe("2027-01-26T00:00:00Z");
    expect(await waits()).toEqual({ count: 1, late: 0, warned: [] });
    // It warns ahead, and climbs to the head of the desk.
    await at.pass({ days: 12 });
    expect(await waits()).toEqual({ count: 1, late: 0, warned: ["response-officer", "response-head"] });
    await at.pass({ days: 1 });
    expect((await waits()).late).toBe(1);
    await at.does("XP", "response-officer", tellUser, { id, input: tell });
    expect(await waits()).toEqual({ count: 0, late: 1, warned: [] });
    expect(await at.tries("XP", "response-officer", tellUser, { id, input: tell })).toBe("user-told-already");
    const { history } = await at.sees("XA", "investigator", id);
    expect(history.some(({ act }) => act === "notify")).toBe(false);
  });

  test("publishes what the acts say, with small counts withheld, for anybody to read", async () => {
    expect(
      await at.tries("XP", "response-head", publishReport, { input: { from: "2027-01-01", until: "2027-12-31" } }),
    ).toBe("transparency-not-over");
    await at.does("XP", "response-head", publishReport, { input: { from: "2026-07-01", until: "2026-12-31" } });
    const found = await readView(publicReports, readerOf(at.node("XP"), { kind: "public" }), {});
    expect(found).toMatchObject({
      items: [{ from: "2026-07-01", figures: { total: null, tables: { country: [{ value: "XA", count: null }] } } }],
      holdings: [{ category: "traffic", keptDays: 180 }],
    });
  });
});
