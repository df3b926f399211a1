import { createHash, randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CustodyGround, custodyGround, openOffice } from "../../test/custody-ground.ts";
import { thorough } from "../../test/thorough.ts";
import { access, loadCountry } from "../access/slice.ts";
import { exchange } from "../exchange/slice.ts";
import type { AnyAct } from "../kernel/act.ts";
import type { Officer, Role } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { sweep } from "../kernel/sweep.ts";
import { readerOf } from "../kernel/reader.ts";
import { receiveIn } from "../kernel/receive.ts";
import { requests } from "../requests/slice.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import * as acts from "./acts.ts";
import { derive, lodge } from "./acts-acquire.ts";
import { dispose, hold, keep, release, retain } from "./acts-keeping.ts";
import { countersign, giveBack, lend, retake } from "./acts-outside.ts";
import { handSigned, pass } from "./acts-passing.ts";
import { broken, seal, unseal } from "./acts-seals.ts";
import { receive, refuse, transfer, withdraw } from "./acts-transfer.ts";
import { copy, verify } from "./acts-verify.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { type Having, sealsOf, spansOf } from "./custody-spans.ts";
import { holderOf, type ItemRow, LIFE, type State } from "./item.ts";
import { eventsOf, itemRow } from "./views.ts";
import { checkItems } from "./views-check.ts";
import { passedNote } from "../../test/passed.ts";

// Whatever anybody does to an exhibit in whatever order, under the law of XA as it stands: what its journal says afterwards is lawful, whole,
// and the same as the row.

let ground: CustodyGround;
let now = Temporal.Instant.from("2026-03-01T08:00:00Z");
let people: Officer[];
beforeAll(async () => {
  ground = await custodyGround([access, requests, exchange], {
    clock: () => now,
    policy: (registered) =>
      loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registered, passedNote("XA")).policy,
  });
  const twice = ["investigator", "unit-head"] as const;
  const once = ["examiner", "prosecutor", "judge", "duty-officer", "central-authority"] as const;
  const officer = (role: Role) => ground.at.officer(role);
  people = [...twice.map((role) => officer(role)), ...twice.map((role) => ground.another(role)), ...once.map(officer)];
  for (const each of people) await openOffice(ground.at, each);
  await ground.at.node.db
    .insertInto("peer")
    .values({
      ...{ id: randomUUID(), code: "XB", name: "Belmora", kind: "state", state: "trusted", digits: "0" },
      ...{ entry: "{}", keys: "[]", proposed_by: "account:x", proposed_at: now },
    })
    .execute();
});
afterAll(() => ground.close());

const WHY = { reason: "as the law says" };
const SEALS = ["A-1", "A-2", "B-7"];
/** One of the list, by chance. */
const one = <T>(list: readonly T[], by: number): T => list[by % list.length] as T;
const dayAfter = (days: number): string => now.toZonedDateTimeISO("UTC").toPlainDate().add({ days }).toString();
/** What a receiver says to have seen: mostly what is there, now and then another seal or another digest. */
const sight = (row: ItemRow, by: number) => ({
  ...(row.seal_number === null ? {} : { seal_seen: by % 5 === 0 ? one(SEALS, by) : row.seal_number }),
  ...(by % 7 === 0 ? { seal_seen: one(SEALS, by) } : {}),
  ...(by % 3 === 0 && row.seal_number !== null
    ? {}
    : { digest_seen: by % 11 === 0 ? "00000000" : row.digest.slice(0, 12) }),
  ...(by % 2 === 0 ? { note: "as seen" } : {}),
});

/** Every act on an exhibit, with something that an officer could type; `by` is chance. */
const ACTS: Readonly<Record<string, { act: AnyAct; input: (row: ItemRow, by: number, who: Officer) => unknown }>> = {
  open: { act: acts.open, input: () => ({}) },
  copy: {
    act: copy,
    input: ({ digest }, by) => ({
      recipient: "R",
      medium: "disk",
      purpose: "trial",
      digest_after: by % 2 ? digest : "0".repeat(64),
    }),
  },
  verify: { act: verify, input: () => ({}) },
  correct: { act: acts.correct, input: (_, by) => ({ event: 1 + (by % 6), correction: "It was in Curepipe." }) },
  export: { act: acts.exportItem, input: () => ({ purpose: "trial" }) },
  transfer: { act: transfer, input: (_, by) => ({ ...WHY, to_office: one(people, by).office.id }) },
  receive: { act: receive, input: sight },
  refuse: { act: refuse, input: () => WHY },
  withdraw: { act: withdraw, input: () => WHY },
  pass: { act: pass, input: (_, by) => ({ ...WHY, to: "XB", carries: one(["file", "thing", "both"], by) }) },
  lend: {
    act: lend,
    input: (_, by) => ({ ...WHY, recipient: "Laboratory", person: "Dr M.", due: dayAfter((by % 9) - 1) }),
  },
  retake: { act: retake, input: (row, by) => ({ condition: "intact", ...sight(row, by) }) },
  return: { act: giveBack, input: () => ({ ...WHY, recipient: "Owner", identified_by: "passport" }) },
  seal: { act: seal, input: (_, by) => ({ ...WHY, ...(by % 4 === 0 ? {} : { seal_number: one(SEALS, by) }) }) },
  unseal: { act: unseal, input: () => WHY },
  broken: { act: broken, input: () => ({ condition: "torn" }) },
  hold: { act: hold, input: () => WHY },
  release: { act: release, input: () => WHY },
  retain: { act: retain, input: (_, by) => ({ ...WHY, until: dayAfter(by % 12) }) },
  dispose: { act: dispose, input: () => WHY },
  keep: { act: keep, input: () => WHY },
};
/** Acts that need a file of their own; done seldom. */
const WITH_FILE: Readonly<Record<string, { act: AnyAct; more: object }>> = {
  derive: { act: derive, more: { description: "Hits", tool: "grep" } },
  countersign: { act: countersign, more: { signer: "Dr M." } },
};

