import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { chrome } from "../chrome.ts";
import type { Role } from "../kernel/actor.ts";
import { makeServer } from "../kernel/server.ts";
import { authorise, draftRequest, revise, submit } from "./acts-draft.ts";
import { acknowledge, refuse } from "./acts-receiver.ts";
import { send } from "./acts-sender.ts";

let at: Countries;
let id: string;
const desks = new Map<string, FastifyInstance>();
const whole = {
  measure: "P29",
  to: "XB",
  offence: "Computer-related fraud, s. 11",
  urgency: "urgent",
  facts:
    "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  data: [{ category: "traffic", description: "Log-in records", identifiers: ["sunrise@meridian.example"] }],
  custodian: "Meridian",
  particulars: { assistance: "A request for assistance will follow." },
};
beforeAll(async () => {
  at = await openCountries();
  for (const code of ["XA", "XB"] as const) {
    const desk = await makeServer({ node: at.node(code), role: "desk", chrome });
    await desk.ready();
    desks.set(code, desk);
  }
  id = await at.does("XA", "investigator", draftRequest, {
    id: await at.openCase(),
    input: { measure: "P29", to: "XB", data: [{ category: "traffic" }] },
  });
});
afterAll(async () => {
  for (const desk of desks.values()) await desk.close();
  await at.close();
});

/** A page as an officer sees it; with `form`, what comes back when it is sent. */
async function page(code: "XA" | "XB", role: Role, url: string, form?: Record<string, string>) {
  const answer = await desks.get(code)?.inject({
    url,
    method: form ? "POST" : "GET",
    headers: {
      authorization: `Bearer ${at.token(code, role)}`,
      ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    },
    ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
  });
  const { document } = parseHTML(answer?.payload ?? "");
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map((each) => (each.textContent ?? "").replaceAll(/\s+/g, " ").trim());
  return { status: answer?.statusCode, document, texts };
}

test.each([
  [
    "en",
    [
      "Summary of facts: Summarise the facts.",
      "Data wanted 1, What is wanted: Describe what is wanted in a few words.",
      "What this measure must also say, Mutual assistance that will be asked for: Say that mutual assistance will be asked for, and when.",
    ],
  ],
  ["fr", ["Résumé des faits : Résumez les faits.", "Données demandées 1, Ce qui est demandé : "]],
])("in %s each sentence of what must be put right names its field", async (language, expected) => {
  const { status, texts } = await page("XA", "investigator", `/requests/${id}/submit?lang=${language}`, {});
  expect(status).toBe(422);
  const said = texts(".summary li").map((each) => each.replaceAll("\u00A0", " ").replaceAll("\u202F", " "));
  for (const sentence of expected) expect(said).toContainEqual(expect.stringContaining(sentence));
  expect(said.every((sentence) => /\p{L}.*:/u.test(sentence))).toBe(true);
});

test("a sentence leads to its field, and what was typed is kept", async () => {
  const { status, document, texts } = await page("XA", "investigator", `/requests/${id}/revise`, {
    measure: "P29",
    to: "xb",
    facts: "Half a sentence",
    "data.0.category": "traffic",
    "data.0.description": "",
  });
  expect(status).toBe(422);
  for (const link of document.querySelectorAll(".summary a"))
    expect(document.querySelector(link.getAttribute("href") ?? "")).not.toBeNull();
  expect(texts("textarea[name=facts]")).toEqual(["Half a sentence"]);
});

test("what is missing of a draft leads to the draft, as the form that submits it asks for nothing", async () => {
  const { document } = await page("XA", "investigator", `/requests/${id}/submit`, {});
  expect([...document.querySelectorAll(".summary a")]).toEqual([]);
  expect([...document.querySelectorAll("main a")].map((each) => each.getAttribute("href"))).toContain(
    `/requests/${id}/revise`,
  );
  const parts = [...document.querySelectorAll("main .summary, main dl")].map((each) => each.localName);
  expect(parts.slice(0, 2)).toEqual(["div", "dl"]);
});

