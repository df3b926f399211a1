import { spawnSync } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { env } from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Countries, openCountries } from "../../test/countries.ts";
import { textOfPdf } from "../../test/pdf-text.ts";
import { sql } from "../kernel/database.ts";
import type { Officer, Role } from "../kernel/actor.ts";
import { makeServer } from "../kernel/server.ts";
import { authorise, draftRequest, submit } from "../requests/acts-draft.ts";
import { keepCosignature, lastWitnessed } from "../trust/cosignatures.ts";
import { consistencyProof, latestCheckpoint } from "../trust/ledger.ts";
import { ageDecrypted } from "../trust/age.ts";
import { verifyFile, verifyPackage } from "../trust/verify.ts";
import { addCheckpointText, readAddCheckpoint, witnessVkeys } from "../trust/witness.ts";
import { witness } from "../exchange/messages-witness.ts";
import { seal } from "./acts-seals.ts";
import { receive, transfer } from "./acts-transfer.ts";
import { lodge } from "./acts-acquire.ts";
import { hashBlob } from "../trust/vault-blobs.ts";
import { thorough } from "../../test/thorough.ts";
import { checkItems } from "./views-check.ts";
import { uploadsOf } from "./tus.ts";

// The package as it leaves: made by the act, under the country's law, checked with the programs that a court has.

const has = (program: string, ...words: string[]): boolean => spawnSync(program, words).status === 0;
const hasTools = has("openssl", "version") && has("unzip", "-v") && has("sha256sum", "--version");
const EVIDENCE = randomBytes(200_000);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
/** Blanks and ends of lines are the typesetter's. */
const plain = (text: string): string => text.replaceAll(/\s+/g, "").replaceAll("-", "");

let at: Countries;
let folder: string;
let item: string;
let number: string;
/** Where the package was unpacked, and what VERIFY.txt said of it. */
let unpacked: string;
let said: { status: number | null; stdout: string; stderr: string };

/** What the desk answers this officer. */
async function asked(
  officer: Officer,
  call: { method: "GET" | "POST"; url: string; payload?: object | string; headers?: Record<string, string> },
) {
  const node = at.node("XA");
  const slices = node.registry.slices.map((slice) => ({ ...slice, authenticate: async () => officer }));
  const server = await makeServer({
    node: { ...node, registry: { ...node.registry, slices } },
    role: "desk",
    chrome: { asset: () => "", actForm: () => "", problem: () => "" },
  });
  try {
    return await server.inject(call);
  } finally {
    await server.close();
  }
}

