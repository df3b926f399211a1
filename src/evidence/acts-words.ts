import type { Insertable } from "kysely";
import type { Tx } from "../kernel/database.ts";
import { sealOlderEntries } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { recordOlder } from "../kernel/recorded-check.ts";
import type { Job } from "../kernel/slice.ts";
import type { Tables } from "../kernel/tables.ts";
import type { ItemRow } from "./item.ts";
import { isWord, type Kept, openedItem, sealedWords, type Words, wordsOf } from "./words.ts";

/** Plain columns that older rows have; they are empty once words are sealed. */
const EMPTY = {
  description: null,
  name: null,
  digest: null,
  acquisition: null,
  held_reason: null,
  seal_number: null,
} as const;

/** A new item, its words as acts read them. */
type NewItem = Omit<Insertable<Tables["item"]>, keyof Words | "words" | "marks"> &
  Pick<Words, "description" | "name" | "digest" | "acquisition"> &
  Partial<Words>;

const plainOf = <Values extends object>(values: Values): Omit<Values, keyof Words> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !isWord(name))) as Omit<Values, keyof Words>;

/** Writes a new item, its words sealed. */
export async function insertItem(tx: Tx, node: Pick<Node, "services">, item: NewItem): Promise<void> {
  await tx
    .insertInto("item")
    .values({ ...plainOf(item), ...sealedWords(node, item.id, wordsOf(item)) })
    .execute();
  await node.services.itemMade?.(
    tx,
    { id: item.id, sha256: item.digest, sha1: item.sha1 ?? null, md5: item.md5 ?? null },
    item.created_at,
  );
}

/** Changes an item that the caller has locked; `row` is what it was, opened. */
export async function updateItem(
  tx: Tx,
  node: Pick<Node, "services">,
  row: ItemRow,
  values: Partial<ItemRow>,
): Promise<void> {
  const isSaid = Object.keys(values).some(isWord);
  const sealed = isSaid ? { ...EMPTY, ...sealedWords(node, row.id, wordsOf({ ...row, ...values })) } : {};
  await tx
    .updateTable("item")
    .set({ ...plainOf(values), ...sealed })
    .where("id", "=", row.id)
    .execute();
}

const OLDER_AT_ONCE = 500;
/** Seals the words of items from before they were sealed. True where some may be left. No act: nothing is said that was not before. */
async function sealOlderItems(tx: Tx, node: Pick<Node, "services">): Promise<boolean> {
  const rows = await tx
    .selectFrom("item")
    .selectAll()
    .where("words", "is", null)
    .orderBy("id")
    .limit(OLDER_AT_ONCE)
    .forUpdate()
    .execute();
  for (const row of rows) {
    const sealed = sealedWords(node, row.id, wordsOf(openedItem<ItemRow>(node, row as Kept<ItemRow>)));
    await tx
      .updateTable("item")
      .set({ ...EMPTY, ...sealed })
      .where("id", "=", row.id)
      .execute();
  }
  return rows.length === OLDER_AT_ONCE;
}

/** Seals what items and the journal said plainly in a version before this one, and records the rows that no entry of that version did. */
export const sealOlder: Job = {
  name: "item-seal",
  everySeconds: 86_400,
  run: async (node) => {
    while (await node.db.transaction().execute((tx) => sealOlderItems(tx, node)));
    const kinds = [...node.registry.subjects.values()].filter(({ sealed }) => sealed).map(({ name }) => name);
    while (await sealOlderEntries(node.db, node.services.keys, kinds));
    await recordOlder(node);
  },
};
