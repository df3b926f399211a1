import { createHash, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNode, testNode } from "../../test/node.ts";
import { thorough } from "../../test/thorough.ts";
import { loadCountry } from "../access/slice.ts";
import { openCase } from "../cases/slice.ts";
import { chrome } from "../chrome.ts";
import { acquire } from "../evidence/acts-acquire.ts";
import { exportItem, open } from "../evidence/acts.ts";
import { checkItems } from "../evidence/slice.ts";
import { uploadsOf } from "../evidence/tus.ts";
import type { AnyAct } from "../kernel/act.ts";
import type { Officer, Role } from "../kernel/actor.ts";
import type { Node } from "../kernel/node.ts";
import { perform } from "../kernel/pipeline.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { makeServer } from "../kernel/server.ts";
import { registry } from "../kernel/slice.ts";
import { preview } from "../previews/acts.ts";
import { slices } from "../slices.ts";
import { openVault, type Vault } from "../trust/vault.ts";
import { confirm, importList, refuse, register, retire } from "./acts.ts";
import { buildLists, importFile } from "./acts-build.ts";
import { matchItems, matchNew, view } from "./acts-match.ts";
import { contest, unlock, uphold } from "./acts-unlock.ts";
import { checkMatches } from "./views-check.ts";
import { setFile, type SetFound } from "./views.ts";
import { checkHashes } from "./views-command.ts";
import { passedNote } from "../../test/passed.ts";

// On the packs as they are, and every page of the desk: what shows the abuse of a child is counted, locked, and told to nobody but its viewers.

const ROLES = [
  "investigator", "examiner", "prosecutor", "administrator", "unit-head", "judge", "duty-officer", "central-authority",
  "data-protection-officer", "statistician",
] as const satisfies readonly Role[]; // prettier-ignore
const NAME = "planted-kx7q.jpg";
const SET = "Planted list of the hotline";

let at: TestNode;
let node: Node;
let vault: Vault;
let server: FastifyInstance;
let who: Officer;
let viewer: Officer;
let viewerHead: Officer;
let caseId: string;
beforeAll(async () => {
  const country = loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry(slices), passedNote("XA"));
  const own = slices.map((slice) => (slice.name === "access" ? { ...slice, authenticate: async () => who } : slice));
  at = await testNode(own, { policy: () => country.policy, services: { country } });
  node = at.node;
  vault = openVault(join(node.config.folder, "vault"), node.services.keys);
  Object.assign(node.services, {
    vault,
    itemMade: (tx: never, item: never, now: Temporal.Instant) => matchNew(tx, node, item, now),
  });
  for (const role of ROLES) await openOffice(at.officer(role).office, null);
  const desk = { ...at.officer("investigator").office, id: randomUUID(), name: "Child Protection Desk" };
  await openOffice(desk, "child-protection");
  viewer = { ...at.officer("investigator"), account: randomUUID(), office: desk };
  viewerHead = { ...at.officer("unit-head"), account: randomUUID(), office: desk };
  who = at.officer("investigator");
  server = await makeServer({ node, role: "desk", chrome });
  caseId = await does(openCase, who, undefined, { title: "Devices of a suspect" });
});
afterAll(async () => {
  await server.close();
  await vault.close();
  await at.close();
});

async function openOffice({ id, name, kind }: Officer["office"], code: string | null): Promise<void> {
  await node.pool.query("insert into organisation (id, name) values ($1, $2) on conflict do nothing", [id, name]);
  await node.pool.query(
    "insert into office (id, organisation, name, kind, zone, language, created_at, code) values ($1, $1, $2, $3, 'UTC', 'en', now(), $4) on conflict do nothing",
    [id, name, kind, code],
  );
}
const does = async (act: AnyAct, actor: Officer, id: string | undefined, input: object = {}): Promise<string> =>
  (await perform({ node, actor, act, ...(id === undefined ? {} : { id }), input })).id;
/** The key of the refusal, or "done". */
const tries = (act: AnyAct, actor: Officer, id: string, input: object = {}): Promise<string> =>
  does(act, actor, id, input).then(
    () => "done",
    (error: { key?: string }) => error.key ?? String(error),
  );
