import { randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOfSize } from "../src/exchange/courier-command.ts";
import { writeParts } from "../src/exchange/courier-archive.ts";
import { bringCourier, giveCourier } from "../src/exchange/courier.ts";
import { courierFile } from "../src/exchange/messages-courier.ts";
import { exchanged } from "../src/exchange/views.ts";
import { readerOf } from "../src/kernel/reader.ts";
import { bytesOf, fileOf, introduce, parcelFrom, type Station, station, step } from "./exchange-world.ts";

// A month without a line: what an officer carries is all there is, until the line is back and the two mix.

let aruna: Station;
let belmora: Station;
let folder: string;
/** From today on, as the line’s own waiting is counted by the database. */
let now = Temporal.Instant.fromEpochMilliseconds(Temporal.Now.instant().epochMilliseconds);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "comity-courier-"));
  [aruna, belmora] = await Promise.all([station("XA", { clock: () => now }), station("XB", { clock: () => now })]);
  await introduce(aruna, belmora);
  for (const each of [aruna, belmora]) each.fault = () => "down";
});
afterAll(async () => {
  await Promise.all([aruna, belmora].map((each) => each.close()));
  rmSync(folder, { recursive: true, force: true });
});

const carrier = "Diplomatic bag";
const pass = (days: number) => {
  now = now.add({ hours: 24 * days });
};
/** Writes a courier's file as the command does; the paths of its parts. */
async function give(from: Station, name: string, bytesMax?: number): Promise<string[]> {
  const { peer } = await giveCourier(from.node, from.at.officer("duty-officer"), {
    to: from === aruna ? "XB" : "XA",
    carrier,
  });
  return writeParts(await courierFile(from.node, peer, { carrier }), join(folder, name), bytesMax);
}
async function* bytesIn(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}
const bring = (to: Station, source: AsyncIterable<Uint8Array>) =>
  bringCourier(to.node, to.at.officer("duty-officer"), source);
/** What goes back, as the command writes it. */
async function answer(
  from: Station,
  { peer, brought }: Awaited<ReturnType<typeof bring>>,
  name: string,
): Promise<string[]> {
  const owed = brought.owed ?? undefined;
  return writeParts(await courierFile(from.node, peer, { carrier, owed }), join(folder, name), undefined);
}
const waiting = async ({ node }: Station) =>
  (await node.db.selectFrom("outbox").select("seq").where("delivered_at", "is", null).execute()).length;

test("files alone bring acts and evidence there and receipts and answers back, in parts, twice and broken off", async () => {
  const exhibit = randomBytes(400_000);
  const id = await parcelFrom(aruna, "XB", [await fileOf(aruna, exhibit)]);
  await step(aruna, id, 1);
  await aruna.deliver();
  expect(await waiting(aruna)).toBe(2);
  const parts = await give(aruna, "first", 131_072);
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.every((path) => statSync(path).size <= 131_072)).toBe(true);
  const [sent] = await exchanged(readerOf(aruna.node, aruna.at.officer("administrator")), { kind: "parcel", id });
  expect(sent).toMatchObject({ courier: carrier, doneAt: null });

  pass(6);
  // The last medium is missing: nothing of the file is there yet, the act waits for it.
  await expect(bring(belmora, bytesIn(parts.slice(0, 3)))).rejects.toMatchObject({ key: "courier-file" });
  expect(await belmora.parcelOf(id)).toBeUndefined();
  const first = await bring(belmora, bytesIn(parts));
  expect(first.brought).toMatchObject({ envelopes: 2, files: 1, problem: null });
  const there = await belmora.parcelOf(id);
  expect(there?.steps).toEqual([1]);
  expect((await bytesOf(belmora, there?.files[0]?.blob ?? "")).equals(exhibit)).toBe(true);
  // The same once more: nothing is new, and what goes back is the same.
  expect((await bring(belmora, bytesIn(parts))).brought).toMatchObject({
    envelopes: 2,
    fresh: 0,
    files: 0,
    problem: null,
  });
  expect((await belmora.parcelOf(id))?.steps).toEqual([1]);

  const reply = await parcelFrom(belmora, "XA");
  const back = await answer(belmora, first, "back");
  pass(6);
  const folded = await bring(aruna, bytesIn(back));
  expect(folded.brought).toMatchObject({ receipts: 2, envelopes: 1, fresh: 1, problem: null });
  expect(await waiting(aruna)).toBe(0);
  expect((await aruna.parcelOf(id))?.delivered_at?.epochMilliseconds).toBe(
    now.subtract({ hours: 6 * 24 }).epochMilliseconds,
  );
  expect(await aruna.parcelOf(reply)).toBeDefined();
  const [came] = await exchanged(readerOf(aruna.node, aruna.at.officer("administrator")), {
    kind: "parcel",
    id: reply,
  });
  expect(came).toMatchObject({ direction: "in", courier: carrier });
});

