import type { FastifyInstance } from "fastify";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { access, loadCountry } from "../access/slice.ts";
import { chrome } from "../chrome.ts";
import { type Officer, PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { registry } from "../kernel/slice.ts";
import type { Slice } from "../kernel/slice.ts";
import { climbUnopened } from "../reports/acts-unopened.ts";
import { escalate } from "../reports/acts-attention.ts";
import { redirect, reply } from "../reports/acts-answer.ts";
import { assign, triage } from "../reports/acts.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { type ReportFound, reportPage } from "../reports/views.ts";
import { inbox } from "./slice.ts";
import { reportList, type ReportList } from "./views-list.ts";
import { reportNews, type News } from "./views-news.ts";
import { passedNote } from "../../test/passed.ts";

let clockMs = Date.UTC(2026, 10, 2, 9);
let at: TestNode;
let desk: FastifyInstance;
let caller: Officer;
/** Whoever `caller` is, without a session: what a session is made of is another test's. */
const signedIn: Slice = { name: "signed-in", authenticate: async ({ role }) => (role === "desk" ? caller : undefined) };
const slices = [signedIn, access, reports, inbox];
const country = loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry(slices), passedNote("XA"));

beforeAll(async () => {
  at = await testNode(slices, {
    policy: () => country.policy,
    services: { country },
    clock: () => Temporal.Instant.fromEpochMilliseconds(clockMs),
  });
  caller = at.officer("investigator");
  for (const role of ["investigator", "unit-head"] as const) await enrol(at.officer(role));
  desk = await makeServer({ node: at.node, role: "desk", chrome });
  await desk.ready();
});
afterAll(async () => {
  await desk.close();
  await at.close();
});

/** Writes an officer and their office into the tables. */
async function enrol({ account, name, role, office }: Officer, code: string | null = null): Promise<void> {
  const { pool } = at.node;
  await pool.query("insert into organisation (id, name) values ($1, $2) on conflict do nothing", [
    office.id,
    office.name,
  ]);
  await pool.query(
    "insert into office (id, organisation, name, kind, zone, language, created_at, code) values ($1, $1, $2, $3, 'UTC', 'en', now(), $4) on conflict do nothing",
    [office.id, office.name, office.kind, code],
  );
  await pool.query(
    "insert into account (id, state, username, name, role, office, language, created_at, password, totp) values ($1, 'active', $2, $3, $4, $5, 'en', now(), 'none', 'none')",
    [account, account, name, role, office.id],
  );
}
const handed = async (more: object): Promise<{ id: string; reference: string }> => {
  const submission = submissionSchema.parse(more);
  const { id, done } = await handIn(at.node, {
    actor: PUBLIC,
    prepared: prepare(submission, receivingOn(at.node, "portal")),
  });
  return { id, reference: String(done["reference"]) };
};
const list = async (input: object = {}, as = caller) =>
  (await readView(reportList, readerOf(at.node, as), input)) as ReportList;
const read = async (id: string, as = caller) =>
  (await readView(reportPage, readerOf(at.node, as), { id })) as ReportFound;
const raw = async (id: string) =>
  (await sql<Record<string, unknown>>`select * from report where id = ${id}`.execute(at.node.db)).rows[0] ?? {};
const does = (act: Parameters<typeof perform>[0]["act"], id: string, input: object, as: Officer = caller) =>
  perform({ node: at.node, actor: as, act, id, input });
const minutes = (n: number) => {
  clockMs += n * 60_000;
};
const get = (url: string) => desk.inject({ url, headers: { accept: "text/html", host: "desk.test" } });
const post = (url: string, fields: readonly (readonly [string, string])[]) =>
  desk.inject({
    method: "POST",
    url,
    payload: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(),
    headers: {
      accept: "text/html",
      host: "desk.test",
      origin: "http://desk.test",
      "content-type": "application/x-www-form-urlencoded",
    },
  });