async function uploaded(owner: Officer, name: string, bytes: Buffer): Promise<string | undefined> {
  const source = Readable.from([bytes]);
  return (
    await uploadsOf(node).take({
      owner: owner.account,
      name,
      media: "image/jpeg",
      source,
      bytesMax: bytes.length,
      now: node.clock(),
    })
  )?.id;
}
async function acquired(name: string, bytes: Buffer, actor = at.officer("examiner")): Promise<string> {
  const upload = await uploaded(actor, name, bytes);
  return does(acquire, actor, caseId, {
    upload,
    description: `Copy of ${name}`,
    acquisition: { method: "logical-copy" },
  });
}
const set = (name: string, category: string, more: object = {}) =>
  does(register, at.officer("administrator"), undefined, { name, source: "Test", category, ...more });
async function imported(id: string, text: string, more: object = {}): Promise<SetFound> {
  const admin = at.officer("administrator");
  await does(importList, admin, id, {
    upload: await uploaded(admin, "list.txt", Buffer.from(text)),
    version: "1",
    ...more,
  });
  await buildLists.run(node);
  return (await readView(setFile, readerOf(node, admin), { id })) as SetFound;
}
const digest = (kind: "md5" | "sha1" | "sha256", bytes: Buffer): string => createHash(kind).update(bytes).digest("hex");
const page = async (officer: Officer, url: string): Promise<string> => {
  who = officer;
  const { body, statusCode, headers } = await server.inject({ url, headers: { accept: "text/html" } });
  return `${statusCode} ${String(headers["location"] ?? "")} ${body}`;
};

describe("a known file", () => {
  test("is found by any of its digests when it is acquired, and when a list comes later", async () => {
    const [system, tool] = [Buffer.from("a system file"), Buffer.from("a harmful tool")];
    const good = await set("Operating systems", "known-good");
    expect(
      await imported(good, `${digest("sha1", system)}\n${digest("md5", Buffer.from("x"))}\nno hash\n`),
    ).toMatchObject({
      state: "current",
      entries: { sha1: 1, md5: 1 },
      versions: [{ state: "current", passed_over: 1 }],
    });
    const id = await acquired("kernel.sys", system);
    const later = await acquired("tool.exe", tool);
    expect(await page(at.officer("examiner"), `/items/${id}`)).toContain("file of Operating systems, Test");
    await imported(await set("Harmful tools", "known-bad"), digest("sha256", tool));
    await matchItems.run(node);
    expect(await page(at.officer("examiner"), `/items/${later}`)).toContain("file of Harmful tools, Test");
    const list = await page(at.officer("examiner"), "/matches?category=known-bad");
    expect(list).toContain("Harmful tools");
    expect(await page(at.officer("examiner"), "/api/v1/matches.csv")).toMatch(/Operating systems,Test,known-good,sha1/);
    expect(await page({ ...at.officer("examiner"), office: viewer.office }, "/matches")).not.toContain("Harmful tools");
  });

  test("is looked up in the latest version only, and a list that can't be read leaves the one before", async () => {
    const [old, fresh] = [Buffer.from("old"), Buffer.from("fresh")];
    const id = await set("Two versions", "other");
    await imported(id, digest("md5", old));
    await imported(id, digest("md5", fresh));
    expect(await checkHashes(node, [digest("md5", old), digest("md5", fresh)])).toMatchObject([
      { known: [] },
      { known: [{ name: "Two versions" }] },
    ]);
    expect(await imported(id, "Dear colleague")).toMatchObject({
      state: "current",
      versions: [{ state: "failed", problem: "hash-list-unknown" }, { state: "current" }, { state: "replaced" }],
    });
    await does(retire, at.officer("administrator"), id, { reason: "Superseded" });
    expect(await checkHashes(node, [digest("md5", fresh)])).toMatchObject([{ known: [] }]);
  });

  test("is a picture that looks like one of a perceptual list", async () => {
    const original = readFileSync("test/conformance/pdq/square-128x128.jpg");
    const file = join(node.config.folder, "pdq.txt");
    writeFileSync(file, "d8f8f1eec0f4a84f0e37022a078f63f0b36e2ed596621e1d33e6239c4e9c9b22\n");
    const id = await set("Pictures of a bridge", "terrorism");
    const lines: number[] = [];
    expect(
      await importFile(node, { set: id, file, by: randomUUID(), version: "1", perceptual: true }, (progress) =>
        lines.push(progress.lines),
      ),
    ).toMatchObject({ built: true });
    expect(lines).toEqual([1]);
    const pressed = await acquired("bridge.jpg", await sharp(original).jpeg({ quality: 30 }).toBuffer());
    await matchItems.run(node);
    expect(await page(at.officer("examiner"), `/items/${pressed}`)).toMatch(
      /Pictures of a bridge.*PDQ, \d+ of 256 bits differ/s,
    );
  }, 30_000);
});

