import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersTo } from "../../test/answers.ts";
import { type Countries, openCountries } from "../../test/countries.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { open } from "../evidence/acts.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { Role } from "../kernel/actor.ts";
import { type Category, measureOf } from "../law/slice.ts";
import { authorise, draftRequest, submit } from "./acts-draft.ts";
import { accept, acknowledge, deliver } from "./acts-receiver.ts";
import { close, send } from "./acts-sender.ts";
import { order, validate } from "./acts-validation.ts";
import { objection } from "./clocks.ts";
import { powersFor } from "./safeguards.ts";
import { missing } from "./substance.ts";

// European orders under Aruna's law, sent to Meridian; messages are signed, sealed and sent, and files travel.

let at: Countries;
let file: string;
beforeAll(async () => {
  at = await openCountries({ lines: true, codes: ["XA", "XP"] });
  file = await at.openCase();
});
afterAll(() => at.close());

const SAID = "Between the two accounts named here, from the third to the eleventh of November, as the file shows.";
const PARTICULARS = {
  ...Object.fromEntries(measureOf("EU1").particulars.map((name) => [name, SAID])),
  follows: "",
  from: "2026-11-03",
  until: "2026-11-11",
  addresseeKind: "establishment",
  deadline: "eight-hours",
  sentence: "2",
  listed: "no",
  identifying: "no",
  informing: "by-issuer",
  risk: "life",
  endangered: "A girl of fourteen, last seen in Port Reef",
  emergency: "She wrote that she would jump; the account that drives her to it still writes to her.",
  imminence: "hours",
};
const data = (category: Category) => [
  { category, description: "Line from which the account writes", identifiers: ["reef@meridian.example"] },
];
const emergency = (category: Category, identifying: "yes" | "no") => ({
  measure: "EU1",
  to: "XP",
  offence: "Incitement to suicide, s. 40",
  facts: "Since this morning an account has been telling a girl of fourteen to jump, and she has left home since.",
  necessity: "Only the provider knows from which line the account writes, and so where its holder is.",
  proportionality: "One account and its last line are asked for, and nothing that anybody wrote to anybody.",
  data: data(category),
  custodian: "Meridian, response desk",
  urgency: "emergency",
  particulars: { ...PARTICULARS, identifying },
  safeguards: { answers: answersTo("EU1") },
});
const why = { reasons: "For the reasons that the file sets out." };
const CONFIRMED = { decision: "confirmed", ...why, until: "2026-12-20" };

async function submitted(input: object): Promise<string> {
  const id = await at.does("XA", "investigator", draftRequest, { id: file, input });
  await at.does("XA", "investigator", submit, { id });
  return id;
}
async function ordered(): Promise<string> {
  const id = await submitted(emergency("traffic", "yes"));
  await at.does("XA", "investigator", order, { id, input: why });
  await at.does("XA", "investigator", send, { id });
  await settle();
  return id;
}
const settle = async () => {
  for (const code of ["XA", "XP", "XA"] as const) await at.deliver(code);
};
const both = async (id: string) =>
  Promise.all(
    (["XA", "XP"] as const).map(async (code) => {
      const { state, validation } = await at.sees(code, code === "XA" ? "investigator" : "response-officer", id);
      return { state, validation };
    }),
  );
async function takenOn(id: string): Promise<void> {
  await at.does("XP", "response-officer", acknowledge, { id });
  await at.does("XP", "response-officer", accept, { id });
  await settle();
}
async function delivered(id: string, complete: boolean): Promise<string> {
  const { account } = await at.officer("XP", "response-officer");
  const upload = await uploadsOf(at.node("XP")).take({
    owner: account,
    name: "line.csv",
    media: "text/csv",
    source: Readable.from([Buffer.from(`account,line\nreef,${id}\n`)]),
    bytesMax: 1_000,
    now: at.now(),
  });
  const acquisition = { method: "export-by-holder", source: "Account system" };
  const item = await at.does("XP", "response-officer", lodge, {
    input: { upload: upload?.id, description: "What was asked for", request: id, acquisition },
  });
  await at.does("XP", "response-officer", deliver, {
    id,
    input: { items: [item], complete, ...(complete ? {} : { remark: "The rest follows in an hour." }) },
  });
  await settle();
  return (await at.sees("XA", "investigator", id)).items.at(-1) ?? "";
}
const opens = (item: string, role: Role = "investigator") =>
  at.tries("XA", role, open, { id: item, input: { purpose: "To read what came." } });

