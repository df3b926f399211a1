import { system } from "./actor.ts";
import { type Database, sql, type Tx } from "./database.ts";
import { journal, type SealKey, wholeRecord } from "./journal.ts";
import { asJson, type JsonObject } from "./json.ts";
import type { Node } from "./node.ts";
import { apart, changeOf, type Folded, folded, ROW, rowsOf } from "./recorded.ts";
import { openedRow, sealedUnder, type SubjectKind } from "./subject.ts";

/** A thing whose rows do not say what its own chain says. */
export interface RowFinding {
  readonly kind: string;
  readonly id: string;
  /** Columns that differ, those of its parts behind the part's name; `row` where a whole row is missing or was put in. */
  readonly columns: readonly string[];
  /** The same in a sentence. */
  readonly says: string;
}
/** A finding with its sentence. `name` is what people know the thing by. */
export const rowFinding = (kind: string, id: string, name: unknown, columns: readonly string[]): RowFinding => ({
  kind,
  id,
  columns,
  says: `Altered: ${kind} ${id}${typeof name === "string" ? ` (${name})` : ""}. What its chain says otherwise: ${columns.join(", ")}.`,
});

type Row = Record<string, unknown> & { readonly id: string };
const nameOf = (row: Row): unknown => row["number"] ?? row["mark"];
const BATCH = 500;

/** What the rows of things must be, by their chains. */
async function foldedOf(
  tx: Tx,
  key: SealKey,
  { name }: Pick<SubjectKind, "name">,
  ids: readonly string[],
): Promise<Map<string, Folded>> {
  const { rows } = await sql<{ id: string; thing: string; record: unknown; words: Buffer | null }>`
    select id, subject_id as thing, record, words from journal
    where subject_kind = ${name} and subject_id = any(${[...ids]}::uuid[]) order by subject_id, seq`.execute(tx);
  const changes = new Map<string, JsonObject[]>();
  for (const row of rows) {
    const told = changes.get(row.thing) ?? [];
    try {
      told.push(wholeRecord(key, row).change);
    } catch {
      // The entry itself was changed: the check of the ledger names it.
    }
    changes.set(row.thing, told);
  }
  return new Map([...changes].map(([thing, told]) => [thing, folded(told)]));
}

async function difference(
  tx: Tx,
  node: Node,
  kind: SubjectKind,
  row: Row,
  expected: Folded | undefined,
): Promise<string[]> {
  if (!expected) return ["row"];
  if (!expected.isWhole) {
    const { rows } = await sql`select 1 from unrecorded where kind = ${kind.name} and id = ${row.id}`.execute(tx);
    return rows.length > 0 ? [] : ["row"];
  }
  try {
    return apart(kind, expected, await rowsOf(tx, kind, openedRow(node, kind, row)));
  } catch {
    return ["words"];
  }
}

/**
 * Holds the rows of every thing that is `recorded` against the thing's own chain in the journal, column by column, and finds things without
 * a chain and chains without a thing. One moment of the database. `more` adds what only the thing's slice can tell of an opened row.
 */
export const checkRecorded = (
  node: Node,
  kind: SubjectKind,
  more: (tx: Tx, rows: readonly Row[]) => Promise<ReadonlyMap<string, readonly string[]>> = async () => new Map(),
): Promise<RowFinding[]> =>
  (node.db as Database)
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      const findings: RowFinding[] = [];
      for (let after = "00000000-0000-0000-0000-000000000000"; ;) {
        const { rows } =
          await sql<Row>`select * from ${sql.table(kind.table)} where id > ${after}::uuid order by id limit ${sql.lit(BATCH)}`.execute(
            tx,
          );
        if (rows.length === 0) break;
        const ids = rows.map(({ id }) => id);
        const chains = await foldedOf(tx, node.services.keys, kind, ids);
        const others = await more(tx, rows);
        for (const row of rows) {
          const columns = [
            ...(await difference(tx, node, kind, row, chains.get(row.id))),
            ...(others.get(row.id) ?? []),
          ];
          if (columns.length > 0) findings.push(rowFinding(kind.name, row.id, nameOf(row), columns));
        }
        after = ids.at(-1) ?? after;
      }
      const { rows: gone } = await sql<{ id: string }>`select distinct subject_id as id from journal
        where subject_kind = ${kind.name} and not exists (select from ${sql.table(kind.table)} t where t.id = subject_id)`.execute(
        tx,
      );
      return [...findings, ...gone.map(({ id }) => rowFinding(kind.name, id, null, ["row"]))];
    });

/**
 * Records the rows of things from before entries recorded them, each once, as they stand: from then on they are held against their
 * chain. Their chain says that it was the node itself that did so, and when.
 */
export async function recordOlder(node: Node): Promise<void> {
  for (const kind of [...node.registry.subjects.values()].filter(({ recorded }) => recorded)) {
    for (;;) {
      const { rows } = await sql<{ id: string }>`select id from unrecorded where kind = ${kind.name} limit 1`.execute(
        node.db,
      );
      const [next] = rows;
      if (!next) break;
      await node.db.transaction().execute((tx) => recordOne(tx, node, kind, next.id));
    }
  }
}

async function recordOne(tx: Tx, node: Node, kind: SubjectKind, id: string): Promise<void> {
  const { rows } = await sql<Row>`select * from ${sql.table(kind.table)} where id = ${id} for update`.execute(tx);
  const [row] = rows;
  if (row && !(await foldedOf(tx, node.services.keys, kind, [id])).get(id)?.isWhole)
    await journal(tx, {
      node: node.code,
      now: node.clock(),
      act: `${kind.name}.record`,
      subject: { kind: kind.name, id },
      actor: system("record"),
      basis: [],
      decision: { policies: ["system:record"], pack: node.policy.pack },
      change: { [ROW]: asJson(changeOf(undefined, await rowsOf(tx, kind, openedRow(node, kind, row)))) },
      ...sealedUnder(node, kind),
    });
  await sql`delete from unrecorded where kind = ${kind.name} and id = ${id}`.execute(tx);
}