describe("the abuse of a child", () => {
  const bytes = Buffer.from("what nobody is to see");
  let setId: string;
  let id: string;
  let number: string;

  test("a list of it takes two people, with whom it is counted", async () => {
    setId = await set(SET, "child-abuse");
    const before = await acquired(NAME, bytes);
    expect(await imported(setId, digest("md5", bytes))).toMatchObject({ state: "proposed", current: null });
    expect(await tries(confirm, at.officer("administrator"), setId)).toBe("hash-list-other-person");
    expect(await checkHashes(node, [digest("md5", bytes)])).toMatchObject([{ known: [] }]);
    await does(confirm, at.officer("examiner"), setId);
    await matchItems.run(node);
    id = before;
    const { rows } = await node.pool.query<{ number: string }>("select number from item where id = $1", [id]);
    number = rows[0]?.number ?? "";
    expect(await imported(setId, `${digest("md5", bytes)}\n${digest("md5", Buffer.from("y"))}`)).toMatchObject({
      state: "proposed",
    });
    await does(refuse, at.officer("examiner"), setId, { reason: "Not yet checked" });
    expect((await readView(setFile, readerOf(node, at.officer("examiner")), { id: setId })) as SetFound).toMatchObject({
      state: "current",
      entries: { md5: 1 },
    });
    expect(await checkHashes(node, [digest("md5", bytes)])).toEqual([
      { hash: digest("md5", bytes), known: [{ name: null, category: "child-abuse" }] },
    ]);
  });

  test("locks an item as it is acquired, before anybody can open it", async () => {
    const again = await acquired("copy.jpg", bytes);
    expect(await tries(open, at.officer("examiner"), again)).toBe("item-locked");
  });

  test("is opened by nobody but the named viewers, who have proved to be present; they say what for", async () => {
    for (const officer of ROLES.map((role) => at.officer(role)))
      for (const [act, input] of [
        [open, {}],
        [preview, { purpose: "To see" }],
        [exportItem, {}],
        [view, { purpose: "To see" }],
      ] as const)
        expect(
          [
            "item-locked",
            "not-found",
            "administrator-reads-no-matter",
            "statistician-sees-figures-only",
            "overseer-only-reads",
            "not-permitted",
          ],
          `${officer.role} ${act.name}`,
        ).toContain(await tries(act as AnyAct, officer, id, input));
    const examiner = { ...viewer, role: "examiner" as const };
    expect(await tries(view, examiner, id, { purpose: "To see" })).toBe("not-found");
    expect(await tries(open, viewer, id)).toBe("item-locked");
    expect(await tries(view, { ...viewer, via: "session" }, id, { purpose: "To classify" })).toBe("step-up");
    expect(await tries(view, viewer, id)).toBe("invalid-input");
    const { done } = await perform({ node, actor: viewer, act: view, id, input: { purpose: "To classify" } });
    expect(await page(viewer, String(done["page"]))).toContain("what nobody is to see");
    expect(await page(viewer, String(done["content"]))).toContain("what nobody is to see");
    expect(await page(at.officer("examiner"), String(done["page"]))).toMatch(/^404/);
  });

  test("leaves no trace on any page of anybody else: role by page", async () => {
    await matchItems.run(node);
    const told: string[] = [];
    const pages = [
      "/", "/items", `/items?q=planted`, `/items?q=${digest("sha256", bytes)}`, `/items?q=${NAME}`, `/items?q=${number}`, `/items/${id}`, `/api/v1/items`, `/api/v1/items/${id}`,
      `/api/v1/items/${id}/custody`, `/api/v1/items/${id}/package`, `/items/${id}/view`, `/items/${id}/preview`, `/cases/${caseId}`, `/api/v1/cases/${caseId}`,
      `/cases/${caseId}/court`, `/cases/${caseId}/exhibits`, `/cases/${caseId}/disclosures/new`, "/matches", "/matches?category=child-abuse", `/matches?set=${setId}`, "/api/v1/matches",
      "/api/v1/matches.csv", "/api/v1/matches.csv?category=child-abuse", "/exhibits", "/api/v1/exhibits", `/api/v1/cases/${caseId}/court`, `/api/v1/cases/${caseId}/exhibits.pdf`, "/hash-sets", `/hash-sets/${setId}`, `/api/v1/hash-sets/${setId}`, "/statistics", "/api/v1/journal",
    ]; // prettier-ignore
    for (const role of ROLES.slice(0, thorough(4, ROLES.length)))
      for (const url of pages) {
        const html = await page(at.officer(role), url);
        const search = url.includes("?q=")
          ? html.replaceAll(/<input[^>]*>|href="[^"]*"|<form[^]*?<\/form>/g, "")
          : html;
        if (/^5\d\d/.test(html)) told.push(`${role} ${url}: ${html.slice(0, 60)}`);
        if (search.includes(NAME) || search.includes("Copy of planted")) told.push(`${role} ${url}: its name`);
        if (/^200/.test(html) && url.includes(digest("sha256", bytes)) && search.includes(number))
          told.push(`${role} ${url}: found by its digest`);
        if (url.includes("matches") && html.includes(number)) told.push(`${role} ${url}: which it is`);
        if (!url.startsWith("/hash-sets") && !url.includes("/api/v1/hash-sets") && html.includes(SET))
          told.push(`${role} ${url}: the set`);
      }
    expect(told).toEqual([]);
  }, 60_000);

  test("is counted for those who work with evidence, and told to its viewers", async () => {
    expect(await page(at.officer("examiner"), "/matches")).toContain("2 exhibits match a list of child abuse");
    expect(await page(at.officer("examiner"), `/items/${id}`)).toContain(
      "Only the named viewers of Child Protection Desk may open it",
    );
    for (const officer of [viewer, viewerHead]) {
      const [list, own] = [await page(officer, "/matches?category=child-abuse"), await page(officer, `/items/${id}`)];
      expect(list).toContain(number);
      expect(own).toContain(NAME);
      expect(own).toContain(`/items/${id}/view`);
    }
    expect(await page(viewer, "/items?q=planted")).toContain(number);
    const { events } = JSON.parse((await page(at.officer("examiner"), `/api/v1/items/${id}/custody`)).slice(5)) as {
      events: { act: string }[];
    };
    expect(events.map(({ act }) => act)).toEqual(["item.acquire", "item.lock", "item.view"]);
  });
});

