import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bytesOf, fileOf, introduce, parcelFrom, type Station, station, step } from "../../test/exchange-world.ts";
import { signGet } from "../trust/http-signature.ts";
import { rawPublicKey } from "../trust/keys.ts";
import { ageDecrypted, ageEncrypted, ageIdentity, ageRecipient } from "../trust/age.ts";
import { signerOf } from "./identity.ts";

let aruna: Station;
let belmora: Station;
let corvana: Station;
beforeAll(async () => {
  [aruna, belmora, corvana] = await Promise.all([station("XA"), station("XB"), station("XC")]);
  await introduce(aruna, belmora, corvana);
});
afterAll(() => Promise.all([aruna, belmora, corvana].map((each) => each.close())));
beforeEach(() => {
  aruna.fault = () => "pass";
});
const settled = async (id: string) =>
  (await belmora.node.db.selectFrom("inbox").selectAll().where("subject_id", "=", id).orderBy("seq").execute()).map(
    ({ settled_at, problem }) => ({ settled: settled_at !== null, problem }),
  );

test("keys in age's own form are those that age itself derives", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const recipient = ageRecipient(rawPublicKey(publicKey).toString("base64url"));
  const cipher = await ageEncrypted(
    Readable.from([Buffer.from("exhibit")]),
    rawPublicKey(publicKey).toString("base64url"),
  );
  const bytes = Buffer.concat(await cipher.toArray());
  expect(recipient).toMatch(/^age1[a-z0-9]{58}$/);
  expect(await identityToRecipient(ageIdentity(privateKey))).toBe(recipient);
  expect(Buffer.concat(await (await ageDecrypted(Readable.from([bytes]), [privateKey])).toArray()).toString()).toBe(
    "exhibit",
  );
  await expect(ageDecrypted(Readable.from([bytes]), [generateKeyPairSync("x25519").privateKey])).rejects.toThrow();
});

test("the act waits for its file, is applied when the vault has it whole, and what follows waits behind it", async () => {
  const bytes = randomBytes(300_000);
  const id = await parcelFrom(aruna, "XB", [await fileOf(aruna, bytes)]);
  await step(aruna, id, 1);
  await aruna.deliver();
  expect(await settled(id)).toEqual([
    { settled: false, problem: null },
    { settled: false, problem: null },
  ]);
  expect((await aruna.parcelOf(id))?.delivered_at).not.toBeNull();
  expect(await belmora.parcelOf(id)).toBeUndefined();
  await belmora.pull();
  const there = await belmora.parcelOf(id);
  expect(there?.steps).toEqual([1]);
  expect((await bytesOf(belmora, there?.files[0]?.blob ?? "")).equals(bytes)).toBe(true);
  expect(
    await belmora.node.db.selectFrom("blob_wrap").select("holder").where("holder", "like", "pulled:%").execute(),
  ).toEqual([]);
  expect(
    existsSync(join(belmora.node.config.folder, "exchange/in")) &&
      readdirSync(join(belmora.node.config.folder, "exchange/in")),
  ).toEqual([]);
});

test("several files, two of them equal and one empty, come as they were", async () => {
  const [first, second] = [randomBytes(40_000), randomBytes(7)];
  const contents = [first, second, first, Buffer.alloc(0)];
  const id = await parcelFrom(
    aruna,
    "XB",
    await Promise.all(contents.map((bytes, n) => fileOf(aruna, bytes, `exhibit-${n}`))),
  );
  await aruna.deliver();
  await belmora.pull();
  const there = await belmora.parcelOf(id);
  expect(there?.files.map(({ name }) => name)).toEqual(["exhibit-0", "exhibit-1", "exhibit-2", "exhibit-3"]);
  for (const [n, bytes] of contents.entries())
    expect((await bytesOf(belmora, there?.files[n]?.blob ?? "")).equals(bytes)).toBe(true);
});

test("the clocks of the act run from when its message was received, not from when its file came", async () => {
  const id = await parcelFrom(aruna, "XB", [await fileOf(aruna, randomBytes(1_000))]);
  await aruna.deliver();
  const { received_at } = await belmora.node.db
    .selectFrom("inbox")
    .select("received_at")
    .where("subject_id", "=", id)
    .executeTakeFirstOrThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await belmora.pull();
  const { at } = await belmora.node.db
    .selectFrom("journal")
    .select("at")
    .where("subject_id", "=", id)
    .executeTakeFirstOrThrow();
  expect(at.epochMilliseconds).toBe(received_at.epochMilliseconds);
});

