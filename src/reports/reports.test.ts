import { existsSync } from "node:fs";
import { join as pathJoin } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { environment } from "../kernel/config.ts";
import { sql } from "../kernel/database.ts";
import { digestOf, type JournalRecord } from "../kernel/journal.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { close, reopen, reply } from "./acts-answer.ts";
import { assign, identify, link, triage, unlink } from "./acts.ts";
import { readCode } from "./code.ts";
import { importReports } from "./import.ts";
import { openMapping } from "./mapping.ts";
import { reports } from "./slice.ts";
import { reportList, type ReportList } from "../inbox/views-list.ts";
import { reportPage, type ReportFound } from "./views.ts";

let at: TestNode;
let portal: FastifyInstance;
let kept: Buffer[] = [];
beforeAll(async () => {
  at = await testNode([reports], { services: { reportFiles: { put: async (bytes) => `blob-${kept.push(bytes)}` } } });
  const chrome = { asset: (name: string) => name, actForm: () => null, problem: () => null };
  portal = await makeServer({ node: at.node, role: "portal", chrome });
  await portal.ready();
});
afterAll(async () => {
  await portal.close();
  await at.close();
});

const post = (payload: object | string, headers: Record<string, string> = {}) =>
  portal.inject({
    method: "POST",
    url: "/api/v1/reports",
    payload: payload as object,
    headers: { "content-type": "application/json", ...headers },
  });
const handedIn = async (payload: object, headers?: Record<string, string>) => {
  const answer = await post(payload, headers);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<{ id: string; reference: string; code: string; state: string; entry: { digest: string } }>();
};
const officer = () => at.officer("investigator");
const does = (
  act: Parameters<typeof perform>[0]["act"],
  id: string,
  input: object,
  role: Parameters<TestNode["officer"]>[0] = "investigator",
) => perform({ node: at.node, actor: at.officer(role), act, id, input });
const page = async (id: string) => (await readView(reportPage, readerOf(at.node, officer()), { id })) as ReportFound;
const list = async (input: object = {}) =>
  (await readView(reportList, readerOf(at.node, officer()), input)) as ReportList;
const own = (code: string) => portal.inject({ url: "/api/v1/report", headers: { authorization: `Receipt ${code}` } });

