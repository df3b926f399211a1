import { Malformed } from "./verify-errors.ts";

/** Deeper nesting than any record of ours, and shallow enough for every stack. */
const DEPTH_MAX = 256;

/**
 * The one canonical text of a JSON value: members sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * writes them. A member whose value is `undefined` is left out, as `JSON.stringify` does.
 *
 * Throws `Malformed` for whatever JSON cannot hold or readers would not agree on: a lone surrogate, NaN, an infinity, a
 * bigint, a function, an object that is neither plain nor an array, nesting deeper than 256.
 *
 * @source RFC 8785 §3.2
 */
export const canonical = (value: unknown): string => write(value, 0);

function write(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) throw new Malformed(`JCS: nested deeper than ${DEPTH_MAX}`);
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "string":
      return text(value);
    case "number":
      if (!Number.isFinite(value)) throw new Malformed("JCS: a number that JSON cannot hold");
      return JSON.stringify(value);
    case "object":
      return Array.isArray(value) ? list(value, depth) : members(value, depth);
    default:
      throw new Malformed(`JCS: a value of type ${typeof value}`);
  }
}

/** RFC 8785 §3.2.2.2 escapes exactly what `JSON.stringify` escapes, lone surrogates apart, which it forbids. */
function text(value: string): string {
  if (!value.isWellFormed()) throw new Malformed("JCS: a lone surrogate");
  return JSON.stringify(value);
}

function list(values: readonly unknown[], depth: number): string {
  const parts: string[] = [];
  // By index: a hole in an array is a value that JSON cannot hold, and `map` would pass over it.
  for (let at = 0; at < values.length; at++) parts.push(write(values[at], depth + 1));
  return `[${parts.join(",")}]`;
}

function members(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new Malformed("JCS: an object of a class");
  const parts: string[] = [];
  for (const [name, inner] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (inner !== undefined) parts.push(`${text(name)}:${write(inner, depth + 1)}`);
  return `{${parts.join(",")}}`;
}
