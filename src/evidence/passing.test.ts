import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { envelopeText } from "../exchange/messages-incoming.ts";
import type { Officer, Role } from "../kernel/actor.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf } from "../kernel/reader.ts";
import { receiveIn } from "../kernel/receive.ts";
import { makeServer } from "../kernel/server.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { verifyPackage } from "../trust/verify.ts";
import { lodge } from "./acts-acquire.ts";
import { hold, release, retain } from "./acts-keeping.ts";
import { checkItems } from "./views-check.ts";
import { handSigned, pass } from "./acts-passing.ts";
import { seal } from "./acts-seals.ts";
import { receive, refuse, withdraw } from "./acts-transfer.ts";
import type { CustodyEvent } from "./custody-event.ts";
import { spansOf } from "./custody-spans.ts";
import { holderOf, type ItemRow } from "./item.ts";
import { uploadsOf } from "./tus.ts";
import { handsOf } from "./views-court.ts";
import { custodyStory, eventsOf, itemRow } from "./views.ts";

// Custody between two nodes under their own law: messages are signed, sealed and sent through the gateways, and files travel.

type Code = "XA" | "XB";
let at: Countries;
/** Two people on each side who may carry for their country. */
let giver: Officer;
let taker: Officer;
beforeAll(async () => {
  at = await openCountries({ lines: true, codes: ["XA", "XB"] });
  giver = await at.officer("XA", "duty-officer");
  taker = await at.officer("XB", "duty-officer");
});
afterAll(() => at.close());

async function lodged(bytes: Buffer, code: Code = "XA", role: Role = "duty-officer"): Promise<string> {
  const owner = await at.officer(code, role);
  const upload = await uploadsOf(at.node(code)).take({
    owner: owner.account,
    name: "mailbox.mbox",
    media: "application/mbox",
    source: Readable.from([bytes]),
    bytesMax: 1e6,
    now: at.now(),
  });
  return at.does(code, role, lodge, {
    input: { upload: upload?.id, description: "Mailbox of the victim", acquisition: { method: "export-by-holder" } },
  });
}
const offer = (id: string, input: object = {}) =>
  at.tries("XA", "duty-officer", pass, { id, input: { to: "XB", reason: "for trial in Belmora", ...input } });
const take = (id: string, input: object, code: Code = "XB") => at.tries(code, "duty-officer", receive, { id, input });
const rowOf = async (code: Code, id: string) => {
  const row = await itemRow(readerOf(at.node(code), code === "XA" ? giver : taker), id);
  if (!row) throw new Error(`${code} does not show ${id}`);
  return row;
};
const eventsAt = async (code: Code, id: string): Promise<CustodyEvent[]> =>
  eventsOf(readerOf(at.node(code), code === "XA" ? giver : taker), await rowOf(code, id));
const stateAt = async (code: Code, id: string) => (await rowOf(code, id)).state;
const bytesAt = async (code: Code, id: string) => {
  const { node } = { node: at.node(code) };
  const held = await heldBlob(node.db, node.services.vault, holderOf(id));
  return held ? Buffer.concat(await Readable.from(held.read()).toArray()) : undefined;
};
/** Both nodes' workers, until nothing waits. */
async function settle(): Promise<void> {
  for (const code of ["XB", "XA", "XB"] as const) {
    await at.deliver(code);
    await handSigned.run(at.node(code));
    await at.deliver(code);
  }
}
const digestSeen = async (id: string) => ({ digest_seen: (await rowOf("XA", id)).digest.slice(0, 12) });
/** What becomes of a message, as if `from` had signed it: `taken`, or the refusal's key. Nothing of it stays. */
const TAKEN = new Error("it would have been taken; it is undone");
async function told(code: Code, from: string, act: string, id: string, body: JsonObject): Promise<string> {
  const node = at.node(code);
  const entry = { record: {}, salt: "00", digest: "0".repeat(64) };
  const peer = { kind: "peer", code: from, peerKind: "state" } as const;
  try {
    await node.db.transaction().execute(async (tx) => {
      await receiveIn(tx, node, { from: peer, act, subjectId: id, body, at: at.now(), entry, files: [] }, at.now());
      throw TAKEN;
    });
  } catch (error) {
    if (error === TAKEN) return "taken";
    if (error instanceof Refusal) return error.key;
    throw error;
  }
  return "nothing";
}
const offerBody = (row: ItemRow): JsonObject => ({
  number: row.number,
  description: row.description,
  name: row.name,
  media: row.media,
  bytes: row.bytes,
  digest: row.digest,
  acquired_at: row.acquired_at.toString(),
  acquisition: {},
  derived: false,
  sealed: false,
  carries: "file",
  due: at.now().add({ hours: 24 }).toString(),
  by: "Nobody",
  by_office: "Nowhere",
  told: {},
});
/** The law of every node: peers act on what is shared with them alone. */
const STRANGER = "peer-own-subjects-only";
const ANSWER = { by: "Nobody", office: "Nowhere", told: {} };

