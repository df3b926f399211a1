import { createHash, randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import { cases, openCase } from "../cases/slice.ts";
import type { Officer } from "../kernel/actor.ts";
import { Refusal } from "../kernel/errors.ts";
import { perform } from "../kernel/pipeline.ts";
import { makeServer } from "../kernel/server.ts";
import type { AnyAct } from "../kernel/act.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { heldBlob } from "../trust/vault-blobs.ts";
import { verifyPackage } from "../trust/verify.ts";
import { type TestNode, testNode } from "../../test/node.ts";
import * as reading from "./acts.ts";
import * as keeping from "./acts-keeping.ts";
import * as sealing from "./acts-seals.ts";
import * as handing from "./acts-transfer.ts";
import { acquire, derive } from "./acts-acquire.ts";
import { holderOf } from "./item.ts";
import { evidence } from "./slice.ts";
import { uploadsOf } from "./tus.ts";

const acts = { ...reading, ...keeping, ...sealing, ...handing };

let at: TestNode;
let vault: Vault;
let server: FastifyInstance;
let base: string;
let caller: Officer;
let caseId: string;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  at = await testNode([
    cases,
    { ...evidence, authenticate: async ({ request }) => (request.headers.authorization ? caller : undefined) },
  ]);
  vault = openVault(join(at.node.config.folder, "vault"), at.node.services.keys);
  Object.assign(at.node.services, { vault });
  caller = at.officer("investigator");
  server = await makeServer({
    node: at.node,
    role: "desk",
    chrome: { asset: () => "", actForm: () => "", problem: () => "" },
  });
  base = await server.listen({ host: "127.0.0.1", port: 0 });
  for (const officer of [caller, at.officer("prosecutor")])
    await at.node.pool
      .query("insert into organisation (id, name) values ($1, $2) on conflict do nothing", [
        officer.office.id,
        officer.office.name,
      ])
      .then(() =>
        at.node.pool.query(
          "insert into office (id, organisation, name, kind, zone, language, created_at) values ($1, $1, $2, $3, 'UTC', 'en', now())",
          [officer.office.id, officer.office.name, officer.office.kind],
        ),
      );
  caseId = (await perform({ node: at.node, actor: caller, act: openCase, input: { title: "Theft by phishing" } })).id;
});
afterAll(async () => {
  await server.close();
  await vault.close();
  await at.close();
});

const api = (path: string, init: RequestInit = {}) =>
  fetch(`${base}${path}`, {
    ...init,
    headers: { authorization: "Bearer test", "content-type": "application/json", ...init.headers },
  });
const post = (path: string, body: unknown) => api(path, { method: "POST", body: JSON.stringify(body) });
async function upload(bytes: Buffer, name = "mailbox.mbox", owner = caller): Promise<string> {
  const taken = await uploadsOf(at.node).take({
    owner: owner.account,
    name,
    media: "application/mbox",
    source: (async function* () {
      yield bytes;
    })(),
    bytesMax: 1e9,
    now: at.node.clock(),
  });
  return taken?.id ?? "";
}
async function item(bytes = randomBytes(50_000), more: Record<string, unknown> = {}): Promise<string> {
  const input = {
    upload: await upload(bytes),
    description: "Mailbox of the victim",
    acquisition: { method: "export-by-holder", tool: "imapsync", place: "Port Louis" },
    ...more,
  };
  return (await perform({ node: at.node, actor: caller, act: acquire, id: caseId, input })).id;
}
const does = (who: Officer, act: AnyAct, id: string, input: unknown) =>
  perform({ node: at.node, actor: who, act, id, input });
const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Refusal ? (error.fields[0]?.key ?? error.key) : String(error)),
  );
const another = (role: Officer["role"]): Officer => ({ ...at.officer(role), account: randomUUID() });

