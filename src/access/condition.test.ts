import { sql } from "kysely";
import { expect, test } from "vitest";
import { alternatives, and, type Condition, constant, not, or, present, test as tested } from "./condition.ts";

const is = (column: string, value: string): Condition => tested(sql`${sql.ref(column)} = ${value}`);
const a = is("a", "1");

test("each part of an `or` is an alternative, with what stands beside the `or`", () => {
  const beside = present("c");
  expect(alternatives(and(beside, or(a, is("b", "2"))))).toEqual([and(beside, a), and(beside, is("b", "2"))]);
});

test("alternatives that share a test are one, told apart beside it", () => {
  const submitted = [1, 2, 3, 4, 5, 6, 7].map((n) => and(is("state", "submitted"), is("measure", `${n}`)));
  const found = alternatives(or(a, ...submitted));
  expect(found).toHaveLength(2);
  expect(found[1]).toEqual(and(is("state", "submitted"), or(...submitted.map((_, n) => is("measure", `${n + 1}`)))));
});

test("what is no choice, or too many unlike, stays whole", () => {
  expect(alternatives(a)).toEqual([a]);
  expect(alternatives(constant(true))).toEqual([constant(true)]);
  const many = or(...Array.from({ length: 9 }, (_, n) => is(`c${n}`, "1")));
  expect(alternatives(many)).toEqual([many]);
  expect(alternatives(not(many))).toEqual([not(many)]);
});
