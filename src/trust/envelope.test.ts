import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { generalVerify } from "jose";
import { describe, expect, test } from "vitest";
import { digestOf, makeEntry } from "../kernel/journal.ts";
import { asJson } from "../kernel/json.ts";
import { listedKey } from "./directory.ts";
import {
  ENVELOPE_BYTES_MAX,
  envelopeDigest,
  openEnvelope,
  type Payload,
  payloadBytes,
  readSigned,
  sealEnvelope,
  signEnvelope,
  type Opened,
  verdictOnEnvelope,
} from "./envelope.ts";
import { fingerprint } from "./keys.ts";
import { Malformed } from "./verify-errors.ts";

const at = Temporal.Instant.from("2026-03-01T10:00:00.123Z");
const signing = generateKeyPairSync("ed25519").privateKey;
const encryption = generateKeyPairSync("x25519").privateKey;
const listed = listedKey(signing, { from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z" });
const receiver = { key: generateKeyPairSync("x25519").publicKey };
const own = { key: encryption, kid: fingerprint(encryption) };
const ownPublic = { key: createPublicKey(encryption), kid: own.kid };

function payload(body: unknown = { measure: "P29" }, seq = 1): Payload {
  const subject = { kind: "request", id: randomUUID() };
  const entry = makeEntry(
    {
      node: "XA",
      now: at,
      act: "request.send",
      subject,
      actor: { kind: "system", job: "test" },
      basis: [],
      decision: { policies: [], pack: "" },
      change: {},
    },
    undefined,
  );
  return {
    v: "comity.envelope/1",
    id: randomUUID(),
    from: "XA",
    to: "XB",
    seq,
    subject,
    act: "request.send",
    at: entry.record.at,
    entry: { record: asJson(entry.record), salt: entry.salt.toString("hex"), digest: entry.digest.toString("hex") },
    body: asJson(body),
    files: [{ digest: "ab".repeat(32), size: 5, name: "warrant.pdf", media: "application/pdf", item: randomUUID() }],
  };
}
const signed = (given = payload()) => signEnvelope(given, signing, { kid: listed.fingerprint, at });
const read = (value: unknown): Opened => {
  const opened = readSigned(JSON.stringify(value));
  if ("problem" in opened) throw new Error(opened.problem);
  return opened;
};

test("what is signed, sealed, opened and read is what was meant, and its signature holds", async () => {
  const given = payload();
  const opened = await openEnvelope(await sealEnvelope(signed(given), ownPublic), [own]);
  if (!("signed" in opened)) throw new Error(opened.problem);
  const read = readSigned(opened.signed);
  if ("problem" in read) throw new Error(read.problem);
  expect(read.payload).toEqual(given);
  expect(read.digest).toBe(envelopeDigest(given));
  expect(verdictOnEnvelope(read, [listed], at)).toMatchObject({ key: { fingerprint: listed.fingerprint } });
});

test("the signature is a plain JWS that another library verifies", async () => {
  const mutable = ({ payload: bytes, signatures }: ReturnType<typeof signed>) => ({
    payload: bytes,
    signatures: signatures.map((part) => ({ ...part })),
  });
  const jws = mutable(signed());
  const { payload: bytes, protectedHeader } = await generalVerify(jws, createPublicKey(signing));
  expect(protectedHeader).toMatchObject({ alg: "EdDSA", kid: listed.fingerprint });
  expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ from: "XA", to: "XB" });
  await expect(generalVerify({ ...jws, payload: signed().payload }, createPublicKey(signing))).rejects.toThrow();
});

test("any JSON body survives to the bit, and a retry has the same digest under another signature", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), (body) => {
      const given = payload(body);
      const first = read(signed(given));
      expect(payloadBytes(first.payload)).toEqual(payloadBytes(given));
      const later = read(signEnvelope(given, signing, { kid: listed.fingerprint, at: at.add({ hours: 5 }) }));
      expect(later.digest).toBe(first.digest);
      expect(later.signed.signatures).not.toEqual(first.signed.signatures);
    }),
    { numRuns: 60, examples: [[JSON.parse('{"__proto__":{"a":1},"constructor":null}')]] },
  );
});

test("arbitrary bytes are Malformed or a problem, never anything else", async () => {
  const parsers: ((text: string) => unknown)[] = [(text) => readSigned(text), (text) => openEnvelope(text, [own])];
  const base64url = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("base64url"));
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(base64url, { minLength: 5, maxLength: 5 }).map((parts) => parts.join(".")),
    base64url.map((given) => JSON.stringify({ payload: given, signatures: [{ protected: given, signature: given }] })),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      for (const parse of parsers) {
        try {
          const outcome = (await parse(text)) as { problem?: string };
          expect(outcome.problem).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("one byte changed anywhere in the sealed envelope, and it does not open", async () => {
  const sealed = await sealEnvelope(signed(), ownPublic);
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), async (index) => {
      const other = sealed[index] === "A" ? "B" : "A";
      const tampered = sealed.slice(0, index) + other + sealed.slice(index + 1);
      const outcome = await openEnvelope(tampered, [own]).catch((error: unknown) => error);
      // The last character of a base64url part may carry bits that mean nothing: then it is the same envelope.
      if (typeof outcome === "object" && outcome !== null && "signed" in outcome)
        expect(outcome.signed).toBe(JSON.stringify(JSON.parse(String(outcome.signed))));
      else expect(outcome instanceof Malformed || (outcome as { problem: string }).problem === "not-for-us").toBe(true);
    }),
    { numRuns: 150 },
  );
});

