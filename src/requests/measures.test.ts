import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersTo } from "../../test/answers.ts";
import { type Countries, openCountries } from "../../test/countries.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { Role } from "../kernel/actor.ts";
import { askedFor, isOwn, MEASURE_CODES, type MeasureCode, measureOf, type Particular } from "../law/slice.ts";
import { readerOf } from "../kernel/reader.ts";
import { authorise, draftRequest, revise, submit } from "./acts-draft.ts";
import { accept, acknowledge, deliver, execute, refuse } from "./acts-receiver.ts";
import { disclose, record, serve } from "./acts-own.ts";
import { close, send } from "./acts-sender.ts";
import { GROUND } from "./emergency.ts";
import { recordMissing } from "./record.ts";
import { missing } from "./substance.ts";
import { timedBases } from "./views-bases.ts";

let at: Countries;
let file: string;
/** Number of a preservation by Belmora, from which traffic data can be disclosed. */
let preservation = "";
beforeAll(async () => {
  at = await openCountries();
  file = await at.openCase();
});
afterAll(() => at.close());

const TEXT = "Between the two accounts named here, from the third to the eleventh of November, as the file shows.";
const said = (name: Particular): string => {
  const { control, options } = askedFor(name);
  if (name === "preserved") return preservation;
  if (name === "from") return "2026-11-25";
  if (name === "sentence") return "5";
  if (control === "date") return "2026-12-24";
  return options?.[0] ?? (name === "follows" ? "" : TEXT.slice(0, askedFor(name).max));
};

/** A request of that measure in which nothing is missing. */
function whole(code: MeasureCode) {
  const { asks, particulars, categories, names } = measureOf(code);
  return {
    measure: code,
    to: asks === "own" ? "XA" : asks === "state" ? "XB" : "XP",
    offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
    facts:
      "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
    necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
    proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
    data:
      names === "nothing"
        ? []
        : [
            {
              category: categories?.[0] ?? "subscriber",
              description: "Records of the mailbox",
              identifiers: ["sunrise@meridian.example"],
            },
          ],
    custodian: "Meridian, response desk",
    urgency: "urgent",
    particulars: Object.fromEntries(particulars.map((name) => [name, said(name)]).filter(([, text]) => text !== "")),
    safeguards: {
      offence: "fraud",
      privilege: "none",
      answers: answersTo(code),
    },
  };
}

async function lodged(code: "XA" | "XB" | "XP", role: Role, request: string): Promise<string> {
  const node = at.node(code);
  const { account } = await at.officer(code, role);
  const upload = await uploadsOf(node).take({
    owner: account,
    name: "answer.csv",
    media: "text/csv",
    source: (async function* () {
      yield Buffer.from("account,registered\nsunrise,2026-10-29\n");
    })(),
    bytesMax: 1_000,
    now: node.clock(),
  });
  if (!upload || typeof upload !== "object" || !("id" in upload)) throw new Error("not taken");
  const input = {
    upload: upload.id,
    description: "What was asked for",
    request,
    acquisition: { method: "export-by-holder", source: "Account system" },
  };
  return at.does(code, role, lodge, { input });
}

