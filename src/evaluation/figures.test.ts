import fc from "fast-check";
import { expect, test } from "vitest";
import type { Facts } from "./facts.ts";
import { emergencyFigures, noticeFigures } from "./figures-own.ts";
import { groundFigures, slowest, stepFigures, stillWaiting, volumes, waitings } from "./figures.ts";
import { withheld } from "./withhold.ts";

const HOUR = 3_600_000;
const at = (hour: number) => Temporal.Instant.from("2026-11-24T00:00:00Z").add({ hours: hour });
const NOW = at(200);
const request = (peer: string, answered: number | null, more: Partial<Facts> = {}): Facts => ({
  direction: "outgoing",
  peer,
  provider: "Meridian",
  measure: "M31",
  article: "8",
  category: "traffic",
  office: "Cybercrime Unit",
  isEmergency: false,
  review: null,
  notice: null,
  receivedAt: at(1),
  done: [
    { act: "send", at: at(0).toString(), to: "sent" },
    { act: "acknowledge", at: at(2).toString(), to: "acknowledged" },
    ...(answered === null ? [] : [{ act: "execute", at: at(answered).toString(), to: "executed" }]),
  ],
  ...more,
});

test("groups by size, each request once, outcomes that add up", () => {
  const all = [request("XB", 10), request("XB", null), request("XC", 20), request("XB", 30)];
  expect(volumes(all, "peer")).toMatchObject([
    { group: "XB", requests: 3, executed: 2, refused: 0, withdrawn: 0, open: 1 },
    { group: "XC", requests: 1, executed: 1, open: 0 },
  ]);
});

test("the step with the longest share is what slows; open ones count for as long as they have waited", () => {
  const figures = stepFigures([request("XB", 10), request("XB", null)], "peer", NOW);
  expect(figures.find(({ step }) => step === "acknowledged")).toMatchObject({
    ended: 1,
    open: 1,
    median: 8 * HOUR,
    p90: null,
  });
  expect(slowest(figures, "XB")).toMatchObject({ step: "acknowledged", share: (8 + 198) / (8 + 198 + 4) });
  expect(slowest(figures, "XC")).toBeNull();
});

test("grounds by how often they were given, and rounds of questions", () => {
  const refused = (ground: string) =>
    request("XB", null, { done: [{ act: "refuse", at: at(3).toString(), to: "refused", said: { ground } }] });
  const asked = request("XB", null, {
    done: [
      { act: "ask", at: at(3).toString(), said: { about: ["period", "facts"] } },
      { act: "ask", at: at(5).toString() },
    ],
  });
  expect(groundFigures([refused("political"), refused("sovereignty"), refused("political"), asked], "peer")).toEqual([
    { group: "XB", kind: "refusal", ground: "political", times: 2 },
    { group: "XB", kind: "refusal", ground: "sovereignty", times: 1 },
    { group: "XB", kind: "clarification", ground: "", times: 1 },
    { group: "XB", kind: "clarification", ground: "facts", times: 1 },
    { group: "XB", kind: "clarification", ground: "period", times: 1 },
  ]);
  expect(volumes([asked], "peer")).toMatchObject([{ clarifications: 2, clarified: 1 }]);
});

