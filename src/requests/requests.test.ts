import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { whole } from "../../test/whole.ts";
import { authorise, carryRequest, deny, draftRequest, giveBack, revise, submit } from "./acts-draft.ts";
import { accept, acknowledge, ask, deliver, execute, postpone, refuse } from "./acts-receiver.ts";
import { answer, close, extend, send, withdraw } from "./acts-sender.ts";

let at: Countries;
let file: string;
beforeAll(async () => {
  at = await openCountries();
  file = await at.openCase();
});
afterAll(() => at.close());

const wanting = (category: string) => ({
  data: [{ category, description: "Records of the mailbox", identifiers: ["sunrise@meridian.example"] }],
});
const decision = { reasons: "Necessary, narrow and in proportion to the loss.", until: "2027-11-01" };
const why = { reasons: "For the reasons that the file sets out." };

const drafted = (measure: string, to: string, more: object = {}) =>
  at.does("XA", "investigator", draftRequest, { id: file, input: whole(measure, to, more) });
async function submitted(measure: string, to: string, more: object = {}): Promise<string> {
  const id = await drafted(measure, to, more);
  await at.does("XA", "investigator", submit, { id });
  return id;
}
/** Sent and, on the other side, delivered. */
async function sent(measure: string, to: string, more: object = {}): Promise<string> {
  const id = await submitted(measure, to, more);
  await at.does("XA", "judge", authorise, { id, input: decision });
  await at.does("XA", measure === "O18b" || measure === "P16" ? "investigator" : "duty-officer", send, { id });
  expect(await at.handOver()).toEqual([]);
  return id;
}
const belmora = (act: Parameters<Countries["does"]>[2], id: string, input: object = {}) =>
  at.does("XB", "duty-officer", act, { id, input });
async function preserved(): Promise<string> {
  const id = await sent("P29", "XB");
  await belmora(acknowledge, id);
  await belmora(accept, id);
  await belmora(execute, id, { outcome: "done" });
  expect(await at.handOver()).toEqual([]);
  return id;
}
/** What both sides show: state, clocks that run, and history. */
async function picture(id: string, there: "XB" | "XP" = "XB") {
  const [here, other] = [
    await at.sees("XA", "investigator", id),
    await at.sees(there, there === "XP" ? "response-officer" : "duty-officer", id),
  ];
  const shown = ({ state, clocks, history }: typeof here) => ({
    state,
    history,
    clocks: clocks
      .filter((clock) => clock.state !== "ended")
      .map((clock) => [
        clock.rule,
        clock.state,
        clock.startsAt.toString(),
        clock.dueAt.toString(),
        clock.suspendedAt?.toString(),
      ]),
  });
  expect(shown(here)).toEqual(shown(other));
  return here;
}