describe("each measure runs from its draft to its close, and both nodes show the same", () => {
  const asked = MEASURE_CODES.filter((code) => !isOwn(code) && measureOf(code).yields !== "information");
  test.each(asked.map((code) => [code, measureOf(code).basis] as const))("%s, %s", async (code) => {
    const { asks, yields, keepDays } = measureOf(code);
    const there = asks === "state" ? "XB" : "XP";
    const answering: Role =
      asks === "provider" ? "response-officer" : yields === "data" ? "central-authority" : "duty-officer";
    const sender: Role = asks === "provider" ? "investigator" : "duty-officer";
    const id = await at.does("XA", "investigator", draftRequest, { id: file, input: whole(code) });
    await at.does("XA", "investigator", submit, { id });
    expect(await at.tries("XA", "investigator", authorise, { id, input: DECISION })).not.toBe("done");
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    await at.does("XA", sender, send, { id });
    expect(await at.handOver()).toEqual([]);
    const answers = (act: Parameters<Countries["does"]>[2], input: object = {}) =>
      at.does(there, answering, act, { id, input });
    await answers(acknowledge);
    await answers(accept);
    if (yields === "data") {
      expect(await at.tries(there, answering, execute, { id, input: { outcome: "done" } })).toBe(
        "request-deliver-instead",
      );
      await answers(deliver, { items: [await lodged(there, answering, id)], complete: true });
    } else await answers(execute, { outcome: "done", remark: "Done as asked." });
    expect(await at.handOver()).toEqual([]);
    const { clocks } = await at.sees("XA", "investigator", id);
    expect(clocks.some(({ rule }) => rule === "request.preservation")).toBe(keepDays !== undefined);
    // Belmora's own law names no time for it: that of the treaty runs.
    if (code === "X8")
      expect(clocks.filter(({ rule }) => rule === "request.execute").map(({ source }) => source)).toEqual([
        "CETS 224 Art. 8",
      ]);
    await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
    expect(await at.handOver()).toEqual([]);
    const [here, beyond] = [await at.sees("XA", "investigator", id), await at.sees(there, answering, id)];
    expect([here.state, beyond.state]).toEqual(["closed", "closed"]);
    expect(here.history.map(({ act, at: when }) => `${act} ${when}`)).toEqual(
      beyond.history.map(({ act, at: when }) => `${act} ${when}`),
    );
    if (code === "P29") preservation = here.number;
  });
});

const DECISION = { reasons: "Necessary, narrow and in proportion to the loss.", until: "2026-12-24" };

test.each(MEASURE_CODES)("%s without one of its particulars is not complete, and says which", (code) => {
  preservation ||= "XA-2026-000001";
  const request = whole(code) as unknown as Parameters<typeof missing>[0];
  expect(missing(request)).toEqual([]);
  for (const name of measureOf(code).particulars.filter((each) => askedFor(each).words > 0)) {
    const { [name]: _, ...rest } = request.particulars;
    expect(missing({ ...request, particulars: rest }).map(({ path }) => path)).toEqual([`particulars.${name}`]);
  }
});

test("a measure does not reach a category of data that its provision does not", () => {
  const request = whole("R20") as unknown as Parameters<typeof missing>[0];
  const data = [{ category: "content" as const, description: "What was written", identifiers: ["a@b.example"] }];
  expect(missing({ ...request, data }).map(({ key }) => key)).toEqual(["request-category-not-for-measure"]);
});

test("a period ends after it begins", () => {
  const request = whole("M33") as unknown as Parameters<typeof missing>[0];
  const particulars = { ...request.particulars, until: "2026-11-01" };
  expect(missing({ ...request, particulars }).map(({ key }) => key)).toEqual(["request-period-order"]);
});