describe("what nobody has opened", () => {
  test("climbs to the top of its priority, then one priority up, with the reason; opening it stops that", async () => {
    await handed({ category: "F6", description: "An older one of the same priority" });
    minutes(1);
    const { id } = await handed({ category: "F6", description: "The shop never sent the parcel" });
    minutes(2 * 24 * 60 - 1);
    // Opened at once, the other one does not climb.
    const [other] = (await list({ priority: "3" })).items;
    await read(other?.id ?? "");
    minutes(2);
    await climbUnopened.run(at.node);
    expect((await list({ priority: "3" })).items[0]?.id).toBe(id);
    expect(await raw(id)).toMatchObject({
      priority: 3,
      climbed: 1,
      reasons: ["category", "unopened"],
      opened_at: null,
    });
    minutes(2 * 24 * 60 + 1);
    await climbUnopened.run(at.node);
    expect(await raw(id)).toMatchObject({ priority: 2, climbed: 2, reasons: ["category", "unopened"] });
    expect((await list({ unopened: "true" })).items.map((each) => each.id)).toContain(id);
    const found = await read(id);
    expect(found.history.filter(({ act }) => act === "report.climb")).toHaveLength(2);
    expect(found.history.at(-1)?.act).toBe("report.open");
    minutes(30 * 24 * 60);
    await climbUnopened.run(at.node);
    expect(await raw(id)).toMatchObject({ priority: 2, climbed: 2 });
    await read(id);
    expect((await read(id)).history.filter(({ act }) => act === "report.open")).toHaveLength(1);
  });

  test("is not opened by whoever may only read", async () => {
    const { id } = await handed({ category: "F6", description: "Read by the examiner" });
    await read(id, at.officer("examiner"));
    expect(await raw(id)).toMatchObject({ opened_at: null });
  });
});

describe("acts of the desk", () => {
  test("triage keeps the basis with the offences: the gravest that they open, or what the officer says", async () => {
    const { id } = await handed({ category: "F6", description: "Paid and nothing came" });
    expect(await raw(id)).toMatchObject({ basis: "CETS 185 Art. 14(2)(b)" });
    await does(triage, id, { offences: ["Sale of Goods Act, s. 4; CETS 185 Art. 8"] });
    expect(await raw(id)).toMatchObject({
      offences: ["Sale of Goods Act, s. 4", "CETS 185 Art. 8"],
      basis: "CETS 185 Art. 2-11",
    });
    await does(triage, id, { offences: ";", basis: "CETS 189" });
    expect(await raw(id)).toMatchObject({ offences: [], basis: "CETS 189" });
  });

  test("the triage page offers the country's offences before the Convention's", async () => {
    const { id } = await handed({ category: "F2", description: "Money left my wallet" });
    const { document } = parseHTML((await get(`/reports/${id}/triage`)).body);
    const offered = [...document.querySelectorAll<HTMLInputElement>('input[type="checkbox"][name="offences"]')];
    expect(offered.map(({ value }) => value)).toEqual([
      "Computer Misuse Act of Aruna, s. 12",
      "CETS 185 Art. 8",
      "CETS 185 Art. 2",
    ]);
  });

  test("a ready answer reaches each reporter in their own language, and the right door too", async () => {
    const french = await handed({ category: "F6", description: "Le vendeur a disparu", language: "fr" });
    await does(reply, french.id, { template: "received" });
    expect((await read(french.id)).messages.at(-1)?.body).toMatch(/^Merci\./);
    const arabic = await handed({ category: "F6", description: "المتجر لم يرسل شيئا", language: "ar" });
    await does(redirect, arabic.id, { door: "consumer-office" });
    const found = await read(arabic.id);
    expect(found).toMatchObject({ state: "closed", closed_reason: "elsewhere" });
    expect(found.messages.at(-1)?.body).toContain("مكتب حماية المستهلك");
    await expect(does(redirect, french.id, { door: "nowhere" })).rejects.toMatchObject({ code: "invalid" });
  });

  test("escalating gives it to the head, one priority up, with a clock that the head's act ends", async () => {
    const { id } = await handed({ category: "F6", description: "It is bigger than it looks" });
    await does(assign, id, {});
    await does(escalate, id, { reason: "The same man, three villages" });
    const head = at.officer("unit-head");
    expect(await raw(id)).toMatchObject({ priority: 2, assignee: head.account, state: "assigned" });
    const running = async () =>
      (await read(id, head)).clocks.filter(({ rule, ended_at }) => rule === "report.escalation" && ended_at === null);
    expect(await running()).toHaveLength(1);
    await does(triage, id, {}, head);
    expect(await running()).toHaveLength(0);
  });
});

