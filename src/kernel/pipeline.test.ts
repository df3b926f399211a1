import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { EVERYTHING, type TestNode, testNode } from "../../test/node.ts";
import { actsOn, creates } from "./act.ts";
import { sql } from "./database.ts";
import { Refusal } from "./errors.ts";
import { digestOf, type JournalRecord } from "./journal.ts";
import { life } from "./life.ts";
import { perform, performIn } from "./pipeline.ts";
import { subject } from "./subject.ts";

type State = "open" | "shut";
const LIFE = life<State>()({
  shut: { from: ["open"], to: "shut", source: "CETS 185 Art. 15(2)" },
  note: { from: ["open", "shut"] },
});
interface Door {
  id: string;
  state: State;
  colour: string;
  notes: number;
}
const door = subject<Door>()({
  name: "door",
  plural: "doors",
  table: "door",
  attributes: { state: "String", colour: "String" },
  life: LIFE,
});
const act = actsOn(door);
const make = creates(door, "make", {
  state: "open",
  input: z.object({ colour: z.string().min(1) }),
  attributes: ({ colour }) => ({ colour }),
  apply: async (tx, _under: undefined, { colour }, { id, answer }) => {
    await sql`insert into door (id, state, colour) values (${id}, 'open', ${colour})`.execute(tx);
    answer({ secret: `key of ${colour}` });
    return { colour };
  },
});
const shut = act("shut", {
  input: z.object({ reason: z.string().min(1) }),
  apply: async (_tx, _row, { reason }, { tell }) => {
    tell({ to: "XB", body: { reason } });
    return { reason };
  },
});
const note = act("note", {
  input: z.object({ text: z.string() }),
  apply: async (tx, row, { text }) => {
    await sql`update door set notes = notes + 1 where id = ${row.id}`.execute(tx);
    if (text === "break") throw new Refusal("conflict", "broken");
    return { text };
  },
});

let at: TestNode;
beforeAll(async () => {
  at = await testNode([{ name: "doors", subjects: [door], acts: [make, shut, note] }], {
    policy: () => ({
      ...EVERYTHING,
      decide: ({ action, row }) =>
        action === "door.shut" && row["colour"] === "red"
          ? { allowed: false, policies: ["red-stays-open"], pack: "", reason: "no" }
          : EVERYTHING.decide({} as never),
    }),
  });
  await sql`create table door (id uuid primary key, state text not null, colour text not null, notes int not null default 0)`.execute(
    at.node.db,
  );
});
afterAll(() => at.close());

const call = (more: object) =>
  ({ node: at.node, actor: at.officer("investigator"), ...more }) as Parameters<typeof perform>[0];
const opened = async (colour = "blue") => (await perform(call({ act: make, input: { colour } }))).id;

test("an act changes, sets the state of its life table, and is journalled with its decision in a chain", async () => {
  const id = await opened();
  const done = await perform(call({ act: shut, id, input: { reason: "night" } }));
  expect(done.state).toBe("shut");
  const entries = await at.node.db
    .selectFrom("journal")
    .selectAll()
    .where("subject_id", "=", id)
    .orderBy("seq")
    .execute();
  expect(entries.map(({ seq, act: name }) => [seq, name])).toEqual([
    [1, "door.make"],
    [2, "door.shut"],
  ]);
  const [first, second] = entries.map(({ record }) => record as unknown as JournalRecord);
  expect(second).toMatchObject({
    prev: entries[0]?.digest.toString("hex"),
    basis: ["CETS 185 Art. 15(2)"],
    state: { from: "open", to: "shut" },
    decision: { policies: ["test"] },
  });
  expect(first?.prev).toBeNull();
  for (const entry of entries)
    expect(digestOf(entry.salt, entry.record as unknown as JournalRecord)).toEqual(entry.digest);
});

