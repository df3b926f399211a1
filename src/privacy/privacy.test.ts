import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase } from "../../test/node.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import { close as closeCase, open as openCase } from "../cases/acts.ts";
import { compose } from "../compose.ts";
import { send as sendHold } from "../holds/acts.ts";
import type { AnyAct } from "../kernel/act.ts";
import { type Actor, type OfficeKind, type Officer, PUBLIC, type Role } from "../kernel/actor.ts";
import { type Config, configSchema } from "../kernel/config.ts";
import { Refusal } from "../kernel/errors.ts";
import { sweep } from "../kernel/sweep.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { attach, identify, link, triage, writeMessage } from "../reports/acts.ts";
import { close, reopen, reply } from "../reports/acts-answer.ts";
import { handIn, prepare, receivingOn, submissionSchema } from "../reports/slice.ts";
import { OFFICE_OF } from "../access/account.ts";
import { chrome } from "../chrome.ts";
import { counts } from "../statistics/views-counts.ts";
import { ledgerCheck } from "../trust/ledger-check.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { ledgerSigner } from "../trust/ledger-key.ts";
import { sequence } from "../trust/sequencer.ts";
import { bytesOf } from "../trust/verify-bytes.ts";
import { verifyPdf } from "../trust/verify.ts";
import { readEntry, readZip } from "../trust/verify-zip.ts";
import { eraseReport } from "./acts-erase.ts";
import { keep, retentionClocks } from "./acts-clock.ts";
import { ask, grant, record, refuse } from "./acts-request.ts";
import { dueOf } from "./data-request.ts";
import { exportOf } from "./views-export.ts";
import { keepingView, retentionView } from "./views.ts";
import { takePassed } from "../../test/passed.ts";

let now = Temporal.Instant.from("2026-11-26T08:00:00Z");
let node: Node;
let ended: () => Promise<void>;

/** Planted in everything that somebody types or sends; sealed or not, it must be found nowhere in the end. */
const MARK = "zq7planted";
const OFFICES = new Map<OfficeKind, string>();
const officers = new Map<Role, Officer>();
function officer(role: Role): Officer {
  const kind = OFFICE_OF[role] as OfficeKind;
  const office = OFFICES.get(kind) ?? randomUUID();
  OFFICES.set(kind, office);
  const made = officers.get(role) ?? {
    kind: "officer",
    account: randomUUID(),
    name: `${role} N`,
    role,
    locale: "en",
    via: "token",
    credential: randomUUID(),
    steppedUpAt: null,
    office: { id: office, name: `Office of ${kind}`, kind, zone: "UTC" },
  };
  officers.set(role, made);
  return made;
}
beforeAll(async () => {
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), "comity-privacy-"));
  const config: Config = configSchema.parse({
    code: "XA",
    name: "Aruna",
    pack: "XA",
    pack_unsigned: true,
    database: database.url,
    folder,
    zone: "Indian/Mauritius",
    country: "MU",
    log_level: "error",
  });
  takePassed(folder, "XA");
  const composed = await compose(config, () => now);
  node = composed.node;
  ended = async () => {
    await composed.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
});
afterAll(() => ended());

const does = (actor: Actor, act: AnyAct, id: string | undefined, input: object = {}) =>
  perform({ node, actor, act, ...(id === undefined ? {} : { id }), input });
const refused = async (doing: Promise<unknown>): Promise<string> => {
  try {
    await doing;
    return "done";
  } catch (error) {
    if (error instanceof Refusal) return error.key;
    throw error;
  }
};
const reportOf = async (id: string) => (await node.pool.query("select * from report where id = $1", [id])).rows[0];
const clockOf = async (id: string) => (await node.pool.query("select * from retention where id = $1", [id])).rows[0];
const settle = () => retentionClocks.run(node);

