import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFoldable } from "./folding.ts";
import { join, type Joined, type Known, MERGED_MAX } from "./joining.ts";

const none: Joined = { form: [], grow: [], merge: [] };
const campaign = (id: string, order: string, reports = 2): Known => ({ id, order, reports });

describe("joining", () => {
  test.each<[string, Parameters<typeof join>[0], Partial<Joined>]>([
    [
      "two reports that share a thing become a campaign",
      { reports: ["a", "b"], campaigns: [], bonds: [["a", "b"]], apart: [] },
      { form: [["a", "b"]] },
    ],
    ["what shares nothing stays alone", { reports: ["a", "b"], campaigns: [], bonds: [], apart: [] }, {}],
    [
      "a chain is one campaign",
      {
        reports: ["a", "b", "c"],
        campaigns: [],
        bonds: [
          ["a", "b"],
          ["c", "b"],
        ],
        apart: [],
      },
      { form: [["a", "b", "c"]] },
    ],
    [
      "a report joins the campaign that it shares with",
      { reports: ["a"], campaigns: [campaign("k", "1")], bonds: [["a", "k"]], apart: [] },
      { grow: [{ campaign: "k", reports: ["a"] }] },
    ],
    [
      "a report that bridges two campaigns joins them, and the older keeps its number",
      {
        reports: ["a"],
        campaigns: [campaign("young", "2"), campaign("old", "1")],
        bonds: [
          ["a", "young"],
          ["a", "old"],
        ],
        apart: [],
      },
      { merge: [{ into: "old", from: ["young"] }], grow: [{ campaign: "old", reports: ["a"] }] },
    ],
    [
      "two large campaigns are for an officer to join; the report goes to the first",
      {
        reports: ["a"],
        campaigns: [campaign("k", "1", MERGED_MAX + 1), campaign("l", "2", MERGED_MAX + 1)],
        bonds: [
          ["a", "k"],
          ["a", "l"],
        ],
        apart: [],
      },
      { grow: [{ campaign: "k", reports: ["a"] }] },
    ],
    [
      "what an officer has parted stays apart, though it shares a thing",
      { reports: ["a", "b"], campaigns: [], bonds: [["a", "b"]], apart: [["a", "b"]] },
      {},
    ],
    [
      "who is parted from one of a campaign stays out of it, and with another outside of it",
      { reports: ["a", "b"], campaigns: [campaign("k", "1")], bonds: [["a", "b", "k"]], apart: [["a", "k"]] },
      { grow: [{ campaign: "k", reports: ["b"] }] },
    ],
    [
      "campaigns that an officer has split are not joined by who shares with both",
      {
        reports: ["a"],
        campaigns: [campaign("k", "1"), campaign("l", "2")],
        bonds: [["a", "k", "l"]],
        apart: [["k", "l"]],
      },
      { grow: [{ campaign: "k", reports: ["a"] }] },
    ],
  ])("%s", (_, ties, outcome) => {
    expect(join(ties)).toEqual({ ...none, ...outcome });
  });

  /** Reports by number, each with the things that it holds. */
  const world = fc.array(fc.uniqueArray(fc.nat(14), { maxLength: 3 }), { minLength: 1, maxLength: 24 });
  /** Takes reports in, in an order and in turns of some size, as the job does. Gives the groups, each sorted. */
  function taken(holding: readonly (readonly number[])[], order: readonly number[], size: number): string[] {
    const groups = new Map<number, string>();
    const members = new Map<string, number[]>();
    const come: number[] = [];
    for (let at = 0; at < order.length; at += size) {
      come.push(...order.slice(at, at + size));
      const nodeOf = (report: number) => groups.get(report) ?? `r${report}`;
      const things = new Set(order.slice(at, at + size).flatMap((report) => holding[report] ?? []));
      const bonds = [...things]
        .toSorted()
        .map((thing) => [...new Set(come.filter((report) => holding[report]?.includes(thing)).map(nodeOf))]);
      const ids = [...new Set(bonds.flat())];
      const campaigns = ids.filter((id) => members.has(id)).map((id) => campaign(id, id, members.get(id)?.length));
      const joined = join({ reports: ids.filter((id) => !members.has(id)), campaigns, bonds, apart: [] });
      const put = (id: string, reports: readonly number[]) => {
        members.set(id, [...(members.get(id) ?? []), ...reports]);
        for (const report of reports) groups.set(report, id);
      };
      for (const { into, from } of joined.merge)
        for (const id of from) {
          put(into, members.get(id) ?? []);
          members.delete(id);
        }
      for (const { campaign: id, reports } of joined.grow)
        put(
          id,
          reports.map((each) => Number(each.slice(1))),
        );
      for (const reports of joined.form)
        put(
          `k${String(members.size).padStart(4, "0")}-${at}`,
          reports.map((each) => Number(each.slice(1))),
        );
    }
    return [...members.values()].map((group) => group.toSorted((a, b) => a - b).join(",")).toSorted();
  }

  test("in whatever order and in whatever turns reports come, the same are together", () => {
    const orders = world.chain((holding) => {
      const all = holding.map((_, at) => at);
      const shuffled = fc.shuffledSubarray(all, { minLength: all.length });
      return fc.tuple(
        fc.constant(holding),
        shuffled,
        shuffled,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
      );
    });
    fc.assert(
      fc.property(orders, ([holding, one, other, small, large]) => {
        expect(taken(holding, one, small)).toEqual(taken(holding, other, large));
      }),
    );
  });

  test("each report ends in one place at most, and none is where an officer would not have it", () => {
    const ids = fc.nat(9).map((n) => `r${n}`);
    const pairs = fc.array(fc.tuple(ids, ids), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(ids, { minLength: 2, maxLength: 4 }), { maxLength: 8 }),
        pairs,
        (bonds, apart) => {
          const { form } = join({
            reports: Array.from({ length: 10 }, (_, n) => `r${n}`),
            campaigns: [],
            bonds,
            apart,
          });
          const all = form.flat();
          expect(new Set(all).size).toBe(all.length);
          for (const [a, b] of apart)
            if (a !== b) expect(form.some((group) => group.includes(a) && group.includes(b))).toBe(false);
        },
      ),
    );
  });
});

describe("folding", () => {
  const plain = { state: "received", priority: 2, reasons: ["category"], assignee: null, case_id: null };
  test.each([
    ["a copy with nothing of its own is folded", plain, true],
    [
      "the step that many alike give each other is not its own",
      { ...plain, priority: 1, reasons: ["category", "shared"] },
      true,
    ],
    ["danger stays on the list", { ...plain, priority: 0, reasons: ["danger"] }, false],
    ["a minor stays on the list", { ...plain, priority: 0, reasons: ["minor", "shared"] }, false],
    [
      "money that can still be stopped stays on the list",
      { ...plain, priority: 1, reasons: ["recent-transfer"] },
      false,
    ],
    ["a matter of an hour by its category stays on the list", { ...plain, priority: 1, reasons: ["category"] }, false],
    [
      "what was a matter of an hour before it was lifted stays on the list",
      { ...plain, priority: 0, reasons: ["category", "shared"] },
      false,
    ],
    ["an officer's own rank stays on the list", { ...plain, priority: 3, reasons: ["officer"] }, false],
    ["what an officer has taken stays on the list", { ...plain, assignee: "somebody" }, false],
    ["what was read stays on the list", { ...plain, state: "triaged" }, false],
  ])("%s", (_, report, folded) => {
    expect(isFoldable(report)).toBe(folded);
  });
});
