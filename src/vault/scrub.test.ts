import { createHash, randomBytes, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { thorough } from "../../test/thorough.ts";
import { BACKENDS, openStoreFor, type TestStore } from "../../test/stores.ts";
import { cases } from "../cases/slice.ts";
import { evidence } from "../evidence/slice.ts";
import { lodge } from "../evidence/acts-acquire.ts";
import { uploadsOf } from "../evidence/tus.ts";
import { eventsOf, itemRow } from "../evidence/views.ts";
import { sql } from "../kernel/database.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { removeGarbage, storeBlob } from "../trust/vault-blobs.ts";
import { discardOrphan, recheckFinding, settleFinding, startRound } from "./acts.ts";
import { gauge, scrub } from "./acts-scrub.ts";
import type { FindingRow, RoundRow } from "./finding.ts";
import { vault as vaultSlice } from "./slice.ts";
import { contentsView, findingView, type FindingSeen, vaultView, type VaultSeen } from "./views.ts";

const IDLE = () => ({ lagMs: 0, perCore: 0, writing: 0 });

describe.each(BACKENDS)("the scrub of a vault in %s", (backend) => {
  let behind: TestStore;
  let at: TestNode;
  let vault: Vault;
  let now = Temporal.Instant.from("2026-11-01T08:00:00Z");
  const pass = (seconds: number) => {
    now = now.add({ seconds });
  };
  beforeAll(async () => {
    behind = await openStoreFor(backend);
    at = await testNode([cases, evidence, vaultSlice], { clock: () => now, config: { log_level: "silent" } });
    vault = openVault(behind.settings, at.node.services.keys);
    Object.assign(at.node.services, { vault });
  });
  afterAll(async () => {
    await vault.close();
    await at.close();
    await behind.close();
  });

  const keep = async (bytes: Buffer) => {
    const stored = await storeBlob(at.node.db, vault, Readable.from([bytes]), { kind: "report", bytesMax: 1e9, now });
    const { rows } = await sql<{ id: string; object: string }>`select b.id, b.parts->0->>'object' as object
      from blob b join blob_wrap w on w.blob = b.id where w.holder = ${stored?.holder ?? ""}`.execute(at.node.db);
    return rows[0] ?? { id: "", object: "" };
  };
  /** An exhibit of those bytes. */
  async function item(bytes: Buffer): Promise<string> {
    const officer = at.officer("investigator");
    const upload = await uploadsOf(at.node).take({
      owner: officer.account,
      name: "mail.eml",
      media: "message/rfc822",
      source: Readable.from([bytes]),
      bytesMax: 1e9,
      now,
    });
    const input = { upload: upload?.id, description: "Mail", acquisition: { method: "download" } };
    return (await perform({ node: at.node, actor: officer, act: lodge, input })).id;
  }
  const asked = (act: typeof startRound | typeof recheckFinding, id?: string) =>
    perform({ node: at.node, actor: at.officer("administrator"), act: act as never, ...(id ? { id } : {}), input: {} });
  /** Turns until the round is through. */
  async function through(turns = 60): Promise<RoundRow> {
    for (let turn = 0; turn < turns; turn += 1) {
      pass(10);
      await scrub(at.node, IDLE);
      const [round] = await rounds();
      if (round?.state === "done") return round;
    }
    throw new Error("the round did not end");
  }
  const rounds = async () =>
    (await sql<RoundRow>`select * from vault_round order by started_at desc`.execute(at.node.db)).rows;
  const findings = async () =>
    (await sql<FindingRow>`select * from vault_finding order by number`.execute(at.node.db)).rows;
  /** The verifications in an exhibit's custody: by whom, and what they say. */
  const custody = async (id: string) => {
    const reader = readerOf(at.node, at.officer("investigator"));
    const row = await itemRow(reader, id);
    return (row ? await eventsOf(reader, row) : []).filter(({ type }) => type === "verify");
  };
  const read = async <T>(view: never, input: object = {}) =>
    (await readView(view, readerOf(at.node, at.officer("administrator")), input)) as T;

  test("the first round begins by itself, reads everything and ends; nothing is found, and it is said when", async () => {
    await keep(randomBytes(300_000));
    await keep(Buffer.alloc(0));
    await item(randomBytes(20_000));
    const round = await through();
    expect(round).toMatchObject({
      asked_by: null,
      blobs: 3,
      blobs_done: 3,
      bytes: 320_000,
      bytes_done: 320_000,
      objects: 3,
    });
    expect(await findings()).toEqual([]);
    const seen = await read<VaultSeen>(vaultView as never);
    expect(seen.standing).toMatchObject({ blobs: 3, verified: 3, fresh: 0, late: 0 });
    // The next begins in half the days, not before.
    pass(86_400);
    expect(await scrub(at.node, IDLE)).toEqual({ blobs: 0, bytes: 0 });
    pass(15 * 86_400);
    await scrub(at.node, IDLE);
    expect((await rounds()).length).toBe(2);
    await through();
  });

  test("a byte that was changed is found, once; the exhibit's custody says so, and again when it is right; the alarm ends by itself", async () => {
    const id = await item(randomBytes(200_000));
    const { rows } = await sql<{ object: string }>`select b.parts->0->>'object' as object from blob b
      join blob_wrap w on w.blob = b.id where w.holder = ${`item:${id}`}`.execute(at.node.db);
    const object = rows[0]?.object ?? "";
    const whole = await behind.get(object);
    const broken = Buffer.from(whole);
    broken[150_000] = (broken[150_000] ?? 0) ^ 4;
    await behind.put(object, broken);
    pass(60);
    await asked(startRound);
    await through();
    pass(60);
    await asked(startRound);
    await through();
    const [found, ...more] = (await findings()).filter(({ state }) => state === "open");
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "altered", holders: 1, bytes: 200_000 });
    expect(await custody(id)).toMatchObject([
      { actor: { id: "system:vault-scrub" }, unchanged: false, facts: { problem: "altered" } },
    ]);
    await gauge(at.node);
    expect(await at.node.metrics.render()).toContain('comity_vault_findings{kind="altered"} 1');
    const seen = await read<FindingSeen>(findingView as never, { id: found?.id });
    expect(seen.held).toEqual([{ kind: "item", count: 1 }]);
    await behind.put(object, whole);
    await asked(recheckFinding, found?.id);
    await scrub(at.node, IDLE);
    expect((await findings()).at(-1)?.state).toBe("mended");
    expect((await custody(id)).map(({ unchanged }) => unchanged)).toEqual([false, true]);
  });

  test("what is lost and what has another length is found by the store's own list, before its turn to be read", async () => {
    const gone = await keep(randomBytes(70_000));
    const short = await keep(randomBytes(90_000));
    await vault.remove(gone.object);
    await behind.put(short.object, (await behind.get(short.object)).subarray(0, -1));
    pass(60);
    await asked(startRound);
    pass(1);
    await scrub(at.node, IDLE);
    const found = new Map((await findings()).map(({ blob, kind }) => [blob, kind]));
    expect([found.get(gone.id), found.get(short.id)]).toEqual(["lost", "altered"]);
    await through();
    const open = (await findings()).filter(({ state }) => state === "open");
    expect(open.map(({ blob }) => blob).sort()).toEqual([gone.id, short.id].sort());
    // Dealt with: it raises no alarm again while it stays as it is.
    for (const { id } of open)
      await perform({
        node: at.node,
        actor: at.officer("administrator"),
        act: settleFinding,
        id,
        input: { reason: "the disk was replaced" },
      });
    pass(60);
    await asked(startRound);
    await through();
    expect((await findings()).filter(({ state }) => state === "open")).toEqual([]);
  });

  test("an object that nothing refers to is told when it is a day old, and goes only when somebody says so", async () => {
    const object = randomUUID();
    const sink = vault.store.create(object);
    await sink.write(randomBytes(5_000));
    await sink.close();
    now = Temporal.Now.instant();
    await asked(startRound);
    await through();
    expect((await findings()).some(({ kind }) => kind === "orphan")).toBe(false);
    pass(86_400 * 2);
    await asked(startRound);
    await through();
    const orphan = (await findings()).find(({ kind }) => kind === "orphan");
    expect(orphan).toMatchObject({ object, bytes: 5_000, blob: null, state: "open" });
    await expect(asked(recheckFinding, orphan?.id)).rejects.toThrow(Refusal);
    await perform({
      node: at.node,
      actor: at.officer("administrator"),
      act: discardOrphan,
      id: orphan?.id ?? "",
      input: { reason: "left by a crash" },
    });
    await removeGarbage(at.node.db, vault);
    const left: string[] = [];
    for await (const { name } of vault.store.list()) left.push(name);
    expect(left).not.toContain(object);
  });

  test("what cannot be read in one turn goes on after a restart where it was, and the fingerprint of all is compared in the end", async () => {
    const { id } = await keep(randomBytes(18_000_000));
    pass(60);
    await perform({ node: at.node, actor: { kind: "system", job: "vault-scrub" }, act: startRound, input: {} });
    const reading = async () =>
      (await at.node.db.selectFrom("vault_reading").selectAll().where("blob", "=", id).executeTakeFirst())?.read;
    const marks: (number | undefined)[] = [];
    for (let turn = 0; turn < 200 && (await rounds())[0]?.state === "running"; turn += 1) {
      pass(20);
      await scrub(at.node, IDLE);
      const mark = await reading();
      if (mark !== undefined && mark !== marks.at(-1)) {
        marks.push(mark);
        if (backend === "s3" && thorough(0, 1) === 0) continue;
        await vault.close();
        vault = openVault(behind.settings, at.node.services.keys);
        Object.assign(at.node.services, { vault });
      }
    }
    expect(marks).toEqual([8_388_608, 16_777_216]);
    const row = await at.node.db.selectFrom("blob").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    expect(row.verified_at).not.toBeNull();
    expect(await reading()).toBeUndefined();
    // The same, where the record of its fingerprint was changed.
    await at.node.db
      .updateTable("blob")
      .set({ address: randomBytes(32) })
      .where("id", "=", id)
      .execute();
    await sql`update blob set asked_at = ${now} where id = ${id}`.execute(at.node.db);
    await scrub(at.node, IDLE);
    expect((await findings()).find(({ blob }) => blob === id)?.kind).toBe("digest");
  });

  test("no byte, name or fingerprint of an exhibit is anywhere in the store, nor in what is said about it", async () => {
    const marker = `planted-${randomUUID()}`;
    const bytes = Buffer.from(`${marker} `.repeat(2_000));
    await item(bytes);
    pass(60);
    await asked(startRound);
    await through();
    const digest = createHash("sha256").update(bytes).digest();
    const forms = [marker, "mail.eml", digest, digest.toString("hex"), digest.toString("base64")];
    for (const { name, bytes: stored } of await behind.everything())
      for (const form of forms)
        expect(
          stored.includes(form) || name.includes(typeof form === "string" ? form : form.toString("hex")),
          name,
        ).toBe(false);
    const { rows } = await sql<{ text: string }>`select row_to_json(t)::text as text from vault_finding t
      union all select row_to_json(t)::text from vault_round t union all select row_to_json(t)::text from blob t
      union all select record::text from journal t where subject_kind in ('vault-round', 'vault-finding')`.execute(
      at.node.db,
    );
    const said = `${rows.map(({ text }) => text).join()}${await at.node.metrics.render()}`;
    for (const form of forms) expect(said.includes(typeof form === "string" ? form : form.toString("hex"))).toBe(false);
  });

  test("it stands aside while files are written, and says so", async () => {
    pass(60);
    await perform({ node: at.node, actor: { kind: "system", job: "vault-scrub" }, act: startRound, input: {} });
    pass(10);
    expect(await scrub(at.node, () => ({ ...IDLE(), writing: 1 }))).toMatchObject({ bytes: 0, paused: "writing" });
    expect((await rounds())[0]).toMatchObject({ state: "running", paused: "writing", bytes_done: 0 });
  });

  test("the list of contents says when each was verified, by pages, and not what it is", async () => {
    const contents = await read<{ items: object[] }>(contentsView as never);
    expect(contents.items.length).toBeGreaterThan(4);
    expect(JSON.stringify(contents)).not.toContain("mail.eml");
  });
});
