import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { sql } from "../kernel/database.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { perform } from "../kernel/pipeline.ts";
import { system } from "../kernel/actor.ts";
import type { Download } from "../kernel/view.ts";
import { newId } from "../kernel/receive.ts";
import { receivedOn } from "../statistics/received.fixture.ts";
import { statistics } from "../statistics/slice.ts";
import { make, makeDue } from "./acts.ts";
import { briefDraft, briefFile, briefList, type BriefList } from "./views.ts";

let at: Countries;
const listed = async (role: Parameters<Countries["officer"]>[1]) =>
  (await readView(briefList, readerOf(at.node("XA"), await at.officer("XA", role)), {})) as BriefList;
const noon = (day: string) => Temporal.Instant.from(`${day}T12:00:00Z`);
const drafts = () => statistics.jobs?.find(({ name }) => name === "statistics-release")?.run(at.node("XA"));

// September and October, with one rare report each; the countries open on 24 November.
beforeAll(async () => {
  at = await openCountries();
  const node = at.node("XA");
  const answered = { respond_by: noon("2026-10-06"), responded_at: noon("2026-10-05") };
  await receivedOn(node, "2026-09-04", 20, { category: "F2", loss: 40_000 });
  await receivedOn(node, "2026-09-05", 2, { category: "C2" });
  await receivedOn(node, "2026-09-05", 6, { category: "F1" });
  await receivedOn(node, "2026-10-05", 60, { category: "F2", loss: 50_000, ...answered });
  await receivedOn(node, "2026-10-05", 3, { category: "C2", ...answered, responded_at: noon("2026-10-09") });
  await receivedOn(node, "2026-10-05", 7, { category: "A1", language: "ta", respond_by: noon("2026-10-06") });
  await at.openCase();
  const seen = {
    priority: 2,
    reports: 12,
    week: 0,
    first_at: noon("2026-09-04"),
    last_at: noon("2026-10-05"),
    made_at: noon("2026-09-04"),
  };
  const shared = {
    name: "bank-prize.example",
    state: "active",
    category: "F2",
    losses: "{}",
    categories: "{}",
    ...seen,
  };
  for (const [n, named, size] of [
    [1, false, 12],
    [2, true, 9],
    [3, true, 4],
  ] as const) {
    const id = newId();
    await node.db
      .insertInto("campaign")
      .values({ id, number: `K-2026-00000${n}`, named, ...shared })
      .execute();
    await sql`update report set campaign_id = ${id} where id in
      (select id from report where category = 'F2' and received_at >= '2026-10-01' and campaign_id is null limit ${sql.lit(size)})`.execute(
      node.db,
    );
  }
});
afterAll(() => at.close());

test("there is no brief before the month's figures are counted", async () => {
  await makeDue(at.node("XA"));
  expect((await listed("unit-head")).items).toEqual([]);
  const made = perform({ node: at.node("XA"), actor: system("strategy"), act: make, input: { month: "2026-10" } });
  await expect(made).rejects.toMatchObject({ code: "conflict", key: "brief-without-figures" });
});

test("it is made once by the node, from the month's release, and kept in every language", async () => {
  await drafts();
  await makeDue(at.node("XA"));
  await makeDue(at.node("XA"));
  const { items } = await listed("unit-head");
  expect(items.map(({ month }) => month)).toEqual(["2026-10"]);
  expect(items[0]?.facts).toMatchObject({
    draft: false,
    total: { now: 70, before: 28 },
    answers: { owed: 70, inTime: 60, late: 3, unanswered: 7 },
    losses: [{ currency: "MUR", reports: 60, sum: { now: 3_000_000, before: 800_000 }, median: 50_000 }],
    missing: { languages: [{ language: "ta", reports: 7 }], peers: [] },
    trend: [
      { month: "2026-09", reports: 28 },
      { month: "2026-10", reports: 70, loss: 3_000_000 },
    ],
  });
  const { rows } = await sql<{ record: { change: { digests: Record<string, string> } } }>`
    select record from journal where act = 'brief.make'`.execute(at.node("XA").db);
  expect(rows).toHaveLength(1);
  for (const language of ["en", "fr", "ar"] as const) {
    const file = (await readView(briefFile, readerOf(at.node("XA"), await at.officer("XA", "unit-head")), {
      id: items[0]?.id,
      language,
    })) as Download;
    const digest = createHash("sha256")
      .update(file.body as Buffer)
      .digest("hex");
    expect(rows[0]?.record.change.digests[language]).toBe(digest);
  }
});

test("a count that the release withholds is nowhere in the brief", async () => {
  const [brief] = (await listed("statistician")).items;
  expect(brief?.facts.categories.map(({ category }) => category)).toEqual(["F2"]);
  expect(JSON.stringify(brief?.facts)).not.toContain("C2");
});

test("those who decide read it; the draft of the month that runs is for those who see live figures", async () => {
  const reader = async (role: Parameters<Countries["officer"]>[1]) =>
    readerOf(at.node("XA"), await at.officer("XA", role));
  const [brief] = (await listed("administrator")).items;
  expect((await listed("investigator")).items).toEqual([]);
  await expect(readView(briefFile, await reader("investigator"), { id: brief?.id })).rejects.toMatchObject({
    code: "not-found",
  });
  await expect(readView(briefDraft, await reader("administrator"), {})).rejects.toMatchObject({ code: "not-allowed" });
  const draft = (await readView(briefDraft, await reader("statistician"), { language: "ar" })) as Download;
  expect([draft.type, draft.filename]).toEqual(["application/pdf", "brief-XA-2026-11-draft-ar.pdf"]);
});