interface Step {
  readonly who: number;
  readonly by: number;
  /** True: an act that the exhibit's state allows; else any. */
  readonly fits: boolean;
  readonly hours: number;
}
const steps = fc.array(
  fc.record({
    who: fc.nat(1_000),
    by: fc.nat(100_000),
    fits: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, { arbitrary: fc.constant(false), weight: 1 }),
    hours: fc.oneof(
      { arbitrary: fc.constant(0), weight: 12 },
      { arbitrary: fc.integer({ min: 1, max: 200 }), weight: 1 },
    ),
  }),
  { minLength: 25, maxLength: 45, size: "max" },
);

/** The other node's answer to an offer, whenever one comes. */
async function answered(id: string, by: number): Promise<void> {
  const { node } = ground.at;
  const act = by % 3 === 0 ? "item.refuse" : "item.receive";
  const from = { kind: "peer", code: "XB", peerKind: "state" } as const;
  const entry = { record: {}, salt: "00", digest: "0".repeat(64) };
  const body = { by: "Their officer", office: "Their office", told: {} };
  await node.db
    .transaction()
    .execute((tx) => receiveIn(tx, node, { from, act, subjectId: id, body, at: now, entry, files: [] }, now))
    .catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  if (by % 2 === 0) await handSigned.run(node);
}

const row = async (id: string): Promise<ItemRow> =>
  (await itemRow(readerOf(ground.at.node, ground.at.officer("judge")), id)) as ItemRow;
/** What was done how often, over all walks. */
const done = new Map<string, number>();

async function walk(id: string, walked: readonly Step[]): Promise<void> {
  for (const { who, by, fits, hours } of walked) {
    if (hours > 0) {
      now = now.add({ hours });
      await sweep.run(ground.at.node);
    }
    if (by % 6 === 0) await answered(id, by);
    const before = await row(id);
    const names = [...Object.keys(ACTS), ...(by % 4 === 0 ? Object.keys(WITH_FILE) : [])];
    const fitting = names.filter((name) => LIFE[name as keyof typeof LIFE].from.includes(before.state));
    const name = one(fits && fitting.length > 0 ? fitting : names, by >> 3);
    const meant = people.filter(({ office }) => office.id === before.to_office);
    const officer = one(fits && meant.length > 0 ? [...people, ...meant, ...meant, ...meant] : people, who);
    const made = ACTS[name];
    const other = WITH_FILE[name];
    const input = made
      ? made.input(before, by, officer)
      : { ...other?.more, upload: await ground.upload(randomBytes(20), officer) };
    const outcome = await ground.outcome(officer, (made ?? other)?.act as AnyAct, id, input);
    const what = name === "dispose" && before.state === "disposing" ? "destroy" : name;
    if (outcome === "done") done.set(what, (done.get(what) ?? 0) + 1);
  }
}

/** Two people sign each hand-over, and the second signature names the first. */
function handOversIn(events: readonly CustodyEvent[]): void {
  for (const [index, event] of events.entries()) {
    if (event.act !== "item.receive") continue;
    const first = events.slice(0, index).findLast(({ act }) => act === "item.transfer" || act === "item.pass");
    expect(first).toBeDefined();
    expect(first?.actor.id).not.toBe(event.actor.id);
    expect(events.slice(events.indexOf(first as CustodyEvent) + 1, index).map(({ act }) => act)).not.toContain(
      "item.receive",
    );
    if (event.theirs) continue;
    expect(event.facts["offer"]).toBe(first?.entry_digest);
    // Nor does whoever had it sign for it.
    const had = spansOf(events.slice(0, index)).findLast(({ having }) => having === "kept");
    expect(had?.who).not.toBe(event.actor.name);
  }
}

