import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { readView, readerOf } from "../kernel/reader.ts";
import { registry } from "../kernel/slice.ts";
import { loadCountry } from "./country.ts";
import { policyView, powerList } from "./law-views.ts";
import { access } from "./slice.ts";

let at: TestNode;
let now = Temporal.Instant.from("2026-11-20T08:00:00Z");
const country = loadCountry({ packs: "packs", pack: "XB", code: "XB" }, registry([access]));
beforeAll(async () => {
  at = await testNode([access], {
    config: { code: "XB" },
    clock: () => now,
    policy: () => country.policy,
    services: { country },
  });
});
afterAll(() => at.close());

test("what a page says of a power is what decides: the rule that it names is there, with its provision and its roles", async () => {
  const reader = readerOf(at.node, at.officer("judge"));
  const { powers, pack } = (await readView(powerList, reader, {})) as NonNullable<
    Awaited<ReturnType<typeof powerList.read>>
  >;
  expect(pack).toMatchObject({ code: "XB", digest: country.policy.pack });
  expect(powers.length).toBeGreaterThan(2);
  for (const power of powers) {
    const note = (await readView(policyView, reader, { id: power.policy })) as {
      text: string;
      source?: string;
      effect: string;
    };
    expect(note).toMatchObject({ effect: "permit", source: power.provision });
    for (const role of power.authorising) expect(note.text).toContain(`"${role}"`);
  }
  await expect(readView(policyView, reader, { id: "nothing" })).rejects.toThrow("not-found");
});

test("a power is shown as not yet in force before its day", async () => {
  now = Temporal.Instant.from("2023-03-31T15:59:59Z");
  const shown = async () =>
    ((await powerList.read(readerOf(at.node, at.officer("judge")), {}))?.powers ?? [])
      .filter(({ from }) => from === "2023-04-01")
      .map(({ inForce }) => inForce);
  const before = await shown();
  // The first of April begins at 16:00 UTC in Manila.
  now = Temporal.Instant.from("2023-03-31T16:00:00Z");
  const after = await shown();
  expect([new Set(before), new Set(after)]).toEqual([new Set([false]), new Set([true])]);
});