test("time follows the chain: an act that read the clock before the one that came first is not dated before it", async () => {
  const id = await opened();
  const now = at.node.clock();
  const ago = now.subtract({ hours: 1 });
  await perform(call({ act: note, id, input: { text: "first" } }));
  await at.node.db
    .transaction()
    .execute((tx) => performIn(tx, { ...call({ act: note, id, input: { text: "back" } }), now: ago }));
  const { rows } = await sql<{
    at: Temporal.Instant;
    record: JournalRecord;
  }>`select at, record from journal where subject_id = ${id} order by seq`.execute(at.node.db);
  const [, first, back] = rows;
  expect(back?.record).toMatchObject({ at: first?.record.at, clock: ago.toString({ smallestUnit: "millisecond" }) });
  expect(back?.at.toString()).toBe(first?.at.toString());
  expect(first?.record).not.toHaveProperty("clock");
  // Many at once come in some order, and their times in the same.
  await Promise.all(Array.from({ length: 12 }, () => perform(call({ act: note, id, input: { text: "at once" } }))));
  const { rows: all } = await sql<{
    record: JournalRecord;
  }>`select record from journal where subject_id = ${id} order by seq`.execute(at.node.db);
  const times = all.map(({ record }) => record.at);
  expect(times).toEqual(times.toSorted());
});

test("what a peer must know is in the outbox with the entry, numbered without gaps", async () => {
  const before = await at.node.db.selectFrom("outbox").selectAll().orderBy("seq").execute();
  for (let n = 0; n < 3; n += 1) await perform(call({ act: shut, id: await opened(), input: { reason: "night" } }));
  const after = await at.node.db.selectFrom("outbox").selectAll().where("peer", "=", "XB").orderBy("seq").execute();
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => index + 1));
  expect(after.length).toBe(before.length + 3);
});

test("a secret shown once is in the answer, and in no table", async () => {
  const made = await perform(call({ act: make, input: { colour: "green" }, idempotencyKey: "k1" }));
  expect(made.done).toMatchObject({ secret: "key of green" });
  const { rows } = await sql<{
    all: string;
  }>`select (select coalesce(string_agg(record::text, ''), '') from journal) || (select coalesce(string_agg(encode(answer, 'escape'), ''), '') from answered) as all`.execute(
    at.node.db,
  );
  expect(rows[0]?.all).not.toContain("key of green");
});

test("the same key has one effect and the same answer; with another question it is refused", async () => {
  const first = await perform(call({ act: make, input: { colour: "grey" }, idempotencyKey: "k2" }));
  const again = await perform(call({ act: make, input: { colour: "grey" }, idempotencyKey: "k2" }));
  expect(again).toEqual({ ...first, repeated: true });
  await expect(perform(call({ act: make, input: { colour: "pink" }, idempotencyKey: "k2" }))).rejects.toMatchObject({
    code: "conflict",
    key: "key-reused",
  });
  const twins = await Promise.all(
    Array.from({ length: 8 }, () => perform(call({ act: make, input: { colour: "teal" }, idempotencyKey: "k3" }))),
  );
  expect(new Set(twins.map(({ id }) => id)).size).toBe(1);
});

test("a refusal leaves nothing behind", async () => {
  const id = await opened();
  await expect(perform(call({ act: note, id, input: { text: "break" }, idempotencyKey: "k4" }))).rejects.toBeInstanceOf(
    Refusal,
  );
  const { rows } = await sql<{ notes: number }>`select notes from door where id = ${id}`.execute(at.node.db);
  expect(rows[0]?.notes).toBe(0);
  expect((await perform(call({ act: note, id, input: { text: "fine" }, idempotencyKey: "k4" }))).repeated).toBe(false);
});

test.each([
  [
    "policy",
    async () => ({ act: shut, id: await opened("red"), input: { reason: "x" } }),
    { code: "not-allowed", key: "no", policies: ["red-stays-open"] },
  ],
  [
    "input",
    async () => ({ act: shut, id: await opened(), input: {} }),
    { code: "invalid", fields: [{ path: "reason", key: "field-required" }] },
  ],
  [
    "no such thing",
    async () => ({ act: shut, id: crypto.randomUUID(), input: { reason: "x" } }),
    { code: "not-found" },
  ],
  ["no id at all", async () => ({ act: shut, id: "' or 1=1", input: { reason: "x" } }), { code: "not-found" }],
  [
    "state",
    async () => {
      const id = await opened();
      await perform(call({ act: shut, id, input: { reason: "x" } }));
      return { act: shut, id, input: { reason: "x" } };
    },
    { code: "wrong-state", values: { act: shut.name } },
  ],
])("refused for %s", async (_, given, expected) => {
  await expect(perform(call(await given()))).rejects.toMatchObject(expected);
});
