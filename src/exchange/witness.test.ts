import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { introduce, parcelFrom, type Station, station } from "../../test/exchange-world.ts";
import { readerOf } from "../kernel/reader.ts";
import { ledgerFacts } from "../ledger/views.ts";
import { cosign, noteSigner, signCheckpoint } from "../trust/checkpoint.ts";
import { witnessedNote } from "../trust/cosignatures.ts";
import { consistencyProof, latestCheckpoint, type KeptCheckpoint } from "../trust/ledger.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { ledgerSigner } from "../trust/ledger-key.ts";
import { forgetPolicies } from "../trust/ledger-policies.ts";
import { consistencyRanges } from "../trust/proof.ts";
import { sequence } from "../trust/sequencer.ts";
import { checkpointSignatures, readCheckpoint } from "../trust/verify-checkpoint.ts";
import { Malformed } from "../trust/verify-errors.ts";
import { NOTE_TYPE, noteOf, readVkey, vkeyOf } from "../trust/verify-note.ts";
import { leafHash, rootOf } from "../trust/verify-tlog.ts";
import { addCheckpointText, readAddCheckpoint, witnessVkeys } from "../trust/witness.ts";
import { seekWitnesses } from "./messages-cosigners.ts";
import { peerView } from "./views.ts";

let aruna: Station;
let belmora: Station;
let now = Temporal.Now.instant().round("second");
beforeAll(async () => {
  const clock = () => now;
  [aruna, belmora] = await Promise.all([station("XA", { clock }), station("XB", { clock })]);
  await introduce(aruna, belmora);
});
afterAll(() => Promise.all([aruna, belmora].map((each) => each.close())));

/** Lets a node's ledger grow by an entry; its checkpoint. */
async function grown(mine: Station, to: string): Promise<KeptCheckpoint> {
  await parcelFrom(mine, to);
  await sequence(mine.node.db, ledgerSigner(mine.node), mine.node.clock());
  const latest = await latestCheckpoint(mine.node.db);
  if (!latest) throw new Error("the ledger has no checkpoint");
  return latest;
}
/** With how many of its keys the witness has cosigned that checkpoint, as its cosignatures verify. */
async function cosigners(mine: Station, checkpoint: KeptCheckpoint, by: Station): Promise<number> {
  const { note } = await witnessedNote(mine.node.db, checkpoint);
  return checkpointSignatures(readCheckpoint(note), witnessVkeys(by.node).map(readVkey))?.length ?? -1;
}
const post = async (body: string) => {
  const answer = await fetch(`${belmora.node.config.gateway_url}/witness/v1/add-checkpoint`, { method: "POST", body });
  return { status: answer.status, type: answer.headers.get("content-type") ?? "", text: await answer.text() };
};
const alarmsAt = async (mine: Station, code: string) => {
  const row = await mine.node.db.selectFrom("peer").select("id").where("code", "=", code).executeTakeFirstOrThrow();
  const facts = await peerView.read(readerOf(mine.node, mine.at.officer("administrator")), { id: row.id });
  return facts?.alarms.map(({ kind }) => kind) ?? [];
};

describe("every node is a witness for its peers", () => {
  test("each checkpoint is cosigned, the next as the continuation of the one before, and served so", async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const checkpoint = await grown(aruna, "XB");
      await seekWitnesses(aruna.node);
      expect(await cosigners(aruna, checkpoint, belmora)).toBe(2);
    }
    const seen = await belmora.node.db.selectFrom("witnessed").selectAll().execute();
    expect(seen).toMatchObject([{ origin: "comity.ledger/xa", size: (await latestCheckpoint(aruna.node.db))?.size }]);
  });

  test("a witness that lost its memory says so, and is shown the tree from the beginning", async () => {
    await belmora.node.db.deleteFrom("witnessed").execute();
    const checkpoint = await grown(aruna, "XB");
    await seekWitnesses(aruna.node);
    expect(await cosigners(aruna, checkpoint, belmora)).toBe(2);
  });

  test("a witness that is away stops nothing; people are told after a while, and no longer once it is back", async () => {
    belmora.fault = () => "down";
    const checkpoint = await grown(aruna, "XB");
    await seekWitnesses(aruna.node);
    expect(await cosigners(aruna, checkpoint, belmora)).toBe(0);
    expect(await alarmsAt(aruna, "XB")).toEqual([]);
    now = now.add({ minutes: aruna.node.config.patience_minutes + 1 });
    await seekWitnesses(aruna.node);
    expect(await alarmsAt(aruna, "XB")).toEqual(["unwitnessed"]);
    belmora.fault = () => "pass";
    await seekWitnesses(aruna.node);
    expect(await cosigners(aruna, checkpoint, belmora)).toBe(2);
    expect(await alarmsAt(aruna, "XB")).toEqual([]);
  });

  test("what is cosigned by another key than the peer's is not kept", async () => {
    const checkpoint = await grown(aruna, "XB");
    const { witness, witnessMlDsa } = belmora.node.services.keys;
    const other = generateKeyPairSync("ed25519").privateKey;
    const otherMlDsa = generateKeyPairSync("ml-dsa-44").privateKey;
    Object.assign(belmora.node.services.keys, { witness: other, witnessMlDsa: otherMlDsa });
    await seekWitnesses(aruna.node);
    Object.assign(belmora.node.services.keys, { witness, witnessMlDsa });
    expect(
      await aruna.node.db.selectFrom("ledger_cosignature").selectAll().where("size", "=", checkpoint.size).execute(),
    ).toEqual([]);
    // The witness has seen it: asked again with what it saw, it cosigns the same tree again.
    await seekWitnesses(aruna.node);
    expect(await cosigners(aruna, checkpoint, belmora)).toBe(2);
  });
});

