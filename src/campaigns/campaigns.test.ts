import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { access, loadCountry } from "../access/slice.ts";
import { cases, openCase } from "../cases/slice.ts";
import type { AnyAct } from "../kernel/act.ts";
import { type Officer, PUBLIC, type Role } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { registry } from "../kernel/slice.ts";
import type { AnyView, View } from "../kernel/view.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { forgetErased, linkAll } from "./acts-linking.ts";
import { campaigns } from "./slice.ts";
import { campaignList } from "./views.ts";
import { campaignFile } from "./views-campaign.ts";
import { whyLinked } from "./views-why.ts";
import { passedNote } from "../../test/passed.ts";

// Decided by the packs as they are.

let at: TestNode;
beforeAll(async () => {
  const slices = [access, reports, cases, campaigns];
  at = await testNode(slices, {
    policy: (registered) =>
      loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registered, passedNote("XA")).policy,
    services: { country: loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry(slices), passedNote("XA")) },
  });
});
afterAll(() => at.close());

let n = 0;
/** Another text each time, that nothing ties to any other. */
const story = () => {
  n += 1;
  const letters = Array.from(createHash("sha512").update(`story ${n}`).digest(), (byte) =>
    String.fromCodePoint(97 + (byte % 26)),
  );
  return letters.join("").replaceAll(/.{5}/g, "$& ");
};
async function report(description: string, more: object = {}): Promise<{ id: string; reference: string }> {
  const submission = submissionSchema.parse({ description, category: "F8", ...more });
  const { id, done } = await handIn(at.node, {
    actor: PUBLIC,
    prepared: prepare(submission, receivingOn(at.node, "api")),
  });
  return { id, reference: String(done["reference"]) };
}
const link = () => linkAll(at.node);
const does = (act: string, id: string, input: object, role: Role = "investigator") =>
  perform({ node: at.node, actor: at.officer(role), act: at.node.registry.acts.get(act) as AnyAct, id, input });
async function read<I, R>(view: View<I, R>, input: object, officer: Officer = at.officer("investigator")): Promise<R> {
  return (await readView(view as unknown as AnyView, readerOf(at.node, officer), input)) as R;
}
async function placeOf(...ids: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await sql<{
    id: string;
    campaign_id: string | null;
  }>`select id, campaign_id from report where id = any(${ids}::uuid[])`.execute(at.node.db);
  return ids.map((id) => rows.find((row) => row.id === id)?.campaign_id ?? null);
}
/** A campaign of `size` reports that share one domain. */
async function campaignOf(
  domain: string,
  size = 2,
): Promise<{ id: string; number: string; members: { id: string; reference: string }[] }> {
  const members = [];
  for (let each = 0; each < size; each += 1) members.push(await report(`${story()} ${domain}`));
  await link();
  const [id] = await placeOf(members[0]?.id ?? "");
  const file = await read(campaignFile, { id: id ?? "" });
  return { id: file.id, number: file.number, members };
}

