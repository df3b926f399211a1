import { expect, test } from "vitest";
import { z } from "zod";
import { fieldsOf, fromForm } from "./fields.ts";

test("a form asks for what the schema holds, in its order, each by the control that fits", () => {
  const schema = z.object({
    measure: z.enum(["P29", "P16"]),
    category: z.enum(["a", "b", "c", "d", "e", "f"]).optional(),
    facts: z.string().min(20).max(4000),
    number: z.string().max(40),
    until: z.iso.date(),
    count: z.coerce.number().int().default(1),
    urgent: z.boolean().default(false),
    note: z.string().max(50).meta({ control: "textarea" }),
    data: z.array(z.object({ category: z.enum(["traffic"]), identifiers: z.string() })).max(9),
    contact: z.object({ name: z.string() }).optional(),
  });
  expect(fieldsOf(schema).map(({ name, control, required }) => `${name} ${control}${required ? " !" : ""}`)).toEqual([
    "measure radios !",
    "category select",
    "facts textarea !",
    "number text !",
    "until date !",
    "count number",
    "urgent checkbox",
    "note textarea !",
    "data repeat !",
    "contact group",
  ]);
  expect(fieldsOf(schema).find(({ name }) => name === "data")).toMatchObject({
    maxItems: 9,
    fields: [{ name: "category" }, { name: "identifiers" }],
  });
});

test("what a form sends becomes what the schema asks for; what does not fit stays as it was typed", () => {
  const schema = z.object({
    count: z.number(),
    urgent: z.boolean(),
    lines: z.array(z.string()),
    rows: z.array(z.object({ n: z.number() })),
    picks: z.array(z.enum(["a", "b"])),
  });
  const sent = {
    count: "3",
    urgent: "on",
    lines: "one\n\n two ",
    rows: [{ n: "1" }, { n: "x" }],
    picks: "a",
    stray: "kept",
  };
  expect(fromForm(fieldsOf(schema), sent)).toEqual({
    count: 3,
    urgent: true,
    lines: ["one", "two"],
    rows: [{ n: 1 }, { n: "x" }],
    picks: ["a"],
    stray: "kept",
  });
});
