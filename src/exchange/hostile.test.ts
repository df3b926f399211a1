import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station } from "../../test/exchange-world.ts";
import { until } from "../../test/world.ts";
import { makeEntry } from "../kernel/journal.ts";
import { asJson } from "../kernel/json.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf } from "../kernel/reader.ts";
import { keysOf, listedKey, type SignedEntry, signEntry, succeeds } from "../trust/directory.ts";
import {
  ENVELOPE_BYTES_MAX,
  ENVELOPE_VERSION,
  SEQUENCE_TYPE,
  SEQUENCE_VERSION,
  type Payload,
  payloadBytes,
  sealEnvelope,
  type Signed,
  signEnvelope,
  UNTIL_VERSION,
} from "../trust/envelope.ts";
import { signSecond } from "../trust/envelope-signature.ts";
import { fingerprint } from "../trust/keys.ts";
import { distrustKey } from "./acts.ts";
import { textOf } from "./gateway.ts";
import { ownEntry, secondSignerOf, signerOf } from "./identity.ts";
import { refreshPeers } from "./messages-peer.ts";
import { exchanged, peersWithOwn } from "./views.ts";

let aruna: Station;
let belmora: Station;
let corvana: Station;
beforeAll(async () => {
  [aruna, belmora, corvana] = await Promise.all([station("XA"), station("XB"), station("XC")]);
  await introduce(aruna, belmora, corvana);
});
afterAll(() => Promise.all([aruna, belmora, corvana].map((each) => each.close())));

/** A well-made envelope of a node's own hand, as a hostile peer with real keys could make it. */
function payload(from: Station, more: Partial<Payload> = {}): Payload {
  const subject = more.subject ?? { kind: "parcel", id: randomUUID() };
  const act = more.act ?? "parcel.send";
  const entry = makeEntry(
    {
      node: more.from ?? from.node.code,
      now: from.node.clock(),
      act,
      subject,
      actor: { kind: "system", job: "hostile" },
      basis: [],
      decision: { policies: [], pack: "" },
      change: {},
    },
    undefined,
  );
  return {
    v: ENVELOPE_VERSION,
    id: randomUUID(),
    from: from.node.code,
    to: "XB",
    seq: 1,
    subject,
    act,
    at: entry.record.at,
    body: { greeting: "hello" },
    files: [],
    entry: { record: asJson(entry.record), salt: entry.salt.toString("hex"), digest: entry.digest.toString("hex") },
    ...more,
  };
}
const toBelmora = () => ({
  key: createPublicKey(belmora.node.services.keys.encryption),
  kid: fingerprint(belmora.node.services.keys.encryption),
});
const signedBy = (
  from: Station,
  given: Payload,
  key: KeyObject = signerOf(from.node).key,
  kid = fingerprint(key),
): Signed => {
  const at = from.node.clock();
  const first = signEnvelope(given, key, { kid, at });
  const second = secondSignerOf(from.node);
  const iat = Math.floor(at.epochMilliseconds / 1_000);
  const header = { kid: second.kid, typ: "comity+jws", iat, exp: iat + 7 * 86_400 };
  return { ...first, signatures: [...first.signatures, signSecond(payloadBytes(given), second.key, header)] };
};
async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string; document: Record<string, unknown>; text: string }> {
  const answer = await fetch(`${belmora.node.config.gateway_url}/exchange/v1/envelopes`, {
    method: "POST",
    body,
    headers: { "content-type": "application/jose", ...headers },
  });
  const text = await answer.text();
  const document = (answer.headers.get("content-type") ?? "").includes("json")
    ? (JSON.parse(text) as Record<string, unknown>)
    : {};
  return {
    status: answer.status,
    type:
      String(document["type"] ?? "")
        .split("/")
        .pop() ?? "",
    document,
    text,
  };
}
const send = async (signed: Signed, receiver = toBelmora()) => post(await sealEnvelope(signed, receiver));
const nextSeq = async (from: Station) =>
  ((
    await belmora.node.db
      .selectFrom("inbox_sequence")
      .select("last")
      .where("peer", "=", from.node.code)
      .executeTakeFirst()
  )?.last ?? 0) + 1;
