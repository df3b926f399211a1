import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { sql, type Tx } from "./database.ts";
import { asJson, type Json, type JsonObject } from "./json.ts";
import type { Node } from "./node.ts";
import { openedRow, type SubjectKind } from "./subject.ts";

/** Member of an entry's change under which it stands. */
export const ROW = "row";
/** Texts up to so many characters are recorded as they are; of longer ones, and of what is no text, the digest is. */
const PLAIN_MAX = 64;

type Columns = Readonly<Record<string, Json>>;
/** Columns and rows as they are from an act on: those that it changed. A part that is gone is `null`. */
interface Change {
  readonly columns: Columns;
  readonly parts: Readonly<Record<string, Readonly<Record<string, Columns | null>>>>;
  /** True where all there was is recorded, and not only what changed. */
  readonly whole?: true;
}
/** A thing's rows as its entries leave them; `isWhole` where they began with all of it. */
export interface Folded extends Omit<Change, "whole"> {
  readonly isWhole: boolean;
}
/** A thing's rows as the database has them. */
export interface Rows {
  readonly columns: Columns;
  readonly parts: Readonly<Record<string, Readonly<Record<string, Columns>>>>;
}

const digest = (bytes: string | Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** A column's value as it is recorded. */
function valueOf(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return digest(value);
  const json = asJson({ value })["value"] ?? null;
  if (typeof json === "number" || typeof json === "boolean") return json;
  if (typeof json === "string" && json.length <= PLAIN_MAX) return json;
  return digest(canonicalize(json) ?? "");
}

const columnsOf = (row: Readonly<Record<string, unknown>>, except: readonly string[]): Columns =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => !except.includes(name))
      .map(([name, value]) => [name, valueOf(value)]),
  );

/** The rows of a thing as they are recorded; `row` is its own, opened. */
export async function rowsOf(
  tx: Tx,
  { recorded }: Pick<SubjectKind, "recorded">,
  row: { readonly id: string },
): Promise<Rows> {
  const parts: Record<string, Record<string, Columns>> = {};
  for (const { table, of, key, named, except = [] } of recorded?.parts ?? []) {
    const { rows } = await sql<
      Record<string, unknown>
    >`select * from ${sql.table(table)} where ${sql.ref(of)} = ${named ? named(row.id) : row.id}`.execute(tx);
    parts[table] = Object.fromEntries(rows.map((part) => [String(part[key]), columnsOf(part, [of, key, ...except])]));
  }
  return { columns: columnsOf({ ...row }, ["id", ...(recorded?.except ?? [])]), parts };
}

const isSame = (a: Json | undefined, b: Json | undefined): boolean => (a ?? null) === (b ?? null);

/** What an act changed, from `before` on; `undefined` before means that the act made the thing. */
export function changeOf(before: Rows | undefined, after: Rows): Change {
  const columns = Object.fromEntries(
    Object.entries(after.columns).filter(([name, value]) => !isSame(before?.columns[name], value)),
  );
  const parts: Record<string, Record<string, Columns | null>> = {};
  for (const [table, rows] of Object.entries(after.parts)) {
    const had = before?.parts[table] ?? {};
    const changed = Object.entries(rows).filter(([key, row]) => apartIn(had[key], row).length > 0);
    const gone = Object.keys(had).filter((key) => !rows[key]);
    const told = [...changed, ...gone.map((key) => [key, null] as const)];
    if (told.length > 0) parts[table] = Object.fromEntries(told);
  }
  return { columns, parts, ...(before ? {} : { whole: true as const }) };
}

/** Names of the columns in which two rows differ; `row` where there is only one of them. */
function apartIn(expected: Columns | null | undefined, found: Columns | undefined): string[] {
  if (!expected || !found) return expected || found ? ["row"] : [];
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names].filter((name) => !isSame(expected[name], found[name])).sort();
}

/** The rows that a thing must have, by what its entries say in their order. Entries of which nothing can be read any more are left out. Pure. */
export function folded(changes: Iterable<JsonObject>): Folded {
  let columns: Columns = {};
  let isWhole = false;
  const parts: Record<string, Record<string, Columns | null>> = {};
  for (const { [ROW]: told } of changes) {
    const change = told as unknown as Change | undefined;
    if (!change) continue;
    isWhole ||= change.whole === true;
    columns = { ...columns, ...change.columns };
    for (const [table, rows] of Object.entries(change.parts)) parts[table] = { ...parts[table], ...rows };
  }
  return { columns, parts, isWhole };
}

/** Where rows are not what they must be: `office`, or `item_hold 01ab…: until`. What has ended may be gone. Pure. */
export function apart({ recorded }: Pick<SubjectKind, "recorded">, expected: Folded, found: Rows): string[] {
  const own = apartIn(expected.columns, found.columns);
  const ofParts = (recorded?.parts ?? []).flatMap(({ table, until }) => {
    const [told = {}, there = {}] = [expected.parts[table], found.parts[table]];
    return [...new Set([...Object.keys(told), ...Object.keys(there)])].flatMap((key) => {
      if (until !== undefined && told[key] && !there[key]) return [];
      return apartIn(told[key], there[key]).map((name) => `${table} ${key}: ${name}`);
    });
  });
  return [...own, ...ofParts];
}

/** What an entry records of the rows that its act leaves: `begin` before the act, `end` after it and after its state is set. */
export const recording = {
  begin: (tx: Tx, kind: SubjectKind, row: { readonly id: string } | undefined): Promise<Rows | undefined> =>
    kind.recorded && row ? rowsOf(tx, kind, row) : Promise.resolve(undefined),
  end: async (
    tx: Tx,
    node: Node,
    kind: SubjectKind,
    { id, before }: { readonly id: string; readonly before: Rows | undefined },
  ): Promise<JsonObject> => {
    if (!kind.recorded) return {};
    const { rows } = await sql<{ id: string }>`select * from ${sql.table(kind.table)} where id = ${id}`.execute(tx);
    if (!rows[0]) return {};
    return { [ROW]: asJson(changeOf(before, await rowsOf(tx, kind, openedRow(node, kind, rows[0])))) };
  },
};
