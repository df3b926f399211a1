import { sql } from "../kernel/database.ts";
import { type JournalRecord, wholeRecord } from "../kernel/journal.ts";
import type { Node } from "../kernel/node.ts";
import { type ItemRow, itemSubject } from "./item.ts";
import { type Kept, openedItem } from "./words.ts";

/** A row of an item that does not say what the item's own chain says. */
export interface ItemFinding {
  readonly item: string;
  /** Columns that differ; `row` where the whole of it is missing or has no chain. */
  readonly columns: readonly string[];
  /** The same in a sentence. */
  readonly says: string;
}

const BATCH = 500;

const finding = (item: string, number: string | null, columns: readonly string[]): ItemFinding => ({
  item,
  columns,
  says: `Altered: item ${item}${number === null ? "" : ` (${number})`}. What its custody says otherwise: ${columns.join(", ")}.`,
});

/** What a row must say because an event said so. */
type Expected = Readonly<Partial<Record<keyof ItemRow, unknown>>>;

/** What the first event said of the item, and the last one of its state. */
function expectedOf(first: JournalRecord, state: string | null): Expected {
  const { change } = first;
  const told = (name: string): unknown => change[name];
  return {
    number: told("number"),
    media: told("media"),
    bytes: told("bytes"),
    digest: told("digest_after"),
    name: told("file"),
    description: told("description"),
    sha1: told("sha1_after"),
    md5: told("md5_after"),
    state: state ?? undefined,
  };
}

/** The columns of a row that say something else than the chain. What no event told cannot be held against anything. */
const apart = (row: ItemRow, expected: Expected): string[] =>
  Object.entries(expected).flatMap(([column, value]) =>
    value === undefined || value === null || value === row[column as keyof ItemRow] ? [] : [column],
  );

interface Chain {
  readonly id: string;
  readonly item: string;
  readonly record: unknown;
  readonly words: Buffer | null;
  readonly state: string | null;
}

/** The row against its chain; what cannot be opened is named as what it is kept in. */
function differences(node: Node, row: Kept<ItemRow>, chain: Chain | undefined): string[] {
  if (!chain) return ["row"];
  let first: JournalRecord;
  try {
    first = wholeRecord(node.services.keys, chain);
  } catch {
    // The entry itself was changed: `ledgerCheck` names it.
    return [];
  }
  try {
    return apart(openedItem<ItemRow>(node, row), expectedOf(first, chain.state));
  } catch {
    return ["words"];
  }
}

/**
 * Holds every item's row against the item's own chain in the journal: number, kind, size and digests of the file, name and description,
 * the state that it is in, and that there is a row for each chain and a chain for each row.
 */
export async function checkItems(node: Node): Promise<ItemFinding[]> {
  const findings: ItemFinding[] = [];
  for (let after = "00000000-0000-0000-0000-000000000000"; ;) {
    const { rows } = await sql<
      Kept<ItemRow>
    >`select * from item where id > ${after}::uuid order by id limit ${sql.lit(BATCH)}`.execute(node.db);
    if (rows.length === 0) break;
    const ids = rows.map(({ id }) => id);
    const { rows: chains } = await sql<Chain>`select f.id, f.subject_id as item, f.record, f.words,
        (select l.record->'state'->>'to' from journal l where l.subject_kind = f.subject_kind and l.subject_id = f.subject_id
          and l.record ? 'state' order by l.seq desc limit 1) as state
      from journal f where f.subject_kind = ${itemSubject.name} and f.subject_id = any(${ids}::uuid[]) and f.seq = 1`.execute(
      node.db,
    );
    const byItem = new Map(chains.map((chain) => [chain.item, chain]));
    for (const row of rows) {
      const columns = differences(node, row, byItem.get(row.id));
      if (columns.length > 0) findings.push(finding(row.id, row.number, columns));
    }
    after = ids.at(-1) ?? after;
  }
  const { rows: gone } = await sql<{ item: string }>`select distinct subject_id as item from journal
    where subject_kind = ${itemSubject.name} and not exists (select from item where id = subject_id)`.execute(node.db);
  return [...findings, ...gone.map(({ item }) => finding(item, null, ["row"]))];
}