async function reported(more: object = {}): Promise<{ id: string; reference: string; code: string }> {
  const submission = submissionSchema.parse({
    category: "F2",
    description: `A man named ${MARK} called me from +230 5712 3456 and sent https://${MARK}.example/pay`,
    district: "north",
    age_band: "35-44",
    transfers: [
      {
        amount: "41300.50",
        currency: "MUR",
        at: now.subtract({ hours: 3 }).toString(),
        to: MARK,
        through: "national bank",
      },
    ],
    contact: { name: `Ms ${MARK}`, email: `${MARK}@example.org`, phone: "+23057123456" },
    ...more,
  });
  const prepared = prepare(submission, receivingOn(node, "portal"));
  const { id, done } = await handIn(node, { actor: PUBLIC, prepared, key: randomUUID(), sent: submission });
  return { id, reference: String(done["reference"]), code: String(done["code"]) };
}
const job = (name: string) =>
  node.registry.slices
    .flatMap(({ jobs = [] }) => jobs)
    .find((each) => each.name === name)
    ?.run(node);

/** A report with everything that can hang on one, all of it marked. */
async function full(): Promise<{ id: string; reference: string; code: string; other: string }> {
  const report = await reported();
  const other = await reported({ description: "Another", contact: undefined, transfers: [] });
  const { id } = report;
  const [investigator, head] = [officer("investigator"), officer("unit-head")];
  const reporter: Actor = { kind: "reporter", report: id };
  await does(investigator, triage, id, { category: "F2", note: `Note about ${MARK}` });
  await does(investigator, reply, id, { body: `Dear ${MARK}` });
  await does(reporter, writeMessage, id, { body: `It was ${MARK}` });
  const bytes = Buffer.from(`a letter of ${MARK}`);
  const blob = (await node.services.reportFiles?.put(bytes)) ?? "";
  const digest = createHash("sha256").update(bytes).digest("hex");
  const file = {
    name: `${MARK}.txt`,
    media: "text/plain",
    kind: "text",
    misnamed: false,
    size: bytes.length,
    digest,
    blob,
  };
  await does(reporter, attach, id, file);
  await job("report-files");
  await does(investigator, link, id, { other: other.reference, reason: `Both speak of ${MARK}` });
  await does(investigator, link, other.id, { other: report.reference, reason: `See ${MARK}` });
  await node.pool.query("update report set office = $1 where id = $2", [head.office.id, id]);
  await does(head, identify, id, { reason: `To call ${MARK}` });
  await job("holds-draft");
  const { rows } = await node.pool.query("select id from hold where report_id = $1", [id]);
  await does(head, sendHold, rows[0].id, { language: "en" });
  await does(head, close, id, { reason: "answered" });
  await does(head, reopen, id, { reason: `Because of ${MARK}` });
  await does(head, close, id, { reason: "answered", message: `Bye ${MARK}` });
  return { ...report, other: other.id };
}