describe("who may decide", () => {
  // The real packs: the prosecution may order traffic data in Aruna; in Belmora only a judge. Content is a judge's in both.
  test.each([
    ["XA", "prosecutor", "P29", "content", "done"],
    ["XA", "judge", "P29", "content", "done"],
    ["XA", "prosecutor", "M31", "subscriber", "done"],
    ["XA", "prosecutor", "M31", "traffic", "done"],
    ["XA", "prosecutor", "M31", "content", "not-permitted"],
    ["XA", "judge", "M31", "content", "done"],
    ["XA", "prosecutor", "O18b", "traffic", "done"],
    ["XA", "unit-head", "P29", "subscriber", "not-permitted"],
    ["XA", "investigator", "P29", "subscriber", "drafter-never-authorises"],
    ["XA", "administrator", "P29", "subscriber", "not-found"],
    ["XA", "data-protection-officer", "P29", "subscriber", "overseer-only-reads"],
  ] as const)("in %s a %s, on %s for %s data: %s", async (code, role, measure, category, expected) => {
    const id = await submitted(measure, measure === "O18b" ? "XP" : "XB", wanting(category));
    expect(await at.tries(code, role, authorise, { id, input: decision })).toBe(expected);
  });

  test.each([
    ["prosecutor", "subscriber", "done"],
    ["prosecutor", "traffic", "not-permitted"],
    ["judge", "traffic", "done"],
    ["judge", "content", "done"],
  ] as const)("in XB a %s, on a domestic production of %s data: %s", async (role, category, expected) => {
    const incoming = await sent("M31", "XB", wanting(category));
    await at.does("XB", "central-authority", acknowledge, { id: incoming });
    await at.does("XB", "central-authority", accept, { id: incoming });
    const id = await at.does("XB", "central-authority", carryRequest, {
      id: incoming,
      input: whole("O18b", "XP", wanting(category)),
    });
    await at.does("XB", "central-authority", submit, { id });
    expect(await at.tries("XB", role, authorise, { id, input: decision })).toBe(expected);
    await at.handOver();
  });

  test("whoever drafted never decides, though the office could", async () => {
    const incoming = await preserved();
    // Belmora's central authority drafts; no pack gives it the decision, and the core forbids it by name.
    const id = await at.does("XB", "central-authority", carryRequest, {
      id: await accepted(),
      input: whole("P16", "XP"),
    });
    await at.does("XB", "central-authority", submit, { id });
    expect(await at.tries("XB", "central-authority", authorise, { id, input: decision })).toBe(
      "drafter-never-authorises",
    );
    expect(await at.tries("XB", "central-authority", deny, { id, input: why })).toBe("drafter-never-authorises");
    expect(incoming).toMatch(/-/);
  });

  test("a decision ends on a day to come, within a year, and a request is not sent after it", async () => {
    const id = await submitted("P29", "XB");
    for (const [until, key] of [
      ["2026-11-23", "request-until-past"],
      ["2027-11-25", "request-until-far"],
    ])
      expect(await at.tries("XA", "prosecutor", authorise, { id, input: { ...decision, until } })).toBe(key);
    await at.does("XA", "prosecutor", authorise, { id, input: { ...decision, until: "2026-11-24" } });
    expect(await at.tries("XA", "investigator", send, { id })).toBe("not-permitted");
    await at.does("XA", "duty-officer", send, { id });
    await at.handOver();
  });

  test("what is sent back is mended and submitted anew; what is denied ends", async () => {
    const id = await submitted("P29", "XB");
    await at.does("XA", "prosecutor", giveBack, { id, input: why });
    await at.does("XA", "investigator", revise, { id, input: whole("P29", "XB", { facts: "" }) });
    expect(await at.tries("XA", "investigator", submit, { id })).toBe("request-facts-missing");
    await at.does("XA", "investigator", revise, { id, input: whole("P29", "XB") });
    await at.does("XA", "investigator", submit, { id });
    await at.does("XA", "judge", deny, { id, input: why });
    expect(await at.tries("XA", "duty-officer", send, { id })).toBe("not-found");
    expect(await at.tries("XA", "investigator", submit, { id })).toBe("wrong-state");
  });
});

async function accepted(): Promise<string> {
  const id = await sent("P29", "XB");
  await belmora(acknowledge, id);
  await belmora(accept, id);
  await at.handOver();
  return id;
}

describe("who is asked", () => {
  test.each([
    ["P29", "XP", "request-peer-state"],
    ["P16", "XB", "request-peer-provider"],
    ["P29", "XC", "request-peer-unknown"],
  ])("%s of %s: %s", async (measure, to, key) => {
    expect(await at.tries("XA", "investigator", draftRequest, { id: file, input: whole(measure, to) })).toBe(key);
  });

  test("a request that follows another names one of one's own to the same peer", async () => {
    expect(
      await at.tries("XA", "investigator", draftRequest, {
        id: file,
        input: whole("M31", "XB", { particulars: { follows: "XA-2026-999999", use: "Evidence here." } }),
      }),
    ).toBe("request-follows-unknown");
  });

  test("nobody answers before it has arrived, and the sender never answers for the receiver", async () => {
    const id = await submitted("P29", "XB");
    await at.does("XA", "judge", authorise, { id, input: decision });
    await at.does("XA", "duty-officer", send, { id });
    expect(await at.tries("XB", "duty-officer", acknowledge, { id })).toBe("not-found");
    await at.handOver();
    expect(await at.tries("XA", "duty-officer", acknowledge, { id })).toBe("wrong-side");
    expect(await at.tries("XB", "duty-officer", withdraw, { id, input: why })).toBe("wrong-side");
    expect(await at.tries("XB", "duty-officer", accept, { id })).toBe("wrong-state");
    expect(await at.tries("XB", "duty-officer", acknowledge, { id })).toBe("done");
    await at.handOver();
  });

  test("a preservation is not delivered, a production is not declared done, and only what is preserved is extended", async () => {
    const p29 = await accepted();
    expect(
      await at.tries("XB", "duty-officer", deliver, {
        id: p29,
        input: { items: ["019a0000-0000-7000-8000-000000000001"] },
      }),
    ).toBe("request-nothing-to-deliver");
    const m31 = await sent("M31", "XB");
    await at.does("XB", "central-authority", acknowledge, { id: m31 });
    await at.does("XB", "central-authority", accept, { id: m31 });
    expect(await at.tries("XB", "central-authority", execute, { id: m31, input: { outcome: "done" } })).toBe(
      "request-deliver-instead",
    );
    expect(
      await at.tries("XB", "duty-officer", deliver, {
        id: m31,
        input: { items: ["019a0000-0000-7000-8000-000000000001"] },
      }),
    ).toBe("delivery-by-central-authority");
    await at.handOver();
    expect(await at.tries("XA", "investigator", extend, { id: m31, input: why })).toBe("request-nothing-preserved");
  });

  test("whoever authorised never executes", async () => {
    const id = await accepted();
    const { account } = await at.officer("XB", "duty-officer");
    await at.node("XB").db.updateTable("request").set({ authorised_by: account }).where("id", "=", id).execute();
    expect(await at.tries("XB", "duty-officer", execute, { id, input: { outcome: "done" } })).toBe(
      "authoriser-never-executes",
    );
  });
});

