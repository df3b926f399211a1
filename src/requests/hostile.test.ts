import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersTo } from "../../test/answers.ts";
import { type Countries, openCountries } from "../../test/countries.ts";
import { Refusal } from "../kernel/errors.ts";
import type { AnyAct } from "../kernel/act.ts";
import { makeEntry } from "../kernel/journal.ts";
import { asJson } from "../kernel/json.ts";
import { receiveIn } from "../kernel/receive.ts";
import { amend, approve } from "./acts-amend.ts";
import { spread } from "./acts-bundle.ts";
import { authorise, draftRequest, revoke, submit } from "./acts-draft.ts";
import { bind } from "./acts-conditions.ts";
import { accept, acknowledge, ask, postpone, refuse } from "./acts-receiver.ts";
import { send } from "./acts-sender.ts";
import { order, validate } from "./acts-validation.ts";

let at: Countries;
let file: string;
beforeAll(async () => {
  at = await openCountries();
  file = await at.openCase();
});
afterAll(() => at.close());

const SAID = {
  offence: "Computer-related fraud, s. 11",
  urgency: "urgent",
  facts:
    "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  custodian: "Meridian",
};
const data = (category: string) => [
  { category, description: "Records of it", identifiers: ["sunrise@meridian.example"] },
];
const DECISION = { reasons: "Necessary, narrow and in proportion.", until: "2026-12-24" };
const why = { reasons: "There was a mistake in what was asked." };

/** A request as a node with real keys could make it, whatever its program lets its officers do. */
let n = 0;
const AUTHORITY = {
  node: "XB", country: "Belmora", office: "Cyber Police", person: "An officer", zone: "Asia/Manila", authorisedBy: "A judge",
  authorisedOffice: "Court of Belmora", authorisedAt: "2026-11-24T09:00:00Z", authorisedUntil: "2026-12-24", reasons: "Needed.",
}; // prettier-ignore
const asked = (over: object = {}) => ({
  ...SAID,
  number: `XB-2026-${900_000 + n++}`,
  measure: "P29",
  data_category: "traffic",
  data: data("traffic"),
  particulars: { assistance: "A request for assistance will follow." },
  authority: AUTHORITY,
  authorised_until: "2026-12-24",
  created_at: "2026-11-24T08:00:00Z",
  sent_at: "2026-11-24T09:30:00Z",
  follows: null,
  document: "ab".repeat(32),
  before: [],
  ...over,
});

/** What becomes of an act of Belmora at Aruna: `taken`, or the key of its refusal. */
async function fromBelmora(act: string, id: string, body: unknown): Promise<string> {
  const node = at.node("XA");
  const made = makeEntry(
    {
      node: "XB",
      now: at.now(),
      act,
      subject: { kind: "request", id },
      actor: { kind: "system", job: "hostile" },
      basis: [],
      decision: { policies: [], pack: "" },
      change: {},
    },
    undefined,
  );
  const entry = { record: made.record, salt: made.salt.toString("hex"), digest: made.digest.toString("hex") };
  const from = { kind: "peer", code: "XB", peerKind: "state" } as const;
  const received = { from, act, subjectId: id, body, at: at.now(), entry: asJson(entry) as never, files: [] };
  return node.db
    .transaction()
    .execute((tx) => receiveIn(tx, node, received, at.now()))
    .then(
      () => "taken",
      (error: unknown) => {
        if (error instanceof Refusal) return error.fields[0]?.key ?? error.key;
        throw error;
      },
    );
}

async function drafted(over: object = {}): Promise<string> {
  const input = {
    ...SAID,
    measure: "P29",
    to: "XB",
    data: data("traffic"),
    particulars: { assistance: "A request for assistance will follow." },
    safeguards: { offence: "fraud", privilege: "none", answers: {} },
    ...over,
  };
  return at.does("XA", "investigator", draftRequest, { id: file, input });
}
async function submitted(over: object = {}): Promise<string> {
  const id = await drafted(over);
  await at.does("XA", "investigator", submit, { id });
  return id;
}
async function sent(over: object = {}): Promise<string> {
  const id = await submitted(over);
  await at.does("XA", "judge", authorise, { id, input: DECISION });
  await at.does("XA", "duty-officer", send, { id });
  return id;
}

