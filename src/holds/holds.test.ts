import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mailServer } from "../../test/mail-server.ts";
import { type TestNode, testNode } from "../../test/node.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import { access, loadCountry } from "../access/slice.ts";
import { cases } from "../cases/slice.ts";
import type { AnyAct } from "../kernel/act.ts";
import { type Actor, type Officer, PUBLIC, type Role, system } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { sweep } from "../kernel/sweep.ts";
import { perform, performIn } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import type { Download } from "../kernel/view.ts";
import { mail } from "../mail/slice.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../reports/slice.ts";
import { holds as holdFigures } from "../statistics/views-holds.ts";
import { verifyPdf } from "../trust/verify.ts";
import * as acts from "./acts.ts";
import { draftHolds } from "./acts-drafting.ts";
import { holds } from "./slice.ts";
import { type HoldFound, type HoldItem, holdFile, holdList, holdNotice, holdsOfReport } from "./views.ts";
import { passedNote } from "../../test/passed.ts";

// Decided by the packs as they are.
const ROLES: readonly Role[] = [
  "investigator",
  "unit-head",
  "examiner",
  "prosecutor",
  "judge",
  "duty-officer",
  "central-authority",
  "data-protection-officer",
  "statistician",
  "administrator",
];
let now = Temporal.Instant.from("2026-11-26T08:00:00Z");
let aruna: TestNode;
let belmora: TestNode;
let server: Awaited<ReturnType<typeof mailServer>>;

const opened = async (code: string, config = {}) =>
  testNode([access, reports, cases, holds, mail], {
    config: { code, pack: code, ...config },
    clock: () => now,
    policy: (registered) => loadCountry({ packs: "packs", pack: code, code }, registered, passedNote(code)).policy,
  });
async function withCountry(at: TestNode, code: string): Promise<TestNode> {
  Object.assign(at.node.services, {
    country: loadCountry({ packs: "packs", pack: code, code }, at.node.registry, passedNote(code)),
  });
  return at;
}
beforeAll(async () => {
  server = await mailServer();
  const sending = { smtp_url: server.url, mail_from: "Police of Aruna <no-reply@aruna.example>" };
  aruna = await withCountry(await opened("XA", sending), "XA");
  belmora = await withCountry(await opened("XB"), "XB");
});
afterAll(async () => {
  await aruna.close();
  await belmora.close();
  await server.close();
});

const MARK = "XA21ANBX00000012345678";
const transfer = (hours: number, more = {}) => ({
  amount: "41,300.50",
  currency: "MUR",
  to: MARK,
  through: "national bank",
  reference: "TX-778899",
  at: now.subtract({ hours }).toString(),
  ...more,
});
async function reported({ node }: TestNode, transfers: object[]): Promise<string> {
  const submission = submissionSchema.parse({ category: "F2", description: "Money left my account.", transfers });
  const prepared = prepare(submission, receivingOn(node, "portal"));
  return (await handIn(node, { actor: PUBLIC, prepared })).id;
}
const holdsOf = ({ node, officer }: TestNode, report: string): Promise<readonly HoldItem[]> =>
  holdsOfReport(readerOf(node, officer("investigator")), report);
async function drafted(at: TestNode, transfers: object[] = [transfer(2)]): Promise<string> {
  const report = await reported(at, transfers);
  await draftHolds.run(at.node);
  return (await holdsOf(at, report))[0]?.id ?? "";
}
const does = (at: TestNode, actor: Actor, act: AnyAct, id: string, input: object = {}) =>
  perform({ node: at.node, actor, act, id, input });
const found = async ({ node, officer }: TestNode, id: string): Promise<HoldFound> =>
  (await readView(holdFile, readerOf(node, officer("investigator")), { id })) as HoldFound;
const code = async (doing: Promise<unknown>): Promise<string> => {
  try {
    await doing;
    return "done";
  } catch (error) {
    if (error instanceof Refusal) return error.key === "invalid-input" ? (error.fields[0]?.key ?? "") : error.key;
    throw error;
  }
};

describe("a report of money that left lately", () => {
  test("drafts its notices by itself, once, one for each fresh transfer", async () => {
    const report = await reported(aruna, [transfer(2), transfer(80), transfer(5, { through: "some bank", to: "123" })]);
    await Promise.all([draftHolds.run(aruna.node), draftHolds.run(aruna.node)]);
    await draftHolds.run(aruna.node);
    expect(await holdsOf(aruna, report)).toMatchObject([
      { state: "drafted", institution: "aruna-bank", amount_minor: 4_130_050, currency: "MUR" },
      { state: "drafted", institution: null, institution_name: null },
    ]);
    const { rows } = await aruna.node.pool.query("select record from journal where act = 'hold.draft' order by ord");
    expect(rows.at(-1).record.actor.id).toBe("system:holds");
    expect(JSON.stringify(rows)).not.toContain(MARK);
  });

  test("drafts none where the transfer is old, or names no day", async () => {
    const report = await reported(aruna, [transfer(100), { ...transfer(1), at: undefined }]);
    await draftHolds.run(aruna.node);
    expect(await holdsOf(aruna, report)).toEqual([]);
  });

  test("keeps an amount that nobody can read from standing in the way", async () => {
    const id = await drafted(aruna, [transfer(1, { amount: "all my savings" })]);
    expect(await found(aruna, id)).toMatchObject({ amount_minor: null, currency: "MUR" });
  });
});