describe("custody passes to another node", () => {
  const bytes = randomBytes(150_000);
  let id: string;

  test("whoever offers it must be present, and of a role that carries for the country", async () => {
    id = await lodged(bytes);
    const away: Officer = { ...giver, via: "session", steppedUpAt: null };
    const input = { to: "XB", reason: "for trial" };
    const call = { node: at.node("XA"), act: pass, id, input };
    await expect(perform({ ...call, actor: away })).rejects.toMatchObject({ code: "step-up" });
    expect(await at.tries("XA", "investigator", pass, { id, input })).not.toBe("done");
    expect(await offer(id, { to: "XC" })).toBe("pass-no-such-node");
    await perform({ ...call, actor: { ...away, steppedUpAt: at.now() } });
    expect(await stateAt("XA", id)).toBe("in-transit");
  });

  test("it stays with the giver until an officer there has signed; then the file travels and both nodes show both hands", async () => {
    await at.deliver("XA");
    expect(await rowOf("XB", id)).toMatchObject({
      state: "in-transit",
      custodian: null,
      number: expect.stringMatching(/^XA:/),
    });
    expect(await bytesAt("XB", id)).toBeUndefined();
    expect(await take(id, {})).toBe("digest-unseen");
    expect(await take(id, { digest_seen: "00000000" })).toBe("digest-seen-differs");
    const absent: Officer = { ...taker, via: "session", steppedUpAt: null };
    const signing = { node: at.node("XB"), act: receive, id, input: await digestSeen(id) };
    await expect(perform({ ...signing, actor: absent })).rejects.toMatchObject({ code: "step-up" });
    expect(await take(id, { ...(await digestSeen(id)), storage: "safe 4" })).toBe("done");
    expect(await take(id, await digestSeen(id))).toBe("transfer-signed-already");
    await settle();
    expect(await rowOf("XA", id)).toMatchObject({ state: "passed", custodian: null, peer: "XB" });
    expect(await rowOf("XB", id)).toMatchObject({ state: "kept", custodian: taker.account, peer: "XA" });
    expect((await rowOf("XB", id)).number).toMatch(/^E-2026-/);
    expect((await bytesAt("XB", id))?.equals(bytes)).toBe(true);
    const [here, there] = [await eventsAt("XA", id), await eventsAt("XB", id)];
    expect(here.map(({ type }) => type)).toEqual(["acquire", "transfer-offer", "transfer-accept", "export"]);
    expect(there.map(({ type }) => type)).toEqual(["transfer-offer", "transfer-accept", "receive"]);
    expect(spansOf(here).map(({ having }) => having)).toEqual(["kept", "under-way", "elsewhere"]);
    expect(handsOf(here, "").map(({ having, who }) => [having, who])).toEqual([
      ["kept", giver.name],
      ["under-way", at.node("XB").config.name],
      ["elsewhere", here[3]?.facts["signed_by"]],
    ]);
    expect(spansOf(there).map(({ having, who }) => [having, who])).toEqual([
      ["under-way", ""],
      ["kept", taker.name],
    ]);
    for (const code of ["XA", "XB"] as const)
      for (const language of ["en", "fr", "ar"])
        for (const { sentence } of await custodyStory(
          readerOf(at.node(code), code === "XA" ? giver : taker),
          await rowOf(code, id),
          language,
        ))
          expect(sentence).not.toMatch(/story\.|\{|undefined/);
  });

  test("each journal names the other's entries by their digests, over the signatures that came with them", async () => {
    const [here, there] = [await eventsAt("XA", id), await eventsAt("XB", id)];
    const digests = (events: CustodyEvent[]) => events.map(({ entry_digest }) => entry_digest);
    expect(here.map(({ theirs }) => theirs?.entry ?? null)).toEqual([null, null, digests(there)[1], null]);
    expect(there.map(({ theirs }) => theirs?.entry ?? null)).toEqual([digests(here)[1], null, digests(here)[3]]);
    expect(there[1]?.facts["offer"]).toBe(digests(there)[0]);
    for (const [code, acts] of [
      ["XA", ["item.receive"]],
      ["XB", ["item.pass", "item.hand"]],
    ] as const) {
      const node = at.node(code);
      const rows = await node.db.selectFrom("inbox").selectAll().where("subject_id", "=", id).orderBy("seq").execute();
      expect(rows.map(({ act, problem }) => [act, problem])).toEqual(acts.map((act) => [act, null]));
      for (const row of rows) expect(envelopeText(node, row)).toMatch(/"signature/);
    }
  });

  test("the package that the receiving node makes of it verifies", async () => {
    const node = at.node("XB");
    const slices = node.registry.slices.map((slice) => ({ ...slice, authenticate: async () => taker }));
    const server = await makeServer({
      node: { ...node, registry: { ...node.registry, slices } },
      role: "desk",
      chrome: { asset: () => "", actForm: () => "", problem: () => "" },
    });
    const answer = await server.inject({ url: `/api/v1/items/${id}/package?purpose=trial&recipient=Court` });
    await server.close();
    expect(answer.statusCode).toBe(200);
    const report = await verifyPackage(answer.rawPayload);
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.items).toMatchObject([{ files: 1 }]);
  });

  test("it comes back the same way, under its number here, and only from the node that has it", async () => {
    const { number } = await rowOf("XA", id);
    const back = offerBody(await rowOf("XA", id));
    expect(await told("XA", "XP", "item.pass", id, back)).toBe(STRANGER);
    expect(await told("XA", "XB", "item.pass", id, { ...back, digest: "0".repeat(64) })).toBe("pass-other-item");
    expect(await at.tries("XB", "duty-officer", pass, { id, input: { to: "XA", reason: "the trial is over" } })).toBe(
      "done",
    );
    await settle();
    expect(await at.tries("XA", "duty-officer", refuse, { id, input: { reason: "not yet" } })).toBe("done");
    await settle();
    expect([await stateAt("XA", id), await stateAt("XB", id)]).toEqual(["passed", "kept"]);
    expect(await at.tries("XB", "duty-officer", pass, { id, input: { to: "XA", reason: "the trial is over" } })).toBe(
      "done",
    );
    await settle();
    expect(await take(id, await digestSeen(id), "XA")).toBe("done");
    await settle();
    expect(await rowOf("XA", id)).toMatchObject({ state: "kept", custodian: giver.account, number });
    expect(await stateAt("XB", id)).toBe("passed");
  });
});

describe("what is not taken goes back", () => {
  test("refused there: it is where it was, and both say why", async () => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    await at.deliver("XA");
    expect(await at.tries("XB", "duty-officer", refuse, { id, input: { reason: "no room" } })).toBe("done");
    await settle();
    expect(await rowOf("XA", id)).toMatchObject({
      state: "kept",
      custodian: giver.account,
      to_peer: null,
      due_at: null,
    });
    expect(await stateAt("XB", id)).toBe("not-taken");
    for (const code of ["XA", "XB"] as const)
      expect((await eventsAt(code, id)).at(-1)).toMatchObject({
        type: "transfer-refuse",
        facts: { reason: "no room" },
      });
    expect(await bytesAt("XB", id)).toBeUndefined();
    // It may be offered again, and taken.
    expect(await offer(id)).toBe("done");
    await at.deliver("XA");
    expect(await take(id, await digestSeen(id))).toBe("done");
    await settle();
    expect([await stateAt("XA", id), await stateAt("XB", id)]).toEqual(["passed", "kept"]);
  });

  test("taken back before anybody signed; and a signature that crosses it comes too late on both sides", async () => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    await at.deliver("XA");
    expect(await at.tries("XA", "duty-officer", withdraw, { id, input: { reason: "wrong node" } })).toBe("done");
    expect(await take(id, await digestSeen(id))).toBe("done");
    await settle();
    expect([await stateAt("XA", id), await stateAt("XB", id)]).toEqual(["kept", "not-taken"]);
    expect(await rowOf("XA", id)).toMatchObject({ signed_at: null, custodian: giver.account });
    expect((await eventsAt("XB", id)).at(-1)).toMatchObject({ act: "item.withdraw", facts: { reason: "wrong node" } });
    expect(await bytesAt("XB", id)).toBeUndefined();
    expect(await take(id, await digestSeen(id))).toBe("not-permitted");
  });

  test("nobody signs in the country's time: it goes back by itself", async () => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    await at.deliver("XA");
    await at.pass({ hours: 24 * 7 - 1 });
    expect(await stateAt("XA", id)).toBe("in-transit");
    await at.pass({ hours: 2 });
    await settle();
    expect([await stateAt("XA", id), await stateAt("XB", id)]).toEqual(["kept", "not-taken"]);
    expect((await eventsAt("XA", id)).at(-1)).toMatchObject({ act: "item.lapse", actor: { id: "system:clock" } });
    expect((await eventsAt("XB", id)).at(-1)).toMatchObject({ act: "item.lapse", actor: { id: "peer:XA" } });
  });
});

