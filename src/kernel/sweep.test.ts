import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { thorough } from "../../test/thorough.ts";
import { sql, type Tx } from "./database.ts";
import {
  endDeadline,
  moveDeadline,
  resumeDeadline,
  runningDeadline,
  setDeadline,
  suspendDeadline,
} from "./deadline.ts";
import { sweep } from "./sweep.ts";

const BEGIN = Temporal.Instant.from("2026-02-26T22:00:00Z");
const RULE = "thing.ring";
let at: TestNode;
let now = BEGIN;
/** What the outside saw: how often each clock rang. */
const rung = new Map<string, number>();
/** Clocks whose act fails, as where a process is killed in the middle of it. */
const broken = new Set<string>();

beforeAll(async () => {
  at = await testNode(
    [
      {
        name: "bell",
        onDue: {
          [RULE]: async (_tx, { subject_id: id }) => {
            if (broken.has(id)) throw new Error("killed");
            rung.set(id, (rung.get(id) ?? 0) + 1);
          },
        },
      },
    ],
    { clock: () => now, config: { log_level: "silent" } },
  );
});
afterAll(() => at.close());
const inTx = (work: (tx: Tx) => Promise<unknown>) => at.node.db.transaction().execute(work);

/** A clock as one would keep it on paper. */
interface Kept {
  readonly id: string;
  readonly start: number;
  readonly warn: readonly number[];
  due: number;
  stood: number | null;
  ended: boolean;
  fired: boolean;
  /** Times that it was made due anew. */
  term: number;
  /** Warnings by term and minutes ahead; true where it was raised, false where overtaken. */
  seen: Record<string, boolean>;
}
/** Minutes since the beginning. */
const minute = () => Math.round((now.epochMilliseconds - BEGIN.epochMilliseconds) / 60_000);
const moment = (minutes: number) => BEGIN.add({ minutes });

function sweepOnPaper(clocks: readonly Kept[]): void {
  for (const clock of clocks) {
    if (clock.ended || clock.fired || clock.stood !== null) continue;
    const come = clock.warn
      .filter((ahead) => clock.due - ahead > clock.start && clock.due - ahead <= minute())
      .filter((ahead) => !(`${clock.term} ${ahead}` in clock.seen))
      .sort((a, b) => a - b);
    const isOver = clock.due <= minute();
    come.forEach((ahead, index) => {
      clock.seen[`${clock.term} ${ahead}`] = index === 0 && !isOver;
    });
    clock.fired = isOver && !broken.has(clock.id);
  }
}

interface Row {
  subject_id: string;
  fired: boolean;
  due: Temporal.Instant;
  stands: boolean;
  seen: Record<string, boolean>;
}
async function rows(): Promise<Map<string, Row>> {
  const { rows: found } =
    await sql<Row>`select subject_id, fired_at is not null as fired, due_at as due, suspended_at is not null as stands,
      coalesce((select jsonb_object_agg(w.term || ' ' || w.ahead_minutes, not w.overtaken) from deadline_warning w where w.deadline_id = d.id), '{}') as seen
    from deadline d`.execute(at.node.db);
  return new Map(found.map((row) => [row.subject_id, row]));
}

const of = (clock: Kept) => ({ kind: "thing", id: clock.id, rule: RULE });
type Doing = (clocks: Kept[]) => Promise<void>;
const which = fc.nat(50);
const one =
  (pick: number, work: (clock: Kept) => Promise<void>): Doing =>
  async (clocks) => {
    const clock = clocks[pick % Math.max(1, clocks.length)];
    if (clock && !clock.ended) await work(clock);
  };
const starting = fc
  .record({
    length: fc.integer({ min: 1, max: 20_000 }),
    warn: fc.uniqueArray(fc.constantFrom(60, 1_440, 2_880, 10_080, 7), { maxLength: 4 }),
  })
  .map(({ length, warn }): Doing => async (clocks) => {
    const clock = {
      id: randomUUID(),
      start: minute(),
      due: minute() + length,
      warn,
      stood: null,
      ended: false,
      fired: false,
      term: 1,
      seen: {},
    };
    clocks.push(clock);
    const dueAt = moment(clock.due);
    await inTx((tx) => setDeadline(tx, { ...of(clock), startsAt: now, dueAt, warnings: { aheadMinutes: warn } }));
  });
const suspending = which.map((pick) =>
  one(pick, async (clock) => {
    await inTx((tx) => suspendDeadline(tx, { ...of(clock), now, beforeDue: true }));
    if (clock.stood !== null || clock.due <= minute()) return;
    clock.stood = minute();
    clock.fired = false;
  }),
);
const resuming = which.map((pick) =>
  one(pick, async (clock) => {
    await inTx((tx) => resumeDeadline(tx, { ...of(clock), now }));
    if (clock.stood === null) return;
    clock.due += Math.max(0, minute() - clock.stood);
    clock.stood = null;
  }),
);
const moving = fc.tuple(which, fc.integer({ min: -500, max: 20_000 })).map(([pick, by]) =>
  one(pick, async (clock) => {
    clock.due = Math.max(clock.start, clock.due + by);
    clock.term += 1;
    clock.fired = false;
    await inTx(async (tx) => {
      const row = await runningDeadline(tx, of(clock));
      if (row) await moveDeadline(tx, row, { dueAt: moment(clock.due) });
    });
  }),
);
const ending = which.map((pick) =>
  one(pick, async (clock) => {
    clock.ended = true;
    await inTx((tx) => endDeadline(tx, { ...of(clock), now }));
  }),
);
/** Time goes on, for a minute or for a month in which the node is down; or the machine's clock is set back. */
const passing = fc
  .oneof(fc.integer({ min: 1, max: 3_000 }), fc.constant(43_200), fc.integer({ min: -3_000, max: -1 }))
  .map((minutes): Doing => async () => {
    now = now.add({ minutes });
  });
