import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, type Officer, PUBLIC, type Role } from "../kernel/actor.ts";
import type { AnyAct } from "../kernel/act.ts";
import { Refusal } from "../kernel/errors.ts";
import { sweep } from "../kernel/sweep.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import { readerOf } from "../kernel/reader.ts";
import * as acts from "./acts.ts";
import { PUBLIC_STATES, type State } from "./alert.ts";
import { type Ground, ground, WORDS } from "../../test/alerts-ground.ts";
import { alertFile, alertList, waitingCount } from "./views.ts";
import { campaignFacts } from "./views-campaign.ts";
import { publicAlert, publicAlerts } from "./views-public.ts";

let on: Ground;
let now = Temporal.Instant.from("2026-11-20T08:00:00Z");
beforeAll(async () => {
  on = await ground({}, () => now);
});
afterAll(() => on.at.close());

const ROLES = [
  "investigator", "unit-head", "examiner", "prosecutor", "judge", "duty-officer", "central-authority", "data-protection-officer",
  "statistician", "administrator", "response-officer", "response-head",
] as const satisfies readonly Role[]; // prettier-ignore
const WRITERS: Role[] = ["investigator", "unit-head", "duty-officer"];

const state = async (id: string): Promise<State> =>
  (await on.at.node.pool.query("select state from alert where id = $1", [id])).rows[0].state;
const asPublic = () => readerOf(on.at.node, PUBLIC, "en");
const drafted = async (more: object = {}, by: Role | Officer = "investigator") =>
  (await on.does(acts.draft, { category: "F8", ...WORDS, ...more }, undefined, by)).id;
const fields = (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error: unknown) => (error as Refusal).fields.map(({ path, key, values }) => [path, key, values?.["found"] ?? ""]),
  );

describe("a warning", () => {
  test("goes from its writer to another who publishes it, to a change by two again, and is called off", async () => {
    const id = await drafted({ propose: true });
    expect(await state(id)).toBe("proposed");
    expect(await publicAlert(asPublic(), id)).toBeUndefined();
    expect((await on.does(acts.publish, {}, id, "unit-head")).done).toMatchObject({ version: 1 });
    expect(await publicAlert(asPublic(), id)).toMatchObject({ state: "published", version: 1, reason: null });
    now = now.add({ hours: 1 });
    const changed = { ...WORDS, en: { ...WORDS.en, advice: "Do not pay. Call your bank." } };
    await on.does(acts.amend, { category: "F8", ...changed, reason: "We say whom to call." }, id);
    expect((await publicAlert(asPublic(), id))?.content.words.en?.advice).toBe("Do not pay.");
    await on.does(acts.update, {}, id, "unit-head");
    expect(await publicAlert(asPublic(), id)).toMatchObject({
      state: "updated",
      version: 2,
      reason: "We say whom to call.",
      content: { words: changed },
    });
    await on.does(acts.cancel, { reason: "It has stopped." }, id, "unit-head");
    expect(await publicAlert(asPublic(), id)).toMatchObject({
      state: "cancelled",
      version: 3,
      reason: "It has stopped.",
    });
    const file = await alertFile.read(readerOf(on.at.node, on.at.officer("investigator")), { id });
    expect(file?.versions.map(({ kind, identifier }) => [kind, identifier])).toEqual(
      ["alert", "update", "cancel"].map((kind, index) => [kind, `XA-${file?.number}-${index + 1}`]),
    );
    expect(file?.history.map(({ act }) => act)).toEqual(
      ["draft", "publish", "amend", "update", "cancel"].map((verb) => `alert.${verb}`),
    );
  });

  test("ends by the clock, however long the node was down, and counts its days from its last publication", async () => {
    const id = await on.published({ days: 2 });
    now = now.add({ hours: 47 });
    await sweep.run(on.at.node);
    expect(await state(id)).toBe("published");
    await on.does(acts.amend, { category: "F8", en: WORDS.en, days: 3, reason: "It goes on." }, id);
    await on.does(acts.update, {}, id, "unit-head");
    now = now.add({ hours: 71 });
    await sweep.run(on.at.node);
    expect(await state(id)).toBe("updated");
    now = now.add({ hours: 500 });
    await sweep.run(on.at.node);
    expect(await state(id)).toBe("expired");
    expect((await publicAlerts(asPublic(), { show: "now", limit: 50 })).items.map((each) => each.id)).not.toContain(id);
    expect((await publicAlerts(asPublic(), { show: "past", limit: 50 })).items.map((each) => each.id)).toContain(id);
  });

  test("is given back, discarded, and a change dropped, each with a reason", async () => {
    const id = await drafted({ propose: true });
    await on.does(acts.giveBack, { reason: "Too long" }, id, "unit-head");
    await on.does(acts.revise, { category: "F1", fr: WORDS.fr }, id);
    await on.does(acts.propose, {}, id);
    await on.does(acts.publish, {}, id, "unit-head");
    await on.does(acts.amend, { category: "F1", fr: WORDS.fr, reason: "Other words" }, id);
    await on.does(acts.decline, { reason: "Not needed" }, id, "unit-head");
    expect(await publicAlert(asPublic(), id)).toMatchObject({
      state: "published",
      version: 1,
      content: { words: { fr: WORDS.fr } },
    });
    const other = await drafted();
    await on.does(acts.discard, { reason: "Twice" }, other);
    expect(await state(other)).toBe("discarded");
    expect(await publicAlert(asPublic(), other)).toBeUndefined();
  });

  test("needs a language, districts that exist and single indicators", async () => {
    expect(await fields(drafted({ en: undefined, fr: undefined, ar: undefined }))).toEqual([
      ["en", "alert-no-words", ""],
    ]);
    expect(await fields(drafted({ districts: ["mars"] }))).toEqual([["districts", "alert-no-such-district", ""]]);
    expect(await fields(drafted({ further: ["hello"] }))).toEqual([["further", "alert-indicator-unread", ""]]);
    expect(await fields(drafted({ indicators: ["domain:bad.top"] }))).toEqual([
      ["indicators", "alert-indicator-not-theirs", ""],
    ]);
    expect(await fields(drafted({ en: { ...WORDS.en, title: " " } }))).toEqual([["en.title", "field-required", ""]]);
  });

  test("is published only with each indicator confirmed by the one who publishes", async () => {
    const id = await drafted({ further: ["http://parcel-fee.top/x?to=amina", "+230 5251 9999"], propose: true });
    expect(await fields(on.does(acts.publish, { confirmed: ["domain:parcel-fee.top"] }, id, "unit-head"))).toEqual([
      ["confirmed", "alert-indicator-unconfirmed", ""],
    ]);
    await on.does(acts.publish, { confirmed: ["domain:parcel-fee.top", "phone:+23052519999"] }, id, "unit-head");
    expect((await publicAlert(asPublic(), id))?.content.indicators.map(({ value }) => value)).toEqual([
      "parcel-fee.top",
      "+23052519999",
    ]);
  });
});

