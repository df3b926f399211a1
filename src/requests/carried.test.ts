import { expect, test } from "vitest";
import { carriedOver, type Known } from "./carried.ts";

const P29: Known = {
  number: "XA-2026-000001",
  peer: "XB",
  offence: "Fraud",
  facts: "What happened.",
  necessity: "Why.",
  proportionality: "Why not more.",
  custodian: "Meridian",
  urgency: "urgent",
  data: [{ category: "content", description: "Mailbox", identifiers: ["a@meridian.example"] }],
  particulars: { assistance: "A request will follow.", use: "Evidence." },
};

test("CETS 185 Art. 30: the disclosure of the path cites the preservation and asks for traffic data alone", () => {
  const { data, particulars, to } = carriedOver(P29, "D30");
  expect([to, data[0]?.category, particulars]).toEqual(["XB", "traffic", { preserved: "XA-2026-000001" }]);
});

test("CETS 185 Art. 31: the request for the data follows by number, with what is known", () => {
  const { data, particulars, facts } = carriedOver(P29, "M31");
  expect([facts, data, particulars]).toEqual([P29.facts, P29.data, { follows: "XA-2026-000001", use: "Evidence." }]);
});