describe("a notice", () => {
  test("goes out signed, by e-mail with the letter, and the clock of the law runs", async () => {
    const id = await drafted(aruna);
    await does(aruna, aruna.officer("investigator"), acts.send, id, { language: "en" });
    const hold = await found(aruna, id);
    expect(hold).toMatchObject({ state: "sent", sent_via: "mail", details: { to: MARK, reference: "TX-778899" } });
    expect(hold.held_until?.equals(now.add({ hours: 72 }))).toBe(true);
    const job = aruna.node.registry.slices.flatMap(({ jobs = [] }) => jobs).find(({ name }) => name === "mail-send");
    await job?.run(aruna.node);
    const letter = server.taken.at(-1);
    expect(letter?.to).toEqual(["fraud-desk@aruna-bank.example"]);
    const [attached] = letter?.mail.attachments ?? [];
    const pdf = Buffer.from(attached?.content as Uint8Array);
    expect((await verifyPdf(pdf)).ok).toBe(true);
    const text = textOfPdf(pdf).replaceAll(/\s+/g, " ");
    for (const part of [MARK, "TX-778899", "41,300.50", "Aruna National Bank", hold.number, "s. 41"])
      expect(text).toContain(part);
    // What stands outside of the sealed letter says nothing of the money.
    expect(letter?.mail.text).not.toContain(MARK);
    const kept = (await readView(holdNotice, readerOf(aruna.node, aruna.officer("investigator")), { id })) as Download;
    expect(pdf.equals(kept.body as Buffer)).toBe(true);
    const { rows } = await aruna.node.pool.query("select * from hold where id = $1", [id]);
    expect(rows[0].notice.includes(Buffer.from("%PDF"))).toBe(false);
  });

  test.each(["fr", "ar"])("is written in %s too", async (language) => {
    const id = await drafted(aruna);
    await does(aruna, aruna.officer("unit-head"), acts.send, id, { language });
    const kept = (await readView(holdNotice, readerOf(aruna.node, aruna.officer("investigator")), { id })) as Download;
    expect((await verifyPdf(kept.body as Buffer)).ok).toBe(true);
    expect(textOfPdf(kept.body as Buffer)).toContain(MARK);
  });

  test("does not go to nobody; the officer chooses", async () => {
    const id = await drafted(aruna, [transfer(1, { to: "123", through: "a bank" })]);
    const officer = aruna.officer("investigator");
    expect(await code(does(aruna, officer, acts.send, id))).toBe("hold-no-institution");
    expect(await code(does(aruna, officer, acts.send, id, { institution: "no-bank" }))).toBe(
      "hold-no-such-institution",
    );
    // No address is known for telephone-only services: the officer hands the letter over.
    await does(aruna, officer, acts.send, id, { institution: "harbour-exchange" });
    expect(await found(aruna, id)).toMatchObject({ state: "sent", institution: "harbour-exchange" });
  });

  test("is held, extended by a decision, and given back; the figures say so", async () => {
    const id = await drafted(aruna);
    const officer = aruna.officer("investigator");
    await does(aruna, officer, acts.send, id);
    await does(aruna, officer, acts.acknowledge, id);
    expect(await code(does(aruna, officer, acts.answer, id, { answer: "held", amount: "USD 5" }))).toBe(
      "hold-other-currency",
    );
    const note = "The rest went to a wallet of a Mr Planted.";
    await does(aruna, officer, acts.answer, id, { answer: "held", amount: "30,000", reference: "B-1", note });
    expect(await found(aruna, id)).toMatchObject({ state: "held", held_minor: 3_000_000, said: { note } });
    await does(aruna, officer, acts.extend, id, { days: 30, provision: "High Court of Aruna, order 7 of 2026" });
    const before = await found(aruna, id);
    expect(before.held_until?.equals(now.add({ hours: 72 + 30 * 24 }))).toBe(true);
    expect(await code(does(aruna, officer, acts.release, id, { release: "returned", amount: "40,000" }))).toBe(
      "hold-more-than-held",
    );
    await does(aruna, officer, acts.release, id, { release: "returned", amount: "29,999.99" });
    expect(await found(aruna, id)).toMatchObject({ state: "released", returned_minor: 2_999_999 });
    const [row] = await holdFigures.read(readerOf(aruna.node, officer));
    expect(row).toMatchObject({ month: "2026-11", currency: "MUR", returned: "29999.99" });
    const { rows } = await aruna.node.pool.query("select record from journal where subject_id = $1", [id]);
    expect(JSON.stringify(rows)).not.toContain("Planted");
  });

  test.each(["nothing-left", "refused"] as const)("that is answered %s ends its clock", async (answer) => {
    const id = await drafted(aruna);
    const officer = aruna.officer("investigator");
    await does(aruna, officer, acts.send, id);
    await does(aruna, officer, acts.answer, id, { answer });
    const hold = await found(aruna, id);
    expect([hold.state, hold.held_minor, hold.clocks.every(({ ended_at: ended }) => ended !== null)]).toEqual([
      answer,
      null,
      true,
    ]);
  });

  test("warns before it runs out, and runs out once", async () => {
    const id = await drafted(aruna);
    await does(aruna, aruna.officer("investigator"), acts.send, id);
    now = now.add({ hours: 60 });
    await sweep.run(aruna.node);
    expect(await found(aruna, id)).toMatchObject({ state: "sent", warned_at: expect.anything() });
    now = now.add({ hours: 24 });
    await sweep.run(aruna.node);
    await sweep.run(aruna.node);
    const hold = await found(aruna, id);
    expect(hold.state).toBe("over");
    expect(hold.history.map(({ act }) => act).filter((act) => /warn|lapse/.test(act))).toEqual([
      "hold.warn",
      "hold.lapse",
    ]);
  });
});

