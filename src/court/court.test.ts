import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import { charge, refer } from "../cases/acts.ts";
import { chrome } from "../chrome.ts";
import { acquire } from "../evidence/acts-acquire.ts";
import { uploadsOf } from "../evidence/tus.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { verifyPackage } from "../trust/verify.ts";
import * as disclosures from "./acts-disclosure.ts";
import * as exhibits from "./acts-exhibit.ts";
import { newCodeOf } from "./disclosure.ts";
import { exhibitListPdf } from "./document.ts";
import { courtFile, type CourtFound, exhibitList, type ExhibitList } from "./views.ts";
import { disclosureFile, type DisclosureFound, disclosureRow } from "./views-disclosure.ts";

let at: Countries;
let caseId: string;
let portal: FastifyInstance;
let base: string;
const items: string[] = [];
const marked: string[] = [];

async function acquired(words: string): Promise<string> {
  const node = at.node("XA");
  const officer = await at.officer("XA", "investigator");
  const upload = await uploadsOf(node).take({
    owner: officer.account,
    name: `${words}.txt`,
    media: "text/plain",
    source: (async function* () {
      yield Buffer.from(`${words}\n`);
    })(),
    bytesMax: 1_000_000,
    now: node.clock(),
  });
  if (!upload || typeof upload !== "object" || !("id" in upload)) throw new Error("not taken");
  return at.does("XA", "investigator", acquire, {
    id: caseId,
    input: {
      upload: upload.id,
      description: `Export of ${words}`,
      acquisition: { method: "download", source: words, place: "Port Louis", time_source: "network-time" },
    },
  });
}

beforeAll(async () => {
  at = await openCountries();
  caseId = await at.openCase();
  for (const words of ["mailbox", "ledger of a bank", "notes of counsel"]) items.push(await acquired(words));
  portal = await makeServer({ node: at.node("XA"), role: "portal", chrome });
  base = await portal.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await portal.close();
  await at.close();
});

const list = (item: string | undefined, party: string, role: "investigator" | "prosecutor" = "prosecutor") =>
  at.tries("XA", role, exhibits.list, {
    id: caseId,
    input: { item, party, title: `Exhibit of ${party}`, proves: "That the caller had the code." },
  });
const seen = async (role: "judge" | "prosecutor" | "investigator") =>
  (await readView(courtFile, readerOf(at.node("XA"), await at.officer("XA", role)), { id: caseId })) as CourtFound;

test("marks are given by the pack's scheme, each once, and never for another case's item", async () => {
  expect(await list(items[0], "prosecution", "investigator")).toBe("done");
  await at.does("XA", "investigator", refer, { id: caseId, input: {} });
  expect(await list(items[1], "prosecution")).toBe("done");
  expect(await list(items[2], "defence")).toBe("done");
  expect(await list(items[2], "court")).toBe("exhibit-listed");
  const other = await at.openCase();
  expect(
    await at.tries("XA", "investigator", exhibits.list, {
      id: other,
      input: { item: items[0], title: "x", proves: "y" },
    }),
  ).toBe("exhibit-no-item");
  const { shown } = await seen("prosecutor");
  expect(shown.map(({ exhibit }) => exhibit.mark)).toEqual(["P1", "P2", "D1"]);
  marked.push(...shown.map(({ exhibit }) => exhibit.id));
});

test("the court sees what is put before it, and only a judge rules, in words", async () => {
  const [first = "", second = ""] = marked;
  expect(await at.tries("XA", "judge", exhibits.admit, { id: first, input: { ruling: "Good." } })).toBe("not-found");
  for (const id of [first, second]) await at.does("XA", "prosecutor", exhibits.tender, { id });
  await at.does("XA", "prosecutor", charge, { id: caseId, input: { offences: ["CETS 185 Art. 8"] } });
  expect(await at.tries("XA", "prosecutor", exhibits.admit, { id: first, input: { ruling: "Good." } })).toBe(
    "judge-alone-rules",
  );
  const waiting = (await readView(
    exhibitList,
    readerOf(at.node("XA"), await at.officer("XA", "judge")),
    {},
  )) as ExhibitList;
  expect(waiting.items.map(({ mark }) => mark).toSorted()).toEqual(["P1", "P2"]);
  await at.does("XA", "judge", exhibits.admit, { id: first, input: { ruling: "Its custody is whole." } });
  await at.does("XA", "judge", exhibits.exclude, {
    id: second,
    input: { ruling: "Obtained without authority.", provision: "Aruna Evidence Act, s. 9" },
  });
  const { shown } = await seen("judge");
  expect(shown.map(({ exhibit }) => [exhibit.mark, exhibit.state, exhibit.ruling])).toEqual([
    ["P1", "admitted", "Its custody is whole."],
    ["P2", "excluded", "Obtained without authority."],
  ]);
  // A ruling is the court's alone to reconsider.
  expect(await at.tries("XA", "prosecutor", exhibits.withdraw, { id: second, input: { reason: "x" } })).not.toBe(
    "done",
  );
});

