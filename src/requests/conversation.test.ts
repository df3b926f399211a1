import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersTo } from "../../test/answers.ts";
import { type Countries, openCountries } from "../../test/countries.ts";
import { charge, qualify } from "../cases/acts.ts";
import { list } from "../court/acts-exhibit.ts";
import { copy } from "../evidence/acts-verify.ts";
import { exportItem, open } from "../evidence/acts.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { pass } from "../evidence/acts-passing.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { Role } from "../kernel/actor.ts";
import { amend, approve, disapprove } from "./acts-amend.ts";
import { agree, bind, decline, seek, waive } from "./acts-conditions.ts";
import { authorise, draftRequest, revoke, submit } from "./acts-draft.ts";
import { assign, remind, translate, translated } from "./acts-office.ts";
import { accept, acknowledge, ask, deliver, refuse } from "./acts-receiver.ts";
import { answer, send } from "./acts-sender.ts";
import { spread } from "./acts-bundle.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { AnyView, Download } from "../kernel/view.ts";
import { draftSchema } from "./request.ts";
import { requestExport } from "./views-export.ts";
import { helpFor } from "./views-help.ts";
import { type ListFound, requestList } from "./views.ts";

let at: Countries;
let file: string;
beforeAll(async () => {
  at = await openCountries({ lines: true, codes: ["XA", "XB"] });
  file = await at.openCase();
}, 60_000);
afterAll(() => at.close());

const M31 = {
  measure: "M31",
  to: "XB",
  offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
  facts:
    "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left.",
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  data: [
    { category: "subscriber", description: "Subscriber information", identifiers: ["sunrise@meridian.example"] },
    { category: "subscriber", description: "Payment instruments on file", identifiers: ["sunrise@meridian.example"] },
  ],
  custodian: "Meridian, response desk",
  urgency: "urgent",
  particulars: { use: "Evidence in these proceedings only." },
  safeguards: { answers: answersTo("M31") },
};
const why = { reasons: "For the reasons that the file sets out." };
/** Everything that waits goes to the other side, in both directions. */
const post = async (): Promise<void> => {
  await at.deliver("XA");
  await at.deliver("XB");
};
const central = (act: Parameters<Countries["does"]>[2], id: string, input: object = {}) =>
  at.does("XB", "central-authority", act, { id, input });
const duty = (act: Parameters<Countries["does"]>[2], id: string, input: object = {}) =>
  at.does("XA", "duty-officer", act, { id, input });

async function taken(more: object = {}): Promise<string> {
  const id = await at.does("XA", "investigator", draftRequest, { id: file, input: { ...M31, ...more } });
  await at.does("XA", "investigator", submit, { id });
  const until = "2027-11-01";
  await at.does("XA", "judge", authorise, {
    id,
    input: { reasons: "Necessary, narrow and in proportion to the loss.", until },
  });
  await duty(send, id);
  await post();
  await central(acknowledge, id);
  await central(accept, id);
  await post();
  return id;
}

async function lodged(request: string, role: Role = "central-authority"): Promise<string> {
  const node = at.node("XB");
  const { account } = await at.officer("XB", role);
  const upload = await uploadsOf(node).take({
    owner: account,
    name: "answer.csv",
    media: "text/csv",
    source: (async function* () {
      yield Buffer.from(`account,registered\nsunrise,2026-10-29,${request}\n`);
    })(),
    bytesMax: 1_000,
    now: node.clock(),
  });
  if (!upload || typeof upload !== "object" || !("id" in upload)) throw new Error("not taken");
  const acquisition = { method: "export-by-holder", source: "Account system" };
  return at.does("XB", role, lodge, {
    input: { upload: upload.id, description: "What was asked for", request, acquisition },
  });
}
const view = (id: string) => at.sees("XA", "investigator", id);
const there = (id: string) => at.sees("XB", "central-authority", id);

/** Delivered under these conditions; gives the request and the item that it became. */
async function given(conditions: readonly object[]): Promise<{ id: string; item: string }> {
  const id = await taken();
  await central(bind, id, { conditions });
  await post();
  await duty(agree, id);
  await post();
  await central(deliver, id, { items: [await lodged(id)], complete: false, missing: [{ line: 2, why: "not-held" }] });
  await post();
  const item = (await view(id)).items[0];
  if (!item) throw new Error("nothing came");
  return { id, item };
}

