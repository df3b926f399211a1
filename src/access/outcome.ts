import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { AttributeType } from "../kernel/subject.ts";
import type { CedarValueJson, Uid } from "./cedar.ts";
import { type Condition, NO, YES, absent, and, constant, not, or, present, test } from "./condition.ts";

/** A policy uses what has no translation into SQL. At start-up a reason not to start, never a reason to let something pass. */
export class Untranslatable extends Error {
  override name = "Untranslatable";
}

/** The rows that a residual policy speaks about. */
export interface Rows {
  /** Cedar entity type of a row. */
  readonly type: string;
  readonly attributes: Readonly<Record<string, AttributeType>>;
  /** Name of the table in the query. */
  readonly alias: string;
}
type Literal = string | number | boolean | readonly string[] | Uid;
/** A value: known, a column, a computed number, the row itself, or the record that `principal` or `context` stands for. */
export type Value =
  | { readonly kind: "literal"; readonly value: Literal }
  | { readonly kind: "column"; readonly name: string; readonly type: AttributeType }
  | { readonly kind: "number"; readonly sql: RawBuilder<number> }
  | { readonly kind: "row" }
  | { readonly kind: "record"; readonly attributes: Readonly<Record<string, CedarValueJson>>; readonly uid?: Uid };
/** An expression's outcome: which value under which condition, and where evaluating it is an error. The conditions exclude each other. */
export interface Outcome {
  readonly cases: readonly { readonly when: Condition; readonly value: Value }[];
  readonly error: Condition;
}
/** A boolean expression's outcome. */
export interface Truth {
  readonly yes: Condition;
  readonly no: Condition;
  readonly error: Condition;
}

export const always = (value: Value): Outcome => ({ cases: [{ when: YES, value }], error: NO });
export const literal = (value: Literal): Value => ({ kind: "literal", value });
const isUid = (value: unknown): value is Uid =>
  typeof value === "object" && value !== null && "type" in value && "id" in value;
export const fromTruth = ({ yes, no, error }: Truth): Outcome => ({
  cases: [
    { when: yes, value: literal(true) },
    { when: no, value: literal(false) },
  ],
  error,
});

export const inverse = ({ yes, no, error }: Truth): Truth => ({ yes: no, no: yes, error });
/** Cedar's `&&`: the right side is looked at only where the left one is true. */
export const both = (a: Truth, b: Truth): Truth => ({
  yes: and(a.yes, b.yes),
  no: or(a.no, and(a.yes, b.no)),
  error: or(a.error, and(a.yes, b.error)),
});
export const either = (a: Truth, b: Truth): Truth => inverse(both(inverse(a), inverse(b)));

export function truthOf(outcome: Outcome, rows: Rows): Truth {
  let truth: Truth = { yes: NO, no: NO, error: outcome.error };
  for (const { when, value } of outcome.cases) {
    const add = (part: Truth) => {
      truth = {
        yes: or(truth.yes, and(when, part.yes)),
        no: or(truth.no, and(when, part.no)),
        error: or(truth.error, and(when, part.error)),
      };
    };
    if (value.kind === "literal" && typeof value.value === "boolean") {
      add({ yes: constant(value.value), no: constant(!value.value), error: NO });
    } else if (value.kind === "column" && value.type === "Bool") {
      const holds = test(sql<SqlBool>`${columnOf(value.name, rows)}`);
      add({ yes: holds, no: not(holds), error: NO });
    } else add({ yes: NO, no: NO, error: YES });
  }
  return truth;
}

const columnOf = (name: string, rows: Rows): RawBuilder<unknown> => sql`${sql.ref(`${rows.alias}.${name}`)}`;

/** Combines two outcomes value by value. */
export function pairwise(a: Outcome, b: Outcome, of: (left: Value, right: Value) => Truth): Outcome {
  let truth: Truth = { yes: NO, no: NO, error: or(a.error, b.error) };
  for (const left of a.cases)
    for (const right of b.cases) {
      const when = and(left.when, right.when);
      const part = of(left.value, right.value);
      truth = {
        yes: or(truth.yes, and(when, part.yes)),
        no: or(truth.no, and(when, part.no)),
        error: or(truth.error, and(when, part.error)),
      };
    }
  return fromTruth(truth);
}

