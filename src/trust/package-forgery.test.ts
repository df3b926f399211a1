import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../kernel/journal.ts";
import { cosign, noteSigner } from "./checkpoint.ts";
import {
  type Example,
  example,
  exampleEvents,
  exampleFile,
  exampleSigner,
  forged,
  packedAt,
} from "./package-example.ts";
import type { GivenEntry, PackageOptions, PackagedHead, PackagedItem } from "./package.ts";
import { builtInAuthority } from "./timestamp.ts";
import { bytesOf } from "./verify-bytes.ts";
import { readCheckpoint } from "./verify-checkpoint.ts";
import { HEADS_ACT, HEADS_FORM } from "./verify-head.ts";
import { mapKey, mapValue } from "./verify-map.ts";
import { bucketHash, emptyTile, mapProof, tileRoot } from "./map.ts";
import { NOTE_TYPE, noteOf, vkeyOf } from "./verify-note.ts";
import { type Check, type Report, verifyPackage } from "./verify.ts";
import { readEntry, readZip } from "./verify-zip.ts";

let made: Example;
let good: Buffer;
let policy: Buffer;

beforeAll(async () => {
  made = example([
    { number: "XA/2026/17-A", files: [exampleFile("photo.txt", "a photo"), exampleFile("empty", "")], events: 4 },
    { number: "XA/2026/17-B", files: [exampleFile("b.bin", "b")], events: 2 },
  ]);
  good = await made.build();
  const zip = await readZip(bytesOf(good));
  const entry = zip.entries.find(({ name }) => name === "policy.json");
  policy = (entry && (await readEntry(zip, entry, good.length))) ?? Buffer.alloc(0);
});

type MappedHead = Extract<PackagedHead, { form: "map" }>;
const bad = (report: Report): readonly Check[] => report.checks.filter(({ ok }) => !ok);
const keys = (report: Report): readonly string[] => bad(report).map(({ key }) => key);

type Custody = readonly GivenEntry[];
const given = ({ custody }: PackagedItem): Custody => custody.flatMap((entry) => ("record" in entry ? [entry] : []));

/** The first item's custody list, forged by somebody who has every key of the node. */
const withCustody =
  (change: (custody: Custody) => PackagedItem["custody"]) =>
  (options: PackageOptions): PackageOptions => ({
    ...options,
    items: options.items.map((item, index) => (index === 0 ? { ...item, custody: change(given(item)) } : item)),
  });