describe("from a campaign", () => {
  const told = (name: string, phone: string, more = "") => ({
    category: "F8",
    district: "harbour",
    description: `A parcel waits, pay at hxxps://parcel-fee[.]top/${name} or call +230 5251 9999. ${more}`,
    contact: { name, phone, email: `${name.split(" ")[0]?.toLowerCase()}@home.example` },
  });
  let campaign: string;
  beforeAll(async () => {
    campaign = await on.campaign([
      told("Amina Diallo", "+230 5252 0001", "My own number is +230 5252 0001"),
      told("Kofi Mensah", "+230 5252 0002"),
      told("Leila Haddad", "+230 5252 0003"),
    ]);
  });

  test("what the reports share is offered, the site without what follows it", async () => {
    const facts = await campaignFacts(readerOf(on.at.node, on.at.officer("investigator")), campaign);
    expect(facts).toMatchObject({ reports: 3, category: "F8", districts: ["harbour"] });
    expect(facts?.observables.slice(0, 2).map(({ value, reports }) => [value, reports])).toEqual([
      ["parcel-fee.top", 3],
      ["+23052519999", 3],
    ]);
    const id = await on.published({ campaign, indicators: ["domain:parcel-fee.top", "phone:+23052519999"] });
    expect((await publicAlert(asPublic(), id))?.content.indicators).toHaveLength(2);
  });

  test("what a reporter can be reached by is refused, wherever it stands, and chosen too", async () => {
    const write = (happens: string, more: object = {}) =>
      fields(drafted({ campaign, en: { ...WORDS.en, happens }, fr: undefined, ar: undefined, ...more }));
    expect(await write("It happened to Amina Diallo.")).toEqual([
      ["en.happens", "alert-personal-contact", "Amina Diallo"],
    ]);
    expect(await write("We thank Mensah, who told us.")).toEqual([["en.happens", "alert-personal-contact", "Mensah"]]);
    expect(await write("Call 52520002 to hear more.")).toEqual([["en.happens", "alert-personal-contact", "52520002"]]);
    expect(await write("Write to leila@home.example")).toEqual([
      ["en.happens", "alert-personal-contact", "leila@home.example"],
    ]);
    expect(await write("All well.", { indicators: ["phone:+23052520001"] })).toEqual([
      ["indicators", "alert-personal-contact", "+23052520001"],
    ]);
    expect(await write("All well.", { further: ["+230 5252 0003"] })).toEqual([
      ["indicators", "alert-personal-contact", "+23052520003"],
    ]);
  });

  test("what the offenders use is refused in the text until it is chosen", async () => {
    const write = (indicators: string[]) =>
      fields(
        drafted({
          campaign,
          fr: undefined,
          ar: undefined,
          indicators,
          en: { ...WORDS.en, happens: "They call from +230 5251 9999." },
        }),
      );
    expect(await write([])).toEqual([["en.happens", "alert-personal-found", "+230 5251 9999"]]);
    expect(await write(["phone:+23052519999"])).toEqual([]);
  });

  test("whoever reports between draft and publication is protected as well", async () => {
    const id = await drafted({ campaign, propose: true, further: ["+230 5252 0009"] });
    await on.at.node.pool.query("update report set campaign_id = $1 where id = $2", [
      campaign,
      (await on.at.node.pool.query("select id from report limit 1")).rows[0].id,
    ]);
    const late = await on.campaign([told("Noor Saleh", "+230 5252 0009")]);
    await on.at.node.pool.query("update report set campaign_id = $1 where campaign_id = $2", [campaign, late]);
    const refused = await fields(on.does(acts.publish, { confirmed: ["phone:+23052520009"] }, id, "unit-head"));
    expect(refused).toEqual([["indicators", "alert-personal-contact", "+23052520009"]]);
  });

  test("so are the reporters of what it was merged into, and whoever reported a thing that a warning without a campaign names", async () => {
    const { pool } = on.at.node;
    const former = await on.campaign([told("Old Reporter", "+230 5252 0020")]);
    const id = await drafted({
      campaign: former,
      propose: true,
      fr: undefined,
      ar: undefined,
      en: { ...WORDS.en, happens: "We thank Ravi Gopal." },
    });
    const later = await on.campaign([told("Ravi Gopal", "+230 5252 0021", "pay to lone-site.top")]);
    for (const [each, into] of [
      [later, null],
      [former, later],
    ])
      await pool.query(
        `insert into campaign (id, number, name, state, category, priority, reports, week, first_at, last_at, made_at, losses, categories, merged_into)
         values ($1::uuid, $1::uuid::text, '', 'active', 'F8', 2, 1, 1, now(), now(), now(), '{}', '{}', $2)`,
        [each, into],
      );
    await pool.query("update report set campaign_id = $1 where campaign_id = $2", [later, former]);
    expect(await fields(on.does(acts.publish, {}, id, "unit-head"))).toEqual([
      ["en.happens", "alert-personal-contact", "Ravi Gopal"],
    ]);
    const plain = (further: string[]) =>
      fields(drafted({ further, fr: undefined, ar: undefined, en: { ...WORDS.en, happens: "We thank Ravi Gopal." } }));
    expect(await plain(["lone-site.top"])).toEqual([["en.happens", "alert-personal-contact", "Ravi Gopal"]]);
    expect(await plain(["other-site.top"])).toEqual([]);
    expect(await fields(drafted({ campaign: randomUUID() }))).toEqual([["campaign", "alert-no-such-campaign", ""]]);
  });

  test("a reason that the public reads is looked through too", async () => {
    const id = await on.published({ campaign });
    expect(await fields(on.does(acts.cancel, { reason: "Kofi Mensah asked for it." }, id, "unit-head"))).toEqual([
      ["reason", "alert-personal-contact", "Kofi Mensah"],
    ]);
  });
});