export const decided = (yes: Condition): Truth => ({ yes, no: not(yes), error: NO });
export const mistaken: Truth = { yes: NO, no: NO, error: YES };

/** Canonical UUIDs compare bare, so that an index on a uuid column serves; all else as text, so that no input can fail to parse. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function typeOf(value: Value): AttributeType | "Entity" | "Record" {
  switch (value.kind) {
    case "column":
      return value.type;
    case "number":
      return "Long";
    case "row":
      return "Entity";
    case "record":
      return value.uid ? "Entity" : "Record";
    case "literal": {
      const { value: v } = value;
      if (typeof v === "string") return "String";
      if (typeof v === "number") return "Long";
      if (typeof v === "boolean") return "Bool";
      return isUid(v) ? "Entity" : "Set";
    }
  }
}

export function sqlOf(value: Value, rows: Rows): RawBuilder<unknown> {
  if (value.kind === "column") {
    const column = columnOf(value.name, rows);
    if (value.type === "String") return sql`${column}::text`;
    return value.type === "Set" ? sql`${column}::text[]` : column;
  }
  if (value.kind === "number") return value.sql;
  if (value.kind !== "literal" || isUid(value.value))
    throw new Untranslatable("an entity or a record is used as a value");
  if (typeof value.value === "number") return sql`(${sql.lit(value.value)})`;
  if (typeof value.value === "boolean") return value.value ? sql`true` : sql`false`;
  return typeof value.value === "string" ? sql`${value.value}::text` : sql`${[...value.value]}::text[]`;
}

export const uidOf = (value: Value): Uid | undefined =>
  value.kind === "record" ? value.uid : value.kind === "literal" && isUid(value.value) ? value.value : undefined;

export function equal(rows: Rows) {
  return (left: Value, right: Value): Truth => {
    if (typeOf(left) !== typeOf(right)) return decided(NO);
    if (typeOf(left) === "Entity") return decided(sameEntity(left, right, rows));
    if (typeOf(left) === "Record") throw new Untranslatable("records are compared");
    if (left.kind === "literal" && right.kind === "literal" && typeOf(left) !== "Set")
      return decided(constant(left.value === right.value));
    if (typeOf(left) === "Set") {
      const [l, r] = [sqlOf(left, rows), sqlOf(right, rows)];
      return decided(test(sql<SqlBool>`${l} @> ${r} and ${l} <@ ${r}`));
    }
    const [column, other] = left.kind === "column" ? [left, right] : [right, left];
    if (
      column.kind === "column" &&
      other.kind === "literal" &&
      typeof other.value === "string" &&
      UUID.test(other.value)
    )
      return decided(test(sql<SqlBool>`${columnOf(column.name, rows)} = ${other.value}`));
    return decided(test(sql<SqlBool>`${sqlOf(left, rows)} = ${sqlOf(right, rows)}`));
  };
}

export function sameEntity(left: Value, right: Value, rows: Rows): Condition {
  if (left.kind === "row" && right.kind === "row") return YES;
  const [row, other] = left.kind === "row" ? [left, right] : [right, left];
  const uid = uidOf(other);
  if (row.kind === "row") {
    if (!uid || uid.type !== rows.type) return NO;
    return test(sql<SqlBool>`${columnOf("id", rows)}::text = ${uid.id}`);
  }
  const twin = uidOf(row);
  return constant(uid !== undefined && twin !== undefined && uid.type === twin.type && uid.id === twin.id);
}

export const ordered =
  (operator: "<" | "<=" | ">" | ">=", rows: Rows) =>
  (left: Value, right: Value): Truth =>
    typeOf(left) === "Long" && typeOf(right) === "Long"
      ? decided(test(sql<SqlBool>`${sqlOf(left, rows)} ${sql.raw(operator)} ${sqlOf(right, rows)}`))
      : mistaken;

/** `contains`, `containsAll`, `containsAny` over sets of strings. */
export const holding =
  (operator: "contains" | "containsAll" | "containsAny", rows: Rows) =>
  (set: Value, other: Value): Truth => {
    if (typeOf(set) !== "Set") return mistaken;
    if (operator === "contains") {
      if (typeOf(other) !== "String") return decided(NO);
      const within = sql<SqlBool>`${sqlOf(other, rows)} = any(${sqlOf(set, rows)})`;
      // A set that is written out holds no null, and an index knows the bare form.
      return decided(test(set.kind === "literal" ? within : sql<SqlBool>`coalesce(${within}, false)`));
    }
    if (typeOf(other) !== "Set") return mistaken;
    return decided(
      test(
        sql<SqlBool>`${sqlOf(set, rows)} ${sql.raw(operator === "containsAll" ? "@>" : "&&")} ${sqlOf(other, rows)}`,
      ),
    );
  };

