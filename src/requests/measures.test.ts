import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { Role } from "../kernel/actor.ts";
import { askedFor, MEASURE_CODES, type MeasureCode, measureOf, type Particular } from "../law/slice.ts";
import { authorise, draftRequest, submit } from "./acts-draft.ts";
import { accept, acknowledge, deliver, execute } from "./acts-receiver.ts";
import { close, send } from "./acts-sender.ts";
import { missing } from "./substance.ts";

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
  if (control === "date") return "2026-12-24";
  return options?.[0] ?? (name === "follows" ? "" : TEXT.slice(0, askedFor(name).max));
};

/** A request of that measure in which nothing is missing. */
function whole(code: MeasureCode) {
  const { asks, particulars, categories, names } = measureOf(code);
  return {
    measure: code,
    to: asks === "state" ? "XB" : "XP",
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
      answers: {
        "less-intrusive": "Bank records and the records of the number were read; neither tells who used it.",
        "others-reached": "Only calls between the two accounts are kept; whatever else comes is erased unread.",
      },
    },
  };
}

async function lodged(code: "XB" | "XP", role: Role, request: string): Promise<string> {
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
  test.each(MEASURE_CODES.map((code) => [code, measureOf(code).basis] as const))("%s, %s", async (code) => {
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
    const clocks = (await at.sees("XA", "investigator", id)).clocks.map(({ rule }) => rule);
    expect(clocks.includes("request.preservation")).toBe(keepDays !== undefined);
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