const DONE = new Error("it would have been done; it is taken back");
async function outcome(actor: Actor, act: AnyAct, id: string | undefined, input: object): Promise<string> {
  const { node } = on.at;
  try {
    await node.db.transaction().execute(async (tx) => {
      await performIn(tx, {
        node,
        actor,
        act,
        ...(id === undefined ? {} : { id }),
        input: act.input.parse(input),
        now,
      });
      throw DONE;
    });
  } catch (error) {
    if (error === DONE) return "done";
    if (error instanceof Refusal) return error.key;
    throw error;
  }
  return "";
}

describe("two people, by the packs as they are", () => {
  const reason = "as agreed";
  const change = { category: "F8", en: WORDS.en, reason };
  const standing: Partial<Record<State | "changed", string>> = {};
  beforeAll(async () => {
    standing.draft = await drafted();
    standing.proposed = await drafted({ propose: true });
    standing.published = await on.published();
    standing.changed = await on.published();
    await on.does(acts.amend, change, standing.changed);
  });
  const byRole = async (act: AnyAct, id: string | undefined, input: object) => {
    const done: Role[] = [];
    for (const role of ROLES) if ((await outcome(on.at.officer(role), act, id, input)) === "done") done.push(role);
    return done;
  };
  // The writer of each is the investigator; the duty officer sits in another office.
  // prettier-ignore
  const TABLE: [string, AnyAct, keyof typeof standing | undefined, object, Role[]][] = [
    ["writes one",             acts.draft,    undefined,   { category: "F8", ...WORDS }, WRITERS],
    ["changes a draft",        acts.revise,   "draft",     { category: "F8", ...WORDS }, ["investigator", "unit-head"]],
    ["proposes it",            acts.propose,  "draft",     {},                           ["investigator", "unit-head"]],
    ["discards it",            acts.discard,  "draft",     { reason },                   ["investigator", "unit-head"]],
    ["publishes what waits",   acts.publish,  "proposed",  {},                           ["unit-head"]],
    ["gives it back",          acts.giveBack, "proposed",  { reason },                   ["unit-head"]],
    ["publishes a draft",      acts.publish,  "draft",     {},                           []],
    ["writes a change",        acts.amend,    "published", change,                       ["investigator", "unit-head"]],
    ["publishes a change",     acts.update,   "changed",   {},                           ["unit-head"]],
    ["publishes no change",    acts.update,   "published", {},                           []],
    ["drops a change",         acts.decline,  "changed",   { reason },                   ["investigator", "unit-head"]],
    ["calls it off",           acts.cancel,   "published", { reason },                   ["unit-head"]],
    ["publishes it twice",     acts.publish,  "published", {},                           []],
  ];
  test.each(TABLE)("%s: those named here, and nobody else", async (_, act, which, input, allowed) => {
    expect(await byRole(act, which && standing[which], input)).toEqual(allowed);
    for (const actor of [
      PUBLIC,
      { kind: "reporter", report: randomUUID() },
      { kind: "peer", code: "XB", peerKind: "state" },
    ] satisfies Actor[])
      expect(await outcome(actor, act, which && standing[which], input)).not.toBe("done");
  });

  test("whoever wrote any of it never publishes it, head or not", async () => {
    const head = on.at.officer("unit-head");
    const own = await drafted({ propose: true }, "unit-head");
    expect(await outcome(head, acts.publish, own, {})).toBe("alert-writer-never-publishes");
    const helped = await drafted();
    await on.does(acts.revise, { category: "F8", en: WORDS.en }, helped, "unit-head");
    await on.does(acts.revise, { category: "F8", en: WORDS.en }, helped, "investigator");
    await on.does(acts.propose, {}, helped);
    expect(await outcome(head, acts.publish, helped, {})).toBe("alert-writer-never-publishes");
    const second: Officer = { ...head, account: randomUUID() };
    expect(await outcome(second, acts.publish, helped, {})).toBe("done");
    await on.does(acts.publish, {}, helped, second);
    await on.does(acts.amend, change, helped, second);
    expect(await outcome(second, acts.update, helped, {})).toBe("alert-writer-never-publishes");
    expect(await outcome(head, acts.update, helped, {})).toBe("done");
  });

  test("what is not published is read by those who work on it and oversee it; what is, by everybody", async () => {
    const seen = async (which: keyof typeof standing) => {
      const found: Role[] = [];
      for (const role of ROLES)
        if (await alertFile.read(readerOf(on.at.node, on.at.officer(role)), { id: standing[which] ?? "" }))
          found.push(role);
      return found;
    };
    expect(await seen("draft")).toEqual([
      "investigator",
      "unit-head",
      "examiner",
      "duty-officer",
      "data-protection-officer",
    ]);
    expect(await seen("published")).toEqual([...ROLES]);
  });

  test("the public is shown no state but the public ones, and nothing of a change before it is published", async () => {
    const { items } = await publicAlerts(asPublic(), { show: "all", limit: 100 });
    expect(items.length).toBeGreaterThan(3);
    expect(items.filter((each) => !(PUBLIC_STATES as readonly State[]).includes(each.state))).toEqual([]);
    expect(JSON.stringify(items)).not.toMatch(/drafted_by|written_by|pending|office|campaign/);
  });

  test("what waits for the head is counted and listed, but not what they wrote themselves", async () => {
    const head = readerOf(on.at.node, on.at.officer("unit-head"));
    const before = await waitingCount(head);
    await drafted({ propose: true });
    await drafted({ propose: true }, "unit-head");
    expect(await waitingCount(head)).toBe(before + 1);
    expect(await waitingCount(readerOf(on.at.node, on.at.officer("investigator")))).toBe(0);
    const list = await alertList.read(head, { show: "proposed", limit: 100 });
    expect(list?.items.every(({ state: each }) => each === "proposed")).toBe(true);
  });
});

test("an act that nobody may do is refused through the pipeline as well", async () => {
  await expect(
    perform({ node: on.at.node, actor: PUBLIC, act: acts.draft, input: { category: "F8", ...WORDS } }),
  ).rejects.toMatchObject({ code: "not-allowed" });
});
