import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station } from "../../test/exchange-world.ts";
import { PUBLIC } from "../kernel/actor.ts";
import { readerOf } from "../kernel/reader.ts";
import { payloadBytes, sealEnvelope } from "../trust/envelope.ts";
import { publicKey, signBytes, type SigningKey, signSecond } from "../trust/envelope-signature.ts";
import type { SignedEntry } from "../trust/directory.ts";
import { bringCourier, giveCourier } from "./courier.ts";
import { secondSignerOf, signerOf } from "./identity.ts";
import { courierFile } from "./messages-courier.ts";
import { payloadOf, sealedFor, waitingAfter } from "./messages-outgoing.ts";
import { findPeer, type TrustedPeer } from "./messages-peer.ts";
import { exchanged } from "./views.ts";
import { outcomeWords } from "./words.ts";

// Every copy says when it was signed and until when it counts: a clock that is off is no reason to refuse, an old copy is.

let aruna: Station;
let belmora: Station;
/** How far the two clocks are from the machine's, in days. */
let [here, there] = [0, 0];
const clock = (days: () => number) => () =>
  Temporal.Instant.fromEpochMilliseconds(Temporal.Now.instant().epochMilliseconds).add({ hours: 24 * days() });
beforeAll(async () => {
  [aruna, belmora] = await Promise.all([
    station("XA", { clock: clock(() => here) }),
    station("XB", { clock: clock(() => there) }),
  ]);
  await introduce(aruna, belmora);
});
afterAll(() => Promise.all([aruna, belmora].map((each) => each.close())));
beforeEach(async () => {
  [here, there] = [0, 0];
  await aruna.deliver();
});

const peerOf = async (mine: Station, code: string): Promise<TrustedPeer> => {
  const peer = await findPeer(mine.node.db, code);
  if (!peer) throw new Error(`${code} is not trusted`);
  return peer;
};
const firstWaiting = async () => {
  const [row] = await waitingAfter(aruna.node, "XB", 0, 1);
  if (!row) throw new Error("nothing waits");
  return row;
};
const post = async (body: string) => {
  const url = `${belmora.node.config.gateway_url}/exchange/v1/envelopes`;
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/jose" } });
  const text = await answer.text();
  return { status: answer.status, document: text.startsWith("{") ? JSON.parse(text) : { receipt: text } };
};
const problemOf = async (id: string) =>
  (
    await aruna.node.db
      .selectFrom("outbox")
      .select(["problem", "delivered_at"])
      .where("subject_id", "=", id)
      .executeTakeFirstOrThrow()
  ).problem;
const alarms = async (mine: Station) =>
  (await mine.node.db.selectFrom("exchange_alarm").select("kind").where("ended_at", "is", null).execute()).map(
    ({ kind }) => kind,
  );

test("clocks that are days apart refuse nothing; a week is said to be one, on both sides, and once they agree it goes", async () => {
  there = 6;
  const id = await parcelFrom(aruna, "XB");
  await aruna.deliver();
  expect(await belmora.parcelOf(id)).toBeDefined();
  there = 8;
  const late = await parcelFrom(aruna, "XB");
  await aruna.deliver();
  expect(await belmora.parcelOf(late)).toBeUndefined();
  expect(await problemOf(late)).toMatchObject({ stage: "delivery", type: "expired", status: 403 });
  const [line] = (await exchanged(readerOf(aruna.node, PUBLIC), { kind: "parcel", id: late })).filter(
    ({ direction }) => direction === "out",
  );
  const { translations, clock, config } = aruna.node;
  const english = { t: translations.translate("en"), has: () => true, locale: "en", zone: config.zone, now: clock() };
  const words = line && outcomeWords(english, line);
  expect(words).toMatch(/^tried once: by its clock .* Our clock said .+, its clock .+\.$/);
  // Not that it says no: the next try is signed anew.
  expect(await alarms(aruna)).toEqual([]);
  there = 0;
  await aruna.deliver();
  expect(await belmora.parcelOf(late)).toBeDefined();
});

