import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../test/world.ts";
import { sql } from "../kernel/database.ts";
import { halt, resume } from "../requests/acts-oversight.ts";
import { answer, extend, withdraw } from "../requests/acts-sender.ts";
import { letGoBlob, shareBlob, storeBlob } from "../trust/vault-blobs.ts";
import { letGoUnapplied } from "./messages-incoming.ts";
import { askDue } from "./messages-polling.ts";
import { delivery, entry, notification, status } from "./said.fixture.ts";
import { type Hi1World, openHi1World } from "../../test/hi1-world.ts";

let world: Hi1World;
beforeAll(async () => {
  world = await openHi1World();
});
afterAll(() => world.close());

describe("what a provider answers", () => {
  let id = "";
  test("a question, its answer, and a rejection that names its ground", async () => {
    id = await world.sentOut("X7");
    await world.run();
    expect(
      await world.says([
        status("LDTask", id, "Invalid", {
          "task:StatusReason": { ErrorCode: 3007, ErrorDescription: "Which of the two mailboxes?" },
        }),
      ]),
    ).toBe("done");
    const asked = await world.at.sees("XA", "investigator", id);
    expect(asked.state).toBe("clarification");
    expect(asked.history.at(-1)).toMatchObject({
      act: "ask",
      node: "XP",
      said: { text: "Which of the two mailboxes?" },
    });
    await world.at.does("XA", "investigator", answer, { id, input: { text: "The one named first." } });
    await world.run();
    const task = world.cassia.objects.get(id);
    expect(
      world.cassia.objects.get(task.AssociatedObjects.AssociatedObject[0])["auth:AuthorisationManualInformation"],
    ).toBe("The one named first.");
    const reject = (ErrorDescription: string) =>
      world.says([status("LDTask", id, "Rejected", { "task:StatusReason": { ErrorCode: 3000, ErrorDescription } })]);
    expect(await reject("we would rather not")).toEqual([3005, expect.stringContaining("ground")]);
    expect(await world.stateOf(id)).toBe("acknowledged");
    expect(await reject("outside-treaty: no such order is known to our law")).toBe("done");
    expect(await world.at.sees("XA", "investigator", id)).toMatchObject({
      state: "refused",
      refusal_ground: "outside-treaty",
    });
    expect((await world.messages(id)).filter(({ state }) => state === "refused")).toHaveLength(1);
  });

  test("parts of a delivery in any order: done only when the last has come and none before it is missing", async () => {
    id = await world.sentOut("O18b");
    await world.run();
    const DeliveryID = randomUUID();
    const part = (n: number, last: boolean) =>
      delivery(id, `part ${n}`, {
        "delivery:DeliveryID": DeliveryID,
        "delivery:SequenceNumber": n,
        "delivery:LastSequence": last,
      });
    expect(await world.says([part(1, false)])).toBe("done");
    expect(await world.stateOf(id)).toBe("partly-executed");
    expect(await world.says([part(3, true)])).toBe("done");
    expect(await world.says([status("LDTask", id, "Disclosed")])).toBe("done");
    expect(await world.stateOf(id)).toBe("partly-executed");
    expect(await world.says([part(2, false)])).toBe("done");
    const found = await world.at.sees("XA", "investigator", id);
    expect([found.state, found.items.length]).toEqual(["executed", 3]);
    const { rows } = await world.at
      .node("XA")
      .pool.query<{ n: number }>("select count(*)::int as n from blob_wrap where holder like 'hi1:%'");
    expect(rows[0]?.n).toBe(0);
  });

  test("that all is disclosed, before the last part has come: it waits for that part; the same part under another identifier is one", async () => {
    id = await world.sentOut("O18b");
    await world.run();
    const DeliveryID = randomUUID();
    const part = (n: number, text: string, last: boolean) =>
      delivery(id, text, {
        "delivery:DeliveryID": DeliveryID,
        "delivery:SequenceNumber": n,
        "delivery:LastSequence": last,
      });
    expect(await world.says([part(1, "one", false)])).toBe("done");
    expect(await world.says([status("LDTask", id, "Disclosed")])).toBe("done");
    expect(await world.stateOf(id)).toBe("partly-executed");
    expect(await world.says([part(1, "one", false)])).toBe("done");
    expect(await world.says([part(1, "another", false)])).toEqual([3010, expect.stringContaining("part 1")]);
    expect(await world.says([part(2, "two", true)])).toBe("done");
    const found = await world.at.sees("XA", "investigator", id);
    expect([found.state, found.items.length]).toEqual(["executed", 2]);
  });

  test("what was kept for a message that was then never applied is let go within hours, and nothing else is", async () => {
    const { db, services, clock } = world.at.node("XA");
    const kept = async (kind: string, text: string) => {
      const stored = await storeBlob(db, services.vault, Readable.from([Buffer.from(text)]), {
        kind,
        bytesMax: 100,
        now: clock(),
      });
      return stored?.holder ?? "";
    };
    const [fresh, other] = [await kept("hi1", "fresh"), await kept("other", "fresh")];
    const stray = await kept("hi1", "stray");
    // Two hours earlier, by its name.
    const name = await sql<{ name: string }>`select 'hi1:' || uuidv7(interval '-2 hours') as name`.execute(db);
    await db.transaction().execute(async (tx) => {
      await shareBlob(tx, services.vault, stray, name.rows[0]?.name ?? "");
      await letGoBlob(tx, stray, clock());
    });
    await letGoUnapplied(world.at.node("XA"));
    const holders = await db.selectFrom("blob_wrap").select("holder").execute();
    expect(
      holders
        .map(({ holder }) => holder)
        .filter((each) => /^(hi1|other):/.test(each))
        .sort(),
    ).toEqual([fresh, other].sort());
    await db.transaction().execute((tx) => letGoBlob(tx, fresh, clock()));
  });

  test("a preservation: extended, expired; and one that holds nothing, told by a notification", async () => {
    id = await world.sentOut("P16");
    await world.run();
    expect(
      await world.says([status("LPTask", id, "Preserved", { "task:PreservationExpiration": "2027-03-01T00:00:00Z" })]),
    ).toBe("done");
    await world.at.does("XA", "investigator", extend, { id, input: { reasons: "The assistance is not decided yet." } });
    await world.run();
    expect(world.cassia.objects.get(id)["task:DesiredPreservationExpiration"]).toMatch(/^2027-0[5-6]-/);
    expect(await world.says([status("LPTask", id, "Expired")])).toBe("done");
    expect(await world.stateOf(id)).toBe("lapsed");
    const other = await world.sentOut("P16");
    await world.run();
    const notified = notification("LPTask", other, "PreservationNotAvailable", "There is no such mailbox with us.");
    expect(await world.says([notified])).toBe("done");
    expect(await world.says([notified])).toBe("done");
    expect(await world.at.sees("XA", "investigator", other)).toMatchObject({
      state: "refused",
      refusal_ground: "data-not-held",
    });
  });

  test("where it says nothing by itself, it is asked: what it answers counts, and is kept once", async () => {
    id = await world.sentOut("O18b");
    await world.run();
    const stands = (value: string, more: object = {}) => {
      world.cassia.objects.set(id, {
        ...world.cassia.objects.get(id),
        "task:Status": entry("LDTaskStatus", value),
        ...more,
      });
      return askDue(world.at.node("XA"));
    };
    await stands("AwaitingDisclosure");
    expect(await world.stateOf(id)).toBe("accepted");
    await stands("AwaitingDisclosure");
    // Without a ground it refuses nothing, and a person sees it.
    await stands("Rejected");
    await stands("Rejected");
    expect(await world.stateOf(id)).toBe("accepted");
    expect((await world.messages(id)).map(({ actions, state }) => [actions.at(-1), state])).toEqual([
      ["GET LDTask", "refused"],
      ["GET LDTask", "applied"],
      ["CREATE LDTask", "taken"],
    ]);
    await stands("DisclosureNotAvailable");
    expect(await world.stateOf(id)).toBe("refused");
  });

  test("asked after it was answered, it says the same again: nobody is asked twice; and what is said while it is asked is newer than what it answers", async () => {
    id = await world.sentOut("O18b");
    await world.run();
    const reason = { "task:StatusReason": { ErrorCode: 3007, ErrorDescription: "Which of the two mailboxes?" } };
    expect(await world.says([status("LDTask", id, "Invalid", reason)])).toBe("done");
    await world.at.does("XA", "investigator", answer, { id, input: { text: "The one named first." } });
    await world.run();
    const stands = (value: string, more: object = {}) =>
      world.cassia.objects.set(id, {
        ...world.cassia.objects.get(id),
        "task:Status": entry("LDTaskStatus", value),
        ...more,
      });
    stands("Invalid", reason);
    await askDue(world.at.node("XA"));
    expect(await world.stateOf(id)).toBe("acknowledged");
    // The answer to the question is held while something else is said.
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    stands("Invalid", { "task:StatusReason": { ErrorCode: 3007, ErrorDescription: "And of which year?" } });
    world.cassia.mood = { held };
    const took = world.cassia.took.length;
    const asking = askDue(world.at.node("XA"));
    await until(
      async () => world.cassia.took.length,
      (now) => now > took,
    );
    expect(await world.says([status("LDTask", id, "AwaitingDisclosure")])).toBe("done");
    world.cassia.mood = "well";
    letGo();
    await asking;
    expect(await world.stateOf(id)).toBe("accepted");
  });

  test("is asked of every task that is open with it, however many messages that takes", async () => {
    const open = [await world.sentOut("O18b"), await world.sentOut("O18b"), await world.sentOut("O18b")];
    await world.run();
    for (const each of open)
      world.cassia.objects.set(each, {
        ...world.cassia.objects.get(each),
        "task:Status": entry("LDTaskStatus", "AwaitingDisclosure"),
      });
    await askDue(world.at.node("XA"), { atOnce: 1 });
    expect(await Promise.all(open.map(world.stateOf))).toEqual(["accepted", "accepted", "accepted"]);
  });

  test("is asked to stand still while oversight halts the request, and to go on", async () => {
    id = await world.sentOut("O18b");
    await world.run();
    const wished = () =>
      world.cassia.objects.get(world.cassia.objects.get(id).AssociatedObjects.AssociatedObject[0])[
        "auth:AuthorisationDesiredStatus"
      ]["common:Value"];
    expect(wished()).toBe("Approved");
    await world.at.does("XA", "overseer", halt, {
      id,
      input: { reasons: "The shield of the lawyer was not looked at." },
    });
    await world.run();
    expect(wished()).toBe("Suspended");
    await world.at.does("XA", "overseer", resume, { id, input: { reasons: "It was looked at, and there is none." } });
    await world.run();
    expect(wished()).toBe("Approved");
  });

  test("to a withdrawal, that it is cancelled; and not without one", async () => {
    id = await world.sentOut("O18b");
    await world.run();
    expect((await world.says([status("LDTask", id, "Cancelled")]))[0]).toBe(3008);
    await world.at.does("XA", "investigator", withdraw, {
      id,
      input: { reasons: "The matter has been settled otherwise." },
    });
    await world.run();
    expect(world.cassia.objects.get(id)["task:DesiredStatus"]["common:Value"]).toBe("Cancelled");
    expect(await world.says([status("LDTask", id, "Cancelled")])).toBe("done");
    expect(await world.stateOf(id)).toBe("withdrawn");
  });
});