const LONG_MAX = "9223372036854775807";
const LONG_MIN = "-9223372036854775808";

/** Sums and products are computed without bound and fail outside 64 bits, as Cedar's do. */
export function computed(operator: "+" | "-" | "*", a: Outcome, b: Outcome, rows: Rows): Outcome {
  const cases: { when: Condition; value: Value }[] = [];
  let error = or(a.error, b.error);
  for (const left of a.cases)
    for (const right of b.cases) {
      const when = and(left.when, right.when);
      if (typeOf(left.value) !== "Long" || typeOf(right.value) !== "Long") {
        error = or(error, when);
        continue;
      }
      const result = sql<number>`(${sqlOf(left.value, rows)}::numeric ${sql.raw(operator)} ${sqlOf(right.value, rows)}::numeric)`;
      const fits = test(sql<SqlBool>`${result} between ${sql.raw(LONG_MIN)} and ${sql.raw(LONG_MAX)}`);
      cases.push({ when: and(when, fits), value: { kind: "number", sql: result } });
      error = or(error, and(when, not(fits)));
    }
  return { cases, error };
}

export function attributeOf(outcome: Outcome, name: string, rows: Rows): Outcome {
  const cases: { when: Condition; value: Value }[] = [];
  let error = outcome.error;
  for (const { when, value } of outcome.cases) {
    const type = value.kind === "row" ? rows.attributes[name] : undefined;
    const known = value.kind === "record" && Object.hasOwn(value.attributes, name) ? value.attributes[name] : undefined;
    if (type !== undefined) {
      cases.push({ when: and(when, present(name)), value: { kind: "column", name, type } });
      error = or(error, and(when, absent(name)));
    } else if (known !== undefined) cases.push({ when, value: valueOf(known) });
    else error = or(error, when);
  }
  return { cases, error };
}

export function hasAttribute(outcome: Outcome, name: string, rows: Rows): Outcome {
  let truth: Truth = { yes: NO, no: NO, error: outcome.error };
  for (const { when, value } of outcome.cases) {
    const part =
      value.kind === "row"
        ? decided(rows.attributes[name] === undefined ? NO : present(name))
        : value.kind === "record"
          ? decided(constant(Object.hasOwn(value.attributes, name)))
          : mistaken;
    truth = {
      yes: or(truth.yes, and(when, part.yes)),
      no: or(truth.no, and(when, part.no)),
      error: or(truth.error, and(when, part.error)),
    };
  }
  return fromTruth(truth);
}

export function valueOf(json: CedarValueJson): Value {
  if (typeof json === "string" || typeof json === "boolean") return literal(json);
  if (typeof json === "number" && Number.isSafeInteger(json)) return literal(json);
  if (Array.isArray(json) && json.every((one) => typeof one === "string")) return literal(json);
  if (typeof json === "object" && json !== null && "__entity" in json && isUid(json.__entity))
    return literal(json.__entity);
  throw new Untranslatable(`the value ${JSON.stringify(json)?.slice(0, 80)}`);
}

export function choice(condition: Truth, then: Outcome, otherwise: Outcome): Outcome {
  const under = (when: Condition, outcome: Outcome) =>
    outcome.cases.map((one) => ({ when: and(when, one.when), value: one.value }));
  return {
    cases: [...under(condition.yes, then), ...under(condition.no, otherwise)],
    error: or(condition.error, and(condition.yes, then.error), and(condition.no, otherwise.error)),
  };
}
