import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station, step } from "../../test/exchange-world.ts";
import { until } from "../../test/world.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { startWork } from "../kernel/jobs.ts";
import { readerOf } from "../kernel/reader.ts";
import { readReceipt } from "../trust/receipt.ts";
import type { SigningKey } from "../trust/envelope-signature.ts";
import { compareAll } from "./messages-progress.ts";
import { exchange } from "./slice.ts";
import { exchanged, peerView } from "./views.ts";

let aruna: Station;
let belmora: Station;
let corvana: Station;
beforeAll(async () => {
  [aruna, belmora, corvana] = await Promise.all([station("XA"), station("XB"), station("XC")]);
  await introduce(aruna, belmora, corvana);
});
afterAll(() => Promise.all([aruna, belmora, corvana].map((each) => each.close())));
beforeEach(() => {
  for (const each of [aruna, belmora, corvana]) each.fault = () => "pass";
});

const outboxOf = (mine: Station, peer: string) =>
  mine.node.db.selectFrom("outbox").selectAll().where("peer", "=", peer).orderBy("seq").execute();
const inboxOf = (mine: Station, peer: string) =>
  mine.node.db.selectFrom("inbox").selectAll().where("peer", "=", peer).orderBy("seq").execute();
const alarmsOf = async (mine: Station, peer: string) =>
  (
    await mine.node.db
      .selectFrom("exchange_alarm")
      .select("kind")
      .where("peer", "=", peer)
      .where("ended_at", "is", null)
      .execute()
  ).map(({ kind }) => kind);
const settle = (...stations: readonly Station[]) =>
  Promise.all(
    stations.map((each) => each.node.db.updateTable("exchange_alarm").set({ ended_at: each.node.clock() }).execute()),
  );