/** How often something was turned away for that reason, as people see it. */
const turnedAway = async (reason: string) => {
  const found = await peersWithOwn.read(readerOf(belmora.node, belmora.at.officer("administrator")), {});
  return found?.turnedAway.find((each) => each.reason === reason)?.count ?? 0;
};
const countJournal = async () =>
  Number(
    (
      await belmora.node.db
        .selectFrom("journal")
        .select((select) => select.fn.countAll().as("n"))
        .executeTakeFirstOrThrow()
    ).n,
  );
const countInbox = async () =>
  Number(
    (
      await belmora.node.db
        .selectFrom("inbox")
        .select((select) => select.fn.countAll().as("n"))
        .executeTakeFirstOrThrow()
    ).n,
  );

test("a replay gets the same receipt and has no second effect", async () => {
  const sealed = await sealEnvelope(signedBy(aruna, payload(aruna, { seq: await nextSeq(aruna) })), toBelmora());
  const first = await post(sealed);
  expect(first.status).toBe(200);
  const before = await countInbox();
  const again = await Promise.all(Array.from({ length: 5 }, () => post(sealed)));
  expect(again.every(({ status, text }) => status === 200 && text === first.text)).toBe(true);
  expect(await countInbox()).toBe(before);
});

test("the same message five times at once is one", async () => {
  const given = payload(aruna, { seq: await nextSeq(aruna) });
  const answers = await Promise.all(Array.from({ length: 5 }, () => send(signedBy(aruna, given))));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
});

test("another content under a number that is taken is refused, raises an alarm, and overwrites nothing", async () => {
  const seq = await nextSeq(aruna);
  const [first, second] = [payload(aruna, { seq }), payload(aruna, { seq })];
  expect((await send(signedBy(aruna, first))).status).toBe(200);
  expect(await send(signedBy(aruna, second))).toMatchObject({ status: 409, type: "conflicting-sequence" });
  expect(await belmora.parcelOf(first.subject.id)).toBeDefined();
  expect(await belmora.parcelOf(second.subject.id)).toBeUndefined();
  const alarms = await belmora.node.db
    .selectFrom("exchange_alarm")
    .select(["kind", "detail"])
    .where("peer", "=", "XA")
    .where("ended_at", "is", null)
    .execute();
  expect(alarms).toMatchObject([{ kind: "conflict", detail: { seq } }]);
});

test("an identifier that another message has is a conflict too, whoever sends it", async () => {
  const given = payload(aruna, { seq: await nextSeq(aruna) });
  await send(signedBy(aruna, given));
  expect(await send(signedBy(corvana, payload(corvana, { id: given.id, seq: await nextSeq(corvana) })))).toMatchObject({
    status: 409,
    type: "conflicting-sequence",
  });
});

test.each<[string, () => Promise<{ status: number; type: string }>, number, string]>([
  ["a stranger's", async () => send(signedBy(aruna, payload(aruna, { from: "XZ" }))), 403, "unknown-peer"],
  [
    "one peer in another's name",
    async () => send(signedBy(corvana, payload(corvana, { from: "XA", seq: await nextSeq(aruna) }))),
    403,
    "bad-signature",
  ],
  [
    "another's key under the peer's key id",
    async () =>
      send(
        signedBy(
          aruna,
          payload(aruna, { seq: await nextSeq(aruna) }),
          generateKeyPairSync("ed25519").privateKey,
          signerOf(aruna.node).kid,
        ),
      ),
    403,
    "bad-signature",
  ],
  [
    "content changed after signing",
    async () =>
      send({ ...signedBy(aruna, payload(aruna)), payload: signedBy(aruna, payload(aruna, { seq: 2 })).payload }),
    403,
    "bad-signature",
  ],
  [
    "meant for another node",
    async () => send(signedBy(aruna, payload(aruna, { to: "XC", seq: await nextSeq(aruna) }))),
    421,
    "not-for-us",
  ],
  [
    "sealed to another node",
    async () =>
      send(signedBy(aruna, payload(aruna)), {
        key: createPublicKey(corvana.node.services.keys.encryption),
        kid: fingerprint(corvana.node.services.keys.encryption),
      }),
    421,
    "not-for-us",
  ],
  [
    "of another version",
    async () => send(signedBy(aruna, { ...payload(aruna), v: "comity.envelope/2" } as never)),
    400,
    "version",
  ],
  ["numbers ahead", async () => send(signedBy(aruna, payload(aruna, { seq: (await nextSeq(aruna)) + 5 }))), 409, "gap"],
  ["too large", () => post("a".repeat(ENVELOPE_BYTES_MAX + 1)), 413, "too-large"],
  ["nothing", () => post(""), 400, "malformed"],
  ["noise", () => post("\u0000\u0001 noise . . ."), 400, "malformed"],
  [
    "a bomb: a compressed body is not inflated",
    () => post(new Uint8Array(gzipSync(Buffer.alloc(50_000_000))), { "content-encoding": "gzip" }),
    400,
    "malformed",
  ],
  [
    "another's entry in its own name",
    async () => send(signedBy(aruna, { ...payload(aruna), entry: payload(corvana).entry })),
    400,
    "malformed",
  ],
])("refused, nothing stored, and shown on the page of peers: %s", async (_, attack, status, type) => {
  const before = await countInbox();
  const journalled = await countJournal();
  const seen = await turnedAway(type);
  expect(await attack()).toMatchObject({ status, type });
  expect(await countInbox()).toBe(before);
  // A key that is not known may be a new one: the peer's entry is asked for, and that alone may be written.
  expect(await countJournal()).toBe(journalled);
  await until(
    () => turnedAway(type),
    (now) => now > seen,
  );
});