describe("handing in", () => {
  test("a report is durable, journalled and found in before its code is given", async () => {
    const { id, reference, code, entry } = await handedIn({
      category: "F2",
      description: "Paid 0917 123 4567 by gcash at hxxp://bad-bank[.]top/x",
      contact: { name: "Ana Cruz", phone: "+639170000000" },
    });
    expect(reference).toMatch(/^R-/);
    expect(readCode(code)).toBe(code);
    const found = await page(id);
    expect(found).toMatchObject({ state: "received", priority: 2, reasons: ["category"], anonymous: false });
    expect(found.observables.map(({ key }) => key)).toContain("domain:bad-bank.top");
    const { rows } = await sql<{
      record: JournalRecord;
      salt: Buffer;
      digest: Buffer;
    }>`select record, salt, digest from journal where subject_id = ${id} order by seq`.execute(at.node.db);
    // The page that was just read is the first opening.
    expect(rows.map(({ record }) => record.act)).toEqual(["report.submit", "report.open"]);
    expect(digestOf(rows[0]?.salt ?? Buffer.alloc(0), rows[0]?.record as JournalRecord).toString("hex")).toBe(
      entry.digest,
    );
  });
  test("neither code nor contact stands in the database in the clear", async () => {
    const { id, code } = await handedIn({ description: "somebody called", contact: { name: "Zebedee Quux" } });
    const { rows } = await sql<{
      all: string;
    }>`select row_to_json(r)::text || row_to_json(j)::text || encode(c.sealed, 'escape') as all from report r
      join journal j on j.subject_id = r.id join report_contact c on c.report_id = r.id where r.id = ${id}`.execute(
      at.node.db,
    );
    expect(rows[0]?.all).not.toContain(code);
    expect(rows[0]?.all).not.toContain("Zebedee");
  });
  test("two hundred at once are two hundred reports, written in few transactions", async () => {
    const before =
      (await sql<{ n: number }>`select count(distinct xmin::text) as n from report`.execute(at.node.db)).rows[0]?.n ??
      0;
    const all = await Promise.all(Array.from({ length: 200 }, (_, n) => handedIn({ description: `flood ${n}` })));
    expect(new Set(all.map(({ reference }) => reference)).size).toBe(200);
    const after =
      (await sql<{ n: number }>`select count(distinct xmin::text) as n from report`.execute(at.node.db)).rows[0]?.n ??
      0;
    expect(after - before).toBeLessThan(100);
  });
  test("the same call under the same key has one effect and one answer; another content is refused", async () => {
    const key = { "idempotency-key": "bank-7" };
    const [first, second] = await Promise.all([
      handedIn({ description: "same" }, key),
      handedIn({ description: "same" }, key),
    ]);
    expect(second).toMatchObject({ id: first.id, reference: first.reference, code: first.code });
    expect((await own(first.code)).statusCode).toBe(200);
    const other = await post({ description: "other" }, key);
    expect(other.statusCode).toBe(409);
  });
  test("the sixth report with the same number is lifted by one step, and says why", async () => {
    const all = [];
    for (let n = 0; n < 6; n += 1)
      all.push(await handedIn({ category: "F6", description: `He used +63 956 555 0100, time ${n}` }));
    expect(await page(all[4]?.id ?? "")).toMatchObject({ priority: 3, reasons: ["category"] });
    expect(await page(all[5]?.id ?? "")).toMatchObject({ priority: 2, reasons: ["category", "shared"] });
  });
  test("danger comes first in the worklist, and its clock runs for minutes", async () => {
    const { id } = await handedIn({ category: "H3", danger: true, description: "He is at my door" });
    const { items } = await list();
    expect(items[0]?.id).toBe(id);
    const found = await page(id);
    expect(found.clocks).toHaveLength(1);
    expect(found.respond_by?.since(found.received_at).total("minutes")).toBeCloseTo(15, 1);
  });
});

describe("what is wrong is said, and costs nobody else", () => {
  test.each([
    ["no description", {}, 422, "description"],
    ["a number for a text", { description: 7 }, 422, "description"],
    ["a category that is none", { description: "x", category: "Z9" }, 422, "category"],
    ["an unknown field", { description: "x", colour: "red" }, 422, ""],
    ["a NUL", { description: "a\0b" }, 422, "description"],
    ["too long a text", { description: "x".repeat(20_001) }, 422, "description"],
    ["a date that is none", { description: "x", transfers: [{ at: "yesterday" }] }, 422, "transfers.0.at"],
    ["a list for an object", [1, 2], 422, ""],
  ])("%s", async (_, payload, status, path) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json<{ errors: { path: string; message: string }[] }>().errors.map((each) => each.path)).toContain(
      path,
    );
  });
  test("half a surrogate pair", async () => {
    expect((await post('{"description":"a\\ud800b"}')).statusCode).toBe(422);
  });
  test("no JSON at all", async () => {
    expect((await post("{")).statusCode).toBe(400);
  });
  test("script in every field is kept as text", async () => {
    const script = "<script>alert(1)</script>";
    const { id, code } = await handedIn({
      description: script,
      contact: { name: script },
      observables: [{ type: "handle", value: script }],
      transfers: [{ to: script, amount: script }],
    });
    expect((await page(id)).description).toBe(script);
    expect((await own(code)).json<{ description: string }>().description).toBe(script);
  });
});

