import fc from "fast-check";
import { parseHTML } from "linkedom";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { makeServer } from "../kernel/server.ts";
import { chrome } from "../chrome.ts";
import { officerNamed } from "../access/slice.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { replyDrill, startDrill } from "./acts-drill.ts";
import { beginShift, handOver, planShift, signShift } from "./acts-shift.ts";
import { drillFigures } from "./drill.ts";
import { gapsIn, shiftSpan } from "./shift.ts";
import { type Drills, drillList } from "./views.ts";
import { type Board, boardView } from "./views-board.ts";
import { type ShiftFound, shiftView } from "./views-shift.ts";

const at = (text: string) => Temporal.Instant.from(text);
const span = (from: string, until: string) => ({ from: at(from), until: at(until) });

describe("a shift", () => {
  test.each([
    ["by day", "2026-11-27", "09:00", "17:00", "Indian/Mauritius", 8],
    ["past midnight", "2026-11-27", "22:00", "06:00", "Indian/Mauritius", 8],
    ["of a whole day", "2026-11-27", "08:00", "08:00", "Indian/Mauritius", 24],
    ["in the night in which clocks go back", "2026-10-24", "22:00", "06:00", "Europe/Lisbon", 9],
    ["in the night in which clocks go forward", "2026-03-28", "22:00", "06:00", "Europe/Lisbon", 7],
  ])("%s has the hours that its people work", (_, day, starts, ends, zone, hours) => {
    const found = shiftSpan(day, { starts, ends }, zone);
    expect(found !== "no-such-hour" && found.until.since(found.from).total("hours")).toBe(hours);
  });

  test("does not begin at an hour that the clock jumps over", () => {
    expect(shiftSpan("2026-03-29", { starts: "01:30", ends: "09:00" }, "Europe/Lisbon")).toBe("no-such-hour");
  });
});

test("gaps and shifts together cover the time, whatever the shifts, and gaps touch none of them", () => {
  const minute = fc.integer({ min: 0, max: 2_000 });
  const begin = at("2026-11-26T00:00:00Z");
  const moment = (minutes: number) => begin.add({ minutes });
  fc.assert(
    fc.property(fc.array(fc.tuple(minute, minute), { maxLength: 12 }), (pairs) => {
      const shifts = pairs
        .filter(([a, b]) => a !== b)
        .map(([a, b]) => ({ from: moment(Math.min(a, b)), until: moment(Math.max(a, b)) }));
      const gaps = gapsIn(shifts, { from: moment(0), until: moment(2_000) });
      for (let m = 0; m < 2_000; m += 37) {
        const within = ({ from, until }: { from: Temporal.Instant; until: Temporal.Instant }) =>
          Temporal.Instant.compare(from, moment(m)) <= 0 && Temporal.Instant.compare(moment(m), until) < 0;
        expect(gaps.some(within)).toBe(!shifts.some(within));
      }
    }),
    { numRuns: 40 },
  );
  expect(gapsIn([], span("2026-11-26T00:00:00Z", "2026-11-27T00:00:00Z"))).toHaveLength(1);
});

test("what a peer did in drills: a late answer is missed, and its time is measured all the same", () => {
  const start = at("2026-01-01T00:00:00Z");
  const drill = (minutes?: number, within = 30) => ({
    peer: "XB",
    sent_at: start,
    due_at: start.add({ minutes: within }),
    received_at: start.add({ minutes: 2 }),
    answered_at: minutes === undefined ? null : start.add({ minutes }),
  });
  const now = start.add({ minutes: 120 });
  expect(drillFigures([drill(4), drill(10), drill(90), drill(), drill(undefined, 600)], now)).toEqual([
    {
      peer: "XB",
      drills: 5,
      answered: 2,
      missed: 2,
      open: 1,
      receiptMinutes: 2,
      medianMinutes: 10,
      p90Minutes: 90,
      longestMinutes: 90,
    },
  ]);
  expect(drillFigures([], now)).toEqual([]);
});