test("a copy that somebody kept is worth nothing after its time, unless it is known: then its receipt comes again", async () => {
  const id = await parcelFrom(aruna, "XB");
  const kept = await sealedFor(aruna.node, await peerOf(aruna, "XB"), await firstWaiting());
  [here, there] = [8, 8];
  const { status, document } = await post(kept.sealed);
  expect({ status, type: document.type }).toEqual({ status: 403, type: "/problems/exchange/expired" });
  expect(document).toMatchObject({ by: "XB", key: signerOf(aruna.node).kid, version: "comity.envelope/1" });
  const [signed, until, received] = [document.signed, document.notAfter, document.received].map((each) =>
    Temporal.Instant.from(String(each)),
  );
  expect(until?.since(signed ?? until).total("hours")).toBe(7 * 24);
  expect(received?.since(until ?? received).total("hours")).toBeGreaterThan(23);
  expect(await belmora.parcelOf(id)).toBeUndefined();
  await aruna.deliver();
  expect(await belmora.parcelOf(id)).toBeDefined();
  const again = await post(kept.sealed);
  const { receipt } = await belmora.node.db
    .selectFrom("inbox")
    .select("receipt")
    .where("id", "=", kept.payload.id)
    .executeTakeFirstOrThrow();
  expect([again.status, again.document.receipt]).toEqual([200, receipt]);
});

test("a copy that does not say until when it counts is an error, unless its node is of a version that said nothing of it", async () => {
  const id = await parcelFrom(aruna, "XB");
  const payload = payloadOf(aruna.node, await firstWaiting());
  const [{ key, kid }, second] = [signerOf(aruna.node), secondSignerOf(aruna.node)];
  const header = (name: string) => ({
    kid: name,
    typ: "comity+jws",
    iat: Math.floor(aruna.node.clock().epochMilliseconds / 1_000),
  });
  const bytes = payloadBytes(payload);
  const signed = {
    payload: bytes.toString("base64url"),
    signatures: [signBytes(bytes, key, header(kid)), signSecond(bytes, second.key, header(second.kid))],
  };
  const { x, fingerprint } = (await peerOf(aruna, "XB")).entry.encryption;
  const sealed = await sealEnvelope(signed, { key: publicKey("X25519", x), kid: fingerprint });
  expect(await post(sealed)).toMatchObject({ status: 400, document: { type: "/problems/exchange/malformed" } });
  const listed = async (change: (versions: readonly string[]) => readonly string[]) => {
    const row = await belmora.node.db.selectFrom("peer").select("entry").executeTakeFirstOrThrow();
    const known = row.entry as unknown as SignedEntry;
    const entry = { ...known, entry: { ...known.entry, versions: change(known.entry.versions) } };
    await belmora.node.db
      .updateTable("peer")
      .set({ entry: JSON.stringify(entry) })
      .execute();
  };
  await listed((versions) => versions.slice(0, 2));
  expect((await post(sealed)).status).toBe(200);
  expect(await belmora.parcelOf(id)).toBeDefined();
  await listed((versions) => [...versions, "comity.envelope-until/1"]);
});

test("in a courier's bag it counts half a year, and is refused in words after that", async () => {
  belmora.fault = () => "down";
  const bag = async () => {
    const { peer } = await giveCourier(aruna.node, aruna.at.officer("duty-officer"), { to: "XB", carrier: "Bag" });
    const bytes = Buffer.concat(await (await courierFile(aruna.node, peer, { carrier: "Bag" })).toArray());
    return async () =>
      (await bringCourier(belmora.node, belmora.at.officer("duty-officer"), Readable.from([bytes]))).brought;
  };
  const id = await parcelFrom(aruna, "XB");
  const bring = await bag();
  [here, there] = [179, 179];
  expect(await bring()).toMatchObject({ fresh: 1, problem: null });
  expect(await belmora.parcelOf(id)).toBeDefined();
  await parcelFrom(aruna, "XB");
  const late = await bag();
  [here, there] = [360, 360];
  expect(await late()).toMatchObject({ fresh: 0, problem: { type: "expired" } });
  belmora.fault = () => "pass";
  await aruna.deliver();
});

test("a key that begins only later is tried again, and nobody is told that it was doubted", async () => {
  const { id, keys } = await belmora.node.db.selectFrom("peer").select(["id", "keys"]).executeTakeFirstOrThrow();
  const later = (keys as unknown as SigningKey[]).map((key) => ({
    ...key,
    from: belmora.node.clock().add({ hours: 72 }).toString({ smallestUnit: "millisecond" }),
  }));
  const put = (all: readonly SigningKey[]) =>
    belmora.node.db
      .updateTable("peer")
      .set({ keys: JSON.stringify(all) })
      .where("id", "=", id)
      .execute();
  await put(later);
  const parcel = await parcelFrom(aruna, "XB");
  await aruna.deliver();
  expect(await problemOf(parcel)).toMatchObject({ type: "early-key" });
  expect([await alarms(aruna), await alarms(belmora)]).toEqual([[], []]);
  await put(keys as unknown as SigningKey[]);
  await aruna.deliver();
  expect(await belmora.parcelOf(parcel)).toBeDefined();
});
