import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";

/**
 * A condition on a row that is always true or false, never unknown: the algebra in which a policy becomes a WHERE clause.
 * A `test` may be null in SQL where one of its columns is; whoever makes one stands it behind `present` of those columns.
 */
export type Condition =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "present" | "absent"; readonly column: string }
  | { readonly kind: "test"; readonly sql: RawBuilder<SqlBool>; readonly negated: boolean }
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[] };

export const YES: Condition = { kind: "constant", value: true };
export const NO: Condition = { kind: "constant", value: false };
export const constant = (value: boolean): Condition => (value ? YES : NO);
export const present = (column: string): Condition => ({ kind: "present", column });
export const absent = (column: string): Condition => ({ kind: "absent", column });
export const test = (expression: RawBuilder<SqlBool>): Condition => ({ kind: "test", sql: expression, negated: false });

/** What is known of columns where a condition holds: `true` present, `false` absent. */
type Facts = ReadonlyMap<string, boolean>;

function factsOf(condition: Condition): Facts {
  switch (condition.kind) {
    case "present":
    case "absent":
      return new Map([[condition.column, condition.kind === "present"]]);
    case "and":
      return new Map(condition.parts.flatMap((part) => [...factsOf(part)]));
    case "constant":
    case "test":
    case "or":
      return new Map();
  }
}

/** The condition where `facts` hold: what they settle disappears, so a guarded attribute leaves no trace of its guard. */
function given(condition: Condition, facts: Facts): Condition {
  if (facts.size === 0) return condition;
  switch (condition.kind) {
    case "constant":
    case "test":
      return condition;
    case "present":
    case "absent": {
      const known = facts.get(condition.column);
      return known === undefined ? condition : constant(known === (condition.kind === "present"));
    }
    case "and":
      return and(...condition.parts.map((part) => given(part, facts)));
    case "or":
      return or(...condition.parts.map((part) => given(part, facts)));
  }
}

/** All of them. Later parts are simplified by what earlier parts establish. */
export function and(...conditions: readonly Condition[]): Condition {
  const parts: Condition[] = [];
  const facts = new Map<string, boolean>();
  for (const condition of conditions) {
    const part = given(condition, facts);
    if (part.kind === "constant") {
      if (!part.value) return NO;
      continue;
    }
    parts.push(...(part.kind === "and" ? part.parts : [part]));
    for (const [column, known] of factsOf(part)) facts.set(column, known);
  }
  const [only] = parts;
  return only === undefined ? YES : parts.length === 1 ? only : { kind: "and", parts };
}

/** Any of them. */
export function or(...conditions: readonly Condition[]): Condition {
  const parts: Condition[] = [];
  for (const part of conditions) {
    if (part.kind === "constant") {
      if (part.value) return YES;
      continue;
    }
    parts.push(...(part.kind === "or" ? part.parts : [part]));
  }
  const [only] = parts;
  return only === undefined ? NO : parts.length === 1 ? only : { kind: "or", parts };
}

export function not(condition: Condition): Condition {
  switch (condition.kind) {
    case "constant":
      return constant(!condition.value);
    case "present":
      return absent(condition.column);
    case "absent":
      return present(condition.column);
    case "test":
      return { ...condition, negated: !condition.negated };
    case "and":
      return or(...condition.parts.map(not));
    case "or":
      return and(...condition.parts.map(not));
  }
}

/** More than so many alternatives are not told apart: each costs a look-up. */
const ALTERNATIVES_MAX = 6;

const partsOf = (condition: Condition): readonly Condition[] =>
  condition.kind === "and" ? condition.parts : [condition];
/** Conditions alike have one key. */
const keyOf = (condition: Condition): string =>
  JSON.stringify(condition, (_, value: unknown) =>
    typeof value === "object" && value !== null && "toOperationNode" in value
      ? (value as RawBuilder<SqlBool>).toOperationNode()
      : value,
  );

/** Those that have a test in common as one: what they have in common, and one of what each has beside it. So five rules about what was submitted are one look-up. */
function factored(alternatives: readonly Condition[]): readonly Condition[] {
  const left = alternatives.map((each) => new Map(partsOf(each).map((part) => [keyOf(part), part])));
  const tests = left.flatMap((parts) => [...parts].flatMap(([key, { kind }]) => (kind === "test" ? [key] : [])));
  const counts = Map.groupBy(tests, (key) => key);
  const [most] = [...counts].sort(([, a], [, b]) => b.length - a.length);
  if (!most || most[1].length < 2) return alternatives;
  const alike = left.filter((parts) => parts.has(most[0]));
  const shared = [...(alike[0] ?? [])].filter(([key]) => alike.every((parts) => parts.has(key)));
  const common = new Set(shared.map(([key]) => key));
  const own = alike.map((parts) => and(...[...parts].flatMap(([key, part]) => (common.has(key) ? [] : [part]))));
  const others = left.flatMap((parts, n) => (parts.has(most[0]) ? [] : (alternatives[n] ?? [])));
  return [...factored(others), and(...shared.map(([, part]) => part), or(...own))];
}

/** Conditions one of which holds exactly where the condition does: the parts of its first `or`, each with what stands beside that. */
export function alternatives(condition: Condition): readonly Condition[] {
  const parts = partsOf(condition);
  const choice = parts.find(({ kind }) => kind === "or");
  if (choice?.kind !== "or") return [condition];
  const others = parts.filter((part) => part !== choice);
  const found = factored(choice.parts).map((part) => and(...others, part));
  return found.length > ALTERNATIVES_MAX ? [condition] : found;
}

/** The condition in SQL, over the table that `alias` names. */
export function toSql(condition: Condition, alias: string): Expression<SqlBool> {
  switch (condition.kind) {
    case "constant":
      return condition.value ? sql<SqlBool>`true` : sql<SqlBool>`false`;
    case "present":
      return sql<SqlBool>`${sql.ref(`${alias}.${condition.column}`)} is not null`;
    case "absent":
      return sql<SqlBool>`${sql.ref(`${alias}.${condition.column}`)} is null`;
    case "test":
      return condition.negated ? sql<SqlBool>`not (${condition.sql})` : sql<SqlBool>`(${condition.sql})`;
    case "and":
    case "or": {
      const parts = condition.parts.map((part) => toSql(part, alias));
      return sql<SqlBool>`(${sql.join(parts, condition.kind === "and" ? sql` and ` : sql` or `)})`;
    }
  }
}
