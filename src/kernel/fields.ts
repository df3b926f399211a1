import { z } from "zod";
import type { FormValue, FormValues } from "./form.ts";

/** How a field is asked. */
export type Control =
  | "text"
  | "textarea"
  | "select"
  | "radios"
  | "checkbox"
  | "checkboxes"
  | "date"
  | "datetime"
  | "number"
  | "email"
  | "tel"
  | "group"
  | "repeat"
  | "hidden"
  | "password";

/** One field of an act's form, read from its schema. */
export interface Field {
  /** Last step of its name; the message key is `field.<subject>.<name>`. */
  readonly name: string;
  readonly control: Control;
  readonly required: boolean;
  /** Values to choose from. */
  readonly options?: readonly string[];
  /** Of a group, or of each row of a repeated group. */
  readonly fields?: readonly Field[];
  readonly maxLength?: number;
  /** Most rows of a repeated group. */
  readonly maxItems?: number;
  readonly fallback?: string;
  /** A list of plain texts, typed one a line. */
  readonly list?: boolean;
}

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  /** From `.meta({ control: "textarea" })`. */
  readonly control?: Control;
}

const LONG_TEXT = 200;

/** The fields of an object schema, in its order. What a form can't ask (unions of objects) is left out: such an act has its own page. */
export function fieldsOf(schema: z.ZodType): Field[] {
  return fromObject(z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as Schema);
}

const fromObject = (schema: Schema): Field[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = fromProperty(name, property, schema.required?.includes(name) ?? false);
    return field ? [field] : [];
  });

function fromProperty(name: string, given: Schema, required: boolean): Field | undefined {
  const schema = given.anyOf
    ? { ...given.anyOf.find(({ type }) => type !== "null"), ...(given.control ? { control: given.control } : {}) }
    : given;
  const common = {
    name,
    required: required && given.default === undefined,
    ...(given.default === undefined ? {} : { fallback: `${given.default as string | number | boolean}` }),
  };
  const { control } = given.control ? given : schema;
  if (schema.enum) {
    const options = schema.enum.map(String);
    return { ...common, control: control ?? (options.length > 5 ? "select" : "radios"), options };
  }
  switch (schema.type) {
    case "string":
      return {
        ...common,
        control: control ?? textControl(schema),
        ...(schema.maxLength === undefined ? {} : { maxLength: schema.maxLength }),
      };
    case "integer":
    case "number":
      return { ...common, control: control ?? "number" };
    case "boolean":
      return { ...common, required: false, control: control ?? "checkbox" };
    case "object":
      return schema.properties ? { ...common, control: "group", fields: fromObject(schema) } : undefined;
    case "array":
      return arrayField(common, schema, control);
    default:
      return undefined;
  }
}

function textControl({ format, maxLength }: Schema): Control {
  if (format === "date") return "date";
  if (format === "date-time") return "datetime";
  if (format === "email") return "email";
  return maxLength !== undefined && maxLength > LONG_TEXT ? "textarea" : "text";
}

function arrayField(
  common: { name: string; required: boolean },
  { items, maxItems }: Schema,
  control: Control | undefined,
): Field | undefined {
  if (!items) return undefined;
  if (items.enum) return { ...common, control: control ?? "checkboxes", options: items.enum.map(String) };
  const bound = maxItems === undefined ? {} : { maxItems };
  if (items.type === "object") return { ...common, control: "repeat", fields: fromObject(items), ...bound };
  // A list of plain texts is asked one a line of a text box.
  return { ...common, control: control ?? "textarea", list: true, ...bound };
}

/**
 * Turns what a form sent (texts only) into what the schema asks for: numbers, ticked boxes, lists typed one a line. What does not fit is left as
 * it was typed, so that the schema names it.
 */
export function fromForm(fields: readonly Field[], values: FormValues): Record<string, unknown> {
  const known = new Map(fields.map((field) => [field.name, field]));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fromField(known.get(name), value)]));
}

function fromField(field: Field | undefined, value: FormValue): unknown {
  if (!field) return value;
  if (Array.isArray(value))
    return field.control === "repeat"
      ? value.map((row) => (isRow(row) ? fromForm(field.fields ?? [], row) : row))
      : value;
  if (typeof value === "object") {
    const row = fromForm(field.fields ?? [], value);
    return field.control === "repeat" ? [row] : row;
  }
  switch (field.control) {
    case "number":
      return /^\s*-?\d+([.,]\d+)?\s*$/.test(value) ? Number(value.replace(",", ".")) : value;
    case "checkbox":
      return ["on", "true", "yes", "1"].includes(value) ? true : value === "false" ? false : value;
    case "checkboxes":
      return [value];
    default:
      return field.list
        ? value
            .split("\n")
            .map((line) => line.trim())
            .filter((line) => line !== "")
        : value;
  }
}

const isRow = (value: FormValue): value is FormValues => typeof value === "object" && !Array.isArray(value);
