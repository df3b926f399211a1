import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { whole } from "../../test/whole.ts";
import { keepLaw } from "../access/slice.ts";
import { type Why, whyOf, entryNamed } from "../access/why-views.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { open } from "../evidence/acts.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { Role } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { type Listed } from "../kernel/view.ts";
import { oversightExport, oversightList, type Use } from "../oversight/views.ts";
import { authorise, draftRequest, submit } from "./acts-draft.ts";
import { halt, resume } from "./acts-oversight.ts";
import { accept, acknowledge, ask, deliver, execute } from "./acts-receiver.ts";
import { inform } from "../notices/acts-inform.ts";
import { defer } from "./acts-notification.ts";
import { order, validate } from "./acts-validation.ts";
import { answer, close, send } from "./acts-sender.ts";

// Safeguards between two states under their own law; messages are signed, sealed and sent, and files travel.

let at: Countries;
let file: string;
beforeAll(async () => {
  at = await openCountries({ lines: true, codes: ["XA", "XB"] });
  file = await at.openCase();
});
afterAll(() => at.close());

const ANSWERS = {
  "less-intrusive": "Bank records and the records of the number were read; neither tells who used it.",
  "others-reached": "Only calls between the two accounts are kept; whatever else comes is erased unread.",
};
const toBelmora = (measure: string, more: object = {}) => whole(measure, "XB", more);
const interception = (more: object = {}, safeguards: object = {}) =>
  toBelmora("M34", {
    data: [{ category: "content", description: "Calls of the account", identifiers: ["sunrise@meridian.example"] }],
    particulars: {
      communication: "Calls between the two accounts named here, as the file shows.",
      from: "2026-11-25",
      until: "2026-12-20",
      seriousness: "Nine victims so far, each of whom lost more than a year of wages.",
      use: "Evidence in these proceedings only.",
    },
    safeguards: { offence: "fraud", privilege: "none", answers: ANSWERS, ...safeguards },
    ...more,
  });
const emergency = (measure: string) =>
  toBelmora(measure, {
    urgency: "emergency",
    particulars: {
      assistance: "A request for assistance will follow within sixty days.",
      use: "Evidence in these proceedings only.",
      risk: "life",
      endangered: "The victim, who lives alone.",
      imminence: "hours",
      emergency: "The caller has her address and says that he is on his way there tonight.",
    },
  });
const why = { reasons: "For the reasons that the file sets out." };
const until = (date: string) => ({ ...why, until: date });

const drafted = async (input: object): Promise<string> =>
  at.does("XA", "investigator", draftRequest, { id: file, input });
async function submitted(input: object): Promise<string> {
  const id = await drafted(input);
  await at.does("XA", "investigator", submit, { id });
  return id;
}
/** An emergency that the investigator orders and sends before anybody authorised it. */
async function ordered(measure: string): Promise<string> {
  const id = await submitted(emergency(measure));
  await at.does("XA", "investigator", order, { id, input: why });
  await at.does("XA", "investigator", send, { id });
  await at.deliver("XA");
  return id;
}
const settle = async () => {
  for (const code of ["XB", "XA", "XB"] as const) await at.deliver(code);
};
const sees = (code: "XA" | "XB", id: string) => at.sees(code, code === "XA" ? "investigator" : "central-authority", id);
async function takenOn(id: string): Promise<void> {
  await at.does("XB", "central-authority", acknowledge, { id });
  await at.does("XB", "central-authority", accept, { id });
}
/** Belmora's central authority delivers a file for the request; gives the items that came to Aruna. */
async function delivered(id: string): Promise<readonly string[]> {
  const owner = await at.officer("XB", "central-authority");
  const upload = await uploadsOf(at.node("XB")).take({
    owner: owner.account,
    name: "answer.csv",
    media: "text/csv",
    source: Readable.from([Buffer.from(`account,registered\nsunrise,${id}\n`)]),
    bytesMax: 1_000,
    now: at.now(),
  });
  const item = await at.does("XB", "central-authority", lodge, {
    input: {
      upload: upload?.id,
      description: "What was asked for",
      request: id,
      acquisition: { method: "export-by-holder", source: "Account system" },
    },
  });
  await at.does("XB", "central-authority", deliver, { id, input: { items: [item], complete: true } });
  await settle();
  return (await sees("XA", id)).items;
}
const opens = (item: string, role: Role = "investigator") =>
  at.tries("XA", role, open, { id: item, input: { purpose: "To read what came." } });
const watched = async (code: "XA" | "XB", role: Role, input: object = {}) =>
  (await readView(oversightList, readerOf(at.node(code), await at.officer(code, role)), input)) as Listed<Use> & {
    counts: Record<string, number>;
  };