describe("conditions on the use of data", () => {
  test("CETS 185 Art. 28(3): nothing is given before they are agreed; declined, it is given only without them", async () => {
    const id = await taken();
    await central(bind, id, { conditions: [{ condition: "confidential" }] });
    const input = { items: [await lodged(id)] };
    const tries = () => at.tries("XB", "central-authority", deliver, { id, input });
    expect(await tries()).toBe("conditions-not-agreed");
    await post();
    expect(await at.tries("XA", "investigator", agree, { id })).toBe("not-permitted");
    await duty(decline, id, why);
    await post();
    expect([(await view(id)).terms_state, (await there(id)).terms_state]).toEqual(["declined", "declined"]);
    expect(await tries()).toBe("conditions-not-agreed");
    await central(bind, id, { conditions: [] });
    expect(await tries()).toBe("done");
    await post();
    expect((await view(id)).state).toBe("executed");
    expect((await view(id)).history).toEqual((await there(id)).history);
  });

  test("CETS 185 Art. 28(2): what is given under them is bound here, and only their owner frees it", async () => {
    const { id, item } = await given([{ condition: "confidential" }, { condition: "no-transfer" }]);
    const tries = (act: Parameters<Countries["does"]>[2], input: object, role: Role = "investigator") =>
      at.tries("XA", role, act, { id: item, input });
    const leaving = { purpose: "For the file", recipient: "A. Counsel" };
    expect(await tries(exportItem, leaving)).toBe("limit-confidential");
    expect(await tries(open, { purpose: "To read it" })).toBe("done");
    expect(await at.tries("XA", "unit-head", pass, { id: item, input: { to: "XB", reason: "x" } })).toMatch(/^limit-/);
    await at.does("XA", "investigator", seek, { id, input: { condition: "confidential", ...why } });
    expect(await at.tries("XA", "duty-officer", waive, { id, input: { condition: "confidential", ...why } })).toBe(
      "wrong-side",
    );
    await post();
    expect((await there(id)).terms[0]?.sought?.text).toBe(why.reasons);
    await central(waive, id, { condition: "confidential", ...why });
    await post();
    expect(await tries(exportItem, leaving)).toBe("done");
    expect((await view(id)).terms.map(({ condition, waived }) => [condition, waived !== undefined])).toEqual([
      ["confidential", true],
      ["no-transfer", false],
    ]);
    expect((await view(id)).history).toEqual((await there(id)).history);
  });

  test("CETS 185 Art. 27(6): not as evidence, not for another offence, until it is waived", async () => {
    const { id, item } = await given([{ condition: "no-evidence" }, { condition: "speciality" }]);
    const listing = { item, title: "Account", proves: "Who opened it" };
    const lists = () => at.tries("XA", "investigator", list, { id: file, input: listing });
    expect(await lists()).toBe("limit-no-evidence");
    await central(waive, id, { condition: "no-evidence", ...why });
    await post();
    expect(await lists()).toBe("done");
    const qualifies = () => at.tries("XA", "investigator", qualify, { id: file, input: { offences: ["Tax evasion"] } });
    expect(await qualifies()).toBe("case-speciality");
    expect(charge.name).toBe("case.charge");
    await central(waive, id, { condition: "speciality", ...why });
    await post();
    expect(await qualifies()).toBe("done");
  });

  test("to be gone by a day: once that has passed it is not opened or copied any more", async () => {
    const { item } = await given([{ condition: "erase-by", until: "2026-12-01" }]);
    await at.pass({ days: 6 });
    expect(await at.tries("XA", "investigator", open, { id: item, input: { purpose: "To read it" } })).toBe("done");
    await at.pass({ days: 2 });
    expect(await at.tries("XA", "investigator", open, { id: item, input: { purpose: "To read it" } })).toBe(
      "limit-expired",
    );
    expect(copy.name).toBe("item.copy");
  });
});

