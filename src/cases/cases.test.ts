import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import type { AnyAct } from "../kernel/act.ts";
import type { Role } from "../kernel/actor.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { adjudicate, charge, close, involve, join, note, open, qualify, refer, reopen } from "./acts.ts";
import { cases } from "./slice.ts";
import { caseFile, type CaseFound, caseList, type CaseList } from "./views.ts";

let at: TestNode;
beforeAll(async () => {
  at = await testNode([reports, cases]);
});
afterAll(() => at.close());

const report = async (description: string, more: object = {}) => {
  const submission = submissionSchema.parse({ description, ...more });
  const { done } = await handIn(at.node, {
    actor: PUBLIC,
    prepared: prepare(submission, receivingOn(at.node, "api")),
  });
  return String(done["reference"]);
};
const does = (act: AnyAct, input: object, id?: string, role: Role = "investigator") =>
  perform({ node: at.node, actor: at.officer(role), act, input, ...(id ? { id } : {}) });
const file = async (id: string) =>
  (await readView(caseFile, readerOf(at.node, at.officer("investigator")), { id })) as CaseFound;
const opened = async (input: object) => (await does(open, input)).id;

describe("a case", () => {
  test("is opened from reports, which say so in their own history, and is as urgent as the most urgent of them", async () => {
    const [a, b] = [await report("one"), await report("two", { danger: true, category: "H3" })];
    const done = await does(open, { title: "Two doors", reports: [a, b] });
    expect(done).toMatchObject({
      state: "open",
      status: 201,
      done: { number: expect.stringMatching(/^C-\d{4}-\d{6}$/) },
    });
    const found = await file(done.id);
    expect(found).toMatchObject({
      priority: 0,
      title: "Two doors",
      reports: [
        { reference: b, state: "in-case" },
        { reference: a, state: "in-case" },
      ],
    });
  });
  test("takes no report twice, and none that is not there; then nothing at all happens", async () => {
    const [a, b] = [await report("once"), await report("twice")];
    const first = await opened({ title: "First", reports: [a] });
    await expect(does(open, { title: "Second", reports: [b, a] })).rejects.toMatchObject({
      fields: [{ path: "reports", key: "case-report-taken", values: { reference: a } }],
    });
    await expect(does(join, { reports: ["R-ZZZZZ-ZZZZZ"] }, first)).rejects.toMatchObject({
      fields: [{ key: "case-no-such-report" }],
    });
    expect((await does(join, { reports: b }, first)).done).toEqual({ reports: [b] });
  });
  test("goes from the police to the prosecution to the court, in that order only", async () => {
    const id = await opened({ title: "The way" });
    await expect(does(charge, { offences: ["CETS 185 Art. 8"] }, id, "prosecutor")).rejects.toMatchObject({
      code: "wrong-state",
    });
    await does(involve, { name: "Kim Rao", role: "suspect" }, id);
    await does(qualify, { offences: "CETS 185 Art. 7; CETS 185 Art. 8" }, id);
    await does(note, { body: "Bank answered" }, id);
    expect((await does(refer, { note: "Ready" }, id)).state).toBe("referred");
    expect((await does(charge, { offences: ["CETS 185 Art. 8"] }, id, "prosecutor")).state).toBe("charged");
    expect((await does(adjudicate, { outcome: "convicted" }, id, "judge")).state).toBe("adjudicated");
    expect((await does(close, { reason: "adjudicated" }, id)).state).toBe("closed");
    expect((await does(reopen, { reason: "Appeal" }, id)).state).toBe("adjudicated");
    const found = await file(id);
    expect(found).toMatchObject({
      outcome: "convicted",
      offences: ["CETS 185 Art. 8"],
      people: [{ name: "Kim Rao", role: "suspect" }],
    });
    expect(found.notes.map(({ body }) => body)).toEqual(["Bank answered", "Ready"]);
    expect(found.history.map(({ act }) => act)).toEqual(
      ["open", "involve", "qualify", "note", "refer", "charge", "adjudicate", "close", "reopen"].map(
        (verb) => `case.${verb}`,
      ),
    );
  });
  test.each([
    [{}, "title"],
    [{ title: "x", reports: ["nonsense"] }, "reports.0"],
    [{ title: "x".repeat(201) }, "title"],
    [{ title: "x", reports: 7 }, "reports"],
  ])("what is wrong in %j is named", async (input, path) => {
    await expect(does(open, input)).rejects.toMatchObject({ code: "invalid", fields: [{ path }] });
  });
});

test("the worklist pages without gap or double, and finds by number and words", async () => {
  const id = await opened({ title: "Needle 100% sure" });
  const read = async (input: object) =>
    (await readView(caseList, readerOf(at.node, at.officer("investigator")), input)) as CaseList;
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const found = await read({ limit: "2", ...(cursor ? { cursor } : {}) });
    seen.push(...found.items.map((item) => item.id));
    cursor = found.next;
  } while (cursor);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen[0]).toBe(id);
  expect((await read({ q: "100%" })).items.map((item) => item.id)).toEqual([id]);
  expect((await read({ state: "closed" })).items).toEqual([]);
  expect((await read({ cursor: "rubbish" })).items.length).toBeGreaterThan(0);
});
