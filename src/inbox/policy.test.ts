import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { access, loadCountry } from "../access/slice.ts";
import { type Officer, PUBLIC, type Role } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { performIn } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { registry } from "../kernel/slice.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { reportPage } from "../reports/views.ts";
import { inbox } from "./slice.ts";
import { reportList, type ReportList } from "./views-list.ts";
import { type Quarantine, quarantineView } from "./views-quarantine.ts";
import { passedNote } from "../../test/passed.ts";

// Decided by the packs as they are, for every role: a report about a child is its own office's, and no other's.

const ROLES = [
  "investigator", "unit-head", "examiner", "prosecutor", "judge", "duty-officer", "central-authority",
  "data-protection-officer", "statistician", "administrator", "response-officer", "response-head",
] as const satisfies readonly Role[]; // prettier-ignore
const HANDLING: readonly Role[] = ["investigator", "unit-head"];
const READING: readonly Role[] = [...HANDLING, "examiner"];

let at: TestNode;
const childOffice = randomUUID();
let child: string;
let ordinary: string;
beforeAll(async () => {
  const slices = [access, reports, inbox];
  const country = loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry(slices), passedNote("XA"));
  at = await testNode(slices, { policy: () => country.policy, services: { country } });
  await at.node.pool.query("insert into organisation (id, name) values ($1, 'Police')", [childOffice]);
  await at.node.pool.query(
    "insert into office (id, organisation, name, kind, zone, language, created_at, code) values ($1, $1, 'Child Protection Desk', 'police', 'UTC', 'en', now(), 'child-protection')",
    [childOffice],
  );
  const handed = async (category: string) => {
    const submission = submissionSchema.parse({ category, description: "What happened" });
    return (await handIn(at.node, { actor: PUBLIC, prepared: prepare(submission, receivingOn(at.node, "portal")) })).id;
  };
  child = await handed("C3");
  ordinary = await handed("F6");
});
afterAll(() => at.close());

/** The same role, in the desk for children. */
const ofChildren = (role: Role): Officer => {
  const own = at.officer(role);
  return { ...own, account: randomUUID(), office: { ...own.office, id: childOffice } };
};
/** What each role would come to, in an office. */
const byRole = async <T>(ask: (role: Role) => Promise<T>) => {
  const found: [Role, T][] = [];
  for (const role of ROLES) found.push([role, await ask(role)]);
  return Object.fromEntries(found);
};
const sees = async (officer: Officer, id: string): Promise<boolean> => {
  const { items } = (await readView(reportList, readerOf(at.node, officer), {})) as ReportList;
  const page = await readView(reportPage, readerOf(at.node, officer), { id }).then(
    () => true,
    () => false,
  );
  expect(items.some((each) => each.id === id)).toBe(page);
  return page;
};
const DONE = new Error("it would have been done; it is taken back");
async function outcome(officer: Officer, name: string, id: string, input: object): Promise<string> {
  const { node } = at;
  const act = node.registry.acts.get(name);
  if (!act) throw new Error(`there is no act ${name}`);
  try {
    await node.db.transaction().execute(async (tx) => {
      await performIn(tx, { node, actor: officer, act, id, input, now: node.clock() });
      throw DONE;
    });
  } catch (error) {
    if (error === DONE) return "done";
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return "nothing";
}

test("a report about a child is seen by the police of its own office, and by nobody else", async () => {
  expect(await byRole((role) => sees(at.officer(role), child))).toEqual(
    Object.fromEntries(ROLES.map((role) => [role, false])),
  );
  // Kinds of office are the role's: a judge does not become one of the police by sitting there.
  expect(await byRole((role) => sees(ofChildren(role), child))).toEqual(
    Object.fromEntries(ROLES.map((role) => [role, READING.includes(role)])),
  );
});

test("a report that no route names waits for any police office", async () => {
  expect(await byRole((role) => sees(at.officer(role), ordinary))).toEqual(
    Object.fromEntries(ROLES.map((role) => [role, READING.includes(role)])),
  );
});

test.each([
  ["report.redirect", { door: "consumer-office" }],
  ["report.escalate", { reason: "It is bigger" }],
  ["report.quarantine", { reason: "officer" }],
  ["report.open", {}],
])("%s is for those who work on the report, in its office", async (name, input) => {
  const expected = (own: boolean) =>
    Object.fromEntries(
      ROLES.map((role) => [
        role,
        own && HANDLING.includes(role) ? "done" : own && READING.includes(role) ? "not-allowed" : "not-found",
      ]),
    );
  expect(await byRole((role) => outcome(at.officer(role), name, child, input))).toEqual(expected(false));
  // Opened by the reading of the tests before.
  await at.node.pool.query("update report set opened_at = null");
  expect(await byRole((role) => outcome(ofChildren(role), name, child, input))).toEqual(expected(true));
});

test("only what is in quarantine is released, and who may not see a report does not see it there", async () => {
  expect(await outcome(ofChildren("investigator"), "report.release", child, {})).toBe("not-allowed");
  await at.node.pool.query("update report set quarantine = 'flood' where id = $1", [child]);
  const waits = async (officer: Officer) =>
    ((await readView(quarantineView, readerOf(at.node, officer), {})) as Quarantine).total;
  expect(await waits(at.officer("investigator"))).toBe(0);
  expect(await waits(ofChildren("investigator"))).toBe(1);
  expect(await outcome(ofChildren("investigator"), "report.quarantine", child, { reason: "officer" })).toBe(
    "not-allowed",
  );
  expect(await outcome(ofChildren("investigator"), "report.release", child, {})).toBe("done");
  expect(await outcome(at.officer("investigator"), "report.release", child, {})).toBe("not-found");
});
