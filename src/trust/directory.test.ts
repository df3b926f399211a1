import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { httpbis } from "http-message-signatures";
import { expect, test } from "vitest";
import {
  type DirectoryEntry,
  isSameNumber,
  keysAfter,
  listedKey,
  readEntry,
  signEntry,
  succeeds,
  telephoneNumber,
} from "./directory.ts";
import { isGetSignedBy, readGetSignature, signGet } from "./http-signature.ts";
import { fingerprint, rawPublicKey } from "./keys.ts";
import { isReceiptFor, readReceipt, type Receipt, signReceipt } from "./receipt.ts";
import { Malformed } from "./verify-errors.ts";

const at = Temporal.Instant.from("2026-03-01T10:00:00Z");
const validity = { from: "2026-01-01T00:00:00Z", to: "2028-01-01T00:00:00Z" };
const newKey = () => generateKeyPairSync("ed25519").privateKey;
const encryption = generateKeyPairSync("x25519").privateKey;
const entryOf = (keys: readonly ReturnType<typeof newKey>[], more: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
  v: "comity.directory/1",
  code: "XB",
  name: "Belmora",
  kind: "state",
  gateways: ["http://127.0.0.1:4112"],
  keys: keys.map((key) => listedKey(key, validity)),
  encryption: { fingerprint: fingerprint(encryption), x: rawPublicKey(encryption).toString("base64url") },
  ledger: { origin: "xb.example/log", vkey: "xb.example/log+1+A", url: "http://127.0.0.1:4110/ledger" },
  contact: { languages: ["en", "fr"], hours: "24/7", voice: "+632 0000 0000", escalation: null },
  versions: ["comity.envelope/1"],
  ...validity,
  ...more,
});

test("a signed entry reads back; with a byte changed it does not", () => {
  const key = newKey();
  const signed = signEntry(entryOf([key]), [key], at);
  expect(readEntry(JSON.stringify(signed))).toEqual(signed);
  for (const more of [{ name: "Belmorra" }, { gateways: ["http://elsewhere.example"] }, { code: "XC" }])
    expect(() => readEntry(JSON.stringify({ ...signed, entry: { ...signed.entry, ...more } }))).toThrow(Malformed);
});

test("whoever lists a key must hold it", () => {
  const [mine, anothers] = [newKey(), newKey()];
  expect(() => readEntry(JSON.stringify(signEntry(entryOf([mine, anothers]), [mine], at)))).toThrow("has not signed");
  const forged = entryOf([mine]);
  expect(() =>
    readEntry(
      JSON.stringify(
        signEntry(
          { ...forged, keys: forged.keys.map((key) => ({ ...key, fingerprint: fingerprint(anothers) })) },
          [mine],
          at,
        ),
      ),
    ),
  ).toThrow(Malformed);
});

test("arbitrary text is Malformed as an entry, as a receipt and as a signature header", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => readEntry(text)).toThrow(Malformed);
      expect(() => readReceipt(text, [], at)).toThrow(Malformed);
      expect(() => readGetSignature(text)).toThrow(Malformed);
    }),
  );
});

test("a renewal signed by a trusted key follows; by its own new key alone, of another node or older, it does not", () => {
  const [old, next, thief] = [newKey(), newKey(), newKey()];
  const current = entryOf([old]);
  expect(succeeds(signEntry(entryOf([old, next]), [old, next], at), current, at)).toBe(true);
  expect(succeeds(signEntry(entryOf([next]), [next, old], at), current, at)).toBe(true);
  expect(succeeds(signEntry(entryOf([thief]), [thief], at), current, at)).toBe(false);
  expect(succeeds(signEntry(entryOf([next], { code: "XC" }), [next, old], at), current, at)).toBe(false);
  expect(succeeds(signEntry(entryOf([next], { from: "2025-01-01T00:00:00Z" }), [next, old], at), current, at)).toBe(
    false,
  );
  expect(
    succeeds(signEntry(entryOf([next]), [next, old], at), current, Temporal.Instant.from("2029-01-01T00:00:00Z")),
  ).toBe(false);
  expect(keysAfter({ entry: entryOf([next]) }, current.keys, at).map(({ fingerprint: kid }) => kid)).toEqual([
    fingerprint(next),
    fingerprint(old),
  ]);
});