test("a batch answers line by line, a bad line costs only itself, and again under its key it has no second effect", async () => {
  const lines = [
    JSON.stringify({ description: "one +63 917 999 0001" }),
    "{",
    JSON.stringify({ description: "" }),
    "",
    "x".repeat(140_000),
    JSON.stringify({ description: "s\u0000x" }),
    JSON.stringify({ description: "last, without a line end" }),
  ];
  const send = () =>
    portal.inject({
      method: "POST",
      url: "/api/v1/reports/batch",
      payload: lines.join("\n"),
      headers: { "content-type": "application/x-ndjson", "idempotency-key": "file-1" },
    });
  const read = async () => {
    const answer = await send();
    expect(answer.statusCode).toBe(200);
    return answer.body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { line: number; reference?: string; error?: string });
  };
  const first = await read();
  expect(first.map(({ line, reference }) => [line, reference !== undefined])).toEqual([
    [1, true],
    [2, false],
    [3, false],
    [5, false],
    [6, false],
    [7, true],
  ]);
  for (const { error, reference } of first) expect(reference ?? error).toMatch(/\S{3}/);
  expect(await read()).toEqual(first);
});

describe("the code", () => {
  test("opens the report and nothing else; a wrong one is refused in words", async () => {
    const { code, reference } = await handedIn({ description: "mine" });
    expect((await own(code)).json()).toMatchObject({ reference, state: "received", messages: [], files: [] });
    expect((await own("1234 5678 9012 3456")).statusCode).toBe(401);
    expect((await portal.inject({ url: "/api/v1/report" })).statusCode).toBe(401);
  });
  test("lets both sides write, and a file be added", async () => {
    const { id, code } = await handedIn({ description: "talk" });
    await does(reply, id, { body: "Which bank was it?" });
    const headers = { authorization: `Receipt ${code}` };
    const sent = await portal.inject({
      method: "POST",
      url: "/api/v1/report/messages",
      headers,
      payload: { body: "Bank of Aruna" },
    });
    expect(sent.statusCode).toBe(201);
    const boundary = "xxBOUNDARYxx";
    const payload = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="../../etc/shot.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--${boundary}--\r\n`;
    const file = await portal.inject({
      method: "POST",
      url: "/api/v1/report/files",
      headers: { ...headers, "content-type": `multipart/form-data; boundary=${boundary}` },
      payload,
    });
    expect(file.statusCode, file.body).toBe(201);
    expect(kept.at(-1)?.toString()).toBe("PNG");
    expect((await own(code)).json()).toMatchObject({
      messages: [
        { from: "office", body: "Which bank was it?" },
        { from: "reporter", body: "Bank of Aruna" },
      ],
      files: [{ name: "shot.png", size: 3 }],
    });
    expect((await page(id)).history.map(({ act }) => act)).toEqual([
      "report.submit",
      "report.reply",
      "report.write",
      "report.attach",
    ]);
  });
});