describe("a package forged by the authority itself, with all its keys", () => {
  const at = (index: number) => (custody: Custody) => custody.filter((_, each) => each !== index);
  const swapped = (custody: Custody): Custody => {
    const [first, second, third, ...more] = custody;
    return first && second && third ? [first, third, second, ...more] : custody;
  };
  const backDated = (custody: Custody) =>
    custody.map((entry, index) =>
      index === 2 ? { ...entry, record: forged(entry.record, { at: "2026-11-22T10:00:00.000Z" }) } : entry,
    );
  const rewrittenLast = (custody: Custody) =>
    custody.map((entry, index) =>
      index === 3 ? { ...entry, record: forged(entry.record, { act: "item.seal" }) } : entry,
    );
  const futureLast = (custody: Custody) =>
    custody.map((entry, index) =>
      index === 3 ? { ...entry, record: forged(entry.record, { at: "2026-11-24T10:00:00.000Z" }) } : entry,
    );
  const otherProof = (custody: Custody) =>
    custody.map((entry, index) => (index === 3 ? { ...entry, proof: custody[0]?.proof ?? "" } : entry));
  const noProof = (custody: Custody) => custody.map((entry, index) => (index === 1 ? { ...entry, proof: "" } : entry));

  test.each([
    ["its first event removed", at(0), ["custody.number", "custody.chain", "item.unnamed"]],
    ["an event in the middle removed", at(1), ["custody.number", "custody.chain"]],
    ["two events swapped", swapped, ["custody.number", "custody.chain"]],
    ["an event back-dated", backDated, ["custody.back-dated", "custody.chain", "proof.wrong"]],
    ["its last event rewritten", rewrittenLast, ["proof.wrong"]],
    ["an event dated after the checkpoint's stamp", futureLast, ["custody.after-stamp", "proof.wrong"]],
    ["the proof of another event", otherProof, ["proof.wrong"]],
    ["an empty proof", noProof, ["unreadable"]],
    ["no event at all", () => [], ["custody.empty", "item.unnamed"]],
  ] as const)("%s", async (_, change, expected) => {
    const report = await verifyPackage(await made.build(withCustody(change)));
    expect(keys(report)).toEqual(expect.arrayContaining([...expected]));
    expect(bad(report).every(({ subject }) => subject.includes("XA-2026-17-A"))).toBe(true);
  });

  test("evidence that no event names", async () => {
    const report = await verifyPackage(
      await made.build((options) => ({
        ...options,
        items: options.items.map((item) => ({ ...item, files: [exampleFile("photo.txt", "another photo")] })),
      })),
    );
    expect(keys(report)).toEqual(["item.unnamed", "item.unnamed"]);
  });

  test("a checkpoint of a ledger that the policy does not name", async () => {
    const other = example([{ number: "1", files: [exampleFile("a", "a")], events: 1 }]);
    const report = await verifyPackage(
      await made.build((options) => ({
        ...options,
        ledger: { ...options.ledger, checkpoint: other.ledger.checkpoint() },
      })),
    );
    expect(keys(report)).toEqual(expect.arrayContaining(["checkpoint.signature", "proof.other-checkpoint"]));
  });

  test("witnesses that have not cosigned", async () => {
    const witness = example([]).ledger.vkey;
    const report = await verifyPackage(
      await made.build((options) => ({ ...options, ledger: { ...options.ledger, witnesses: [witness], quorum: 1 } })),
    );
    expect(keys(report)).toEqual(["witnesses.too-few"]);
  });

  test("a line under a witness's name that is not its signature, though none is demanded", async () => {
    const secret = generateKeyPairSync("ed25519").privateKey;
    const named = noteSigner("witness.example", NOTE_TYPE.cosignature, secret);
    const checkpoint = readCheckpoint(made.ledger.checkpoint());
    const line = cosign({ ...checkpoint, size: 99n }, named, 1_795_000_000n);
    const forgedNote = noteOf({ ...checkpoint.note, signatures: [...checkpoint.note.signatures, line] });
    const ledger = { checkpoint: forgedNote, witnesses: [vkeyOf(named)], quorum: 0 };
    const bytes = await made.build((options) => ({ ...options, ledger: { ...options.ledger, ...ledger } }));
    expect(keys(await verifyPackage(bytes))).toEqual(["witnesses.wrong"]);
  });

  test("one witness that is named twice counts once", async () => {
    const witness = noteSigner("witness.example", NOTE_TYPE.cosignature, generateKeyPairSync("ed25519").privateKey);
    const { note, ...checkpoint } = readCheckpoint(made.options.ledger.checkpoint);
    const cosigned = noteOf({ ...note, signatures: [...note.signatures, cosign(checkpoint, witness, 1_795_000_000n)] });
    const signed = (quorum: number) => (options: PackageOptions) => ({
      ...options,
      ledger: { ...options.ledger, checkpoint: cosigned, witnesses: [vkeyOf(witness), vkeyOf(witness)], quorum },
    });
    const one = await verifyPackage(await made.build(signed(1)));
    expect(bad(one)).toEqual([]);
    expect(one.checks.find(({ id }) => id === "witnesses")).toMatchObject({
      key: "witnesses.ok",
      values: { count: 1 },
    });
    expect(keys(await verifyPackage(await made.build(signed(2))))).toEqual(["witnesses.too-few"]);
  });

  test("a time-stamp by a key that is not for time-stamps", async () => {
    const authority = builtInAuthority(made.signing, () => packedAt);
    expect(keys(await verifyPackage(await made.build((options) => ({ ...options, authority }))))).toContain(
      "timestamp.not-for-timestamps",
    );
  });

  test("a time-stamp from before the signature", async () => {
    const authority = builtInAuthority(made.stamping, () => packedAt.subtract({ hours: 1 }));
    expect(keys(await verifyPackage(await made.build((options) => ({ ...options, authority }))))).toContain(
      "timestamp.before-signing",
    );
  });
});

