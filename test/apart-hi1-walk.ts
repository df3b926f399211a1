import { expect } from "vitest";
import { delivery, notification, status } from "../src/hi1/said.fixture.ts";
import { type Carrier, holding, oneOfEach, stands } from "./apart-hi1.ts";
import type { Fault } from "./line.ts";
import { good } from "./road.ts";
import { until } from "./world.ts";

const DRAFTED = ["XA draft", "XA submit", "XA authorise", "XA send"];

/** What a provider may say of a request over its whole life, in an order that it may be said in; `text`s are the files. */
function sayings(id: string, chance: () => number) {
  const drawn = (most: number) => Math.floor(chance() * most);
  const texts = Array.from({ length: 1 + drawn(4) }, (_, n) => `${id} part ${n + 1} ${"x".repeat(drawn(20_000))}`);
  const DeliveryID = id;
  const parts = texts.map((text, n) =>
    delivery(id, text, {
      "delivery:DeliveryID": DeliveryID,
      "delivery:SequenceNumber": n + 1,
      "delivery:LastSequence": n + 1 === texts.length,
    }),
  );
  const shuffled = parts
    .map((part) => ({ part, at: chance() }))
    .sort((a, b) => a.at - b.at)
    .map(({ part }) => part);
  const seen = status("LDTask", id, "AwaitingApproval");
  const taken =
    drawn(2) === 0
      ? status("LDTask", id, "AwaitingDisclosure")
      : notification("LDTask", id, "AwaitingDisclosure", "It is being looked for.");
  const isInOrder = drawn(2) === 0;
  const early = isInOrder ? [seen, taken] : [taken, seen];
  const done = status("LDTask", id, "Disclosed");
  return {
    texts,
    /** In the order in which they are said first. */
    said: [...early, ...shuffled.flatMap((part, n) => (n > 0 && drawn(3) === 0 ? [done, part] : [part])), done],
    /** Whether it asks something back after the first of them. */
    isAskedBack: isInOrder && drawn(2) === 0,
  };
}

/** Sends a request that the provider takes and does not answer before `letGo`. */
async function takenUnanswered(
  { provider, sent }: Carrier,
  caseId: string,
): Promise<{ id: string; letGo: () => void }> {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  provider.mood = { held };
  const before = provider.took.length;
  const id = await sent(caseId);
  await until(
    async () => provider.took.length,
    (took) => took > before,
  );
  return { id, letGo };
}

/** A provider has taken a request, and the node is killed before it hears that. */
async function killedUnheard(carrier: Carrier, caseId: string): Promise<string> {
  const { at, provider } = carrier;
  const { id, letGo } = await takenUnanswered(carrier, caseId);
  await at.kill("XA");
  provider.mood = "well";
  letGo();
  return id;
}

/** The node has heard that the provider took the request, and is killed before it has noted that. */
async function killedUnnoted(carrier: Carrier, caseId: string): Promise<string> {
  const { at, provider } = carrier;
  const { id, letGo } = await takenUnanswered(carrier, caseId);
  const row = await holding(at, "select 1 from request where id = $1 for update", [id]);
  provider.mood = "well";
  letGo();
  await row.waited();
  await at.kill("XA");
  await row.end();
  return id;
}

/** The node has the whole of a message, and is killed before it has committed what follows from it. */
async function killedUncommitted({ at, says }: Carrier, actions: readonly object[]) {
  const row = await holding(at, "select 1 from hi1_endpoint for update", []);
  const saying = says(actions);
  await row.waited();
  await at.kill("XA");
  await row.end();
  return saying;
}

/** The node has committed a message, and is killed while its answers are lost. */
async function killedUnanswered({ at, says, fault }: Carrier, actions: readonly object[]) {
  let isKilled = false;
  const taken = () => at.query("XA", "select 1 from hi1_message where direction = 'in'");
  const before = await taken();
  fault(
    () => "pass",
    () => (isKilled ? "pass" : "drop-answer"),
  );
  const saying = says(actions);
  await until(taken, ({ length }) => length > before.length, 30, 20);
  await at.kill("XA");
  isKilled = true;
  return saying;
}