describe("what nobody else is asked for is carried out here, by the same life", () => {
  const own = MEASURE_CODES.filter(isOwn);
  const record_ = {
    outcome: "done",
    carriedOutOn: "2026-11-24",
    present: "The owner, her counsel, two officers of the unit",
    inventory: ["One telephone, black, with a cracked screen", "A copy of the mailbox, 2.1 GiB"],
    copies: "One copy of this record to the owner",
  };
  async function authorised(code: MeasureCode): Promise<string> {
    const id = await at.does("XA", "investigator", draftRequest, { id: file, input: whole(code) });
    await at.does("XA", "investigator", submit, { id });
    expect(await at.tries("XA", "investigator", authorise, { id, input: DECISION })).not.toBe("done");
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    return id;
  }

  test.each(own.map((code) => [code, measureOf(code).basis] as const))("%s, %s", async (code) => {
    const id = await authorised(code);
    expect(await at.tries("XA", "duty-officer", send, { id })).toBe("request-own-is-not-sent");
    const item = await lodged("XA", "investigator", id);
    const input = { ...record_, items: [item] };
    expect(await at.tries("XA", "judge", record, { id, input })).not.toBe("done");
    await at.does("XA", "investigator", record, { id, input });
    await at.does("XA", "investigator", close, { id, input: { outcome: "useful" } });
    expect(await at.handOver()).toEqual([]);
    const seen = await at.sees("XA", "investigator", id);
    expect([seen.state, seen.peer_name, seen.items, seen.sending]).toEqual(["closed", "Aruna", [item], []]);
    expect(seen.history.find(({ act }) => act === "record")?.said).toMatchObject({ inventory: record_.inventory });
  });

  test("O18a is served first: what the law gives the person to answer runs from there", async () => {
    const id = await authorised("O18a");
    const served = {
      carriedOutOn: "2026-11-24",
      servedOn: "The managing director of Sunrise Ltd",
      manner: "By hand, at the registered office.",
    };
    await at.does("XA", "investigator", serve, { id, input: served });
    expect((await at.sees("XA", "investigator", id)).clocks.map(({ rule }) => rule)).toEqual(["request.execute"]);
    await at.does("XA", "investigator", record, {
      id,
      input: { outcome: "nothing", carriedOutOn: "2026-11-24", remark: "Nothing is held." },
    });
    const seen = await at.sees("XA", "investigator", id);
    expect([seen.state, seen.clocks.map(({ state }) => state)]).toEqual(["executed", ["ended"]]);
  });

  test("a request to another is not recorded as one's own, and another's item is not listed", async () => {
    const id = await authorised("S19");
    const foreign = crypto.randomUUID();
    expect(await at.tries("XA", "investigator", record, { id, input: { ...record_, items: [foreign] } })).toBe(
      "item-not-here",
    );
    const other = await authorised("P16");
    expect(await at.tries("XA", "investigator", record, { id: other, input: record_ })).toBe("request-not-own");
    const input = { ...whole("S19"), to: "XB" };
    expect(await at.tries("XA", "investigator", draftRequest, { id: file, input })).toBe("request-own-only");
  });
});

describe("CETS 185 Art. 26: information is given once its conditions are accepted", () => {
  test("what is withheld does not travel before, and does after", async () => {
    const id = await at.does("XA", "investigator", draftRequest, { id: file, input: whole("SP26") });
    await at.does("XA", "investigator", submit, { id });
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    await at.does("XA", "duty-officer", send, { id });
    expect(await at.handOver()).toEqual([]);
    const there = () => at.sees("XB", "central-authority", id);
    expect(Object.keys((await there()).particulars)).toEqual(["terms"]);
    expect(await at.tries("XA", "duty-officer", disclose, { id, input: {} })).toBe("wrong-state");
    await at.does("XB", "central-authority", acknowledge, { id });
    await at.does("XB", "central-authority", accept, { id });
    expect(await at.tries("XB", "central-authority", execute, { id, input: { outcome: "done" } })).toBe(
      "request-awaits-disclosure",
    );
    expect(await at.handOver()).toEqual([]);
    await at.does("XA", "duty-officer", disclose, { id, input: {} });
    expect(await at.handOver()).toEqual([]);
    expect(await at.tries("XA", "duty-officer", disclose, { id, input: {} })).toBe("request-disclosed-already");
    await at.does("XB", "central-authority", execute, { id, input: { outcome: "done", remark: "Taken to the unit." } });
    expect(await at.handOver()).toEqual([]);
    const [here, beyond] = [await at.sees("XA", "investigator", id), await there()];
    expect(beyond.particulars).toEqual(here.particulars);
    expect([here.state, beyond.state]).toEqual(["executed", "executed"]);
  });
});

