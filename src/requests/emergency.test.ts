import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { chrome } from "../chrome.ts";
import type { Role } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { makeServer } from "../kernel/server.ts";
import { authorise } from "./acts-draft.ts";
import { review } from "./acts-emergency.ts";
import { acknowledge } from "./acts-receiver.ts";
import { call, see } from "./acts-seen.ts";
import { close, send } from "./acts-sender.ts";
import { emergencyLaw, missingGround, reviewDue } from "./emergency.ts";

let at: Countries;
let desk: FastifyInstance;
let file: string;
beforeAll(async () => {
  at = await openCountries({ codes: ["XA", "XB"] });
  desk = await makeServer({ node: at.node("XA"), role: "desk", chrome });
  await desk.ready();
  file = await at.openCase();
});
afterAll(async () => {
  await desk.close();
  await at.close();
});

const GROUND = {
  "particulars.risk": "life",
  "particulars.endangered": "A girl of fourteen, last seen in Port Reef",
  "particulars.emergency":
    "She wrote that she would jump; the account from which she was driven to it is still writing to her.",
  "particulars.imminence": "hours",
};
const FORM = {
  measure: "X9",
  to: "XB",
  custodian: "Meridian",
  "data.0.category": "subscriber",
  "data.0.description": "Who holds the account, and from where it was last used",
  "data.0.identifiers": "reef.jumper@meridian.example",
  offence: "Incitement to suicide, s. 40",
  facts:
    "Since this morning an account has been telling a girl of fourteen to jump, and she has left home with her telephone.",
  necessity: "Only the provider knows from which line the account writes, and so where its holder is.",
  proportionality: "One account and its last line are asked for, and nothing that anybody wrote.",
};
/** The page of the short way; with `form`, what comes back when it is sent. */
async function raise(role: Role, form?: Record<string, string>, language = "en") {
  const answer = await desk.inject({
    url: `/cases/${file}/emergency?lang=${language}`,
    method: form ? "POST" : "GET",
    headers: {
      authorization: `Bearer ${at.token("XA", role)}`,
      ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    },
    ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
  });
  const { document } = parseHTML(answer.payload);
  return {
    status: answer.statusCode,
    to: String(answer.headers.location ?? ""),
    wrong: [...document.querySelectorAll(".summary li")].map((each) => (each.textContent ?? "").trim()),
    document,
  };
}
const idIn = (to: string): string => /requests\/([\da-f-]{36})/.exec(to)?.[1] ?? "";
const use = async (id: string) =>
  (
    await sql<{ verdict: string | null }>`select * from emergency_use where request_id = ${id}`.execute(
      at.node("XA").db,
    )
  ).rows[0];

test("the danger is asked and never assumed: who, of what and how soon each have their sentence, and nothing typed is lost", async () => {
  const { status, wrong, document } = await raise("investigator", { ...FORM, "particulars.emergency": "Danger." });
  expect(status).toBe(422);
  expect(wrong).toEqual([
    expect.stringContaining("Choose what is at risk."),
    expect.stringContaining("Say who is in danger"),
    expect.stringContaining("Describe the danger"),
    expect.stringContaining("Say how soon"),
  ]);
  expect(document.querySelector("textarea[name=facts]")?.textContent).toBe(FORM.facts);
  for (const link of document.querySelectorAll(".summary a"))
    expect(document.querySelector(link.getAttribute("href") ?? "")).not.toBeNull();
  expect((await raise("prosecutor")).status).toBe(404);
});

test.each(["routine", "urgent", undefined])("a request that is %s asks for no danger", (urgency) => {
  expect(missingGround({ urgency, particulars: {} }, () => 0)).toEqual([]);
});

let id = "";
test("one click on the case and one on the form lay it before the authoriser; a double click makes one request", async () => {
  const { document } = await raise("investigator");
  expect(document.querySelector("main form button[type=submit]")?.textContent).toBe("Lay it before the authoriser now");
  const key = document.querySelector("input[name=_key]")?.getAttribute("value") ?? "";
  const [first, second] = [
    await raise("investigator", { ...FORM, ...GROUND, _key: key }),
    await raise("investigator", { ...FORM, ...GROUND, _key: key }),
  ];
  id = idIn(first.to);
  expect(first.to).toBe(`/requests/${id}?done=submit`);
  expect(second.to).toBe(first.to);
  expect(await at.sees("XA", "prosecutor", id)).toMatchObject({ state: "submitted", urgency: "emergency" });
});