test("what is missing of a draft is said on its page", async () => {
  const { texts } = await page("XA", "investigator", `/requests/${id}`);
  expect(texts("dd").filter((text) => text === "Not written yet")).toHaveLength(4);
});

test("the decision stands under the whole request, by the names of those who are concerned", async () => {
  await at.does("XA", "investigator", revise, { id, input: whole });
  await at.does("XA", "investigator", submit, { id });
  const { texts } = await page("XA", "prosecutor", `/requests/${id}/authorise`);
  const facts = texts("dd").join("\n");
  for (const text of [
    "Preservation abroad, CETS 185 Art. 29",
    "To Belmora (XB)",
    "Urgent",
    whole.facts,
    whole.necessity,
    "Traffic data: Log-in records (sunrise@meridian.example)",
    whole.particulars.assistance,
  ])
    expect(facts).toContain(text);
});

test("both desks show the same picture: where it stands, the lanes, the clocks and the history", async () => {
  await at.does("XA", "prosecutor", authorise, {
    id,
    input: { reasons: "Necessary and narrow.", until: "2027-01-31" },
  });
  await at.does("XA", "duty-officer", send, { id });
  await at.handOver();
  await at.does("XB", "duty-officer", acknowledge, { id });
  await at.handOver();
  const [here, there] = [
    await page("XA", "investigator", `/requests/${id}`),
    await page("XB", "duty-officer", `/requests/${id}`),
  ];
  const stands = "Belmora has seen it and is deciding whether to take it on.";
  for (const shown of [here, there])
    expect(shown.texts(".lanes").join() + shown.texts("main p").join("\n")).toContain(stands);
  expect(here.texts(".lane-name b")).toEqual(["Aruna", "Belmora"]);
  expect(there.texts(".lane-name b")).toEqual(["Aruna", "Belmora"]);
  expect(here.texts(".lanes .stop b")).toEqual(there.texts(".lanes .stop b"));
  expect(here.texts(".clock-label, .clock-left, .clock-rule")).toEqual(
    there.texts(".clock-label, .clock-left, .clock-rule"),
  );
  expect(here.texts(".timeline b")).toEqual(there.texts(".timeline b"));
  expect(here.texts(".clock-rule").join()).toContain("Belmora Electronic Evidence Law No. 14, art. 7");
});

test("a refusal names its ground with the provision, and says which was not compared with the treaty yet", async () => {
  const { texts } = await page("XB", "duty-officer", `/requests/${id}/refuse`);
  expect(texts("select[name=ground] option")).toContainEqual("It is not within the treaty (CETS 185 Art. 25(4))");
  expect(texts("select[name=ground] option")).toContainEqual(
    "It concerns a political offence (CETS 185 Art. 27(4), not yet compared with the text of the treaty)",
  );
  await at.does("XB", "duty-officer", refuse, {
    id,
    input: { ground: "outside-treaty", reasons: "Not an offence of the treaty." },
  });
  await at.handOver();
  expect((await page("XA", "investigator", `/requests/${id}`)).texts(".timeline").join()).toContain(
    "It is not within the treaty (CETS 185 Art. 25(4))",
  );
});

test("the worklist names measures and peers in words; the entry of the menu is the one that was opened", async () => {
  const { texts } = await page("XA", "duty-officer", "/requests?box=to-send");
  expect(texts(".chip")).toEqual(expect.arrayContaining(["Preservation abroad", "Assistance: stored data abroad"]));
  expect(texts("nav [aria-current=page]")).toEqual([expect.stringMatching(/^To send/)]);
  expect((await page("XA", "investigator", "/requests")).texts("td").join()).toContain("To Belmora");
});

test("statistics name peers, states and categories in words, and each title once", async () => {
  const { texts, document } = await page("XA", "statistician", "/statistics");
  expect(texts("td").join("\n")).toContain("Belmora (XB)");
  expect(texts("figure svg text").join("\n")).toContain("Preservation abroad, Refused");
  for (const section of document.querySelectorAll("main section")) {
    const title = section.querySelector("h2")?.textContent ?? "";
    expect([...section.querySelectorAll("h2, figcaption b")].map((each) => each.textContent)).toEqual([title]);
  }
});