describe("Regulation (EU) 2023/1543: an order in an emergency", () => {
  const traffic = [
    { category: "traffic", description: "Log-in records of the mailbox", identifiers: ["sunrise@meridian.example"] },
  ];

  test("eight hours for the provider, ninety-six for the authority that may object; both nodes count alike", async () => {
    const order = whole("EU1");
    const ground = Object.fromEntries(GROUND.map((name) => [name, said(name)]));
    const input = {
      ...order,
      data: traffic,
      urgency: "emergency",
      particulars: { ...order.particulars, deadline: "eight-hours", ...ground },
    };
    const id = await at.does("XA", "investigator", draftRequest, { id: file, input });
    await at.does("XA", "investigator", submit, { id });
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    await at.does("XA", "investigator", send, { id });
    expect(await at.handOver()).toEqual([]);
    await at.does("XP", "response-officer", acknowledge, { id });
    expect(await at.handOver()).toEqual([]);
    const clocksAt = async (code: "XA" | "XP", role: Role) =>
      (await at.sees(code, role, id)).clocks
        .filter(({ rule, state }) => state === "running" && ["request.execute", "request.objection"].includes(rule))
        .map(({ rule, startsAt, dueAt }) => `${rule} ${dueAt.since(startsAt).total("hours")}`);
    expect(await clocksAt("XP", "response-officer")).toEqual(["request.execute 8", "request.objection 96"]);
    expect(await clocksAt("XA", "investigator")).toEqual(await clocksAt("XP", "response-officer"));
    const why = { reasons: "The data had been erased before the order came." };
    const refused = (ground: string) => at.tries("XP", "response-head", refuse, { id, input: { ...why, ground } });
    expect(await refused("political-offence")).toBe("request-ground-not");
    expect(await refused("eu-not-stored")).toBe("done");
    expect(await at.handOver()).toEqual([]);
    const seen = await at.sees("XA", "investigator", id);
    expect([seen.state, seen.refusal_ground]).toEqual(["refused", "eu-not-stored"]);
  });

  test.each([
    ["subscriber data, whatever the sentence", {}, "subscriber", []],
    ["traffic data without a sentence", { sentence: "" }, "traffic", ["request-sentence-missing"]],
    ["traffic data for two years", { sentence: "2" }, "traffic", ["request-eu-too-light"]],
    ["traffic data for two years, listed", { sentence: "2", listed: "yes" }, "traffic", []],
    ["content for three years", { sentence: "3" }, "content", []],
    ["eight hours without an emergency", { deadline: "eight-hours" }, "subscriber", ["request-eu-deadline"]],
    ["earlier without a reason", { deadline: "earlier", deadlineReasons: "" }, "subscriber", ["request-eu-deadline"]],
    [
      "earlier with its reason",
      { deadline: "earlier", deadlineReasons: "The hearing is on Friday." },
      "subscriber",
      [],
    ],
  ] as const)("%s", (_, more, category, expected) => {
    const order = whole("EU1") as unknown as Parameters<typeof missing>[0];
    const data = [{ category, description: "Records of the mailbox", identifiers: ["a@b.example"] }];
    const found = missing({ ...order, data, particulars: { ...order.particulars, ...more } });
    expect(found.map(({ key }) => key)).toEqual(expected);
  });
});