describe("between two nodes", () => {
  test("an act of one is applied and journalled on the other, and the receipt folds back", async () => {
    const id = await parcelFrom(aruna, "XB");
    await aruna.deliver();
    expect(await belmora.parcelOf(id)).toMatchObject({ peer: "XA" });
    expect((await aruna.parcelOf(id))?.delivered_at).toBeInstanceOf(Temporal.Instant);
    const [theirs] = await belmora.node.db.selectFrom("journal").selectAll().where("subject_id", "=", id).execute();
    const [ours] = await aruna.node.db.selectFrom("journal").selectAll().where("subject_id", "=", id).execute();
    expect(theirs?.record).toMatchObject({
      actor: { id: "peer:XA" },
      change: { received: { from: "XA", entry: { digest: ours?.digest.toString("hex") } } },
    });
  });

  test("the receipt is kept, names the envelope, and holds under the receiver's key", async () => {
    const [sent] = (await outboxOf(aruna, "XB")).slice(-1);
    const { keys } = await aruna.node.db
      .selectFrom("peer")
      .select("keys")
      .where("code", "=", "XB")
      .executeTakeFirstOrThrow();
    const { receipt, verdict } = readReceipt(sent?.receipt ?? "", keys as unknown as SigningKey[], aruna.node.clock());
    expect(verdict).toMatchObject({ key: {} });
    expect(receipt).toMatchObject({ by: "XB", from: "XA", id: sent?.id, seq: sent?.seq });
  });

  test("a receipt carries the receiver's latest checkpoint, so it can't take back later that it had it", async () => {
    const note = "comity.ledger/xb\n2\nroot\n\n— comity.ledger/xb signature\n";
    for (const size of [1, 2])
      await sql`insert into ledger_checkpoint (size, root, note, at) values (${size}, ${Buffer.alloc(32)}, ${size === 2 ? note : "older"}, now())`.execute(
        belmora.node.db,
      );
    await parcelFrom(aruna, "XB");
    await aruna.deliver();
    const [sent] = (await outboxOf(aruna, "XB")).slice(-1);
    expect(readReceipt(sent?.receipt ?? "", [], aruna.node.clock()).receipt.checkpoint).toBe(note);
  });

  test("a message goes as soon as its act is done: the worker is woken, and does not wait for its next turn", async () => {
    let runs = 0;
    const jobs = (exchange.jobs ?? [])
      .filter(({ name }) => name === "exchange-outbox")
      .map((job) => ({
        ...job,
        everySeconds: 86_400,
        run: (node: Station["node"]) => job.run(node).then(() => void (runs += 1)),
      }));
    const work = startWork(aruna.node, aruna.node.config.database, jobs);
    try {
      const listening = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and application_name = 'comity listen' and state = 'idle' and query ilike 'listen %'`;
      await until(
        async () => [runs, (await listening.execute(aruna.node.db)).rows[0]?.n],
        ([ran, heard]) => ran === 1 && heard === 1,
      );
      const id = await parcelFrom(aruna, "XB");
      // Its next turn is tomorrow.
      await until(
        () => belmora.parcelOf(id),
        (found) => found !== undefined,
      );
    } finally {
      await work.stop();
    }
  });

  test("a clock that is an hour off refuses nothing; both times are kept, and the difference is shown", async () => {
    const fast = await station("XJ", { clock: () => Temporal.Now.instant().add({ hours: 1 }) });
    try {
      await introduce(aruna, fast);
      const [there, back] = [await parcelFrom(aruna, "XJ"), await parcelFrom(fast, "XA")];
      await Promise.all([aruna.deliver(), fast.deliver()]);
      expect(await fast.parcelOf(there)).toBeDefined();
      expect(await aruna.parcelOf(back)).toBeDefined();
      const [last] = await inboxOf(aruna, "XJ");
      expect(last?.sent_at.since(last.received_at).total("minutes")).toBeCloseTo(60, 0);
      const { id } = await aruna.node.db
        .selectFrom("peer")
        .select("id")
        .where("code", "=", "XJ")
        .executeTakeFirstOrThrow();
      const facts = await peerView.read(readerOf(aruna.node, aruna.at.officer("administrator")), { id });
      expect(facts?.skewSeconds).toBeGreaterThan(3_500);
      expect(facts).toMatchObject({ lastIn: 1, lastOut: 1, lastDelivered: 1, backlog: 0, alarms: [] });
    } finally {
      await fast.close();
    }
  });
});

describe("whatever the line does, the effect is exactly once and in order", () => {
  test.each(["drop", "drop-answer", "twice", "truncate", "late", "garble-answer"] as const)("%s", async (fault) => {
    const id = await parcelFrom(aruna, "XB");
    for (const n of [1, 2, 3, 4]) await step(aruna, id, n);
    belmora.fault = ({ n }) => (n % 2 === 0 ? "pass" : fault);
    for (let round = 0; round < 12; round += 1) await aruna.deliver();
    expect((await belmora.parcelOf(id))?.steps).toEqual([1, 2, 3, 4]);
    expect((await outboxOf(aruna, "XB")).every(({ delivered_at }) => delivered_at !== null)).toBe(true);
    const numbers = (await inboxOf(belmora, "XA")).map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    await settle(aruna, belmora);
  });

  test("a random mixture of all of them, both ways at once", async () => {
    const [there, back] = await Promise.all([parcelFrom(aruna, "XB"), parcelFrom(belmora, "XA")]);
    for (let n = 1; n <= 10; n += 1) await Promise.all([step(aruna, there, n), step(belmora, back, n)]);
    const faults = ["drop", "drop-answer", "twice", "truncate", "pass", "pass", "garble-answer"] as const;
    const wild = ({ n }: { n: number }) => faults[(n * 7_919) % faults.length] ?? "pass";
    aruna.fault = wild;
    belmora.fault = wild;
    for (let round = 0; round < 60; round += 1) await Promise.all([aruna.deliver(), belmora.deliver()]);
    expect((await belmora.parcelOf(there))?.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await aruna.parcelOf(back))?.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await settle(aruna, belmora);
  });

  test("a peer that is down holds nobody else up, and after patience people are called", async () => {
    belmora.fault = () => "down";
    const [lost, other] = [await parcelFrom(aruna, "XB"), await parcelFrom(aruna, "XC")];
    await aruna.deliver();
    expect(await corvana.parcelOf(other)).toBeDefined();
    expect(await belmora.parcelOf(lost)).toBeUndefined();
    expect(await alarmsOf(aruna, "XB")).toEqual([]);
    await sql`update outbox set at = at - interval '2 hours' where delivered_at is null`.execute(aruna.node.db);
    await aruna.deliver();
    expect(await alarmsOf(aruna, "XB")).toEqual(["silent"]);
    const [waiting] = (await outboxOf(aruna, "XB")).filter(({ delivered_at }) => delivered_at === null);
    expect(waiting).toMatchObject({ attempts: 2, problem: { stage: "delivery", type: "unreachable" } });
    belmora.fault = () => "pass";
    await aruna.deliver();
    expect(await belmora.parcelOf(lost)).toBeDefined();
    expect(await alarmsOf(aruna, "XB")).toEqual([]);
  });

  test("the receiver's transaction that breaks at any step leaves nothing, and the next try does it all", async () => {
    const id = await parcelFrom(aruna, "XB");
    for (const broken of ["inbox", "journal", "inbox_sequence"]) {
      await sql
        .raw(`create function break_${broken}() returns trigger language plpgsql as $$ begin raise exception 'power cut'; end $$;
        create trigger broken after insert or update on ${broken} for each row execute function break_${broken}()`)
        .execute(belmora.node.db);
      const before = (await inboxOf(belmora, "XA")).length;
      await aruna.deliver();
      expect(await belmora.parcelOf(id)).toBeUndefined();
      expect((await inboxOf(belmora, "XA")).length).toBe(before);
      await sql.raw(`drop trigger broken on ${broken}; drop function break_${broken}()`).execute(belmora.node.db);
    }
    await aruna.deliver();
    expect(await belmora.parcelOf(id)).toBeDefined();
  });

  test("the sender that dies before it keeps the receipt sends again and gets the same one", async () => {
    const id = await parcelFrom(aruna, "XB");
    await sql
      .raw(`create function forget() returns trigger language plpgsql as $$ begin raise exception 'power cut'; end $$;
      create trigger forget before update of receipt on outbox for each row execute function forget()`)
      .execute(aruna.node.db);
    await aruna.deliver();
    expect(await belmora.parcelOf(id)).toBeDefined();
    const [kept] = (await inboxOf(belmora, "XA")).slice(-1);
    await sql.raw("drop trigger forget on outbox; drop function forget()").execute(aruna.node.db);
    await aruna.deliver();
    const [sent] = (await outboxOf(aruna, "XB")).slice(-1);
    expect(sent?.receipt).toBe(kept?.receipt);
    expect((await aruna.parcelOf(id))?.delivered_at).not.toBeNull();
  });
});

describe("what is not applied", () => {
  test("is stored with the reason, answered, and leaves no trace in the thing", async () => {
    const id = await parcelFrom(aruna, "XB");
    await step(aruna, id, -1);
    await aruna.deliver();
    expect((await belmora.parcelOf(id))?.steps).toEqual([]);
    expect(await belmora.node.db.selectFrom("journal").select("act").where("subject_id", "=", id).execute()).toEqual([
      { act: "parcel.send" },
    ]);
    const [kept] = (await inboxOf(belmora, "XA")).slice(-1);
    expect(kept).toMatchObject({ act: "parcel.step", problem: { code: "conflict", key: "message-subject-exists" } });
    await belmora.deliver();
    const sent = await exchanged(readerOf(aruna.node, PUBLIC), { kind: "parcel", id });
    expect(sent.find(({ act }) => act === "parcel.step")).toMatchObject({
      direction: "out",
      problem: { stage: "application", code: "conflict", key: "message-subject-exists" },
    });
    expect(sent.find(({ act }) => act === "parcel.send")?.problem).toBeNull();
  });

  test("a thing that another peer shares with the receiver is not touched", async () => {
    const id = await parcelFrom(aruna, "XB");
    await aruna.deliver();
    await sql`insert into parcel (id, peer) values (${id}, 'XB')`.execute(corvana.node.db);
    await step(corvana, id, 99);
    await corvana.deliver();
    expect((await belmora.parcelOf(id))?.steps).toEqual([]);
    const [kept] = (await inboxOf(belmora, "XC")).slice(-1);
    expect(kept).toMatchObject({ act: "parcel.step", problem: { code: "not-allowed", key: "peer-own-subjects-only" } });
    await step(aruna, id, 1);
    await aruna.deliver();
    expect((await belmora.parcelOf(id))?.steps).toEqual([1]);
  });

  test("a thing that is not there, and an act that nobody knows, are answered too", async () => {
    const id = randomUUID();
    await sql`insert into parcel (id, peer) values (${id}, 'XB')`.execute(aruna.node.db);
    await step(aruna, id, 5);
    await aruna.deliver();
    expect((await inboxOf(belmora, "XA")).slice(-1)).toMatchObject([{ problem: { code: "not-found" } }]);
  });
});

describe("a receiver restored from yesterday's backup", () => {
  test("asks from where it stands, and gets everything again, in order, once", async () => {
    const id = await parcelFrom(aruna, "XB");
    await aruna.deliver();
    const kept = (await inboxOf(belmora, "XA")).length;
    for (const n of [1, 2, 3]) await step(aruna, id, n);
    await aruna.deliver();
    await sql`delete from inbox where peer = 'XA' and seq > ${kept}`.execute(belmora.node.db);
    await sql`update inbox_sequence set last = ${kept} where peer = 'XA'`.execute(belmora.node.db);
    await sql`update parcel set steps = '[]' where id = ${id}`.execute(belmora.node.db);
    await step(aruna, id, 4);
    await aruna.deliver();
    await aruna.deliver();
    expect((await belmora.parcelOf(id))?.steps).toEqual([1, 2, 3, 4]);
    expect(await alarmsOf(aruna, "XB")).toContain("restored");
    await settle(aruna);
  });

  test("asks by itself, though nothing new is sent to it", async () => {
    const id = await parcelFrom(aruna, "XB");
    await aruna.deliver();
    const kept = (await inboxOf(belmora, "XA")).length;
    await step(aruna, id, 1);
    await aruna.deliver();
    await sql`delete from inbox where peer = 'XA' and seq > ${kept}`.execute(belmora.node.db);
    await sql`update inbox_sequence set last = ${kept} where peer = 'XA'`.execute(belmora.node.db);
    await sql`update parcel set steps = '[]' where id = ${id}`.execute(belmora.node.db);
    await compareAll(belmora.node);
    await aruna.deliver();
    expect((await belmora.parcelOf(id))?.steps).toEqual([1]);
    expect(await alarmsOf(aruna, "XB")).toContain("restored");
    await settle(aruna);
  });
});

describe("a sender restored from yesterday's backup", () => {
  /** As if what Aruna sent to Belmora after number `kept` had never been. */
  const forget = async (kept: number) => {
    await sql`delete from outbox where peer = 'XB' and seq > ${kept}`.execute(aruna.node.db);
    await sql`update outbox_sequence set last = ${kept} where peer = 'XB'`.execute(aruna.node.db);
  };
  const lastSent = async () => (await outboxOf(aruna, "XB")).slice(-1)[0]?.seq ?? 0;

  test("meets its own messages under its numbers, goes on behind them, and tells people what is lost", async () => {
    const kept = await lastSent();
    const lost = [await parcelFrom(aruna, "XB"), await parcelFrom(aruna, "XB")];
    await aruna.deliver();
    await forget(kept);
    const next = [await parcelFrom(aruna, "XB"), await parcelFrom(aruna, "XB")];
    for (let round = 0; round < 3; round += 1) await aruna.deliver();
    for (const id of [...lost, ...next]) expect(await belmora.parcelOf(id)).toBeDefined();
    expect(await alarmsOf(aruna, "XB")).toContain("lost");
    expect(
      (await outboxOf(aruna, "XB")).slice(-2).map(({ seq, delivered_at }) => [seq, delivered_at !== null]),
    ).toEqual([
      [kept + 3, true],
      [kept + 4, true],
    ]);
    await settle(aruna, belmora);
  });

  test("learns it from its peers before it sends anything, where it asks first", async () => {
    const kept = await lastSent();
    await parcelFrom(aruna, "XB");
    await aruna.deliver();
    await forget(kept);
    await compareAll(aruna.node);
    expect(await alarmsOf(aruna, "XB")).toContain("lost");
    const id = await parcelFrom(aruna, "XB");
    await aruna.deliver();
    expect(await belmora.parcelOf(id)).toBeDefined();
    expect(await alarmsOf(belmora, "XA")).toEqual([]);
    await settle(aruna, belmora);
  });

  test("does not believe a peer that can't show its signature", async () => {
    const id = await parcelFrom(aruna, "XB");
    await aruna.deliver();
    const before = await lastSent();
    await sql`update inbox set seq = seq + 1000 where peer = 'XA' and subject_id = ${id}`.execute(belmora.node.db);
    await compareAll(aruna.node);
    const next = await parcelFrom(aruna, "XB");
    expect(await lastSent()).toBe(before + 1);
    await sql`update inbox set seq = seq - 1000 where peer = 'XA' and subject_id = ${id}`.execute(belmora.node.db);
    await aruna.deliver();
    expect(await belmora.parcelOf(next)).toBeDefined();
  });
});