test("an answer in part says what is missing, line by line, and both sides show it", async () => {
  const { id } = await given([{ condition: "purpose" }]);
  const missing = [{ line: 2, why: "not-held" }];
  expect([(await view(id)).missing, (await there(id)).missing]).toEqual([missing, missing]);
  const items = [await lodged(id)];
  const tries = (input: object) => at.tries("XB", "central-authority", deliver, { id, input: { items, ...input } });
  expect(await tries({ complete: false })).toBe("request-missing-unsaid");
  expect(await tries({ complete: false, missing: [{ line: 3, why: "sought" }] })).toBe("request-no-such-line");
  expect(await tries({ complete: true, missing })).toBe("request-whole-misses-nothing");
  expect(await tries({ complete: true, missing: [{ line: 1 }, { line: 2 }] })).toBe("done");
  await post();
  expect([(await view(id)).missing, (await view(id)).state]).toEqual([[], "executed"]);
});

test("a question says what it is about, an answer how far it goes", async () => {
  const id = await taken();
  await central(ask, id, { about: ["identifiers", "period"], text: "Which of the two mailboxes, and from when?" });
  await post();
  await at.does("XA", "investigator", answer, { id, input: { answer: "in-part", text: "The first; see the file." } });
  await post();
  const { history } = await there(id);
  const said = (act: string) => history.find((line) => line.act === act)?.said;
  expect(said("ask")).toEqual({ about: ["identifiers", "period"], text: "Which of the two mailboxes, and from when?" });
  expect(said("answer")).toEqual({ answer: "in-part", text: "The first; see the file." });
});

test("CETS 185 Art. 15(2): what asks for no more goes at once; what asks for more waits for its own decision", async () => {
  const id = await taken();
  const does = (act: Parameters<Countries["does"]>[2], input: object, role: Role = "investigator") =>
    at.tries("XA", role, act, { id, input });
  const narrower = { kind: "correction", ...why, data: [M31.data[0]] };
  expect(await does(amend, narrower)).toBe("done");
  expect(await does(amend, narrower)).toBe("amendment-changes-nothing");
  const traffic = {
    category: "traffic",
    description: "Log-ins of November",
    identifiers: ["sunrise@meridian.example"],
  };
  expect(await does(amend, { kind: "supplement", ...why, data: [M31.data[0], traffic] })).toBe("done");
  await post();
  expect([(await view(id)).data.length, (await there(id)).data.length]).toEqual([1, 1]);
  expect(await does(amend, narrower)).toBe("amendment-waits");
  expect(await does(approve, why)).toBe("drafter-never-authorises");
  expect(await does(approve, why, "prosecutor")).toBe("done");
  await post();
  expect([(await view(id)).data, (await view(id)).data_category]).toEqual([
    (await there(id)).data,
    (await there(id)).data_category,
  ]);
  expect((await there(id)).data).toHaveLength(2);
  // What nobody was asked the law's questions about is asked for anew.
  const silent = await taken({ safeguards: { answers: {} } });
  const more = { kind: "supplement", ...why, data: [M31.data[0], traffic] };
  expect(await at.tries("XA", "investigator", amend, { id: silent, input: more })).toBe("amendment-unanswered");
  const content = {
    category: "content",
    description: "Letters of November",
    identifiers: ["sunrise@meridian.example"],
  };
  expect(await does(amend, { kind: "supplement", ...why, data: [content] })).toBe("done");
  // Content is a judge's alone in Aruna.
  expect(await does(approve, why, "prosecutor")).toBe("not-permitted");
  expect(await does(disapprove, why, "judge")).toBe("done");
  await post();
  expect((await there(id)).data).toHaveLength(2);
  expect((await view(id)).history).toEqual((await there(id)).history);
  expect((await view(id)).amendment?.denied?.reasons).toBe(why.reasons);
});

describe("a narrower decision", () => {
  const submitted = async (more: object = {}): Promise<string> => {
    const id = await at.does("XA", "investigator", draftRequest, { id: file, input: { ...M31, ...more } });
    await at.does("XA", "investigator", submit, { id });
    return id;
  };
  const decision = { reasons: "Necessary, narrow and in proportion to the loss.", until: "2027-11-01" };

  test("what was struck out is never sent, and stays in sight of who drafted it", async () => {
    const id = await submitted();
    await at.does("XA", "prosecutor", authorise, { id, input: { ...decision, strike: ["2"] } });
    await duty(send, id);
    await post();
    expect(JSON.stringify(await there(id))).not.toContain("Payment instruments");
    const here = await view(id);
    expect([here.data.length, here.asked?.data.length]).toEqual([1, 2]);
  });

  test("taken back before anything was sent, the request is as it was submitted", async () => {
    const id = await submitted();
    await at.does("XA", "prosecutor", authorise, { id, input: { ...decision, strike: ["1"] } });
    expect(await at.tries("XA", "investigator", revoke, { id, input: why })).toBe("drafter-never-authorises");
    await at.does("XA", "prosecutor", revoke, { id, input: why });
    const { state, data, asked, authority } = await view(id);
    expect([state, data.length, asked, authority.authorisedBy]).toEqual(["submitted", 2, null, undefined]);
    expect(await at.tries("XA", "duty-officer", send, { id })).toMatch(/wrong-state|not-found/);
  });
});

