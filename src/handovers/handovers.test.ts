import { afterAll, beforeAll, expect, test } from "vitest";
import { introduce, type Station, station } from "../../test/exchange-world.ts";
import { loadCountry } from "../access/slice.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { type ReportFound, reportPage } from "../reports/views.ts";
import { accept, decline, handAccepted, offer } from "./acts.ts";
import type { HandoverRow } from "./handover.ts";
import { handovers } from "./slice.ts";
import { handoverView } from "./views.ts";
import { passedNote } from "../../test/passed.ts";

let aruna: Station;
let belmora: Station;
beforeAll(async () => {
  [aruna, belmora] = await Promise.all([
    station("XA", { slices: [reports, handovers] }),
    station("XB", { slices: [reports, handovers] }),
  ]);
  for (const { node } of [aruna, belmora])
    Object.assign(node.services, {
      country: loadCountry({ packs: "packs", pack: node.code, code: node.code }, node.registry, passedNote(node.code)),
    });
  await introduce(aruna, belmora);
});
afterAll(async () => {
  await Promise.all([aruna.close(), belmora.close()]);
});

const WORDS = "He took 500 from my mother, call +63 917 555 0101, wallet 0x52908400098527886E0F7030069857D2E4169EE7";
async function handed(more: object = {}): Promise<string> {
  const submission = submissionSchema.parse({
    category: "F5",
    description: WORDS,
    contact: { name: "Zebedee Quux", email: "z@example.org" },
    language: "fr",
    ...more,
  });
  return (await handIn(aruna.node, { actor: PUBLIC, prepared: prepare(submission, receivingOn(aruna.node, "portal")) }))
    .id;
}
const offered = async (report: string): Promise<string> => {
  const { id } = await perform({
    node: aruna.node,
    actor: aruna.at.officer("investigator"),
    act: offer,
    id: report,
    input: { to: "XB", conditions: "For this matter only, and in confidence." },
  });
  await aruna.deliver();
  return id;
};
const at = async (where: Station, id: string) =>
  (await readView(handoverView, readerOf(where.node, where.at.officer("unit-head")), { id })) as HandoverRow;
const all = async (where: Station): Promise<string> => {
  const { rows } = await sql<{ all: string }>`select coalesce(string_agg(each, ' '), '') as all from (
    select row_to_json(h)::text as each from handover h union all select record::text from journal union all select row_to_json(i)::text from inbox i) as t`.execute(
    where.node.db,
  );
  return rows[0]?.all ?? "";
};

test("the conditions go first, with nothing of the report; the content follows when they are accepted, and they stand on it", async () => {
  const report = await handed();
  const id = await offered(report);
  expect(await at(belmora, id)).toMatchObject({
    side: "receiver",
    peer: "XA",
    state: "offered",
    category: "F5",
    report_id: null,
  });
  expect(await all(belmora)).not.toMatch(/mother|917 ?555|52908400/);
  const head = belmora.at.officer("unit-head");
  await expect(
    perform({ node: belmora.node, actor: belmora.at.officer("investigator"), act: accept, id, input: {} }),
  ).rejects.toMatchObject({ code: "not-allowed" });
  await perform({ node: belmora.node, actor: head, act: accept, id, input: {} });
  await belmora.deliver();
  await handAccepted.run(aruna.node);
  await aruna.deliver();
  // Once, however often the worker looks.
  await handAccepted.run(aruna.node);
  await aruna.deliver();
  expect(await at(aruna, id)).toMatchObject({ state: "handed", side: "sender" });
  const there = await at(belmora, id);
  expect(there).toMatchObject({ state: "handed" });
  const found = (await readView(reportPage, readerOf(belmora.node, head), { id: there.report_id })) as ReportFound;
  expect(found).toMatchObject({
    description: WORDS,
    channel: "peer",
    peer: "XA",
    conditions: "For this matter only, and in confidence.",
    language: "fr",
    anonymous: true,
  });
  expect(found.observables.map(({ type }) => type).sort()).toEqual(["phone", "wallet"]);
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from report`.execute(belmora.node.db);
  expect(rows[0]?.n).toBe(1);
  // Who reported never left: nobody had asked them.
  expect(await all(belmora)).not.toContain("Zebedee");
  // Here it is closed, and the reporter reads where it went, in their own language.
  const own = (await readView(reportPage, readerOf(aruna.node, aruna.at.officer("unit-head")), {
    id: report,
  })) as ReportFound;
  expect(own).toMatchObject({ state: "closed", closed_reason: "elsewhere" });
  expect(own.messages.at(-1)?.body).toContain("Belmora");
});

test("what came under conditions is not passed on", async () => {
  const { rows } = await sql<{ id: string }>`select id from report where conditions is not null`.execute(
    belmora.node.db,
  );
  await expect(
    perform({
      node: belmora.node,
      actor: belmora.at.officer("unit-head"),
      act: offer,
      id: rows[0]?.id ?? "",
      input: { to: "XA", conditions: "Back to you." },
    }),
  ).rejects.toMatchObject({ code: "not-allowed", key: "handover-bound" });
});

test("what is not accepted never comes, and both nodes say why", async () => {
  const report = await handed({ category: "F6" });
  const id = await offered(report);
  await perform({
    node: belmora.node,
    actor: belmora.at.officer("unit-head"),
    act: decline,
    id,
    input: { reason: "We can't keep it in confidence." },
  });
  await belmora.deliver();
  await handAccepted.run(aruna.node);
  await aruna.deliver();
  for (const where of [aruna, belmora])
    expect(await at(where, id)).toMatchObject({ state: "declined", reason: "We can't keep it in confidence." });
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from report`.execute(belmora.node.db);
  expect(rows[0]?.n).toBe(1);
});
