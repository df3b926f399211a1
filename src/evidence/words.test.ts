import { afterAll, beforeAll, expect, test } from "vitest";
import { type CustodyGround, custodyGround } from "../../test/custody-ground.ts";
import { sql } from "../kernel/database.ts";
import { wholeRecord } from "../kernel/journal.ts";
import { readerOf, readView } from "../kernel/reader.ts";
import { ledgerCheck } from "../trust/ledger-check.ts";
import { ledgerIdentity } from "../trust/ledger-identity.ts";
import { sealOlder } from "./acts-words.ts";
import { seal } from "./acts-seals.ts";
import { itemFile, type ItemFound, itemList, type ItemList } from "./views.ts";

let ground: CustodyGround;
let id: string;
beforeAll(async () => {
  ground = await custodyGround();
  id = await ground.item();
  await ground.does(ground.at.officer("investigator"), seal, id, { seal_number: "A-17", reason: "end of examination" });
});
afterAll(() => ground.close());

const reader = () => readerOf(ground.at.node, ground.at.officer("investigator"));
const seen = async () => {
  const found = await readView(itemFile, reader(), { id });
  const { description, name, digest, acquisition, seal_number, custody } = found as ItemFound;
  return { description, name, digest, acquisition, seal_number, said: custody.map(({ facts }) => facts) };
};
const foundBy = async (q: string) => {
  const list = (await readView(itemList, reader(), { q, limit: 10 })) as ItemList;
  return list.items.map((item) => item.id);
};
const check = (key: { seal: Buffer } | null) => ledgerCheck(ground.at.node.db, ledgerIdentity(ground.at.node), key);

test("items and entries from before words were sealed are read all the same, and sealed by the job", async () => {
  const { db, services } = ground.at.node;
  const before = await seen();
  expect(before).toMatchObject({ name: "mailbox.mbox", seal_number: "A-17" });
  // As a version before this one kept them.
  await sql`update item set words = null, marks = '{}', description = ${before.description}, name = ${before.name}, digest = ${before.digest},
    acquisition = ${JSON.stringify(before.acquisition)}::jsonb, seal_number = ${before.seal_number} where id = ${id}`.execute(
    db,
  );
  const { rows: entries } = await sql<{
    id: string;
    record: unknown;
    words: Buffer;
  }>`select id, record, words from journal where subject_id = ${id}`.execute(db);
  for (const entry of entries)
    await sql`update journal set words = null, record = ${JSON.stringify(wholeRecord(services.keys, entry))}::jsonb where id = ${entry.id}`.execute(
      db,
    );
  expect(await seen()).toEqual(before);
  expect((await check(services.keys)).findings).toEqual([]);
  await sealOlder.run(ground.at.node);
  expect(await seen()).toEqual(before);
  const { rows } = await sql<{ text: string }>`select row_to_json(i)::text as text from item i where id = ${id}
    union all select record::text from journal where subject_id = ${id}`.execute(db);
  for (const { text } of rows)
    for (const word of [before.name, before.digest, "A-17", "end of examination"]) expect(text).not.toContain(word);
  expect(await foundBy(before.digest.toUpperCase())).toEqual([id]);
  expect(await foundBy("Mailbox.MBOX")).toEqual([id]);
  expect(await foundBy("mailbo")).toEqual([]);
  expect(await foundBy(", .")).toEqual([]);
});

test("the check of the ledger opens what entries say, finds what was changed, and says what it could not check", async () => {
  const { db, services } = ground.at.node;
  expect(await check(services.keys)).toMatchObject({ ok: true, unread: 0 });
  const blind = await check(null);
  expect(blind).toMatchObject({ ok: true });
  expect(blind.unread).toBeGreaterThanOrEqual(2);
  await sql`update journal set words = set_byte(words, 20, get_byte(words, 20) # 1) where subject_id = ${id} and seq = 2`.execute(
    db,
  );
  const { findings } = await check(services.keys);
  expect(findings).toMatchObject([{ seq: 2, differs: ["digest"] }]);
});