const numbers = (list: Listed<Use>) => list.items.map(({ number }) => number);

describe("what the law asks before a power is used", () => {
  test.each([
    [{ answers: {} }, ["safeguards.answers.less-intrusive", "safeguards.answers.others-reached"]],
    [{ answers: { ...ANSWERS, "less-intrusive": "None." } }, ["safeguards.answers.less-intrusive"]],
    [{ offence: undefined }, ["safeguards.offence"]],
    [{ offence: "jaywalking" }, ["safeguards.offence"]],
    [{ privilege: undefined }, ["safeguards.privilege"]],
    [{ privilege: "lawyer" }, ["safeguards.filter"]],
  ])("%#: it is not submitted while %j", async (safeguards, paths) => {
    const id = await drafted(interception({}, safeguards));
    const refused = await at.does("XA", "investigator", submit, { id }).catch((error: unknown) => error);
    expect((refused as { fields: { path: string }[] }).fields.map(({ path }) => path)).toEqual(paths);
  });

  test("an offence too slight, a shielded person, a period too long: no judge can authorise it", async () => {
    const slight = await submitted(interception({}, { offence: "copyright" }));
    expect(await at.tries("XA", "judge", authorise, { id: slight, input: until("2026-12-01") })).toBe(
      "safeguard-threshold",
    );
    const diplomat = await submitted(interception({}, { privilege: "diplomat" }));
    expect(await at.tries("XA", "judge", authorise, { id: diplomat, input: until("2026-12-01") })).toBe(
      "safeguard-immunity",
    );
    const good = await submitted(interception());
    expect(await at.tries("XA", "judge", authorise, { id: good, input: until("2027-02-01") })).toBe(
      "request-until-period",
    );
    expect(await at.tries("XA", "prosecutor", authorise, { id: good, input: until("2026-12-01") })).toBe(
      "not-permitted",
    );
    await at.does("XA", "judge", authorise, { id: good, input: until("2026-12-20") });
    await at.does("XA", "duty-officer", send, { id: good });
    await at.deliver("XA");
    const [here, there] = [await sees("XA", good), await sees("XB", good)];
    expect(there.tests).toEqual(here.tests);
    expect(there.tests?.tests.map(({ code, answer }) => [code, answer])).toEqual(Object.entries(ANSWERS));
    expect(there.tests?.offence).toMatchObject({ code: "fraud", years: 7 });
    expect(there.intrusive).toBe(true);
  });
});

describe("ordered before it was authorised", () => {
  test("validated in time, it is authorised on both sides, and its document stays what was sent", async () => {
    const id = await ordered("P29");
    expect((await sees("XB", id)).validation).toBe("due");
    const sent = (await sees("XA", id)).authority;
    // Both forbid it; which of the two is told does not matter.
    expect(["orderer-never-validates", "drafter-never-authorises"]).toContain(
      await at.tries("XA", "investigator", validate, { id, input: { decision: "confirmed", ...until("2026-12-01") } }),
    );
    expect(await at.tries("XA", "prosecutor", validate, { id, input: { decision: "confirmed", ...why } })).toBe(
      "request-until-missing",
    );
    await at.does("XA", "prosecutor", validate, { id, input: { decision: "confirmed", ...until("2026-12-01") } });
    await settle();
    for (const code of ["XA", "XB"] as const) {
      const seen = await sees(code, id);
      expect([seen.validation, seen.authority]).toEqual(["confirmed", sent]);
      expect(seen.history.map(({ act }) => act)).toEqual(["draft", "submit", "order", "send", "validate"]);
    }
    expect(await at.tries("XA", "judge", validate, { id, input: { decision: "refused", ...why } })).toBe(
      "nothing-to-validate",
    );
  });

  test("nothing routine or merely urgent is ordered, nor what the law of the country lets nobody order", async () => {
    const urgent = await submitted(toBelmora("P29"));
    expect(await at.tries("XA", "investigator", order, { id: urgent, input: why })).toBe("not-permitted");
    const routine = await submitted(toBelmora("P29", { urgency: "routine" }));
    expect(await at.tries("XA", "unit-head", order, { id: routine, input: why })).toBe("only-urgent-is-ordered");
    expect(await at.tries("XA", "duty-officer", send, { id: routine })).toBe("not-found");
  });

  test("not validated in time: it stops on both sides, what came is shut, and only a court opens it again", async () => {
    const id = await ordered("M31");
    await takenOn(id);
    const [item = ""] = await delivered(id);
    expect(await opens(item)).toBe("done");
    const waiting = await ordered("M31");
    await takenOn(waiting);
    await settle();
    await at.pass({ hours: 25 });
    await settle();
    for (const code of ["XA", "XB"] as const) expect((await sees(code, id)).validation).toBe("lapsed");
    expect(await opens(item)).toBe("item-barred");
    expect(await opens(item, "judge")).toBe("item-barred");
    expect(
      await at.tries("XB", "central-authority", deliver, {
        id: waiting,
        input: { items: ["019a0000-0000-7000-8000-000000000001"] },
      }),
    ).toBe("unvalidated-stops");
    const late = await watched("XA", "overseer", { box: "late" });
    expect(numbers(late)).toContain((await sees("XA", id)).number);
    expect(late.counts["late"]).toBe(2);
    const decision = { decision: "confirmed", ...until("2026-12-20") };
    expect(await at.tries("XA", "prosecutor", validate, { id, input: decision })).toBe("lapsed-is-a-courts");
    await at.does("XA", "judge", validate, { id, input: decision });
    expect(await opens(item)).toBe("done");
    // That it came late stays in sight.
    expect(numbers(await watched("XA", "overseer", { box: "late" }))).toContain((await sees("XA", id)).number);
  });

  test("its validation refused before it was sent, it is denied", async () => {
    const id = await submitted(emergency("P29"));
    await at.does("XA", "unit-head", order, { id, input: why });
    await at.does("XA", "judge", validate, { id, input: { decision: "refused", ...why } });
    expect((await sees("XA", id)).state).toBe("denied");
  });
});