test("abuse shows: emergencies that were refused, not validated or found not justified, each counted once, by office and by peer", () => {
  const ended = (act: string, said: object = {}) => [
    { act, at: at(3).toString(), ...(act === "refuse" ? { to: "refused" } : {}), said: { ...said } },
  ];
  const urgent = (office: string, more: Partial<Facts>) => request("XB", 10, { isEmergency: true, office, ...more });
  const all = [
    urgent("North", { review: "justified" }),
    urgent("North", { review: "not-justified", done: ended("refuse", { ground: "not-in-treaty" }) }),
    urgent("North", { done: ended("validate", { outcome: "refused" }), review: "lapsed" }),
    urgent("South", { done: [...ended("void"), ...ended("validate", { outcome: "confirmed" })] }),
    request("XB", 10, { office: "South" }),
  ];
  expect(emergencyFigures(all, "office")).toEqual([
    {
      group: "North",
      emergencies: 3,
      refused: 1,
      unvalidated: 1,
      reviewed: 2,
      not_justified: 1,
      unreviewed: 1,
      share: 2 / 3,
    },
    {
      group: "South",
      emergencies: 1,
      refused: 0,
      unvalidated: 0,
      reviewed: 0,
      not_justified: 0,
      unreviewed: 0,
      share: 0,
    },
  ]);
  expect(emergencyFigures(all, "peer")).toMatchObject([{ group: "XB", emergencies: 4, share: 0.5 }]);
  expect(volumes(all, "measure")).toMatchObject([{ ordered: 0, ordered_unvalidated: 1 }]);
});

test("whom this node owes word: told in time, late, or not at all", () => {
  const owed = (notice: Facts["notice"]) => request("XB", 10, { notice });
  const all = [owed("in-time"), owed("late"), owed("overdue"), owed("not-due"), owed(null)];
  expect(noticeFigures(all, "peer")).toEqual([{ group: "XB", owed: 4, in_time: 1, late: 1, overdue: 1 }]);
  expect(noticeFigures([owed(null)], "peer")).toEqual([]);
});

test("the curve says nothing past the longest that anybody was watched, unless nobody waits any more", () => {
  const [waiting] = waitings([request("XB", 10), request("XB", null)], { by: "peer", step: "answer", now: NOW });
  const [over] = waitings([request("XB", 10)], { by: "peer", step: "answer", now: NOW });
  if (!waiting || !over) throw new Error("two groups wait");
  expect([9, 10, 150, 201].map((hour) => stillWaiting(waiting, hour * HOUR))).toEqual([1, 0.5, 0.5, null]);
  expect([9, 10, 999].map((hour) => stillWaiting(over, hour * HOUR))).toEqual([1, 0, 0]);
});

const facts = fc
  .record({
    peer: fc.constantFrom("XB", "XC", "XD"),
    answered: fc.option(fc.integer({ min: 3, max: 190 })),
    isEmergency: fc.boolean(),
  })
  .map(({ peer, answered, isEmergency }) => request(peer, answered, { isEmergency }));

test("whatever the requests: every one is in one group and has one outcome, shares add up to the whole", () => {
  fc.assert(
    fc.property(fc.array(facts, { maxLength: 40 }), (all) => {
      const rows = volumes(all, "peer");
      expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(all.length);
      for (const row of rows) expect(row.executed + row.refused + row.withdrawn + row.open).toBe(row.requests);
      for (const { group } of rows) {
        const shares = stepFigures(all, "peer", NOW).flatMap((each) =>
          each.group === group && each.share !== null ? [each.share] : [],
        );
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
      }
    }),
  );
});

test("for the public: no small count is told, nor can it be reckoned from what is", () => {
  const count = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 400 }));
  fc.assert(
    fc.property(count, count, count, count, (executed, refused, withdrawn, open) => {
      const row = { group: "XB", requests: executed + refused + withdrawn + open, executed, refused, withdrawn, open };
      const parts = ["executed", "refused", "withdrawn", "open"] as const;
      const told = withheld(row, { threshold: 5, sums: [{ whole: "requests", parts }] });
      for (const name of ["requests", ...parts] as const)
        expect(told[name] === null || told[name] === 0 || told[name] >= 5).toBe(true);
      const hidden = parts.filter((name) => told[name] === null);
      // Where the whole is told, what is hidden adds up to something known: it must be more than one, or nothing.
      if (told.requests !== null) expect(hidden.length).not.toBe(1);
      if (row.requests > 0 && row.requests < 5)
        expect([told.requests, ...parts.map((name) => told[name])]).toEqual([null, null, null, null, null]);
      expect(told.group).toBe("XB");
    }),
  );
});
