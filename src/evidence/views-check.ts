import { sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import { checkRecorded, type RowFinding } from "../kernel/recorded-check.ts";
import { holderOf, type ItemRow, itemSubject } from "./item.ts";
import { type Kept, marksAgree, openedItem } from "./words.ts";

interface Keeping {
  readonly holder: string;
  readonly blob: string;
  readonly address: Buffer;
  readonly bytes: number;
}
/** Columns in which items of an earlier version kept their words. */
const PLAIN = ["description", "name", "digest", "acquisition", "held_reason", "seal_number"] as const;

/** What an item says of the bytes that the vault keeps for it, and of the look-ups by which it is found. */
async function others(node: Node, tx: Tx, rows: readonly Kept<ItemRow>[]): Promise<Map<string, string[]>> {
  const { rows: blobs } =
    await sql<Keeping>`select w.holder, b.id as blob, b.address, b.bytes from blob_wrap w join blob b on b.id = w.blob
    where w.holder = any(${rows.map(({ id }) => holderOf(id))}::text[])`.execute(tx);
  const held = new Map(blobs.map((blob) => [blob.holder, blob]));
  return new Map(rows.map((row) => [row.id, apartOf(node, row, held.get(holderOf(row.id)))]));
}

function apartOf(node: Node, kept: Kept<ItemRow>, blob: Keeping | undefined): string[] {
  let row: ItemRow;
  try {
    row = openedItem<ItemRow>(node, kept);
  } catch {
    // Named already, as what it is sealed in.
    return [];
  }
  // Beside sealed words nothing stands plainly; what somebody puts there is not read, and is named.
  const plain = kept.words ? PLAIN.filter((name) => (kept as Readonly<Record<string, unknown>>)[name] !== null) : [];
  const marks = [...(marksAgree(node, kept, row) ? [] : ["marks"]), ...plain];
  if (!blob) return marks;
  return [
    ...marks,
    ...(blob.bytes === row.bytes ? [] : [`blob ${blob.blob}: bytes`]),
    ...(node.services.vault.addressOf(row.digest).equals(blob.address) ? [] : [`blob ${blob.blob}: address`]),
  ];
}
/**
 * Holds every item's rows against the item's own custody: each column, its holds and openings, the look-ups by which it is found, and that the
 * vault keeps for it what it was acquired as.
 */
export const checkItems = (node: Node): Promise<RowFinding[]> =>
  checkRecorded(node, itemSubject, (tx, rows) => others(node, tx, rows as unknown as Kept<ItemRow>[]));