describe("reports are joined", () => {
  test("by a number, once, and the journal says so in one entry", async () => {
    const [a, b, c] = [
      await report(`${story()} +230 5251 0001`),
      await report(`${story()} +230 5251 0001`),
      await report(story()),
    ];
    await link();
    const [one, two, three] = await placeOf(a.id, b.id, c.id);
    expect(one).not.toBeNull();
    expect([two, three]).toEqual([one, null]);
    await link();
    const { rows } = await sql<{
      act: string;
      actor: string;
      reports: string[];
    }>`select act, record->'actor'->>'id' as actor, record->'change'->'reports' as reports from journal
      where subject_kind = 'campaign' and subject_id = ${one} order by seq`.execute(at.node.db);
    expect(rows).toEqual([{ act: "campaign.form", actor: "system:campaigns", reports: [a.reference, b.reference] }]);
  });
  test("by their wording, where it is long enough, whatever the numbers in it", async () => {
    const scam = (sum: string, site: string) =>
      `Your parcel is held at the harbour. Pay the customs fee of Rs ${sum} within two hours at ${site} or it is sent back to the sender`;
    const [a, b] = [await report(scam("120", "http://pay-a.top/x")), await report(scam("95", "http://fee-b.xyz/y"))];
    const [c, d] = [await report("please help me"), await report("please help me")];
    await link();
    const [one, two, three, four] = await placeOf(a.id, b.id, c.id, d.id);
    expect(one).not.toBeNull();
    expect(two).toBe(one);
    expect([three, four]).toEqual([null, null]);
    const file = await read(campaignFile, { id: one ?? "" });
    // What they say is sealed at rest: the row of the campaign has no word of it.
    expect(file.name).toBe("");
    expect(file.variants).toMatchObject([{ n: 2, words: expect.stringContaining("parcel") }]);
  });
  test("into one campaign where a report bridges two, and the older keeps its number", async () => {
    const [old, young] = [await campaignOf("bridge-one.top"), await campaignOf("bridge-two.top")];
    const bridge = await report(`${story()} bridge-one.top bridge-two.top`);
    await link();
    expect(await placeOf(bridge.id, ...young.members.map(({ id }) => id))).toEqual([old.id, old.id, old.id]);
    expect(await read(campaignFile, { id: young.id })).toMatchObject({
      state: "merged",
      into: { number: old.number },
    });
    expect(await read(campaignFile, { id: old.id })).toMatchObject({ state: "active", figures: { total: 5 } });
  });
  test("by an officer's word, and parted by one, afterwards too", async () => {
    const [a, b] = [await report(story()), await report(story())];
    await link();
    expect(await placeOf(a.id, b.id)).toEqual([null, null]);
    await does("report.link", a.id, { other: b.reference, reason: "The same voice" });
    await link();
    const [one, two] = await placeOf(a.id, b.id);
    expect(one).not.toBeNull();
    expect(two).toBe(one);
    expect((await read(whyLinked, { a: a.reference, b: b.reference })).pair).toMatchObject({
      together: true,
      word: { verdict: "same", reason: "The same voice" },
    });
    await does("report.unlink", a.id, { other: b.reference, reason: "It was not" });
    await link();
    expect(await placeOf(a.id, b.id)).toEqual([one, null]);
    await report(`${story()} and more`);
    await link();
    expect(await placeOf(a.id, b.id)).toEqual([one, null]);
  });
  test("never through a thing that stands in too many reports", async () => {
    await sql`insert into report (id, reference, state, category, priority, reasons, channel, language, anonymous, received_at, turn_at, code)
      select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'H-' || n, 'closed', 'F1', 4, '{}', 'import', 'en', true, now() - interval '1 year', now(), sha256(('h' || n)::bytea)
      from generate_series(1, 1001) as n`.execute(at.node.db);
    await sql`insert into report_observable (report_id, type, value, key, strong) select id, 'link', 'hub.top', 'domain:hub.top', true from report where reference like 'H-%'`.execute(
      at.node.db,
    );
    await sql`insert into report_signature (report_id) select id from report where reference like 'H-%'`.execute(
      at.node.db,
    );
    const [a, b] = [await report(`${story()} hub.top`), await report(`${story()} hub.top`)];
    await link();
    expect(await placeOf(a.id, b.id)).toEqual([null, null]);
    expect((await read(whyLinked, { a: a.reference, b: b.reference })).pair).toMatchObject({
      together: false,
      shared: [{ value: "hub.top", hub: true }],
    });
  });
});