/** Two requests over their lives, the node killed twice in each: between any two steps. The first one only where `isThorough`. */
export async function killedEachTime(carrier: Carrier, caseId: string, isThorough: boolean): Promise<void> {
  const ways = [
    [killedUnheard, killedUnanswered],
    [killedUnnoted, killedUncommitted],
  ] as const;
  for (const [sending, saying] of ways.slice(isThorough ? 0 : 1)) {
    const id = await sending(carrier, caseId);
    await carrier.at.settle();
    expect((await stands(carrier, id)).state).toBe("delivered");
    const text = `of ${id}`;
    const said = [status("LDTask", id, "AwaitingDisclosure"), delivery(id, text)];
    expect(await saying(carrier, said)).toBe("done");
    expect(await carrier.says(said)).toBe("done");
    await whole(carrier, id, { texts: [text] });
  }
}

/** Lines that lose, double, delay, overtake and cut: what TLS leaves to befall a message. */
const FAULTS: readonly Fault[] = [
  "pass",
  "drop",
  "drop-answer",
  "twice",
  "late",
  "overtaken",
  "again-later",
  "garble-answer",
  "cut-answer",
  "down",
];

/**
 * One request over its whole life while lines and nodes fail at random: everything is said in a drawn order, much of it again, and an
 * officer speaks between. Gives how many blows fell. With `kills` the node is killed too.
 */
export async function carried(
  carrier: Carrier,
  caseId: string,
  { chance, kills }: { readonly chance: () => number; readonly kills: boolean },
): Promise<number> {
  const { at, provider, says, fault, by } = carrier;
  const drawn = (most: number) => Math.floor(chance() * most);
  let blows = 0;
  const drawnFault = (): Fault => {
    const of = FAULTS[drawn(FAULTS.length * 2)] ?? "pass";
    if (of !== "pass") blows += 1;
    return of;
  };
  const striking = async () => {
    if (!kills || drawn(3) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, drawn(400)));
    blows += 1;
    await at.kill("XA");
  };
  fault(drawnFault, drawnFault);
  const [id] = await Promise.all([carrier.sent(caseId), striking()]);
  const { texts, said, isAskedBack } = sayings(id, chance);
  const acts: string[] = [];
  for (const [n, action] of said.entries()) {
    if (drawn(4) === 0) provider.mood = "down";
    // The provider knows the request only once it has come.
    if (n === 0) await came(carrier, id);
    if (n === 1 && isAskedBack) {
      const reason = { ErrorCode: 3007, ErrorDescription: "Which of the two mailboxes is meant?" };
      const asked = says([status("LDTask", id, "Invalid", { "task:StatusReason": reason })]);
      expect(await Promise.all([asked, striking()])).toEqual(["done", undefined]);
      good(await by("investigator").post(`/requests/${id}/answer`, { text: "The one named in the annex." }));
      acts.push("XQ ask", "XA answer");
    }
    const saying = says([action]);
    const again = drawn(3) === 0 ? says([said[drawn(n + 1)] ?? action]) : undefined;
    expect(await Promise.all([saying, again ?? "done", striking()])).toEqual(["done", "done", undefined]);
    provider.mood = "well";
  }
  fault(
    () => "pass",
    () => "pass",
  );
  await at.settle();
  await whole(carrier, id, { texts, acts });
  return blows;
}

/** Until the provider has a request. */
async function came({ at, provider }: Carrier, id: string): Promise<void> {
  provider.mood = "well";
  await until(
    async () => {
      if (!provider.objects.has(id)) await at.clock.pass(60_000);
      return provider.objects.has(id);
    },
    (has) => has,
    60,
    500,
  );
}

/** The request was asked once, answered once and has each file once, and so does its history. */
async function whole(
  carrier: Carrier,
  id: string,
  { texts, acts = [] }: { readonly texts: readonly string[]; readonly acts?: readonly string[] },
): Promise<void> {
  const found = await stands(carrier, id);
  const theirs = ["acknowledge", "accept", ...texts.map(() => "deliver")].map((each) => `XQ ${each}`);
  expect([...found.history].sort()).toEqual([...DRAFTED, ...theirs, ...acts].sort());
  expect({ state: found.state, items: found.items, files: found.filesOf(texts) }).toEqual({
    state: "executed",
    items: texts.length,
    files: texts.map(() => 1),
  });
  await oneOfEach(carrier, id);
}