describe("both nodes show the same", () => {
  test("a provider refuses with a ground of the closed list, and with reasons", async () => {
    const id = await sent("O18b", "XP");
    const provider = (input: object) => at.tries("XP", "response-head", refuse, { id, input });
    expect(await provider({ ground: "data-not-held", ...why })).toBe("wrong-state");
    await at.does("XP", "response-officer", acknowledge, { id });
    expect(await provider({ ground: "no-time", ...why })).toBe("field-choice");
    expect(await provider({ ground: "data-not-held", reasons: "no" })).toBe("field-too-short");
    expect(await provider({ ground: "data-not-held", ...why })).toBe("done");
    expect(await at.handOver()).toEqual([]);
    const { state, refusal_ground: ground, history } = await picture(id, "XP");
    expect([state, ground, history.at(-1)?.said]).toEqual([
      "refused",
      "data-not-held",
      { ground: "data-not-held", ...why },
    ]);
    expect(await at.tries("XA", "investigator", close, { id, input: { outcome: "not-useful" } })).toBe(
      "request-remark-missing",
    );
  });

  test("a question stops the clock, the answer lets it run on, alike on both sides however long messages travel", async () => {
    const id = await sent("M31", "XB");
    await at.does("XB", "central-authority", acknowledge, { id });
    await at.handOver();
    const before = (await picture(id)).clocks.find(({ rule }) => rule === "request.execute");
    expect(before?.dueAt.toString()).toBe("2026-12-23T16:00:00Z");
    await at.does("XB", "central-authority", ask, { id, input: { text: "Which mailbox is meant?" } });
    await at.pass({ hours: 5 });
    await at.handOver();
    expect((await picture(id)).clocks).toContainEqual(
      expect.objectContaining({ rule: "request.execute", state: "suspended" }),
    );
    await at.pass({ hours: 43 });
    await at.does("XA", "investigator", answer, { id, input: { text: "The one named in the annex." } });
    await at.pass({ hours: 7 });
    await at.handOver();
    const after = (await picture(id)).clocks.find(({ rule }) => rule === "request.execute");
    expect(after?.dueAt.toString()).toBe("2026-12-25T16:00:00Z");
  });

  test("postponed, taken up again, withdrawn: nothing runs any more", async () => {
    const id = await sent("P29", "XB");
    await belmora(acknowledge, id);
    await belmora(postpone, id, { ...why, until: "2026-12-24" });
    await belmora(accept, id, {
      conditions: [{ condition: "other", words: "Not to be used in fiscal proceedings." }],
    });
    await at.handOver();
    await at.pass({ seconds: 1 });
    await at.does("XA", "investigator", withdraw, { id, input: why });
    await at.handOver();
    const { state, clocks, history } = await picture(id);
    expect([state, clocks.filter((clock) => clock.state !== "ended")]).toEqual(["withdrawn", []]);
    expect(history.map(({ act }) => act)).toEqual([
      "draft",
      "submit",
      "authorise",
      "send",
      "acknowledge",
      "postpone",
      "accept",
      "withdraw",
    ]);
  });

  test("a withdrawal crosses with the execution: what was done is done on both sides", async () => {
    const id = await accepted();
    await at.does("XA", "investigator", withdraw, { id, input: why });
    await at.pass({ seconds: 1 });
    await belmora(execute, id, { outcome: "done" });
    expect(await at.handOver()).toEqual([]);
    const { state, clocks } = await picture(id);
    expect([state, clocks.at(-1)]).toEqual([
      "executed",
      expect.objectContaining({ rule: "request.preservation", state: "running" }),
    ]);
  });

  test("a withdrawal crosses with a refusal: it is refused on both sides", async () => {
    const id = await accepted();
    await belmora(refuse, id, { ground: "incomplete", ...why });
    await at.does("XA", "investigator", withdraw, { id, input: why });
    expect(await at.handOver()).toEqual([]);
    expect((await picture(id)).state).toBe("refused");
  });

  test("the answer overtakes the receipt: the clock of acknowledging is there and has ended", async () => {
    const id = await sent("P29", "XB");
    await at
      .node("XA")
      .db.updateTable("request")
      .set({ state: "sent", received_at: null })
      .where("id", "=", id)
      .execute();
    await at.node("XA").db.deleteFrom("deadline").where("subject_id", "=", id).execute();
    await belmora(acknowledge, id);
    await at.handOver("XB");
    const [here, there] = [await at.sees("XA", "investigator", id), await at.sees("XB", "duty-officer", id)];
    expect(here.clocks).toEqual(there.clocks);
  });
});