describe("a hostile node", () => {
  test.each([
    ["is taken where it is whole", {}, "taken"],
    ["from a time zone that is none", { authority: { ...AUTHORITY, zone: "Mars/Olympus" } }, "zone-unknown"],
    ["from nobody", { authority: { ...AUTHORITY, office: " " } }, "field-required"],
    ["in another's name", { authority: { ...AUTHORITY, node: "XC" } }, "request-not-of-peer"],
    ["under another's number", { number: "XA-2026-000001" }, "request-not-of-peer"],
    ["that names more than it claims", { data_category: "subscriber" }, "request-category-claimed"],
    ["that claims no data", { data_category: "none" }, "request-category-claimed"],
    [
      "with a danger that is none of the list",
      {
        measure: "X9",
        urgency: "emergency",
        particulars: { risk: "honour", endangered: "Two children", emergency: "He says that he will hurt them both tonight.", imminence: "hours" },
      },
      "field-choice",
    ],
    [
      "for a day that is none",
      { measure: "M33", particulars: { communication: "Between the two accounts", from: "yesterday", until: "2026-12-24", use: "As evidence in court" } },
      "field-format",
    ],
  ] as const)("a request %s", async (_name, over, expected) => {
    expect(await fromBelmora("request.send", crypto.randomUUID(), asked(over))).toBe(expected);
  }); // prettier-ignore

  test("answers without reasons, on another form's ground, or with data where data is only kept, are not taken", async () => {
    const id = await sent();
    const seen = { office: "Contact point", person: "B", receivedAt: at.now().toString(), clocks: [] };
    expect(await fromBelmora("request.acknowledge", id, seen)).toBe("taken");
    const tries = [
      ["refuse", { ground: "political-offence", reasons: " " }],
      ["refuse", { ground: "eu-not-stored", reasons: "It is gone." }],
      ["accept", { conditions: [{ condition: "speciality" }], version: 1, terms_state: "agreed" }],
      ["deliver", { complete: true, missing: [], files: [] }],
      ["execute", { outcome: "done", missing: [], clocks: [] }],
    ] as const;
    const got: string[] = [];
    for (const [act, body] of tries) got.push(await fromBelmora(`request.${act}`, id, body));
    expect(got).toEqual(["field-required", "request-ground-not", "taken", "request-nothing-to-deliver", "taken"]);
    const { terms_state: terms, clocks } = await at.sees("XA", "investigator", id);
    // Nobody here has agreed; and what is kept without a word until when is kept for the treaty's sixty days.
    expect(terms).toBe("proposed");
    expect(clocks.filter(({ rule }) => rule === "request.preservation").map(({ source }) => source)).toEqual([
      "CETS 185 Art. 29(7)",
    ]);
  });
});

describe("a decision taken back", () => {
  test("leaves how the one who asks is reached", async () => {
    const id = await submitted();
    const { db } = at.node("XA");
    const telephone = { voice: "+230 5550 0100", hours: "Around the clock" };
    const before = (await at.sees("XA", "investigator", id)).authority;
    await db.updateTable("request").set({ authority: JSON.stringify({ ...before, ...telephone }) }).where("id", "=", id).execute(); // prettier-ignore
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    await at.does("XA", "judge", revoke, { id, input: why });
    expect((await at.sees("XA", "investigator", id)).authority).toEqual({ ...before, ...telephone });
  });

  test("that refused what was ordered lets it be decided on, and sent, after all", async () => {
    const id = await submitted({
      urgency: "emergency",
      particulars: { assistance: "A request will follow.", ...DANGER },
    });
    // The contact point sees what it may order ahead.
    expect((await at.sees("XA", "duty-officer", id)).state).toBe("submitted");
    await at.does("XA", "duty-officer", order, {
      id,
      input: { reasons: "Minutes count: somebody's life is at stake." },
    });
    await at.does("XA", "judge", validate, { id, input: { decision: "refused", ...why } });
    await at.does("XA", "judge", revoke, { id, input: why });
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    expect(await at.tries("XA", "duty-officer", send, { id })).toBe("done");
  });
});
const DANGER = {
  risk: "life",
  endangered: "Two children of nine and eleven",
  emergency: "He wrote that he will hurt them both this very night.",
  imminence: "hours",
};

describe("a period", () => {
  const live = (until: string) => ({
    measure: "M33",
    safeguards: { offence: "fraud", privilege: "none", answers: answersTo("M33") },
    particulars: { communication: "Between the two accounts", from: "2026-11-25", until, use: "As evidence in court" },
  });

  test("of collecting what arises ends with the authorisation, also once it is changed", async () => {
    const id = await submitted(live("9999-12-31"));
    const decide = (input: object) => at.tries("XA", "judge", authorise, { id, input: { ...DECISION, ...input } });
    expect(await decide({})).toBe("request-period-beyond");
    expect(await decide({ period_until: "2026-12-24" })).toBe("done");
    await at.does("XA", "duty-officer", send, { id });
    const longer = { kind: "supplement", reasons: "They are still writing to each other.", until: "2027-03-01" };
    expect(await at.tries("XA", "investigator", amend, { id, input: longer })).toBe("request-period-beyond");
  });
});

