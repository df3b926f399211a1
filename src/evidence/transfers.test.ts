import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CustodyGround, custodyGround } from "../../test/custody-ground.ts";
import { derive } from "./acts-acquire.ts";
import { dispose, hold, keep, release, retain } from "./acts-keeping.ts";
import { countersign, giveBack, lend, retake } from "./acts-outside.ts";
import { broken, seal, unseal } from "./acts-seals.ts";
import { offerDue, receive, refuse, transfer, withdraw } from "./acts-transfer.ts";
import { sealsOf, spansOf } from "./custody-spans.ts";
import { handsOf } from "./views-court.ts";
import { sameSeal } from "./custody-seen.ts";
import { retainedUntil } from "./keeping.ts";

let ground: CustodyGround;
let now = Temporal.Instant.from("2026-03-01T08:00:00Z");
beforeAll(async () => {
  ground = await custodyGround([], { clock: () => now });
});
afterAll(() => ground.close());

const officer = (role: Parameters<CustodyGround["at"]["officer"]>[0]) => ground.at.officer(role);
const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const rowOf = (id: string) =>
  ground.at.node.db
    .selectFrom("item")
    .select(["state", "custodian", "office", "held", "due_at", "number"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
const later = (hours: number): void => void (now = now.add({ hours }));
const offered = async (id: string) =>
  ground.does(officer("investigator"), transfer, id, {
    to_office: officer("prosecutor").office.id,
    reason: "for trial",
  });

describe("handing over", () => {
  test("both sign, and the second says what they saw: who had it when follows from the events, without a gap", async () => {
    const bytes = randomBytes(400);
    const id = await ground.item(bytes);
    later(2);
    await offered(id);
    later(3);
    const [investigator, prosecutor] = [officer("investigator"), officer("prosecutor")];
    expect(await ground.outcome(prosecutor, receive, id)).toBe("digest-unseen");
    expect(await ground.outcome(prosecutor, receive, id, { digest_seen: "00000000" })).toBe("digest-seen-differs");
    await ground.does(prosecutor, receive, id, { digest_seen: digestOf(bytes).slice(0, 10), storage: "safe 2" });
    const events = await ground.events(id);
    const [, first, second] = events;
    expect(second).toMatchObject({
      type: "transfer-accept",
      facts: { offer: first?.entry_digest, digest_match: true },
    });
    const spans = spansOf(events);
    expect(spans.map(({ having, who }) => [having, who])).toEqual([
      ["kept", investigator.name],
      ["under-way", ""],
      ["kept", prosecutor.name],
    ]);
    for (const [index, { to }] of spans.entries()) expect(to?.toString()).toBe(spans[index + 1]?.from.toString());
  });

  test("a seal that bears another number is not passed over: it is refused, or taken with a remark and both numbers", async () => {
    const id = await ground.item();
    await ground.does(officer("investigator"), seal, id, { reason: "complete", seal_number: "XA-00 17" });
    await offered(id);
    const prosecutor = officer("prosecutor");
    expect(await ground.outcome(prosecutor, receive, id)).toBe("seal-unseen");
    expect(await ground.outcome(prosecutor, receive, id, { seal_seen: "XA-0018" })).toBe("seal-differs");
    await ground.does(prosecutor, receive, id, { seal_seen: "XA-0018", note: "Torn tape beneath the seal" });
    expect((await rowOf(id)).state).toBe("sealed");
    const events = await ground.events(id);
    expect(events.at(-1)?.facts).toMatchObject({ seal_number: "XA-00 17", seal_seen: "XA-0018", seal_match: false });
    expect(sealsOf(events).map(({ number, ended }) => [number, ended])).toEqual([
      ["XA-00 17", "other-number"],
      ["XA-0018", null],
    ]);
    expect(sameSeal("xa-00 17", "XA0017")).toBe(true);
  });

  test("the giver takes an offer back; nobody signs for it in time, and it goes back by itself", async () => {
    const id = await ground.item();
    await offered(id);
    await ground.does(officer("investigator"), withdraw, id, { reason: "wrong office" });
    expect((await rowOf(id)).state).toBe("kept");
    await offered(id);
    expect((await rowOf(id)).due_at?.toString()).toBe(now.add({ hours: 168 }).toString());
    const due = await ground.at.node.db
      .selectFrom("deadline")
      .selectAll()
      .where("subject_id", "=", id)
      .where("ended_at", "is", null)
      .executeTakeFirstOrThrow();
    later(169);
    await ground.at.node.db.transaction().execute((tx) => offerDue(tx, due, ground.at.node, now));
    expect(await rowOf(id)).toMatchObject({ state: "kept", due_at: null });
    expect((await ground.events(id)).at(-1)).toMatchObject({ type: "transfer-refuse", actor: { id: "system:clock" } });
    await offered(id);
    await ground.does(officer("prosecutor"), refuse, id, { reason: "not our case" });
    expect((await rowOf(id)).office).toBe(officer("investigator").office.id);
  });
});

test("to a laboratory outside: on a receipt that comes back signed as an exhibit of its own; the thing comes back under its seal", async () => {
  const id = await ground.item();
  const investigator = officer("investigator");
  const lent = { recipient: "State Laboratory", person: "Dr A. Mensah", due: "2026-04-30", reason: "chip-off" };
  expect(await ground.outcome(investigator, lend, id, { ...lent, due: "2020-01-01" })).toBe("due-in-past");
  await ground.does(investigator, seal, id, { reason: "for transport", seal_number: "L-1" });
  await ground.does(investigator, lend, id, lent);
  expect(await rowOf(id)).toMatchObject({ state: "out" });
  const upload = await ground.upload(Buffer.from("%PDF scan"), investigator, "receipt.pdf");
  await ground.does(investigator, countersign, id, { upload, signer: "Dr A. Mensah" });
  const events = await ground.events(id);
  const { receipt, receipt_digest } = events.at(-1)?.facts ?? {};
  expect(receipt_digest).toBe(digestOf(Buffer.from("%PDF scan")));
  const child = await ground.at.node.db
    .selectFrom("item")
    .select(["parent"])
    .where("number", "=", String(receipt))
    .executeTakeFirst();
  expect(child?.parent).toBe(id);
  expect(await ground.outcome(investigator, retake, id, { condition: "intact" })).toBe("seal-unseen");
  await ground.does(investigator, retake, id, { condition: "intact", seal_seen: "L-1" });
  expect((await rowOf(id)).state).toBe("sealed");
  expect(spansOf(await ground.events(id)).map(({ having }) => having)).toEqual(["kept", "outside", "kept"]);
  await ground.does(investigator, giveBack, id, {
    reason: "acquitted",
    recipient: "A. Owner",
    identified_by: "passport",
  });
  const returned = await ground.events(id);
  // A court reads the same of it.
  expect(handsOf(returned, "").map(({ having, who, office }) => [having, who, office])).toEqual([
    ["kept", investigator.name, investigator.office.name],
    ["outside", "Dr A. Mensah", "State Laboratory"],
    ["kept", investigator.name, investigator.office.name],
    ["returned", "A. Owner", null],
  ]);
  expect(handsOf(returned, "").map(({ from, until }) => [from, until])).toEqual(
    spansOf(returned).map(({ from, to }) => [from, to]),
  );
});

test("seals have a history: opened, found broken with its photograph", async () => {
  const [id, photo] = [await ground.item(), await ground.item()];
  const { number } = await rowOf(photo);
  const investigator = officer("investigator");
  await ground.does(investigator, seal, id, { reason: "complete", seal_number: "A-1" });
  await ground.does(officer("judge"), unseal, id, { reason: "hearing" });
  await ground.does(investigator, seal, id, { reason: "after the hearing", seal_number: "A-2" });
  expect(await ground.outcome(investigator, broken, id, { condition: "torn", photo: "C-1999-000001/E1" })).toBe(
    "photo-not-there",
  );
  await ground.does(investigator, broken, id, { condition: "torn at one side", photo: number.toLowerCase() });
  expect(sealsOf(await ground.events(id)).map(({ number: seen, ended, photo: shown }) => [seen, ended, shown])).toEqual(
    [
      ["A-1", "opened", ""],
      ["A-2", "found-broken", number],
    ],
  );
});

describe("keeping", () => {
  test("several holds stand at once and end one by one; while one stands nothing is destroyed or given back", async () => {
    const id = await ground.item();
    const head = officer("unit-head");
    const first = await ground.does(officer("judge"), hold, id, { reason: "appeal", authority: "Order 12/26" });
    await ground.does(officer("prosecutor"), hold, id, { reason: "second case", until: "2027-01-01" });
    expect(await ground.outcome(head, release, id, { reason: "over" })).toBe("hold-which");
    await ground.does(head, release, id, { hold: first.done["hold"], reason: "appeal dismissed" });
    expect((await rowOf(id)).held).toBe(true);
    expect((await ground.events(id)).at(-1)?.facts).toMatchObject({ held_for: "appeal", still_held: 1 });
    for (const [act, input] of [
      [dispose, { reason: "end" }],
      [giveBack, { reason: "end", recipient: "Owner", identified_by: "passport" }],
    ] as const)
      expect(await ground.outcome(head, act, id, input)).toBe("item-held");
    await ground.does(head, release, id, { reason: "over" });
    expect((await rowOf(id)).held).toBe(false);
    expect(await ground.outcome(head, release, id, { reason: "over" })).toBe("item-not-held");
    await ground.does(head, giveBack, id, { reason: "acquitted", recipient: "Owner", identified_by: "passport X1" });
    expect((await rowOf(id)).state).toBe("returned");
  });

  test("the time for which it is kept is only ever made longer; before it is over nothing is destroyed", async () => {
    const id = await ground.item();
    const head = officer("unit-head");
    await ground.does(head, retain, id, { until: "2026-12-31", reason: "appeal period" });
    expect(await ground.outcome(head, retain, id, { until: "2026-12-30", reason: "x" })).toBe("retain-earlier");
    expect(await ground.outcome(head, dispose, id, { reason: "end" })).toBe("item-retained");
  });

  test("whoever destroys an exhibit is told what was made from it, and that stays; a proposal can be taken back", async () => {
    const id = await ground.item();
    const [investigator, head] = [officer("investigator"), officer("unit-head")];
    const upload = await ground.upload(Buffer.from("a,b"), investigator, "hits.csv");
    const made = await ground.does(investigator, derive, id, {
      upload,
      description: "Hits",
      tool: "grep",
      as: "extracted",
    });
    expect(made.done).toMatchObject({ derived_digest: digestOf(Buffer.from("a,b")), as: "extracted" });
    await ground.does(head, dispose, id, { reason: "end" });
    await ground.does(head, keep, id, { reason: "not yet" });
    await ground.does(head, dispose, id, { reason: "end" });
    await ground.does(ground.another("unit-head"), dispose, id, { reason: "end" });
    expect((await ground.events(id)).at(-1)?.facts).toMatchObject({
      step: "destroyed",
      exhibits_that_stay: made.done["derived_number"],
    });
    expect((await rowOf(String(made.done["derived"]))).state).toBe("kept");
  });

  test.each([
    ["convicted, an original", "convicted", false, "2046-05-01", "a"],
    ["convicted, made from another", "convicted", true, "2031-05-01", "b"],
    ["ended otherwise", "settled", false, "2031-05-01", "b"],
    ["nobody said how", null, false, "2031-05-01", "b"],
  ])("kept by rule: %s", (_, outcome, derived, until, source) => {
    const rules = [
      { outcomes: ["convicted"], derived: false, years: 20, source: "a" },
      { years: 5, source: "b" },
    ];
    const found = retainedUntil({ outcome, derived, closedOn: Temporal.PlainDate.from("2026-05-01") }, rules);
    expect([found?.until.toString(), found?.source]).toEqual([until, source]);
  });
});