test("the number for the telephone is eight groups of five digits, changes with every key, and is typed in any manner", () => {
  const [key, other] = [newKey(), newKey()];
  const number = telephoneNumber({ entry: entryOf([key]) });
  expect(number).toMatch(/^(\d{5} ){7}\d{5}$/);
  expect(telephoneNumber({ entry: entryOf([key], { name: "Another" }) })).toBe(number);
  expect(telephoneNumber({ entry: entryOf([key, other]) })).not.toBe(number);
  expect(telephoneNumber({ entry: entryOf([key], { code: "XC" }) })).not.toBe(number);
  expect(isSameNumber(number.replaceAll(" ", "-"), number)).toBe(true);
  expect(isSameNumber(number.slice(0, -1), number)).toBe(false);
});

const receipt: Receipt = {
  v: "comity.receipt/1",
  by: "XB",
  from: "XA",
  id: crypto.randomUUID(),
  digest: "cd".repeat(32),
  seq: 7,
  received: "2026-03-01T10:00:00.000Z",
  checkpoint: null,
};
test("a receipt names one envelope, and holds only under its maker's key", () => {
  const key = newKey();
  const listed = listedKey(key, validity);
  const text = signReceipt(receipt, key, { kid: listed.fingerprint, at });
  expect(readReceipt(text, [listed], at)).toMatchObject({ receipt, verdict: { key: {} } });
  expect(readReceipt(text, [listedKey(newKey(), validity)], at).verdict).toEqual({ problem: "bad-signature" });
  const [head, , signature] = text.split(".");
  const changed = `${head}.${Buffer.from(JSON.stringify({ ...receipt, seq: 8 })).toString("base64url")}.${signature}`;
  expect(readReceipt(changed, [listed], at).verdict).toEqual({ problem: "bad-signature" });
  const envelope = { from: "XA", to: "XB", id: receipt.id, seq: 7, digest: receipt.digest };
  expect(isReceiptFor(receipt, envelope)).toBe(true);
  for (const more of [
    { seq: 8 },
    { to: "XC" },
    { from: "XD" },
    { digest: "00".repeat(32) },
    { id: crypto.randomUUID() },
  ])
    expect(isReceiptFor(receipt, { ...envelope, ...more })).toBe(false);
});

const get = { authority: "127.0.0.1:4102", path: "/exchange/v1/files/a/b", range: "bytes=0-" };
test("a signed GET holds for its host, path and range, and for no other", () => {
  const key = newKey();
  const x = rawPublicKey(key).toString("base64url");
  const headers = signGet(get, key, at);
  const said = readGetSignature(headers["signature-input"]);
  expect(said).toMatchObject({ keyId: fingerprint(key), created: at });
  expect(isGetSignedBy(get, said, headers.signature, x)).toBe(true);
  for (const more of [{ authority: "127.0.0.1:4103" }, { path: "/exchange/v1/files/a/c" }, { range: "bytes=5-" }])
    expect(isGetSignedBy({ ...get, ...more }, said, headers.signature, x)).toBe(false);
  expect(isGetSignedBy(get, said, headers.signature, rawPublicKey(newKey()).toString("base64url"))).toBe(false);
  expect(
    isGetSignedBy(
      get,
      readGetSignature(headers["signature-input"].replace(/created=\d+/, "created=1")),
      headers.signature,
      x,
    ),
  ).toBe(false);
  expect(signGet(get, key, at).signature).not.toBe(headers.signature);
});

test("RFC 9421: an independent library verifies the same bytes", async () => {
  const { createPublicKey, verify } = await import("node:crypto");
  const key = newKey();
  const headers = signGet(get, key, at);
  const verified = await httpbis.verifyMessage(
    {
      keyLookup: () =>
        Promise.resolve({
          id: fingerprint(key),
          algs: ["ed25519"],
          verify: (data: Buffer, signature: Buffer) =>
            Promise.resolve(verify(null, data, createPublicKey(key), signature)),
        }),
      tolerance: 1e9,
    },
    { method: "GET", url: `http://${get.authority}${get.path}`, headers: { host: get.authority, ...headers } },
  );
  expect(verified).toBe(true);
});