/** Nothing is destroyed, given back or passed on while a hold stands, nor destroyed before its time or by one person alone. */
function endsIn(events: readonly CustodyEvent[]): void {
  const holds = new Set<unknown>();
  let until = "";
  let proposer: string | undefined;
  for (const { act, at, facts, actor } of events) {
    if (act === "item.hold") holds.add(facts["hold"]);
    if (act === "item.release") expect(holds.delete(facts["hold"])).toBe(true);
    if (act === "item.retain") {
      expect(String(facts["until"]) > until).toBe(true);
      until = String(facts["until"]);
    }
    if (act === "item.keep") proposer = undefined;
    if (["item.return", "item.pass", "item.hand", "item.dispose"].includes(act)) expect(holds.size).toBe(0);
    if (act !== "item.dispose") continue;
    const today = at.toZonedDateTimeISO(ground.at.node.config.zone).toPlainDate().toString();
    expect(today >= until).toBe(true);
    if (facts["step"] === "proposed") proposer = actor.id;
    else {
      expect(proposer).toBeDefined();
      expect(proposer).not.toBe(actor.id);
    }
  }
}

const HAVING: Readonly<Record<State, readonly (Having | undefined)[]>> = {
  kept: ["kept"],
  sealed: ["kept"],
  "in-transit": ["under-way"],
  out: ["outside"],
  disposing: ["kept", "elsewhere", "returned"],
  disposed: ["destroyed"],
  passed: ["elsewhere"],
  returned: ["returned"],
  "not-taken": [],
};

/** Row, journal, seals and vault say the same. */
async function agree(id: string, events: readonly CustodyEvent[]): Promise<void> {
  const { node } = ground.at;
  const found = await row(id);
  const entries = await node.db
    .selectFrom("journal")
    .select("record")
    .where("subject_id", "=", id)
    .orderBy("seq")
    .execute();
  let state: string | null = null;
  for (const { record } of entries) {
    const step = (record as { state?: { from: string | null; to: string } }).state;
    if (!step) continue;
    expect(step.from).toBe(state);
    state = step.to;
  }
  expect(found.state).toBe(state);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.map(({ prev }) => prev)).toEqual([
    null,
    ...events.slice(0, -1).map(({ entry_digest }) => entry_digest),
  ]);
  const spans = spansOf(events);
  expect(HAVING[found.state]).toContain(spans.at(-1)?.having);
  expect(spans.slice(0, -1).map(({ to }) => to?.toString())).toEqual(spans.slice(1).map(({ from }) => from.toString()));
  if (found.state === "kept" || found.state === "sealed") expect(spans.at(-1)?.who).toBe(found.custodian_name);
  const seals = sealsOf(events);
  for (const { to } of seals.slice(0, -1)) expect(to).not.toBeNull();
  const on = seals.at(-1)?.to === null ? seals.at(-1)?.number : undefined;
  if (found.state !== "passed" && found.peer === null) expect(found.seal_number ?? "").toBe(on ?? "");
  if (found.state === "kept") expect([on, found.seal_number]).toEqual([undefined, null]);
  if (found.state === "sealed") expect(on).toBeDefined();
  const standing = await node.db
    .selectFrom("item_hold")
    .select("id")
    .where("item", "=", id)
    .where("released_at", "is", null)
    .execute();
  expect(found.held).toBe(standing.length > 0);
  expect((await heldBlob(node.db, node.services.vault, holderOf(id))) === undefined).toBe(found.state === "disposed");
}

test("whoever does what in which order: hand-overs take two, nothing held or retained is destroyed, and row, journal, seals and vault agree", async () => {
  const [owner] = people as [Officer];
  await fc.assert(
    fc.asyncProperty(steps, async (walked) => {
      const bytes = randomBytes(60);
      const input = {
        upload: await ground.upload(bytes, owner),
        description: "Mailbox",
        acquisition: { method: "export-by-holder" },
      };
      const { id } = await ground.does(owner, lodge, undefined as never, input);
      await walk(id, walked);
      const reader = readerOf(ground.at.node, ground.at.officer("judge"));
      const events = await eventsOf(reader, await row(id));
      expect(events[0]?.digest).toBe(createHash("sha256").update(bytes).digest("hex"));
      handOversIn(events);
      endsIn(events);
      await agree(id, events);
    }),
    { numRuns: thorough(8, 400), interruptAfterTimeLimit: thorough(30_000, 300_000) },
  );
  // A walk in which nobody may do anything proves nothing.
  expect(done.size).toBeGreaterThan(thorough(12, 23));
  // And every column of every row is what the entries recorded of it.
  expect(await checkItems(ground.at.node)).toEqual([]);
}, 600_000);