test.each<[string, (p: Record<string, unknown>) => unknown]>([
  ["a seq of nought", (p) => ({ ...p, seq: 0 })],
  ["a name that is not known", (p) => ({ ...p, more: 1 })],
  ["no time", ({ at: _, ...p }) => p],
  ["another act than its entry", (p) => ({ ...p, act: "request.refuse" })],
  ["another sender than its entry", (p) => ({ ...p, from: "XC" })],
  ["another subject than its entry", (p) => ({ ...p, subject: { kind: "request", id: randomUUID() } })],
  ["an entry whose record was changed", (p) => ({ ...p, entry: { ...(p["entry"] as object), salt: "00".repeat(32) } })],
])("a payload with %s is Malformed even when well signed", (_, change) => {
  const changed = change(payload() as unknown as Record<string, unknown>) as Payload;
  expect(() => readSigned(JSON.stringify(signed(changed)))).toThrow(Malformed);
});

test("bytes that are not canonical are refused, so nobody can read two things in one signature", () => {
  const text = payloadBytes(payload()).toString();
  const twice = text.replace('"seq":1', '"seq":2,"seq":1');
  for (const other of [twice, ` ${text}`, text.replace('"seq":1', '"seq":1.0')])
    expect(() =>
      readSigned(
        JSON.stringify({ payload: Buffer.from(other).toString("base64url"), signatures: signed().signatures }),
      ),
    ).toThrow(Malformed);
});

describe("verdicts", () => {
  test("a payload changed after signing, or another's key, is a bad signature", () => {
    const changed = { ...signed(), payload: signed(payload({ other: true })).payload };
    expect(verdictOnEnvelope(read(changed), [listed], at)).toEqual({ problem: "bad-signature" });
    const stranger = listedKey(generateKeyPairSync("ed25519").privateKey, listed);
    expect(verdictOnEnvelope(read(signed()), [stranger], at)).toEqual({ problem: "bad-signature" });
    expect(verdictOnEnvelope(read(signed()), [{ ...stranger, fingerprint: listed.fingerprint }], at)).toEqual({
      problem: "bad-signature",
    });
  });
  test("a key past its end is expired; one that starts within a day counts already", () => {
    expect(verdictOnEnvelope(read(signed()), [{ ...listed, to: "2026-02-01T00:00:00Z" }], at)).toEqual({
      problem: "expired-key",
    });
    expect(verdictOnEnvelope(read(signed()), [{ ...listed, from: "2026-03-02T00:00:00Z" }], at)).toMatchObject({
      key: {},
    });
  });
  test("a second signature under an algorithm that is not known here stands beside ours and disturbs nothing", () => {
    const extra = {
      protected: Buffer.from(JSON.stringify({ alg: "ML-DSA-44", kid: "x", typ: "comity+jws", iat: 1 })).toString(
        "base64url",
      ),
      signature: randomBytes(2_420).toString("base64url"),
    };
    const both = { ...signed() };
    expect(verdictOnEnvelope(read({ ...both, signatures: [extra, ...both.signatures] }), [listed], at)).toMatchObject({
      key: {},
    });
    expect(verdictOnEnvelope(read({ ...both, signatures: [extra] }), [listed], at)).toEqual({
      problem: "bad-signature",
    });
  });
  test("a receipt's or a directory entry's signature is none on an envelope", () => {
    const given = signed();
    const header = Buffer.from(
      JSON.stringify({ alg: "EdDSA", kid: listed.fingerprint, typ: "comity+receipt", iat: 1 }),
    ).toString("base64url");
    expect(
      verdictOnEnvelope(read({ ...given, signatures: [{ ...given.signatures[0], protected: header }] }), [listed], at),
    ).toEqual({ problem: "bad-signature" });
  });
});

test("an envelope for another, of another version, or too large is said to be so", async () => {
  const other = { key: receiver.key, kid: fingerprint(receiver.key) };
  expect(await openEnvelope(await sealEnvelope(signed(), other), [own])).toEqual({ problem: "not-for-us" });
  expect(await openEnvelope("a".repeat(ENVELOPE_BYTES_MAX + 1), [own])).toEqual({ problem: "too-large" });
  expect(readSigned(JSON.stringify(signed({ ...payload(), v: "comity.envelope/9" } as never)))).toEqual({
    problem: "version",
    theirs: "comity.envelope/9",
  });
});

test("the digest of an entry is recomputed from its record and salt", () => {
  const { entry } = payload();
  expect(digestOf(Buffer.from(entry.salt, "hex"), entry.record as never).toString("hex")).toBe(entry.digest);
});
