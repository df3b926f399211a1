import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station } from "../../test/exchange-world.ts";
import { makeEntry } from "../kernel/journal.ts";
import { asJson } from "../kernel/json.ts";
import { listedKey } from "../trust/directory.ts";
import {
  ENVELOPE_BYTES_MAX,
  ENVELOPE_VERSION,
  type Payload,
  sealEnvelope,
  type Signed,
  signEnvelope,
} from "../trust/envelope.ts";
import { fingerprint } from "../trust/keys.ts";
import { ownEntry, signerOf } from "./identity.ts";

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
): Signed => signEnvelope(given, key, { kid, at: from.node.clock() });
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
])("refused, and nothing stored: %s", async (_, attack, status, type) => {
  const before = await countInbox();
  expect(await attack()).toMatchObject({ status, type });
  expect(await countInbox()).toBe(before);
});

test("a gap names the number expected, both versions and our clock, in words", async () => {
  const { document } = await send(signedBy(aruna, payload(aruna, { seq: (await nextSeq(aruna)) + 2 })));
  expect(document).toMatchObject({ expected: await nextSeq(aruna), by: "XB", versions: [ENVELOPE_VERSION] });
  expect(String(document["detail"])).toContain(String(await nextSeq(aruna)));
  expect(Temporal.Instant.from(String(document["received"]))).toBeInstanceOf(Temporal.Instant);
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
async function trustAgain(other: Station): Promise<void> {
  await belmora.node.db
    .updateTable("peer")
    .set({ keys: JSON.stringify(ownEntry(other.node).entry.keys) })
    .where("code", "=", other.node.code)
    .execute();
}

test("a flood of what is not believed is cut short, and the peers still come through", async () => {
  const strange = await sealEnvelope(signedBy(aruna, payload(aruna, { from: "XZ" })), toBelmora());
  const answers = await Promise.all(Array.from({ length: 160 }, () => post(strange)));
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
  const id = await parcelFrom(aruna, "XB");
  await aruna.node.db
    .updateTable("outbox")
    .set({ seq: await nextSeq(aruna) })
    .where("subject_id", "=", id)
    .execute();
  await aruna.deliver();
  expect(await belmora.parcelOf(id)).toBeDefined();
});