describe("the treaty that a request is made on", () => {
  const drafted = (code: MeasureCode, more: object = {}) =>
    at.does("XA", "investigator", draftRequest, { id: file, input: { ...whole(code), ...more } });

  test("without a choice it is the first that applies, and it travels; the receiver’s own table agrees", async () => {
    const id = await drafted("P29");
    expect((await at.sees("XA", "investigator", id)).basis).toBeNull();
    await at.does("XA", "investigator", submit, { id });
    await at.does("XA", "judge", authorise, { id, input: DECISION });
    await at.does("XA", "duty-officer", send, { id });
    expect(await at.handOver()).toEqual([]);
    const [here, there] = [await at.sees("XA", "investigator", id), await at.sees("XB", "duty-officer", id)];
    expect(here.basis).toMatchObject({ provision: "CETS 185 Art. 29", needs: { dualCriminality: "required" } });
    expect(there.basis).toEqual(here.basis);
    expect([here.basis_here, there.basis_here]).toEqual([null, { agrees: true, because: [] }]);
  });

  test("what does not apply is not taken, in a draft or later", async () => {
    const input = { ...whole("P29"), basis: "un-2024" };
    expect(await at.tries("XA", "investigator", draftRequest, { id: file, input })).toBe("request-basis-not");
    expect(
      await at.tries("XA", "investigator", draftRequest, { id: file, input: { ...input, basis: "no-such" } }),
    ).toBe("request-basis-not");
    const id = await drafted("P29", { basis: "courtesy" });
    expect((await at.sees("XA", "investigator", id)).basis?.code).toBe("courtesy");
    const node = at.node("XA");
    const { treaties } = node.services;
    try {
      Object.assign(node.services, { treaties: treaties.filter(({ code }) => code !== "courtesy") });
      expect(await at.tries("XA", "investigator", submit, { id })).toBe("request-basis-not");
      Object.assign(node.services, { treaties: treaties.map((each) => ({ ...each, parties: [] })) });
      await at.does("XA", "investigator", revise, { id, input: whole("P29") });
      expect(await at.tries("XA", "investigator", submit, { id })).toBe("request-no-basis");
    } finally {
      Object.assign(node.services, { treaties });
    }
  });

  test("where the receiver’s table says otherwise nothing is refused for it; both sides read the doubt", async () => {
    const receiver = at.node("XB");
    const { treaties } = receiver.services;
    Object.assign(receiver.services, {
      treaties: treaties.map((each) =>
        each.parties === "any" ? each : { ...each, parties: each.parties.filter(({ code }) => code !== "XA") },
      ),
    });
    try {
      const id = await drafted("P29");
      await at.does("XA", "investigator", submit, { id });
      await at.does("XA", "judge", authorise, { id, input: DECISION });
      await at.does("XA", "duty-officer", send, { id });
      expect(await at.handOver()).toEqual([]);
      await at.does("XB", "duty-officer", acknowledge, { id });
      expect(await at.handOver()).toEqual([]);
      const doubt = [{ key: "no-party", values: { state: "XA" } }];
      expect((await at.sees("XB", "duty-officer", id)).basis_here).toEqual({ agrees: false, because: doubt });
      const line = (await at.sees("XA", "investigator", id)).history.find(({ act }) => act === "acknowledge");
      expect(line?.said?.["doubts"]).toEqual(doubt);
    } finally {
      Object.assign(receiver.services, { treaties });
    }
  });

  test("how long it has taken so far comes from the acts: those answered, with their median, and those open", async () => {
    const reader = readerOf(at.node("XA"), await at.officer("XA", "investigator"));
    const bases = await timedBases(reader, { measure: "P29", to: "XB", category: "subscriber" });
    const { taken } = bases.find(({ code }) => code === "cets-185") ?? {};
    expect(taken).toMatchObject({ answered: 1, medianHours: 0 });
    expect(taken?.open).toBeGreaterThanOrEqual(2);
  });
});

test.each([
  ["S19", {}, ["present", "inventory", "copies"]],
  ["S19", { outcome: "nothing", present: "Two officers" }, []],
  ["O18a", { inventory: ["A disk"], copies: "To the director" }, []],
  ["A32a", { inventory: ["A page"], carriedOutOn: "2026-11-25" }, ["carriedOutOn"]],
  ["A32b", { inventory: ["A mailbox"], carriedOutOn: "2026-11-01" }, ["carriedOutOn"]],
] as const)("CETS 185 Art. 19: the record of %s, %o, lacks %o", (code, more, expected) => {
  const said = { outcome: "done" as const, carriedOutOn: "2026-11-24", inventory: [], items: [], ...more };
  const days = { today: "2026-11-24", authorisedOn: "2026-11-20", until: "2026-12-01" };
  expect(recordMissing(code, said, days).map(({ path }) => path)).toEqual(expected);
});