describe("the desk", () => {
  test("triage stops the clock and is journalled as what changed", async () => {
    const { id } = await handedIn({ category: "X9", description: "I do not know" });
    const done = await does(triage, id, { category: "F8", offences: ["CETS 185 Art. 8"], note: "same as last week" });
    expect(done).toMatchObject({
      state: "triaged",
      done: { category: { from: "X9", to: "F8" }, priority: { from: 3, to: 2 } },
    });
    expect((await page(id)).clocks[0]?.ended_at).not.toBeNull();
  });
  test("a report goes its way: assigned, closed, opened again to who had it", async () => {
    const { id } = await handedIn({ description: "way" });
    expect((await does(assign, id, {}, "unit-head")).state).toBe("assigned");
    expect((await does(triage, id, {})).state).toBe("assigned");
    expect((await does(close, id, { reason: "answered", message: "All done" })).state).toBe("closed");
    await expect(does(reply, id, { body: "x" })).rejects.toMatchObject({ code: "wrong-state" });
    expect((await does(reopen, id, { reason: "New facts" })).state).toBe("assigned");
  });
  test("reading who reported is an act with a reason, and an anonymous report has nobody to read", async () => {
    const named = await handedIn({ description: "named", contact: { name: "Bo", email: "bo@example.org" } });
    const read = await does(identify, named.id, { reason: "to call back" });
    expect(read.done["contact"]).toEqual({ name: "Bo", email: "bo@example.org" });
    const history = (await page(named.id)).history.find(({ act }) => act === "report.identify");
    expect(history).toMatchObject({ act: "report.identify", change: { reason: "to call back" } });
    expect(JSON.stringify(history)).not.toContain("bo@");
    const anonymous = await handedIn({ description: "nobody" });
    await expect(does(identify, anonymous.id, { reason: "x" })).rejects.toMatchObject({ key: "report-anonymous" });
  });
  test("reports that share a strong thing are linked, and why is shown; an officer's word goes before it", async () => {
    const a = await handedIn({ description: "link scam-one-two.top" });
    const b = await handedIn({ description: "also scam-one-two.top" });
    const c = await handedIn({ description: "nothing in common" });
    expect((await page(a.id)).linked).toMatchObject({
      total: 1,
      items: [{ reference: b.reference, shared: ["scam-one-two.top"], reason: null }],
    });
    expect((await own(a.code)).json()).toMatchObject({ linked: 1 });
    await does(unlink, a.id, { other: b.reference, reason: "another shop" });
    await does(link, a.id, { other: c.reference, reason: "same voice" });
    expect((await page(a.id)).linked.items).toMatchObject([
      { reference: c.reference, shared: [], reason: "same voice" },
    ]);
    expect((await page(b.id)).linked.total).toBe(0);
  });
  test("the worklist pages by cursor without gap or double, in its order", async () => {
    const all: string[] = [];
    const orders: string[] = [];
    let cursor: string | undefined;
    do {
      const found = await list({ limit: "7", ...(cursor ? { cursor } : {}) });
      all.push(...found.items.map(({ id }) => id));
      orders.push(...found.items.map(({ priority }) => String(priority)));
      cursor = found.next;
    } while (cursor);
    expect(new Set(all).size).toBe(all.length);
    expect(orders).toEqual([...orders].sort());
    const { rows } = await sql<{
      n: number;
    }>`select count(*) as n from report where state <> 'closed' and quarantine is null`.execute(at.node.db);
    expect(all.length).toBe(rows[0]?.n);
  });
  test("search finds a report by its reference and by a number in any spelling", async () => {
    const { id, reference } = await handedIn({ description: "He called from +63 917 444 5566" });
    expect((await list({ q: reference.toLowerCase() })).items.map((item) => item.id)).toEqual([id]);
    expect((await list({ q: "+639174445566" })).items.map((item) => item.id)).toEqual([id]);
    expect((await list({ q: "'; drop table report --" })).items).toEqual([]);
  });
  test.each([
    "x",
    "W10",
    "eyJ9",
    Buffer.from('["a",1,2]').toString("base64url"),
    Buffer.from('[1,"not a time","0"]').toString("base64url"),
  ])("a made-up cursor (%s) begins from the start", async (cursor) => {
    expect((await list({ cursor })).items.length).toBeGreaterThan(0);
  });
});

const crowd = pathJoin(
  environment()["COMITY_TEST_DATA"] ?? "../shared/data",
  "reports/sms-philippines/crowd_reports_select.csv",
);
test.skipIf(!existsSync(crowd))(
  "4,883 citizens' reports are imported once, however often it is run",
  async () => {
    const mapping = openMapping("sms-philippines");
    const first = await importReports(at.node, crowd, mapping);
    expect(first.taken).toBeGreaterThanOrEqual(4_880);
    expect(first.rows).toBe(first.taken + first.known + first.refused.length);
    for (const { reason } of first.refused) expect(reason).not.toMatch(/^refusal\./);
    const again = await importReports(at.node, crowd, mapping);
    expect(again).toMatchObject({ taken: 0, rows: first.rows });
    const { rows } = await sql<{ n: number }>`select count(*) as n from report where channel = 'import'`.execute(
      at.node.db,
    );
    expect(rows[0]?.n).toBe(first.taken);
  },
  60_000,
);