describe("CETS 185 Art. 29(7)", () => {
  test("kept sixty days and a term more, the same on both sides; then the clock itself ends it", async () => {
    const id = await preserved();
    const until = async () =>
      (await picture(id)).clocks
        .find(({ rule }) => rule === "request.preservation")
        ?.dueAt.toZonedDateTimeISO("Asia/Manila")
        .toPlainDateTime()
        .toString();
    const first = Temporal.PlainDateTime.from((await until()) ?? "");
    expect(first.toPlainTime().toString()).toBe("00:00:00");
    await at.does("XA", "investigator", extend, { id, input: why });
    await at.handOver();
    expect(await until()).toBe(first.add({ days: 60 }).toString());
    await at.pass({ days: 119 });
    await at.handOver();
    expect((await picture(id)).state).toBe("executed");
    await at.pass({ days: 3 });
    expect((await at.sees("XB", "duty-officer", id)).state).toBe("lapsed");
    expect((await at.sees("XA", "investigator", id)).state).toBe("executed");
    expect(await at.handOver()).toEqual([]);
    expect((await picture(id)).state).toBe("lapsed");
    expect(await at.tries("XA", "investigator", extend, { id, input: why })).toBe("wrong-state");
  });

  test("held while the assistance that follows is undecided, however long; released by the refusal", async () => {
    const id = await preserved();
    const { number } = await at.sees("XA", "investigator", id);
    const m31 = await sent("M31", "XB", {
      particulars: { follows: number, use: "Evidence in these proceedings only." },
    });
    expect((await picture(id)).clocks).toContainEqual(
      expect.objectContaining({ rule: "request.preservation", state: "suspended" }),
    );
    await at.pass({ days: 200 });
    expect((await picture(id)).state).toBe("executed");
    await at.does("XB", "central-authority", acknowledge, { id: m31 });
    await at.does("XB", "central-authority", refuse, { id: m31, input: { ground: "essential-interests", ...why } });
    const decidedOn = at.now().toZonedDateTimeISO("Asia/Manila").toPlainDate();
    await at.pass({ hours: 20 });
    await at.handOver();
    const clock = (await picture(id)).clocks.find(({ rule }) => rule === "request.preservation");
    expect(clock?.dueAt.toZonedDateTimeISO("Asia/Manila").toPlainDateTime().toString()).toBe(
      decidedOn.add({ days: 1 }).toPlainDateTime().toString(),
    );
  });

  test("a peer holds nobody else’s preservation by naming it", async () => {
    const id = await preserved();
    const other = await sent("M31", "XB");
    await at.node("XB").db.updateTable("request").set({ peer: "XC" }).where("id", "=", id).execute();
    const { before: _, ...row } = await at
      .node("XA")
      .db.selectFrom("request")
      .selectAll()
      .where("id", "=", other)
      .executeTakeFirstOrThrow();
    await at
      .node("XA")
      .db.insertInto("request")
      .values({
        ...row,
        id: crypto.randomUUID(),
        number: "XA-2026-900001",
        state: "authorised",
        follows_id: id,
        terms: JSON.stringify(row.terms),
        missing: JSON.stringify(row.missing),
        translations: JSON.stringify(row.translations),
        asked: null,
        amendment: null,
        data: JSON.stringify(row.data),
        particulars: JSON.stringify(row.particulars),
        authority: JSON.stringify(row.authority),
        safeguards: JSON.stringify(row.safeguards),
        tests: JSON.stringify(row.tests),
        basis: JSON.stringify(row.basis),
        basis_here: null,
      })
      .execute();
    const forged = await at
      .node("XA")
      .db.selectFrom("request")
      .select("id")
      .where("number", "=", "XA-2026-900001")
      .executeTakeFirstOrThrow();
    await at.does("XA", "duty-officer", send, { id: forged.id });
    await at.handOver("XA");
    const { clocks } = await at
      .node("XB")
      .db.selectFrom("deadline")
      .selectAll()
      .where("subject_id", "=", id)
      .where("rule", "=", "request.preservation")
      .execute()
      .then((found) => ({ clocks: found }));
    expect(clocks.map(({ suspended_at }) => suspended_at)).toEqual([null]);
  });
});
