import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { quarantineEarlier } from "../reports/acts-flood.ts";
import { FLOOD_MIN, isSpared, Wordings, wordingOf } from "../reports/flood.ts";
import {
  handIn,
  prepare,
  receivingOn,
  reports,
  submissionSchema,
  verifyWork,
  WORK_BITS,
  workFor,
} from "../reports/slice.ts";
import { emptyQuarantine, undoEmptying } from "./acts.ts";
import { carryOut } from "./acts-emptying.ts";
import { inbox } from "./slice.ts";
import { reportList, type ReportList } from "./views-list.ts";
import { emptying, type Quarantine, quarantineView } from "./views-quarantine.ts";

let at: TestNode;
beforeAll(async () => {
  at = await testNode([reports, inbox]);
  const { account, name, office } = at.officer("investigator");
  await at.node.pool.query("insert into organisation (id, name) values ($1, 'Police')", [office.id]);
  await at.node.pool.query(
    "insert into office (id, organisation, name, kind, zone, language, created_at) values ($1, $1, 'Police', 'police', 'UTC', 'en', now())",
    [office.id],
  );
  await at.node.pool.query(
    "insert into account (id, state, username, name, role, office, language, created_at, password, totp) values ($1, 'active', 'one', $2, 'investigator', $3, 'en', now(), 'none', 'none')",
    [account, name, office.id],
  );
});
afterAll(() => at.close());

const officer = () => at.officer("investigator");
const preparedOf = (more: object) => prepare(submissionSchema.parse(more), receivingOn(at.node, "portal"));
const hand = (more: object, worked = false) =>
  handIn(at.node, { actor: PUBLIC, prepared: { ...preparedOf(more), worked } });
const list = async (input: object = {}) =>
  (await readView(reportList, readerOf(at.node, officer()), input)) as ReportList;
const quarantined = async (by = "wording") =>
  (await readView(quarantineView, readerOf(at.node, officer()), { by })) as Quarantine;
const count = async (condition: string): Promise<number> =>
  Number((await at.node.pool.query<{ n: string }>(`select count(*) as n from report where ${condition}`)).rows[0]?.n);

const COPIES = 10_000;
const COPY = (n: number) =>
  `URGENT!!! Account no. ${n} was HACKED, call +63 917 555 ${1_000 + (n % 9_000)} now -- ${n * 7}`;

describe("a flood", () => {
  test(
    "of ten thousand copies leaves fifty real reports on the first page of the inbox, and loses none",
    { timeout: 60_000 },
    async () => {
      const real = Array.from({ length: 50 }, (_, n) => ({
        category: "F6",
        description: `${"abcdefghij"[n % 10]} real ${realWords(n)}`,
      }));
      const handed: Promise<{ id: string }>[] = [];
      for (let n = 0; n < COPIES; n += 1) {
        handed.push(hand({ category: "F6", description: COPY(n) }));
        const report = n % 200 === 100 ? real[Math.floor(n / 200)] : undefined;
        if (report) handed.push(hand(report));
        if (handed.length % 500 === 0) await Promise.all(handed);
      }
      const all = await Promise.all(handed);
      expect(new Set(all.map(({ id }) => id)).size).toBe(COPIES + 50);
      expect(await count("true")).toBe(COPIES + 50);
      // The first copies came before anybody could know: they are taken off the list by the worker.
      await quarantineEarlier.run(at.node);
      const { items } = await list();
      const shown = items.filter(({ excerpt }) => /^[a-j] real /.test(excerpt));
      expect(shown).toHaveLength(50);
      expect(await count("quarantine = 'flood' and state = 'received'")).toBe(COPIES);
    },
  );

  test("waits as one pattern, is closed by one order, and is taken back whole", { timeout: 60_000 }, async () => {
    const { groups, total } = await quarantined();
    expect(total).toBe(COPIES);
    expect(groups).toMatchObject([{ n: COPIES, channels: ["portal"] }]);
    expect((await quarantined("channel")).groups).toMatchObject([{ key: "portal", n: COPIES }]);
    expect((await quarantined("observable")).groups[0]?.key).toMatch(/^phone:/);
    // One of the numbers in it only: the others stay.
    const [phone] = (await quarantined("observable")).groups;
    const order = await perform({
      node: at.node,
      actor: officer(),
      act: emptyQuarantine,
      input: { by: "observable", key: phone?.key, verdict: "junk" },
    });
    await carryOut.run(at.node);
    const read = async () =>
      (await readView(emptying, readerOf(at.node, officer()), { id: order.id })) as { done: number; state: string };
    expect(await read()).toMatchObject({ state: "done", done: phone?.n, refused: 0 });
    expect(await count("state = 'closed' and closed_reason = 'junk'")).toBe(phone?.n);
    await perform({ node: at.node, actor: officer(), act: undoEmptying, id: order.id, input: {} });
    await carryOut.run(at.node);
    expect(await read()).toMatchObject({ state: "undone", done: 0 });
    expect(await count("quarantine = 'flood' and state = 'received'")).toBe(COPIES);
    const { rows } = await sql<{
      act: string;
      n: number;
    }>`select act, count(*)::int as n from journal where act in ('report.discard', 'report.restore')
      and record->'actor'->>'id' = ${`account:${officer().account}`} group by act order by act`.execute(at.node.db);
    expect(rows).toEqual([
      { act: "report.discard", n: phone?.n },
      { act: "report.restore", n: phone?.n },
    ]);
  });

  test("keeps nobody waiting who is in danger, a child, can still stop a payment, or did the work", async () => {
    const { groups } = await quarantined();
    const spared = [
      await hand({ category: "H3", danger: true, description: COPY(1) }),
      await hand({ category: "C2", description: COPY(2) }),
      await hand({ category: "F6", for_whom: "child", description: COPY(3) }),
      await hand({
        category: "F2",
        description: COPY(4),
        transfers: [{ amount: "100", at: at.node.clock().subtract({ hours: 2 }).toString() }],
      }),
      await hand({ category: "F6", description: COPY(5) }, true),
    ];
    const kept = await hand({ category: "F6", description: COPY(6) });
    const of = async (id: string) => count(`id = '${id}' and quarantine is not null`);
    for (const { id } of spared) expect(await of(id)).toBe(0);
    expect(await of(kept.id)).toBe(1);
    expect((await quarantined()).groups[0]?.n).toBe((groups[0]?.n ?? 0) + 1);
  });
});