test("what is turned away is shown to whoever may see peers, with how often and when", async () => {
  const found = await peersWithOwn.read(readerOf(belmora.node, belmora.at.officer("administrator")), {});
  expect(found?.turnedAway.map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(["unknown-peer", "bad-signature", "not-for-us", "malformed", "too-large", "version", "gap"]),
  );
  for (const { count, lastAt } of found?.turnedAway ?? []) {
    expect(count).toBeGreaterThan(0);
    expect(Temporal.Instant.compare(lastAt, belmora.node.clock())).toBeLessThanOrEqual(0);
  }
});

test("another's subject, forged in a peer's own name: taken as a message, not applied, shown with the reason, and the thing is as it was", async () => {
  const id = await parcelFrom(belmora, "XC");
  const given = payload(aruna, {
    act: "parcel.step",
    subject: { kind: "parcel", id },
    body: { step: 1 },
    seq: await nextSeq(aruna),
  });
  expect((await send(signedBy(aruna, given))).status).toBe(200);
  expect((await belmora.parcelOf(id))?.steps).toEqual([]);
  const shown = await exchanged(readerOf(belmora.node, belmora.at.officer("administrator")), { peer: "XA" });
  expect(shown.find((each) => each.id === given.id)?.problem).toMatchObject({ key: "peer-own-subjects-only" });
});

test("a gap names the number expected, both versions and our clock, in words", async () => {
  const { document } = await send(signedBy(aruna, payload(aruna, { seq: (await nextSeq(aruna)) + 2 })));
  expect(document).toMatchObject({
    expected: await nextSeq(aruna),
    by: "XB",
    versions: [ENVELOPE_VERSION, SEQUENCE_VERSION, UNTIL_VERSION],
  });
  expect(String(document["detail"])).toContain(String(await nextSeq(aruna)));
  expect(Temporal.Instant.from(String(document["received"]))).toBeInstanceOf(Temporal.Instant);
});

test("one signature where the entry promises two is a downgrade, refused and shown", async () => {
  await settleAlarms();
  const given = payload(aruna, { seq: await nextSeq(aruna) });
  const [first] = signedBy(aruna, given).signatures;
  const before = await countInbox();
  if (!first) throw new Error("no signature");
  expect(await send({ payload: signedBy(aruna, given).payload, signatures: [first] })).toMatchObject({
    status: 403,
    type: "downgrade",
  });
  expect(await countInbox()).toBe(before);
  expect(await alarmsHere("XA")).toMatchObject([{ kind: "doubted", detail: { type: "downgrade" } }]);
});

test("an entry that no longer lists the second keys, or the first version, takes no entry's place", () => {
  const [now, entry] = [aruna.node.clock(), ownEntry(aruna.node)];
  const current = { ...entry.entry, keys: keysOf(entry) };
  expect(succeeds(entry, current, now)).toBe(true);
  expect(succeeds({ entry: entry.entry, signatures: entry.signatures }, current, now)).toBe(false);
  const signing = [aruna.node.services.keys.signing];
  const older = signEntry({ ...entry.entry, versions: ["comity.envelope/0"] }, signing, now);
  expect(succeeds({ ...older, seconds: entry.seconds }, current, now)).toBe(false);
});

