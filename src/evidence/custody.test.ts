import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readerOf } from "../kernel/reader.ts";
import { correct } from "./acts.ts";
import { copy, recordVerification, verify } from "./acts-verify.ts";
import { type CustodyGround, custodyGround } from "../../test/custody-ground.ts";
import { CARRIES, FACTS, said } from "./custody-facts.ts";
import { type ItemRow, LIFE } from "./item.ts";
import { custodyStory, itemRow } from "./views.ts";

let ground: CustodyGround;
beforeAll(async () => {
  ground = await custodyGround();
});
afterAll(() => ground.close());

const officer = (role: Parameters<CustodyGround["at"]["officer"]>[0]) => ground.at.officer(role);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const rowOf = (id: string) =>
  ground.at.node.db.selectFrom("item").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
/** The largest file of the vault that was written last. */
function lastObject(): string {
  const folder = join(ground.at.node.config.folder, "vault");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const [last = ""] = files.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  return last;
}

describe("the facts of an event", () => {
  test("every act that carries facts is in the life of an item, and names facts that there are", () => {
    for (const [verb, { must, may }] of Object.entries(CARRIES)) {
      expect(Object.keys(LIFE)).toContain(verb);
      const named: readonly string[] = [...must, ...may];
      expect(new Set(named).size).toBe(named.length);
      for (const name of named) expect(Object.keys(FACTS)).toContain(name);
    }
  });

  test.each([
    ["a time that has not come", { at: "2999-01-01T00:00" }, "happened-in-future"],
    ["a change for which nobody answers", { change: "The clock ran on" }, "change-unanswered"],
  ])("%s: refused", (_, input, key) => {
    const now = ground.at.node.clock();
    expect(() => said("receive", input, { office: { zone: "UTC" }, now })).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ key })] }),
    );
  });

  test("a time of the office's clock becomes a moment; what the table does not name for an act is left out", () => {
    const now = Temporal.Instant.from("2026-06-01T12:00:00Z");
    const input = { at: "2026-06-01T12:00", place: "Ebène", seal_number: "A-1" };
    expect(said("receive", input, { office: { zone: "Indian/Mauritius" }, now })).toEqual({
      happened_at: "2026-06-01T08:00:00Z",
      place: "Ebène",
    });
  });
});

describe("verification", () => {
  test("says that the bytes are the same; and once one byte of the store is another, that they are not, until they are mended", async () => {
    const id = await ground.item(randomBytes(40_000));
    await ground.does(officer("judge"), verify, id, { purpose: "before the trial" });
    expect((await ground.events(id)).at(-1)).toMatchObject({
      type: "verify",
      unchanged: true,
      facts: { match: true, purpose: "before the trial", bytes_after: 40_000 },
    });
    expect((await rowOf(id)).verified_at).not.toBeNull();
    const object = lastObject();
    const whole = readFileSync(object);
    const broken = Buffer.from(whole);
    broken[20_000] = (broken[20_000] ?? 0) ^ 1;
    writeFileSync(object, broken);
    await ground.does(officer("investigator"), verify, id);
    expect((await ground.events(id)).at(-1)).toMatchObject({
      unchanged: false,
      facts: { problem: "altered", match: false },
    });
    expect((await rowOf(id)).altered_at).not.toBeNull();
    writeFileSync(object, whole);
    await ground.does(officer("investigator"), verify, id);
    expect((await rowOf(id)).altered_at).toBeNull();
  });

  test("the node's own parts record what they found: it is journalled in their name, and a difference is an alarm", async () => {
    const id = await ground.item();
    const { node } = ground.at;
    const found = { of: "E01", before: { md5: "0".repeat(32) }, after: { md5: "1".repeat(32) }, tool: "ewf" };
    await node.db
      .transaction()
      .execute((tx) => recordVerification(tx, node, { item: id, by: "images", found, now: node.clock() }));
    expect((await ground.events(id)).at(-1)).toMatchObject({
      type: "verify",
      actor: { id: "system:images" },
      unchanged: false,
      facts: { of: "E01", match: false, tool: "ewf" },
    });
    expect((await rowOf(id)).altered_at).not.toBeNull();
  });
});

test("a working copy names its medium and whom it is for, and shows whether it is the same", async () => {
  const bytes = randomBytes(900);
  const id = await ground.item(bytes);
  const made = { recipient: "R. Expert", medium: "USB stick", medium_serial: "SN-77", purpose: "examination" };
  expect(await ground.outcome(officer("investigator"), copy, id, { recipient: "R. Expert", medium: "USB stick" })).toBe(
    "field-required",
  );
  await ground.does(officer("investigator"), copy, id, { ...made, digest_after: sha256(bytes) });
  await ground.does(officer("investigator"), copy, id, { ...made, digest_after: "0".repeat(64) });
  expect((await ground.events(id)).slice(-2)).toMatchObject([
    { type: "copy", unchanged: true, facts: { ...made, match: true } },
    { type: "copy", unchanged: false },
  ]);
});

test("the story has a sentence in every language for each event, corrected beside what it corrects", async () => {
  const id = await ground.item();
  await ground.does(officer("judge"), verify, id);
  await ground.does(officer("investigator"), correct, id, { event: 1, correction: "It was taken in Curepipe." });
  const reader = readerOf(ground.at.node, officer("investigator"));
  const row = (await itemRow(reader, id)) as ItemRow;
  const [acquired, checked, corrected] = await custodyStory(reader, row, "en");
  expect(acquired?.sentence).toBe(
    `investigator of XA acquired the file mailbox.mbox for the case ${row.number.split("/")[0]}.`,
  );
  expect(acquired?.corrections).toMatchObject([
    { seq: 3, text: "It was taken in Curepipe.", who: "investigator of XA" },
  ]);
  expect(checked?.sentence).toBe("judge of XA had the whole file read again: it is the same.");
  expect(corrected?.sentence).toContain("event 1");
  for (const language of ["fr", "ar"])
    for (const line of await custodyStory(reader, row, language))
      expect(line.sentence).not.toMatch(/story\.| {2}|\{|undefined/);
});
