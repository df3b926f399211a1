import { Field, type FieldProps, described, fieldId } from "./field.tsx";

/** Several lines of text. */
export function TextareaField({
  value = "",
  rows = 6,
  maxLength,
  ...props
}: FieldProps & {
  readonly value?: string | undefined;
  readonly rows?: number;
  readonly maxLength?: number | undefined;
}) {
  const { name, id = fieldId(name) } = props;
  return (
    <Field {...props}>
      <textarea
        id={id}
        name={name}
        rows={rows}
        {...(maxLength === undefined ? {} : { maxlength: maxLength })}
        {...described(props)}
      >
        {value}
      </textarea>
    </Field>
  );
}