test("several at once: taken up to the one that is wrong, and nothing behind it", async () => {
  const seq = await nextSeq(aruna);
  const given = [0, 1, 2, 3].map((n) => payload(aruna, { seq: seq + n }));
  const sealed = await Promise.all(given.map((each) => sealEnvelope(signedBy(aruna, each), toBelmora())));
  const strange = await sealEnvelope(signedBy(corvana, payload(corvana, { from: "XA", seq: seq + 2 })), toBelmora());
  const answer = await post([sealed[0], sealed[1], strange, sealed[3]].join("\n"), { "content-type": SEQUENCE_TYPE });
  const lines = answer.text.split("\n");
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[2] ?? "")).toMatchObject({ type: "/problems/exchange/bad-signature" });
  expect(await nextSeq(aruna)).toBe(seq + 2);
  expect(await belmora.parcelOf(given[3]?.subject.id ?? "")).toBeUndefined();
  const crowd = await post(Array.from({ length: 65 }, () => "x").join("\n"), { "content-type": SEQUENCE_TYPE });
  expect(crowd).toMatchObject({ status: 413, type: "too-large" });
});

test("a body that trickles in is given up", async () => {
  const trickle = new PassThrough();
  trickle.write("a");
  await expect(textOf(trickle, undefined, ENVELOPE_BYTES_MAX, 40)).rejects.toThrow("too slowly");
  expect(trickle.destroyed).toBe(true);
});

test("receipts of a stranger, for another message, and none at all settle nothing, and are shown", async () => {
  const id = await parcelFrom(belmora, "XC");
  const real = ownEntry(corvana.node).entry.gateways[0] ?? "";
  const answers = ["", "{}", "a.b.c", "x".repeat(70_000)];
  let n = 0;
  const liar = createServer((_request, reply) => void reply.end(answers[n++ % answers.length]));
  await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
  const setGateway = async (gateway: string) => {
    const row = await belmora.node.db
      .selectFrom("peer")
      .select("entry")
      .where("code", "=", "XC")
      .executeTakeFirstOrThrow();
    const signed = row.entry as unknown as SignedEntry;
    const entry = JSON.stringify({ ...signed, entry: { ...signed.entry, gateways: [gateway] } });
    await belmora.node.db.updateTable("peer").set({ entry }).where("code", "=", "XC").execute();
  };
  await setGateway(`http://127.0.0.1:${(liar.address() as AddressInfo).port}`);
  for (let round = 0; round < answers.length; round += 1) await belmora.deliver();
  const [waiting] = await belmora.node.db.selectFrom("outbox").selectAll().where("subject_id", "=", id).execute();
  expect(waiting).toMatchObject({ delivered_at: null, receipt: null });
  expect((await alarmsHere("XC")).map(({ kind }) => kind)).toContain("bad-receipt");
  liar.close();
  await setGateway(real);
  await trustAgain(corvana);
});

test("what a key signed before it was stolen stays; nothing more is taken under it; what it signed since is marked", async () => {
  await settleAlarms();
  const [early, late] = [
    payload(corvana, { seq: await nextSeq(corvana) }),
    payload(corvana, { seq: (await nextSeq(corvana)) + 1 }),
  ];
  for (const each of [early, late]) expect((await send(signedBy(corvana, each))).status).toBe(200);
  await belmora.node.db
    .updateTable("inbox")
    .set({ sent_at: belmora.node.clock().subtract({ hours: 48 }) })
    .where("id", "=", early.id)
    .execute();
  const { id } = await belmora.node.db
    .selectFrom("peer")
    .select("id")
    .where("code", "=", "XC")
    .executeTakeFirstOrThrow();
  const { done } = await perform({
    node: belmora.node,
    actor: belmora.at.officer("administrator"),
    act: distrustKey,
    id,
    input: {
      key: signerOf(corvana.node).kid.slice(0, 12),
      from: belmora.node.clock().subtract({ hours: 24 }).toString(),
      reason: "Their server room was broken into.",
    },
  });
  expect(done["messages"]).toContain(late.seq);
  expect(done["messages"]).not.toContain(early.seq);
  const shown = await exchanged(readerOf(belmora.node, belmora.at.officer("administrator")), { peer: "XC" });
  expect(shown.find(({ seq, direction }) => seq === late.seq && direction === "in")).toMatchObject({
    distrusted: true,
  });
  expect(shown.find(({ seq, direction }) => seq === early.seq && direction === "in")).toMatchObject({
    distrusted: false,
  });
  expect(await send(signedBy(corvana, payload(corvana, { seq: await nextSeq(corvana) })))).toMatchObject({
    status: 403,
    type: "revoked-key",
  });
  expect((await alarmsHere("XC")).map(({ kind }) => kind)).toContain("doubted");
  // Its own entry, asked for again, does not wash the key clean.
  await refreshPeers(belmora.node);
  expect(await send(signedBy(corvana, payload(corvana, { seq: await nextSeq(corvana) })))).toMatchObject({
    type: "revoked-key",
  });
  await trustAgain(corvana);
});