/** Words that no two of fifty have in common. */
const realWords = (n: number): string =>
  createHash("sha256")
    .update(`real ${n}`)
    .digest("hex")
    .replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "");

describe("wordings", () => {
  test("copies are one wording whatever their numbers, case and marks; other words are another", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom("!", " ", "...", "\n", "-"), (n, mark) => {
        expect(wordingOf(`Call${mark}${n} NOW${mark}`)).toBe(wordingOf("call now"));
      }),
    );
    expect(wordingOf("call now")).not.toBe(wordingOf("call then"));
    expect(wordingOf("12345 678")).toBe("");
  });
  test("an hour later a flood that ended is none", () => {
    const wordings = new Wordings();
    const hour = 3_600_000;
    for (let n = 1; n <= FLOOD_MIN + 5; n += 1) expect(wordings.note("a", hour)).toBe(n);
    expect(wordings.note("a", hour + 1_000)).toBe(FLOOD_MIN + 6);
    expect(wordings.note("a", 3 * hour)).toBe(1);
  });
  test("two processes that each see half of a flood both know it", () => {
    const [one, other] = [new Wordings(), new Wordings()];
    for (let n = 0; n < FLOOD_MIN - 10; n += 1) {
      one.note("a", 1);
      other.note("a", 1);
    }
    const [told] = one.untold(1);
    other.learn("a", (told?.n ?? 0) + (other.untold(1)[0]?.n ?? 0), 1);
    expect(other.note("a", 1)).toBe(2 * (FLOOD_MIN - 10) + 1);
    expect(other.risen()).toEqual(["a"]);
  });
  test("what is urgent is spared, whatever else is said", () => {
    expect(isSpared(preparedOf({ description: "x" }))).toBe(false);
    expect(isSpared(preparedOf({ description: "x", minor: true }))).toBe(true);
    expect(isSpared(preparedOf({ description: "x", live: true }))).toBe(false);
    expect(isSpared(preparedOf({ description: "x", live: true, essential: true }))).toBe(true);
  });
});

describe("work", () => {
  test("is accepted for its own draft only, and nothing else passes for it", () => {
    const challenge = workFor(at.node, "draft");
    const isWork = (found: string, of = challenge) =>
      createHash("sha256")
        .update(`${of}:${found}`)
        .digest("hex")
        .startsWith("0".repeat(WORK_BITS / 4));
    let n = 0;
    while (!isWork(n.toString(36))) n += 1;
    const found = n.toString(36);
    expect(verifyWork(challenge, found)).toBe(true);
    expect(verifyWork(workFor(at.node, "another"), found)).toBe(isWork(found, workFor(at.node, "another")));
    for (const wrong of [undefined, "", "0".repeat(13), "A b", "../", `${found}0`]) {
      const passes = wrong !== undefined && /^[0-9a-z]{1,12}$/.test(wrong) && isWork(wrong);
      expect(verifyWork(challenge, wrong)).toBe(passes);
    }
  });
});
