import { expect, test } from "vitest";
import { ASKED, KIND_FACTS, KINDS, mistakesIn } from "./acquisition-kinds.ts";
import { acquisitionSchema } from "./item.ts";

const said = (facts: Record<string, unknown>) => mistakesIn(facts).map(({ path, key }) => `${path} ${key}`);

test.each([
  ["without a kind, nothing is demanded", { method: "other" }, []],
  [
    "a disk image names its medium and what kept it from being changed",
    { kind: "disk-image", method: "physical-image", source: "Laptop", tool: "Guymager" },
    ["device_serial field-required", "write_blocker field-required"],
  ],
  [
    "a memory image says why it was taken while running",
    { kind: "memory-image", method: "live-capture", source: "Server", tool: "LiME" },
    ["reason_live field-required"],
  ],
  [
    "a phone says how it was kept off the network",
    { kind: "mobile-device", method: "logical-copy", source: "Accused", device_model: "Pixel 8", tool: "adb" },
    ["isolation field-required"],
  ],
  ["a provider's return needs its provider only", { kind: "provider-return", source: "Meridian" }, []],
  [
    "a capture says which clock stamped the packets",
    { kind: "network-capture", method: "live-capture", source: "Tap 3", tool: "tcpdump" },
    ["time_source field-required"],
  ],
  [
    "a fact of another kind, a method of another kind",
    { kind: "document", method: "physical-image", source: "Notary", imei: "1" },
    ["imei fact-of-another-kind", "method method-of-another-kind"],
  ],
  ["facts of the caller's own stay", { kind: "other", method: "other", drone_model: "X1" }, []],
])("%s", (_, facts, expected) => {
  expect(said(facts)).toEqual(expected);
});

test("the table names each fact once for a kind, and every fact of a kind belongs to one", () => {
  for (const kind of KINDS) {
    const all = [...ASKED[kind].must, ...ASKED[kind].may];
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect(acquisitionSchema.shape).toHaveProperty(name);
  }
  const used = new Set(KINDS.flatMap((kind) => [...ASKED[kind].must, ...ASKED[kind].may]));
  for (const name of Object.keys(KIND_FACTS)) expect(used).toContain(name);
});