describe("the contact point", () => {
  let world: Countries;
  let desk: FastifyInstance;
  beforeAll(async () => {
    world = await openCountries({ codes: ["XA", "XB"], lines: true });
    desk = await makeServer({ node: world.node("XA"), role: "desk", chrome });
    await desk.ready();
  });
  afterAll(async () => {
    await desk.close();
    await world.close();
  });
  const reads = async (code: "XA" | "XB", view: Parameters<typeof readView>[0], input: object = {}) =>
    readView(view, readerOf(world.node(code), await world.officer(code, "duty-officer")), input);

  test("a hand-over takes two people: who goes writes it, who comes signs, and nobody signs for themselves", async () => {
    const { account } = await world.officer("XA", "duty-officer");
    const { account: elsewhere } = await world.officer("XA", "judge");
    const plan = (who: string, starts: string, ends: string) =>
      world.tries("XA", "duty-officer", planShift, { input: { account: who, day: "2026-11-24", starts, ends } });
    expect(await plan(elsewhere, "14:00", "22:00")).toBe("shift-other-office");
    expect(await plan(account, "25:00", "22:00")).toBe("shift-hour");
    const id = await world.does("XA", "duty-officer", planShift, {
      input: { account, day: "2026-11-24", starts: "13:00", ends: "22:00" },
    });
    expect(await plan(account, "20:00", "23:00")).toBe("shift-twice");
    await world.does("XA", "duty-officer", beginShift, { id });
    const open = (await reads("XA", boardView)) as Board;
    expect(open.onDuty).toMatchObject([{ id, state: "on-duty" }]);
    expect(open.gaps[0]?.from.toString()).toBe("2026-11-24T18:00:00Z");
    expect(await world.tries("XA", "duty-officer", handOver, { id, input: { to: account, note: "All quiet." } })).toBe(
      "shift-to-oneself",
    );
    expect(await world.tries("XA", "duty-officer", signShift, { id })).not.toBe("done");
    // A second officer of the contact point: the demo has one.
    const colleague = await secondOfficer(world);
    const note = "Belmora will call back about the mailbox.";
    await world.does("XA", "duty-officer", handOver, { id, input: { to: colleague, note } });
    expect(await world.tries("XA", "duty-officer", signShift, { id })).toBe("shift-signed-by-who-comes");
    expect((await reads("XA", shiftView, { id })) as ShiftFound).toMatchObject({
      state: "handed-over",
      note,
      open: [],
    });
    const own = await world.does("XA", "duty-officer", planShift, {
      input: { account: colleague, day: "2026-11-24", starts: "14:30", ends: "23:00" },
    });
    const second = await officerNamed(world.node("XA").db, "second.xa");
    if (!second) throw new Error("there is no second officer");
    await perform({ node: world.node("XA"), actor: second, act: signShift, id, input: { remark: "Read." } });
    expect((await reads("XA", shiftView, { id })) as ShiftFound).toMatchObject({
      state: "signed",
      signer: "A. Second",
    });
    expect((await reads("XA", shiftView, { id: own })) as ShiftFound).toMatchObject({ state: "on-duty" });
  });

  test("a drill goes out, is answered there, and stands in no request of either node", async () => {
    const id = await world.does("XA", "duty-officer", startDrill, { input: { to: "XB", text: "Is anybody there?" } });
    await world.deliver("XA");
    const board = (await reads("XB", boardView)) as Board;
    expect(board.drills.map((drill) => drill.id)).toEqual([id]);
    expect(board.unread).toEqual([]);
    expect(await world.tries("XA", "duty-officer", replyDrill, { id, input: { text: "Yes." } })).toBe("wrong-side");
    await world.pass({ minutes: 7 });
    await world.does("XB", "duty-officer", replyDrill, { id, input: { text: "Yes, we are." } });
    await world.deliver("XB");
    const drills = (await reads("XA", drillList)) as Drills;
    expect(drills.figures).toMatchObject([{ peer: "XB", drills: 1, answered: 1, missed: 0, medianMinutes: 7 }]);
    const { rows } = await world.node("XB").pool.query("select count(*)::int as n from request");
    expect(rows).toEqual([{ n: 0 }]);
  });

  test("one that nobody answers is missed by the clock", async () => {
    const id = await world.does("XA", "duty-officer", startDrill, {
      input: { to: "XB", minutes: 10, text: "At night?" },
    });
    await world.pass({ minutes: 11 });
    const { items } = (await reads("XA", drillList)) as Drills;
    expect(items.find((drill) => drill.id === id)?.state).toBe("missed");
  });

  test.each(["/board", "/contact-points?q=belm", "/shifts", "/drills"])(
    "%s opens, and says what it is in each language",
    async (url) => {
      for (const language of ["en", "fr", "ar"]) {
        const answer = await desk.inject({
          url: `${url}${url.includes("?") ? "&" : "?"}lang=${language}`,
          headers: { authorization: `Bearer ${world.token("XA", "duty-officer")}` },
        });
        expect(answer.statusCode).toBe(200);
        const { document } = parseHTML(answer.payload);
        expect(document.querySelector("h1")?.textContent).not.toMatch(/^[a-z]+\.[a-z.]+$/);
        expect(document.querySelector("main")?.textContent).not.toMatch(
          /\b(?:board|roster|points|drills|contact)\.[a-z]/,
        );
      }
    },
  );
});

/** Makes a second account in the office of the duty officer. */
async function secondOfficer(world: Countries): Promise<string> {
  const { office } = await world.officer("XA", "duty-officer");
  const { rows } = await world.node("XA").pool.query<{ id: string }>(
    `insert into account (id, state, username, name, role, office, language, password, totp, created_at)
     select gen_random_uuid(), 'active', 'second.xa', 'A. Second', role, office, language, password, totp, created_at from account where office = $1 limit 1 returning id`,
    [office.id],
  );
  return rows[0]?.id ?? "";
}