test("what is ordered from a translator and given to an office here is this side's own", async () => {
  const id = await taken();
  await central(translate, id, { language: "fil", translator: "Sworn translator", due: "2026-12-20" });
  expect(await at.tries("XB", "central-authority", translate, { id, input: { language: "fil", translator: "A", due: "2026-12-20" } })).toBe("translation-ordered"); // prettier-ignore
  await central(translated, id, { language: "fil" });
  const police = (await at.officer("XB", "investigator")).office.id;
  expect(await at.tries("XB", "investigator", acknowledge, { id })).toBe("not-found");
  await central(assign, id, { office: police });
  expect((await at.sees("XB", "investigator", id)).assigned_name).toBe(
    (await at.officer("XB", "investigator")).office.name,
  );
  await duty(remind, id, { text: "The hearing is on Friday." });
  await post();
  const [here, other] = [await view(id), await there(id)];
  expect(here.history).toEqual(other.history);
  expect([here.clocks, here.translations]).toEqual([other.clocks, []]);
  expect(other.translations).toMatchObject([{ language: "fil", received_by: expect.any(String) }]);
});

describe("the desks", () => {
  const reads = async <Result>(view: AnyView, input: object, role: Role = "investigator"): Promise<Result> =>
    (await readView(view, readerOf(at.node("XA"), await at.officer("XA", role)), input)) as Result;

  test("whoever drafts sees what this peer refused before for this measure, and why; who holds the data; what is missing", async () => {
    const id = await taken();
    await central(refuse, id, { ground: "data-not-held", reasons: "Meridian never had a mailbox of that name." });
    await post();
    const reader = readerOf(at.node("XA"), await at.officer("XA", "investigator"));
    const draft = draftSchema.parse({ ...M31, necessity: "" });
    const { refused: before, holders, missing } = await helpFor(reader, draft);
    expect(before).toMatchObject([
      { ground: "data-not-held", reasons: "Meridian never had a mailbox of that name.", peer_name: "Belmora" },
    ]);
    expect(holders.map(({ holder }) => holder.name)).toEqual(["Meridian"]);
    expect(missing.map(({ path }) => path)).toEqual(["necessity"]);
  });

  test("one draft to many: each addressee has a request of its own, and their progress is one list", async () => {
    const id = await at.does("XA", "investigator", draftRequest, { id: file, input: M31 });
    const addressees = [{ to: "XB", custodian: "Second provider", identifiers: ["moon@meridian.example"] }];
    await at.does("XA", "investigator", spread, { id, input: { addressees } });
    const { items, progress } = await reads<ListFound>(requestList, { bundle: id });
    expect(items).toHaveLength(2);
    expect(progress).toEqual([{ state: "draft", count: 2 }]);
    const other = await view(items.find((each) => each.id !== id)?.id ?? "");
    expect([other.custodian, other.data.map(({ identifiers }) => identifiers)]).toEqual([
      "Second provider",
      [["moon@meridian.example"], ["moon@meridian.example"]],
    ]);
  });

  test("the register is filtered, and leaves as a table that no spreadsheet takes for a formula", async () => {
    await at.does("XA", "investigator", draftRequest, { id: file, input: { ...M31, offence: "=HYPERLINK(1)" } });
    const { body } = await reads<Download>(requestExport, { state: "draft", mine: "true", q: "HYPERLINK" });
    const [head, ...lines] = String(body).trim().split("\r\n");
    expect(head).toContain("number,side,peer,measure,basis");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("CETS 185 Art. 31");
    expect(lines[0]).toContain("'=HYPERLINK(1)");
    expect((await reads<ListFound>(requestList, { conditions: "true" })).items).toEqual([]);
  });
});