/** Where the mark, or the bytes of it, stand in the whole database. */
async function found(mark: string): Promise<string[]> {
  const { rows: tables } = await node.pool.query(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const places: string[] = [];
  const hex = Buffer.from(mark).toString("hex");
  for (const { name } of tables) {
    const { rows } = await node.pool.query(
      `select count(*)::int as n from "${name}" as t where t::text ilike $1 or t::text ilike $2`,
      [`%${mark}%`, `%${hex}%`],
    );
    if (rows[0].n > 0) places.push(name);
  }
  return places;
}
const figures = async () =>
  Promise.all(counts.map(async ({ id, read }) => [id, await read(readerOf(node, officer("statistician")))]));
const checked = async () => {
  await sequence(node.db, ledgerSigner(node), now);
  return ledgerCheck(node.db, ledgerIdentity(node), node.services.keys);
};

describe("a report whose time has passed", () => {
  test("is erased everywhere; figures and ledger stay whole, and the ledger says how many entries were", async () => {
    const { id, other } = await full();
    await settle();
    const clock = await clockOf(id);
    // The bank still holds money for it: the clock stands.
    expect(clock.state).toBe("suspended");
    now = now.add({ hours: 80 });
    await sweep.run(node);
    await settle();
    expect((await clockOf(id)).state).toBe("running");
    expect((await checked()).ok).toBe(true);
    expect(await found(MARK)).not.toEqual([]);
    const before = await figures();
    now = now.add({ hours: 24 * 1_900 });
    await sweep.run(node);
    expect((await reportOf(id)).erased_at?.equals(now)).toBe(true);
    expect(await figures()).toEqual(before);
    // The other report is its own; of this one nothing may be left in it either.
    expect(await reportOf(other)).toMatchObject({ erased_at: null });
    expect(await found(MARK)).toEqual([]);
    const gone = await reportOf(id);
    expect([gone.told, gone.sent_key, gone.sent_digest, gone.description]).toEqual([null, null, null, null]);
    expect([gone.category, gone.district, gone.age_band, gone.loss_minor]).toEqual(["F2", "north", "35-44", 4_130_050]);
    for (const table of ["report_contact", "report_observable", "report_file"]) {
      const { rows } = await node.pool.query(`select count(*)::int as n from ${table} where report_id = $1`, [id]);
      expect([table, rows[0].n]).toEqual([table, 0]);
    }
    const { rows: messages } = await node.pool.query("select sealed, body from report_message where report_id = $1", [
      id,
    ]);
    expect(messages.every(({ sealed, body }) => sealed === null && body === null)).toBe(true);
    const { rows: wraps } = await node.pool.query(
      "select count(*)::int as n from blob_wrap where holder like 'report:%'",
    );
    expect(wraps[0].n).toBe(0);
    const { rows: notices } = await node.pool.query(
      "select details, notice, amount_minor from hold where report_id = $1",
      [id],
    );
    expect(notices).toEqual([{ details: null, notice: null, amount_minor: 4_130_050 }]);
    const check = await checked();
    expect(check.findings).toEqual([]);
    expect(check.erased).toBeGreaterThan(5);
  });

  test("reads on the desk and with its code as what is left of it", async () => {
    const { rows } = await node.pool.query("select id from report where erased_at is not null");
    const file = (await readView(retentionView, readerOf(node, officer("data-protection-officer")), {
      id: rows[0].id,
    })) as {
      state: string;
    };
    expect(file.state).toBe("erased");
    const own = await exportOf(node, rows[0].id, "en");
    expect(own?.data).toMatchObject({ told: { description: "", facts: {} }, contact: null, files: [] });
  });

  test("an entry altered afterwards, or marked as erased without being so, is an alteration", async () => {
    const { rows } = await node.pool.query("select id, record from journal where erased order by ord limit 1");
    await node.pool.query(
      "update journal set record = jsonb_set(record, '{actor,name}', '\"Somebody else\"') where id = $1",
      [rows[0].id],
    );
    expect((await checked()).findings.map(({ kind, entry }) => [kind, entry])).toEqual([["altered", rows[0].id]]);
    await node.pool.query("update journal set record = $2 where id = $1", [rows[0].id, rows[0].record]);
    const whole = await node.pool.query(
      "select id, record, salt from journal where not erased and act = 'report.triage' or act = 'report.submit' order by ord limit 1",
    );
    const [{ id, record: said, salt }] = whole.rows;
    await node.pool.query(
      "update journal set erased = true, record = jsonb_set(record, '{change}', '{}'), salt = $2 where id = $1",
      [id, Buffer.alloc(32)],
    );
    expect((await checked()).findings.map(({ kind, entry }) => [kind, entry])).toEqual([["altered", id]]);
    await node.pool.query("update journal set erased = false, record = $2, salt = $3 where id = $1", [id, said, salt]);
    expect((await checked()).ok).toBe(true);
  });
});

describe("the clock of a report", () => {
  test("stands still while a case has it, and runs on when that is closed", async () => {
    const { id, reference } = await reported({ transfers: [] });
    const investigator = officer("investigator");
    const { id: file } = await does(investigator, openCase, undefined, { title: "Theft", reports: [reference] });
    await does(investigator, close, id, { reason: "investigated" });
    const closedAt = now;
    await settle();
    expect((await clockOf(id)).state).toBe("suspended");
    expect((await clockOf(id)).due_at.equals(closedAt.add({ hours: 24 * 1_825 }))).toBe(true);
    now = now.add({ hours: 24 * 4_000 });
    await settle();
    await sweep.run(node);
    expect((await reportOf(id)).erased_at).toBeNull();
    await does(investigator, closeCase, file, { reason: "not-enough" });
    await settle();
    expect(await clockOf(id)).toMatchObject({ state: "running", suspended_at: null });
    expect((await clockOf(id)).due_at.equals(closedAt.add({ hours: 24 * 5_825 }))).toBe(true);
  });

  test("ends when it is opened again, begins anew, and a person may have it kept longer", async () => {
    const { id } = await reported({ transfers: [] });
    const head = officer("unit-head");
    await does(head, close, id, { reason: "answered" });
    await settle();
    const first = (await clockOf(id)).due_at;
    now = now.add({ hours: 100 });
    await does(head, reopen, id, { reason: "It goes on" });
    await settle();
    expect((await clockOf(id)).state).toBe("ended");
    await does(head, close, id, { reason: "answered" });
    await settle();
    expect((await clockOf(id)).due_at.equals(first.add({ hours: 100 }))).toBe(true);
    await does(officer("data-protection-officer"), keep, id, { days: 10, reason: "A claim is to be brought." });
    expect((await clockOf(id)).due_at.equals(first.add({ hours: 340 }))).toBe(true);
    now = first.add({ hours: 339 });
    await sweep.run(node);
    expect((await reportOf(id)).erased_at).toBeNull();
    now = now.add({ hours: 2 });
    await sweep.run(node);
    expect((await reportOf(id)).erased_at).not.toBeNull();
  });
});

describe("what its reporter may ask", () => {
  test("is decided within a month; an erasure is carried out at once, and only where nothing needs the report", async () => {
    const { id, reference } = await reported({ transfers: [] });
    const reporter: Actor = { kind: "reporter", report: id };
    const officerOf = officer("data-protection-officer");
    const { id: request } = await does(reporter, ask, id, { kind: "erasure", words: `Forget ${MARK}` });
    expect(await refused(does(reporter, ask, id, { kind: "erasure" }))).toBe("data-request-waits");
    expect(await refused(does(officerOf, grant, request, { answer: "Done." }))).toBe("erase-open");
    await does(officer("unit-head"), close, id, { reason: "answered" });
    await settle();
    await does(officer("unit-head"), keep, id, { days: 5, reason: "Proceedings are to come." });
    expect(await refused(does(officerOf, grant, request, { answer: "Done." }))).toBe("erase-kept");
    await node.pool.query("update retention set state = 'running' where id = $1", [id]);
    await does(officerOf, grant, request, { answer: "Done." });
    expect((await reportOf(id)).erased_at).not.toBeNull();
    expect(await found(MARK)).toEqual([]);
    const again = await does(officerOf, record, undefined, { reference, kind: "access", words: "By letter" });
    await does(officerOf, refuse, again.id, { ground: "not-the-reporter", answer: "Please come with your papers." });
    expect((await checked()).findings).toEqual([]);
  });

  test("is late after one calendar month, on the node's own calendar", async () => {
    expect(dueOf(Temporal.Instant.from("2026-01-30T21:00:00Z"), "Indian/Mauritius").toString()).toBe(
      "2026-02-27T21:00:00Z",
    );
    const { id } = await reported({ transfers: [] });
    const { id: request } = await does({ kind: "reporter", report: id }, ask, id, { kind: "rectification" });
    now = now.add({ hours: 24 * 32 });
    await sweep.run(node);
    const { rows } = await node.pool.query("select act from journal where subject_id = $1 order by seq", [request]);
    expect(rows.map(({ act }) => act)).toEqual(["data-request.ask", "data-request.overdue"]);
  });

  test("is everything: with the code alone, as signed letter, data and files; and that it was given is an act", async () => {
    const { id, code } = await full();
    const server = await makeServer({ node, role: "portal", chrome });
    const get = (receipt: string) =>
      server.inject({ method: "GET", url: "/api/v1/report/export", headers: { authorization: `Receipt ${receipt}` } });
    const answer = await get(code);
    expect(answer.statusCode).toBe(200);
    const zip = await readZip(bytesOf(answer.rawPayload));
    const content = async (name: string) => {
      const entry = zip.entries.find((each) => each.name === name);
      return (entry && (await readEntry(zip, entry, 1e7))) ?? Buffer.alloc(0);
    };
    const data = JSON.parse((await content("data.json")).toString());
    expect(data).toMatchObject({
      contact: { name: `Ms ${MARK}` },
      messages: [{ body: `Dear ${MARK}` }, { body: `It was ${MARK}` }, { body: `Bye ${MARK}` }],
      contact_read: [{ office: "Office of police" }],
    });
    expect((await content("files/001-zq7planted.txt")).toString()).toBe(`a letter of ${MARK}`);
    expect(JSON.stringify(data)).not.toContain("unit-head N");
    // What was told is words and answers: the contact is nowhere but in its own sealed row.
    expect(Object.keys(data.told).sort()).toEqual(["description", "facts"]);
    const letter = await content("document.pdf");
    expect((await verifyPdf(letter)).ok).toBe(true);
    expect(textOfPdf(letter).replaceAll(/\s+/g, "")).toContain(MARK);
    const { rows } = await node.pool.query(
      "select count(*)::int as n from journal where subject_id = $1 and act = 'report.disclose'",
      [id],
    );
    expect(rows[0].n).toBe(1);
    expect((await get("1234 5678 9012 3456")).statusCode).toBe(401);
    expect((await server.inject({ method: "GET", url: "/api/v1/report/export" })).statusCode).toBe(401);
    await server.close();
  });
});

describe("who may", () => {
  const ROLES = Object.keys(OFFICE_OF) as Role[];
  const deciding = (act: AnyAct, row: Record<string, unknown>) =>
    ROLES.filter(
      (role) =>
        node.policy.decide({ actor: officer(role), action: act.name, subject: act.subject, id: randomUUID(), row, now })
          .allowed,
    );

  test("have a report kept longer: the data-protection officer, and the head of the unit that has it", () => {
    const row = { state: "running", office: officer("unit-head").office.id, category: "F2" };
    expect(deciding(keep, row)).toEqual(["unit-head", "data-protection-officer"]);
    expect(deciding(keep, { ...row, office: randomUUID() })).toEqual(["data-protection-officer"]);
  });

  test("decide on requests: the data-protection officer alone; nobody erases a report at will", () => {
    const row = { state: "lodged", kind: "erasure", report_id: randomUUID() };
    for (const act of [grant, refuse, record]) expect(deciding(act, row)).toEqual(["data-protection-officer"]);
    expect(deciding(eraseReport, { state: "closed" })).toEqual([]);
    expect(deciding(ask, row)).toEqual([]);
  });

  test("ask and take away: the holder of the code, for their own report only", async () => {
    const [mine, other] = [await reported({ transfers: [] }), await reported({ transfers: [] })];
    const reporter: Actor = { kind: "reporter", report: mine.id };
    expect(await refused(does(reporter, ask, other.id, { kind: "access" }))).not.toBe("done");
    expect(await exportOf(node, other.id, "en")).toBeDefined();
    const list = (await readView(keepingView, readerOf(node, officer("investigator")), {})) as { due: unknown[] };
    expect(list.due).toEqual([]);
  });
});