describe("oversight", () => {
  test("a halt stands on both sides, shuts what comes meanwhile, and is lifted where it was ordered", async () => {
    const id = await submitted(toBelmora("M31"));
    await at.does("XA", "prosecutor", authorise, { id, input: until("2026-12-20") });
    await at.does("XA", "duty-officer", send, { id });
    await at.deliver("XA");
    await takenOn(id);
    expect(await at.tries("XA", "unit-head", halt, { id, input: why })).toBe("oversight-alone-halts");
    await at.does("XA", "overseer", halt, { id, input: why });
    // Belmora delivers before it hears of the halt.
    const [item = ""] = await delivered(id);
    expect(await opens(item)).toBe("item-barred");
    const there = await sees("XB", id);
    expect([there.halts, (await sees("XA", id)).halts]).toEqual([["XA"], ["XA"]]);
    expect(there.history.at(-1)?.act === "halt" || there.history.some(({ act }) => act === "halt")).toBe(true);
    expect(await at.tries("XB", "data-protection-officer", resume, { id, input: why })).toBe(
      "halt-lifted-where-ordered",
    );
    expect(numbers(await watched("XB", "data-protection-officer", { box: "halted" }))).toContain(there.number);
    await at.does("XA", "judge", resume, { id, input: why });
    await settle();
    expect(await opens(item)).toBe("done");
    expect((await sees("XB", id)).halts).toEqual([]);
    await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
    await settle();
  });

  test("clocks of what is to be done stand while a halt stands, and run on", async () => {
    const id = await submitted(toBelmora("P29"));
    await at.does("XA", "judge", authorise, { id, input: until("2026-12-20") });
    await at.does("XA", "duty-officer", send, { id });
    await at.deliver("XA");
    await at.does("XB", "duty-officer", acknowledge, { id });
    await settle();
    const due = async (code: "XA" | "XB") => {
      const clock = (await sees(code, id)).clocks.find(({ rule }) => rule === "request.execute");
      return { state: clock?.state, dueAt: clock?.dueAt.toString() };
    };
    const before = await due("XA");
    await at.does("XB", "data-protection-officer", halt, { id, input: why });
    await settle();
    expect((await due("XA")).state).toBe("suspended");
    expect(await at.tries("XB", "duty-officer", accept, { id })).toBe("request-halted");
    // A question and its answer meanwhile start nothing.
    await at.does("XB", "duty-officer", ask, { id, input: { text: "Which mailbox is meant?" } });
    await settle();
    await at.does("XA", "investigator", answer, { id, input: { text: "The one that is named first." } });
    await settle();
    expect([(await due("XA")).state, (await due("XB")).state]).toEqual(["suspended", "suspended"]);
    await at.pass({ hours: 3 });
    await at.does("XB", "data-protection-officer", resume, { id, input: why });
    await settle();
    const after = await due("XA");
    expect(after).toEqual(await due("XB"));
    expect(
      Temporal.Instant.from(before.dueAt ?? "")
        .add({ hours: 3 })
        .toString(),
    ).toBe(after.dueAt);
  });

  test("whoever is no overseer sees no desk of it; what it exports are the same uses", async () => {
    await expect(watched("XA", "investigator")).rejects.toMatchObject({ code: "not-allowed" });
    await expect(watched("XA", "data-protection-officer")).rejects.toMatchObject({ code: "not-allowed" });
    const list = await watched("XA", "overseer");
    const exported = (await readView(
      oversightExport,
      readerOf(at.node("XA"), await at.officer("XA", "overseer")),
      {},
    )) as { body: Buffer };
    const lines = exported.body.toString().trim().split("\r\n");
    expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(numbers(list));
  });
});