test("a key that has ended is said to have ended", async () => {
  await belmora.node.db
    .updateTable("peer")
    .set({
      keys: JSON.stringify([
        listedKey(signerOf(corvana.node).key, { from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }),
      ]),
    })
    .where("code", "=", "XC")
    .execute();
  expect(await send(signedBy(corvana, payload(corvana, { seq: await nextSeq(corvana) })))).toMatchObject({
    status: 403,
    type: "expired-key",
  });
});

test("an unknown act and a body of another form are taken, refused in the message's own chain, and answered", async () => {
  for (const more of [
    { act: "case.close", subject: { kind: "case", id: randomUUID() } },
    { body: { greeting: 5 } },
  ] satisfies Partial<Payload>[]) {
    const given = payload(aruna, { ...more, seq: await nextSeq(aruna) });
    expect((await send(signedBy(aruna, given))).status).toBe(200);
    const { problem } = await belmora.node.db
      .selectFrom("inbox")
      .select("problem")
      .where("id", "=", given.id)
      .executeTakeFirstOrThrow();
    expect(problem).not.toBeNull();
    expect(
      await belmora.node.db.selectFrom("journal").select("act").where("subject_id", "=", given.id).execute(),
    ).toEqual([{ act: "message.reject" }]);
    expect(
      await belmora.node.db.selectFrom("journal").select("act").where("subject_id", "=", given.subject.id).execute(),
    ).toEqual([]);
  }
});

test("a peer can't answer for a message that was sent to another", async () => {
  const id = await parcelFrom(belmora, "XA");
  await belmora.deliver();
  const { id: envelope } = await belmora.node.db
    .selectFrom("outbox")
    .select("id")
    .where("subject_id", "=", id)
    .executeTakeFirstOrThrow();
  await trustAgain(corvana);
  const given = payload(corvana, {
    act: "message.reject",
    subject: { kind: "message", id: envelope },
    body: { code: "conflict", key: "lie", values: {} },
    seq: await nextSeq(corvana),
  });
  expect((await send(signedBy(corvana, given))).status).toBe(200);
  const { problem } = await belmora.node.db
    .selectFrom("outbox")
    .select("problem")
    .where("id", "=", envelope)
    .executeTakeFirstOrThrow();
  expect(problem).toBeNull();
});
const alarmsHere = (code: string) =>
  belmora.node.db
    .selectFrom("exchange_alarm")
    .select(["kind", "detail"])
    .where("peer", "=", code)
    .where("ended_at", "is", null)
    .execute();
const settleAlarms = () =>
  belmora.node.db.updateTable("exchange_alarm").set({ ended_at: belmora.node.clock() }).execute();
async function trustAgain(other: Station): Promise<void> {
  await belmora.node.db
    .updateTable("peer")
    .set({ keys: JSON.stringify(keysOf(ownEntry(other.node))) })
    .where("code", "=", other.node.code)
    .execute();
}

test("a flood of what is not believed is cut short, and the peers still come through", async () => {
  const strange = await sealEnvelope(signedBy(aruna, payload(aruna, { from: "XZ" })), toBelmora());
  const answers = await Promise.all(Array.from({ length: 160 }, () => post(strange)));
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
  await until(
    () => turnedAway("too-many"),
    (count) => count > 20,
  );
  const id = await parcelFrom(aruna, "XB");
  await aruna.node.db
    .updateTable("outbox")
    .set({ seq: await nextSeq(aruna) })
    .where("subject_id", "=", id)
    .execute();
  await aruna.deliver();
  expect(await belmora.parcelOf(id)).toBeDefined();
});