test("the list as a court files it says what, whence, through whose hands and what is not known", async () => {
  const node = at.node("XA");
  const found = await seen("judge");
  const text = (await Promise.all(
    (["en", "fr", "ar"] as const).map(async (language) =>
      textOfPdf(await exhibitListPdf({ node, language, at: at.now() }, found)),
    ),
  )) as [string, string, string];
  for (const each of text) expect(each.replaceAll(/\s/g, "")).toContain("PortLouis");
  expect(text[0]).toContain("The source gave no digest of its own");
  expect(text[1]).toContain("Bordereau des pièces");
});

test("a disclosure leaves nothing undecided, takes two, and its withheld words stay out of the schedule", async () => {
  const id = await at.does("XA", "investigator", disclosures.prepare, {
    id: caseId,
    input: { to: "A. Counsel", defendant: "B. Accused", conditions: "For this case only." },
  });
  const decide = (input: object, role: "investigator" | "prosecutor" = "investigator") =>
    at.tries("XA", role, disclosures.decide, { id, input });
  const approve = (role: "investigator" | "prosecutor") => at.tries("XA", role, disclosures.approve, { id });
  expect(await decide({ items: [items[0]], fate: "given" })).toBe("done");
  expect(await approve("prosecutor")).toBe("disclosure-undecided");
  expect(await decide({ items: [items[2]], fate: "withheld" })).toBe("disclosure-ground");
  expect(await decide({ items: [items[2]], fate: "withheld", ground: "public-interest", reason: "x" })).toBe(
    "disclosure-ground-unknown",
  );
  expect(
    await decide({ items: [items[2]], fate: "withheld", ground: "privilege", reason: "Letters to counsel." }),
  ).toBe("done");
  expect(await decide({ items: [items[1]], fate: "inspect", reason: "At the unit, by appointment." })).toBe("done");
  expect(await approve("investigator")).not.toBe("done");
  expect(await approve("prosecutor")).toBe("done");
  expect(await at.tries("XA", "prosecutor", disclosures.serve, { id })).toBe("done");

  const reader = readerOf(at.node("XA"), await at.officer("XA", "prosecutor"));
  const row = await disclosureRow(reader, id);
  const code = row && newCodeOf(at.node("XA"), row, at.now());
  if (!row || code === undefined) throw new Error("no code");
  const call = (path: string, form: Record<string, string>) =>
    fetch(`${base}/d${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { origin: base, "sec-fetch-site": "same-origin" },
    });
  expect((await call("", { code: `${code.slice(0, -1)}${code.endsWith("Z") ? "Y" : "Z"}` })).status).toBe(422);
  const opened = await call("", { code });
  expect([opened.status, (await opened.text()).includes(row.number)]).toEqual([200, true]);

  const folder = mkdtempSync(join(tmpdir(), "comity-defence-"));
  try {
    const file = join(folder, "package.asice");
    writeFileSync(file, Buffer.from(await (await call("/package", { code })).arrayBuffer()));
    const verdict = await verifyPackage(file);
    expect([verdict.ok, JSON.stringify(verdict).includes("Letters to counsel")]).toEqual([true, false]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const schedule = textOfPdf(Buffer.from(await (await call("/schedule", { code, language: "en" })).arrayBuffer()));
  expect([
    schedule.includes("Letters to counsel"),
    schedule.includes("notes of counsel"),
    schedule.includes("privilege"),
  ]).toEqual([false, false, true]);
  expect((await call("/receipt", { code, name: " " })).status).toBe(422);
  expect((await call("/receipt", { code, name: "A. Counsel" })).status).toBe(200);
  await at.does("XA", "prosecutor", disclosures.close, { id, input: { reason: "The case is over." } });
  expect((await call("/package", { code })).status).toBe(422);

  const { history, received_by } = (await readView(disclosureFile, reader, { id })) as DisclosureFound;
  expect(received_by).toBe("A. Counsel");
  expect(history.map(({ act }) => act.replace("disclosure.", ""))).toEqual([
    "prepare", "decide", "decide", "decide", "approve", "serve", "take", "take", "receipt", "close",
  ]); // prettier-ignore
});

test("each given item's custody says to whom it was disclosed; what was withheld says nothing", async () => {
  const { db } = at.node("XA");
  const told = async (item: string | undefined) =>
    (
      await db
        .selectFrom("journal")
        .select("act")
        .where("subject_id", "=", item ?? "")
        .orderBy("seq")
        .execute()
    ).map(({ act }) => act);
  expect(await told(items[0])).toContain("item.serve");
  expect(await told(items[1])).not.toContain("item.serve");
  expect(await told(items[2])).not.toContain("item.serve");
});