describe("what an officer does to a campaign", () => {
  test("a name is kept, and what it shares no longer changes it", async () => {
    const { id } = await campaignOf("named.top");
    expect((await read(campaignFile, { id })).name).toBe("named.top");
    await does("campaign.rename", id, { name: "Parcel fees" });
    await report(`${story()} named.top`);
    await link();
    expect(await read(campaignFile, { id })).toMatchObject({ name: "Parcel fees", figures: { total: 3 } });
    await expect(does("campaign.rename", id, { name: "x" }, "prosecutor")).rejects.toMatchObject({ code: "not-found" });
  });
  test("reports taken out stay out, and who shares with both joins one of them", async () => {
    const { id, members } = await campaignOf("split.top", 4);
    const [a, b, c, d] = members;
    if (!a || !b || !c || !d) throw new Error("there are four");
    const done = await does("campaign.split", id, {
      reports: [c.reference, d.reference],
      reason: "Another country",
      name: "Abroad",
    });
    const other = String(done.done["campaign"]);
    expect(await placeOf(a.id, b.id, c.id, d.id)).toEqual([id, id, other, other]);
    const e = await report(`${story()} split.top`);
    await link();
    expect(await placeOf(a.id, c.id)).toEqual([id, other]);
    expect([id, other]).toContain((await placeOf(e.id))[0]);
    await expect(does("campaign.split", id, { reports: [c.reference], reason: "x" })).rejects.toMatchObject({
      fields: [{ key: "campaign-not-in-it" }],
    });
    await expect(
      does("campaign.split", other, { reports: [c.reference, d.reference], reason: "x" }),
    ).rejects.toMatchObject({ fields: [{ key: "campaign-split-all" }] });
  });
  test("a merger is undone along its history, and what was joined since stays where it joined", async () => {
    const [one, two] = [await campaignOf("undo-one.top"), await campaignOf("undo-two.top", 3)];
    await does("campaign.merge", one.id, { others: two.number, reason: "One hand" });
    const late = await report(`${story()} undo-two.top`);
    await link();
    expect(await placeOf(late.id)).toEqual([one.id]);
    await does("campaign.restore", two.id, { reason: "Two hands" });
    expect(await placeOf(...two.members.map(({ id }) => id), late.id)).toEqual([two.id, two.id, two.id, one.id]);
    expect(await read(campaignFile, { id: two.id })).toMatchObject({
      state: "active",
      into: null,
      figures: { total: 3 },
    });
    expect(await read(campaignFile, { id: one.id })).toMatchObject({ figures: { total: 3 } });
    await expect(does("campaign.restore", two.id, { reason: "x" })).rejects.toMatchObject({ code: "wrong-state" });
    await does("campaign.merge", one.id, { others: [two.number] });
    expect(await placeOf(late.id, two.members[0]?.id ?? "")).toEqual([one.id, one.id]);
  });
  test.each([
    ["K-2026-999999", "campaign-no-such"],
    ["nonsense", "campaign-number-form"],
    ["", "field-required"],
  ])("“%s” is no campaign to take in: %s", async (others, key) => {
    const { id } = await campaignOf(`bad-${key}.top`);
    await expect(does("campaign.merge", id, { others })).rejects.toMatchObject({ code: "invalid", fields: [{ key }] });
  });
  test("two that an officer has called different hold their campaigns apart", async () => {
    const [one, two] = [await campaignOf("held-one.top"), await campaignOf("held-two.top")];
    await does("report.unlink", one.members[0]?.id ?? "", { other: two.members[0]?.reference, reason: "No" });
    await expect(does("campaign.merge", one.id, { others: two.number })).rejects.toMatchObject({
      fields: [{ key: "campaign-kept-apart" }],
    });
    const bridge = await report(`${story()} held-one.top held-two.top`);
    await link();
    expect(await placeOf(bridge.id, two.members[0]?.id ?? "")).toEqual([one.id, two.id]);
  });
  test("a closed campaign that goes on is active again", async () => {
    const { id } = await campaignOf("again.top");
    expect((await does("campaign.close", id, { reason: "Arrested" })).state).toBe("closed");
    await report(`${story()} again.top`);
    await link();
    expect((await read(campaignFile, { id })).state).toBe("active");
  });
});

test("of an erased report no trace of its words is kept, unless another has the same", async () => {
  const words = `${story()} ${story()}`;
  const [a, b, c] = [await report(words), await report(words), await report(story())];
  await link();
  const left = async () => {
    const { rows } = await sql<{
      n: number;
      bands: number;
    }>`select (select count(*) from wording) as n, (select count(distinct wording_id) from wording_band) as bands`.execute(
      at.node.db,
    );
    return rows[0] ?? { n: 0, bands: 0 };
  };
  const before = await left();
  await sql`update report set erased_at = now(), told = null where id in (${a.id}, ${c.id})`.execute(at.node.db);
  expect(await forgetErased(at.node)).toBe(2);
  expect(await left()).toEqual({ n: before.n - 1, bands: before.bands - 1 });
  await sql`update report set erased_at = now(), told = null where id = ${b.id}`.execute(at.node.db);
  await forgetErased(at.node);
  expect(await left()).toEqual({ n: before.n - 2, bands: before.bands - 2 });
});

describe("ten and more of a kind", () => {
  test("are folded behind the most urgent, save those with something urgent of their own", async () => {
    const { id, members } = await campaignOf("flood.top", 9);
    const folded = async () => {
      const { rows } = await sql<{
        id: string;
      }>`select id from report where campaign_id = ${id} and folded order by id`.execute(at.node.db);
      return rows.map((row) => row.id);
    };
    expect(await folded()).toEqual([]);
    const urgent = await report(`${story()} flood.top`, { danger: true, category: "H3" });
    const copies = [await report(`${story()} flood.top`), await report(`${story()} flood.top`)];
    await link();
    expect(await folded()).toEqual([...members.slice(1), ...copies].map((each) => each.id).toSorted());
    expect(await folded()).not.toContain(urgent.id);
    await does("campaign.split", id, { reports: copies.map(({ reference }) => reference), reason: "x" });
    expect(await folded()).not.toContain(copies[0]?.id);
  });
});