describe("who may", () => {
  const DONE = new Error("it would have been done; it is taken back");
  const outcome = async (at: TestNode, actor: Actor, act: AnyAct, id: string, input: object = {}) => {
    try {
      await at.node.db.transaction().execute(async (tx) => {
        await performIn(tx, { node: at.node, actor, act, id, input, now });
        throw DONE;
      });
    } catch (error) {
      if (error === DONE) return "done";
      if (error instanceof Refusal)
        return error.code === "not-allowed" || error.code === "not-found" ? "no" : error.code;
      throw error;
    }
  };
  const allowed = async (at: TestNode, act: AnyAct, id: string, input: object = {}) => {
    const roles: Role[] = [];
    for (const role of ROLES) if ((await outcome(at, at.officer(role), act, id, input)) === "done") roles.push(role);
    return roles;
  };

  test("drafts, sends, answers and ends: those who handle reports, and nobody else", async () => {
    const report = await reported(aruna, [transfer(1)]);
    const id = await drafted(aruna);
    const input = { language: "en" };
    expect(await allowed(aruna, acts.draft, report, {})).toEqual(["investigator", "unit-head"]);
    expect(await allowed(aruna, acts.revise, id, { institution: "coral-money" })).toEqual([
      "investigator",
      "unit-head",
    ]);
    expect(await allowed(aruna, acts.send, id, input)).toEqual(["investigator", "unit-head"]);
    expect(await allowed(aruna, acts.approve, id)).toEqual([]); // Aruna's law wants no second person
    await does(aruna, aruna.officer("investigator"), acts.send, id, input);
    for (const [act, given] of [
      [acts.acknowledge, {}],
      [acts.answer, { answer: "refused" }],
      [acts.withdraw, {}],
    ] as const)
      expect(await allowed(aruna, act, id, given)).toEqual(["investigator", "unit-head"]);
  });

  test("where a second person must approve, one alone never sends", async () => {
    const id = await drafted(belmora, [transfer(1, { through: "savings bank", to: "1", currency: "USD" })]);
    const [investigator, head] = [belmora.officer("investigator"), belmora.officer("unit-head")];
    expect(await code(does(belmora, investigator, acts.send, id))).toBe("hold-takes-approval");
    expect(await allowed(belmora, acts.approve, id)).toEqual(["unit-head"]);
    await does(belmora, head, acts.approve, id);
    expect(await code(does(belmora, head, acts.send, id))).toBe("hold-takes-two");
    await does(belmora, investigator, acts.send, id);
    // This node sends no e-mail.
    expect(await found(belmora, id)).toMatchObject({ state: "sent", sent_via: "hand" });
  });

  test("a notice follows its report to another office, and is then nobody else's", async () => {
    const report = await reported(aruna, [transfer(1)]);
    await draftHolds.run(aruna.node);
    const own = aruna.officer("investigator");
    const other: Officer = { ...own, account: randomUUID(), office: { ...own.office, id: randomUUID() } };
    const [{ id } = { id: "" }] = await holdsOf(aruna, report);
    const list = async (officer: Officer) => {
      const { items } = (await readView(holdList, readerOf(aruna.node, officer), {})) as { items: HoldItem[] };
      return items.some((each) => each.id === id);
    };
    expect([await list(own), await list(other)]).toEqual([true, true]);
    await aruna.node.pool.query("update report set office = $1 where id = $2", [own.office.id, report]);
    expect([await list(own), await list(other), await list(aruna.officer("administrator"))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await outcome(aruna, other, acts.send, id)).toBe("no");
    expect(await outcome(aruna, system("clock"), acts.lapse, id)).toBe("wrong-state");
  });
});
