import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import type { Tx } from "./database.ts";
import { deadlinesOf, endDeadline, resumeDeadline, setDeadline, suspendDeadline } from "./deadline.ts";
import { sweep } from "./sweep.ts";
import type { Slice } from "./slice.ts";

let at: TestNode;
const fired: string[] = [];
let now = Temporal.Instant.from("2026-11-24T10:00:00Z");
const bell: Slice = {
  name: "bell",
  onDue: {
    "thing.ring": async (_tx, { subject_id: id }) => {
      fired.push(id);
    },
  },
};
beforeAll(async () => {
  at = await testNode([bell], { clock: () => now });
});
afterAll(() => at.close());

const hour = (n: number) => Temporal.Instant.from("2026-11-24T10:00:00Z").add({ minutes: 60 * n });
const inTx = (work: (tx: Tx) => Promise<unknown>) => at.node.db.transaction().execute(work);
async function started(dueAt: Temporal.Instant): Promise<{ kind: string; id: string; rule: string }> {
  const clock = { kind: "thing", id: randomUUID(), rule: "thing.ring" };
  await inTx((tx) => setDeadline(tx, { ...clock, startsAt: hour(0), dueAt }));
  return clock;
}
const only = async ({ id }: { id: string }) => (await deadlinesOf(at.node.db, "thing", id)).at(-1);

test.each([
  ["stood for two hours: due two hours later", hour(1), hour(3), hour(12)],
  ["stood for no time", hour(1), hour(1), hour(10)],
  ["resumed by a clock that is behind: never earlier than it was due", hour(3), hour(1), hour(10)],
])("%s", async (_, suspended, resumed, due) => {
  const clock = await started(hour(10));
  await inTx((tx) => suspendDeadline(tx, { ...clock, now: suspended }));
  expect((await only(clock))?.suspended_at).toEqual(suspended);
  await inTx((tx) => resumeDeadline(tx, { ...clock, now: resumed }));
  expect(await only(clock)).toMatchObject({ suspended_at: null, due_at: due });
});

test("a clock suspended twice stands since the first time, and one that runs is not resumed", async () => {
  const clock = await started(hour(10));
  await inTx((tx) => resumeDeadline(tx, { ...clock, now: hour(5) }));
  expect((await only(clock))?.due_at).toEqual(hour(10));
  await inTx((tx) => suspendDeadline(tx, { ...clock, now: hour(1) }));
  await inTx((tx) => suspendDeadline(tx, { ...clock, now: hour(4) }));
  await inTx((tx) => resumeDeadline(tx, { ...clock, now: hour(5) }));
  expect((await only(clock))?.due_at).toEqual(hour(14));
});

test("it fires once, late rather than never; not while it stands still, and not after its end", async () => {
  const [runs, stands, ended] = [await started(hour(2)), await started(hour(2)), await started(hour(2))];
  await inTx((tx) => suspendDeadline(tx, { ...stands, now: hour(1) }));
  await inTx((tx) => endDeadline(tx, { ...ended, now: hour(1) }));
  await sweep.run(at.node);
  const mine = () => fired.filter((id) => [runs.id, stands.id, ended.id].includes(id));
  expect(mine()).toEqual([]);
  now = hour(2_000);
  await sweep.run(at.node);
  await sweep.run(at.node);
  expect(mine()).toEqual([runs.id]);
  await inTx((tx) => resumeDeadline(tx, { ...stands, now: hour(1) }));
  await sweep.run(at.node);
  expect(mine()).toEqual([runs.id, stands.id]);
});