test("minutes after it was sent people are told to telephone; calls stand on both sides, and whoever is reached ends the wait", async () => {
  await at.does("XA", "prosecutor", authorise, { id, input: { reasons: "A life is in danger.", until: "2026-12-31" } });
  await at.does("XA", "duty-officer", send, { id });
  await at.pass({ minutes: 14 });
  const acts = async () =>
    (
      await sql<{ act: string }>`select act from journal where subject_id = ${id} order by seq`.execute(
        at.node("XA").db,
      )
    ).rows.map(({ act }) => act);
  expect(await acts()).not.toContain("request.escalate");
  await at.pass({ minutes: 2 });
  expect(await acts()).toContain("request.escalate");
  expect(
    await at.tries("XA", "duty-officer", call, { id, input: { outcome: "reached", telephone: "+63 2 5550 0100" } }),
  ).toBe("request-call-person");
  await at.does("XA", "duty-officer", call, { id, input: { outcome: "no-answer", telephone: "+63 2 5550 0100" } });
  await at.pass({ minutes: 11 });
  expect((await acts()).filter((act) => act === "request.escalate")).toHaveLength(2);
  await at.does("XA", "duty-officer", call, {
    id,
    input: { outcome: "reached", telephone: "+63 2 5550 0100", person: "L. Reyes", text: "They look now." },
  });
  await at.pass({ hours: 2 });
  expect((await acts()).filter((act) => act === "request.escalate")).toHaveLength(2);
  await at.handOver("XA");
  await at.handOver("XB");
  const told = (history: readonly { act: string; said?: unknown }[]) => history.filter(({ act }) => act === "call");
  const [here, there] = [await at.sees("XA", "duty-officer", id), await at.sees("XB", "duty-officer", id)];
  expect(told(there.history)).toEqual(told(here.history));
  expect(told(here.history)).toMatchObject([
    { said: { outcome: "no-answer" } },
    { said: { outcome: "reached", person: "L. Reyes" } },
  ]);
});

test("who has read it there is seen here; only who was asked says so, and once", async () => {
  expect(await at.tries("XA", "duty-officer", see, { id })).toBe("wrong-side");
  await at.does("XB", "duty-officer", see, { id });
  expect(await at.tries("XB", "duty-officer", see, { id })).toBe("request-seen-already");
  await at.does("XB", "duty-officer", acknowledge, { id });
  await at.handOver("XA");
  await at.handOver("XB");
  const { history } = await at.sees("XA", "investigator", id);
  expect(history.find(({ act }) => act === "see")?.by).toContain("Belmora");
});

test("another person reviews it: a review that nobody made is a lapse and no approval, outlives the request, and may follow late", async () => {
  const justified = { verdict: "justified", reasons: "She was found on the bridge within the hour." };
  expect(await at.tries("XA", "prosecutor", review, { id, input: justified })).toBe("emergency-other-person");
  expect(await at.tries("XA", "investigator", review, { id, input: justified })).not.toBe("done");
  expect(await use(id)).toMatchObject({ verdict: null, before_authorisation: false });
  await at.pass({ days: 8 });
  expect(await use(id)).toMatchObject({ verdict: "lapsed" });
  await at.does("XA", "judge", review, { id, input: justified });
  expect(await use(id)).toMatchObject({ verdict: "justified" });
  expect(await at.tries("XA", "judge", review, { id, input: justified })).toBe("request-reviewed-already");
  const { history } = await at.sees("XA", "investigator", id);
  expect(history.some(({ act }) => act === "review" || act === "unreviewed")).toBe(false);
});

test("the review's clock stands after the request has been withdrawn or closed", () => {
  const law = emergencyLaw({});
  const calendar = { zone: "Indian/Mauritius", workingDays: [1, 2, 3, 4, 5], holidays: [] };
  const sent = Temporal.Instant.from("2026-12-24T21:00:00Z");
  expect(reviewDue(sent, law, calendar).toString()).toBe("2027-01-01T20:00:00Z");
  expect(() => emergencyLaw({ emergency: { answerMinutes: 0 } })).toThrow();
  expect(close.step?.from).not.toContain("submitted");
});