describe("the person concerned", () => {
  test("is told within the time of the law; a delay needs its ground, its authority and an end", async () => {
    const id = await submitted(toBelmora("M31"));
    await at.does("XA", "prosecutor", authorise, { id, input: until("2026-12-20") });
    await at.does("XA", "duty-officer", send, { id });
    await at.deliver("XA");
    await takenOn(id);
    await delivered(id);
    expect((await sees("XA", id)).notification).toBe("due");
    const later = { cause: "evidence", until: "2027-01-15", ...why };
    expect(await at.tries("XA", "investigator", defer, { id, input: later })).toBe("not-permitted");
    expect(await at.tries("XA", "prosecutor", defer, { id, input: { ...later, until: "2028-01-15" } })).toBe(
      "delay-too-long",
    );
    await at.does("XA", "prosecutor", defer, { id, input: later });
    const number = (await sees("XA", id)).number;
    expect(numbers(await watched("XA", "overseer", { box: "delayed" }))).toContain(number);
    expect(numbers(await watched("XA", "overseer", { box: "untold" }))).not.toContain(number);
    await at.pass({ days: 60 });
    expect(numbers(await watched("XA", "overseer", { box: "untold" }))).toContain(number);
    const on = at.now().toZonedDateTimeISO("Indian/Mauritius").toPlainDate().toString();
    await at.does("XA", "investigator", inform, { id, input: { on, how: "in-person" } });
    expect((await sees("XA", id)).notification).toBe("told");
    expect(await at.tries("XA", "investigator", inform, { id, input: { on, how: "in-person" } })).toBe(
      "notification-done",
    );
    // It is the asking country's affair: the other side's history does not tell who was told.
    await settle();
    expect((await sees("XB", id)).history).toEqual((await sees("XA", id)).history);
  });
});

describe("why was this allowed?", () => {
  const whysOf = async (id: string): Promise<Why[]> => {
    const { rows } = await sql<{ id: string }>`select id from journal where subject_id = ${id} order by ord`.execute(
      at.node("XA").db,
    );
    const found: Why[] = [];
    for (const row of rows) {
      const entry = await entryNamed(at.node("XA"), row.id);
      if (entry) found.push(await whyOf(at.node("XA"), entry));
    }
    return found;
  };

  test("every act of a request is decided again from its entry, and comes out the same", async () => {
    await keepLaw(at.node("XA"));
    const id = await ordered("P29");
    await at.does("XB", "duty-officer", acknowledge, { id });
    await at.does("XB", "duty-officer", accept, { id });
    await at.does("XB", "duty-officer", execute, { id, input: { outcome: "done" } });
    await settle();
    const whys = await whysOf(id);
    expect(whys.map(({ act, replayed }) => [act, replayed.outcome])).toEqual([
      ["request.draft", "same"],
      ["request.submit", "same"],
      ["request.order", "same"],
      ["request.send", "same"],
      ["request.arrive", "system"],
      ["request.acknowledge", "same"],
      ["request.accept", "same"],
      ["request.execute", "same"],
    ]);
    expect(whys[2]?.rules).toMatchObject([
      { id: "XA.power.preservation.order", source: "Aruna Cybercrime Act 2021, s. 22(4)" },
    ]);
    expect(whys[2]?.facts?.resource).toMatchObject({ urgency: "emergency", measure: "P29" });
  });

  test("an entry whose facts were changed comes out otherwise; one of a law that is not kept can't be decided again", async () => {
    const id = await submitted(toBelmora("P29"));
    const day = at.now().toZonedDateTimeISO("UTC").toPlainDate().add({ days: 30 }).toString();
    await at.does("XA", "judge", authorise, { id, input: until(day) });
    const entry = (await whysOf(id)).at(-1);
    const found = await entryNamed(at.node("XA"), entry?.entry ?? "");
    if (!found) throw new Error("there is no entry");
    const { record } = found;
    const facts = record.decision.facts;
    if (!facts) throw new Error("there are no facts");
    const forged = {
      ...record.decision,
      facts: { ...facts, principalAttributes: { ...facts.principalAttributes, role: "investigator" } },
    };
    const again = await whyOf(at.node("XA"), { ...found, record: { ...record, decision: forged } });
    expect(again.replayed).toMatchObject({ outcome: "other", allowed: false });
    const unknown = { ...record.decision, pack: "0".repeat(64) };
    const lost = await whyOf(at.node("XA"), { ...found, record: { ...record, decision: unknown } });
    expect(lost.replayed).toEqual({ outcome: "no-law" });
  });
});
