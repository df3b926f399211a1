import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Download } from "../kernel/view.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { acknowledge, refuse } from "../requests/acts-receiver.ts";
import { send } from "../requests/acts-sender.ts";
import { listIndicators, oneIndicator } from "./views.ts";

const MINUTE = 60_000;
let at: Countries;
let file: string;

/** Submitted after `drafted` minutes, authorised after `waited` more. */
async function decided(drafted: number, waited: number): Promise<string> {
  const id = await at.does("XA", "investigator", draftRequest, {
    id: file,
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
  await at.pass({ minutes: drafted });
  await at.does("XA", "investigator", submit, { id });
  await at.pass({ minutes: waited });
  await at.does("XA", "judge", authorise, { id, input: { reasons: "Necessary and narrow.", until: "2027-01-31" } });
  return id;
}

// Three requests: decided after 10, 20 and 60 minutes. The first is sent, seen after 5 minutes and refused after 30 more; the
// others wait authorised, since 80 + 35 and since 35 minutes. A fourth is a draft for 0 minutes.
beforeAll(async () => {
  at = await openCountries();
  file = await at.openCase();
  const first = await decided(2, 10);
  await decided(4, 20);
  await decided(20, 60);
  await at.does("XA", "duty-officer", send, { id: first });
  await at.handOver();
  await at.pass({ minutes: 5 });
  await at.does("XB", "duty-officer", acknowledge, { id: first });
  await at.handOver();
  await at.pass({ minutes: 30 });
  await at.does("XB", "duty-officer", refuse, {
    id: first,
    input: { ground: "incomplete", reasons: "No identifiers after two questions." },
  });
  await at.handOver();
  await at.does("XA", "investigator", draftRequest, { id: file, input: { measure: "O18b", to: "XP" } });
});
afterAll(() => at.close());

const read = async (code: "XA" | "XB", file: string) =>
  readView(oneIndicator, readerOf(at.node(code), await at.officer(code, "statistician")), { file });
const rowsOf = async (code: "XA" | "XB", id: string) =>
  ((await read(code, `${id}.json`)) as { rows: Record<string, unknown>[] }).rows;

describe("a small world, counted by hand", () => {
  test("requests by measure, side, peer and state; each node counts its own", async () => {
    expect(await rowsOf("XA", "requests-by-measure")).toEqual([
      { measure: "O18b", side: "sender", peer: "XP", state: "draft", requests: 1 },
      { measure: "P29", side: "sender", peer: "XB", state: "authorised", requests: 2 },
      { measure: "P29", side: "sender", peer: "XB", state: "refused", requests: 1 },
    ]);
    expect(await rowsOf("XB", "requests-by-measure")).toEqual([
      { measure: "P29", side: "receiver", peer: "XA", state: "refused", requests: 1 },
    ]);
  });

  test("how long each step takes: medians and ninetieth percentiles, what is open counted as open", async () => {
    const steps = await rowsOf("XA", "request-steps");
    const step = (state: string, measure = "P29") => {
      const { ended, open, median, p90 } =
        steps.find((row) => row["state"] === state && row["measure"] === measure) ?? {};
      return [ended, open, median, p90];
    };
    expect(step("draft")).toEqual([3, 0, 4 * MINUTE, 20 * MINUTE]);
    expect(step("submitted")).toEqual([3, 0, 20 * MINUTE, 60 * MINUTE]);
    // The first was sent 24 + 80 minutes after its authorisation; the two others are open since 115 and 35.
    expect(step("authorised")).toEqual([1, 2, 104 * MINUTE, null]);
    expect(step("delivered")).toEqual([1, 0, 5 * MINUTE, 5 * MINUTE]);
    expect(step("acknowledged")).toEqual([1, 0, 30 * MINUTE, 30 * MINUTE]);
    expect(step("draft", "O18b")).toEqual([0, 1, null, null]);
    // Nobody waits in what has ended.
    expect(steps.some(({ state }) => state === "refused")).toBe(false);
  });

  test("cases by state", async () => {
    expect(await rowsOf("XA", "cases-by-state")).toEqual([{ state: "open", cases: 1 }]);
    expect(await rowsOf("XB", "cases-by-state")).toEqual([]);
  });

  test("JSON says which node, when, and how it is counted; CSV is the same table", async () => {
    expect(await read("XA", "requests-by-measure.json")).toMatchObject({
      id: "requests-by-measure",
      node: "XA",
      at: at.now().toString({ smallestUnit: "second" }),
      definition: expect.stringMatching(/Requests sent/),
      columns: [
        { name: "measure", title: "Measure" },
        { name: "side" },
        { name: "peer" },
        { name: "state" },
        { name: "requests", kind: "count" },
      ],
    });
    const csv = (await read("XA", "requests-by-measure.csv")) as Download;
    expect([csv.type, String(csv.body)]).toEqual([
      "text/csv; charset=utf-8",
      "measure,side,peer,state,requests\r\nO18b,sender,XP,draft,1\r\nP29,sender,XB,authorised,2\r\nP29,sender,XB,refused,1\r\n",
    ]);
  });

  test("every indicator of the list is there in both forms, and what is not in the list is not there", async () => {
    const reader = readerOf(at.node("XA"), await at.officer("XA", "statistician"));
    const { items } = (await readView(listIndicators, reader, {})) as { items: { id: string }[] };
    expect(items).toHaveLength(14);
    for (const { id } of items)
      for (const form of ["json", "csv"]) expect(await read("XA", `${id}.${form}`)).toBeDefined();
    for (const name of ["nothing.json", "request-steps.xml", "../request-steps.json", ""])
      await expect(read("XA", name)).rejects.toMatchObject({ code: "not-found" });
  });

  test("figures are for those whom the law names", async () => {
    const of = async (role: Parameters<Countries["officer"]>[1]) =>
      readView(oneIndicator, readerOf(at.node("XA"), await at.officer("XA", role)), { file: "request-steps.json" });
    await expect(of("investigator")).rejects.toMatchObject({ code: "not-allowed" });
    await expect(of("administrator")).rejects.toMatchObject({ code: "not-allowed" });
    expect(await of("data-protection-officer")).toBeDefined();
  });
});