describe("Regulation (EU) 2023/1543 Art. 4: who issues what", () => {
  test.each([
    ["subscriber", "no", ["european-production-identifying"]],
    ["traffic", "yes", ["european-production-identifying", "european-production"]],
    ["traffic", "no", ["european-production"]],
    ["content", "no", ["european-production"]],
  ] as const)("%s data, to identify the user: %s", (category, identifying, powers) => {
    const { pack } = at.node("XA").services.country;
    const asked = {
      measure: "EU1",
      data_category: category,
      urgency: "emergency",
      identifying: identifying === "yes",
    } as const;
    expect(powersFor(pack, asked, "2026-11-24").map(({ power }) => power)).toEqual(powers);
    const told = objection(asked, at.now(), pack.calendar);
    expect(told !== null).toBe(category !== "subscriber" && identifying === "no");
  });

  test("traffic data is a judge's; only to identify the user, a prosecutor's too, whatever the sentence", async () => {
    const whole = { ...emergency("traffic", "no"), urgency: "urgent" as const };
    const listed = { ...whole, particulars: { ...PARTICULARS, listed: "yes", deadline: "ten-days" } };
    const decision = { ...why, until: "2026-12-20" };
    const path = await submitted(listed);
    expect(await at.tries("XA", "prosecutor", authorise, { id: path, input: decision })).toBe("not-permitted");
    const who = await submitted({
      ...listed,
      particulars: { ...PARTICULARS, identifying: "yes", deadline: "ten-days" },
    });
    expect(await at.tries("XA", "prosecutor", authorise, { id: who, input: decision })).toBe("done");
  });

  test("content is never asked for only to identify the user", () => {
    const found = missing(emergency("content", "yes") as unknown as Parameters<typeof missing>[0]);
    expect(found.map(({ key }) => key)).toContain("request-eu-identifying");
  });

  test("ahead of a validation nobody orders traffic data that is for more, or content", async () => {
    const more = await submitted({
      ...emergency("traffic", "no"),
      particulars: { ...PARTICULARS, listed: "yes" },
    });
    expect(await at.tries("XA", "investigator", order, { id: more, input: why })).toBe("not-permitted");
  });
});

describe("Regulation (EU) 2023/1543 Art. 4(5): an order without prior validation", () => {
  test("validated within forty-eight hours, it stands on both sides", async () => {
    const id = await ordered();
    const { clocks, authority } = await at.sees("XA", "investigator", id);
    const clock = clocks.find(({ rule }) => rule === "request.validation");
    expect(clock?.dueAt.since(clock.startsAt).total("hours")).toBe(48);
    expect([clock?.source, authority.unvalidated]).toEqual(["Regulation (EU) 2023/1543 Art. 4(5)", "withdrawn"]);
    await at.pass({ hours: 47 });
    await at.does("XA", "prosecutor", validate, { id, input: CONFIRMED });
    await at.pass({ hours: 2 });
    await settle();
    const stands = { state: "delivered", validation: "confirmed" };
    expect(await both(id)).toEqual([stands, stands]);
  });

  test("not validated in time, it is withdrawn on both sides, what came is shut, and nobody validates it late", async () => {
    const id = await ordered();
    await takenOn(id);
    const item = await delivered(id, false);
    expect(await opens(item)).toBe("done");
    await at.pass({ hours: 49 });
    await settle();
    const withdrawn = { state: "withdrawn", validation: "lapsed" };
    expect(await both(id)).toEqual([withdrawn, withdrawn]);
    for (const role of ["investigator", "judge"] as const) expect(await opens(item, role)).toBe("item-barred");
    expect(await at.tries("XA", "judge", validate, { id, input: CONFIRMED })).toBe("order-withdrawn");
    expect((await at.sees("XP", "response-officer", id)).history.map(({ act }) => act)).toContain("void");
    // Whoever was concerned is still to be told: that clock outlives the order.
    const { notification, clocks } = await at.sees("XA", "investigator", id);
    expect(notification).toBe("due");
    expect(clocks.filter(({ endedAt }) => endedAt === null).map(({ rule }) => rule)).toEqual(["request.notification"]);
  });

  test("refused after it was answered in full, what was answered stays answered and shut", async () => {
    const id = await ordered();
    await takenOn(id);
    const item = await delivered(id, true);
    await at.does("XA", "judge", validate, { id, input: { decision: "refused", ...why } });
    await settle();
    const answered = { state: "executed", validation: "refused" };
    expect(await both(id)).toEqual([answered, answered]);
    expect(await opens(item)).toBe("item-barred");
    await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
    expect((await at.sees("XA", "investigator", id)).notification).toBe("due");
  });

  test("withdrawn here while the whole answer crosses: both sides end alike, and what came is shut as it comes", async () => {
    const id = await ordered();
    await takenOn(id);
    await at.does("XA", "judge", validate, { id, input: { decision: "refused", ...why } });
    expect((await at.sees("XA", "investigator", id)).state).toBe("withdrawn");
    const item = await delivered(id, true);
    const answered = { state: "executed", validation: "refused" };
    expect(await both(id)).toEqual([answered, answered]);
    expect(await opens(item)).toBe("item-barred");
  });
});