describe("acquisition", () => {
  test("by the API: an exhibit of the case, numbered, with what was recorded", async () => {
    const bytes = randomBytes(123_456);
    const body = {
      upload: await upload(bytes),
      description: "Server log",
      sha256: sha256(bytes),
      acquisition: {
        method: "logical-copy",
        at: "2026-01-02T03:04:05+04:00",
        time_source: "network-time",
        uncertainty_seconds: 1,
        source: "web-1",
        place: "Ebène",
        tool: "rsync",
        tool_version: "3.4.1",
        digest_before: sha256(bytes),
        rack: "B7",
      },
    };
    const answer = await post(`/api/v1/cases/${caseId}/items`, body);
    const made = (await answer.json()) as Record<string, unknown>;
    expect(answer.status).toBe(201);
    expect(made).toMatchObject({
      state: "kept",
      number: expect.stringMatching(/^C-\d{4}-\d{6}\/E\d+$/),
      digest_after: sha256(bytes),
      match: true,
      acquired_at: "2026-01-01T23:04:05Z",
    });
    const custody = (await (await api(`/api/v1/items/${String(made["id"])}/custody`)).json()) as {
      events: Record<string, unknown>[];
    };
    expect(custody.events).toHaveLength(1);
    expect(custody.events[0]).toMatchObject({
      seq: 1,
      prev: null,
      type: "acquire",
      digest: sha256(bytes),
      unchanged: true,
      facts: { acquisition: { rack: "B7", tool: "rsync" } },
    });
  });

  test.each([
    ["the client's digest is another", { sha256: "0".repeat(64) }, "digest-differs"],
    ["a time in the future", { acquisition: { at: "2999-01-01T00:00:00Z" } }, "acquired-in-future"],
    ["a time that no calendar has", { acquisition: { at: "2026-02-30T00:00:00Z" } }, "moment-form"],
    ["nothing is said of the acquisition", { acquisition: {} }, "acquisition-empty"],
    ["an upload that is not there", { upload: randomUUID() }, "upload-not-there"],
  ])("%s: refused, in words", async (_, more, key) => {
    expect(await code(item(randomBytes(10), more))).toBe(key);
  });

  test("the same bytes twice are stored once, and a digest that differs from the source's is shown", async () => {
    const bytes = randomBytes(90_000);
    const first = await item(bytes);
    const second = await item(bytes, { acquisition: { digest_before: "1".repeat(64) } });
    const blobs = await at.node.db
      .selectFrom("blob_wrap")
      .select("blob")
      .where("holder", "in", [holderOf(first), holderOf(second)])
      .execute();
    expect(new Set(blobs.map(({ blob }) => blob)).size).toBe(1);
    const custody = (await (await api(`/api/v1/items/${second}/custody`)).json()) as {
      events: { unchanged: boolean }[];
    };
    expect(custody.events[0]?.unchanged).toBe(false);
  });
});