test("how long it must be kept goes with it: the later of what the giver had to and what is asked here", async () => {
  const id = await lodged(randomBytes(500));
  expect(await at.tries("XA", "prosecutor", retain, { id, input: { until: "2041-05-06", reason: "appeal" } })).toBe(
    "done",
  );
  await offer(id);
  await at.deliver("XA");
  const there = () =>
    at.node("XB").db.selectFrom("item").select("retain_until").where("id", "=", id).executeTakeFirstOrThrow();
  expect((await there()).retain_until?.toString()).toBe("2041-05-06");
  expect((await eventsAt("XB", id)).at(-1)?.facts).toMatchObject({ retain_until: "2041-05-06" });
  expect(await checkItems(at.node("XB"))).toEqual([]);
});

describe("what may not leave", () => {
  test("what is held or locked is not offered", async () => {
    const id = await lodged(randomBytes(500));
    expect(await at.tries("XA", "prosecutor", hold, { id, input: { reason: "appeal" } })).toBe("done");
    expect(await offer(id)).toBe("item-held");
    expect(await at.tries("XA", "prosecutor", release, { id, input: { reason: "dismissed" } })).toBe("done");
    await sql`update item set viewing_office = office, locked_at = now() where id = ${id}`.execute(at.node("XA").db);
    expect(await offer(id)).toBe("item-locked");
  });

  test.each(["held", "locked"])("what is %s after both signed waits here, and may still be taken back", async (how) => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    await at.deliver("XA");
    expect(await take(id, await digestSeen(id))).toBe("done");
    const stop = sql`update item set held = ${how === "held"}, viewing_office = ${how === "held" ? null : sql`office`} where id = ${id}`;
    await stop.execute(at.node("XA").db);
    await settle();
    expect([await stateAt("XA", id), await stateAt("XB", id)]).toEqual(["in-transit", "in-transit"]);
    expect(await bytesAt("XB", id)).toBeUndefined();
    expect(await at.tries("XA", "duty-officer", withdraw, { id, input: { reason: "it must stay" } })).toBe("done");
    await settle();
    expect([await stateAt("XA", id), await stateAt("XB", id)]).toEqual(["kept", "not-taken"]);
    expect((await rowOf("XA", id)).signed_at).toBeNull();
  });
});