/** What the desk gives this officer on the package's address. */
async function taken(officer: Officer): Promise<Buffer> {
  const url = `/api/v1/items/${item}/package?purpose=${encodeURIComponent("trial")}&recipient=${encodeURIComponent("Court of Belmora")}`;
  const answer = await asked(officer, { method: "GET", url });
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`);
  return answer.rawPayload;
}

/** A finished upload of the investigator's. */
async function uploaded(name: string, content: Buffer): Promise<string> {
  const owner = await at.officer("XA", "investigator");
  const upload = await uploadsOf(at.node("XA")).take({
    owner: owner.account,
    name,
    media: "text/csv",
    source: (async function* () {
      yield content;
    })(),
    bytesMax: 1e9,
    now: at.now(),
  });
  return upload?.id ?? "";
}

/** A request of the police, decided; and an item that was lodged for it. */
async function lodged(name = "relevé de connexions.csv", content: Buffer = EVIDENCE): Promise<string> {
  const request = await at.does("XA", "investigator", draftRequest, {
    id: await at.openCase(),
    input: {
      measure: "P29",
      to: "XB",
      offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
      facts: "On 3 November a caller had the victim read out a code; 41,300 rupees left her account.",
      necessity: "Only the provider holds the log-in records of this mailbox.",
      proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
      custodian: "Meridian",
      data: [{ category: "traffic", description: "Log-ins", identifiers: ["sunrise@meridian.example"] }],
      urgency: "urgent",
      particulars: { assistance: "A request for assistance will follow." },
    },
  });
  await at.does("XA", "investigator", submit, { id: request });
  await at.does("XA", "prosecutor", authorise, {
    id: request,
    input: { reasons: "Necessary, narrow and in proportion.", until: "2027-01-31" },
  });
  return at.does("XA", "investigator", lodge, {
    input: {
      upload: await uploaded(name, content),
      request,
      description: 'Log-ins of the mailbox #panic("run")',
      acquisition: {
        method: "export-by-holder",
        tool: "mail-export",
        tool_version: "2.1",
        digest_before: sha256(content),
        place: "Port Louis",
      },
    },
  });
}

/** What the report says of witnesses. */
const witnessesIn = (report: { checks: { id: string; key: string; values?: object }[] }) =>
  report.checks.filter(({ id }) => id === "witnesses").map(({ key, values }) => ({ key, ...values }));

/** Has Belmora cosign the latest checkpoint of Aruna's ledger, as the two nodes' workers would. */
async function cosigned(): Promise<void> {
  const [mine, other] = [at.node("XA"), at.node("XB")];
  const vkeys = witnessVkeys(other);
  const [latest, last] = [await latestCheckpoint(mine.db), await lastWitnessed(mine.db, vkeys)];
  if (!latest || last?.size === latest.size) return;
  const old = last?.size ?? 0;
  const proof = old === 0 ? [] : await consistencyProof(mine.db, old, latest.size);
  const answer = await witness(other, readAddCheckpoint(Buffer.from(addCheckpointText(old, proof, latest.note))));
  for (const [n, line] of answer.text.trimEnd().split("\n").entries())
    expect(await keepCosignature(mine.db, latest, { vkey: vkeys[n] ?? "", peer: "XB", line, now: at.now() })).toBe(
      true,
    );
}

beforeAll(async () => {
  at = await openCountries();
  folder = mkdtempSync(join(tmpdir(), "comity-court-"));
  item = await lodged();
  const prosecutor = await at.officer("XA", "prosecutor");
  await at.does("XA", "investigator", seal, { id: item, input: { seal_number: "A-17", reason: "complete" } });
  await at.does("XA", "investigator", transfer, {
    id: item,
    input: { to_office: prosecutor.office.id, reason: "for trial" },
  });
  await at.does("XA", "prosecutor", receive, { id: item, input: { seal_seen: "A 17", condition: "seal intact" } });
  const bytes = await taken(prosecutor);
  const row = await at.node("XA").db.selectFrom("item").select("number").where("id", "=", item).executeTakeFirst();
  number = row?.number ?? "";
  writeFileSync(join(folder, `${number}.asice`), bytes);
  if (!hasTools) return;
  const only = ["-p", join(folder, `${number}.asice`), "VERIFY.txt"];
  writeFileSync(join(folder, "VERIFY.txt"), spawnSync("unzip", only).stdout);
  said = spawnSync("sh", ["-e", "VERIFY.txt"], { cwd: folder, encoding: "utf8", env: { PATH: env["PATH"] } });
  unpacked = join(folder, number);
});
afterAll(async () => {
  await at.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a package made by the act", () => {
  test("verifies with comity verify, and says of itself that nobody witnessed its checkpoint", async () => {
    const file = join(folder, `${number}.asice`);
    expect((await verifyFile(file, { locale: "en", json: false })).exitCode).toBe(0);
    const report = JSON.parse((await verifyFile(file, { locale: "en", json: true })).output);
    expect(report.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(report.items).toMatchObject([{ number, events: 5, files: 1 }]);
    expect(witnessesIn(report)).toEqual([{ key: "witnesses.away", count: 0, quorum: 0, named: 2 }]);
  });

  test.skipIf(!hasTools)("passes its own VERIFY.txt: unzip, sha256sum and openssl, as the lines stand", () => {
    expect(said.stderr).toContain("CAdES Verification successful");
    expect(said.stdout.match(/Verification: OK/g)).toHaveLength(2);
    expect(said.stdout).toContain("Signature Verified Successfully");
    expect(said.stdout.match(/^[0-9a-f]{64} OK$/gm)).toHaveLength(5);
    expect(said.stdout).toContain("in the ledger");
    expect(said.status).toBe(0);
  });

  test.skipIf(!hasTools)("a changed custody document or request in it is found by VERIFY.txt", () => {
    const own = spawnSync("unzip", ["-Z1", join(folder, `${number}.asice`)], { encoding: "utf8" }).stdout;
    const pdfs = own.split("\n").filter((name) => name.endsWith(".pdf"));
    expect(pdfs).toHaveLength(6);
    for (const name of pdfs) {
      const [place, before] = [join(unpacked, name), readFileSync(join(unpacked, name))];
      const changed = Buffer.from(before);
      changed[50] = (changed[50] ?? 0) ^ 1;
      writeFileSync(place, changed);
      const words = ["--check", "--strict", "--quiet", "tagmanifest-sha256.txt"];
      const found = spawnSync("sha256sum", words, { cwd: unpacked, encoding: "utf8" });
      expect([found.status, found.stdout.includes(name)]).toEqual([1, true]);
      writeFileSync(place, before);
    }
  });
});

describe.skipIf(!hasTools)("what lies in it to be read", () => {
  const read = (name: string): string => plain(textOfPdf(readFileSync(join(unpacked, name))));

  test("the chain of custody, in English and in French: who, when, what, and each digest", () => {
    const custody = JSON.parse(readFileSync(join(unpacked, `items/${number}/custody.json`), "utf8"));
    const text = JSON.stringify(custody);
    for (const language of ["en", "fr"]) {
      const pdf = read(`items/${number}/custody-${language}.pdf`);
      for (const common of [
        number,
        'Log-ins of the mailbox #panic("run")',
        "relevé de connexions.csv",
        sha256(EVIDENCE),
        "mail-export",
        "A-17",
        "seal intact",
        "Court of Belmora",
        "Nadia Veloso",
        "Camille Duval",
        "2026-11-24 10:00:00 UTC",
        "comity.ledger/xa",
      ])
        expect([language, common, pdf.includes(plain(common))]).toEqual([language, common, true]);
      for (const { record } of custody.events ?? custody.entries ?? [])
        if (typeof record.prev === "string") expect(pdf).toContain(record.prev);
    }
    expect(text).toContain("item.export");
    for (const words of ["Chain of custody", "Sealed", "Signed for", "Package downloaded", "Fingerprint of the copy"])
      expect(read(`items/${number}/custody-en.pdf`)).toContain(plain(words));
    for (const words of ["Chaîne de conservation", "Scellée", "Type de fichier"])
      expect(read(`items/${number}/custody-fr.pdf`)).toContain(plain(words));
  });

  test("no name of the program's own stands in it where words belong", () => {
    for (const language of ["en", "fr"])
      expect(textOfPdf(readFileSync(join(unpacked, `items/${number}/custody-${language}.pdf`)))).not.toMatch(
        /custody\.(?!json)|field\.|digest_|seal_number|to_office|state\./,
      );
  });

  test("the request under which it was lodged, in every language", () => {
    const names = readdirSync(join(unpacked, "documents"));
    expect(names.map((name) => name.slice(-7)).toSorted()).toEqual(["-ar.pdf", "-en.pdf", "-fr.pdf"]);
    for (const name of names) expect(read(`documents/${name}`)).toContain("sunrise@meridian.example");
  });
});

test("peers that answer have cosigned it, and the verifier demands them; those that do not hold nothing up", async () => {
  const prosecutor = await at.officer("XA", "prosecutor");
  const report = async () => {
    const file = join(folder, "witnessed.asice");
    writeFileSync(file, await taken(prosecutor));
    return JSON.parse((await verifyFile(file, { locale: "en", json: true })).output);
  };
  await cosigned();
  let isOver = false;
  const worker = (async () => {
    for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 30))) await cosigned();
  })();
  const seen = await report().finally(() => {
    isOver = true;
  });
  await worker;
  expect(seen.ok).toBe(true);
  expect(witnessesIn(seen)).toEqual([{ key: "witnesses.ok", count: 1, quorum: 1, named: 2 }]);
  const alone = await report();
  expect(alone.ok).toBe(true);
  expect(witnessesIn(alone)).toEqual([{ key: "witnesses.away", count: 0, quorum: 0, named: 2 }]);
});

describe("several items in one package", () => {
  let second: string;
  beforeAll(async () => {
    second = await lodged("extract.csv", Buffer.from("an extract"));
    const prosecutor = await at.officer("XA", "prosecutor");
    await at.does("XA", "investigator", transfer, {
      id: second,
      input: { to_office: prosecutor.office.id, reason: "for trial" },
    });
    await at.does("XA", "prosecutor", receive, {
      id: second,
      input: { digest_seen: sha256(Buffer.from("an extract")).slice(0, 12), condition: "whole" },
    });
  });
  const url = "/api/v1/items/package";
  const ordered = (more: object = {}) => ({
    items: [
      { item, without_events: [2, 3] },
      { item: second, give: "without-file" },
    ],
    recipient: "Court of Belmora",
    reason: "The informant is named there.",
    ...more,
  });

  test("withheld parts are named with who decided, and everything that is left proves itself", async () => {
    const prosecutor = await at.officer("XA", "prosecutor");
    const answer = await asked(prosecutor, { method: "POST", url, payload: ordered() });
    expect([answer.statusCode, answer.statusCode === 200 ? "" : answer.body]).toEqual([200, ""]);
    const file = join(folder, "set.asice");
    writeFileSync(file, answer.rawPayload);
    const report = JSON.parse((await verifyFile(file, { locale: "en", json: true })).output);
    expect(report.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(report.items).toHaveLength(2);
    const told = report.explanation.withheld.map(({ sentence }: { sentence: string }) => sentence).join("\n");
    expect(told).toContain("extract.csv");
    expect(told.match(new RegExp(prosecutor.name, "g"))).toHaveLength(3);
    expect(answer.rawPayload.includes("an extract")).toBe(false);
    const { rows } = await sql<{
      n: number;
    }>`select count(*) as n from journal where act = 'item.export' and subject_id = ${second}`.execute(
      at.node("XA").db,
    );
    expect(rows[0]?.n).toBe(1);
  });

  test("encrypted to a peer, only that node can open it", async () => {
    const prosecutor = await at.officer("XA", "prosecutor");
    const answer = await asked(prosecutor, { method: "POST", url, payload: ordered({ encrypt_to: ["XB"] }) });
    expect(answer.headers["content-disposition"]).toContain(".asice.age");
    expect(Number(answer.headers["content-length"])).toBe(answer.rawPayload.length);
    const key = at.node("XB").services.keys.encryption;
    const plain = await ageDecrypted(Readable.from([answer.rawPayload]), [key]);
    expect((await verifyPackage(Buffer.concat(await plain.toArray()))).ok).toBe(true);
    const other = ageDecrypted(Readable.from([answer.rawPayload]), [at.node("XP").services.keys.encryption]);
    await expect(other).rejects.toThrow();
  });

  test.each([
    ["nothing chosen", { items: [] }, "items"],
    ["no reason for what is left out", { reason: undefined }, "reason"],
    ["an event that there is not", { items: [{ item: "", without_events: [99] }] }, "events_"],
    ["the event that names the file", { items: [{ item: "", without_events: [1] }] }, "events_"],
    ["a recipient that is none", { encrypt_to: ["AGE-SECRET-KEY-1QQ"] }, "encrypt_to"],
  ])("is refused, and nothing is journalled: %s", async (_, change, path) => {
    const prosecutor = await at.officer("XA", "prosecutor");
    const payload = JSON.parse(JSON.stringify(ordered(change)).replaceAll('"item":""', `"item":"${item}"`));
    const count = async () =>
      (await sql<{ n: number }>`select count(*) as n from journal where act = 'item.export'`.execute(at.node("XA").db))
        .rows[0]?.n;
    const before = await count();
    const answer = await asked(prosecutor, { method: "POST", url, payload });
    expect([answer.statusCode, answer.json().errors?.[0]?.path]).toEqual([422, expect.stringContaining(path)]);
    expect(await count()).toBe(before);
  });

  test("the form gives back what was typed with what is wrong, and the package when it is right", async () => {
    const prosecutor = await at.officer("XA", "prosecutor");
    const form = (fields: Record<string, string>) =>
      asked(prosecutor, {
        method: "POST",
        url: "/items/package",
        payload: new URLSearchParams({ ids: `${item},${second}`, ...fields }).toString(),
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          accept: "text/html",
          "sec-fetch-site": "same-origin",
        },
      });
    const wrong = await form({ [`give_${second}`]: "without-file", purpose: "a purpose that was typed" });
    expect(wrong.statusCode).toBe(422);
    expect(wrong.body).toContain("a purpose that was typed");
    const right = await form({ [`give_${second}`]: "without-file", [`give_${item}`]: "", reason: "Not relevant." });
    expect([right.statusCode, right.headers["content-type"]]).toEqual([200, "application/vnd.etsi.asic-e+zip"]);
  });
});

describe("what was changed by hand in the node's own keeping", () => {
  const row = () => at.node("XA").db.selectFrom("item").selectAll().where("id", "=", item).executeTakeFirstOrThrow();
  const found = async () => (await checkItems(at.node("XA"))).map(({ id, columns }) => ({ item: id, columns }));

  test("nothing is found where nothing was changed", async () => {
    expect(await found()).toEqual([]);
  });

  test.each([
    ["number", "E-2026-999999"],
    ["state", "disposed"],
    ["media", "image/png"],
    ["bytes", 199_999],
  ] as const)("a row of an item that says another %s is named with it", async (column, value) => {
    const before = await row();
    await at
      .node("XA")
      .db.updateTable("item")
      .set({ [column]: value })
      .where("id", "=", item)
      .execute();
    expect(await found()).toEqual([{ item, columns: expect.arrayContaining([column]) }]);
    await at
      .node("XA")
      .db.updateTable("item")
      .set({ [column]: before[column] })
      .where("id", "=", item)
      .execute();
  });

  test("a byte of an item's sealed words, and a row that is gone, are named", async () => {
    const { words } = await row();
    const set = (bytes: Buffer | null) =>
      at.node("XA").db.updateTable("item").set({ words: bytes }).where("id", "=", item).execute();
    for (let n = 0; n < thorough(5, 200); n++) {
      const changed = Buffer.from(words ?? []);
      const place = randomInt(changed.length);
      changed[place] = (changed[place] ?? 0) ^ (1 << randomInt(8));
      await set(changed);
      expect(await found()).toEqual([{ item, columns: ["words"] }]);
    }
    await set(words);
    expect(await found()).toEqual([]);
  });

  test("a byte of an item's file in the vault is found when the item is read again", async () => {
    const node = at.node("XA");
    const folderOfVault = join(node.config.folder, "vault");
    const names = readdirSync(folderOfVault, { recursive: true, encoding: "utf8" });
    const { rows } = await sql<{
      parts: { object: string }[];
    }>`select b.parts from blob b join blob_wrap w on w.blob = b.id
      where w.holder = ${`item:${item}`}`.execute(node.db);
    const objects = rows.flatMap(({ parts }) => parts.map(({ object }) => object));
    const files = names
      .filter((name) => objects.some((object) => name.endsWith(object)))
      .map((name) => join(folderOfVault, name));
    expect(files.length).toBeGreaterThan(0);
    const seen = () => hashBlob(node.db, node.services.vault, `item:${item}`, ["sha256"]);
    expect((await seen())?.digests.sha256).toBe(sha256(EVIDENCE));
    for (let n = 0; n < thorough(5, 1_000); n++) {
      const file = files[randomInt(files.length)] ?? "";
      const bytes = readFileSync(file);
      const place = randomInt(bytes.length);
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ (1 << randomInt(8));
      chmodSync(file, 0o600);
      writeFileSync(file, changed);
      const told = await seen();
      expect([place, told?.problem !== undefined || told?.digests.sha256 !== sha256(EVIDENCE)]).toEqual([place, true]);
      writeFileSync(file, bytes);
    }
    expect((await seen())?.digests.sha256).toBe(sha256(EVIDENCE));
  });
});

test.skipIf(!hasTools)("who may not read the request gets the item's package without it", async () => {
  const roles: Role[] = ["examiner", "judge"];
  for (const role of roles) {
    const officer = await at.officer("XA", role);
    const before = await at.node("XA").db.selectFrom("item").select("office").where("id", "=", item).executeTakeFirst();
    // Handed to another office of the police, which has the item and not the request.
    const foreign = { ...officer, office: { ...officer.office, id: before?.office ?? "" } };
    const file = join(folder, `${role}.asice`);
    writeFileSync(file, await taken(role === "examiner" ? foreign : officer));
    const listed = spawnSync("unzip", ["-Z1", file], { encoding: "utf8" }).stdout;
    expect([role, listed.includes("documents/")]).toEqual([role, role === "judge"]);
    expect((await verifyFile(file, { locale: "en", json: false })).exitCode).toBe(0);
  }
});