describe("what is read of a campaign", () => {
  test("is what report.read allows: another office's reports are not there, nor counted, nor named", async () => {
    const { id, number, members } = await campaignOf("secret.top", 3);
    const elsewhere = "00000000-0000-7000-8000-0000000000ff";
    await sql`update report set office = ${elsewhere} where id = any(${members.slice(0, 2).map((each) => each.id)}::uuid[])`.execute(
      at.node.db,
    );
    const file = await read(campaignFile, { id });
    expect(file).toMatchObject({ figures: { total: 1 }, members: { items: [{ id: members[2]?.id }] } });
    const hidden = members.slice(0, 2).map(({ reference }) => reference);
    expect(hidden.some((reference) => JSON.stringify(file).includes(reference))).toBe(false);
    expect((await read(campaignList, { q: number })).items).toMatchObject([{ reports: 1 }]);
    expect((await read(whyLinked, { a: members[0]?.reference, b: members[2]?.reference })).pair).toBeNull();
    await sql`update report set office = ${elsewhere} where id = ${members[2]?.id ?? ""}`.execute(at.node.db);
    await expect(read(campaignFile, { id })).rejects.toBeInstanceOf(Refusal);
    expect((await read(campaignList, { q: number })).items).toEqual([]);
    expect((await read(campaignList, { q: "secret.top" })).items).toEqual([]);
    await expect(does("campaign.rename", id, { name: "x" })).rejects.toMatchObject({ code: "not-found" });
  });
  test("is found by what stands in its reports, by number and by name, and pages without gap or double", async () => {
    const { id, number } = await campaignOf("found-me.top");
    for (const q of ["https://found-me.top/login", number.toLowerCase(), "found-me.top"])
      expect((await read(campaignList, { q })).items.map((item) => item.id)).toEqual([id]);
    for (const sort of ["growth", "size", "recent"]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const found = await read(campaignList, { sort, limit: "3", ...(cursor ? { cursor } : {}) });
        seen.push(...found.items.map((item) => item.id));
        cursor = found.next;
      } while (cursor);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toContain(id);
    }
    expect((await read(campaignList, { cursor: "rubbish" })).items.length).toBeGreaterThan(0);
  });
  test("says money by currency, days, districts and cases", async () => {
    const paid = (amount: string, currency: string) => ({ transfers: [{ amount, currency }], district: "north" });
    const [a] = [
      await report(`${story()} loss.top`, paid("1,500.50", "MUR")),
      await report(`${story()} loss.top`, paid("200", "USD")),
      await report(`${story()} loss.top`, paid("99.50", "MUR")),
    ];
    await link();
    const opened = await perform({
      node: at.node,
      actor: at.officer("investigator"),
      act: openCase,
      input: { title: "Losses", reports: [a?.reference] },
    });
    const [id] = await placeOf(a?.id ?? "");
    const file = await read(campaignFile, { id: id ?? "" });
    expect(file.figures.losses).toEqual([
      { key: "MUR", n: 160_000 },
      { key: "USD", n: 20_000 },
    ]);
    expect(file.figures.days).toMatchObject([{ n: 3 }]);
    expect(file.figures.places.find(({ key }) => key === "north")).toMatchObject({ n: 3 });
    expect(file.cases).toMatchObject([{ id: opened.id, reports: 1 }]);
  });
  test("a case takes the reports of a campaign by its number, those that are free and no other", async () => {
    const { id, number, members } = await campaignOf("into-case.top", 3);
    const input = { title: "By number", campaign: number };
    const taken = members[0]?.reference ?? "";
    const first = await perform({
      ...{ node: at.node, actor: at.officer("investigator"), act: openCase },
      input: { title: "One", reports: [taken] },
    });
    const opened = await perform({ node: at.node, actor: at.officer("investigator"), act: openCase, input });
    expect(opened.done["reports"]).toEqual(members.slice(1).map(({ reference }) => reference));
    expect((await read(campaignFile, { id })).cases.map((each) => [each.id, each.reports])).toEqual([
      [first.id, 1],
      [opened.id, 2],
    ]);
    await expect(does("case.join", opened.id, { campaign: number })).rejects.toMatchObject({
      fields: [{ path: "campaign", key: "case-campaign-empty" }],
    });
    await expect(does("case.join", opened.id, {})).rejects.toMatchObject({
      fields: [{ path: "reports", key: "field-required" }],
    });
  });
  test("why: two that share nothing are together by a chain, which is shown", async () => {
    const [a, b, c] = [
      await report(`${story()} chain-a.top`),
      await report(`${story()} chain-a.top chain-b.top`),
      await report(`${story()} chain-b.top`),
    ];
    await link();
    const { pair } = await read(whyLinked, { a: a.reference, b: c.reference.toLowerCase() });
    expect(pair).toMatchObject({
      ...{ together: true, direct: false, shared: [] },
      chain: [
        { from: a.reference, to: b.reference, tie: { by: "observable", value: "chain-a.top" } },
        { from: b.reference, to: c.reference, tie: { by: "observable", value: "chain-b.top" } },
      ],
    });
    expect((await read(whyLinked, { a: "R-nonsense", b: a.reference })).pair).toBeNull();
  });
});