describe("many at once", () => {
  test("each goes by itself: what one refuses the others do not lose, each outcome is told, and what can be is taken back", async () => {
    const [one, two, closed] = [
      await handed({ category: "X1", description: "An advertisement" }),
      await handed({ category: "X1", description: "Another advertisement" }),
      await handed({ category: "X1", description: "The third advertisement" }),
    ];
    await does(triage, closed.id, {});
    await perform({
      node: at.node,
      actor: caller,
      act: at.node.registry.acts.get("report.close") as never,
      id: closed.id,
      input: { reason: "junk" },
    });
    const ids = [one, two, closed].map(({ reference }) => ["ids", reference] as const);
    const form = await get(`/reports/many?act=close&${ids.map(([, each]) => `ids=${each}`).join("&")}`);
    expect(form.statusCode).toBe(200);
    const wrong = await post("/reports/many", [["act", "close"], ...ids]);
    expect(wrong.statusCode).toBe(422);
    expect(await raw(one.id)).toMatchObject({ state: "received" });
    const key = crypto.randomUUID();
    const sent = [["_key", key], ["act", "close"], ["reason", "junk"], ...ids] as const;
    const done = await post("/reports/many", sent);
    expect(done.statusCode).toBe(200);
    const { document } = parseHTML(done.body);
    expect(document.querySelector(".notice")?.textContent).toContain("Done to 2. 1 was left as it was.");
    // Sent again, as a reload does, it has no second effect and says the same.
    await post("/reports/many", sent);
    expect((await read(one.id)).history.filter(({ act }) => act === "report.close")).toHaveLength(1);
    const undo = [...document.querySelectorAll<HTMLInputElement>('form[action="/reports/many"] input')];
    await post(
      "/reports/many",
      undo.map((each) => [each.name, each.value] as const),
    );
    expect(await raw(one.id)).toMatchObject({ state: "triaged" });
    expect(await raw(two.id)).toMatchObject({ state: "triaged" });
    expect(await raw(closed.id)).toMatchObject({ state: "closed" });
  });

  test("the list is taken along as a table without anybody's words, and no cell of it is a formula", async () => {
    await handed({ category: "H4", description: "=HYPERLINK(secret words)", district: "north" });
    const csv = await desk.inject({ url: "/api/v1/reports/export?category=H4&district=north" });
    expect(csv.headers["content-type"]).toContain("text/csv");
    expect(csv.body).not.toContain("secret");
    expect(csv.body.split("\r\n")).toHaveLength(3);
    const json = await desk.inject({ url: "/api/v1/reports/export?category=H4&format=json" });
    expect(json.json<{ rows: object[] }>().rows).toHaveLength(1);
  });
});

describe("views that an officer keeps", () => {
  test("are theirs alone, stand above the list, and can be forgotten", async () => {
    const kept = await post("/saved-views/new", [
      ["name", "Late in the north"],
      ["filters", "late=true&district=north&evil=1"],
    ]);
    expect(kept.headers["location"]).toBe("/reports?district=north&late=true");
    const [view] = (await list()).saved;
    expect(view).toMatchObject({ name: "Late in the north", filters: "district=north&late=true" });
    expect((await list({}, at.officer("unit-head"))).saved).toEqual([]);
    caller = at.officer("unit-head");
    expect((await post(`/saved-views/${view?.id}/drop`, [])).statusCode).toBe(404);
    caller = at.officer("investigator");
    await post(`/saved-views/${view?.id}/drop`, []);
    expect((await list()).saved).toEqual([]);
  });
});

describe("live", () => {
  test("danger is told to whoever waits, and stands first with its clock running", async () => {
    minutes(1);
    const news = desk.inject({
      url: `/api/v1/reports/news?after=${encodeURIComponent(at.node.clock().toString())}&wait=20`,
    });
    const { id, reference } = await handed({ category: "H3", danger: true, description: "He is at the door" });
    const told = (await news).json<News>();
    expect(told.items.map((each) => each.reference)).toContain(reference);
    const [first] = (await list()).items;
    expect(first).toMatchObject({ id, priority: 0, reasons: ["danger"] });
    expect((await read(id)).clocks).toMatchObject([{ rule: "report.first-response", ended_at: null }]);
    const again = (await readView(reportNews, readerOf(at.node, caller), {
      after: told.at.toString(),
      seen: reference,
    })) as News;
    expect(again.items.map((each) => each.reference)).not.toContain(reference);
  });

  test("what another office has is news to that office only", async () => {
    const own = at.officer("investigator");
    const child: Officer = {
      ...own,
      account: crypto.randomUUID(),
      office: { ...own.office, id: crypto.randomUUID(), name: "Child Protection Desk" },
    };
    await enrol(child, "child-protection");
    minutes(1);
    const after = at.node.clock().toString();
    const { reference } = await handed({ category: "C2", description: "A man writes to my daughter" });
    const heard = async (as: Officer) =>
      ((await readView(reportNews, readerOf(at.node, as), { after })) as News).items.map((each) => each.reference);
    expect(await heard(child)).toContain(reference);
    expect(await heard(own)).not.toContain(reference);
    expect((await list({}, own)).items.map((each) => each.reference)).not.toContain(reference);
  });
});