describe("a witness refuses", () => {
  const seen = async () =>
    (await belmora.node.db.selectFrom("witnessed").selectAll().where("origin", "=", "comity.ledger/xa").execute())[0];

  test("the wrong old size, telling what it saw", async () => {
    const checkpoint = await grown(aruna, "XB");
    const before = await seen();
    const answer = await post(addCheckpointText(0, [], checkpoint.note));
    expect(answer).toEqual({ status: 409, type: "text/x.tlog.size", text: `${before?.size ?? 0}\n` });
  });

  test("a proof that is missing or another's, and keeps what it saw", async () => {
    const checkpoint = await grown(aruna, "XB");
    const before = await seen();
    const old = before?.size ?? 0;
    expect((await post(addCheckpointText(old, [], checkpoint.note))).status).toBe(422);
    const proof = await consistencyProof(aruna.node.db, old, checkpoint.size);
    const wrong = proof.with(0, Buffer.alloc(32, 7));
    expect((await post(addCheckpointText(old, wrong, checkpoint.note))).status).toBe(422);
    expect(await seen()).toEqual(before);
    expect((await post(addCheckpointText(old, proof, checkpoint.note))).status).toBe(200);
    expect((await seen())?.size).toBe(checkpoint.size);
  });

  test("a log that it does not know, and one whose name another key signs under", async () => {
    const secret = generateKeyPairSync("ed25519").privateKey;
    const tree = { size: 1n, root: Buffer.alloc(32, 1) };
    const sign = (origin: string) => signCheckpoint({ origin, ...tree }, noteSigner(origin, NOTE_TYPE.ed25519, secret));
    expect((await post(addCheckpointText(0, [], sign("comity.ledger/xq")))).status).toBe(404);
    expect((await post(addCheckpointText(0, [], sign("comity.ledger/xa")))).status).toBe(403);
  });

  test("another tree of the size that it saw; and the page of the peer says so", async () => {
    const before = await seen();
    const old = before?.size ?? 0;
    const forked = signCheckpoint(
      { origin: "comity.ledger/xa", size: BigInt(old), root: Buffer.alloc(32, 9) },
      ledgerSigner(aruna.node),
    );
    expect((await post(addCheckpointText(old, [], forked))).status).toBe(422);
    expect(await seen()).toEqual(before);
    expect(await alarmsAt(belmora, "XA")).toEqual(["forked"]);
  });

  test("what is no question: in words, never by falling over", async () => {
    const { note } = await grown(aruna, "XB");
    const none = addCheckpointText(0, [], note);
    for (const body of [
      "",
      "old 1\n",
      `old 01\n\n${note}`,
      `old 99999\n\n${note}`,
      none.replace("old", "new"),
      "x".repeat(70_000),
    ])
      expect([400, 413]).toContain((await post(body)).status);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(none.length), (noise, cut) => {
        const bytes = Buffer.concat([Buffer.from(none.slice(0, cut)), noise, Buffer.from(none.slice(cut))]);
        try {
          readAddCheckpoint(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
    );
  });
});

describe("witnesses and logs beyond the peers, as policy files name them", () => {
  const folder = mkdtempSync(join(tmpdir(), "comity-policy-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a log of others, which signs with ML-DSA-44, is cosigned as it grows; one that no file names is unknown", async () => {
    const log = noteSigner("log.example/tessera", NOTE_TYPE.mlDsa44, generateKeyPairSync("ml-dsa-44").privateKey);
    const file = join(folder, "logs");
    writeFileSync(file, `# what this node witnesses for others\nlog ${vkeyOf(log)}\nquorum none\n`);
    const other = await station("XD");
    try {
      Object.assign(other.node.config, { witness_logs: file });
      const leaves = Array.from({ length: 9 }, (_, n) => leafHash(Buffer.from(`entry ${n}`)));
      const signed = (size: number) => {
        const checkpoint = { origin: log.name, size: BigInt(size), root: rootOf(leaves.slice(0, size)) };
        const { note } = readCheckpoint(signCheckpoint(checkpoint, ledgerSigner(aruna.node)));
        return noteOf({ text: note.text, signatures: [...note.signatures, cosign(checkpoint, log, 1_700_000_000n)] });
      };
      const address = `${other.node.config.gateway_url}/witness/v1`;
      const add = async (body: string) => {
        const answer = await fetch(`${address}/add-checkpoint`, { method: "POST", body });
        return { status: answer.status, text: await answer.text() };
      };
      const first = await add(addCheckpointText(0, [], signed(4)));
      expect(first.status).toBe(200);
      const keys = witnessVkeys(other.node).map(readVkey);
      expect(checkpointSignatures(readCheckpoint(signed(4) + first.text), keys)).toHaveLength(2);
      const proof = consistencyRanges(4, 9).map(({ start, end }) => rootOf(leaves.slice(start, end)));
      expect((await add(addCheckpointText(4, [], signed(9)))).status).toBe(422);
      expect((await add(addCheckpointText(4, proof, signed(9)))).status).toBe(200);
      expect((await add(addCheckpointText(9, [], signed(9)))).status).toBe(200);
      expect((await add(addCheckpointText(9, proof, signed(9)))).status).toBe(422);
      expect(await add(addCheckpointText(4, proof, signed(9)))).toEqual({ status: 409, text: "9\n" });
      const seen = await fetch(`${address}/${createHash("sha256").update(log.name).digest("hex")}/checkpoint`);
      const shown = readCheckpoint(await seen.text());
      expect(shown.note.signatures.map(({ name }) => name)).toEqual([
        log.name,
        "comity.witness/xd",
        "comity.witness/xd",
      ]);
      expect(checkpointSignatures(shown, [...keys, log])).toHaveLength(3);
      expect((await fetch(`${address}/${"0".repeat(64)}/checkpoint`)).status).toBe(404);
      expect((await add(addCheckpointText(0, [], (await grown(aruna, "XB")).note))).status).toBe(404);
      // A tree without entries has one root, and no other.
      await other.node.db.deleteFrom("witnessed").execute();
      const nothing = { origin: log.name, size: 0n, root: Buffer.alloc(32, 5) };
      const { note } = readCheckpoint(signCheckpoint(nothing, ledgerSigner(aruna.node)));
      const empty = noteOf({ text: note.text, signatures: [cosign(nothing, log, 1_700_000_000n)] });
      expect((await add(addCheckpointText(0, [], empty))).status).toBe(422);
    } finally {
      await other.close();
    }
  });

  test("a witness of others is asked by its address; what it has not cosigned is awaited, and people are told", async () => {
    const mine = await station("XE", { clock: () => now });
    const file = join(folder, "witnesses");
    const log = join(folder, "log");
    try {
      const { vkey } = ledgerIdentity(mine.node);
      writeFileSync(log, `log ${vkey}\nquorum none\n`);
      const [ed25519, mlDsa44] = witnessVkeys(belmora.node);
      const url = `${belmora.node.config.gateway_url}/witness/v1/`;
      writeFileSync(
        file,
        `log ${vkey}\nwitness b1 ${ed25519} ${url}\nwitness b2 ${mlDsa44} ${url}\ngroup b all b1 b2\nquorum b\n`,
      );
      Object.assign(mine.node.config, { ledger_policy: file });
      await sequence(mine.node.db, ledgerSigner(mine.node), now);
      await seekWitnesses(mine.node);
      const alarms = async () =>
        mine.node.db.selectFrom("ledger_alarm").select(["kind", "about"]).where("ended_at", "is", null).execute();
      expect((await ledgerFacts(mine.node)).isWitnessed).toBe(false);
      now = now.add({ minutes: mine.node.config.patience_minutes + 1 });
      await seekWitnesses(mine.node);
      expect(await alarms()).toEqual([{ kind: "unwitnessed", about: "comity.witness/xb" }]);
      // The other's operator names the log: from then on it cosigns.
      Object.assign(belmora.node.config, { witness_logs: log });
      forgetPolicies(belmora.node);
      await seekWitnesses(mine.node);
      const facts = await ledgerFacts(mine.node);
      expect([facts.isWitnessed, facts.witnesses[0]?.kinds]).toEqual([true, ["ed25519", "ml-dsa-44"]]);
      expect(await alarms()).toEqual([]);
    } finally {
      await mine.close();
    }
  });
});
