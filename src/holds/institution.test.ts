import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPack } from "../access/pack.ts";
import { warningAt } from "./hold.ts";
import { FRESH_HOURS, freshTransfers, institutionOf } from "./institution.ts";

const { institutions } = readPack("packs", "XA").reporting;
const now = Temporal.Instant.from("2026-11-26T12:00:00Z");
const ago = (hours: number) => now.subtract({ minutes: Math.round(hours * 60) }).toString();

describe("the institution that a transfer went to", () => {
  test.each([
    [{ through: "Aruna National Bank" }, "aruna-bank"],
    [{ through: "my ANB account" }, "aruna-bank"],
    [{ through: "coral pay", to: "+000 5123 4567" }, "coral-money"],
    [{ to: "XA21 ANBX 0000 0012 3456 7890" }, "aruna-bank"],
    [{ to: "xa21anbx00000012345678" }, "aruna-bank"],
    [{ to: "+00051234567", through: "Aruna National Bank" }, "coral-money"],
    [{ through: "Harbour Exchange" }, "harbour-exchange"],
    [{ through: "HCX" }, "harbour-exchange"],
    [{ through: "anbar trading" }, undefined],
    [{ through: "bank" }, undefined],
    [{ through: "from coral to national bank" }, undefined],
    [{ to: "XA21 ZZZZ 0000 0012 3456 7890" }, undefined],
    [{}, undefined],
  ] as const)("%j is %s", (transfer, code) => {
    expect(institutionOf(transfer, institutions)?.code).toBe(code);
  });

  test("is never guessed: with two that fit, an officer chooses", () => {
    fc.assert(
      fc.property(fc.subarray([...institutions], { minLength: 2, maxLength: 2 }), ([a, b]) => {
        expect(institutionOf({ through: `${a?.name} / ${b?.name}` }, institutions)).toBeUndefined();
      }),
    );
  });

  test("any text gives an institution of the list or none", () => {
    fc.assert(
      fc.property(fc.record({ to: fc.string(), through: fc.string() }), (transfer) => {
        const found = institutionOf(transfer, institutions);
        expect(found === undefined || institutions.includes(found)).toBe(true);
      }),
    );
  });
});

describe("transfers that can still be held", () => {
  test.each([
    ["an hour ago", 1, 1],
    ["just under 72 hours ago", FRESH_HOURS - 0.1, 1],
    ["72 hours ago", FRESH_HOURS, 0],
    ["tomorrow", -24, 0],
  ])("one of %s", (_, hours, count) => {
    expect(freshTransfers([{ at: ago(hours), to: "x" }], now)).toHaveLength(count);
  });

  test("without a date, or with nothing by which to find it, none", () => {
    expect(freshTransfers([{ to: "x" }, { at: ago(1), amount: "5" }], now)).toEqual([]);
  });

  test("each keeps its place in the report, and a flood of them is cut", () => {
    expect(freshTransfers([{ to: "x" }, { at: ago(2), to: "y" }], now)).toMatchObject([{ at: 1 }]);
    expect(
      freshTransfers(
        Array.from({ length: 200 }, () => ({ at: ago(1), to: "x" })),
        now,
      ),
    ).toHaveLength(50);
  });
});

test("the office is warned within the term, after three quarters of it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (hours) => {
      const warned = warningAt(now, now.add({ hours }));
      expect(now.until(warned).total("hours")).toBeCloseTo(hours * 0.75, 3);
    }),
  );
});