test("a later file before an earlier one says what is missing; line and courier may mix; what came by the line first is known", async () => {
  const id = await parcelFrom(aruna, "XB");
  const early = await give(aruna, "early");
  await step(aruna, id, 1);
  const later = await give(aruna, "later");
  belmora.fault = () => "pass";
  await aruna.deliver();
  expect((await belmora.parcelOf(id))?.steps).toEqual([1]);
  pass(1);
  for (const paths of [early, later])
    expect((await bring(belmora, bytesIn(paths))).brought).toMatchObject({ fresh: 0, problem: null });
  belmora.fault = () => "down";
  await step(aruna, id, 2);
  const whole = await give(aruna, "whole");
  const { rows } = {
    rows: await aruna.node.db.selectFrom("outbox").select("seq").where("delivered_at", "is", null).execute(),
  };
  // Everything before it is taken for delivered, as by a receipt that came while this file was not yet made.
  await step(aruna, id, 3);
  await aruna.node.db
    .updateTable("outbox")
    .set({ delivered_at: now })
    .where("seq", "=", rows[0]?.seq ?? 0)
    .execute();
  const gap = await give(aruna, "gap");
  expect((await bring(belmora, bytesIn(gap))).brought.problem).toMatchObject({ type: "gap", expected: rows[0]?.seq });
  expect((await bring(belmora, bytesIn(whole))).brought.problem).toBeNull();
  expect((await bring(belmora, bytesIn(gap))).brought).toMatchObject({ fresh: 1, problem: null });
  expect((await belmora.parcelOf(id))?.steps).toEqual([1, 2, 3]);
});

test("what is no courier's file, is for another node, or was changed is refused in words and changes nothing", async () => {
  const id = await parcelFrom(aruna, "XB");
  const [path = ""] = await give(aruna, "changed");
  const bytes = Buffer.concat(await createReadStream(path).toArray());
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(flipped.length - 40) ^ 1, flipped.length - 40);
  for (const wrong of [Buffer.from("nothing"), Buffer.alloc(0), flipped, bytes.subarray(0, bytes.length - 100)])
    await expect(bring(belmora, Readable.from([wrong]))).rejects.toMatchObject({ key: "courier-file" });
  await expect(bring(aruna, Readable.from([bytes]))).rejects.toMatchObject({ key: "courier-file" });
  expect(await belmora.parcelOf(id)).toBeUndefined();
  await expect(
    bringCourier(belmora.node, belmora.at.officer("investigator"), Readable.from([bytes])),
  ).rejects.toMatchObject({ code: "not-allowed" });
  expect(await belmora.parcelOf(id)).toBeUndefined();
  await bring(belmora, Readable.from([bytes]));
  expect(await belmora.parcelOf(id)).toBeDefined();
});

test("a full disk while it is written leaves no half file under its name", async () => {
  const path = join(folder, "broken");
  const source = Readable.from(
    (async function* () {
      yield Buffer.alloc(1_000);
      throw new Error("the vault is away");
    })(),
  );
  await expect(writeParts(source, path, undefined)).rejects.toThrow("the vault is away");
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "");
});

test.each([
  ["64K", 65_536],
  ["700M", 734_003_200],
  ["4GiB", 4_294_967_296],
  ["100000", 100_000],
] as const)("a medium of %s takes %i bytes", (text, bytes) => {
  expect(bytesOfSize(text)).toBe(bytes);
});
test.each(["", "0", "1K", "-4G", "4T", "4 gigs", "1e9"])("%j is no size", (text) => {
  expect(() => bytesOfSize(text)).toThrow(/is no size/);
});
