import type { ComponentChildren } from "preact";
import type { FieldError } from "../kernel/errors.ts";
import type { Field } from "../kernel/fields.ts";
import { type FormValues, typed } from "../kernel/form.ts";
import { type Tools, useTools } from "../kernel/tools.ts";
import { Checkbox, Checkboxes, Radios } from "./choice-field.tsx";
import { DateField, DateTimeField } from "./date-field.tsx";
import { fieldId } from "./field.tsx";
import { Group, Repeat } from "./group-field.tsx";
import { HiddenField } from "./hidden-field.tsx";
import { SelectField } from "./select-field.tsx";
import { TextareaField } from "./textarea-field.tsx";
import { TextField } from "./text-field.tsx";

/** What the fields of a schema are drawn with. */
export interface Drawing {
  /** Subject of the act: labels are `field.<subject>.<name>`, hints `hint.<subject>.<name>`, choices `option.<name>.<value>`. */
  readonly subject: string;
  readonly values: FormValues;
  readonly errors: readonly FieldError[];
  /** Choices found by the page (officers of an office, cases) by field name, with their words. */
  readonly choices?: Readonly<Record<string, readonly { readonly value: string; readonly label: string }[]>>;
  /** Fields drawn otherwise, or not at all, by name. */
  readonly instead?: Readonly<Record<string, ComponentChildren>>;
  /** Labels and hints that say more than the field's own here, by path. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly hints?: Readonly<Record<string, string>>;
  /** Paths of fields that this form takes empty and what follows does not: they are not called optional. */
  readonly needed?: readonly string[];
}

/** What is wrong with a field, as a form says it: choices stand in the field itself, so their codes are not named. */
export const sentenceOf = ({ key, values }: FieldError, t: Tools["t"]): string =>
  key === "field-choice" ? t("ui.choose-one") : t(`refusal.${key}`, values);

/** The sentence for what is wrong at a path; `undefined` where nothing is. */
export function errorAt(errors: readonly FieldError[], path: string, t: Tools["t"]): string | undefined {
  const wrong = errors.find((error) => error.path === path);
  return wrong ? sentenceOf(wrong, t) : undefined;
}

/** The fields of an act's schema, each by the control that fits. */
export function SchemaFields({
  fields,
  drawing,
  prefix = "",
}: {
  readonly fields: readonly Field[];
  readonly drawing: Drawing;
  readonly prefix?: string;
}) {
  return (
    <>
      {fields.map((field) => (
        <SchemaField
          key={field.name}
          field={field}
          drawing={drawing}
          path={prefix ? `${prefix}.${field.name}` : field.name}
        />
      ))}
    </>
  );
}

function SchemaField({
  field,
  drawing,
  path,
}: {
  readonly field: Field;
  readonly drawing: Drawing;
  readonly path: string;
}) {
  const { t, has } = useTools();
  const { subject, values, errors, choices, instead, labels, hints, needed } = drawing;
  if (instead && path in instead) return <>{instead[path]}</>;
  const hint = `hint.${subject}.${field.name}`;
  const props = {
    name: path,
    id: fieldId(path),
    label: labels?.[path] ?? t(`field.${subject}.${field.name}`),
    hint: hints?.[path] ?? (has(hint) ? t(hint) : undefined),
    error: errorAt(errors, path, t),
    required: field.required || (needed?.includes(path) ?? false),
  };
  const value = typed(values, path) || (field.fallback ?? "");
  const options =
    choices?.[path] ??
    field.options?.map((option) => ({
      value: option,
      label: has(`option.${field.name}.${option}`) ? t(`option.${field.name}.${option}`) : option,
    }));
  if (choices?.[path]) return <SelectField {...props} value={value} options={options ?? []} />;
  switch (field.control) {
    case "textarea":
      return <TextareaField {...props} value={value || listed(values, path)} maxLength={field.maxLength} />;
    case "select":
      return <SelectField {...props} value={value} options={options ?? []} />;
    case "radios":
      return <Radios {...props} value={value} options={options ?? []} />;
    case "checkboxes":
      return <Checkboxes {...props} value={chosen(values, path)} options={options ?? []} />;
    case "checkbox":
      return <Checkbox {...props} checked={value === "true" || value === "on"} />;
    case "date":
      return <DateField {...props} value={value} />;
    case "datetime":
      return <DateTimeField {...props} value={value} />;
    case "group":
      return (
        <Group {...props}>
          <SchemaFields fields={field.fields ?? []} drawing={drawing} prefix={path} />
        </Group>
      );
    case "repeat":
      return (
        <Repeat
          {...props}
          rows={rowsAt(values, path)}
          max={field.maxItems}
          row={(index) => <SchemaFields fields={field.fields ?? []} drawing={drawing} prefix={`${path}.${index}`} />}
        />
      );
    case "hidden":
      return <HiddenField name={path} value={value} />;
    case "text":
    case "number":
    case "email":
    case "tel":
    case "password":
      return <TextField {...props} type={field.control} value={value} maxLength={field.maxLength} />;
  }
}

function at(values: FormValues, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (inner, step) =>
        typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[step] : undefined,
      values,
    );
}
const rowsAt = (values: FormValues, path: string): number => {
  const found = at(values, path);
  return Array.isArray(found) ? found.length : typeof found === "object" && found !== null ? 1 : 0;
};
const chosen = (values: FormValues, path: string): string[] => {
  const found = at(values, path);
  return Array.isArray(found) ? found.map(String) : typeof found === "string" ? [found] : [];
};
const listed = (values: FormValues, path: string): string => {
  const found = at(values, path);
  return Array.isArray(found) ? found.filter((each) => typeof each === "string").join("\n") : "";
};
