import { Field, type FieldProps, described, fieldId } from "./field.tsx";

/**
 * One line of text. The type brings the right keyboard; a number and a code stay text boxes, since a browser's number box
 * loses what was typed wrong, and a form must give it back.
 */
export function TextField({
  value = "",
  type = "text",
  maxLength,
  autocomplete,
  short = false,
  spellcheck,
  ...props
}: FieldProps & {
  readonly value?: string | undefined;
  readonly type?: "text" | "email" | "tel" | "url" | "password" | "search" | "number" | "code";
  readonly maxLength?: number | undefined;
  readonly autocomplete?: string | undefined;
  /** For what is never long. */
  readonly short?: boolean;
  readonly spellcheck?: boolean;
}) {
  const { name, id = fieldId(name) } = props;
  const isTyped = type === "number" || type === "code";
  const attributes: Readonly<Record<string, string | number | boolean | undefined>> = {
    type: isTyped ? "text" : type,
    inputmode: type === "number" ? "decimal" : type === "code" ? "numeric" : undefined,
    autocomplete: autocomplete ?? (type === "code" ? "one-time-code" : undefined),
    class: short || isTyped ? "short" : undefined,
    maxlength: maxLength,
    spellcheck: spellcheck === undefined ? undefined : String(spellcheck),
  };
  return (
    <Field {...props}>
      <input id={id} name={name} value={value} {...attributes} {...described(props)} />
    </Field>
  );
}