describe("events left out at the end", () => {
  /** The same item, whose node had logged its last event (among others') before the package was made. */
  async function withHead(kept: number, tamper: (head: MappedHead) => PackagedHead = (same) => same): Promise<Report> {
    const files = [exampleFile("photo.txt", "a photo")];
    const it = example([{ number: "1", files, events: 4 }]);
    const [item] = it.options.items;
    const last = item && given(item)[3];
    if (!item || !last) throw new Error("the example has no such event");
    const digest = digestOf(last.salt, last.record).toString("hex");
    const said = { subject: item.subject, seq: 4, digest };
    const key = mapKey(item.subject);
    // Another item's leaf beside it, so that the path goes below the bucket.
    const beside = Buffer.concat([key.subarray(0, 2), Buffer.alloc(30, (key[2] ?? 0) ^ 0x80)]);
    const leaves = [
      { key, value: mapValue(said) },
      { key: beside, value: Buffer.alloc(32, 1) },
    ];
    const [tile, top] = [emptyTile(false), emptyTile(true)];
    bucketHash(leaves).copy(tile, (key[1] ?? 0) * 32);
    tileRoot(tile).copy(top, (key[0] ?? 0) * 32);
    const { hashes } = mapProof(key, { leaves, tile, top });
    const [entry] = exampleEvents("019ab000-0000-7000-8000-0000000000ff", [], 1);
    if (!entry) throw new Error("the example has no event");
    const record = forged(entry.record, {
      act: HEADS_ACT,
      change: { form: HEADS_FORM, root: tileRoot(top).toString("hex"), size: leaves.length, entries: 4 },
    });
    const index = it.ledger.add(digestOf(entry.salt, record));
    const proof = it.ledger.proof(index);
    const head: MappedHead = { form: "map", head: said, logged: { record, salt: entry.salt, proof }, hashes };
    const custody = item.custody.slice(0, kept).map((each, event) => ({ ...each, proof: it.ledger.proof(event) }));
    const ledger = { ...it.options.ledger, checkpoint: it.ledger.checkpoint() };
    return verifyPackage(
      await it.build((options) => ({ ...options, ledger, items: [{ ...item, custody, head: tamper(head) }] })),
    );
  }

  test("the whole chain is proven to its end", async () => {
    const report = await withHead(4);
    expect(bad(report)).toEqual([]);
    expect(report.checks.find(({ id }) => id === "head")?.key).toBe("head.ok");
  });

  test("one event less is found", async () => {
    expect(keys(await withHead(3))).toEqual(["head.other"]);
  });

  test.each([
    ["another last event", (head: MappedHead) => ({ ...head, head: { ...head.head, seq: 3 } })],
    ["another place", (head: MappedHead) => ({ ...head, hashes: head.hashes.toReversed() })],
    [
      "an entry that is not in the ledger",
      (head: MappedHead) => ({ ...head, logged: { ...head.logged, salt: Buffer.alloc(32) } }),
    ],
  ])("a head that the ledger does not hold is refused: %s", async (_, tamper) => {
    expect(keys(await withHead(3, tamper))).toEqual(["head.wrong"]);
  });
});

describe("a reader who has the authority's policy from elsewhere", () => {
  test("accepts the authority's package", async () => {
    expect((await verifyPackage(good, { policy: policy })).ok).toBe(true);
  });

  test("refuses one that is right in itself but signed with another key", async () => {
    const impostor = { ...made.options, signing: exampleSigner("signing") };
    const bytes = await made.build(() => impostor);
    expect((await verifyPackage(bytes)).ok).toBe(true);
    const report = await verifyPackage(bytes, { policy: policy });
    expect(keys(report)).toEqual(expect.arrayContaining(["policy.other", "certificate.other"]));
  });

  test("refuses one with a ledger of its own", async () => {
    const other = example([{ number: "1", files: [exampleFile("a", "a")], events: 1 }]);
    const report = await verifyPackage(await other.build(), { policy: policy });
    expect(keys(report)).toEqual(
      expect.arrayContaining(["policy.other", "checkpoint.signature", "certificate.other-authority"]),
    );
  });
});