describe("a change of a sent request", () => {
  test("that reaches intrusive data is seen by oversight there too", async () => {
    const id = await sent({ measure: "M31", particulars: { use: "As evidence in court" }, data: data("subscriber"), safeguards: { offence: "fraud", privilege: "none", answers: answersTo("M31") } }); // prettier-ignore
    expect(await at.handOver()).toEqual([]);
    const isIntrusive = async () =>
      (await at.node("XB").db.selectFrom("request").select("intrusive").where("id", "=", id).executeTakeFirstOrThrow())
        .intrusive;
    expect(await isIntrusive()).toBe(false);
    const more = { kind: "supplement", reasons: "The letters name the others.", data: [...data("subscriber"), ...data("content")] }; // prettier-ignore
    await at.does("XA", "investigator", amend, { id, input: more });
    await at.does("XA", "judge", approve, { id, input: { reasons: "It is needed to find the others." } });
    expect(await at.handOver()).toEqual([]);
    expect(await isIntrusive()).toBe(true);
  });

  test("that names somebody else who holds the data waits for its decision", async () => {
    const id = await sent({
      measure: "M31",
      particulars: { use: "As evidence in court" },
      data: data("subscriber"),
      safeguards: { offence: "fraud", privilege: "none", answers: answersTo("M31") },
    });
    const change = (input: object) =>
      at.tries("XA", "investigator", amend, {
        id,
        input: { kind: "correction", reasons: "It was another one.", ...input },
      });
    expect(await change({ custodian: "MERIDIAN." })).toBe("done");
    expect(await change({ custodian: "Another provider" })).toBe("done");
    expect((await at.sees("XA", "investigator", id)).custodian).toBe("MERIDIAN.");
  });

  test("tells nothing of what is withheld until its conditions are accepted", async () => {
    const information = "The account of the mailbox was opened from an address of the port authority.";
    const id = await sent({
      measure: "SP26",
      data: [],
      safeguards: { offence: "fraud", privilege: "none", answers: answersTo("SP26") },
      particulars: { terms: "For this proceeding alone, and not passed on.", information },
    });
    expect(await at.handOver()).toEqual([]);
    const fixed = { kind: "correction", reasons: "The day was wrong.", facts: SAID.facts.replace("3 November", "4 November") }; // prettier-ignore
    await at.does("XA", "investigator", amend, { id, input: fixed });
    expect(await at.handOver()).toEqual([]);
    const there = await at.sees("XB", "central-authority", id);
    expect([there.facts.includes("4 November"), Object.keys(there.particulars)]).toEqual([true, ["terms"]]);
  });
});

test("a preservation is refused for want of dual criminality only where that was reserved, and as incomplete only after a question", async () => {
  const id = crypto.randomUUID();
  expect(await fromBelmora("request.send", id, asked())).toBe("taken");
  const here = (act: AnyAct, input: object = {}) => at.tries("XA", "duty-officer", act, { id, input });
  expect([await here(acknowledge), await here(accept)]).toEqual(["done", "done"]);
  expect(await here(refuse, { ground: "dual-criminality", ...why })).toBe("request-ground-not");
  expect(await here(postpone, { ...why, until: "2026-11-23" })).toBe("request-until-past");
  expect(await here(bind, { conditions: [{ condition: "erase-by", until: "0001-01-01" }] })).toBe("request-until-past");
  expect(await here(refuse, { ground: "incomplete", ...why })).toBe("request-incomplete-unasked");
  await here(ask, { about: ["identifiers"], text: "Which mailbox is meant?" });
  expect(await here(refuse, { ground: "incomplete", ...why })).toBe("done");
  // Belmora has made the reservation.
  const theirs = await sent();
  await at.handOver("XA");
  await at.does("XB", "duty-officer", acknowledge, { id: theirs });
  const reserved = { ground: "dual-criminality", ...why };
  expect(await at.tries("XB", "duty-officer", refuse, { id: theirs, input: reserved })).toBe("done");
});

test("a bundle does not ask the same of the same twice", async () => {
  const id = await drafted({ measure: "O18b", to: "XP", data: data("subscriber") });
  const again = { to: "XP", custodian: "Meridian" };
  const tries = (addressees: object[]) => at.tries("XA", "investigator", spread, { id, input: { addressees } });
  expect(await tries([again])).toBe("bundle-twice");
  expect(await tries([{ ...again, identifiers: ["other@meridian.example"] }])).toBe("done");
});
