import { Field, type FieldProps, described, fieldId } from "./field.tsx";

/** One file or several, chosen from the device. The form that holds it must say `enctype="multipart/form-data"`. */
export function FileField({
  accept,
  multiple = false,
  ...props
}: FieldProps & { readonly accept?: string; readonly multiple?: boolean }) {
  const { name, id = fieldId(name) } = props;
  return (
    <Field {...props}>
      <input
        type="file"
        id={id}
        name={name}
        multiple={multiple}
        {...(accept ? { accept } : {})}
        {...described(props)}
      />
    </Field>
  );
}