describe("what a peer may not say", () => {
  test("a node to which nothing was offered signs, refuses and hands over nothing; nobody signs twice", async () => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    expect(await told("XA", "XP", "item.receive", id, ANSWER)).toBe(STRANGER);
    expect(await told("XA", "XP", "item.refuse", id, ANSWER)).toBe(STRANGER);
    for (const act of ["item.withdraw", "item.lapse"]) expect(await told("XA", "XB", act, id, {})).toBe("not-found");
    expect(await told("XA", "XB", "item.hand", id, { carries: "thing" })).toBe("not-found");
    await at.deliver("XA");
    for (const act of ["item.withdraw", "item.lapse"]) expect(await told("XB", "XP", act, id, {})).toBe(STRANGER);
    expect(await told("XB", "XP", "item.hand", id, { carries: "thing" })).toBe(STRANGER);
    expect(await told("XB", "XA", "item.hand", id, { carries: "file" })).toBe("pass-not-signed");
    expect(await take(id, await digestSeen(id))).toBe("done");
    expect(await told("XB", "XA", "item.hand", id, { carries: "thing" })).toBe("pass-other-item");
    expect(await told("XB", "XA", "item.hand", id, { carries: "file" })).toBe("pass-other-item");
    await at.deliver("XB");
    for (const act of ["item.receive", "item.refuse"])
      expect(await told("XA", "XB", act, id, ANSWER)).toBe("transfer-signed-already");
    await settle();
    // Once it has passed, nothing of it can be said again.
    for (const act of ["item.receive", "item.refuse"])
      expect(await told("XA", "XB", act, id, ANSWER)).toBe("wrong-state");
    expect(await told("XB", "XA", "item.hand", id, { carries: "file" })).toBe("wrong-state");
  });

  test("what is in custody here can't be offered by anybody, and so not be taken back either", async () => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    await at.deliver("XA");
    await take(id, await digestSeen(id));
    await settle();
    const row = await rowOf("XB", id);
    expect(row.state).toBe("kept");
    expect(await told("XB", "XA", "item.pass", id, offerBody(row))).toBe("wrong-state");
    expect(await told("XB", "XA", "item.withdraw", id, {})).toBe("wrong-state");
  });

  test("an offer made for this node in words that no form takes is refused", async () => {
    const id = await lodged(randomBytes(500));
    const body = offerBody(await rowOf("XA", id));
    expect(await told("XB", "XA", "item.pass", id, { ...body, told: { invented: true } })).toBe("invalid-input");
    expect(await told("XB", "XA", "item.pass", id, { ...body, digest: "no digest" })).toBe("invalid-input");
  });

  test("the same envelope again changes nothing", async () => {
    const id = await lodged(randomBytes(500));
    await offer(id);
    await at.deliver("XA");
    const before = await eventsAt("XB", id);
    await at.node("XA").db.updateTable("outbox").set({ delivered_at: null }).where("subject_id", "=", id).execute();
    await at.deliver("XA");
    expect(await eventsAt("XB", id)).toEqual(before);
    await at.does("XB", "duty-officer", refuse, { id, input: { reason: "x" } });
    await settle();
  });
});

test("a sealed thing passes without its file: the seal is what the receiver looks at, and its history goes on there", async () => {
  const id = await lodged(randomBytes(500));
  await at.does("XA", "duty-officer", seal, { id, input: { reason: "complete", seal_number: "XA-17" } });
  expect(await offer(id, { carries: "thing" })).toBe("done");
  await at.deliver("XA");
  expect(await take(id, {})).toBe("seal-unseen");
  expect(await take(id, { seal_seen: "XA-18" })).toBe("seal-differs");
  expect(await take(id, { seal_seen: "XA-18", note: "tape torn" })).toBe("done");
  await settle();
  expect(await rowOf("XB", id)).toMatchObject({ state: "sealed", seal_number: "XA-18" });
  expect(await rowOf("XA", id)).toMatchObject({ state: "passed", seal_number: null });
  expect(await bytesAt("XB", id)).toBeUndefined();
  expect((await eventsAt("XA", id)).find(({ act }) => act === "item.receive")?.facts).toMatchObject({
    seal_match: false,
    seal_seen: "XA-18",
  });
});