describe("custody", () => {
  test("opening is an act; then the bytes stream, whole or in part, to that officer only", async () => {
    const bytes = randomBytes(70_000);
    const id = await item(bytes);
    const opened = (await (await post(`/api/v1/items/${id}/open`, { purpose: "examination" })).json()) as {
      content: string;
    };
    const whole = await api(opened.content);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await api(opened.content, { headers: { range: "bytes=16000-33000" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 16000-33000/70000"]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(16_000, 33_001))).toBe(true);
    expect((await api(opened.content, { headers: { range: "bytes=70000-" } })).status).toBe(416);
    const own = caller;
    caller = another("examiner");
    expect((await api(opened.content)).status).toBe(404);
    caller = own;
  });

  test("a transfer needs both signatures, and the second from somebody it was meant for", async () => {
    const bytes = randomBytes(500);
    const id = await item(bytes);
    const prosecutor = at.officer("prosecutor");
    await does(caller, acts.transfer, id, { to_office: prosecutor.office.id, reason: "for trial" });
    expect(await code(does(caller, acts.receive, id, {}))).toBe("transfer-not-to-you");
    expect(await code(does(caller, acts.open, id, {}))).toBe("wrong-state");
    await does(prosecutor, acts.receive, id, { digest_seen: sha256(bytes).slice(0, 8), condition: "seal intact" });
    const row = await at.node.db
      .selectFrom("item")
      .select(["office", "custodian", "state"])
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ office: prosecutor.office.id, custodian: prosecutor.account, state: "kept" });
    expect(await code(does(caller, acts.transfer, id, { to_office: randomUUID(), reason: "x" }))).toBe(
      "transfer-no-office",
    );
  });

  test("a sealed item stays sealed when it is handed over, and is not opened", async () => {
    const id = await item();
    await does(caller, acts.seal, id, { seal_number: "A-1", reason: "end of examination" });
    expect(await code(does(caller, acts.open, id, {}))).toBe("wrong-state");
    await does(caller, acts.transfer, id, { to_office: at.officer("prosecutor").office.id, reason: "for trial" });
    await does(at.officer("prosecutor"), acts.refuse, id, { reason: "not our case" });
    expect(
      await at.node.db.selectFrom("item").select(["state", "office"]).where("id", "=", id).executeTakeFirst(),
    ).toEqual({ state: "sealed", office: caller.office.id });
    await does(at.officer("judge"), acts.unseal, id, { reason: "trial" });
  });

  test("what is derived names its parent and its root", async () => {
    const id = await item();
    const made = await does(caller, derive, id, {
      upload: await upload(Buffer.from("a,b\n"), "hits.csv"),
      description: "Search hits",
      tool: "grep",
      tool_version: "3.11",
    });
    const child = String(made.done["derived"]);
    const seen = (await (await api(`/api/v1/items/${child}`)).json()) as Record<string, unknown>;
    expect(seen).toMatchObject({
      derived: true,
      parent: id,
      root: id,
      made_from: { id },
      custody: [{ type: "derive" }],
    });
  });

  test("disposal takes two people and no hold; then nobody can read the bytes, and the story stays", async () => {
    const bytes = randomBytes(20_000);
    const id = await item(bytes);
    const twin = await item(bytes);
    await does(at.officer("judge"), acts.hold, id, { reason: "appeal" });
    expect(await code(does(caller, acts.dispose, id, { reason: "end of retention" }))).toBe("item-held");
    await does(at.officer("judge"), acts.release, id, { reason: "appeal withdrawn" });
    await does(caller, acts.dispose, id, { reason: "end of retention" });
    expect(await code(does(caller, acts.dispose, id, { reason: "end of retention" }))).toBe(
      "item-disposal-other-person",
    );
    expect((await does(another("unit-head"), acts.dispose, id, { reason: "end of retention" })).state).toBe("disposed");
    expect(await heldBlob(at.node.db, vault, holderOf(id))).toBeUndefined();
    const other = await heldBlob(at.node.db, vault, holderOf(twin));
    expect(other && (await buffer(other.read())).equals(bytes)).toBe(true);
    const custody = (await (await api(`/api/v1/items/${id}/custody`)).json()) as { events: { type: string }[] };
    expect(custody.events.map(({ type }) => type)).toEqual(["acquire", "hold", "release", "dispose", "dispose"]);
    expect((await api(`/api/v1/items/${id}/package`)).status).toBe(409);
  });
});

describe("the package", () => {
  test("downloaded by the API, it verifies, and its story holds every act up to its own export", async () => {
    const bytes = randomBytes(300_000);
    const id = await item(bytes);
    await does(caller, acts.open, id, { purpose: "look" });
    const answer = await api(`/api/v1/items/${id}/package?purpose=trial&recipient=Court+of+Belmora`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/vnd.etsi.asic-e+zip"]);
    const file = Buffer.from(await answer.arrayBuffer());
    expect(file.length).toBe(Number(answer.headers.get("content-length")));
    const report = await verifyPackage(file);
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, items: [{ events: 3, files: 1 }] });
    const at_ = file.indexOf(bytes.subarray(0, 64));
    file[at_ + 100] = (file[at_ + 100] ?? 0) ^ 1;
    expect((await verifyPackage(file)).ok).toBe(false);
  });
});