test("a pull that breaks off goes on from where it stood, by range", async () => {
  const bytes = randomBytes(2_000_000);
  const id = await parcelFrom(aruna, "XB", [await fileOf(aruna, bytes)]);
  await aruna.deliver();
  const ranges: string[] = [];
  let breaks = 3;
  aruna.fault = ({ path }) => (path.startsWith("/exchange/v1/files/") && (breaks -= 1) >= 0 ? "cut-answer" : "pass");
  aruna.heard = ({ range }) => ranges.push(String(range));
  await belmora.pull();
  // Decrypted it lies in the vault, and nowhere else: beside it only how the encrypted file begins.
  const begun = await belmora.node.db.selectFrom("upload").select(["owner", "bytes"]).execute();
  expect(begun.map((each) => each.bytes)).toEqual([bytes.length]);
  const folder = join(belmora.node.config.folder, "exchange/in", begun[0]?.owner ?? "");
  expect(readdirSync(folder)).toEqual(["0.head"]);
  expect(statSync(join(folder, "0.head")).size).toBeLessThan(1_000);
  for (let round = 0; round < 5; round += 1) await belmora.pull();
  expect(await belmora.node.db.selectFrom("upload").select("id").execute()).toEqual([]);
  expect((await bytesOf(belmora, (await belmora.parcelOf(id))?.files[0]?.blob ?? "")).equals(bytes)).toBe(true);
  const starts = ranges.filter((range) => range.startsWith("bytes=")).map((range) => Number(/\d+/.exec(range)?.[0]));
  expect(starts[0]).toBe(0);
  expect(starts.slice(1).every((start, index) => start > (starts[index] ?? 0))).toBe(true);
  expect(starts.length).toBe(4);
});

test("a file that is encrypted anew after it broke off is begun anew, and comes whole", async () => {
  const bytes = randomBytes(1_000_000);
  const id = await parcelFrom(aruna, "XB", [await fileOf(aruna, bytes)]);
  await aruna.deliver();
  let breaks = 1;
  aruna.fault = ({ path }) => (path.startsWith("/exchange/v1/files/") && (breaks -= 1) >= 0 ? "cut-answer" : "pass");
  await belmora.pull();
  rmSync(join(aruna.node.config.folder, "exchange/out"), { recursive: true });
  for (let round = 0; round < 3; round += 1) await belmora.pull();
  expect((await bytesOf(belmora, (await belmora.parcelOf(id))?.files[0]?.blob ?? "")).equals(bytes)).toBe(true);
});

test("a file that was changed on the way or is not what was promised is never applied", async () => {
  const file = await fileOf(aruna, randomBytes(50_000));
  const id = await parcelFrom(aruna, "XB", [{ ...file, digest: createHash("sha256").update("another").digest("hex") }]);
  await aruna.deliver();
  await belmora.pull();
  expect(await belmora.parcelOf(id)).toBeUndefined();
  expect(await settled(id)).toEqual([{ settled: false, problem: null }]);
  const alarms = await belmora.node.db
    .selectFrom("exchange_alarm")
    .select("kind")
    .where("ended_at", "is", null)
    .execute();
  expect(alarms).toEqual([{ kind: "files" }]);
  // Out of the way of the tests that follow: it would hold up every later message, as it should.
  await belmora.node.db.deleteFrom("inbox").where("subject_id", "=", id).execute();
});

test("a byte changed in the encrypted file breaks it off", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const folder = mkdtempSync(join(tmpdir(), "comity-age-"));
  const cipher = Buffer.concat(
    await (
      await ageEncrypted(Readable.from([randomBytes(200_000)]), rawPublicKey(publicKey).toString("base64url"))
    ).toArray(),
  );
  cipher.writeUInt8((cipher[150_000] ?? 0) ^ 1, 150_000);
  const path = join(folder, "x");
  writeFileSync(path, cipher);
  await expect(ageDecrypted(createReadStream(path), [privateKey]).then((plain) => plain.toArray())).rejects.toThrow();
  rmSync(folder, { recursive: true });
});

test("only the peer that the message is for may pull, once per signature, and learns nothing else", async () => {
  const file = await fileOf(aruna, randomBytes(5_000));
  const id = await parcelFrom(aruna, "XB", [file]);
  await aruna.deliver();
  const { id: envelope } = await aruna.node.db
    .selectFrom("outbox")
    .select("id")
    .where("subject_id", "=", id)
    .executeTakeFirstOrThrow();
  const gateway = new URL(aruna.node.config.gateway_url ?? "");
  const path = `/exchange/v1/files/${envelope}/${file.digest}`;
  const get = { authority: gateway.host, path, range: "bytes=0-" };
  const pull = async (headers: Record<string, string>, at = path) =>
    (await fetch(new URL(at, gateway), { headers })).status;
  const mine = signGet(get, signerOf(belmora.node).key, belmora.node.clock());
  expect(await pull({})).toBe(400);
  expect(await pull(signGet(get, signerOf(corvana.node).key, corvana.node.clock()))).toBe(403);
  expect(await pull({ ...mine, range: "bytes=5-" })).toBe(403);
  expect(await pull(mine, `/exchange/v1/files/${envelope}/${"0".repeat(64)}`)).toBe(403);
  expect(await pull(mine)).toBe(200);
  expect(await pull(mine)).toBe(403);
  expect(await pull(signGet(get, signerOf(belmora.node).key, belmora.node.clock().subtract({ hours: 48 })))).toBe(403);
});

test("what leaves the node is encrypted to the receiver", async () => {
  const text = Buffer.from("unmistakable exhibit ".repeat(5_000));
  const id = await parcelFrom(aruna, "XB", [await fileOf(aruna, text)]);
  await aruna.deliver();
  await belmora.pull();
  expect(await belmora.parcelOf(id)).toBeDefined();
  const folder = join(aruna.node.config.folder, "exchange/out");
  for (const name of readdirSync(folder)) {
    const { size } = statSync(join(folder, name));
    const bytes = Buffer.concat(await createReadStream(join(folder, name)).toArray());
    expect(size).toBeGreaterThan(0);
    expect(bytes.includes("unmistakable")).toBe(false);
  }
});