const sweeping = fc.constantFrom(1, 1, 2).map((together): Doing => async (clocks) => {
  // Two processes may sweep at once.
  await Promise.all(Array.from({ length: together }, () => sweep.run(at.node)));
  // What the other one held is left for the next turn.
  if (together > 1) await sweep.run(at.node);
  sweepOnPaper(clocks);
});
const breaking = which.map((pick) =>
  one(pick, async ({ id }) => {
    if (!broken.delete(id)) broken.add(id);
  }),
);
const doing = fc.oneof(
  { weight: 3, arbitrary: starting },
  { weight: 2, arbitrary: suspending },
  { weight: 2, arbitrary: resuming },
  { weight: 2, arbitrary: moving },
  { weight: 1, arbitrary: ending },
  { weight: 4, arbitrary: passing },
  { weight: 4, arbitrary: sweeping },
  { weight: 1, arbitrary: breaking },
);

async function agree(clocks: readonly Kept[]): Promise<void> {
  const found = await rows();
  for (const { id, fired, due, stood, seen } of clocks)
    expect(found.get(id)).toMatchObject({ fired, due: moment(due), stands: stood !== null, seen });
}

async function begin(): Promise<void> {
  now = BEGIN;
  rung.clear();
  broken.clear();
  await sql`truncate deadline cascade`.execute(at.node.db);
}

test("whatever is done to clocks, through outages, kills and a clock set back: nothing fires twice or never", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(doing, { minLength: 10, maxLength: 40 }), async (all) => {
      await begin();
      const clocks: Kept[] = [];
      for (const each of all) {
        await each(clocks);
        await agree(clocks);
      }
      // In the end the node is up for long enough, and nothing stands or breaks any more.
      broken.clear();
      for (const clock of clocks.filter(({ stood }) => stood !== null))
        await one(clocks.indexOf(clock), async () => {
          await inTx((tx) => resumeDeadline(tx, { ...of(clock), now }));
          clock.due += Math.max(0, minute() - (clock.stood ?? 0));
          clock.stood = null;
        })(clocks);
      now = BEGIN.add({ minutes: 10_000_000 });
      await sweep.run(at.node);
      sweepOnPaper(clocks);
      await agree(clocks);
      expect(clocks.filter(({ ended, fired }) => !ended && !fired)).toEqual([]);
      // A clock rings once for each moment that it was due and ran out at.
      for (const { id, term } of clocks) expect(rung.get(id) ?? 0).toBeLessThanOrEqual(term);
      await sweep.run(at.node);
      await agree(clocks);
    }),
    { numRuns: thorough(15, 400) },
  );
});

test("more than one sweep takes at once, after a month without the node: all fire once, whatever fails among them", async () => {
  await begin();
  const ids = Array.from({ length: 1_203 }, () => randomUUID());
  await sql`insert into deadline (id, subject_kind, subject_id, rule, starts_at, due_at, wakes_at)
    select gen_random_uuid(), 'thing', id, ${RULE}, ${now}::timestamptz, ${now}::timestamptz + n * interval '1 minute', ${now}::timestamptz + n * interval '1 minute'
    from unnest(${ids}::uuid[]) with ordinality as t(id, n)`.execute(at.node.db);
  // The first five hundred fail: those behind them must not wait for them.
  for (const id of ids.slice(0, 500)) broken.add(id);
  now = BEGIN.add({ minutes: 43_200 });
  await sweep.run(at.node);
  expect([rung.size, new Set(rung.values()).size]).toEqual([703, 1]);
  broken.clear();
  await sweep.run(at.node);
  expect([rung.size, [...rung.values()].every((times) => times === 1)]).toEqual([1_203, true]);
});

test("a database put back to yesterday rings again what rang since, and no more than that", async () => {
  await begin();
  const ids = ["yesterday", "since", "later"].map(() => randomUUID());
  for (const [index, id] of ids.entries())
    await inTx((tx) =>
      setDeadline(tx, {
        kind: "thing",
        id,
        rule: RULE,
        startsAt: now,
        dueAt: now.add({ hours: [1, 30, 80][index] ?? 0 }),
        warnings: { aheadMinutes: [60] },
      }),
    );
  now = BEGIN.add({ hours: 2 });
  await sweep.run(at.node);
  await sql`create table backup as select * from deadline`.execute(at.node.db);
  now = BEGIN.add({ hours: 40 });
  await sweep.run(at.node);
  await sql`truncate deadline cascade`.execute(at.node.db);
  await sql`insert into deadline select * from backup`.execute(at.node.db);
  await sql`drop table backup`.execute(at.node.db);
  await sweep.run(at.node);
  expect(ids.map((id) => rung.get(id) ?? 0)).toEqual([1, 2, 0]);
  now = BEGIN.add({ hours: 100 });
  await sweep.run(at.node);
  expect(ids.map((id) => rung.get(id) ?? 0)).toEqual([1, 2, 1]);
});