describe("a match that was wrong", () => {
  const WHY = { reason: "A cartoon, drawn by the suspect's son." };
  const bytes = Buffer.from("a picture that only has the same hash");
  let id: string;
  const lockedFor = async () =>
    (await node.db.selectFrom("item").select("viewing_office").where("id", "=", id).executeTakeFirstOrThrow())
      .viewing_office;

  test("takes two viewers who have both seen it: one says so, another confirms; nobody else, and nobody alone", async () => {
    const list = await set("Another list of the hotline", "child-abuse");
    await imported(list, digest("sha256", bytes));
    await does(confirm, { ...at.officer("administrator"), account: randomUUID() }, list);
    id = await acquired("drawing.jpg", bytes);
    expect(await lockedFor()).toBe(viewer.office.id);
    expect(await tries(contest, at.officer("examiner"), id, WHY)).not.toBe("done");
    expect(await tries(contest, viewer, id, WHY)).toBe("unlock-unseen");
    expect(await tries(unlock, viewerHead, id, WHY)).toBe("unlock-takes-two");
    for (const each of [viewer, viewerHead]) await does(view, each, id, { purpose: "to judge the match" });
    await does(contest, viewer, id, WHY);
    expect(await tries(unlock, viewer, id, WHY)).toBe("unlock-takes-two");
    expect(await page(viewerHead, `/items/${id}`)).toContain(`/items/${id}/unlock`);
    expect(await page(viewer, `/items/${id}`)).not.toContain(`/items/${id}/unlock`);
    await does(uphold, viewerHead, id, { reason: "It is what the list says." });
    expect(await tries(unlock, viewerHead, id, WHY)).toBe("unlock-takes-two");
    await does(contest, viewer, id, WHY);
    await does(unlock, viewerHead, id, WHY);
    expect(await lockedFor()).toBeNull();
    expect(await page(at.officer("examiner"), `/items/${id}`)).toContain("drawing.jpg");
    expect(await checkItems(node)).toEqual([]);
  });

  test("stays unlocked when its list comes anew, and is locked again by another list", async () => {
    await node.pool.query("update hash_generation set generation = generation + 1");
    await matchItems.run(node);
    expect(await lockedFor()).toBeNull();
    const list = await set("A third list", "child-abuse");
    await imported(list, digest("sha256", bytes));
    await does(confirm, { ...at.officer("administrator"), account: randomUUID() }, list);
    await matchItems.run(node);
    expect(await lockedFor()).toBe(viewer.office.id);
    expect(await checkItems(node)).toEqual([]);
    expect(await checkMatches(node)).toEqual([]);
  });
});
